# SPDX-License-Identifier: GPL-2.0-or-later
# Power cuts at random moments of recordings under load: a copy of what had reached the device is mounted.  What is found opens as
# it is and can be recovered; it is, byte by byte, a beginning of what the recorder had read, up to the last time that the
# disk had it.
# POWER_CUTS=N: so many times.
. "$top_srcdir/tests/fault/twin.sh"
cuts=${POWER_CUTS:-1}
need "mount namespaces" unshare -m true
need "mkfs.ext4" command -v mkfs.ext4
if [ -z "${IN_NAMESPACE-}" ]; then
	rm -rf "$tmp" "$fast"
	trap - EXIT
	IN_NAMESPACE=1 exec unshare -m sh "$0"
fi
mkdir "$tmp/disk" "$tmp/after"
file=$tmp/disk/p.dat

mount_new() { rm -f "$tmp/image" && truncate -s 128M "$tmp/image" && mkfs.ext4 -q "$tmp/image" && mount -o loop "$tmp/image" "$tmp/disk"; }
need "ext4 on a loop device" mount_new
umount "$tmp/disk"

# synced: what there is of each CPU has reached the disk, and of one that has more and more of it three times.
synced() {
	most=0
	for part in $(find "$tmp/disk" -name 'p.dat.cpu*.part' -size +4k); do
		part=${part%.part}
		times=$(cat "$twin/synced${part##*.cpu}" 2>/dev/null | wc -l)
		[ "$times" -gt 0 ] || return 1
		[ "$times" -le $most ] || most=$times
	done
	[ $most -ge 3 ]
}
# one_cut: sets $wrong unless all is well.
one_cut() {
	wrong= events=0 behind=0
	mount_new || { wrong="cannot mount"; return; }
	record_with_twin --no-snapshots -o "$file"
	if wait_for 60 recording && wait_for 120 synced; then
		milliseconds "$(random 2000)"
		kill -KILL $pid
		cp --sparse=always "$tmp/image" "$tmp/image2"
		mount -o loop "$tmp/image2" "$tmp/after"
	else
		wrong="what is recorded does not reach the disk"
		kill -KILL $pid
	fi
	wait $pid 2>/dev/null
	[ -n "$wrong" ] || compare "$tmp/after/p.dat" synced
	if [ -z "$wrong" ]; then
		as_it_is=$events
		"$BUDDYTRACE" recover "$tmp/after/p.dat" >"$tmp/out" 2>&1 || wrong=$(cat "$tmp/out")
		[ -n "$wrong" ] || compare "$tmp/after/p.dat" synced
		[ -n "$wrong" ] || [ "$events" = "$as_it_is" ] || wrong="$as_it_is events as it is, $events recovered"
		[ -n "$wrong" ] || report_agrees "$tmp/after/p.dat"
	fi
	umount "$tmp/after" "$tmp/disk" 2>/dev/null
	all_events=$((all_events + events))
	[ "$behind" -le "$worst" ] || worst=$behind
}

start_load
good=0 all_events=0 worst=0
while [ $good -lt "$cuts" ]; do
	one_cut
	[ -z "$wrong" ] || break
	good=$((good + 1))
done
is "$cuts power cuts, $all_events events, at most $worst ms were missing" "$wrong" ""
done_testing
