# buddytrace: draws chart_free.svg from chart_free.tsv. To draw it again: gnuplot -d chart_free.gp
# For a PNG: gnuplot -d -e "FMT='png'" chart_free.gp
if (!exists('FMT')) FMT = 'svg'
if (FMT eq 'png') {
	set terminal pngcairo size 2000,1288 noenhanced font 'DejaVu Sans,10' fontscale 2 linewidth 2 pointscale 2 background rgb 'white'
	TITLE = ',13'; SUBTITLE = ',10'; SMALL = ',9'
} else {
	set terminal svg size 1000,644 noenhanced font 'sans-serif,13' name 'chart_free' background rgb 'white'
	TITLE = ',17'; SUBTITLE = ',13'; SMALL = ',12'
}
set output 'chart_free.' . FMT
set encoding utf8
set datafile separator tab
set datafile columnheaders
set datafile missing '.'
set border linecolor rgb '#606060'
set tics nomirror out scale 0.5 textcolor rgb '#303030'
set multiplot
set label 1 'Free memory by order of the free blocks' at screen 0.012, screen 0.9720 left font TITLE
set label 2 'Linux 6.18.44, pages of 4 KiB, n = 72 states of the model and 4 of buddyinfo in 2 zones' at screen 0.012, screen 0.9363 left font SUBTITLE textcolor rgb '#505050'

set lmargin at screen 0.1080
set rmargin at screen 0.7900
set tmargin at screen 0.9006
set bmargin at screen 0.5124
set xrange [-0.0144:1.8144]
set xtics ('' 0, '' 0.2, '' 0.4, '' 0.6, '' 0.8, '' 1, '' 1.2, '' 1.4, '' 1.6, '' 1.8)
set yrange [0:2243.98758]
set ytics ('0' 0, '500' 500, '1,000' 1000, '1,500' 1500, '2,000' 2000)
set label 4 'free memory [MiB]' at screen 0.014, screen 0.7065 center rotate
set label 5 '' at screen 0.4490, screen 0.4457 center
set object 1 rectangle center screen 0.8200, screen 0.5776 size screen 0.024, screen 0.0171 fillcolor rgb '#440154' fillstyle solid 1 noborder
set label 10 'order 0 (4 KiB)' at screen 0.8420, screen 0.5776 left
set object 2 rectangle center screen 0.8200, screen 0.6087 size screen 0.024, screen 0.0171 fillcolor rgb '#472474' fillstyle solid 1 noborder
set label 11 'order 1 (8 KiB)' at screen 0.8420, screen 0.6087 left
set object 3 rectangle center screen 0.8200, screen 0.6398 size screen 0.024, screen 0.0171 fillcolor rgb '#404385' fillstyle solid 1 noborder
set label 12 'order 2 (16 KiB)' at screen 0.8420, screen 0.6398 left
set object 4 rectangle center screen 0.8200, screen 0.6708 size screen 0.024, screen 0.0171 fillcolor rgb '#345f8c' fillstyle solid 1 noborder
set label 13 'order 3 (32 KiB)' at screen 0.8420, screen 0.6708 left
set object 5 rectangle center screen 0.8200, screen 0.7019 size screen 0.024, screen 0.0171 fillcolor rgb '#2a778e' fillstyle solid 1 noborder
set label 14 'order 4 (64 KiB)' at screen 0.8420, screen 0.7019 left
set object 6 rectangle center screen 0.8200, screen 0.7329 size screen 0.024, screen 0.0171 fillcolor rgb '#22908b' fillstyle solid 1 noborder
set label 15 'order 5 (128 KiB)' at screen 0.8420, screen 0.7329 left
set object 7 rectangle center screen 0.8200, screen 0.7640 size screen 0.024, screen 0.0171 fillcolor rgb '#27a882' fillstyle solid 1 noborder
set label 16 'order 6 (256 KiB)' at screen 0.8420, screen 0.7640 left
set object 8 rectangle center screen 0.8200, screen 0.7950 size screen 0.024, screen 0.0171 fillcolor rgb '#45bd6f' fillstyle solid 1 noborder
set label 17 'order 7 (512 KiB)' at screen 0.8420, screen 0.7950 left
set object 9 rectangle center screen 0.8200, screen 0.8261 size screen 0.024, screen 0.0171 fillcolor rgb '#7bd050' fillstyle solid 1 noborder
set label 18 'order 8 (1 MiB)' at screen 0.8420, screen 0.8261 left
set object 10 rectangle center screen 0.8200, screen 0.8571 size screen 0.024, screen 0.0171 fillcolor rgb '#bbde2b' fillstyle solid 1 noborder
set label 19 'order 9 (2 MiB)' at screen 0.8420, screen 0.8571 left
set object 11 rectangle center screen 0.8200, screen 0.8882 size screen 0.024, screen 0.0171 fillcolor rgb '#fde725' fillstyle solid 1 noborder
set label 20 'order 10 (4 MiB)' at screen 0.8420, screen 0.8882 left
set label 21 '' at screen 0.8200, screen 0.5466 point pointtype 6 pointsize 0.6 linewidth 1.5
set label 22 'buddyinfo snapshot' at screen 0.8420, screen 0.5466 left
unset key
set style fill solid 1 noborder
set label 3 'node 0, zone DMA32' at screen 0.1160, screen 0.8804 left front
plot 'chart_free.tsv' index 0 using 1:12 with filledcurves closed fillcolor rgb '#fde725', \
	'' index 0 using 1:11 with filledcurves closed fillcolor rgb '#bbde2b', \
	'' index 0 using 1:10 with filledcurves closed fillcolor rgb '#7bd050', \
	'' index 0 using 1:9 with filledcurves closed fillcolor rgb '#45bd6f', \
	'' index 0 using 1:8 with filledcurves closed fillcolor rgb '#27a882', \
	'' index 0 using 1:7 with filledcurves closed fillcolor rgb '#22908b', \
	'' index 0 using 1:6 with filledcurves closed fillcolor rgb '#2a778e', \
	'' index 0 using 1:5 with filledcurves closed fillcolor rgb '#345f8c', \
	'' index 0 using 1:4 with filledcurves closed fillcolor rgb '#404385', \
	'' index 0 using 1:3 with filledcurves closed fillcolor rgb '#472474', \
	'' index 0 using 1:2 with filledcurves closed fillcolor rgb '#440154', \
	'' index 1 using 1:2 with points pointtype 7 pointsize 0.6 linecolor rgb '#ffffff', \
	'' index 1 using 1:2 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb '#000000', \
	'' index 1 using 1:3 with points pointtype 7 pointsize 0.6 linecolor rgb '#ffffff', \
	'' index 1 using 1:3 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb '#000000', \
	'' index 1 using 1:4 with points pointtype 7 pointsize 0.6 linecolor rgb '#ffffff', \
	'' index 1 using 1:4 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb '#000000', \
	'' index 1 using 1:5 with points pointtype 7 pointsize 0.6 linecolor rgb '#ffffff', \
	'' index 1 using 1:5 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb '#000000', \
	'' index 1 using 1:6 with points pointtype 7 pointsize 0.6 linecolor rgb '#ffffff', \
	'' index 1 using 1:6 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb '#000000', \
	'' index 1 using 1:7 with points pointtype 7 pointsize 0.6 linecolor rgb '#ffffff', \
	'' index 1 using 1:7 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb '#000000', \
	'' index 1 using 1:8 with points pointtype 7 pointsize 0.6 linecolor rgb '#ffffff', \
	'' index 1 using 1:8 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb '#000000', \
	'' index 1 using 1:9 with points pointtype 7 pointsize 0.6 linecolor rgb '#ffffff', \
	'' index 1 using 1:9 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb '#000000', \
	'' index 1 using 1:10 with points pointtype 7 pointsize 0.6 linecolor rgb '#ffffff', \
	'' index 1 using 1:10 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb '#000000', \
	'' index 1 using 1:11 with points pointtype 7 pointsize 0.6 linecolor rgb '#ffffff', \
	'' index 1 using 1:11 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb '#000000', \
	'' index 1 using 1:12 with points pointtype 7 pointsize 0.6 linecolor rgb '#ffffff', \
	'' index 1 using 1:12 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb '#000000'
unset label 1
unset label 2

set lmargin at screen 0.1080
set rmargin at screen 0.7900
set tmargin at screen 0.4783
set bmargin at screen 0.0901
set xrange [-0.0144:1.8144]
set xtics ('0' 0, '0.2' 0.2, '0.4' 0.4, '0.6' 0.6, '0.8' 0.8, '1' 1, '1.2' 1.2, '1.4' 1.4, '1.6' 1.6, '1.8' 1.8)
set yrange [0:22.7663015]
set ytics ('0' 0, '5' 5, '10' 10, '15' 15, '20' 20)
set label 4 'free memory [GiB]' at screen 0.014, screen 0.2842 center rotate
set label 5 'time since the first event [s]' at screen 0.4490, screen 0.0233 center
unset object 1
unset label 10
unset object 2
unset label 11
unset object 3
unset label 12
unset object 4
unset label 13
unset object 5
unset label 14
unset object 6
unset label 15
unset object 7
unset label 16
unset object 8
unset label 17
unset object 9
unset label 18
unset object 10
unset label 19
unset object 11
unset label 20
unset label 21
unset label 22
unset key
set style fill solid 1 noborder
set label 3 'node 0, zone Normal' at screen 0.1160, screen 0.4581 left front
plot 'chart_free.tsv' index 2 using 1:12 with filledcurves closed fillcolor rgb '#fde725', \
	'' index 2 using 1:11 with filledcurves closed fillcolor rgb '#bbde2b', \
	'' index 2 using 1:10 with filledcurves closed fillcolor rgb '#7bd050', \
	'' index 2 using 1:9 with filledcurves closed fillcolor rgb '#45bd6f', \
	'' index 2 using 1:8 with filledcurves closed fillcolor rgb '#27a882', \
	'' index 2 using 1:7 with filledcurves closed fillcolor rgb '#22908b', \
	'' index 2 using 1:6 with filledcurves closed fillcolor rgb '#2a778e', \
	'' index 2 using 1:5 with filledcurves closed fillcolor rgb '#345f8c', \
	'' index 2 using 1:4 with filledcurves closed fillcolor rgb '#404385', \
	'' index 2 using 1:3 with filledcurves closed fillcolor rgb '#472474', \
	'' index 2 using 1:2 with filledcurves closed fillcolor rgb '#440154', \
	'' index 3 using 1:2 with points pointtype 7 pointsize 0.6 linecolor rgb '#ffffff', \
	'' index 3 using 1:2 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb '#000000', \
	'' index 3 using 1:3 with points pointtype 7 pointsize 0.6 linecolor rgb '#ffffff', \
	'' index 3 using 1:3 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb '#000000', \
	'' index 3 using 1:4 with points pointtype 7 pointsize 0.6 linecolor rgb '#ffffff', \
	'' index 3 using 1:4 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb '#000000', \
	'' index 3 using 1:5 with points pointtype 7 pointsize 0.6 linecolor rgb '#ffffff', \
	'' index 3 using 1:5 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb '#000000', \
	'' index 3 using 1:6 with points pointtype 7 pointsize 0.6 linecolor rgb '#ffffff', \
	'' index 3 using 1:6 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb '#000000', \
	'' index 3 using 1:7 with points pointtype 7 pointsize 0.6 linecolor rgb '#ffffff', \
	'' index 3 using 1:7 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb '#000000', \
	'' index 3 using 1:8 with points pointtype 7 pointsize 0.6 linecolor rgb '#ffffff', \
	'' index 3 using 1:8 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb '#000000', \
	'' index 3 using 1:9 with points pointtype 7 pointsize 0.6 linecolor rgb '#ffffff', \
	'' index 3 using 1:9 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb '#000000', \
	'' index 3 using 1:10 with points pointtype 7 pointsize 0.6 linecolor rgb '#ffffff', \
	'' index 3 using 1:10 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb '#000000', \
	'' index 3 using 1:11 with points pointtype 7 pointsize 0.6 linecolor rgb '#ffffff', \
	'' index 3 using 1:11 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb '#000000', \
	'' index 3 using 1:12 with points pointtype 7 pointsize 0.6 linecolor rgb '#ffffff', \
	'' index 3 using 1:12 with points pointtype 6 pointsize 0.6 linewidth 1.5 linecolor rgb '#000000'
unset multiplot
