# SPDX-License-Identifier: GPL-2.0-or-later
# SIGKILL at random moments of recordings under load: what is left opens as it is, can be recovered, and is then what
# trace-cmd opens; it holds, byte by byte, what the recorder had read, up to the last complete chunk of each CPU.
# KILLS=N: so many times.
. "$top_srcdir/tests/fault/twin.sh"
kills=${KILLS:-5}
file=$tmp/k.dat

# one_kill WHEN: sets $wrong unless all is well.
one_kill() {
	rm -f "$tmp"/k.dat*
	options=
	[ "$(random 4)" = 0 ] || options=--no-snapshots
	[ "$(random 2)" = 0 ] || options="$options -b 512"
	# shellcheck disable=SC2086
	record_with_twin $options -o "$file"
	if ! wait_for 60 recording; then
		wrong="the recorder does not start: $(cat "$tmp/err")"
		return
	fi
	milliseconds "$(random 800)"
	if [ "$1" = finishing ]; then
		kill -INT $pid
		milliseconds "$(random 60)"
	fi
	kill -KILL $pid 2>/dev/null
	wait $pid 2>/dev/null
	wait_for 60 gone || { wrong="the instance is still there"; return; }
	compare "$file"
	[ -z "$wrong" ] || return
	as_it_is=$events
	if [ -e "$file.part" ]; then
		unfinished=$((unfinished + 1))
		"$BUDDYTRACE" recover "$file" >"$tmp/out" 2>&1 || { wrong=$(cat "$tmp/out"); return; }
	fi
	[ "$(cd "$tmp" && echo k.dat*)" = k.dat ] || { wrong="left: $(ls "$tmp")"; return; }
	compare "$file"
	[ -z "$wrong" ] || return
	[ "$events" = "$as_it_is" ] || wrong="$as_it_is events as it is, $events recovered"
	report_agrees "$file"
	all_events=$((all_events + events))
	all_missing=$((all_missing + missing))
	all_lost=$((all_lost + lost))
}

# all_kills NAME N WHEN
all_kills() {
	good=0 unfinished=0 all_events=0 all_missing=0 all_lost=0
	while [ $good -lt "$2" ]; do
		one_kill "$3"
		[ -z "$wrong" ] || break
		good=$((good + 1))
	done
	is "$1: $2 times, $unfinished unfinished recordings, $all_events events, $all_missing sub-buffers in chunks that were not complete, $all_lost events lost by the kernel" \
		"$wrong" ""
}

start_load
all_kills "killed while recording" "$kills" recording
all_kills "killed while finishing" $((kills / 4 + 1)) finishing
done_testing
