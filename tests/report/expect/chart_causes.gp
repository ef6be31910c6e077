# buddytrace: draws chart_causes.svg from chart_causes.tsv. To draw it again: gnuplot -d chart_causes.gp
# For a PNG: gnuplot -d -e "FMT='png'" chart_causes.gp
if (!exists('FMT')) FMT = 'svg'
if (FMT eq 'png') {
	set terminal pngcairo size 2000,484 noenhanced font 'DejaVu Sans,10' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
	TITLE = ',13'; SUBTITLE = ',10'; SMALL = ',9'
} else {
	set terminal svg size 1000,242 noenhanced font 'sans-serif,13' name 'chart_causes' background rgb 'white'
	TITLE = ',17'; SUBTITLE = ',13'; SMALL = ',12'
}
set output 'chart_causes.' . FMT
set encoding utf8
set datafile separator tab
set datafile columnheaders
set datafile missing '.'
set border linecolor rgb '#606060'
set tics nomirror out scale 0.5 textcolor rgb '#303030'
set multiplot
set label 1 'What did not match, and why' at screen 0.012, screen 0.9256 left font TITLE
set label 2 'Linux 6.18.44, n = 4,958 mismatches, by class and cause' at screen 0.012, screen 0.8306 left font SUBTITLE textcolor rgb '#505050'

set lmargin at screen 0.3300
set rmargin at screen 0.9700
set tmargin at screen 0.7355
set bmargin at screen 0.2397
set yrange [3.5:-0.5]
set ytics scale 0 ('removal, another page frame: state-unknown' 0, 'removal, another page frame: model-wrong' 1, 'observed, not predicted: state-unknown' 2, 'predicted, did not happen: reorder-possible' 3)
set label 4 '' at screen 0.014, screen 0.4876 center rotate
set label 5 'mismatches' at screen 0.6500, screen 0.0620 center
set xrange [0:6394.7]
set xtics ('0' 0, '1,000' 1000, '2,000' 2000, '3,000' 3000, '4,000' 4000, '5,000' 5000, '6,000' 6000)
unset key
set style fill solid 1 noborder
plot 'chart_causes.tsv' index 0 using ($2/2):1:(0):2:($1-0.33):($1+0.33):3 with boxxyerror linecolor rgb variable, \
	'' index 0 using 2:1:4 with labels left offset 0.6,0 font SMALL
unset multiplot
