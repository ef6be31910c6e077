#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The export list is exactly what the installed headers declare, the library has all of it and exports nothing else,
# and every global name carries the project's prefix.
here=$(cd "$(dirname "$0")" && pwd)
build=${2:+$(cd "$2" && pwd)}
. "$here/common.sh"
need_ctags

tags() { # KINDS: names of these kinds in the installed headers
	$CTAGS -o - --languages=C --langmap=C:.h "--kinds-C=$1" -x --_xformat='%N %F' lib/include/buddytrace/*.h
}
tags px | awk '{ print $1 }' | sort -u >"$findings.declared"
sed -n 's/^[ \t]*\([a-z_0-9*]*\);.*/\1/p' lib/libbuddytrace.sym | grep -v '^\*$' | sort -u >"$findings.listed"
comm -23 "$findings.declared" "$findings.listed" |
	sed 's,.*,lib/libbuddytrace.sym:1: & is declared in an installed header but not listed,' >"$findings"
comm -13 "$findings.declared" "$findings.listed" |
	sed 's,.*,lib/libbuddytrace.sym:1: & is listed but no installed header declares it,' >>"$findings"

tags d | awk '$1 !~ /^(BT_|BUDDYTRACE_)/ { print $2 ":1: macro " $1 " lacks the BT_ prefix" }' >>"$findings"
tags e | awk '$1 !~ /^BDT_/ { print $2 ":1: enumerator " $1 " lacks the BDT_ prefix" }' >>"$findings"
tags pxstug | awk '$1 !~ /^(bdt_|__anon)/ { print $2 ":1: " $1 " lacks the bdt_ prefix" }' >>"$findings"

so=$build/.libs/libbuddytrace.so
if [ -n "$build" ] && [ -e "$so" ]; then
	nm -D --defined-only "$so" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u >"$findings.exported"
	# A build without the recorder has none of its functions.
	if [ "${RECORD-yes}" = no ]; then
		$CTAGS -o - --languages=C --langmap=C:.h --kinds-C=p -x --_xformat=%N \
			lib/include/buddytrace/record.h lib/include/buddytrace/estimate.h \
			lib/include/buddytrace/doctor.h | sort -u >"$findings.left"
	else
		: >"$findings.left"
	fi
	comm -13 "$findings.left" "$findings.declared" | comm -23 - "$findings.exported" |
		sed 's,.*,libbuddytrace.so: & is declared but not in the library,' >>"$findings"
	comm -13 "$findings.declared" "$findings.exported" | grep -v '^__asan\|^__ubsan\|^__odr_asan' |
		sed 's,.*,libbuddytrace.so: exports & which no installed header declares,' >>"$findings"
	nm --defined-only --extern-only "$build/.libs/libbt_all.a" 2>/dev/null |
		awk 'NF == 3 && $3 !~ /^(bdt_|__odr_asan|_)/ { print "libbt_all.a: global symbol " $3 " lacks the bdt_ prefix" }' >>"$findings"
fi
conclude "$findings"
