# SPDX-License-Identifier: GPL-2.0-or-later
# What stands in the way of exact snapshots: the reason is one line, doctor gives the same, and the recording goes on
# with the page flags.
. "$top_srcdir/tests/live/live.sh"
preload=$top_builddir/tests/fault/.libs/no_bpf.so
[ -e "$top_builddir/buddytrace-exact.la" ] || skip_all "a build without libbpf"
need "BPF programs that read free lists" sh -c '"$BUDDYTRACE" doctor 2>/dev/null | grep -q "^ok  *exact"'

# advises NAME REASON [COMMAND...]: doctor, started by the command, gives the reason.
advises() {
	name=$1 reason=$2; shift 2
	"$@" "$BUDDYTRACE" doctor >"$tmp/doctor" 2>&1
	check "$name: doctor says: $reason" grep -q "^advice  *exact  *no exact snapshots: .*$reason" "$tmp/doctor"
}
# falls_back NAME REASON [COMMAND...]: the recorder as well, and does without.
falls_back() {
	advises "$@"
	shift 2
	exits "... a recording goes on" 0 "$@" "$BUDDYTRACE" record --exact --count-events -d 100ms -o "$tmp/a.dat"
	is "... says it once" "$(grep -c '^buddytrace: warning: no exact snapshots: ' "$tmp/err")" 1
	check "... for the same reason" grep -q "^buddytrace: warning: no exact snapshots: .*$reason" "$tmp/err"
	check "... the summary repeats it" grep -q "^exact snapshots: none (.*$reason" "$tmp/err"
	"$BUDDYTRACE" info "$tmp/a.dat" >"$tmp/info"
	is "... page flags are there, at both ends" "$(grep -c '^  \(start\|end\) .* kpageflags ' "$tmp/info")" 2
	is "... and nothing of exact lists or counts" "$(grep -c ' exact\|fired' "$tmp/info")" 0
}
# A sanitizer in the preloaded library does not mind that the shell, which has none, gets it too.
without_bpf() {
	error=$1; shift
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0 BUDDYTRACE_NO_BPF=$error \
		LD_PRELOAD=$preload "$@"
}
modules() { dir=$1; shift; BUDDYTRACE_MODULES=$dir "$@"; }

mkdir "$tmp/none" "$tmp/broken" "$tmp/other"
echo "no library" >"$tmp/broken/buddytrace-exact.so"
cp "$preload" "$tmp/other/buddytrace-exact.so"
falls_back "no module" "is not installed" modules "$tmp/none"
advises "a module that is no library" "cannot load .*buddytrace-exact.so" modules "$tmp/broken"
advises "a library that is no module of ours" "of another version" modules "$tmp/other"
advises "no rights (EPERM)" "no rights to load BPF programs" without_bpf 1
falls_back "a kernel that knows no bpf_loop, or lockdown (EINVAL)" "5.19 or later and no lockdown are needed.*: Invalid argument" without_bpf 22
advises "a verifier that refuses (EACCES)" "does not accept the BPF programs" without_bpf 13
advises "a kernel without bpf(2) (ENOSYS)" "does not accept the BPF programs" without_bpf 38
if setpriv --bounding-set=-bpf,-perfmon,-sys_admin true 2>/dev/null; then
	falls_back "dropped capabilities" "no rights to load BPF programs: CAP_BPF and CAP_PERFMON" \
		setpriv --bounding-set=-bpf,-perfmon,-sys_admin
	advises "CAP_BPF alone" "no rights to load BPF programs" setpriv --bounding-set=-perfmon,-sys_admin
else
	skip "dropped capabilities" "setpriv does not know them"
fi
if unshare -m true 2>/dev/null && [ -d /sys/kernel/btf ]; then
	# shellcheck disable=SC2016
	falls_back "no BTF" "this kernel has no BTF" unshare -m sh -c 'mount -t tmpfs none /sys/kernel/btf && exec "$@"' -
else
	skip "no BTF" "no mount namespaces"
fi
exits "--count-events without --exact" 2 "$BUDDYTRACE" record --count-events -d 100ms -o "$tmp/a.dat"
done_testing
