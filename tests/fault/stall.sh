# SPDX-License-Identifier: GPL-2.0-or-later
# The thread that makes the next file gets no CPU, or waits for the disk: readers go on with the present file when their
# rings fill, and nothing is lost.
. "$top_srcdir/tests/live/live.sh"
preload=$top_builddir/tests/fault/.libs/stall.so
check_series=$top_builddir/tests/live/check_series
use_memory 256
# A sanitizer in the preloaded library does not mind that.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0"

BUDDYTRACE_STALL=$tmp/stall BUDDYTRACE_STALL_MS=2500 LD_PRELOAD=$preload \
	"$BUDDYTRACE" record --json --no-snapshots -b 4096 --rotate-size 512K -o "$fast/r.dat" >"$tmp/out" 2>"$tmp/err" </dev/null &
pid=$!
check "recording" wait_for 60 tracing
touch "$tmp/stall"
"$workload" holes --mib 300 --rounds 1000 >"$tmp/holes" 2>&1 &
load=$!
stalled() { [ ! -e "$tmp/stall" ]; }
check "the next file is asked for, and not made for 2.5 s" wait_for 60 stalled
several() { [ "$(ls "$fast"/r-*Z-*.dat 2>/dev/null | wc -l)" -ge 3 ]; }
check "... but then it is" wait_for 60 several
kill $load
kill -INT $pid
wait $pid
is "... and the recording ends as usual" $? 0
lost=$(($(number overrun "$tmp/out") + $(number dropped "$tmp/out") + $(number missed "$tmp/out")))
events=$(number events "$tmp/out")
is "every event is in a file or told to be lost" "$("$check_series" "$fast"/r-*.dat)" \
	"$(number files "$tmp/out") $events $((events + lost)) $lost"
# Without that right a reader gets no more of the CPU than others, and a disk may be slower than the readers.
if [ "$fast" != "$tmp" ] && chrt -f 1 true 2>/dev/null; then
	is "nothing is lost" "$lost" 0
else
	ok "lost without the right to read with realtime priority, or on a disk: $lost events"
fi

# The readers keep --max-size from the first sub-buffer on, and stay there however long the main thread takes to see it: what
# is overwritten then is behind the end and not lost.
BUDDYTRACE_STALL_BOUNDS=$tmp/stall BUDDYTRACE_STALL_MS=120000 LD_PRELOAD=$preload \
	"$BUDDYTRACE" record --json --no-snapshots -b 1024 --max-size 512K --min-free 1 -o "$fast/m.dat" >"$tmp/out" 2>"$tmp/err" </dev/null &
pid=$!
check "recording up to a size" wait_for 60 tracing
touch "$tmp/stall"
check "nobody looks at the bounds" wait_for 60 stalled
"$workload" holes --mib 300 --rounds 1000 >"$tmp/holes" 2>&1 &
load=$!
overflows() { grep -qs '^overrun: [1-9]' "$tracefs/instances/buddytrace-$pid"/per_cpu/cpu*/stats; }
check "... while the rings overflow" wait_for 60 overflows
touch "$tmp/stall"
wait $pid
is "... and the recording ends as usual" $? 0
kill $load
check "... at its size" grep -q '"ended_by": "--max-size"' "$tmp/out"
# A chunk per CPU beyond it, and what describes the machine.
size=$(wc -c <"$fast/m.dat") most=$((524288 + $(nproc --all) * 65536 + 131072))
check "... and not behind it: $size bytes of $most" [ "$size" -le $most ]
if [ "$fast" != "$tmp" ] && chrt -f 1 true 2>/dev/null; then
	is "... and nothing counts as lost" "$(number overrun "$tmp/out")" 0
else
	ok "lost without the right to read with realtime priority, or on a disk: $(number overrun "$tmp/out") events"
fi
done_testing
