# SPDX-License-Identifier: GPL-2.0-or-later
# What stands in the way of a recording: no rights, no tracefs, no room, a recorder that was killed.
. "$top_srcdir/tests/live/live.sh"

# one_line NAME PATTERN: stderr is a single line with the pattern.
one_line() {
	is "... in one line" "$(wc -l <"$tmp/err")" 1
	check "... $1" grep -q "$2" "$tmp/err"
}

exits "no tracefs" 77 "$BUDDYTRACE" record --tracefs "$tmp" -d 1 -o "$tmp/a.dat"
one_line "says what to do" "mount -t tracefs"
is "... and leaves no file" "$(ls "$tmp"/a.dat* 2>/dev/null)" ""
if command -v setpriv >/dev/null; then
	chmod 777 "$tmp"
	exits "no rights" 77 setpriv --reuid 65534 --regid 65534 --clear-groups "$BUDDYTRACE" record -d 1 -o "$tmp/a.dat"
	one_line "says what to do" "root"
else
	skip "no rights" "no setpriv"
fi

exits "the output's directory does not exist" 1 "$BUDDYTRACE" record -d 1 -o "$tmp/none/a.dat"
one_line "names the file" "$tmp/none/a.dat"
exits "the output is a directory" 1 "$BUDDYTRACE" record -d 1 -o "$tmp"
one_line "names it" "$tmp is not a regular file"
exits "a clock that does not exist" 1 "$BUDDYTRACE" record -d 1 --clock sundial -o "$tmp/a.dat"
one_line "lists the clocks" "x86-tsc, mono"
exits "a ring that no machine has room for" 1 "$BUDDYTRACE" record -d 1 -b 4000000000 -o "$tmp/a.dat"
one_line "names the setting" "buffer_size_kb"
# As few as a machine of many CPUs has for each of them.
# shellcheck disable=SC2016
exits "a low limit of open files is raised" 0 sh -c \
	'ulimit -S -n 12 && exec "$BUDDYTRACE" record --no-snapshots -o "$0/l.dat" -- sh -c "ulimit -S -n >$0/limit"' "$tmp"
is "... but not that of the command" "$(cat "$tmp/limit")" 12
exits "no time at all" 2 "$BUDDYTRACE" record -d 0 -o "$tmp/a.dat"
one_line "names the option" "'0' is no value for --duration"

# Mounts are seen by this script's child only.
if unshare -m true 2>/dev/null; then
	mkdir "$tmp/small" "$tmp/fixed"
	cat >"$tmp/full.sh" <<-'EOF'
		mount -t tmpfs -o size=12m none "$tmp/small" || exit 99
		"$BUDDYTRACE" record --no-snapshots -o "$tmp/small/a.dat" -- "$workload" holes --mib 1000 --rounds 20
		code=$?
		"$BUDDYTRACE" dump --quiet "$tmp/small/a.dat" | grep total
		ls "$tmp/small"
		exit $code
	EOF
	export tmp workload
	exits "a disk that runs full" 1 unshare -m sh "$tmp/full.sh"
	check "... says so" grep -q "No space left" "$tmp/err"
	check "... keeps what was recorded" grep -q "^total [1-9]" "$tmp/out"
	is "... in one file" "$(tail -n +2 "$tmp/out")" "a.dat"
	exits "a read-only file system" 1 unshare -m sh -c \
		'mount -t tmpfs -o ro none "$tmp/fixed" && exec "$BUDDYTRACE" record -d 1 -o "$tmp/fixed/a.dat"'
	one_line "says so" "Read-only"
	# shellcheck disable=SC2016
	exits "a disk with less room than completing the file may take" 1 unshare -m sh -c \
		'mount -t tmpfs -o size=4m none "$tmp/fixed" && "$BUDDYTRACE" record -d 1 -o "$tmp/fixed/a.dat"
		code=$?; ls "$tmp/fixed"; exit $code'
	one_line "says how much it is" "a.dat.part: 8 MiB have to be free: No space left"
	is "... and leaves nothing" "$(cat "$tmp/out")" ""
else
	skip "a disk that runs full" "no mount namespaces"
fi

gone() { [ ! -d "$tracefs/instances/buddytrace-$pid" ]; }
"$BUDDYTRACE" record -d 60 --no-snapshots -o "$tmp/k.dat" >/dev/null 2>&1 </dev/null &
pid=$!
check "recording" wait_for 60 tracing
parts=$(ls -i "$tmp/k.dat.part")
exits "a second recording into the same file" 1 "$BUDDYTRACE" record -d 1 --no-snapshots -o "$tmp/k.dat"
one_line "says so" "k.dat.part: another process is writing it"
is "... and leaves the first one alone" "$(ls -i "$tmp/k.dat.part")" "$parts"
exits "what is being recorded cannot be recovered" 1 "$BUDDYTRACE" recover "$tmp/k.dat"
one_line "says so" "k.dat.part: another process is writing it"
exits "... but read" 0 "$BUDDYTRACE" info "$tmp/k.dat"
kill -KILL $pid
wait $pid 2>/dev/null
check "a recorder that is killed leaves no instance" wait_for 60 gone
exits "... and is not in the way of the next one" 0 "$BUDDYTRACE" record -d 200ms --no-snapshots -o "$tmp/k.dat"
check "... which says what became of the first one" grep -q "k.dat.old.part now: buddytrace recover" "$tmp/err"
is "... and leaves nothing of its own" "$(cd "$tmp" && echo k.dat k.dat.cpu* k.dat.part)" "k.dat k.dat.cpu* k.dat.part"

exits "... and can be recovered" 0 "$BUDDYTRACE" recover "$tmp/k.dat.old"
exits "... to be read" 0 "$BUDDYTRACE" dump --quiet "$tmp/k.dat.old"
is "... without a warning" "$(cat "$tmp/err")" ""

# The instance of a recorder that died together with its guard: a number that no process has.
pid=$(($(cat /proc/sys/kernel/pid_max) + 1))
mkdir "$tracefs/instances/buddytrace-$pid"
exits "an instance without recorder" 0 "$BUDDYTRACE" record -d 200ms --no-snapshots -o "$tmp/k.dat"
check "... is removed" gone
gone || rmdir "$tracefs/instances/buddytrace-$pid"
done_testing
