#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every command in README.md and doc/ that stands in a block marked "```sh run" works on a bundled recording, and so
# does each example of the man pages that needs no running kernel.
. "$top_srcdir/tests/tap.sh"

mkdir "$tmp/run"
cp "$top_srcdir/tracedata/kernel-6.18.dat" "$tmp/run/web1.dat" 2>/dev/null || skip_all "no bundled recording"
PATH=$(dirname "$BUDDYTRACE"):$PATH
commands=$("$BUDDYTRACE" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/ \1 /p')
cd "$tmp/run" || exit 99
examples() { # PAGE
	case $1 in
	*.md) sed -n '/^```sh run$/,/^```$/{/^```/!p}' "$1" ;;
	*) sed -n '/^\.EX/,/^\.EE/{/^\./!p}' "$1" | sed 's/\\-/-/g' | grep '^buddytrace' | grep -v '^buddytrace record' ;;
	esac
}
for page in "$top_srcdir/README.md" "$top_srcdir"/doc/*.md "$top_srcdir"/doc/man/*.1; do
	examples "$page" >"$tmp/commands"
	while IFS= read -r command; do
		[ -n "$command" ] || continue
		command=${command%%  #*}
		name=${command#buddytrace }
		name=${name%% *}
		case "$command/$commands" in
		"buddytrace "*/*" $name "*|[!b]*) ;;
		*) skip "${page##*/}: $command" "not in this build"; continue ;;
		esac
		check "${page##*/}: $command" sh -ec "$command" </dev/null
	done <"$tmp/commands"
done
check "README.md has such commands" test "$tap_n" -gt 5
done_testing
