# SPDX-License-Identifier: GPL-2.0-or-later
# What every command of the tool does alike: --help, --version, wrong usage, files that are not there.
. "$top_srcdir/tests/tap.sh"

exits "no command is a usage error" 2 "$BUDDYTRACE"
exits "unknown command is a usage error" 2 "$BUDDYTRACE" frobnicate
is "... with one line" "$(cat "$tmp/err")" "buddytrace: no command 'frobnicate' (see buddytrace --help)"
exits "--help" 0 "$BUDDYTRACE" --help
exits "--version" 0 "$BUDDYTRACE" --version
check "... names the program" grep -q '^buddytrace [0-9]' "$tmp/out"

commands=$("$BUDDYTRACE" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
for cmd in $commands; do
	[ "$("$BUDDYTRACE" "$cmd" --help 2>&1 | grep -c without-record)" = 0 ] || continue
	exits "$cmd --help" 0 "$BUDDYTRACE" "$cmd" --help
	check "... starts with the usage line" grep -q "^Usage: buddytrace $cmd " "$tmp/out"
	exits "$cmd: unknown option" 2 "$BUDDYTRACE" "$cmd" --no-such-option
	is "... is one line" "$(wc -l <"$tmp/err")" 1
done
if [ -w /dev/full ]; then
	"$BUDDYTRACE" --help >/dev/full 2>"$tmp/err"
	is "a full disk is a failure" $? 1
fi
done_testing
