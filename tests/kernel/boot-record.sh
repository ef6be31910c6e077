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
RECORD_OPTIONS=${RECORD_OPTIONS---stacks}
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
# Every fallback has its stack, and the function that hands out pages is in it by name.
"$BUDDYTRACE" dump --quiet "$trace" >"$tmp/counts"
fallbacks=$(sed -n 's/^kmem:mm_page_alloc_extfrag //p' "$tmp/counts")
if [ "$RECORD_OPTIONS" != --stacks ] || [ "${fallbacks:-0}" = 0 ]; then
	skip "$kernel: stacks" "there are none in this recording"
else
	is "$kernel: stacks of $fallbacks fallbacks" "$(sed -n 's/^ftrace:kernel_stack //p' "$tmp/counts")" "$fallbacks"
	"$BUDDYTRACE" stat "$trace" >"$tmp/stat"
	check "$kernel: stat names who asked" grep -q "< vfs_write" "$tmp/stat"
	! command -v trace-cmd >/dev/null || is "$kernel: trace-cmd report as well" \
		"$(trace-cmd report -i "$trace" 2>/dev/null | grep -c '^=> get_page_from_freelist ')" "$fallbacks"
fi
[ -z "${KEEP-}" ] || cp "$trace" "$out/record.err" "$KEEP/"
done_testing
