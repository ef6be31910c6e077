# buddytrace: draws chart_cumulative.svg from chart_cumulative.tsv. To draw it again: gnuplot -d chart_cumulative.gp
# For a PNG: gnuplot -d -e "FMT='png'" chart_cumulative.gp
if (!exists('FMT')) FMT = 'svg'
if (FMT eq 'png') {
	set terminal pngcairo size 2000,1040 noenhanced font 'DejaVu Sans,10' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
	TITLE = ',13'; SUBTITLE = ',10'; SMALL = ',9'
} else {
	set terminal svg size 1000,520 noenhanced font 'sans-serif,13' name 'chart_cumulative' background rgb 'white'
	TITLE = ',17'; SUBTITLE = ',13'; SMALL = ',12'
}
set output 'chart_cumulative.' . FMT
set encoding utf8
set datafile separator tab
set datafile columnheaders
set datafile missing '.'
set border linecolor rgb '#606060'
set tics nomirror out scale 0.5 textcolor rgb '#303030'
set multiplot
set label 1 'Fallbacks added up: observed against predicted' at screen 0.012, screen 0.9654 left font TITLE
set label 2 'Linux 6.18.44, n = 500 observed, 500 predicted; 1 were observed only, 1 predicted only' at screen 0.012, screen 0.9212 left font SUBTITLE textcolor rgb '#505050'

set lmargin at screen 0.1080
set rmargin at screen 0.7900
set tmargin at screen 0.8769
set bmargin at screen 0.3885
set xrange [-0.0144:1.8144]
set xtics ('' 0, '' 0.2, '' 0.4, '' 0.6, '' 0.8, '' 1, '' 1.2, '' 1.4, '' 1.6, '' 1.8)
set yrange [0:525]
set ytics ('0' 0, '100' 100, '200' 200, '300' 300, '400' 400, '500' 500)
set key at screen 0.8040,0.8769 left top vertical Left reverse samplen 1.5 spacing 1.15
set label 4 'fallbacks so far' at screen 0.014, screen 0.6327 center rotate
set label 5 '' at screen 0.4490, screen 0.3885 center
plot 'chart_cumulative.tsv' index 0 using 1:2 with steps linewidth 6 linecolor rgb '#0072B2' title 'observed', \
	'' index 0 using 1:3 with steps linewidth 2 linecolor rgb '#E69F00' title 'predicted'
unset label 1
unset label 2

set lmargin at screen 0.1080
set rmargin at screen 0.7900
set tmargin at screen 0.3308
set bmargin at screen 0.1115
set xrange [-0.0144:1.8144]
set xtics ('0' 0, '0.2' 0.2, '0.4' 0.4, '0.6' 0.6, '0.8' 0.8, '1' 1, '1.2' 1.2, '1.4' 1.4, '1.6' 1.6, '1.8' 1.8)
set yrange [0:1.1]
set ytics ('0' 0, '1' 1)
set key at screen 0.8040,0.3308 left top vertical Left reverse samplen 1.5 spacing 1.15
set label 4 'misses so far' at screen 0.014, screen 0.2212 center rotate
set label 5 'time since the first event [s]' at screen 0.4490, screen 0.0288 center
plot 'chart_cumulative.tsv' index 0 using 1:4 with steps linewidth 2.5 linecolor rgb '#D55E00' title 'observed only', \
	'' index 0 using 1:5 with steps linewidth 2.5 linecolor rgb '#CC79A7' title 'predicted only'
unset multiplot
