# SPDX-License-Identifier: GPL-2.0-or-later
# The units as they are installed: systemd takes them, they are as closed as they can be, and the recorder knows
# the options that they give it.
. "$top_srcdir/tests/tap.sh"
[ "${RECORD-}" != no ] || skip_all "configured --without-record"
unset MAKEFLAGS MFLAGS MAKELEVEL

if ! make -s -C "$top_builddir" install-data DESTDIR="$tmp/root" >"$tmp/log" 2>&1; then
	nok "make install-data" "$(tail -n 20 "$tmp/log")"
	done_testing
fi
dir=$(dirname "$(find "$tmp/root" -name 'buddytrace-record.service')")
[ -d "$dir" ] || skip_all "configured --without-systemdsystemunitdir"

# options FILE: of the last RECORD_OPTIONS in it.
options() { sed -n 's/^Environment="RECORD_OPTIONS=\(.*\)"$/\1/p' "$1" | tail -n 1; }
for profile in rare window full flight; do
	file=$dir/buddytrace-record@.service
	[ $profile != flight ] || file=$dir/buddytrace-record@flight.service.d/flight.conf
	check "$profile: has options" [ -n "$(options "$file")" ]
	# Where there is no tracefs, good options end with 77 and wrong ones with 2.
	# shellcheck disable=SC2046
	exits "$profile: record takes them" 77 "$BUDDYTRACE" record --profile $profile --output "$tmp/x.dat" \
		--tracefs "$tmp" $(options "$file")
done
for unit in buddytrace-record.service buddytrace-record@.service; do
	is "$unit: nothing is left to replace" "$(grep -n '@[a-z]*@' "$dir/$unit")" ""
done
is "the settings of a profile have their own file" "$(grep -c 'etc/buddytrace/record-%i.conf' "$dir/buddytrace-record@.service")" 2
if ! command -v systemd-analyze >/dev/null; then
	skip "systemd takes the units" "no systemd-analyze"
	done_testing
fi
# The program that is started has to exist.
sed -i "s,^ExecStart=[^ ]*,ExecStart=$BUDDYTRACE," "$dir"/*.service
# An instance, because a template by itself is none.
cp "$dir/buddytrace-record@.service" "$dir/buddytrace-record@flight.service"
for unit in "$dir"/*.service "$dir"/*.timer; do
	case $unit in *@.service) continue ;; esac
	systemd-analyze --man=no verify "$unit" >"$tmp/out" 2>&1
	is "systemd takes ${unit##*/}" "$?: $(cat "$tmp/out")" "0: "
done
if systemd-analyze --help | grep -q -e --offline; then
	check "exposure below 2.0 of 10" systemd-analyze --no-pager security --offline=true --threshold=20 \
		"$dir/buddytrace-record.service"
else
	skip "exposure" "this systemd-analyze has no --offline"
fi
done_testing
