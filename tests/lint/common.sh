# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the checks.  Each is called as `sh check-NAME.sh SRCDIR [BUILDDIR]`, prints one line per finding
# (FILE:LINE: text), and exits 0 (clean), 1 (findings) or 77 (a tool that it needs is missing).
LC_ALL=C
export LC_ALL
[ $# -ge 1 ] || { echo "usage: $0 SRCDIR [BUILDDIR]" >&2; exit 2; }
cd "$1" || exit 2
CC=${CC:-cc}

# sources PATTERN...: files of the tree whose names match, build products and downloads left out.
sources()
{
	set -f
	src_expr="-name $1"
	shift
	for src_pattern; do src_expr="$src_expr -o -name $src_pattern"; done
	# shellcheck disable=SC2086
	find . \( -name .git -o -name build -o -name 'build-*' -o -name _build -o -name autom4te.cache \
		-o -name '.libs' -o -name '.deps' -o -name m4 \) -prune -o -type f \( $src_expr \) -print |
		sed 's,^\./,,' | sort
	set +f
}

# need_ctags: $CTAGS is a universal-ctags, or the check is skipped.
need_ctags()
{
	CTAGS=${CTAGS:-ctags-universal}
	$CTAGS --version 2>/dev/null | grep -q Universal || { echo "needs universal-ctags"; exit 77; }
}

# conclude FILE: prints the findings in FILE and ends the check.
conclude()
{
	cat "$1"
	if [ -s "$1" ]; then exit 1; fi
	exit 0
}
findings=$(mktemp) || exit 2
trap 'rm -f "$findings" "$findings".*' EXIT
