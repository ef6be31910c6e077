# SPDX-License-Identifier: GPL-2.0-or-later
# For tests that take a recorder away from its recording while bt-workload keeps the machine busy: a copy of what the
# recorder read says what must be there.  Sources live.sh.
. "$top_srcdir/tests/live/live.sh"
preload=$top_builddir/tests/fault/.libs/twin.so
checker=$top_builddir/tests/fault/check_twin
need "the copying of what is read is built" [ -e "$preload" ]

# Where the copies are: not on the disk that the recorder needs.
use_memory 1024
twin=$fast/twin
load_pid=
clean_up() {
	[ -z "$load_pid" ] || kill "$load_pid" 2>/dev/null
	wait
	rm -rf "$tmp" "$fast"
}
trap clean_up EXIT

# random N: 0 to N - 1.
random() { echo $(($(od -An -N4 -tu4 /dev/urandom) % $1)); }
# milliseconds N: sleeps so long.
milliseconds() { sleep "$(($1 / 1000)).$(printf %03d $(($1 % 1000)))"; }

start_load() {
	"$workload" holes --mib 200 --rounds 1000000 >/dev/null 2>&1 </dev/null &
	load_pid=$!
}
# record_with_twin OPTION...: its process id becomes $pid.
record_with_twin() {
	rm -rf "$twin"
	mkdir -p "$twin"
	BUDDYTRACE_TWIN=$twin LD_PRELOAD=$preload "$BUDDYTRACE" record "$@" >"$tmp/out" 2>"$tmp/err" </dev/null &
	pid=$!
}
recording() { [ -e "$file.part" ] && tracing; }
gone() { [ ! -d "$tracefs/instances/buddytrace-$pid" ]; }

# compare FILE [synced]: sets $events, $missing, $lost and $behind, or $wrong.
compare() {
	wrong=
	# shellcheck disable=SC2086
	if compared=$("$checker" "$1" "$twin" $2 2>&1); then
		# shellcheck disable=SC2086
		set -- $compared
		events=$1 missing=$2 lost=$3 behind=$4
	else
		wrong="$1: $compared"
	fi
}
# report_agrees FILE: trace-cmd prints as many events.
report_agrees() {
	command -v trace-cmd >/dev/null || return 0
	report=$(trace-cmd report -q -i "$1" 2>"$tmp/report.err" | grep -c ' \[[0-9]*\] ')
	[ "$report" = "$events" ] || wrong="$1: trace-cmd report has $report events, not $events"
}
