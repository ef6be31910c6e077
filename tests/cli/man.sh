# SPDX-License-Identifier: GPL-2.0-or-later
# Every command has a man page that names each of its options and is free of errors; buddytrace(1) lists them all.
. "$top_srcdir/tests/tap.sh"
man=$top_srcdir/doc/man

# Without the font changes and escapes of roff.
plain() { sed 's/\\f[BIR]//g; s/\\-/-/g; s/["]//g; s/^\.[A-Z]* *//; s/ , /, /g' "$1"; }

commands=$("$BUDDYTRACE" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
[ "$commands" ] || nok "commands are listed"
plain "$man/buddytrace.1" >"$tmp/main"
for cmd in $commands; do
	page=$man/buddytrace-$cmd.1
	check "buddytrace(1) lists $cmd" grep -q "^$cmd *( *buddytrace-$cmd (1))" "$tmp/main"
	if [ ! -e "$page" ]; then
		nok "buddytrace-$cmd(1) exists"
		continue
	fi
	plain "$page" >"$tmp/page"
	"$BUDDYTRACE" "$cmd" --help >"$tmp/help" 2>/dev/null || continue
	missing=
	for option in $(sed -n '/^Options:/,$s/^  \(-[a-zA-Z],\)* *\(--[a-z-]*\).*/\1 \2/p' "$tmp/help" | tr -d ,); do
		grep -qE -- "(^|[ ,(])$option([][ ,.=)]|\$)" "$tmp/page" || missing="$missing $option"
	done
	is "buddytrace-$cmd(1) has every option" "$missing" ""
	# And no option that the command does not have: those at the start of a .TP.
	extra=
	for option in $(sed -n '/^\.SH OPTIONS/,/^\.SH [^O]/p' "$page" | grep -A1 '^\.TP' | grep -o -- '\\-\\-[a-z\\-]*' |
		tr -d '\\' | sort -u); do
		grep -q -- " $option\( \|\[\|\$\)" "$tmp/help" || extra="$extra $option"
	done
	is "buddytrace-$cmd(1) has no other option" "$extra" ""
done

if command -v groff >/dev/null || command -v mandoc >/dev/null; then
	for page in "$man"/*.[1-8]; do
		if command -v groff >/dev/null; then
			groff -man -Tascii -ww -z "$page" >"$tmp/out" 2>&1
		else
			mandoc -T lint -W error "$page" >"$tmp/out" 2>&1
		fi
		is "${page##*/} is good roff" "$(cat "$tmp/out")" ""
	done
else
	skip "man pages are good roff" "neither groff nor mandoc is installed"
fi
done_testing
