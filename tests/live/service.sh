# SPDX-License-Identifier: GPL-2.0-or-later
# The recorder as a service: root without capabilities, and what it tells the service manager.
. "$top_srcdir/tests/live/live.sh"
check_recording=$top_builddir/tests/live/check_recording

if command -v setpriv >/dev/null; then
	# Without capabilities root is subject to permissions like everybody else.
	chmod 755 "$tmp"
	exits "root without capabilities records" 0 setpriv --bounding-set=-all --inh-caps=-all --no-new-privs \
		"$BUDDYTRACE" record -o "$tmp/a.dat" -- sh -c 'grep CapEff /proc/$PPID/status; sleep 0.3'
	is "... with none in effect" "$(tr -d '\t' <"$tmp/out")" "CapEff:0000000000000000"
	check "... the file is whole" "$check_recording" "$tmp/a.dat"
	exits "... and the doctor agrees" 0 setpriv --bounding-set=-all --inh-caps=-all --no-new-privs \
		"$BUDDYTRACE" doctor "$tmp"
	check "... but for the addresses of symbols" grep -q "^advice   symbols" "$tmp/out"
else
	skip "root without capabilities records" "no setpriv"
fi

# A service manager that listens, and a watchdog that wants a sign of life every 200 ms.
"$top_builddir/tests/live/listen" "$tmp/notify" >"$tmp/messages" &
listener=$!
check "a service manager listens" wait_for 60 [ -S "$tmp/notify" ]
NOTIFY_SOCKET=$tmp/notify WATCHDOG_USEC=200000 "$BUDDYTRACE" record --no-snapshots -o "$tmp/n.dat" 2>"$tmp/err" </dev/null &
pid=$!
alive() { [ "$(grep -c '^WATCHDOG=1$' "$tmp/messages")" -ge 5 ]; }
check "... and hears that the recorder is alive" wait_for 60 alive
kill -INT $pid
wait $pid
is "records as a service" $? 0
wait $listener
is "it tells when it is ready, first" "$(grep -v -e WATCHDOG -e STATUS "$tmp/messages" | tr '\n' ' ')" "READY=1 STOPPING=1 "
check "... and how far it is" grep -qE '^STATUS=[0-9]+ events, [0-9]+/s, [0-9.]+ MB, [0-9]+ lost; writing n.dat$' "$tmp/messages"
is "no progress without a terminal" "$(grep -c "$(printf '\r')" "$tmp/err")" 0

if command -v script >/dev/null && script -qec true /dev/null >/dev/null 2>&1; then
	# on_terminal COMMAND: what a terminal would show, stderr and all.
	on_terminal() { TERM=xterm script -qec "$1" /dev/null </dev/null; }
	on_terminal "\"$BUDDYTRACE\" record -d 3 --no-snapshots -o \"$tmp/p.dat\"" >"$tmp/screen"
	check "a terminal shows events, rate, size and losses" grep -qE \
		'recording +[0-9]+ s  [0-9]+ events  [0-9]+/s  [0-9.]+ MB  [0-9]+ lost' "$tmp/screen"
	check "... in colour" grep -q "$(printf '\033')\\[[0-9]*mrecording" "$tmp/screen"
	NO_COLOR=1 on_terminal "\"$BUDDYTRACE\" record -d 500ms --no-snapshots -o \"$tmp/p.dat\"" >"$tmp/screen"
	is "... or without" "$(grep -c "$(printf '\033')\\[[0-9]*m" "$tmp/screen")" 0
else
	skip "a terminal shows events, rate, size and losses" "no script(1)"
fi

# A command that does not listen to SIGTERM is waited for, until the second Ctrl-C.
cat >"$tmp/deaf.sh" <<'EOF'
trap '' TERM INT
touch "$1"
while :; do sleep 0.1; done
EOF
deaf() {
	rm -f "$tmp/deaf"
	"$BUDDYTRACE" record --no-snapshots -o "$tmp/s.dat" -- sh "$tmp/deaf.sh" "$tmp/deaf" >/dev/null 2>&1 </dev/null &
	pid=$!
	check "a command that does not want to end" wait_for 60 [ -e "$tmp/deaf" ]
	start=$(date +%s%N)
	kill -INT $pid
	sleep 1
	check "... is waited for" readlink "/proc/$pid/exe"
	kill -INT $pid
	wait $pid
	is "... until the second Ctrl-C" $? 0
	took=$((($(date +%s%N) - start) / 1000000))
	no_leftovers $pid "$tmp/s.dat"
}
# The first one alone takes five seconds, whatever the machine; of two one may be slow.
for _ in 1 2 3 4 5; do
	deaf
	[ $took -ge 5000 ] || break
done
check "... which takes $took ms" [ $took -lt 5000 ]
check "... and leaves a file that can be read" "$BUDDYTRACE" dump --quiet "$tmp/s.dat"

# On a busy machine the CPUs may not meet to be compared.
for _ in 1 2 3 4 5 6 7 8; do
	exits "a recording on this machine" 0 "$BUDDYTRACE" record -d 300ms --no-snapshots -o "$tmp/b.dat"
	"$BUDDYTRACE" info "$tmp/b.dat" >"$tmp/info"
	! grep -q "CPUs compared" "$tmp/info" || break
done
check "info tells the clock source" grep -q "^ *source [a-z]" "$tmp/info"
check "... and what its stamps look like" grep -q "have the same stamp" "$tmp/info"
if [ "$(getconf _NPROCESSORS_ONLN)" -gt 1 ] && ! grep -q "CPUs compared" "$tmp/info"; then
	ok "... and nothing of CPUs that did not meet"
else
	ok "... and how far the CPUs disagree"
fi
# shellcheck disable=SC2016
exits "the doctor finds nothing missing" 0 sh -c 'echo $$ >"$1/pid" && exec "$2" doctor "$1"' sh "$tmp" "$BUDDYTRACE"
check "... has tried a filter" grep -q "^ok       filter" "$tmp/out"
is "... and leaves no instance" "$(ls "$tracefs/instances" | grep -c "^buddytrace-$(cat "$tmp/pid")")" 0
done_testing
