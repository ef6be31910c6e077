# SPDX-License-Identifier: GPL-2.0-or-later
# The free lists in order, read by BPF in parts of a millisecond, at the start, in between and at the end.
. "$top_srcdir/tests/live/live.sh"

exact_works() { "$BUDDYTRACE" doctor 2>/dev/null | grep -q '^ok  *exact'; }
[ -e "$top_builddir/buddytrace-exact.la" ] || skip_all "a build without libbpf"
need "BPF programs that read free lists" exact_works

# The command goes on when the signal has arrived.
record_in_background --json --exact --count-events --snapshot-budget 1ms -b 32768 -o "$tmp/a.dat" -- \
	sh -c 'kill -USR1 $PPID; while grep -q "^ShdPnd:.*[2367abef]..$" /proc/$PPID/status; do sleep 0.1; done
	"$0" holes --mib 100' "$workload"
wait $pid
is "records with exact snapshots" $? 0
no_leftovers $pid "$tmp/a.dat"
is "one at the start, one at SIGUSR1, one at the end" "$(number exact_snapshots "$tmp/out")" 3
check "what fired is counted" [ "$(number fired "$tmp/out")" -gt 25000 ]
"$BUDDYTRACE" info "$tmp/a.dat" >"$tmp/info"
is "info tells the cost of each" "$(sed -n '/^cost of exact snapshots/,/^$/p' "$tmp/info" | grep -c '^  exact[-a-z]* *[0-9]')" 3
# A list that others empty and fill between all the parts it is read in stays cut, and a zone may be left out: that is told.
is "... and of how many lists and zones some is missing" \
	"$(sed -n '/^cost of exact snapshots/,/^$/p' "$tmp/info" | awk '/^  exact[-a-z]* *[0-9]/ { cut += $6; failed += $8 } END { print cut, failed }')" \
	"$(number exact_lists_cut "$tmp/out") $(number exact_zones_failed "$tmp/out")"
is "... and has as many allocations fired as the summary" \
	"$(sed -n 's/^  mm_page_alloc  *all  *\([0-9]*\) .*/\1/p' "$tmp/info")" "$(number fired "$tmp/out")"
is "... and as many recorded as there are" \
	"$(sed -n 's/^  mm_page_alloc  *all  *[0-9]*  *[0-9]*  *\([0-9]*\) .*/\1/p' "$tmp/info")" \
	"$(sed -n 's/^  kmem:mm_page_alloc  *\([0-9]*\)$/\1/p' "$tmp/info")"
check "replays it" "$BUDDYTRACE" replay -o "$tmp/a.replay" "$tmp/a.dat"
check "... from an exact start" grep -q '"start_state": "exact"' "$tmp/a.replay/score.json"
is "... and finds all three" "$(grep -c '"snapshot": "exact' "$tmp/a.replay/score.json")" 3
# What a kernel does without an event makes lists unknown, some machines more than others; what is known is right.
known=$(number known "$tmp/a.replay/score.json")
check "... and knows some pages beforehand: $known of $(number removals "$tmp/a.replay/score.json")" [ "$known" -gt 0 ]
right=$(number pfn_exact_known "$tmp/a.replay/score.json")
check "... of which nearly every one is right: $right" awk "BEGIN { exit !($right > 0.99) }"

# A kernel that counts its passes of free page reporting: each that ends while the command runs is told.
counter=/sys/module/page_reporting/parameters/passes
if [ -r $counter ]; then
	exits "records what a host is told" 0 "$BUDDYTRACE" record --exact -o "$tmp/r.dat" -- sh -c \
		'cat "$1" >"$2.from"; "$0" holes --mib 200; sleep 3; cat "$1" >"$2.to"' "$workload" $counter "$tmp/r"
	passes=$(($(cat "$tmp/r.to") - $(cat "$tmp/r.from")))
	"$BUDDYTRACE" dump "$tmp/r.dat" | sed -n 's/.*bpf_trace_printk: *buddytrace reporting //p' >"$tmp/reporting"
	ends=$(grep -c '^end$' "$tmp/reporting")
	check "... in a line for each of $passes passes: $ends" [ "$ends" -ge "$passes" ]
	is "... and no other lines" "$(grep -Evc '^(begin|end|handed over [0-9]+)$' "$tmp/reporting")" 0
fi

exits "too many free blocks" 0 "$BUDDYTRACE" record --exact --snapshot-limit 1 -d 200ms -o "$tmp/b.dat"
check "... are told, and the recording goes on" grep -q "more than --snapshot-limit" "$tmp/err"
export BUDDYTRACE_MODULES=$tmp
exits "no module" 0 "$BUDDYTRACE" record --exact -d 200ms -o "$tmp/c.dat"
check "... is told in one line" grep -q "no exact snapshots: .*is not installed" "$tmp/err"
done_testing
