# buddytrace: draws chart_fallbacks.svg from chart_fallbacks.tsv. To draw it again: gnuplot -d chart_fallbacks.gp
# For a PNG: gnuplot -d -e "FMT='png'" chart_fallbacks.gp
if (!exists('FMT')) FMT = 'svg'
if (FMT eq 'png') {
	set terminal pngcairo size 2000,800 noenhanced font 'DejaVu Sans,10' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
	TITLE = ',13'; SUBTITLE = ',10'; SMALL = ',9'
} else {
	set terminal svg size 1000,400 noenhanced font 'sans-serif,13' name 'chart_fallbacks' background rgb 'white'
	TITLE = ',17'; SUBTITLE = ',13'; SMALL = ',12'
}
set output 'chart_fallbacks.' . FMT
set encoding utf8
set datafile separator tab
set datafile columnheaders
set datafile missing '.'
set border linecolor rgb '#606060'
set tics nomirror out scale 0.5 textcolor rgb '#303030'
set multiplot
set label 1 'Fallbacks over time: what the kernel did and what the model predicted' at screen 0.012, screen 0.9550 left font TITLE
set label 2 'Linux 6.18.44, n = 500 observed, 500 predicted, 499 of them the same' at screen 0.012, screen 0.8975 left font SUBTITLE textcolor rgb '#505050'

set lmargin at screen 0.1080
set rmargin at screen 0.7900
set tmargin at screen 0.8400
set bmargin at screen 0.1450
set xrange [-0.0144:1.8144]
set xtics ('0' 0, '0.2' 0.2, '0.4' 0.4, '0.6' 0.6, '0.8' 0.8, '1' 1, '1.2' 1.2, '1.4' 1.4, '1.6' 1.6, '1.8' 1.8)
set yrange [-4.25489107:4.25489107]
set ytics ('0' 0, '1' 1, '1' -1, '10' 2, '10' -2, '100' 3, '100' -3)
set label 4 'fallbacks per 50 ms, log scale' at screen 0.014, screen 0.4925 center rotate
set label 5 'time since the first event [s]' at screen 0.4490, screen 0.0375 center
set key at screen 0.8040,0.8400 left top vertical Left reverse samplen 1.5 spacing 1.15
set style fill solid 1 noborder
set arrow 1 from graph 0, first 0 to graph 1, first 0 nohead linecolor rgb '#606060' front
plot 'chart_fallbacks.tsv' index 0 using (($1+$2)/2):5:($2-$1) with boxes linecolor rgb '#0072B2' title 'observed (up)', \
	'' index 0 using (($1+$2)/2):6:($2-$1) with boxes linecolor rgb '#E69F00' title 'predicted (down)', \
	'' index 1 using 1:3 with points pointtype 11 pointsize 0.9 linecolor rgb '#D55E00' title 'observed only: 1', \
	'' index 2 using 1:3 with points pointtype 9 pointsize 0.9 linecolor rgb '#CC79A7' title 'predicted only: 1'
unset multiplot
