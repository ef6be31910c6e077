#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Broken files, kept in tracedata/bad or made by mkbad from a good one, each named after its defect: every reading
# command ends in time, either with exit 1 and one line that names the file, or with a result that
# says what is missing.  badfiles.table says which.
. "$top_srcdir/tests/tap.sh"

table=$top_srcdir/tests/cli/badfiles.table
good=$top_srcdir/tracedata/kernel-6.12.dat
mkdir "$tmp/made"
if [ -r "$good" ]; then
	check "mkbad makes broken copies of a good file" "$top_builddir/tests/cli/mkbad" "$good" "$tmp/made"
else
	skip "broken copies of a good file" "no recording is bundled"
fi

try() { # NAME COMMAND...
	name=$1 command="$2"
	shift
	timeout 60 "$BUDDYTRACE" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	code=$?
	pattern=$(awk -v name="$name" -v command="$command" '
		!/^#/ && $1 == name && ($2 == "*" || $2 == command) { sub(/^[^ ]+ +[^ ]+ +/, ""); print; exit }' "$table")
	want=${pattern%% *} pattern=${pattern#* }
	if [ -z "$want" ]; then
		nok "$name, $command: has an expectation in badfiles.table" "exit $code" "$(head -n 5 "$tmp/err")"
	elif [ "$code" != "$want" ]; then
		nok "$name, $command: exit $want" "exit $code" "$(head -n 5 "$tmp/err")"
	elif [ "$code" = 1 ] && [ "$(grep -cv '^buddytrace: warning: ' "$tmp/err")" != 1 ]; then
		nok "$name, $command: one line of error" "$(head -n 5 "$tmp/err")"
	elif ! cat "$tmp/err" "$tmp/out" | grep -qiE -- "$pattern"; then
		nok "$name, $command: says '$pattern'" "$(cat "$tmp/err" "$tmp/out" | head -n 20)"
	else
		ok "$name, $command: exit $want and says '$pattern'"
	fi
}

for file in "$top_srcdir"/tracedata/bad/*.dat "$tmp"/made/*.dat; do
	[ -e "$file" ] || continue
	defect=${file##*/}
	defect=${defect%.dat}
	try "$defect" info "$file"
	try "$defect" dump --quiet "$file"
	try "$defect" replay "$file" -o "$tmp/replay"
	try "$defect" report "$file" -o "$tmp/page.html"
	rm -rf "$tmp/replay" "$tmp/page.html" "$tmp/page.replay"
done
done_testing
