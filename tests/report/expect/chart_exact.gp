# buddytrace: draws chart_exact.svg from chart_exact.tsv. To draw it again: gnuplot -d chart_exact.gp
# For a PNG: gnuplot -d -e "FMT='png'" chart_exact.gp
if (!exists('FMT')) FMT = 'svg'
if (FMT eq 'png') {
	set terminal pngcairo size 2000,1040 noenhanced font 'DejaVu Sans,10' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
	TITLE = ',13'; SUBTITLE = ',10'; SMALL = ',9'
} else {
	set terminal svg size 1000,520 noenhanced font 'sans-serif,13' name 'chart_exact' background rgb 'white'
	TITLE = ',17'; SUBTITLE = ',13'; SMALL = ',12'
}
set output 'chart_exact.' . FMT
set encoding utf8
set datafile separator tab
set datafile columnheaders
set datafile missing '.'
set border linecolor rgb '#606060'
set tics nomirror out scale 0.5 textcolor rgb '#303030'
set multiplot
set label 1 'How often the model named the exact page frame before it was taken' at screen 0.012, screen 0.9654 left font TITLE
set label 2 'Linux 6.18.44, n = 60,640 removals: 91.83 % exact; position known for 89.84 %, of these 99.98 % exact' at screen 0.012, screen 0.9212 left font SUBTITLE textcolor rgb '#505050'

set lmargin at screen 0.1080
set rmargin at screen 0.7900
set tmargin at screen 0.8769
set bmargin at screen 0.3885
set xrange [-0.0144:1.8144]
set xtics ('' 0, '' 0.2, '' 0.4, '' 0.6, '' 0.8, '' 1, '' 1.2, '' 1.4, '' 1.6, '' 1.8)
set key at screen 0.8040,0.8769 left top vertical Left reverse samplen 1.5 spacing 1.15
set label 4 'share, in nines' at screen 0.014, screen 0.6327 center rotate
set label 5 '' at screen 0.4490, screen 0.3885 center
set yrange [0:5.15]
set ytics ('0 %%' 0, '50 %%' 0.30103, '90 %%' 1, '99 %%' 2, '99.9 %%' 3, '99.99 %%' 4, '100 %%' 5)
set grid ytics linecolor rgb '#d8d8d8'
plot 'chart_exact.tsv' index 0 using 1:8 with linespoints pointtype 7 pointsize 0.5 linewidth 5 linecolor rgb '#56B4E9' title 'position known', \
	'' index 0 using 1:6 with linespoints pointtype 7 pointsize 0.35 linewidth 2.5 linecolor rgb '#009E73' title 'exact, of the known', \
	'' index 0 using 1:4 with linespoints pointtype 7 pointsize 0.25 linewidth 1.5 linecolor rgb '#000000' title 'exact, of all'
unset label 1
unset label 2

set lmargin at screen 0.1080
set rmargin at screen 0.7900
set tmargin at screen 0.3308
set bmargin at screen 0.1115
set xrange [-0.0144:1.8144]
set xtics ('0' 0, '0.2' 0.2, '0.4' 0.4, '0.6' 0.6, '0.8' 0.8, '1' 1, '1.2' 1.2, '1.4' 1.4, '1.6' 1.6, '1.8' 1.8)
set yrange [0:3002.4]
set ytics ('0' 0, '500' 500, '1,000' 1000, '1,500' 1500, '2,000' 2000, '2,500' 2500, '3,000' 3000)
set key at screen 0.8040,0.3308 left top vertical Left reverse samplen 1.5 spacing 1.15
set label 4 'removals' at screen 0.014, screen 0.2212 center rotate
set label 5 'time since the first event [s]' at screen 0.4490, screen 0.0288 center
set style fill solid 1 noborder
plot 'chart_exact.tsv' index 1 using (($1+$2)/2):3:($2-$1) with boxes linecolor rgb '#999999' title 'removals per 50 ms'
unset multiplot
