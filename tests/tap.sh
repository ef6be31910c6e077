# SPDX-License-Identifier: GPL-2.0-or-later
# TAP for shell tests: source it, call ok/nok/skip/check/is, end with done_testing.
# $BUDDYTRACE, $top_srcdir and $top_builddir come from make check; $tmp is a scratch directory that goes away.
LC_ALL=C
export LC_ALL
tap_n=0
tap_failed=0
tmp=$(mktemp -d "${TMPDIR:-/tmp}/bt-test.XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT
trap 'exit 99' HUP INT TERM

ok() { tap_n=$((tap_n + 1)); echo "ok $tap_n - $1"; }
nok() { tap_n=$((tap_n + 1)); tap_failed=1; echo "not ok $tap_n - $1"; shift; [ $# -eq 0 ] || printf '%s\n' "$@" | sed 's/^/# /'; }
skip() { tap_n=$((tap_n + 1)); echo "ok $tap_n - $1 # SKIP $2"; }
# check NAME COMMAND...: ok when the command succeeds; its output is shown when it does not.
check() { tap_name=$1; shift; if tap_out=$("$@" 2>&1); then ok "$tap_name"; else nok "$tap_name" "$*: exit $?" "$tap_out"; fi; }
# is NAME GOT WANT
is() { if [ "$2" = "$3" ]; then ok "$1"; else nok "$1" "got:  $2" "want: $3"; fi; }
# exits NAME CODE COMMAND...: ok when the command ends with exit code CODE; stdout to $tmp/out, stderr to $tmp/err.
exits() {
	tap_name=$1 tap_want=$2; shift 2
	"$@" >"$tmp/out" 2>"$tmp/err" </dev/null; tap_got=$?
	if [ "$tap_got" = "$tap_want" ]; then ok "$tap_name"; else nok "$tap_name" "$*: exit $tap_got, want $tap_want" "$(head -n 20 "$tmp/err")"; fi
}
# wait_for SECONDS COMMAND...: until the command succeeds; so long at least, and on a busy machine longer.
wait_for() {
	wait_left=$(($1 * 20)); shift
	until "$@"; do
		[ $wait_left -gt 0 ] || return 1
		wait_left=$((wait_left - 1))
		sleep 0.05
	done
}
# catches_int PID: buddytrace runs there, and would not die of a Ctrl-C.
catches_int() {
	case $(readlink "/proc/$1/exe") in *buddytrace) ;; *) return 1 ;; esac
	caught=$(sed -n 's/^SigCgt:[^0-9a-f]*[0-9a-f]*\([0-9a-f]\)$/\1/p' "/proc/$1/status" 2>/dev/null)
	[ $((0x${caught:-0} & 2)) != 0 ]
}
skip_all() { echo "1..0 # SKIP $1"; exit 0; }
done_testing() { echo "1..$tap_n"; exit $tap_failed; }
