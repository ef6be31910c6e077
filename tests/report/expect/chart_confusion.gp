# buddytrace: draws chart_confusion.svg from chart_confusion.tsv. To draw it again: gnuplot -d chart_confusion.gp
# For a PNG: gnuplot -d -e "FMT='png'" chart_confusion.gp
if (!exists('FMT')) FMT = 'svg'
if (FMT eq 'png') {
	set terminal pngcairo size 2000,652 noenhanced font 'DejaVu Sans,10' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
	TITLE = ',13'; SUBTITLE = ',10'; SMALL = ',9'
} else {
	set terminal svg size 1000,326 noenhanced font 'sans-serif,13' name 'chart_confusion' background rgb 'white'
	TITLE = ',17'; SUBTITLE = ',13'; SMALL = ',12'
}
set output 'chart_confusion.' . FMT
set encoding utf8
set datafile separator tab
set datafile columnheaders
set datafile missing '.'
set border linecolor rgb '#606060'
set tics nomirror out scale 0.5 textcolor rgb '#303030'
set multiplot
set label 1 'Who took from whom: requested type and order, type and order that was taken' at screen 0.012, screen 0.9448 left font TITLE
set label 2 'Linux 6.18.44, n = 500 observed, 494 predicted, 494 equal in all; outlined cells differ: above observed, below predicted' at screen 0.012, screen 0.8742 left font SUBTITLE textcolor rgb '#505050'

set lmargin at screen 0.2620
set rmargin at screen 0.8020
set tmargin at screen 0.8037
set bmargin at screen 0.1779
set xrange [-0.5:10.5]
set yrange [5.5:-0.5]
set xtics scale 0 ('0' 0, '1' 1, '2' 2, '3' 3, '4' 4, '5' 5, '6' 6, '7' 7, '8' 8, '9' 9, '10' 10)
set ytics scale 0 ('Unmovable, order 0 → Movable' 0, 'Unmovable, order 0 → Reclaimable' 1, 'Reclaimable, order 0 → Unmovable' 2, 'Reclaimable, order 0 → Movable' 3, 'Movable, order 0 → Unmovable' 4, 'Unmovable, order 2 → Movable' 5)
set label 4 '' at screen 0.014, screen 0.4908 center rotate
set label 5 'order of the block that was taken (2^order pages)' at screen 0.5320, screen 0.0491 center
set label 10 'n = 250' at graph 1.012, first 0 left font SMALL
set label 11 'n = 75' at graph 1.012, first 1 left font SMALL
set label 12 'n = 59' at graph 1.012, first 2 left font SMALL
set label 13 'n = 49' at graph 1.012, first 3 left font SMALL
set label 14 'n = 37' at graph 1.012, first 4 left font SMALL
set label 15 'n = 30' at graph 1.012, first 5 left font SMALL
set palette defined (0 '#eef6fb', 0.45 '#56B4E9', 1 '#004a75')
set cbrange [1:3.0969]
set cbtics ('1' 1, '10' 2, '100' 3, '1,000' 4)
set label 6 "observed,\nlog scale" at screen 0.99, screen 0.7853 right font SMALL
set colorbox user origin screen 0.916, screen 0.0675 size screen 0.014, screen 0.6258
unset key
plot 'chart_confusion.tsv' index 0 using 1:2:($1-0.48):($1+0.48):($2-0.46):($2+0.46):($6 < 1 ? 1 : $6) with boxxyerror fillstyle solid noborder linecolor palette, \
	'' index 1 using 1:2:($1-0.47):($1+0.47):($2-0.44):($2+0.44) with boxxyerror linecolor rgb '#D55E00' linewidth 2.5 fillstyle empty, \
	'' index 2 using 1:2:3 with labels font SMALL, \
	'' index 3 using 1:2:3 with labels font SMALL textcolor rgb '#ffffff'
unset multiplot
