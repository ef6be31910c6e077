# SPDX-License-Identifier: GPL-2.0-or-later
# Records the running kernel; trace-cmd is the second opinion.
. "$top_srcdir/tests/live/live.sh"
check_recording=$top_builddir/tests/live/check_recording

# The rings have room for all that the workload does, however late they are read.
record_in_background --json -b 32768 -o "$tmp/a.dat" -- "$workload" holes --mib 200
wait $pid
is "records a workload" $? 0
no_leftovers $pid "$tmp/a.dat"
lost=$(lost "$tmp/out")
check "what is lost, $lost events, is all that is missing" [ -n "$lost" ]
check "the file is whole" "$check_recording" "$tmp/a.dat"
events=$(number events "$tmp/out")
check "the workload is in it" [ $((events + lost)) -gt 150000 ]
traced=$(number pages_freed_traced "$tmp/out") freed=$(number pages_freed_vmstat "$tmp/out")
# vmstat is read inside the traced time: on a busy machine more is traced than it counts.
check "pages freed: $traced traced, $freed by vmstat" \
	awk "BEGIN { exit !(($traced / $freed > 0.98 || $lost > 0) && $traced / $freed < 1.9) }"
is "its size is the file's" "$(number bytes "$tmp/out")" "$(wc -c <"$tmp/a.dat")"
if command -v trace-cmd >/dev/null; then
	check "trace-cmd report --stat reads it" trace-cmd report --stat -i "$tmp/a.dat"
	is "trace-cmd finds the same events" "$(trace-cmd report -q -i "$tmp/a.dat" 2>/dev/null | grep -c ' mm_')" "$events"
else
	skip "trace-cmd report" "no trace-cmd"
fi

exits "the time ends it" 0 "$BUDDYTRACE" record -d 300ms --no-snapshots --clock mono -b 1024 -o "$tmp/b.dat"
check "... a file with the clock that was asked for" grep -q "clock mono" "$tmp/err"
exits "a recording that replaces another" 0 "$BUDDYTRACE" record -d 300ms -o "$tmp/b.dat"
check "... keeps the old one" "$BUDDYTRACE" dump --quiet "$tmp/b.dat.old"
check "... and has snapshots" "$check_recording" "$tmp/b.dat"

record_in_background -o "$tmp/c.dat" -d 60
check "an instance is there while recording" wait_for 60 tracing
kill -INT $pid
wait $pid
is "Ctrl-C is a normal stop" $? 0
no_leftovers $pid "$tmp/c.dat"
check "... and leaves a file" [ -s "$tmp/c.dat" ]

record_in_background --no-snapshots --start-delay 1h -o "$tmp/w.dat"
check "waits for its start" wait_for 60 catches_int $pid
kill -INT $pid
wait $pid
is "Ctrl-C before a delayed start" "$? $(ls "$tmp"/w.dat* 2>/dev/null)" "0 "
exits "what cannot be recorded is told before the delay" 1 timeout 120 "$BUDDYTRACE" record --start-delay 1h \
	--filter 'mm_page_alloc=ordr > 2' -o "$tmp/w.dat"

# The guard and the files must not become the standard streams, nor a message to nobody the end of the recording.
"$BUDDYTRACE" record -p rare -d 300ms -o "$tmp/s.dat" <&- >&- 2>&-
is "without standard streams a recording is made" $? 0
check "... and can be read" "$BUDDYTRACE" info "$tmp/s.dat"
{ "$BUDDYTRACE" record -p rare -d 300ms -o "$tmp/p.dat"; echo $? >"$tmp/code"; } 2>&1 >/dev/null | true
is "nobody reads the messages: it is made all the same" "$(cat "$tmp/code")" 0

# shellcheck disable=SC2016
exits "the instance of a dead process with the same id is replaced" 0 \
	sh -c 'mkdir "$1/instances/buddytrace-$$" && exec "$2" record -p rare -d 300ms -o "$3"' \
	sh $tracefs "$BUDDYTRACE" "$tmp/i.dat"

# shellcheck disable=SC2016
exits "a limit of the size of files is an error" 1 \
	sh -c 'ulimit -f 200 && exec "$1" record --no-snapshots -o "$2" -- "$3" holes --mib 300' \
	sh "$BUDDYTRACE" "$tmp/l.dat" "$workload"
check "... the message says why" grep -q 'File too large' "$tmp/err"
# Below the limit are a part for each CPU and the file; only where one of them had most of the load that is all there is.
if [ -e "$tmp/l.dat.part" ]; then
	check "... and how to complete the file" grep -q "buddytrace recover $tmp/l.dat" "$tmp/err"
	exits "... which works" 0 "$BUDDYTRACE" recover "$tmp/l.dat"
else
	check "... and that the file is complete" grep -q "$tmp/l.dat holds what was recorded until then" "$tmp/err"
fi
check "... so that it can be read" "$BUDDYTRACE" dump --quiet "$tmp/l.dat"

record_in_background --no-snapshots -o "$tmp/d.dat" -- "$workload" holes --mib 1000 --rounds 50
wait_for 60 tracing
sleep 0.3
kill -INT $pid
kill -INT $pid
wait $pid
is "a second Ctrl-C ends it at once" $? 0
no_leftovers $pid "$tmp/d.dat"
check "... the file can be read" "$BUDDYTRACE" dump --quiet "$tmp/d.dat"

exits "the command's exit code is returned" 7 "$BUDDYTRACE" record --no-snapshots -o "$tmp/e.dat" -- sh -c 'exit 7'
exits "... or the signal that ended it" 137 "$BUDDYTRACE" record --no-snapshots -o "$tmp/e.dat" -- sh -c 'kill -9 $$'
exits "a command that does not exist" 127 "$BUDDYTRACE" record -o "$tmp/f.dat" -- "$tmp/no-such-command"
is "... leaves no file" "$(ls "$tmp"/f.dat* 2>/dev/null)" ""
exits "recording ends before the command" 0 "$BUDDYTRACE" record --no-snapshots -d 200ms -o "$tmp/e.dat" -- sleep 60
is "options behind the command are its own" "$("$BUDDYTRACE" record --no-snapshots -o "$tmp/e.dat" echo -d --json 2>/dev/null)" "-d --json"

exits "the state of memory in between" 0 "$BUDDYTRACE" record --snapshot-every 300ms -o "$tmp/h.dat" -- sleep 4
check "... is in the file" grep -q "between .*kpageflags" <<TEXT
$("$BUDDYTRACE" info "$tmp/h.dat")
TEXT
exits "... and a replay takes it over" 0 "$BUDDYTRACE" replay -o "$tmp/h.replay" "$tmp/h.dat"
check "... having compared it" grep -q '"snapshot": "between"' "$tmp/h.replay/score.json"

# A ring that is too small for the load: what is lost is counted, and marked in its place.
exits "a small ring" 0 "$BUDDYTRACE" record -b 64 --no-snapshots -o "$tmp/g.dat" -- "$workload" holes --mib 200
check "... every event is accounted for" "$check_recording" "$tmp/g.dat" 0
done_testing
