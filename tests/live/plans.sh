# SPDX-License-Identifier: GPL-2.0-or-later
# What is recorded (profiles, events, filters, stacks) and when (triggers, CPU limit), on the running kernel.
. "$top_srcdir/tests/live/live.sh"
check_recording=$top_builddir/tests/live/check_recording
alloc=events/kmem/mm_page_alloc extfrag=events/kmem/mm_page_alloc_extfrag

# start OPTION...: records in the background; $instance is there, and traces events, when it returns.
traces() { grep -qs 1 "$instance/tracing_on" && grep -qs 1 "$instance/$extfrag/enable"; }
start() {
	"$BUDDYTRACE" record "$@" >"$tmp/out" 2>"$tmp/err" </dev/null &
	pid=$!
	instance=$tracefs/instances/buddytrace-$pid
	wait_for 60 traces
}
finish() { kill -INT "$pid"; wait "$pid"; }
# fact KEY FILE
fact() { "$BUDDYTRACE" info --json "$2" | sed -n "s/^ *\"$1\": *\"\\(.*\\)\",*\$/\\1/p"; }
# events KIND FILE: how many there are.
events() { "$BUDDYTRACE" dump --quiet "$2" | sed -n "s/^$1 //p"; }

start -p rare --stacks -e sched_switch -o "$tmp/rare.dat"
is "rare: fallbacks are recorded" "$(cat "$instance/$extfrag/enable")" "1*"
is "... with their stacks" "$(cat "$instance/$extfrag/trigger")" "stacktrace:unlimited"
is "... but not every allocation" "$(cat "$instance/$alloc/enable")" 0
is "... and there is no trace of the try" "$(grep -v '^#' "$instance/$alloc/trigger")" ""
sleep 1
finish
is "... it ends" $? 0
is "... the profile is in the file" "$(fact record.profile "$tmp/rare.dat")" rare
is "... and how stacks were recorded" "$(fact record.stacks "$tmp/rare.dat")" fallbacks
check "... and the event that was asked for" [ "$(events sched:sched_switch "$tmp/rare.dat")" -gt 0 ]
is "... and no other events of pages" "$(events 'kmem:mm_page_alloc' "$tmp/rare.dat")" ""
! command -v trace-cmd >/dev/null || check "... trace-cmd reads it" trace-cmd report -i "$tmp/rare.dat"
exits "... a replay goes on" 0 "$BUDDYTRACE" replay "$tmp/rare.dat"
is "... but says what it is worth" "$(grep partial "$tmp/err")" \
	"buddytrace: warning: the recording is partial (profile rare): predictions are not possible, buddytrace stat shows what it holds"
check "... and stat can use it" "$BUDDYTRACE" stat "$tmp/rare.dat"

exits "a filter" 0 "$BUDDYTRACE" record --no-snapshots --filter 'mm_page_alloc=order == 2' -d 500ms -o "$tmp/filter.dat"
is "... is in the file" "$(fact record.filter.kmem:mm_page_alloc "$tmp/filter.dat")" "order == 2"
is "... and lets nothing else through" "$("$BUDDYTRACE" dump "$tmp/filter.dat" | grep ' mm_page_alloc: ' | grep -vc 'order=2 ')" 0
"$BUDDYTRACE" replay "$tmp/filter.dat" >"$tmp/out" 2>"$tmp/err"
check "... the replay says so" grep -q 'is partial (mm_page_alloc is filtered)' "$tmp/err"

# fails MESSAGE OPTION...
fails() {
	fails_want=$1; shift
	exits "record $*" 1 "$BUDDYTRACE" record -d 100ms -o "$tmp/x.dat" "$@"
	is "... says why" "$(cat "$tmp/err")" "buddytrace: $fails_want"
}
fails "the kernel refuses the filter 'ordr > 2' of kmem:mm_page_alloc, character 6: Field not found" \
	--filter 'mm_page_alloc=ordr > 2'
# Refused with EPERM, which must not look like missing rights.
fails "the kernel refuses the filter 'order > 1 junk' of kmem:mm_page_free, character 11: Too many terms in predicate expression" \
	--filter 'kmem:mm_page_free=order > 1 junk'
fails "the filter 'sched_switch=prev_pid==1' is for an event that is not recorded" --filter 'sched_switch=prev_pid==1'
fails "kmem:mm_page_free has two filters: join them with &&" --filter 'mm_page_free=order>1' --filter 'mm_page_free=order<4'
fails "this kernel has no event kmem:mm_page_found" -e kmem:mm_page_found
is "... no file is left" "$(ls "$tmp"/x.dat* 2>/dev/null)" ""

start --no-snapshots --json --cpu-limit 1 -o "$tmp/limit.dat" -- "$workload" holes --mib 200 --rounds 1000
paused() { ! traces; }
check "a CPU limit makes it pause" wait_for 120 paused
check "... and go on" wait_for 120 traces
finish
is "... to a normal end" $? 0
pauses=$(number pauses "$tmp/out")
check "... which tells how often: $pauses times" [ "${pauses:-0}" -gt 0 ]
"$BUDDYTRACE" info --json "$tmp/limit.dat" >"$tmp/info"
is "... every pause is a gap" "$(number gaps_of_unknown_length "$tmp/info") $(number pauses "$tmp/info")" "$pauses $pauses"
is "... and nothing else is, but for what is told to be lost" "$(($(number gaps "$tmp/info") > pauses))" "$(($(lost "$tmp/out") > 0))"
"$BUDDYTRACE" dump "$tmp/limit.dat" >"$tmp/lines"
is "... with a marker at either end" "$(grep -c 'buddytrace: pause' "$tmp/lines") $(grep -c 'buddytrace: resume' "$tmp/lines")" "$pauses $pauses"
check "... otherwise the file is whole" "$check_recording" "$tmp/limit.dat" 0
"$BUDDYTRACE" replay "$tmp/limit.dat" >"$tmp/out" 2>"$tmp/err"
is "... the replay says so" "$(grep paused "$tmp/err")" \
	"buddytrace: warning: the recorder paused $pauses times (--cpu-limit): after each the state is learnt anew"

start -p flight --trigger fallbacks=1000000/s -o "$tmp/flight.dat"
is "flight: fallbacks are counted apart" "$(cat "$instance-trigger/$extfrag/enable")" 1
is "... nothing else is" "$(cat "$instance-trigger/events/enable")" X
finish
is "... it ends" $? 0
is "... both instances are gone" "$(ls -d "$instance"* 2>/dev/null)" ""
start -p flight --trigger fallbacks=1000000/s -o "$tmp/flight.dat"
kill -KILL "$pid"
wait "$pid" 2>/dev/null
gone() { [ -z "$(ls -d "$instance"* 2>/dev/null)" ]; }
check "... after a SIGKILL as well" wait_for 60 gone
is "... and no file was written" "$(ls "$tmp"/flight* 2>/dev/null)" ""

file=$("$top_builddir/tests/live/triggered" "$tmp" 2>&1)
is "a trigger" $? 0
check "... writes a file" [ -s "$file" ]
check "... that can be read" "$BUDDYTRACE" dump --quiet "$file"
check "... and says why ($(fact series.cause "$file"))" expr "$(fact series.cause "$file")" : '[0-9]* stalled allocations in 1 s'
done_testing
