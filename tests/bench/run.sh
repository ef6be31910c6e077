#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# make bench [BENCH=FILE] [ROUNDS=3]: what decoding and replaying a recording cost, as events per CPU second and peak
# memory, and as ratios to `trace-cmd report` of the same file in the same run.  The rounds are interleaved and
# the cheapest of each counts: other work on the machine only ever adds.
set -eu
recording=${1:?usage: run.sh RECORDING}
rounds=${ROUNDS:-3}
cost=$top_builddir/tests/bench/cost
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

events=$("$BUDDYTRACE" info --json "$recording" | sed -n 's/^ *"events": *\([0-9]*\).*/\1/p' | head -n 1)
measure() { # NAME COMMAND...
	name=$1
	shift
	"$cost" "$@" >"$work/one" 2>"$work/err" || { cat "$work/err" >&2; exit 1; }
	sed "s/^/$name /" "$work/one" >>"$work/all"
}
while [ "$rounds" -gt 0 ]; do
	! command -v trace-cmd >/dev/null || measure trace-cmd-report trace-cmd report -i "$recording"
	measure dump "$BUDDYTRACE" dump "$recording"
	measure dump-quiet "$BUDDYTRACE" dump --quiet "$recording"
	measure replay "$BUDDYTRACE" replay "$recording" -o "$work/replay"
	rounds=$((rounds - 1))
done
awk -v events="$events" -v file="${recording##*/}" '
	!($1 in cpu) { order[++n] = $1; cpu[$1] = $2; rss[$1] = $3 }
	$2 < cpu[$1] { cpu[$1] = $2 }
	$3 > rss[$1] { rss[$1] = $3 }
	END {
		printf "%s: %d events\n%-18s %10s %16s %12s %10s %12s\n", file, events,
			"", "CPU s", "events/CPU s", "times base", "peak MB", "times base"
		base = order[1]
		for (i = 1; i <= n; i++) {
			k = order[i]
			c = cpu[k] > 0 ? cpu[k] : 0.001
			printf "%-18s %10.3f %16.0f %12.2f %10.1f %12.2f\n", k, c, events / c, cpu[base] / c,
				rss[k] / 1024, rss[k] / rss[base]
		}
		printf "base: %s; faster is above 1, more memory is above 1\n", base
	}' "$work/all"
