#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The page level on real recordings: refills, drains and zones are predicted well, the same on every run, and the
# buddy level is what it is without it.
# shellcheck source=tests/tap.sh
. "$top_srcdir/tests/tap.sh"

value() { sed -n "s/^ *\"$2\": \([-0-9.a-z]*\),*\$/\1/p" "$1" | head -n 1; }
at_least() { if [ -n "$2" ] && awk "BEGIN { exit !($2 >= $3) }" 2>/dev/null; then ok "$1 $2 >= $3"; else nok "$1" "got '$2', want >= $3"; fi; }
# without DIR: score.json without what only the page level has, and what measures the replay itself
without() { grep -vE '"(seconds|cpu_seconds|events_per_cpu_second|peak_rss_bytes|level)"' "$1/score.json" | sed '/^ *"page": {/,/^  }/d'; }

# level NAME FILE REFILLS SIZES ZONES: of refills the share predicted, and of their sizes; of zones
level() {
	exits "$1: page level" 0 "$BUDDYTRACE" replay --level page "$2" -o "$tmp/page"
	exits "$1: page level again" 0 "$BUDDYTRACE" replay --level page "$2" -o "$tmp/again"
	exits "$1: buddy level" 0 "$BUDDYTRACE" replay "$2" -o "$tmp/buddy"
	sed -n '/^ *"page": {/,/^  }/p' "$tmp/page/score.json" >"$tmp/page.json"
	sed -n '/^ *"page": {/,/^  }/p' "$tmp/again/score.json" >"$tmp/again.json"
	check "$1: the same on the second run" cmp "$tmp/page.json" "$tmp/again.json"
	without "$tmp/page" >"$tmp/a.json"
	without "$tmp/buddy" >"$tmp/b.json"
	check "$1: the buddy level is not changed by it" diff "$tmp/b.json" "$tmp/a.json"
	sed -n '/"refills": {/,/}/p' "$tmp/page.json" | head -n 7 >"$tmp/refills.json"
	at_least "$1: refills observed" "$(value "$tmp/refills.json" observed)" 10
	at_least "$1: refills predicted, precision" "$(value "$tmp/refills.json" precision)" "$3"
	at_least "$1: refills predicted, recall" "$(value "$tmp/refills.json" recall)" "$3"
	at_least "$1: refill sizes" "$(value "$tmp/page.json" refill_size_exact)" "$4"
	at_least "$1: zones" "$(value "$tmp/page.json" zone_exact)" "$5"
	exits "$1: free run with resynchronisation" 0 "$BUDDYTRACE" replay --level page --resync 20000 "$2" -o "$tmp/page"
	at_least "$1: resyncs" "$(value "$tmp/page/score.json" resyncs)" 5
	rm -rf "$tmp/page" "$tmp/again" "$tmp/buddy"
}

level kernel-6.18 "$top_srcdir/tracedata/kernel-6.18.dat" 0.98 0.97 0.99
level kernel-6.12 "$top_srcdir/tracedata/kernel-6.12.dat" 0.98 0.97 0.99

exits "no snapshot, no page level" 1 "$BUDDYTRACE" replay --level page --kernel 6.1 "$top_srcdir/tracedata/trace-cmd-6.1-v7-mono.dat"
check "the line says why" grep -q "needs a snapshot" "$tmp/err"
done_testing
