# SPDX-License-Identifier: GPL-2.0-or-later
# Disks of random sizes that run full while recording under load: the recording ends with a message, the file is complete and
# holds, byte by byte, what the recorder had read, up to the last complete chunk of each CPU; trace-cmd opens it.
# FULL_DISKS=N: so many times.
. "$top_srcdir/tests/fault/twin.sh"
disks=${FULL_DISKS:-5}
need "mount namespaces" unshare -m true
if [ -z "${IN_NAMESPACE-}" ]; then
	rm -rf "$tmp" "$fast"
	trap - EXIT
	IN_NAMESPACE=1 exec unshare -m sh "$0"
fi
mkdir "$tmp/disk"

# mount_disk KIND KIB
mount_disk() {
	case $1 in
	tmpfs) mount -t tmpfs -o size="$2"k none "$tmp/disk" ;;
	ext4)
		rm -f "$tmp/image"
		truncate -s "$2"K "$tmp/image"
		mkfs.ext4 -q -m 0 -O ^has_journal "$tmp/image" 2>/dev/null && mount -o loop "$tmp/image" "$tmp/disk"
		;;
	esac
}

# one_disk KIND: sets $wrong unless all is well.
one_disk() {
	wrong=
	file=$tmp/disk/f.dat size=$((9216 + $(random 6144)))
	mount_disk "$1" $size || { wrong="cannot mount"; return; }
	record_with_twin --json --no-snapshots -d 600 -o "$file"
	wait $pid
	code=$?
	[ "$code" = 1 ] || wrong="exit code $code with $size KiB: $(cat "$tmp/err")"
	grep -q 'No space left' "$tmp/err" || wrong="does not say why it ends: $(cat "$tmp/err")"
	[ "$(cd "$tmp/disk" && echo f.dat*)" = f.dat ] || wrong="with $size KiB: $(ls "$tmp/disk") $(cat "$tmp/err")"
	[ -n "$wrong" ] || compare "$file"
	[ -n "$wrong" ] || report_agrees "$file"
	told=$(number events "$tmp/out")
	[ -n "$wrong" ] || [ "$told" = "$events" ] || wrong="with $size KiB: the summary has $told events, the file $events"
	umount "$tmp/disk"
	all_events=$((all_events + events))
	all_missing=$((all_missing + missing))
}

# all_disks KIND N
all_disks() {
	good=0 all_events=0 all_missing=0
	while [ $good -lt "$2" ]; do
		one_disk "$1"
		[ -z "$wrong" ] || break
		good=$((good + 1))
	done
	is "$1: $2 full disks, $all_events events, $all_missing sub-buffers in chunks that did not fit" "$wrong" ""
}

start_load
all_disks tmpfs $((disks - disks / 2))
if command -v mkfs.ext4 >/dev/null && mount_disk ext4 10240 2>/dev/null && umount "$tmp/disk"; then
	all_disks ext4 $((disks / 2))
else
	skip "ext4 on a loop device" "cannot be mounted"
fi
done_testing
