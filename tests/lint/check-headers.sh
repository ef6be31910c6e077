#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every header compiles alone; every prototype in one has a comment: its own, behind it on the line, or that of
# the group of prototypes (no blank line between) it stands in.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"

for header in $(sources '*.h'); do
	# for the BPF compiler only
	case $header in lib/exact/bpf/*) continue ;; esac
	case $header in lib/*|tools/*|tests/*) ;; *) continue ;; esac
	echo "#include \"$header\"" >"$findings.c"
	# shellcheck disable=SC2086
	$CC -std=gnu11 -D_GNU_SOURCE -fsyntax-only -Wall -Wextra -Werror -I. -Ilib/include -Ilib -Itools \
		${LINT_CFLAGS-} "$findings.c" >"$findings.err" 2>&1 ||
		echo "$header:1: does not compile alone: $(grep -m1 error "$findings.err")" >>"$findings"
	awk -v file="$header" '
	function finish() {
		if (text ~ /\)[^(){}]*;/ && text !~ /^(typedef|struct|union|enum|return|extern "C"|#|static_assert|_Static_assert)/ &&
		    text ~ /^[A-Za-z_][A-Za-z_0-9 \t*]*[ \t*][a-z_][a-z_0-9]*\(/) {
			if (!commented && !trailing)
				printf "%s:%d: no comment above: %s\n", file, start, text
			group = commented || trailing
			commented = group
		} else if (text != "") {
			commented = 0
		}
		text = ""; trailing = 0
	}
	{
		line = $0
		if (in_comment) {
			if (line !~ /\*\//)
				next
			sub(/.*\*\//, "", line)
			in_comment = 0
			commented = 1
			if (line ~ /^[ \t]*$/)
				next
		}
		if (depth == 0 && text == "" && line ~ /^[ \t]*\/\*/) {
			if (line ~ /\*\//)
				commented = 1
			else
				in_comment = 1
			next
		}
		if (line ~ /\/\*/) {
			trailing = 1
			if (line !~ /\*\//)
				in_comment = 1
			gsub(/\/\*.*\*\//, "", line)
			sub(/\/\*.*/, "", line)
		}
		if (line ~ /^[ \t]*#/)
			next
		if (line ~ /^[ \t]*$/) {
			if (depth == 0) {
				text = ""
				commented = 0
			}
			next
		}
		opens = gsub(/\{/, "{", line)
		closes = gsub(/\}/, "}", line)
		if (depth == 0 && opens == 0) {
			if (text == "")
				start = FNR
			text = text (text == "" ? "" : " ") line
			gsub(/[ \t]+/, " ", text)
			if (line ~ /;[ \t]*$/)
				finish()
		} else {
			text = ""
			commented = trailing = 0
		}
		depth += opens - closes
	}' "$header" >>"$findings"
done
conclude "$findings"
