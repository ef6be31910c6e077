# SPDX-License-Identifier: GPL-2.0-or-later
# For tests that trace the running kernel: sources tap.sh, and ends the test where that cannot be done.  With
# BUDDYTRACE_LIVE=require that is a failure.
. "$top_srcdir/tests/tap.sh"
workload=$top_builddir/tests/workload/bt-workload
tracefs=/sys/kernel/tracing

# need NAME COMMAND...: goes on when the command succeeds.
need() {
	need_name=$1; shift
	! "$@" >/dev/null 2>&1 || return 0
	[ "${BUDDYTRACE_LIVE-}" = require ] || skip_all "$need_name"
	nok "$need_name" "BUDDYTRACE_LIVE=require: this must not be skipped"
	done_testing
}
need "the recorder is built" [ "${RECORD-}" != no ]
need "root" [ "$(id -u)" = 0 ]
[ -d $tracefs/instances ] || mount -t tracefs nodev $tracefs 2>/dev/null
need "tracefs that may be written to" [ -w $tracefs/instances ]

# number KEY FILE: value of a number in JSON with one member per line.
number() { sed -n "s/^ *\"$1\": *\\(-*[0-9.]*\\),*\$/\\1/p" "$2" | head -n 1; }
# lost FILE: events that a summary in JSON says were lost; nothing if it does not add up.
lost() { [ "$(number missed "$1")" != 0 ] || echo $(($(number overrun "$1") + $(number dropped "$1"))); }
# use_memory MIB: $fast is a scratch directory in memory, or $tmp where there is not as much room.
use_memory() {
	fast=$tmp
	[ -w /dev/shm ] && [ "$(df -Pk /dev/shm | awk 'END { print $4 }')" -gt $(($1 * 1024)) ] || return 0
	fast=$(mktemp -d /dev/shm/bt-test.XXXXXX)
	trap 'rm -rf "$tmp" "$fast"' EXIT
}
# no_leftovers PID FILE: the recorder's instance and its temporary files are gone.
no_leftovers() {
	is "no instance is left" "$(ls -d "$tracefs/instances/buddytrace-$1" 2>/dev/null)" ""
	is "no temporary file is left" "$(ls "$2".*part 2>/dev/null)" ""
}
# record_in_background OPTION...: its process id becomes $pid.
record_in_background() {
	"$BUDDYTRACE" record "$@" >"$tmp/out" 2>"$tmp/err" </dev/null &
	pid=$!
}
# tracing: the recorder $pid has begun.  An instance traces from its first moment on, until the recorder stops it to
# set it up, and what is traced then is thrown away.
tracing() {
	grep -qs 1 "$tracefs/instances/buddytrace-$pid/events/kmem/mm_page_alloc_extfrag/enable" &&
		grep -qs 1 "$tracefs/instances/buddytrace-$pid/tracing_on"
}
