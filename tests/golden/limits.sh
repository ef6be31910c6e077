#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Watermarks, reserves and the limits of the per-CPU lists as the model computes them, against those that the
# recorded kernels print: every number of every snapshot.
# shellcheck source=tests/tap.sh
. "$top_srcdir/tests/tap.sh"

limits=$top_builddir/tests/golden/limits

# equal NAME RELEASE FILE: all numbers are the same, and there are some.
equal() {
	exits "$1: compared" 0 "$limits" "$2" "$3"
	is "$1: numbers that differ" "$(tr ' ' '\n' <"$tmp/out" | awk -F/ 'NF == 2 { n += $2 } END { print n + 0 }')" 0
	numbers=$(tr ' ' '\n' <"$tmp/out" | awk -F/ 'NF == 2 { n += $1 } END { print n + 0 }')
	if [ "$numbers" -ge 40 ]; then ok "$1: $numbers numbers"; else nok "$1" "only $numbers numbers"; fi
}

equal kernel-6.18 6.18.44 "$top_srcdir/tracedata/kernel-6.18.dat"
equal kernel-6.12 6.12.107 "$top_srcdir/tracedata/kernel-6.12.dat"

# The rules matter: with those of another release the same numbers are wrong.
exits "kernel-6.12 with older rules" 0 "$limits" 5.10.223 "$top_srcdir/tracedata/kernel-6.12.dat"
check "kernel-6.12: the limits of 5.10 differ" grep -q 'high [0-9]*/[1-9]' "$tmp/out"

for release in 5.10.223 6.1.192 6.12.107 7.2.13; do
	version=${release%.*}
	archive=${BUDDYTRACE_TRACES-}/qemu/$version.tar.zst
	if [ -z "${BUDDYTRACE_TRACES-}" ] || [ ! -f "$archive" ]; then
		skip "kernel $version" "BUDDYTRACE_TRACES names no qemu/$version.tar.zst"
		continue
	fi
	mkdir "$tmp/q" && zstd -qdc --long=27 "$archive" | tar xC "$tmp/q"
	sh "$top_srcdir/tests/golden/qemu2dir.sh" "$tmp/q/$version" "$tmp/q/dir" >/dev/null 2>&1
	"$BUDDYTRACE" import "$tmp/q/dir" -o "$tmp/q.dat" 2>/dev/null
	equal "kernel $version" "$release" "$tmp/q.dat"
	rm -rf "$tmp/q" "$tmp/q.dat"
done
done_testing
