#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Recordings through the model: the score must be what it was, the same on every run, and good.
# `make golden-update` (UPDATE=1) writes the expected scores anew: look at the difference before committing it.
# shellcheck source=tests/tap.sh
. "$top_srcdir/tests/tap.sh"

# What measures the replay itself changes from run to run.
stable() { grep -vE '"(seconds|cpu_seconds|events_per_cpu_second|peak_rss_bytes|tool)"' "$1"; }

# value DIR KEY: the first member called KEY of score.json.
value() { sed -n "s/^ *\"$2\": \([-0-9.a-z]*\),*\$/\1/p" "$1/score.json" | head -n 1; }

# at_least NAME VALUE LIMIT, at_most NAME VALUE LIMIT
at_least() { if [ -n "$2" ] && awk "BEGIN { exit !($2 >= $3) }" 2>/dev/null; then ok "$1 $2 >= $3"; else nok "$1" "got '$2', want >= $3"; fi; }
at_most() { if [ -n "$2" ] && awk "BEGIN { exit !($2 <= $3) }" 2>/dev/null; then ok "$1 $2 <= $3"; else nok "$1" "got '$2', want <= $3"; fi; }

# expected NAME: replays tracedata/NAME.dat twice and compares with the stored score.
expected() {
	file=$top_srcdir/tracedata/$1.dat want=$top_srcdir/tests/golden/expect/$1.json
	exits "$1: replay" 0 "$BUDDYTRACE" replay "$file" -o "$tmp/$1"
	exits "$1: replay again" 0 "$BUDDYTRACE" replay "$file" -o "$tmp/$1.again"
	stable "$tmp/$1/score.json" >"$tmp/got.json"
	[ -z "${UPDATE-}" ] || cp "$tmp/got.json" "$want"
	check "$1: score as expected" diff -u "$want" "$tmp/got.json"
	stable "$tmp/$1.again/score.json" >"$tmp/again.json"
	same=yes
	for table in "$tmp/$1"/*.tsv; do cmp "$table" "$tmp/$1.again/${table##*/}" >/dev/null || same=${table##*/}; done
	cmp "$tmp/got.json" "$tmp/again.json" >/dev/null || same=score.json
	is "$1: same bytes on the second run" "$same" yes
}

# consistent NAME: the tables add up to the head figures.
consistent() {
	dir=$tmp/$1
	is "$1: fallbacks.tsv has a row per fallback" "$(awk -F'\t' 'NR > 1 && $7 != "fp"' "$dir/fallbacks.tsv" | wc -l)" \
		"$(sed -n '/"fallbacks": {/,/}/s/^ *"observed": \([0-9]*\),/\1/p' "$dir/score.json" | head -n 1)"
	is "$1: series.tsv adds up to the removals" "$(awk -F'\t' '{ n += $4 } END { print n }' "$dir/series.tsv")" \
		"$(value "$dir" removals)"
	is "$1: removals.tsv adds up to the removals" "$(awk -F'\t' 'NR > 1 { n += $5 } END { print n }' "$dir/removals.tsv")" \
		"$(value "$dir" removals)"
	is "$1: confusion.tsv adds up to the predictions" "$(awk -F'\t' 'NR > 1 { n += $6 } END { print n }' "$dir/confusion.tsv")" \
		"$(sed -n '/"fallbacks": {/,/}/s/^ *"predicted": \([0-9]*\),/\1/p' "$dir/score.json" | head -n 1)"
}

# good DIR NAME PRECISION RECALL KNOWN JACCARD: the goals for recordings without compaction.
good() {
	at_least "$2: precision" "$(value "$1" precision)" "$3"
	at_least "$2: recall" "$(value "$1" recall)" "$4"
	at_least "$2: pfn exact of the known" "$(value "$1" pfn_exact_known)" "$5"
	at_least "$2: free sets at the end" "$(value "$1" free_jaccard)" "$6"
}

# sound FILE NAME: the model agrees with its own page map after each 1000 operations, and at the end.
sound() {
	exits "$2: the model stays sound" 0 "$top_builddir/tests/golden/valid" "$1"
	at_least "$2: validations" "$(cat "$tmp/out")" 10
}

for name in kernel-6.18 kernel-6.12; do
	expected "$name"
	consistent "$name"
done
sound "$top_srcdir/tracedata/kernel-6.18.dat" kernel-6.18
sound "$top_srcdir/tracedata/kernel-6.12.dat" kernel-6.12
good "$tmp/kernel-6.18" kernel-6.18 0.99 0.99 0.999 0.9995
good "$tmp/kernel-6.12" kernel-6.12 0.99 0.99 0.999 0.999
at_most "kernel-6.18: contradictions" "$(value "$tmp/kernel-6.18" contradictions)" \
	"$(awk "BEGIN { print $(value "$tmp/kernel-6.18" removals) / 1000 }")"

# A directory whose replay failed is none: the score of the one before would pass for that of the new tables.
"$BUDDYTRACE" replay "$top_srcdir/tracedata/stacks-6.18.dat" -o "$tmp/stale" >"$tmp/out" 2>&1
exits "a replay that fails into a directory that was there" 1 "$BUDDYTRACE" replay --dump-state "$tmp/no/such" \
	"$top_srcdir/tracedata/stacks-6.18.dat" -o "$tmp/stale"
exits "... leaves no score to plot" 1 "$BUDDYTRACE" plot "$tmp/stale"

# A share that is not 1 is not printed as 1.
is "kernel-6.12: pfn exact of the known" "$("$BUDDYTRACE" replay "$top_srcdir/tracedata/kernel-6.12.dat" |
	sed -n 's/.*pfn exact of known \([0-9.]*\) .*/\1/p')" 0.99998

exits "without a model for the kernel" 1 "$BUDDYTRACE" replay --kernel 3.16 "$top_srcdir/tracedata/kernel-6.12.dat"
check "the line says what to do" grep -q -- "--kernel 4.0, 5.0, 5.10, 6.1, 6.10, 6.12, 6.18 or 7.2 replays" "$tmp/err"

# qemu VERSION PRECISION RECALL KNOWN JACCARD: larger recordings with much compaction, if there are any.
qemu() {
	archive=${BUDDYTRACE_TRACES-}/qemu/$1.tar.zst
	if [ -z "${BUDDYTRACE_TRACES-}" ] || [ ! -f "$archive" ]; then
		skip "kernel $1 under pressure" "BUDDYTRACE_TRACES names no qemu/$1.tar.zst"
		return
	fi
	mkdir "$tmp/q" && zstd -qdc --long=27 "$archive" | tar xC "$tmp/q"
	sh "$top_srcdir/tests/golden/qemu2dir.sh" "$tmp/q/$1" "$tmp/q/dir" >/dev/null 2>&1
	"$BUDDYTRACE" import "$tmp/q/dir" -o "$tmp/q.dat" 2>/dev/null
	exits "kernel $1 under pressure: replay" 0 "$BUDDYTRACE" replay "$tmp/q.dat" -o "$tmp/q.replay"
	good "$tmp/q.replay" "kernel $1 under pressure" "$2" "$3" "$4" "$5"
	sound "$tmp/q.dat" "kernel $1 under pressure"
	rm -rf "$tmp/q" "$tmp/q.dat" "$tmp/q.replay"
}

qemu 5.10 0.98 0.98 0.98 0.95
qemu 6.1 0.98 0.98 0.98 0.95
qemu 6.12 0.999 0.999 0.98 0.95
qemu 7.2 0.999 0.999 0.98 0.95
done_testing
