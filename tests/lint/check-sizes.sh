#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Lists files over 500 lines and functions over 60 that size.allow does not explain.  That is a report, not a
# verdict: only a function over 100 lines without an explanation, or an explanation of something that is
# gone, makes the check fail.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"
need_ctags

allow=tests/lint/size.allow
{
	for file in $(sources '*.c' '*.h' '*.sh'); do
		case $file in build-aux/*|config.h) continue ;; esac
		echo "$file - $(wc -l <"$file")"
	done
	# shellcheck disable=SC2046
	$CTAGS -o - --languages=C --kinds-C=f --fields=+ne --output-format=u-ctags --sort=no $(sources '*.c' '*.h') 2>/dev/null |
		awk -F '\t' '/^!/ { next } {
			line = end = 0
			for (i = 4; i <= NF; i++) {
				if ($i ~ /^line:/) line = substr($i, 6)
				if ($i ~ /^end:/) end = substr($i, 5)
			}
			if (end) print $2, $1, end - line + 1
		}'
} | awk -v allow="$allow" '
	BEGIN {
		while ((getline line < allow) > 0) {
			if (line ~ /^#/ || line ~ /^[ \t]*$/)
				continue
			n = split(line, w, /[ \t]+/)
			if (n < 3)
				print allow ": no reason given: " line
			reason[w[1], w[2]] = 1
			name[++entries] = w[1] " " w[2]
		}
	}
	{
		limit = $2 == "-" ? 500 : 60
		seen[$1, $2] = $3 > limit
		if ($3 <= limit || ($1, $2) in reason)
			next
		what = $2 == "-" ? "file" : "function " $2
		if ($2 != "-" && $3 > 100)
			printf "%s: %s has %d lines, more than 100\n", $1, what, $3
		else
			printf "note: %s: %s has %d lines\n", $1, what, $3
	}
	END {
		for (i = 1; i <= entries; i++) {
			split(name[i], w, " ")
			if (!seen[w[1], w[2]])
				print allow ": " name[i] " is not that long (any more): remove the line"
		}
	}' >"$findings.all"
grep '^note: ' "$findings.all"
grep -v '^note: ' "$findings.all" >"$findings"
conclude "$findings"
