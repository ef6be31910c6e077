#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What `make install` puts on a machine is enough: a program builds against it with pkg-config alone and runs,
# and the installed command finds its library.
. "$top_srcdir/tests/tap.sh"
unset MAKEFLAGS MFLAGS MAKELEVEL

dest=$tmp/root
if ! make -s -C "$top_builddir" install-exec install-data DESTDIR="$dest" >"$tmp/install.log" 2>&1; then
	nok "make install" "$(tail -n 20 "$tmp/install.log")"
	done_testing
fi
ok "make install"

pc=$(find "$dest" -name buddytrace.pc)
PKG_CONFIG_SYSROOT_DIR=$dest PKG_CONFIG_PATH=$(dirname "$pc")
export PKG_CONFIG_SYSROOT_DIR PKG_CONFIG_PATH
# shellcheck disable=SC2046
set -- $(pkg-config --variable=libdir buddytrace) $(pkg-config --variable=prefix buddytrace)
libdir=${1#"$dest"} prefix=${2#"$dest"}

cat >"$tmp/user.c" <<'END'
#include <buddytrace/diag.h>
#include <buddytrace/event.h>
#include <buddytrace/tracefile.h>
#include <stdio.h>

int main(void)
{
	struct bdt_diag diag;

	bdt_diag_clear(&diag);
	bdt_diag_set(&diag, bdt_event_kind_find("kmem", "mm_page_alloc_extfrag"), BT_NO_OFFSET, "%s",
		     bdt_event_kinds[BDT_EV_EXTFRAG].name);
	printf("%s %d\n", diag.text, diag.err == BDT_EV_EXTFRAG);
	return 0;
}
END
# shellcheck disable=SC2046
check "a program builds with pkg-config's flags" \
	$CC $(pkg-config --cflags buddytrace) -Wall -Werror -o "$tmp/user" "$tmp/user.c" $(pkg-config --libs buddytrace) \
	${SAN_CFLAGS-}
is "it runs" "$(LD_LIBRARY_PATH=$dest$libdir "$tmp/user" 2>&1)" "mm_page_alloc_extfrag 1"
is "the installed command runs" "$(LD_LIBRARY_PATH=$dest$libdir "$dest$prefix/bin/buddytrace" --version 2>&1)" \
	"$("$BUDDYTRACE" --version)"
exact=
[ ! -f "$top_builddir/buddytrace-exact.la" ] || exact=1
units=
[ "${RECORD-}" = no ] || for unit in .service @.service @flight.service.d/flight.conf @window.timer; do
	units="$units./lib/systemd/system/buddytrace-record$unit "
done
is "nothing else is installed" "$(cd "$dest$prefix" && find . -type f ! -path './include/buddytrace/*.h' ! -path './share/man/*' |
	sed 's/\.so\.[0-9.]*$/.so/; s,/lib/[^/]*-linux-gnu[^/]*/,/lib/,' | sort | tr '\n' ' ')" \
	"./bin/buddytrace ${exact:+./lib/buddytrace/buddytrace-exact.la ./lib/buddytrace/buddytrace-exact.so }./lib/libbuddytrace.la ./lib/libbuddytrace.so ./lib/pkgconfig/buddytrace.pc $units"
done_testing
