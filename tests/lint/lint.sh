#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# make lint: every check of this folder over the source tree.
. "$top_srcdir/tests/tap.sh"

for script in "$top_srcdir"/tests/lint/check-*.sh; do
	name=$(basename "$script" .sh)
	out=$(sh "$script" "$top_srcdir" "$top_builddir" 2>&1 </dev/null)
	case $? in
	0) ok "$name"; [ -z "$out" ] || printf '%s\n' "$out" | sed 's/^/# /' ;;
	77) skip "$name" "$out" ;;
	*) nok "$name" "$out" ;;
	esac
done
done_testing
