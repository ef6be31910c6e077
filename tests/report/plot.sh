#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The charts: scripts and tables byte for byte, what gnuplot makes of them, and directories that are not right.
# After an intended change of a chart: copy its chart_*.gp and chart_*.tsv from a plotted tests/report/small to
# tests/report/expect, and look at the picture.
# shellcheck source=tests/tap.sh
. "$top_srcdir/tests/tap.sh"

here=$top_srcdir/tests/report
mkdir "$tmp/bin"
for tool in ls sed cat dirname basename; do ln -s "$(command -v $tool)" "$tmp/bin/"; done
without_gnuplot() {
	PATH="$tmp/bin" "$@"
}

copy() {
	mkdir -p "$1" && cp "$here"/small/* "$1" && chmod -R u+w "$1"
}

copy "$tmp/small"
exits "plot without gnuplot" 0 without_gnuplot "$BUDDYTRACE" plot "$tmp/small"
check "says so" grep -q 'gnuplot is not installed' "$tmp/err"
is "and names the scripts" "$(head -n 1 "$tmp/out" | cut -f1)" "$tmp/small/chart_fallbacks.gp"
for want in "$here"/expect/chart_*; do
	check "$(basename "$want") as expected" cmp "$tmp/small/$(basename "$want")" "$want"
done
is "nothing else is left behind" "$(find "$tmp/small" -name '*.tmp*' -o -name '*.svg')" ""

exits "plot --json" 0 without_gnuplot "$BUDDYTRACE" plot --json "$tmp/small"
check "lists the script" grep -q '"script": "chart_causes.gp"' "$tmp/out"
check "says that nothing was drawn" grep -q '"drawn": false' "$tmp/out"

# gnuplot_draws NAME DIR FORMAT
gnuplot_draws() {
	exits "$1" 0 "$BUDDYTRACE" plot "$2" --format "$3"
	is "without a word" "$(grep -v 'no fonts are installed' "$tmp/err")" ""
	for chart in fallbacks cumulative confusion free exact causes; do
		if [ -s "$2/chart_$chart.$3" ]; then ok "chart_$chart.$3"; else nok "chart_$chart.$3" "missing"; fi
	done
}

small_enough() {
	for svg in "$1"/*.svg; do
		[ "$(wc -c <"$svg")" -lt 200000 ] || { echo "$svg is too large"; return 1; }
	done
}

if command -v gnuplot >/dev/null; then
	gnuplot_draws "draws SVG" "$tmp/small" svg
	gnuplot_draws "draws PNG" "$tmp/small" png
	mkdir "$tmp/again" && cp "$tmp/small"/*.svg "$tmp/again" &&
		"$BUDDYTRACE" plot "$tmp/small" >/dev/null
	for svg in "$tmp/again"/*.svg; do
		check "$(basename "$svg") is the same again" cmp "$svg" "$tmp/small/$(basename "$svg")"
	done
	for case in "0 1024 3" "100000 1024 3" "7 1 1" "5000 1024 30"; do
		# shellcheck disable=SC2086
		set -- $case
		mkdir "$tmp/$1.$2.$3"
		awk -v dir="$tmp/$1.$2.$3" -v fallbacks="$1" -v bins="$2" -v zones="$3" -f "$here/synthetic.awk"
		gnuplot_draws "$1 fallbacks in $2 bins, $3 zones" "$tmp/$1.$2.$3" svg
		check "all below 200 kB" small_enough "$tmp/$1.$2.$3"
	done
	mkdir "$tmp/odd 'n\`ame\""
	cp "$here"/small/* "$tmp/odd 'n\`ame\""
	gnuplot_draws "a directory with an odd name" "$tmp/odd 'n\`ame\"" svg
else
	skip "pictures" "no gnuplot"
fi

# broken NAME FILE SED-SCRIPT MESSAGE
broken() {
	copy "$tmp/broken"
	sed "$3" "$here/small/$2" >"$tmp/broken/$2"
	exits "$1" 1 without_gnuplot "$BUDDYTRACE" plot "$tmp/broken"
	is "one line" "$(wc -l <"$tmp/err")" 1
	check "that says: $4" grep -q "$4" "$tmp/err"
	rm -r "$tmp/broken"
}
tab=$(printf '\t')
broken "a missing column" series.tsv 's/known_exact//' 'series.tsv: line 1: no column known_exact'
broken "a missing cell" free.tsv "3s/${tab}[0-9]*\$//" 'free.tsv: line 3: cells are missing'
broken "too many cells" free.tsv "3s/\$/${tab}1/" 'free.tsv: line 3: more cells'
broken "a huge number" series.tsv "4s/[0-9]*\$/99999999999999999999999/" 'series.tsv: line 4: .*too large, in column lost'
broken "a word for a number" confusion.tsv "2s/[0-9]*\$/many/" 'confusion.tsv: line 2: not a number'
broken "an infinite time" free.tsv "2s/^[0-9.]*/inf/" 'free.tsv: line 2: not a number.*time_s'
broken "an empty table" tasks.tsv 'd' 'tasks.tsv: line 1: the table is empty'
broken "no JSON" score.json 's/{/[/' 'score.json: not'
broken "cut JSON" score.json '5,$d' 'score.json: not JSON'

copy "$tmp/cut"
head -c 300 "$here/small/series.tsv" >"$tmp/cut/series.tsv"
exits "a cut line" 1 without_gnuplot "$BUDDYTRACE" plot "$tmp/cut"
check "is named" grep -q 'series.tsv: line [0-9]*: the line is cut' "$tmp/err"

copy "$tmp/less"
rm "$tmp/less/marks.tsv"
exits "a missing table is a warning" 0 without_gnuplot "$BUDDYTRACE" plot "$tmp/less"
check "that names it" grep -q 'marks.tsv is not there' "$tmp/err"

# A few misses among ten million are below the line of 100 %.
copy "$tmp/high"
sed -i "s/^\(0\.95[0-9]*${tab}[0-9.]*${tab}[0-9]*\)${tab}.*/\1${tab}10000000${tab}9999999${tab}10000000${tab}9999999${tab}0${tab}0${tab}0${tab}0${tab}0${tab}0${tab}0${tab}0${tab}0${tab}0/" \
	"$tmp/high/series.tsv"
exits "a share that is nearly 1" 0 without_gnuplot "$BUDDYTRACE" plot "$tmp/high"
is "... is drawn below it" "$(awk -F'\t' '$2 + 0 >= 10000000 { print $6; exit }' "$tmp/high/chart_exact.tsv")" 4.9000

mkdir "$tmp/nothing"
exits "an empty directory" 1 "$BUDDYTRACE" plot "$tmp/nothing"
is "one line" "$(wc -l <"$tmp/err")" 1
exits "a missing directory" 1 "$BUDDYTRACE" plot "$tmp/absent"
exits "a wrong format" 2 "$BUDDYTRACE" plot --format gif "$tmp/small"
exits "no directory" 2 "$BUDDYTRACE" plot

if [ "$(id -u)" != 0 ]; then
	chmod a-w "$tmp/less"
	exits "a directory that cannot be written" 1 "$BUDDYTRACE" plot "$tmp/less"
	chmod u+w "$tmp/less"
else
	skip "a directory that cannot be written" "root can write it"
fi
done_testing
