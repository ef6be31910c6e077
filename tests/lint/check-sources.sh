#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Licence line, left-over notes, white space, and nothing that is true on one machine only.
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"

for file in $(sources '*.c' '*.h' '*.sh' '*.am' '*.ac' '*.awk' '*.table' '*.allow' run); do
	case $file in
	build-aux/*|config.h|aclocal.m4) continue ;;
	lib/*.am) want=GPL-2.0-or-later ;;
	lib/exact/bpf/*) want=GPL-2.0-or-later ;; # the kernel gives its functions to GPL programs only
	lib/*) want=LGPL-2.1-or-later ;;
	*) want=GPL-2.0-or-later ;;
	esac
	head -n 2 "$file" | grep -q "SPDX-License-Identifier: $want\( \|\$\)" ||
		echo "$file:1: no \"SPDX-License-Identifier: $want\" in the first two lines"
done >"$findings"

# The words are spelled with brackets so that this file does not find itself.
for file in $(sources '*.c' '*.h' '*.sh' '*.am' '*.ac' '*.md' '*.awk' '*.1' '*.5' '*.in' '*.table' '*.allow' '*.gp' run); do
	case $file in build-aux/*|config.h*|aclocal.m4|Makefile.in) continue ;; esac
	grep -nE '(^|[^A-Za-z])(TO[D]O|FIX[M]E|XX[X])([^A-Za-z]|$)' "$file" | sed "s,^\([0-9]*\):.*,$file:\1: left-over note,"
	grep -nE '(^|[ "'\''=(])/(home|root|Users|work|tmp|mnt|srv|opt)/[A-Za-z]' "$file" |
		sed "s,^\([0-9]*\):.*,$file:\1: a path of one machine,"
	grep -nE 'https?://[A-Za-z0-9.-]*(mirror|debian\.or[g]/debian)' "$file" | sed "s,^\([0-9]*\):.*,$file:\1: names a package mirror,"
	case $file in *.md) ;; *) grep -nE '[ 	]+$' "$file" | sed "s,^\([0-9]*\):.*,$file:\1: white space at the end of the line," ;; esac
	[ -z "$(tail -c 1 "$file")" ] || echo "$file:$(wc -l <"$file"): no newline at the end"
done >>"$findings"
conclude "$findings"
