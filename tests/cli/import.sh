# SPDX-License-Identifier: GPL-2.0-or-later
# buddytrace import on a captured machine of two events, and on what may be wrong with one.
. "$top_srcdir/tests/tap.sh"

# capture DIR: one CPU with the markers "snap a begin" at 1.000000 s and "snap a end" at 1.000001 s.
capture() {
	mkdir -p "$1/tracing/per_cpu/cpu0" "$1/tracing/events/ftrace/print" "$1/a/proc/sys/vm"
	printf '%s\n' '	field: u64 timestamp;	offset:0;	size:8;	signed:0;' \
		'	field: local_t commit;	offset:8;	size:8;	signed:1;' \
		'	field: char data;	offset:16;	size:4080;	signed:0;' >"$1/tracing/events/header_page"
	printf '%s\n' 'name: print' 'ID: 5' 'format:' \
		'	field:unsigned short common_type;	offset:0;	size:2;	signed:0;' \
		'	field:unsigned char common_flags;	offset:2;	size:1;	signed:0;' \
		'	field:unsigned char common_preempt_count;	offset:3;	size:1;	signed:0;' \
		'	field:int common_pid;	offset:4;	size:4;	signed:1;' '' \
		'	field:unsigned long ip;	offset:8;	size:8;	signed:0;' \
		'	field:char buf[];	offset:16;	size:0;	signed:0;' '' \
		'print fmt: "%ps: %s", (void *)REC->ip, REC->buf' >"$1/tracing/events/ftrace/print/format"
	{
		printf '\000\312\232\073\000\000\000\000\104\000\000\000\000\000\000\000'
		printf '\010\000\000\000\005\000\000\000\052\000\000\000\000\000\000\000\000\000\000\000snap a begin\n\000\000\000'
		printf '\007\175\000\000\005\000\000\000\052\000\000\000\000\000\000\000\000\000\000\000snap a end\n\000'
		head -c 4012 /dev/zero
	} >"$1/tracing/per_cpu/cpu0/trace_pipe_raw"
	echo '[local] global x86-tsc' >"$1/tracing/trace_clock"
	echo '42 writer' >"$1/tracing/saved_cmdlines"
	echo 'Linux host 6.1.0 #1 SMP x86_64 GNU/Linux' >"$1/uname"
	echo 'Node 0, zone DMA 1 2 3' >"$1/a/proc/buddyinfo"
	echo 1234 >"$1/a/proc/sys/vm/min_free_kbytes"
}
import() { "$BUDDYTRACE" import "$tmp/$1" -o "$tmp/out.dat"; }

capture "$tmp/good"
exits "import" 0 import good
is "the events" "$("$BUDDYTRACE" dump "$tmp/out.dat" | sed 's/print: .*snap/print: snap/')" \
	"          writer-42    [000]     1.000000: print: snap a begin
          writer-42    [000]     1.000001: print: snap a end"
"$BUDDYTRACE" info "$tmp/out.dat" >"$tmp/info"
check "the kernel" grep -q '^kernel  *6\.1\.0$' "$tmp/info"
check "the clock" grep -q '^clock  *local$' "$tmp/info"
check "the snapshot is where the markers are" grep -q '^  a  *0\.000000 to 0\.000001 s buddyinfo$' "$tmp/info"
"$BUDDYTRACE" info --json "$tmp/out.dat" >"$tmp/info"
check "the facts" grep -q '"proc/sys/vm/min_free_kbytes": "1234"' "$tmp/info"
cp "$tmp/out.dat" "$tmp/first.dat"
import good 2>/dev/null
check "the same bytes again" cmp "$tmp/first.dat" "$tmp/out.dat"

# A stamp file is taken in place of the markers.
capture "$tmp/stamp"
echo '1000000500 1000000600' >"$tmp/stamp/a/stamp"
exits "import with a stamp file" 0 import stamp
"$BUDDYTRACE" info --json "$tmp/out.dat" >"$tmp/info"
check "the snapshot is where the stamps are" grep -q '"begin_ns": 1000000500' "$tmp/info"

# The page of a recording with many snapshots tells that it shows some of them.
capture "$tmp/many"
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	cp -r "$tmp/many/a" "$tmp/many/s$i"
	echo "$((1000000500 + i * 1000)) $((1000000600 + i * 1000))" >"$tmp/many/s$i/stamp"
done
exits "import of 21 snapshots" 0 import many
exits "... report" 0 "$BUDDYTRACE" report "$tmp/out.dat" -o "$tmp/many.html"
check "... shows 20 of them and says so" grep -q 'The first 20 of 21 snapshots;' "$tmp/many.html"

# Names that would move the cursor, or end a cell of a table.
capture "$tmp/hostile"
escape=$(printf 'x\ty\033[31mz')
mv "$tmp/hostile/a" "$tmp/hostile/$escape"
echo '1000000500 1000000600' >"$tmp/hostile/$escape/stamp"
echo "Linux $escape 6.1.0-$escape #1 SMP x86_64 GNU/Linux" >"$tmp/hostile/uname"
exits "import of names with control characters" 0 import hostile
"$BUDDYTRACE" info "$tmp/out.dat" >"$tmp/info"
is "... info prints none" "$(tr -d '\n' <"$tmp/info" | tr -cd '\000-\037' | wc -c)" 0
check "... but names" grep -q '^  x?y?\[31mz ' "$tmp/info"
exits "... replay" 0 "$BUDDYTRACE" replay --kernel 6.1 "$tmp/out.dat" -o "$tmp/hostile.replay"
is "... prints none" "$(tr -d '\n' <"$tmp/out" | tr -cd '\000-\037' | wc -c)" 0
exits "... whose tables can be read" 0 "$BUDDYTRACE" plot "$tmp/hostile.replay"

# A clock that goes back: the last event is ahead of the first.
capture "$tmp/back"
{
	printf '\000\145\315\035'
	tail -c +5 "$tmp/back/tracing/per_cpu/cpu0/trace_pipe_raw"
} >"$tmp/page"
cat "$tmp/page" >>"$tmp/back/tracing/per_cpu/cpu0/trace_pipe_raw"
exits "import of a clock that goes back" 0 import back
check "... info" sh -c '"$0" info "$1" | grep -q "^events  *4 in 0\.000000 s"' "$BUDDYTRACE" "$tmp/out.dat"
check "... info --json" sh -c '"$0" info --json "$1" | grep -q "\"duration_ns\": 0,"' "$BUDDYTRACE" "$tmp/out.dat"
check "... replay" sh -c '"$0" replay --json "$1" 2>/dev/null | grep -q "\"duration_ns\": 0,"' "$BUDDYTRACE" "$tmp/out.dat"
check "... stat" sh -c '"$0" stat "$1" | grep -q "^observed  *0\.000 s, 4 events"' "$BUDDYTRACE" "$tmp/out.dat"

capture "$tmp/unplaced"
mv "$tmp/unplaced/a" "$tmp/unplaced/b"
exits "import of a snapshot without a place" 0 import unplaced
check "... warns" grep -q 'snapshot b has no place' "$tmp/err"
check "... puts it first" sh -c '"$0" info "$1" | grep -q "^  b *before the first event *buddyinfo$"' "$BUDDYTRACE" "$tmp/out.dat"

if command -v trace-cmd >/dev/null; then
	# Clocks whose unit is not the nanosecond are shown as trace-cmd shows them.
	for clock in local x86-tsc counter mono; do
		capture "$tmp/clock"
		echo "[$clock]" >"$tmp/clock/tracing/trace_clock"
		import clock 2>/dev/null
		is "dump with clock $clock" "$("$BUDDYTRACE" dump "$tmp/out.dat")" \
			"$(trace-cmd report "$tmp/out.dat" 2>/dev/null | sed 1d)"
	done
else
	skip "dump with other clocks" "trace-cmd is not installed"
fi

rm -f "$tmp/out.dat"
bad() { # NAME PATTERN, of the directory "bad"
	exits "$1: fails" 1 import bad
	is "... with one line" "$(wc -l <"$tmp/err")" 1
	check "... that says '$2'" grep -q "^buddytrace: $tmp/bad[:/].*$2" "$tmp/err"
	is "... and leaves nothing behind" "$(ls "$tmp" | grep '^out\.dat' | tr '\n' ' ')" ""
	rm -rf "$tmp/bad"
}
bad "no directory" "header_page is missing"
capture "$tmp/bad"; rm "$tmp/bad/tracing/events/header_page"
bad "no header_page" "header_page is missing"
capture "$tmp/bad"; rm "$tmp/bad/tracing/per_cpu/cpu0/trace_pipe_raw"
bad "no sub-buffers" "trace_pipe_raw is missing"
capture "$tmp/bad"; echo nonsense >"$tmp/bad/a/stamp"
bad "bad stamp" "two times in ns are wanted"
capture "$tmp/bad"; printf '\377\017' | dd of="$tmp/bad/tracing/per_cpu/cpu0/trace_pipe_raw" bs=1 seek=8 conv=notrunc 2>/dev/null
bad "corrupt sub-buffer" "CPU 0, sub-buffer 0"
capture "$tmp/bad"; mv "$tmp/bad/uname" "$tmp/bad/uname.zst"
bad "bad compression" "uname.zst"

exits "no output given" 2 "$BUDDYTRACE" import "$tmp/good"
exits "output that cannot be written" 1 "$BUDDYTRACE" import "$tmp/good" -o "$tmp/no/such/dir.dat"
mkfifo "$tmp/fifo"
exits "output that is no regular file" 1 "$BUDDYTRACE" import "$tmp/good" -o "$tmp/fifo"
check "... is not replaced" [ -p "$tmp/fifo" ]
done_testing
