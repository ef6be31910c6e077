# SPDX-License-Identifier: GPL-2.0-or-later
# A recording that becomes a series of files: nothing lost or doubled between them, bounds that hold.
. "$top_srcdir/tests/live/live.sh"
check_series=$top_builddir/tests/live/check_series
check_recording=$top_builddir/tests/live/check_recording
chunk=65536 # more than 64 sub-buffers ever took
cpus=$(nproc --all)
# A file may grow while eight earlier ones wait for the disk, and other users of it must not decide about that.
use_memory 256

# made PATTERN: there is such a file.
made() { [ -n "$(find "$fast" -name "$1")" ]; }
# below NAME BYTES FILE...: no file is larger than that and a chunk per CPU and the descriptions.
below() {
	below_name=$1 below_most=$(($2 + cpus * chunk + 131072)); shift 2
	check "$below_name" test "$(cat "$@" | wc -c)" -gt 0
	for below_file in "$@"; do
		[ "$(wc -c <"$below_file")" -le $below_most ] || nok "... $below_file" "$(wc -c <"$below_file") bytes"
	done
}
# numbers CPU: writes numbered lines to the trace, all from that CPU.
# shellcheck disable=SC2016
numbers() {
	taskset -c "$1" sh -c 'exec 3>"$1"; i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); echo "number $2 $i" >&3; done' \
		sh "$tracefs/instances/buddytrace-$pid/trace_marker" "$1"
}
# in_order CPU: the numbers of that CPU on standard input ascend, and are all when nothing is lost.
in_order() {
	awk -v cpu="$1" -v lost="$lost" '
		$1 == cpu { if ($2 <= latest) exit bad = 1; latest = $2; n++ }
		END { exit bad || n > 20000 || n + lost < 20000 }'
}

record_in_background --json --no-snapshots -b 16384 --rotate-size 1M -o "$fast/r.dat" -- "$workload" holes --mib 300 --rounds 1000
check "recording" wait_for 60 tracing
numbers 0 &
first=$!
numbers $((cpus - 1))
wait $first
wait_for 200 made 'r-*-0020.dat'
kill -INT $pid
wait $pid
is "rotates by size" $? 0
no_leftovers $pid "$fast/r.dat"
files=$(number files "$tmp/out")
check "... into 20 files and more: $files" [ "${files:-0}" -ge 20 ]
is "... with names of time and number" "$(ls "$fast" | grep -c '^r-20[0-9]*T[0-9]*Z-[0-9]*\.dat$')" "$files"
# A file grows beyond its size while the next one is late: eight wait for the disk, or its thread for a CPU.
larger=0
for file in $(ls "$fast"/r-*.dat | sed '$d'); do
	[ "$(wc -c <"$file")" -le $((1048576 + cpus * chunk + 131072)) ] || larger=$((larger + 1))
done
check "... of the size that was asked for, all but $larger" [ $larger -lt $((files - 1)) ]
events=$(number events "$tmp/out")
lost=$(($(number overrun "$tmp/out") + $(number dropped "$tmp/out") + $(number missed "$tmp/out")))
is "no event between two files is doubled, and none lost without a word" "$("$check_series" "$fast"/r-*.dat)" \
	"$files $events $((events + lost)) $lost"
for file in "$fast"/r-*.dat; do "$BUDDYTRACE" dump "$file"; done | sed -n 's/.*: number //p' >"$tmp/numbers"
check "... numbers from the first CPU are in order" in_order 0 <"$tmp/numbers"
check "... and from the last one" in_order $((cpus - 1)) <"$tmp/numbers"
for file in "$fast"/r-*.dat; do
	"$BUDDYTRACE" info "$file" >/dev/null || nok "info reads $file"
	! command -v trace-cmd >/dev/null || trace-cmd report --stat -i "$file" >/dev/null 2>"$tmp/err" ||
		nok "trace-cmd report reads $file" "$(cat "$tmp/err")"
done
ok "every file can be read alone"
rm "$fast"/r-*.dat

# Every file has the state of memory at its start; the last one at its end as well.
exits "rotates by time" 0 "$BUDDYTRACE" record --rotate-time 500ms -d 5 -o "$tmp/t.dat"
set -- "$tmp"/t-*.dat
check "... into some files: $#" [ $# -ge 2 ]
check "... which are a series" "$check_series" "$@"
check "... each with the state of memory" "$check_recording" "$1" 1
shift $(($# - 1))
check "... at its end, too, in the last" "$check_recording" "$1" 2

# Only the oldest ones go, and nothing that only looks like one.
touch "$tmp/t-20200101T000000Z-0001.dat" "$tmp/t-20200101T000000Z-0001.dat.old" "$tmp/t-20200101-0001.dat" "$tmp/u-20200101T000000Z-0001.dat"
series() { ls "$tmp" | grep -c '^t-.*Z-[0-9]*\.dat$'; }
earlier=$(series)
touch "$tmp/before"
record_in_background --no-snapshots --rotate-time 200ms --keep 3 --json -o "$tmp/t.dat"
# The seventh of this recording, or one behind it: the one before may have had as many.
many() { [ -n "$(find "$tmp" -newer "$tmp/before" -name 't-*-000[7-9].dat' -o -newer "$tmp/before" -name 't-*-00[1-9]?.dat')" ]; }
check "recording again" wait_for 60 tracing
check "... into many files" wait_for 60 many
kill -INT $pid
wait $pid
is "keeps three files" $? 0
is "... and no more" "$(series)" 3
is "... nor less of others" "$(cd "$tmp" && ls -d t-*.old t-20200101-0001.dat u-*.dat | wc -l)" 3
set -- "$tmp"/t-*Z-*.dat
check "... the latest three" "$check_series" "$@"
is "... and says so" "$(number files_deleted "$tmp/out")" $((earlier + $(number files "$tmp/out") - 3))
exits "keeps a size" 0 "$BUDDYTRACE" record --no-snapshots --rotate-size 500K --keep 2M -o "$tmp/s.dat" -- "$workload" holes --mib 300 --rounds 3
# The last one stays however large it is, and it is when its end comes late.
below_or_one() { [ "$(cat "$@" | wc -c)" -le 2097152 ] || [ $# = 1 ]; }
check "... and no more" below_or_one "$tmp"/s-*.dat
rm "$tmp"/[stu]-*

record_in_background --no-snapshots --rotate-time 1h -o "$fast/h.dat"
wait_for 60 tracing
finished() { [ "$(ls "$fast"/h-*.dat 2>/dev/null | wc -l)" -ge "$1" ]; }
for file in 1 2; do
	kill -HUP $pid
	wait_for 60 finished $file
done
is "SIGHUP begins a new file" "$(ls "$fast"/h-*.dat | wc -l)" 2
kill -HUP $pid
sleep 0.02
kill -USR2 $pid
check "two signals at once do not cancel each other" wait_for 60 finished 3
kill -INT $pid
wait $pid
is "... and the recording ends as usual" $? 0
check "... of the series" "$check_series" "$fast"/h-*.dat

exits "ends at a size" 0 "$BUDDYTRACE" record --no-snapshots --max-size 3M --json -o "$tmp/m.dat" -- "$workload" holes --mib 300 --rounds 50
below "... and not behind it" 3145728 "$tmp/m.dat"
check "... but near it" [ "$(wc -c <"$tmp/m.dat")" -gt 2000000 ]
check "... says so" grep -q '"ended_by": "--max-size"' "$tmp/out"
check "... and stops the command" grep -q '"command_stopped": true' "$tmp/out"
check "... with a whole file" "$check_recording" "$tmp/m.dat" 0 full
exits "ends at a size of all files" 0 "$BUDDYTRACE" record --no-snapshots --rotate-size 1M --max-size 4M -o "$tmp/n.dat" -- "$workload" holes --mib 300 --rounds 50
cat "$tmp"/n-*.dat >"$tmp/all"
below "... and not behind it" 4194304 "$tmp/all"
exits "ends when the disk is nearly full" 0 "$BUDDYTRACE" record --no-snapshots --min-free 1000000T -d 60 -o "$tmp/f.dat"
check "... says so" grep -q "ended by --min-free" "$tmp/err"
done_testing
