# SPDX-License-Identifier: GPL-2.0-or-later
# A flight recorder: everything stays in the kernel until something happens.
. "$top_srcdir/tests/live/live.sh"
check_series=$top_builddir/tests/live/check_series

files() { ls "$tmp/$1"-*.dat 2>/dev/null | wc -l; }
capturing() { [ -n "$(ls "$tmp"/f-*.part 2>/dev/null)" ]; }
has_files() { [ "$(files "$1")" -ge "$2" ]; }
# Marks and what overwrites them are of the same CPU.
mark() { taskset -c 0 sh -c 'echo "$0" >"$1"' "$1" "$tracefs/instances/buddytrace-$pid/trace_marker"; }
# ring KEY: of that CPU, what its statistics say.
ring() { sed -n "s/^$1: *//p" "$tracefs/instances/buddytrace-$pid/per_cpu/cpu0/stats"; }
# overwrite: until of all that is in that ring nothing is left.
overwrite() {
	overwritten=$(($(ring overrun) + $(ring entries)))
	for _ in 1 2 3 4 5 6 7 8; do
		taskset -c 0 "$workload" holes --mib 200 >/dev/null
		[ "$(ring overrun)" -le $overwritten ] || return 0
	done
	nok "what is in the ring is overwritten" "$(ring overrun) of $overwritten"
}
holds() { "$BUDDYTRACE" dump "$1" | grep -c ": $2\$"; }

# The ring is overwritten while nobody reads.
record_in_background --json -p flight -b 4096 --after 3s --no-snapshots -o "$tmp/f.dat"
check "recording" wait_for 60 tracing
mark "long ago"
overwrite
is "no file as long as nothing happens" "$(files f)" 0
mark "just now"
kill -USR2 $pid
check "SIGUSR2 begins a file" wait_for 60 capturing
mark "right behind"
check "... and completes it" wait_for 60 has_files f 1
mark "in between"
overwrite
mark "the second time"
before=$(ring overrun)
kill -USR2 $pid
check "... as often as it is sent" wait_for 60 has_files f 2
kill -INT $pid
wait $pid
is "Ctrl-C is a normal stop" $? 0
no_leftovers $pid "$tmp/f.dat"
lost=$(lost "$tmp/out")
check "what was overwritten before, $before events, is no loss ($lost)" [ "$lost" -lt "$before" ]
check "the files are a series in which nothing else is missing" "$check_series" "$tmp"/f-*.dat
first=$(ls "$tmp"/f-*.dat | head -n 1) second=$(ls "$tmp"/f-*.dat | tail -n 1)
is "a file holds what was just before, and behind" "$(holds "$first" "just now") $(holds "$first" "right behind")" "1 1"
is "... not what was overwritten" "$(holds "$first" "long ago")" 0
is "a later file begins behind what was overwritten since" "$(holds "$second" "right behind") $(holds "$second" "in between") $(holds "$second" "the second time")" "0 0 1"
info=$("$BUDDYTRACE" info --json "$second")
overrun=$(echo "$info" | sed -n 's/^ *"overrun": \([0-9]*\),*$/\1/p' | head -n 1)
gaps=$(echo "$info" | sed -n 's/^ *"gaps": \([0-9]*\),*$/\1/p')
is "no events are missing inside, but for those that are told" "$((gaps > 0))" "$((overrun > 0))"
is "... and it says why it was written" "$(echo "$info" | grep -c '"series.cause": "signal"')" 1

is "... to the reader, too" "$("$BUDDYTRACE" info "$second" | grep -c 'begun by: signal')" 1

# A signal while a file is being written: what comes behind it counts.
record_in_background --json -p flight -b 512 --after 2s --no-snapshots -o "$tmp/l.dat"
wait_for 60 tracing
kill -USR2 $pid
sleep 1.4
mark "longer"
kill -USR2 $pid
ticks=0
until has_files l 1 && [ $ticks -ge 60 ]; do
	mark "tick"
	sleep 0.05
	ticks=$((ticks + 1))
	[ $ticks -lt 600 ] || break
done
kill -INT $pid
wait $pid
seconds=$(for file in "$tmp"/l-*.dat; do "$BUDDYTRACE" dump "$file"; done |
	sed -n 's/.* \([0-9]*\.[0-9]*\): print: .*: \([a-z]*\)$/\1 \2/p' |
	awk '$2 == "longer" { from = $1 } $2 == "tick" { to = $1 } END { print from ? to - from : "no mark" }')
check "a second signal makes a file longer: $seconds s behind it" awk "BEGIN { exit !($seconds >= 1.2) }"

exits "nothing happens" 0 "$BUDDYTRACE" record -p flight --no-snapshots --trigger fallbacks=1000000000/s -d 500ms -o "$tmp/n.dat"
is "... no file" "$(files n)" 0
check "... says so" grep -q "no file was written" "$tmp/err"

# With the state of memory, which takes longer than --after.  The texts are those of every second; a busy machine has a
# recorder wait for its turn.
record_in_background --json -p flight --after 10ms -o "$tmp/p.dat"
wait_for 60 tracing
for seconds in 2 4 8 16; do
	rm -f "$tmp"/p-*.dat
	sleep $seconds
	kill -USR2 $pid
	wait_for 120 has_files p 1
	info=$("$BUDDYTRACE" info "$tmp"/p-*.dat)
	texts=$(echo "$info" | grep -c 'text .* buddyinfo pagetypeinfo zoneinfo vmstat')
	[ "$texts" = 0 ] || break
done
kill -INT $pid
wait $pid
is "a file with the state of memory" "$(echo "$info" | grep -c 'start.*kpageflags')" 1
check "... and the texts of the time before" [ "$texts" -ge 1 ]
exits "... and a replay starts from it" 0 "$BUDDYTRACE" replay "$tmp"/p-*.dat
is "... without a warning" "$(cat "$tmp/err")" ""
check "... in the order of time" "$check_series" "$tmp"/p-*.dat
done_testing
