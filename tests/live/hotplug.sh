# SPDX-License-Identifier: GPL-2.0-or-later
# A CPU that comes online while recording: as a file says that the test writes, since no machine wants to lose one.
. "$top_srcdir/tests/live/live.sh"
record_root=$top_builddir/tests/live/record_root
root=$tmp/root
last=$(($(nproc --all) - 1))
[ $last -gt 0 ] || skip_all "one CPU only"

# per_cpu FILE: lines "CPU events".
per_cpu() { "$BUDDYTRACE" dump "$1" | sed -n 's/.*\[0*\([0-9][0-9]*\)\].*/\1/p' | sort -n | uniq -c | awk '{ print $2, $1 }'; }
# is_read: the ring of the last CPU is.
is_read() { find "/proc/$pid/fd" -lname "*/cpu$last/trace_pipe_raw" | grep -q .; }
not_read() { ! is_read; }
on() { taskset -c "$1" "$workload" holes --mib 20 >/dev/null; }

mkdir -p "$root/sys/devices/system/cpu" "$root/proc"
echo "0-$last" >"$root/sys/devices/system/cpu/possible"
echo 0 >"$root/sys/devices/system/cpu/online"
echo "pgfree 1" >"$root/proc/vmstat"
"$record_root" "$root" "$tmp/h.dat" >"$tmp/out" 2>"$tmp/err" &
pid=$!
check "recording" wait_for 60 tracing
on $last
check "... but for a CPU that is not there" not_read
echo "0-$last" >"$root/sys/devices/system/cpu/online"
check "... until it comes" wait_for 20 is_read
on $last
kill -INT $pid
wait $pid
is "a recording during which a CPU comes" "$? $(cat "$tmp/err")" "0 "
check "... has the events of that CPU" grep -q "^$last " <<-EOF
	$(per_cpu "$tmp/h.dat")
EOF
# Its ring may have run over before the recorder looked; that is counted as any other loss.
info=$("$BUDDYTRACE" info --json "$tmp/h.dat" | sed -n '/^ *"ring_buffers"/,/"cpus"/p')
sum() { echo "$info" | sed -n "s/^ *\"$1\": \([0-9]*\),*\$/\1/p" | head -n 1; }
is "... every one is accounted for" "$(($(sum read) + $(sum overrun) + $(sum dropped)))" "$(sum written)"
done_testing
