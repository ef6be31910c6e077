#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Files of trace-cmd, and our copies of them, against trace-cmd itself: the same sub-buffers, byte by byte,
# and the same report, line by line.
# shellcheck source=tests/tap.sh
. "$top_srcdir/tests/tap.sh"
command -v trace-cmd >/dev/null || skip_all "trace-cmd is not installed"
command -v zstd >/dev/null || skip_all "zstd is not installed"
tool=$top_builddir/tests/golden/trace_tool

# same_pages FILE: trace-cmd takes the compression away, and tells where the data of each CPU is then.
same_pages() {
	trace-cmd convert -i "$1" -o "$tmp/plain" --file-version 7 --compression none >"$tmp/log" 2>&1 || return 1
	trace-cmd dump --options "$tmp/plain" | sed -n 's/^ *\([0-9]*\) \([0-9]*\)\t\([0-9]*\)\t.*size\]$/\1 \2 \3/p' >"$tmp/cpus"
	[ -s "$tmp/cpus" ] || return 1
	while read -r cpu offset size; do
		tail -c +$((offset + 1)) "$tmp/plain" | head -c "$size" >"$tmp/want"
		"$tool" pages "$1" "$cpu" >"$tmp/got" || return 1
		[ -s "$tmp/got" ] || return 1
		cmp "$tmp/want" "$tmp/got" || return 1
	done <"$tmp/cpus"
}

# same_report A B: values as they are in the records, since a copy has no symbols to make names of addresses.
same_report() {
	trace-cmd report -R "$1" >"$tmp/a" 2>"$tmp/log" || return 1
	trace-cmd report -R "$2" >"$tmp/b" 2>>"$tmp/log" || return 1
	[ "$(wc -l <"$tmp/a")" -gt 1000 ] || return 1
	cmp "$tmp/a" "$tmp/b"
}

# The places of the data differ, and are only told of files that are not compressed.
same_stat() {
	trace-cmd report --stat "$1" 2>/dev/null | grep -v 'recorded at offset' >"$tmp/a"
	trace-cmd report --stat "$2" 2>/dev/null | grep -v 'recorded at offset' >"$tmp/b"
	grep -q 'overrun:' "$tmp/a" && cmp "$tmp/a" "$tmp/b"
}

one_file() {
	name=$(basename "$1" .zst)
	case $1 in
	*.zst) zstd -qdf "$1" -o "$tmp/$name" || return ;;
	*) cp "$1" "$tmp/$name" ;;
	esac
	check "$name: same sub-buffers" same_pages "$tmp/$name"
	check "$name: can be written by us" "$tool" copy "$tmp/$name" "$tmp/copy.dat"
	check "$name: our copy has the same report" same_report "$tmp/$name" "$tmp/copy.dat"
	check "$name: our copy has the same statistics" same_stat "$tmp/$name" "$tmp/copy.dat"
	check "$name: our copy has the same sub-buffers" same_pages "$tmp/copy.dat"
	is "$name: our copy is valid" "$(trace-cmd dump -v "$tmp/copy.dat" 2>&1 | grep -c 'is a valid trace-cmd file')" 1
	rm -f "$tmp/$name" "$tmp/copy.dat" "$tmp/plain"
}

for file in "$top_srcdir"/tracedata/trace-cmd-*.dat*; do
	one_file "$file"
done
if [ -n "$BUDDYTRACE_TRACES" ]; then
	for file in "$BUDDYTRACE_TRACES"/trace-cmd/*.dat*; do
		one_file "$file"
	done
else
	skip "more files of trace-cmd" "BUDDYTRACE_TRACES is not set"
fi
done_testing
