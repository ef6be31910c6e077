# SPDX-License-Identifier: GPL-2.0-or-later
# What needs no rights: how estimate and doctor speak of the machine they run on.
. "$top_srcdir/tests/tap.sh"
[ "${RECORD-}" != no ] || skip_all "configured --without-record"
# json FILE: is it JSON?
json() { ! command -v python3 >/dev/null || python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$1"; }

exits "estimate" 0 "$BUDDYTRACE" estimate -d 100ms
for profile in rare window flight full; do
	check "... has a line for $profile" grep -q "^$profile  *[0-9]" "$tmp/out"
done
check "... says where its factors come from" grep -q "^Made with" "$tmp/out"
is "... nothing else on stderr" "$(cat "$tmp/err")" ""
exits "estimate --json" 0 "$BUDDYTRACE" estimate -d 100ms --json
check "... is JSON" json "$tmp/out"
check "... has the average since boot" grep -q '"since_boot"' "$tmp/out"
exits "estimate of no time" 2 "$BUDDYTRACE" estimate -d 0
"$BUDDYTRACE" estimate -d 60 >"$tmp/out" 2>&1 &
pid=$!
check "watching" wait_for 60 catches_int $pid
kill -INT $pid
wait $pid
is "Ctrl-C ends watching" $? 0
check "... with the figures until then" grep -q "^full" "$tmp/out"

exits "doctor without tracefs" 77 "$BUDDYTRACE" doctor --tracefs "$tmp" "$tmp"
check "... says what is missing" grep -q "^missing  tracefs" "$tmp/out"
check "... and the command that mends it" grep -q -e "-> mount -t tracefs" "$tmp/out"
check "... looks at the rest" grep -q "^ok       zstd" "$tmp/out"
check "... and concludes" grep -q "^This machine cannot be recorded" "$tmp/out"
is "... without colours" "$(grep -c "$(printf '\033')" "$tmp/out")" 0
exits "doctor --json" 77 "$BUDDYTRACE" doctor --json --tracefs "$tmp"
check "... is JSON" json "$tmp/out"
check "... concludes as well" grep -q '"can_record": false' "$tmp/out"
exits "doctor with a directory that is not there" 77 "$BUDDYTRACE" doctor --tracefs "$tmp" "$tmp/none"
check "... says so" grep -q "^missing  disk  *$tmp/none: No such file" "$tmp/out"
exits "doctor with two directories" 2 "$BUDDYTRACE" doctor "$tmp" "$tmp"
if command -v setpriv >/dev/null && [ "$(id -u)" = 0 ]; then
	chmod 777 "$tmp"
	exits "doctor without rights" 77 setpriv --reuid 65534 --regid 65534 --clear-groups "$BUDDYTRACE" doctor "$tmp"
	check "... names what to do" grep -q -e "-> .*\(sudo\|mount -t tracefs\)" "$tmp/out"
else
	skip "doctor without rights" "not root, or no setpriv"
fi
done_testing
