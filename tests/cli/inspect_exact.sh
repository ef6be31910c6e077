# SPDX-License-Identifier: GPL-2.0-or-later
# Looking into a replay of a recording with exact snapshots: --bisect between them, and the example of doc/debugging.md.
# shellcheck source=tests/tap.sh
. "$top_srcdir/tests/tap.sh"
file=$top_srcdir/tracedata/exact-6.12.dat

replay() { "$BUDDYTRACE" replay "$@" "$file" 2>"$tmp/err"; }
first_line() { sed -n 's/^snapshot \([0-9]*\), \([a-z-]*\), .* over snapshot \([0-9]*\), .*/\1 \2 \3/p' "$1"; }
differ() { sed -n "s/^  $1  *\([0-9]*\)\$/\1/p" "$2"; }

# With the rules of the recorded kernel nothing differs, in no snapshot.
for wanted in 2:2 3:3 4:4 exact:3 exact-end:4 :4; do
	option=${wanted%:*}
	replay "--bisect${option:+=$option}" >"$tmp/out"
	is "--bisect${option:+=$option}" "$(first_line "$tmp/out" | cut -d' ' -f1)" "${wanted#*:}"
	check "... nothing differs" grep -qx 'nothing differs' "$tmp/out"
	check "... every removal was predicted" grep -qx 'every removal in between was predicted' "$tmp/out"
done
for wanted in 1 exact-start 5 0 -1 2x 99999999999999999999999 nonsense; do
	exits "no snapshot $wanted to compare with" 1 "$BUDDYTRACE" replay "--bisect=$wanted" "$file"
	is "... one line" "$(wc -l <"$tmp/err")" 1
	check "... that names it" grep -q -e "no exact snapshot $wanted with another one before it" "$tmp/err"
done

# With those of another kernel: the event is ahead of the first removal that was not predicted, and right.
replay --kernel 5.10 --bisect >"$tmp/parted"
is "rules of 5.10 differ in the first snapshot behind the start" "$(first_line "$tmp/parted")" "2 exact 1"
is "... by a block that the kernel does not have" "$(differ "only in the model" "$tmp/parted") $(differ "only in the kernel" "$tmp/parted")" "1 0"
event=$(sed -n 's/^kernel and model can have parted from event #\([0-9]*\) on.*/\1/p' "$tmp/parted")
replay --kernel 5.10 --until "$((event - 1))" --dump-state "$tmp/5.10" >/dev/null
replay --until "$((event - 1))" --dump-state "$tmp/6.12" >/dev/null
lists() { grep -v '^kernel\|^profile\|^#' "$1"; }
lists "$tmp/5.10" >"$tmp/a"
lists "$tmp/6.12" >"$tmp/b"
is "... until event $event the lists of both are the same" "$(grep -c '^block: ' "$tmp/a")" "$(grep -c '^block: ' "$tmp/b")"
check "... in the same order" sh -c 'grep "^block: " "$1" >"$1.blocks"; grep "^block: " "$2" | cmp - "$1.blocks"' - "$tmp/a" "$tmp/b"
replay --kernel 5.10 --until "$event" --dump-state "$tmp/5.10" >/dev/null
replay --until "$event" --dump-state "$tmp/6.12" >/dev/null
is "... behind it there is one more" "$(($(grep -c '^block: ' "$tmp/5.10") - $(grep -c '^block: ' "$tmp/6.12")))" 1
replay --kernel 5.10 --stop-at-first >"$tmp/first"
missed=$(sed -n '1s/^event #\([0-9]*\) at .*/\1/p' "$tmp/first")
check "... and the first miss, $missed, comes later" [ "$missed" -gt "$event" ]
replay --kernel 5.10 --bisect --history 1 >"$tmp/short"
check "--history 1 leaves events out" [ "$(wc -l <"$tmp/short")" -lt "$(wc -l <"$tmp/parted")" ]
exits "the page level" 2 "$BUDDYTRACE" replay --level page --bisect "$file"
check "... is refused in words" grep -q 'level page' "$tmp/err"
exits "a history of nothing" 2 "$BUDDYTRACE" replay --bisect --history 0 "$file"

# Lists that were read in parts, of which the last one goes on to the end: what was taken over before is not missing.
"$BUDDYTRACE" replay -o "$tmp/replay" "$file" >/dev/null
check "some lists were read in parts" grep -q '"parts_continued": [1-9]' "$tmp/replay/score.json"
"$BUDDYTRACE" info "$file" >"$tmp/info"
is "info counts the parts" "$(grep -c '^  exact.* exact ([0-9]* parts)$' "$tmp/info")" 4
check "... and tells their cost" grep -Eq '^  exact-start +13 +297 +4\.713 +11\.930 +0 +1 +0$' "$tmp/info"
check "... and what fired" grep -Eq '^  mm_page_alloc +all +23332 +0 +23332 +\+0$' "$tmp/info"
"$BUDDYTRACE" info --json "$file" >"$tmp/json"
is "... as JSON as well" "$(sed -n 's/^ *"\(runs\|fired_uncounted\)": .*/\1/p' "$tmp/json" | sort | uniq -c | tr -s ' \n' ' ')" " 5 fired_uncounted 4 runs "
check "the report has both" "$BUDDYTRACE" report -o "$tmp/page.html" "$file"
is "... tables" "$(grep -c '<h3>What exact snapshots cost\|<h3>What fired, and what was recorded' "$tmp/page.html")" 2

# The example: each line behind a command is among those that it prints.
sed -n '/^## A rule of the wrong kernel/,/^## An example/s/^    //p' "$top_srcdir/doc/debugging.md" >"$tmp/example"
check "doc/debugging.md has an example" [ "$(grep -c '^\$ buddytrace ' "$tmp/example")" -ge 4 ]
cd "$top_srcdir" || exit 99
while IFS= read -r line; do
	case $line in
	'$ '*)
		command=${line#\$ buddytrace }
		# shellcheck disable=SC2086
		check "it runs: $command" "$BUDDYTRACE" $command
		# shellcheck disable=SC2086
		"$BUDDYTRACE" $command 2>&1 | tr -s ' ' >"$tmp/printed"
		;;
	*) check "... and prints: $line" grep -qF -e "$(printf '%s\n' "$line" | tr -s ' ')" "$tmp/printed" ;;
	esac
done <"$tmp/example"
done_testing
