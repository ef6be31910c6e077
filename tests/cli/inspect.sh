# SPDX-License-Identifier: GPL-2.0-or-later
# Looking into a replay: where it ends, the state there, the first mismatch, the history of an event and of a page.
# shellcheck source=tests/tap.sh
. "$top_srcdir/tests/tap.sh"
file=$top_srcdir/tracedata/kernel-6.12.dat

replay() { "$BUDDYTRACE" replay "$@" "$file" 2>"$tmp/err"; }

# --until: the same prefix by number and by time, and nothing behind it counts.
check "--until an event" replay --until 60000 --dump-state "$tmp/a"
replay --until 60000 --json >"$tmp/until"
replay --json >"$tmp/all"
removals() { sed -n 's/^ *"removals": \([0-9]*\),$/\1/p' "$1"; }
is "... counts fewer removals" "$([ "$(removals "$tmp/until")" -lt "$(removals "$tmp/all")" ] && echo yes)" yes
replay --until 60000 --dump-state "$tmp/b" >/dev/null
check "the same state twice gives the same bytes" cmp "$tmp/a" "$tmp/b"
replay --until 60001 --dump-state "$tmp/c" >/dev/null
replay --until 70000 --dump-state "$tmp/d" >/dev/null
is "... another state gives others" "$(cmp -s "$tmp/a" "$tmp/d" || echo differ)" differ
is "each zone has its hash" "$(grep -c '^hash: set=[0-9a-f]\{16\} ordered=[0-9a-f]\{16\}$' "$tmp/a")" "$(grep -c '^zone: ' "$tmp/a")"
is "the blocks are as many as the lists say" "$(grep -c '^block: ' "$tmp/a")" \
	"$(sed -n 's/^list: .* n=\([0-9]*\) .*/\1/p' "$tmp/a" | awk '{ n += $1 } END { print n }')"
check "--until a time" replay --until 10ms

# The first mismatch, and the same one by its number.
check "--stop-at-first" replay --stop-at-first
replay --stop-at-first --history 4 >"$tmp/first"
event=$(sed -n '1s/^event #\([0-9]*\) at .*/\1/p' "$tmp/first")
is "... names an event" "$([ "$event" ] && echo yes)" yes
replay --explain "$event" --history 4 >"$tmp/explain"
check "--explain EVENT says the same" cmp "$tmp/first" "$tmp/explain"
replay --explain "00$event" --history 4 >"$tmp/explain"
check "... which is a decimal number" cmp "$tmp/first" "$tmp/explain"
class=$(sed -n '1s/.*: \([a-z-]*\)$/\1/p' "$tmp/first")
replay "--stop-at-first=$class" --history 4 >"$tmp/class"
check "--stop-at-first=$class is the same one" cmp "$tmp/first" "$tmp/class"
check "... tells the page's history" grep -q '^the page that the kernel took, 0x' "$tmp/first"
replay --until "$((event - 1))" --json >"$tmp/before"
is "--until counts the events that were replayed" "$(sed -n 's/^ *"events": \([0-9]*\),$/\1/p' "$tmp/before")" "$event"
is "before it every removal was exact" "$(sed -n 's/^ *"pfn_exact": \([0-9.]*\),$/\1/p' "$tmp/before")" 1.000000
replay --stop-at-first --until "$((event - 1))" >"$tmp/none"
check "... and there is none to stop at" grep -q '^no mismatch among [0-9]* removals$' "$tmp/none"

# A page.
pfn=$(sed -n 's/^the page that the kernel took, \(0x[0-9a-f]*\) .*/\1/p' "$tmp/first")
replay --explain "$pfn" --history 100000 >"$tmp/page"
check "--explain PFN has that event" grep -q "^  #$event  .*pfn=$pfn " "$tmp/page"

exits "an unknown class" 2 "$BUDDYTRACE" replay --stop-at-first=nonsense "$file"
check "... names those that there are" grep -q 'state-unknown, .*model-wrong' "$tmp/err"
exits "an event that the recording lacks" 1 "$BUDDYTRACE" replay --explain 99999999999 "$file"
exits "no exact snapshots to bisect" 1 "$BUDDYTRACE" replay --bisect "$file"
exits "no number" 2 "$BUDDYTRACE" replay --explain page "$file"
exits "no time" 2 "$BUDDYTRACE" replay --until never "$file"
exits "more blocks than can be counted" 2 "$BUDDYTRACE" replay --heal 4294967296 "$file"
exits "two questions at once" 2 "$BUDDYTRACE" replay --bisect --explain 1 "$file"
exits "a directory has no place there" 2 "$BUDDYTRACE" replay --bisect -o "$tmp/x" "$file"
exits "a state that cannot be written" 1 "$BUDDYTRACE" replay --dump-state "$tmp/no/such" "$file"

# A clock that is not to be trusted is told by the replay as well.
replay --until 1000 >/dev/null
is "no word about a good clock" "$(grep -c 'order of events' "$tmp/err")" 0
for other in indices-5.10:"changes its rate or stops" stacks-6.18:"clock local"; do
	exits "${other%%:*}" 0 "$BUDDYTRACE" replay "$top_srcdir/tracedata/${other%%:*}.dat"
	check "... its order is not to be trusted" grep -q "order of events on different CPUs is not to be trusted: .*${other#*:}" "$tmp/err"
done
done_testing
