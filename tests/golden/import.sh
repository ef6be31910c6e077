# SPDX-License-Identifier: GPL-2.0-or-later
# Captured machines of four kernels become recordings with the events that were counted when they were made,
# their snapshots in place, and the text that trace-cmd report prints.
. "$top_srcdir/tests/tap.sh"
archives=${BUDDYTRACE_TRACES:-/nonexistent}/qemu
[ -d "$archives" ] || skip_all "BUDDYTRACE_TRACES is not set"
table=$top_srcdir/tests/golden/qemu-counts.tsv

column=1
for kernel in $(head -n 1 "$table" | cut -f 2-); do
	column=$((column + 1))
	if [ ! -e "$archives/$kernel.tar.zst" ]; then
		skip "$kernel" "no archive"
		continue
	fi
	mkdir "$tmp/raw"
	zstd -qdc --long=27 "$archives/$kernel.tar.zst" | tar x -C "$tmp/raw"
	sh "$top_srcdir/tests/golden/qemu2dir.sh" "$tmp/raw/$kernel" "$tmp/dir"
	exits "$kernel: import" 0 "$BUDDYTRACE" import "$tmp/dir" -o "$tmp/$kernel.dat"
	"$BUDDYTRACE" dump --quiet "$tmp/$kernel.dat" >"$tmp/counts"
	sed 1d "$table" | cut -f 1,$column | grep -v '	\.$' | tr '\t' ' ' | sort >"$tmp/want"
	sort "$tmp/counts" | join - "$tmp/want" 2>/dev/null | awk '{ print $1, $2 }' >"$tmp/got"
	is "$kernel: counts of $(wc -l <"$tmp/want") events" "$(cat "$tmp/got")" "$(cat "$tmp/want")"
	check "$kernel: nothing lost" grep -q '^gaps 0 lost 0 ' "$tmp/counts"

	"$BUDDYTRACE" info --json "$tmp/$kernel.dat" >"$tmp/info"
	is "$kernel: snapshots" "$(sed -n '/"snapshots"/,$s/^      "name": "\(.*\)",/\1/p' "$tmp/info" | tr '\n' ' ')" "before after "
	is "$kernel: placed" "$(sed -n '/"snapshots"/,$p' "$tmp/info" | grep -c '_ns": null')" 0
	check "$kernel: facts" grep -q '"proc/sys/vm/min_free_kbytes": "[0-9]*"' "$tmp/info"
	rm -rf "$tmp/raw" "$tmp/dir"
done

# One import again from compressed files: the same bytes.
if [ -e "$archives/7.2.tar.zst" ]; then
	mkdir "$tmp/raw"
	zstd -qdc --long=27 "$archives/7.2.tar.zst" | tar x -C "$tmp/raw"
	sh "$top_srcdir/tests/golden/qemu2dir.sh" "$tmp/raw/7.2" "$tmp/dir"
	find "$tmp/dir/tracing/per_cpu" "$tmp/dir/before" "$tmp/dir/after" -type l | while read -r file; do
		zstd -q1 -o "$file.zst" <"$file" && rm "$file"
	done
	exits "import of compressed files" 0 "$BUDDYTRACE" import "$tmp/dir" -o "$tmp/again.dat"
	check "... makes the same bytes" cmp "$tmp/7.2.dat" "$tmp/again.dat"
	if command -v trace-cmd >/dev/null; then
		want=$(trace-cmd report "$tmp/7.2.dat" 2>/dev/null | sed 1d | cksum)
		is "trace-cmd report prints what dump prints" "$("$BUDDYTRACE" dump "$tmp/7.2.dat" | cksum)" "$want"
	else
		skip "trace-cmd report prints what dump prints" "trace-cmd is not installed"
	fi
fi
done_testing
