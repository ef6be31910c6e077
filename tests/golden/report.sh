# SPDX-License-Identifier: GPL-2.0-or-later
# buddytrace dump and trace-cmd report agree line by line, and every decoded number is the one that trace-cmd
# report -R prints: on files by trace-cmd and on files by buddytrace.  REPORT_LINES=N: of that many lines of each file.
. "$top_srcdir/tests/tap.sh"
command -v trace-cmd >/dev/null || skip_all "trace-cmd is not installed"

lines=${REPORT_LINES:-200000}

agree() {
	name=$1 file=$2
	trace-cmd report "$file" 2>"$tmp/err" | sed 1d | head -n "$lines" >"$tmp/theirs"
	"$BUDDYTRACE" dump "$file" >"$tmp/all" 2>"$tmp/err"
	is "$name: dump succeeds" "$?" 0
	head -n "$lines" "$tmp/all" >"$tmp/ours"
	if cmp -s "$tmp/ours" "$tmp/theirs"; then
		ok "$name: $(wc -l <"$tmp/theirs") lines of text agree"
	else
		nok "$name: text" "$(diff "$tmp/ours" "$tmp/theirs" | head -n 6)"
	fi
	trace-cmd report -R "$file" 2>"$tmp/err" | sed 1d | head -n "$lines" >"$tmp/theirs"
	"$BUDDYTRACE" dump --raw "$file" | head -n "$lines" >"$tmp/ours"
	if fields=$(awk -f "$top_srcdir/tests/golden/rawcmp.awk" "$tmp/ours" "$tmp/theirs"); then
		ok "$name: $fields numbers agree"
	else
		nok "$name: numbers" "$fields"
	fi
	# What the kernel's own statistics say is lost, summed over the CPUs.
	want=$(trace-cmd report --stat "$file" 2>/dev/null |
		awk '/^overrun:/ { n += $2; seen = 1 } END { if (seen) print n }')
	got=$("$BUDDYTRACE" info --json "$file" | sed -n 's/^ *"overrun": \([0-9]*\),*$/\1/p' | head -n 1)
	is "$name: overrun" "$got" "$want"
}

for file in "$top_srcdir"/tracedata/*.dat* "${BUDDYTRACE_TRACES:-/nonexistent}"/trace-cmd/*.dat*; do
	[ -e "$file" ] || continue
	name=${file##*/}
	case $name in
	*.zst)
		zstd -qdf "$file" -o "$tmp/file.dat" || continue
		agree "${name%.zst}" "$tmp/file.dat" ;;
	*)
		agree "$name" "$file" ;;
	esac
done

zstd -qd "$top_srcdir/tracedata/trace-cmd-6.1-v6-lost.dat.zst" -o "$tmp/lost.dat"
is "the gaps of a file with lost events" "$("$BUDDYTRACE" dump "$tmp/lost.dat" | grep DROPPED | tr '\n' ';')" \
	"CPU:1 [EVENTS DROPPED];CPU:1 [168 EVENTS DROPPED];CPU:1 [790 EVENTS DROPPED];CPU:0 [1112 EVENTS DROPPED];"
done_testing
