#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Our recorder inside another kernel, under emulation: 6.1, or make check-kernel KERNEL=6.12.  The kernels are
# where fetch-kernels.sh put them ($BUDDYTRACE_KERNELS, by default kernels/ in the build directory); nothing is
# downloaded here.
. "$top_srcdir/tests/tap.sh"
[ "${RECORD-}" != no ] || skip_all "the recorder is not built"

kernel=${KERNEL:-6.1}
kernels=${BUDDYTRACE_KERNELS:-$top_builddir/kernels}
vmlinuz=$(find "$kernels/$kernel" -type f -name 'vmlinuz*' 2>/dev/null | head -n 1)
[ -n "$vmlinuz" ] || skip_all "no kernel $kernel in $kernels: tests/kernel/fetch-kernels.sh $kernels $kernel"

out=$tmp/guest
RECORD_OPTIONS=${RECORD_OPTIONS---stacks --exact}
export RECORD_OPTIONS
# shellcheck disable=SC2086
message=$("$top_srcdir/tests/kernel/record.sh" "$vmlinuz" "$out" ${WORKLOAD:-mix} 2>&1)
case $? in
0) ok "$kernel: buddytrace record ran in the guest" ;;
77) skip_all "$message" ;;
*) nok "$kernel: buddytrace record ran in the guest" "$message"; done_testing ;;
esac

trace=$out/trace.dat
exits "$kernel: info reads the recording" 0 "$BUDDYTRACE" info --json "$trace"
is "$kernel: it is of that kernel" "$(grep -c "\"kernel\": *\"$kernel\\." "$tmp/out")" 1
sum() { sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p" "$tmp/out" | head -n 1; }
is "$kernel: nothing was lost" "$(sum gaps) $(sum overrun) $(sum dropped)" "0 0 0"
is "$kernel: what was written was read" "$(sum written)" "$(sum read)"
if "$BUDDYTRACE" replay "$trace" -o "$tmp/replay" 2>&1 | grep -q 'no model for kernel'; then
	skip "$kernel: replay" "there is no model of this kernel"
else
	check "$kernel: removals were predicted" grep -qE '"removals": *[1-9][0-9]{3}' "$tmp/replay/score.json"
fi
if command -v trace-cmd >/dev/null; then
	is "$kernel: trace-cmd report prints as many events" \
		"$(trace-cmd report -i "$trace" 2>/dev/null | grep -c '\[[0-9][0-9]*\]')" \
		"$("$BUDDYTRACE" dump "$trace" | grep -c '\[[0-9][0-9]*\]')"
fi
# Every fallback has its stack, and a function that hands out pages, one or many, is in it by name.
"$BUDDYTRACE" dump --quiet "$trace" >"$tmp/counts"
fallbacks=$(sed -n 's/^kmem:mm_page_alloc_extfrag //p' "$tmp/counts")
stacks=$(echo "$RECORD_OPTIONS" | grep -c -e --stacks)
if [ "$stacks" = 0 ] || [ "${fallbacks:-0}" = 0 ]; then
	skip "$kernel: stacks" "there are none in this recording"
else
	is "$kernel: stacks of $fallbacks fallbacks" "$(sed -n 's/^ftrace:kernel_stack //p' "$tmp/counts")" "$fallbacks"
	"$BUDDYTRACE" stat "$trace" >"$tmp/stat"
	check "$kernel: stat names who asked" grep -q "< vfs_write" "$tmp/stat"
	! command -v trace-cmd >/dev/null || is "$kernel: trace-cmd report as well" \
		"$(trace-cmd report -i "$trace" 2>/dev/null | awk '/<stack trace/ { n += hit; hit = 0 }
			/^=> (get_page_from_freelist|.*alloc_pages_bulk)/ { hit = 1 } END { print n + hit }')" "$fallbacks"
fi
# Exact snapshots where the kernel has what they need, else one line that says why not.
none=$(sed -n 's/^buddytrace: warning: no exact snapshots: //p' "$out/record.err")
case "$RECORD_OPTIONS/$kernel/$none" in
*--exact*/*/*"is not installed"*) skip "$kernel: exact snapshots" "the module is not built" ;;
*--exact*/4.*|*--exact*/5.*)
	is "$kernel: too old for exact snapshots, told in one line" "$(echo "$none" | grep -c "5.19 or later")" 1
	check "$kernel: ... and in the summary" grep -q '^exact snapshots: none (' "$out/record.err"
	;;
*--exact*)
	is "$kernel: exact snapshots are taken" "$none" ""
	check "$kernel: ... of all zones" grep -q '^exact snapshots: [2-9].* 0 zones not read$' "$out/record.err"
	check "$kernel: ... a replay starts from one" grep -q '"start_state": "exact"' "$tmp/replay/score.json"
	share=$(sed -n 's/^  "pfn_exact": \([0-9.]*\),$/\1/p' "$tmp/replay/score.json")
	check "$kernel: ... and predicts nearly every page: $share" awk "BEGIN { exit !($share > 0.99) }"
	;;
esac
[ -z "${KEEP-}" ] || cp "$trace" "$out/record.err" "$KEEP/"
done_testing
