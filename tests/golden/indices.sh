#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The fragmentation indices of the model against those that the recorded kernels computed: every number of
# every snapshot that has them.
# shellcheck source=tests/tap.sh
. "$top_srcdir/tests/tap.sh"

# equal NAME FILE SNAPSHOTS: all numbers are the same, and some of them tell more than -1.000.
equal() {
	exits "$1: compared" 0 "$top_builddir/tests/golden/indices" "$2"
	check "$1: $3 snapshots, no number differs" grep -Eq "^snapshots $3 unusable [0-9]+/0 extfrag [0-9]+/0 telling [1-9]" "$tmp/out"
}

for version in 5.10 6.1 6.12 7.2; do
	equal "kernel $version" "$top_srcdir/tracedata/indices-$version.dat" 2
done

"$top_builddir/tests/golden/indices" "$top_srcdir/tracedata/kernel-6.18.dat" >"$tmp/out"
is "a recording without them" "$(cat "$tmp/out")" "snapshots 0 unusable 0/0 extfrag 0/0 telling 0"
done_testing
