# SPDX-License-Identifier: GPL-2.0-or-later
# What `buddytrace record` says of options that cannot be; none of it needs rights.
. "$top_srcdir/tests/tap.sh"
[ "${RECORD-}" != no ] || skip_all "built without the recorder"

# refuses MESSAGE OPTION...
refuses() {
	refuses_want=$1; shift
	exits "record $*" 2 "$BUDDYTRACE" record -o "$tmp/x.dat" "$@"
	is "... says why" "$(cat "$tmp/err")" "buddytrace record: $refuses_want (see buddytrace record --help)"
}
refuses "'none' is no value for --profile" -p none
refuses "'a/b' names no event: write SYSTEM:EVENT" -e a/b
refuses "'kmem:' names no event: write SYSTEM:EVENT" -p rare -e kmem:
refuses "'order > 2' is no filter: write SYSTEM:EVENT=EXPRESSION" --filter 'order > 2'
refuses "'mm_page_alloc=' is no filter: write SYSTEM:EVENT=EXPRESSION" --filter mm_page_alloc=
refuses "no trigger 'oom': there are fallbacks=N/s, compact-fail=N/s, stall=N/s and psi=PERCENT" \
	-p flight --trigger oom
refuses "trigger 'fallbacks=5': it is written fallbacks=N/s, N/m or N/h" -p flight --trigger fallbacks=5
refuses "trigger 'psi=5/s': it is written psi=PERCENT" -p flight --trigger psi=10 --trigger psi=5/s
refuses "--trigger, --after and --distance belong to the profile flight" --trigger psi=10
refuses "--trigger, --after and --distance belong to the profile flight" --after 1s
refuses "--trigger, --after and --distance belong to the profile flight" --distance 1s
refuses "the profile flight writes a file per trigger: no --rotate-size, no --rotate-time" -p flight --rotate-time 1h
for size in 0 -1 x 1X M 1MB 99999999999T; do
	refuses "'$size' is no value for --max-size" --max-size $size
done
refuses "'0' is no value for --rotate-time" --rotate-time 0
refuses "'0' is no value for --keep" --rotate-time 1h --keep 0
for keep in 3X 1.5 +5 1e3; do
	refuses "'$keep' is no value for --keep" --rotate-time 1h --keep $keep
done
refuses "--exact and --no-snapshots contradict each other" --exact --no-snapshots
refuses "--count-events compares with all that is recorded: not with the profile flight" -p flight --exact --count-events
refuses "--keep needs files to choose from: --rotate-size, --rotate-time or the profile flight" --keep 3
refuses "--rotate-size is not below --max-size: there would be one file" --rotate-size 2G --max-size 2048M
refuses "100001 is no percentage for --cpu-limit" --cpu-limit 100001
for name in "" "$tmp/"; do
	refuses "--output needs the name of a file" -o "$name"
done
is "nothing is left behind" "$(ls "$tmp"/x.dat* 2>/dev/null)" ""
done_testing
