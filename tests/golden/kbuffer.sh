# SPDX-License-Identifier: GPL-2.0-or-later
# The walk over sub-buffers against the reference implementation of libtraceevent, on real files.
. "$top_srcdir/tests/tap.sh"
set --
for file in "$top_srcdir"/tracedata/*.dat* "${BUDDYTRACE_TRACES:-/nonexistent}"/trace-cmd/*.dat*; do
	[ -e "$file" ] || continue
	case $file in
	*.zst)
		plain=${file##*/}
		plain=$tmp/${plain%.zst}
		zstd -qdf "$file" -o "$plain" && set -- "$@" "$plain" ;;
	*) set -- "$@" "$file" ;;
	esac
done
"$top_builddir/tests/golden/kbuffer" "$@"
