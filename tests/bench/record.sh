#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# make bench-record [ROUNDS=5] [RUNS=20] [LOAD=60]: what recording costs, next to tracing that nobody reads and
# to perf record with the same events and rings, and what of it is lost.  The rounds are interleaved, so that other work
# on the machine hits all alike; medians count.  A recorder's CPU time is what wait4(2) says of it and its children, less
# the load's, less that of a recording of nothing; likewise its bytes.  LOAD is the length of a run, in rounds that
# make some 50,000 events each on two CPUs.  On a machine that others use, a scheduler group of its own keeps the CPUs for
# load and recorders alike: setsid -w sh -c 'echo -15 >/proc/self/autogroup; make bench-record'
set -eu
rounds=${ROUNDS:-5} runs=${RUNS:-20} load=${LOAD:-60}
bench=$top_builddir/tests/bench
tracefs=/sys/kernel/tracing
instance=$tracefs/instances/bench-record-$$
ring_kb=8192
work=$(mktemp -d)
end() {
	[ ! -d "$instance" ] || rmdir "$instance"
	rm -rf "$work"
}
trap end EXIT
trap 'exit 99' HUP INT TERM
skip() { echo "SKIP: $1"; exit 0; }
[ "${RECORD-}" != no ] || skip "the recorder is not built"
[ -w $tracefs/instances ] || skip "recording needs root and tracefs in $tracefs"

# number KEY FILE: value of a number in JSON with one member per line.
number() { sed -n "s/^ *\"$1\": *\\(-*[0-9.]*\\),*\$/\\1/p" "$2" | head -n 1; }
# text KEY FILE
text() { sed -n "s/^ *\"$1\": *\"\\(.*\\)\",*\$/\\1/p" "$2" | head -n 1; }
# cost COMMAND...: runs it, its output in $work/out, its CPU time in $work/used.
cost() {
	"$bench/cost" -o "$work/out" "$@" >"$work/used" 2>"$work/err" && return
	echo "$*: exit $?" >&2
	cat "$work/err" >&2
	exit 1
}
# note NAME BYTES EVENTS LOST: a line of $work/all: name, CPU s and s of the load, CPU s of the recorder, and these.
note() {
	note_name=$1
	shift
	echo "$note_name $(cat "$work/load") $(cut -d ' ' -f 1 "$work/used" "$work/load" | tr '\n' ' ')$*" |
		awk '{ $4 -= $5; $5 = ""; print }' >>"$work/all"
}
# alone NAME LOAD
alone() {
	cost "$bench/faults" "$2" "$work/load"
	note "$1" 0 0 0
}
set_events() { # 0|1
	for event in $events; do
		echo "$1" >"$instance/events/$(echo "$event" | tr : /)/enable"
	done
}
unread() {
	mkdir "$instance"
	echo "$clock" >"$instance/trace_clock"
	echo $ring_kb >"$instance/buffer_size_kb"
	set_events 1
	alone "$1" "$2"
	set_events 0
	rmdir "$instance"
}
# buddytrace NAME LOAD OPTION...
buddytrace() {
	bt_name=$1 bt_load=$2
	shift 2
	cost "$BUDDYTRACE" record --json "$@" -o "$work/bt.dat" -- "$bench/faults" "$bt_load" "$work/load"
	note "$bt_name" "$(number bytes "$work/out")" "$(number events "$work/out")" \
		$(($(number overrun "$work/out") + $(number dropped "$work/out") + $(number missed "$work/out")))
}
# perf_record NAME LOAD OPTION...: with rings of $ring_kb.
perf_record() {
	perf_name=$1 perf_load=$2
	shift 2
	# shellcheck disable=SC2046
	cost perf record -a -m $((ring_kb / page_kb)) "$@" $(printf -- '-e %s ' $events) -o "$work/perf.data" -- \
		"$bench/faults" "$perf_load" "$work/load"
	perf report --stats -i "$work/perf.data" >"$work/stats" 2>/dev/null
	note "$perf_name" "$(wc -c <"$work/perf.data")" $(awk '
		$1 == "SAMPLE" && !n { n = $3 }
		/ stats:$/ { each = 1 }
		each && $1 == "LOST_SAMPLES" { lost += $3 }
		END { print n + lost, lost + 0 }' "$work/stats")
	rm "$work/perf.data"
}

page_kb=$(($(getconf PAGESIZE) / 1024))
buddytrace first 0 --no-snapshots
clock=$(text clock "$work/out")
events=$("$BUDDYTRACE" info --json "$work/bt.dat" | sed -n 's/^ *"record.events": *"\(.*\)",*$/\1/p')
has_perf=yes
perf record -a -e kmem:mm_page_alloc -o "$work/perf.data" true >"$work/err" 2>&1 ||
	{ has_perf=no; echo "perf record cannot be had ($(head -n 1 "$work/err")): nothing to compare with"; }
round=0
while [ $round -lt "$rounds" ]; do
	alone alone "$load"
	unread unread "$load"
	for length in "$load" 0; do
		buddytrace "record/$length" "$length" --no-snapshots
		buddytrace "snapshots/$length" "$length"
		[ $has_perf = yes ] || continue
		perf_record "perf/$length" "$length"
		perf_record "perf-z1/$length" "$length" -z1
	done
	round=$((round + 1))
done
while [ "$runs" -gt 0 ]; do
	buddytrace loss "$load"
	runs=$((runs - 1))
done
# Files that are some thirtieth of a recording each.
buddytrace series "$((load * 2))" --no-snapshots --rotate-size $((load * 16384))
rm -f "$work/bt.dat" "$work/bt.dat.old"
files=$(number files "$work/out")
series=$("$top_builddir/tests/live/check_series" "$work"/bt-*.dat) || { echo "$series" >&2; exit 1; }
opened=0
if command -v trace-cmd >/dev/null; then
	for file in "$work"/bt-*.dat; do
		! trace-cmd report -i "$file" >/dev/null 2>&1 || opened=$((opened + 1))
	done
fi
awk -v load="$load" -v files="$files" -v series="$series" -v opened="$opened" -f "$top_srcdir/tests/bench/record.awk" "$work/all"
