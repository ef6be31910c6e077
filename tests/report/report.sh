#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The report page: well formed, self-contained, hostile names harmless, readable without gnuplot.
# shellcheck source=tests/tap.sh
. "$top_srcdir/tests/tap.sh"

# synthetic DIR FALLBACKS [VARIABLE=VALUE]...
synthetic() {
	mkdir -p "$1" && s_dir=$1 s_n=$2 && shift 2 &&
		awk -v dir="$s_dir" -v fallbacks="$s_n" "$@" -f "$top_srcdir/tests/report/synthetic.awk"
}

# without_gnuplot COMMAND...: with a PATH that holds what libtool's wrapper of the program needs
mkdir "$tmp/bin"
for tool in ls sed cat dirname basename; do ln -s "$(command -v $tool)" "$tmp/bin/"; done
without_gnuplot() {
	PATH="$tmp/bin" "$@"
}

no_match() { ! grep -n "$@"; }

# A page as XML: the few elements without end tags closed, the doctype away.
as_xml() {
	sed -e '/^<!DOCTYPE/d' -e 's/<meta \([^>]*\)>/<meta \1\/>/' "$1"
}

no_outside_reference() {
	! sed -e '/Content-Security-Policy/d' "$1" | grep -nE 'https?:|src=|url\(|@import|<script|<link|<iframe| on[a-z]+=|href="[^#]'
}

hostile='<script>alert(1)</script>"&`touch '$tmp'/pwned`'"'"'x'
for n in 0 5 100000; do
	synthetic "$tmp/$n.replay" $n
	exits "report of $n fallbacks" 0 "$BUDDYTRACE" report "$tmp/$n.replay"
	is "it names the page" "$(cat "$tmp/out")" "$tmp/$n.html"
	is "and warns of nothing" "$(grep -v 'gnuplot is not installed' "$tmp/err")" ""
	check "no reference to anything outside" no_outside_reference "$tmp/$n.html"
	if command -v xmllint >/dev/null; then
		as_xml "$tmp/$n.html" >"$tmp/$n.xml"
		check "well formed" xmllint --noout "$tmp/$n.xml"
	else
		skip "well formed" "no xmllint"
	fi
done
check "says that there was no fallback" grep -q 'None of these removals was a fallback' "$tmp/0.html"
check "says how many there were" grep -q '100,000 of these removals' "$tmp/100000.html"
check "and that none was predicted" grep -q 'No fallback happened, and none was predicted' "$tmp/0.html"
check "shows the baseline beside precision and recall" grep -q 'persistence baseline' "$tmp/100000.html"

synthetic "$tmp/hostile.replay" 40 -v "task=$hostile"
sed -i "s|6.18.44|6.18'; system \`touch $tmp/pwned\`; <b>|" "$tmp/hostile.replay/score.json"
exits "report with hostile names" 0 "$BUDDYTRACE" report "$tmp/hostile.replay" -o "$tmp/hostile.html"
check "markup in a task name is escaped" grep -q '&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;' "$tmp/hostile.html"
check "and nowhere plain" no_outside_reference "$tmp/hostile.html"
if [ -e "$tmp/pwned" ]; then nok "no name was executed"; else ok "no name was executed"; fi

synthetic "$tmp/plain.replay" 12
exits "report without gnuplot" 0 without_gnuplot "$BUDDYTRACE" report "$tmp/plain.replay"
check "says so" grep -q 'gnuplot is not installed' "$tmp/err"
is "once" "$(wc -l <"$tmp/err")" 1
check "the page says so" grep -q 'not drawn, because gnuplot was not there' "$tmp/plain.html"
check "its text is there" grep -q 'Key figures' "$tmp/plain.html"

# A picture that somebody else put into the directory
cat >"$tmp/plain.replay/chart_fallbacks.svg" <<'EOF'
<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>
EOF
exits "a foreign picture is not taken over" 0 without_gnuplot "$BUDDYTRACE" report "$tmp/plain.replay"
check "the page is as before" no_outside_reference "$tmp/plain.html"

mkdir "$tmp/nothing"
exits "an empty directory" 1 "$BUDDYTRACE" report "$tmp/nothing"
is "one line" "$(wc -l <"$tmp/err")" 1
if [ -e "$tmp/nothing.html" ]; then nok "no page is left"; else ok "no page is left"; fi
exits "a missing file" 1 "$BUDDYTRACE" report "$tmp/absent.dat"
is "one line" "$(wc -l <"$tmp/err")" 1
exits "a page that cannot be written" 1 "$BUDDYTRACE" report "$tmp/5.replay" -o "$tmp/no/such/dir.html"
is "one line" "$(wc -l <"$tmp/err")" 1

is "... of its temporary files none is left" "$(ls "$tmp"/*.tmp 2>/dev/null)" ""

# A page takes the place of an older page only.
mkfifo "$tmp/fifo"
exits "a page that would replace a FIFO" 1 "$BUDDYTRACE" report "$tmp/5.replay" -o "$tmp/fifo"
is "... one line" "$(grep -c "fifo is not a regular file" "$tmp/err")" 1
check "... which is still there" [ -p "$tmp/fifo" ]
cp "$top_srcdir/tracedata/bad/text.dat" "$tmp/mine.dat"
exits "a page that would replace the recording" 2 "$BUDDYTRACE" report "$tmp/mine.dat" -o "$tmp/../${tmp##*/}/mine.dat"
check "... which is still there" cmp "$top_srcdir/tracedata/bad/text.dat" "$tmp/mine.dat"

synthetic "$tmp/old.replay" 3
echo '{ "kernel": null, "events": 5, "fallbacks": { "observed": 0, "precision": null } }' >"$tmp/old.replay/score.json"
exits "missing members of the score" 0 without_gnuplot "$BUDDYTRACE" report "$tmp/old.replay"
check "no sentence is made of them" no_match 'p>[^<]*not measured of' "$tmp/old.html"
check "are shown as not measured" grep -q 'not measured' "$tmp/old.html"

# A table that is not there is no table without rows.
synthetic "$tmp/lacks.replay" 12
rm "$tmp/lacks.replay/fallbacks.tsv" "$tmp/lacks.replay/tasks.tsv"
exits "a directory that lacks tables" 0 "$BUDDYTRACE" report "$tmp/lacks.replay"
for table in fallbacks tasks; do
	is "one warning for $table.tsv" "$(grep -c "$table.tsv is not there" "$tmp/err")" 1
	check "the page says that $table.tsv is not there" grep -q "Nothing recorded: $table.tsv is not there" "$tmp/lacks.html"
done
check "the page does not say that there was nothing" no_match 'There are none\|There were none' "$tmp/lacks.html"
echo broken >"$tmp/lacks.replay/fallbacks.tsv"
rm "$tmp/lacks.html"
exits "a damaged fallbacks.tsv" 1 "$BUDDYTRACE" report "$tmp/lacks.replay"
check "... is named with the line" grep -q 'fallbacks.tsv: line 1: ' "$tmp/err"
if [ -e "$tmp/lacks.html" ]; then nok "no page is left"; else ok "no page is left"; fi

# There are no more combinations than types and orders: a longer table would take minutes.
synthetic "$tmp/long.replay" 3
awk 'BEGIN { for (i = 0; i < 20000; i++) printf "A%060d\tB\t0\t3\t1\t1\t1\n", i }' >>"$tmp/long.replay/confusion.tsv"
exits "a confusion.tsv with too many rows" 1 "$BUDDYTRACE" report "$tmp/long.replay"
check "... says so" grep -q 'confusion.tsv: more than 12544 rows' "$tmp/err"

exits "a directory that names no page" 2 sh -c 'cd "$1" && "$0" report .' "$BUDDYTRACE" "$tmp/5.replay"
exits "... which -o does" 0 sh -c 'cd "$1" && "$0" report ./ -o "$2"' "$BUDDYTRACE" "$tmp/5.replay" "$tmp/named.html"

exits "--kernel with a directory, which is not replayed" 2 "$BUDDYTRACE" report --kernel 6.1 "$tmp/5.replay"

done_testing
