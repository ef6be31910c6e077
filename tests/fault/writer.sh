#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A disk that runs full, and a limit for the size of a file: what was written until then must be readable.
# shellcheck source=tests/tap.sh
. "$top_srcdir/tests/tap.sh"
full=$top_builddir/tests/fault/writer_full
says() { grep -qx "$1" "$tmp/out"; }

exits "enough room" 0 "$full" "$tmp/t.dat" 3
is "... nothing is missing" "$(cat "$tmp/out")" "append: Success
finish: Success
machine: value
cut: no
MiB: 6
read: Success"
is "... nothing is left beside it" "$(ls "$tmp"/t.dat*)" "$tmp/t.dat"
rm -f "$tmp/t.dat"

# The rest runs in a mount namespace of its own, on a file system of 24 MB.
mkdir "$tmp/disk"
in_small_disk() { unshare -m sh -c 'mount -t tmpfs -o size=24m none "$1" && shift && "$@"' sh "$tmp/disk" "$@"; }
if in_small_disk true 2>/dev/null; then
	# shellcheck disable=SC2016
	exits "a full disk" 0 in_small_disk sh -c '"$1" "$2/t.dat" 20 && ls "$2"' sh "$full" "$tmp/disk"
	check "... append says so" says "append: No space left on device"
	check "... finish says so" says "finish: No space left on device"
	is "... in one line, with the file" "$(grep -c "t.dat.*No space left" "$tmp/err")" 1
	check "... the file is complete all the same" says "cut: no"
	check "... with the machine" says "machine: value"
	check "... and with what found room" [ "$(sed -n 's/^MiB: //p' "$tmp/out")" -ge 12 ]
	check "... without an error" says "read: Success"
	is "... nothing is left beside it" "$(tail -n 1 "$tmp/out")" "t.dat"
	# What was kept free to complete the file goes to the snapshot that does not fit, and is kept free again.
	# shellcheck disable=SC2016
	exits "a full disk behind a snapshot that was too large" 0 in_small_disk sh -c '"$1" "$2/t.dat" 20 30 && ls "$2"' \
		sh "$full" "$tmp/disk"
	check "... the snapshot says so" says "snapshot: No space left on device"
	check "... the file is complete all the same" says "cut: no"
	is "... nothing is left beside it" "$(tail -n 1 "$tmp/out")" "t.dat"
else
	skip "a full disk" "cannot mount a file system"
fi

# 1 MB per file: spools stop early, and the whole does not fit either.
(
	trap '' XFSZ
	ulimit -f 2048
	"$full" "$tmp/t.dat" 3 >"$tmp/out" 2>"$tmp/err"
)
check "a limit: append says so" says "append: File too large"
check "... finish says so" says "finish: File too large"
check "... what to do" grep -q "buddytrace recover $tmp/t.dat" "$tmp/err"
check "... the machine is there" says "machine: value"
check "... events are missing" says "cut: yes"
check "... some are there" [ "$(sed -n 's/^MiB: //p' "$tmp/out")" -ge 1 ]
check "... and can be read" says "read: Success"
is "... the parts are left" "$(cd "$tmp" && echo t.dat*)" "t.dat.cpu0.part t.dat.cpu1.part t.dat.part"
exits "... to be completed without the limit" 0 "$BUDDYTRACE" recover "$tmp/t.dat"
is "... into one file" "$(cd "$tmp" && echo t.dat*)" t.dat
done_testing
