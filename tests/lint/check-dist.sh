#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Each file that is tracked gets into the tarball.
here=$(cd "$(dirname "$0")" && pwd)
build=${2:+$(cd "$2" && pwd)}
. "$here/common.sh"
if [ -z "$build" ] || ! git ls-files --error-unmatch configure.ac >/dev/null 2>&1; then
	echo "needs a build of a git checkout"
	exit 77
fi
unset MAKEFLAGS MFLAGS MAKELEVEL
# Names in subfolders of the source are relative to the build, or to the source when the two are one.
make -s -C "$build" list-dist | tr ' ' '\n' | sed "s,^$(pwd)/,,; s,^\(\.\./\)*,," | sort -u >"$findings.dist"
git ls-files | sort | while read -r file; do
	case $file in
	.gitignore|*/keep) continue ;;
	esac
	grep -qxF "$file" "$findings.dist" && continue
	# A folder may be listed as a whole.
	dir=$file
	while dir=${dir%/*}; [ "$dir" != "${dir%/*}" ]; do
		! grep -qxF "$dir" "$findings.dist" || continue 2
	done
	echo "$file:1: not in the tarball: add it to EXTRA_DIST or to the sources"
done >"$findings"
conclude "$findings"
