#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds buddytrace in build/ and shows what it does: records this kernel while a small program fragments its
# memory, replays the recording through the model, and writes a page that compares the two.  Where the kernel
# cannot be traced (no root, a container), the recording in tracedata/ is used.  Ends with the path of the page.
cd "$(dirname "$0")" || exit 1
srcdir=$(pwd)
. build-aux/setup.sh

install_missing "$needed_to_build" || exit 1
install_optional "$optional_to_build"
build "$srcdir/build" || exit 1

out=build/try
buddytrace=build/buddytrace
mkdir -p "$out"
rm -rf "$out"/*
if [ "$(id -u)" = 0 ]; then
	say "Recording this kernel while build/tests/workload/bt-workload runs"
	# A quarter of the memory that is available, at most 1 GiB; and what earlier loads left free for unmovable pages, up
	# to half of it, so that there are fallbacks to be seen.
	available=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
	mib=$((available / 4 > 1024 ? 1024 : available / 4))
	$buddytrace record --exact -o "$out/live.dat" -- \
		build/tests/workload/bt-workload holes --mib $mib --top-up $((available / 2))
	code=$?
	[ $code = 0 ] || say "Not recorded (exit $code)."
else
	say "Only root may trace the kernel."
fi
recording=$out/live.dat
if [ ! -s "$recording" ]; then
	recording=tracedata/kernel-6.18.dat
	say "Using the bundled recording $recording"
fi
$buddytrace replay "$recording" || exit 1
$buddytrace report "$recording" -o "$out/report.html" >/dev/null || exit 1
echo "The page: $srcdir/$out/report.html"
