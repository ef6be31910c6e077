#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Sets up like try.sh and runs all tests: in a normal build; those that need no kernel and no other program also in
# one with AddressSanitizer and UndefinedBehaviorSanitizer; those of the command line also in one without the
# recorder.  Ends with their number: "N passed, N failed, N skipped".
# BUDDYTRACE_LIVE=require: a live test that is skipped counts as failed.
cd "$(dirname "$0")" || exit 1
srcdir=$(pwd)
. build-aux/setup.sh

# results DIR...: what the TAP driver noted for each test point below these folders.  A program that ends with an error
# because of its failed points is not counted once more.
results()
{
	find "$@" -name '*.trs' -exec awk '
		FNR == 1 { failed = 0 }
		/^:test-result: FAIL/ { failed = 1 }
		/^:test-result: / && !(/^:test-result: ERROR - exited/ && failed) { sub(/^:test-result: /, ""); print }' {} + 2>/dev/null
}
# details DIR: the log of each test program with a failure.
details()
{
	find "$1" -name '*.trs' -exec grep -lE '^:test-result: (FAIL|ERROR|XPASS)' {} + 2>/dev/null | sort |
		while read -r trs; do
			echo "--- ${trs%.trs}.log"
			grep -vE '^(ok|PASS)' "${trs%.trs}.log" | tail -n 60
		done
}

broken=0
check() # DIR [MAKE ARGUMENT]...
{
	check_dir=$1
	shift
	find "$check_dir" -name '*.trs' -exec rm -f {} +
	say "Testing in $check_dir"
	make -C "$check_dir" -s -j"$jobs" check "$@" >"$check_dir/check.log" 2>&1 </dev/null && return 0
	details "$check_dir"
	# A test that cannot be compiled leaves no result behind, and must not go unnoticed.
	results "$check_dir" | grep -qE '^(FAIL|ERROR|XPASS)' && return 0
	tail -n 40 "$check_dir/check.log"
	broken=$((broken + 1))
}

# build_and_check DIR PATTERN [CONFIGURE ARGUMENT]...: only the tests whose names match PATTERN.
build_and_check()
{
	dir=$srcdir/$1 pattern=$2
	shift 2
	if ! build "$dir" "$@"; then
		broken=$((broken + 1))
		return
	fi
	check "$dir" TESTS="$(make -s -C "$dir" list-tests | grep -E "$pattern" | tr '\n' ' ')"
}

# The kernel that is booted under emulation; its test says what is missing where that fails.
fetch_kernel() # VERSION
{
	kernels=$srcdir/build/kernels
	[ ! -d "$kernels/$1" ] && install_missing "$needed_to_emulate" || return 0
	say "Fetching kernel $1"
	mkdir -p "$kernels"
	timeout 300 tests/kernel/fetch-kernels.sh "$kernels" "$1" >"$kernels/fetch.log" 2>&1 </dev/null ||
		{ cat "$kernels/fetch.log" >&2; say "Kernel $1 could not be fetched."; }
}

if install_missing "$needed_to_build$needed_to_check"; then
	install_optional "$optional_to_build"
	fetch_kernel 6.1
	build_and_check build .
	build_and_check build-asan '^tests/(unit|property|fuzz|golden)/' --enable-asan CFLAGS='-O1 -g'
	build_and_check build-norecord '^tests/(cli|lint)/' --without-record --enable-werror CFLAGS=-O1
else
	broken=1
fi

live_skips=0
if [ "${BUDDYTRACE_LIVE-}" = require ]; then
	live_skips=$(results build/tests/live build/tests/fault | grep -c '^SKIP')
	[ "$live_skips" = 0 ] || { say "Skipped, but the live tests are required:"; grep -h '# SKIP' build/tests/live/*.log build/tests/fault/*.log; }
fi
for dir in build build-asan build-norecord; do results $dir; done | awk -v broken="$broken" -v live="$live_skips" '
	$1 == "PASS" || $1 == "XFAIL" { passed++ }
	$1 == "SKIP" { skipped++ }
	$1 == "FAIL" || $1 == "ERROR" || $1 == "XPASS" { failed++ }
	END {
		failed += broken + live
		skipped -= live
		printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
		exit failed > 0 || passed == 0
	}'
