#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What `stat` counts is what awk counts in the events that `dump` prints, on each recording; its tables are
# aligned and add up; and on one recording they are what they were.
# `make golden-update` (UPDATE=1) writes the expected tables anew.
# shellcheck source=tests/tap.sh
. "$top_srcdir/tests/tap.sh"

# The fallbacks, allocations and runs of compaction of `dump --raw` lines, one line per combination and its count.
count_events() {
	awk '
	function field(name,   i) {
		for (i = 1; i <= NF; i++)
			if (index($i, name "=") == 1) return substr($i, length(name) + 2)
		return "-"
	}
	/: mm_page_alloc_extfrag:/ {
		n["fallback " field("alloc_migratetype") " " field("fallback_migratetype") " " field("alloc_order") \
			" " field("fallback_order") " " (field("change_ownership") != 0)]++
	}
	/: mm_page_alloc:/ {
		if (field("pfn") == -1) n["failed " field("order")]++
		else n["alloc " field("order")]++
	}
	/: mm_page_free:/ { n["free " field("order")]++ }
	/: mm_page_alloc_zone_locked:/ { n["from " field("order")]++ }
	/: mm_page_pcpu_drain:/ { n["to " field("order")]++ }
	/: mm_compaction_begin:/ { n["compactions"]++ }
	/: mm_compaction_migratepages:/ { n["migrated"] += field("nr_migrated") }
	/: mm_vmscan_direct_reclaim_end:/ { n["reclaimed"] += field("nr_reclaimed") }
	END { for (key in n) if (n[key]) print key, n[key] }' | LC_ALL=C sort
}

# The same of stat --json.
count_json() {
	awk '
	BEGIN { mt["Unmovable"] = 0; mt["Movable"] = 1; mt["Reclaimable"] = 2; mt["HighAtomic"] = 3 }
	{
		split($0, part, "\"")
		key = part[2]
		value = $2
		gsub(/[",]/, "", value)
	}
	key == "by_migratetype" { sum = 0; inside = value == "{"; next }
	inside && /}/ { inside = 0; n["alloc " order] += sum; next }
	inside { sum += value; next }
	key == "alloc_migratetype" { a = mt[value] }
	key == "fallback_migratetype" { f = mt[value] }
	key == "alloc_order" { ao = value }
	key == "fallback_order" { fo = value }
	key == "change_ownership" { owned = value == "true"; combination = 1 }
	key == "count" && combination { n["fallback " a " " f " " ao " " fo " " owned] += value; combination = 0 }
	key == "order" { order = value }
	key == "failed" { n["failed " order] += value }
	key == "frees" && order != "" { n["free " order] += value }
	key == "from_free_lists" { n["from " order] += value }
	key == "to_free_lists" { n["to " order] += value }
	key == "runs" { n["compactions"] += value }
	key == "migrated_pages" { n["migrated"] += value }
	key == "reclaimed_pages" { n["reclaimed"] += value }
	key == "tasks" { order = "" }
	END { for (key in n) if (n[key]) print key, n[key] }' | LC_ALL=C sort
}

# Every line of a table ends in the same column when its last column is numbers.
aligned() {
	awk '
	/^  *(requested|task|order|trigger|from s|fallbacks) / && !/per second/ { width = length($0); rows = 0; text = /call site$/; next }
	/^  [^ ]/ && !/[0-9?-]$/ { width = 0 }
	/^  / && width && !text { rows++; if (length($0) != width) { print "not aligned: " $0; bad = 1 } }
	!/^  / { width = 0 }
	END { exit bad }' "$1"
}

one_file() {
	name=$1 file=$2
	exits "$name: stat" 0 "$BUDDYTRACE" stat --json "$file"
	count_json <"$tmp/out" >"$tmp/ours"
	"$BUDDYTRACE" dump --raw "$file" 2>/dev/null | count_events >"$tmp/theirs"
	check "$name: counts agree with the events" diff -u "$tmp/theirs" "$tmp/ours"
	exits "$name: stat as text" 0 "$BUDDYTRACE" stat --top 2 "$file"
	check "$name: tables are aligned" aligned "$tmp/out"
	cp "$tmp/out" "$tmp/short"
	exits "$name: stat without limit" 0 "$BUDDYTRACE" stat --top 0 "$file"
	check "$name: all rows" sh -c "! grep -q '^  ([0-9]* more)' '$tmp/out'"
}

for file in "$top_srcdir"/tracedata/*.dat* "${BUDDYTRACE_TRACES:-/nonexistent}"/trace-cmd/*.dat*; do
	[ -e "$file" ] || continue
	name=${file##*/}
	case $name in
	*.zst)
		zstd -qdf "$file" -o "$tmp/file.dat" || continue
		one_file "${name%.zst}" "$tmp/file.dat" ;;
	*)
		one_file "$name" "$file" ;;
	esac
done

# Exactly as it was.
want=$top_srcdir/tests/golden/expect/stat-6.12.txt
(cd "$top_srcdir/tracedata" && "$BUDDYTRACE" stat --top 2 --bins 4 kernel-6.12.dat) >"$tmp/got.txt"
[ -z "${UPDATE-}" ] || cp "$tmp/got.txt" "$want"
check "kernel-6.12: tables as expected" diff -u "$want" "$tmp/got.txt"

# Callers: the call sites of a recording with stack traces.
"$BUDDYTRACE" stat "$top_srcdir/tracedata/stacks-6.18.dat" >"$tmp/out"
is "callers are named, the allocator is left out" \
	"$(sed -n 's/^ *[0-9]* .* pages  *\([a-z_]* < [a-z_]* < [a-z_]*\)$/\1/p' "$tmp/out" | head -n 1)" \
	"anon_pipe_write < vfs_write < ksys_write"
is "... and what is taken through the slab allocator" "$(grep -c ' slab  ' "$tmp/out")" 1

# The report page has them too.
if exits "a report of it" 0 "$BUDDYTRACE" report "$top_srcdir/tracedata/stacks-6.18.dat" -o "$tmp/stacks.html"; then
	check "... has its call sites" grep -q '<td>anon_pipe_write</td><td>vfs_write</td><td>ksys_write</td>' "$tmp/stacks.html"
fi

# The same recording twice is no series.
exits "files out of order" 1 "$BUDDYTRACE" stat "$top_srcdir/tracedata/kernel-6.12.dat" "$top_srcdir/tracedata/kernel-6.12.dat"
check "... the line says what to do" grep -q 'name the files of one series in their order' "$tmp/err"
check "... and what came before is printed, and named alone" grep -q '^files  *1: [^ ]*$' "$tmp/out"
exits "a file that is not there" 1 "$BUDDYTRACE" stat "$tmp/none.dat"
is "... prints nothing" "$(wc -c <"$tmp/out")" 0
exits "too many spans" 2 "$BUDDYTRACE" stat --bins 5000 "$top_srcdir/tracedata/kernel-6.12.dat"
done_testing
