#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# make check-fidelity: copies the programs, records plan.table with the copy, replays every recording at page level (the
# figures of the buddy level are the same in it) and with the rules of another kernel, and prints table.awk's page.
#   KERNELS="6.1 6.12 7.2 5.10"  guests to record, from $BUDDYTRACE_KERNELS; empty: the running kernel alone
#   RUNNING=no                   leaves the running kernel out
#   PLAN=FILE SEED=N             other recordings, other seeds
#   DURATION=50s                 longest recording, for machines that are busy
#   PAGE=only                    the page of what is there
#   FIDELITY=DIR                 where everything goes (fidelity/ in the build directory)
# Recordings and replays go on at the same time; what is there already is not made again.
# Exit: 0 measured, whatever the figures are; 1 something could not be measured.
set -u
here=$(cd "$(dirname "$0")" && pwd)
out=${FIDELITY:-$top_builddir/fidelity}
kernels=${BUDDYTRACE_KERNELS:-$top_builddir/kernels}
seed=${SEED:-100}
mkdir -p "$out"
out=$(cd "$out" && pwd)

# The copy: nothing that is built from now on changes what is measured.
freeze()
{
	[ ! -d "$out/build" ] || return 0
	DESTDIR=$out/build.new "${MAKE:-make}" -s -C "$top_builddir" install-exec >"$out/install.log" 2>&1 || exit 1
	cp "$top_builddir/tests/workload/bt-workload" "$out/build.new/"
	(cd "$top_srcdir" && git rev-parse --short=12 HEAD 2>/dev/null || echo unknown) >"$out/build.new/revision"
	mv "$out/build.new" "$out/build"
}
freeze
frozen() { find "$out/build" -name "$1" -type f | head -n 1; }
BUDDYTRACE=$(frozen buddytrace)
LD_LIBRARY_PATH=$(dirname "$(find "$out/build" -name 'libbuddytrace.so.*' | head -n 1)")
BUDDYTRACE_MODULES=$(dirname "$(frozen buddytrace-exact.so)")
[ "$BUDDYTRACE_MODULES" != . ] || unset BUDDYTRACE_MODULES
tool() { LD_LIBRARY_PATH=$LD_LIBRARY_PATH BUDDYTRACE_MODULES=${BUDDYTRACE_MODULES-} "$BUDDYTRACE" "$@"; }

# The rows to record, seeds added up.
awk -v seed="$seed" -v running="${RUNNING:-yes}" -v kernels=" ${KERNELS-6.1 6.12 7.2 5.10} " '
	/^#/ || NF < 4 { next }
	$2 == "running" ? running == "no" : !index(kernels, " " $2 " ") { next }
	{
		for (i = 4; i < NF; i++)
			if ($i == "--seed")
				$(i + 1) += seed
		print
	}' "${PLAN:-$here/plan.table}" >"$out/plan"

record_here() # DIR EXACT WORKLOAD...
{
	dir=$1 exact=--exact
	[ "$2" = exact ] || exact=
	shift 2
	# shellcheck disable=SC2086
	tool record $exact --duration "${DURATION:-50s}" -o "$dir/trace.dat" -- "$out/build/bt-workload" "$@" \
		>"$dir/record.out" 2>"$dir/record.err"
}

record_guest() # DIR KERNEL EXACT WORKLOAD...
{
	dir=$1 exact=--exact
	vmlinuz=$(find "$kernels/$2" -type f -name 'vmlinuz*' 2>/dev/null | head -n 1)
	[ "$3" = exact ] || exact=
	[ -n "$vmlinuz" ] || { echo "no kernel $2: tests/kernel/fetch-kernels.sh $kernels $2" >"$dir/record.err"; return 1; }
	shift 3
	INSTALLED=$out/build RECORD_OPTIONS=$exact "$here/../kernel/record.sh" "$vmlinuz" "$dir" "$@" >"$dir/guest.out" 2>&1
}

record() # NAME KERNEL EXACT WORKLOAD...
{
	dir=$out/$1
	[ ! -e "$dir/recorded" ] || return 0
	mkdir -p "$dir"
	if [ "$2" = running ]; then
		shift
		shift
		record_here "$dir" "$@"
	else
		shift
		record_guest "$dir" "$@"
	fi
	# A workload that the time cut short is a recording all the same.
	if [ -s "$dir/trace.dat" ]; then echo 0; else echo 1; fi >"$dir/code"
	mv "$dir/code" "$dir/recorded"
}

# Rules of a kernel that this one is not.
wrong()
{
	case $1 in
	5.10*) echo 6.18 ;;
	6.1.*) echo 6.12 ;;
	6.12.* | 7.2.*) echo 6.1 ;;
	*) echo 5.10 ;;
	esac
}

replay() # NAME DIRECTORY OPTION...
{
	dir=$out/$1 to=$out/$1/$2
	shift 2
	[ ! -e "$to/score.json" ] || return 0
	tool replay "$@" "$dir/trace.dat" -o "$to" >"$to.out" 2>&1
}

# With its rules, then with the wrong ones.
replay_both() # NAME
{
	[ "$(cat "$out/$1/recorded")" = 0 ] || return 0
	replay "$1" replay --level page
	kernel=$(sed -n 's/^ *"kernel": "\(.*\)",$/\1/p' "$out/$1/replay/score.json")
	replay "$1" wrong --kernel "$(wrong "$kernel")"
}

# record_all PATTERN: the rows whose kernel matches, one after the other; a replay begins when its recording is there
record_all()
{
	while read -r name kernel exact workload <&3; do
		# shellcheck disable=SC2254
		case $kernel in $1) ;; *) continue ;; esac
		# shellcheck disable=SC2086
		record "$name" "$kernel" "$exact" $workload
		replay_both "$name" &
	done 3<"$out/plan"
	wait
}

# Of the time bins before the first one with a contradiction: what the rules do as long as everything is recorded.
undisturbed() # NAME
{
	[ ! -e "$out/$1/replay/series.tsv" ] || awk -F '\t' -v name="$1" '
		NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
		$column["contradictions"] > 0 { exit }
		{ removals += $column["removals"]; exact += $column["exact"] }
		END {
			printf "%s\treplay\tundisturbed.removals\t%d\n", name, removals
			printf "%s\treplay\tundisturbed.exact\t%d\n", name, exact
		}' "$out/$1/replay/series.tsv"
}

page()
{
	: >"$out/scores.tsv"
	missing=0
	while read -r name rest <&4; do
		for kind in replay wrong; do
			[ ! -e "$out/$name/$kind/score.json" ] ||
				awk -v name="$name" -v kind=$kind -f "$here/flatten.awk" "$out/$name/$kind/score.json" >>"$out/scores.tsv"
		done
		[ -e "$out/$name/replay/score.json" ] || missing=1
		undisturbed "$name" >>"$out/scores.tsv"
		printf '%s\treplay\trecord.warning\t%s\n' "$name" \
			"$(sed -n 's/^buddytrace: warning: \(no exact snapshots: [^:]*\).*/\1/p' "$out/$name/record.err" | head -n 1)" >>"$out/scores.tsv"
		printf '%s\treplay\trecord.freed\t%s\n' "$name" \
			"$(sed -n 's/^pages freed: .*(\(.*\))$/\1/p' "$out/$name/record.err" | head -n 1)" >>"$out/scores.tsv"
	done 4<"$out/plan"
	awk -v revision="$(cat "$out/build/revision")" -f "$here/table.awk" "$out/plan" "$out/scores.tsv" >"$out/fidelity.md"
	cat "$out/fidelity.md"
	return $missing
}

if [ "${PAGE-}" != only ]; then
	record_all '[0-9]*' &
	record_all running &
	wait
fi
page
