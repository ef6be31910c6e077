#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# mkinitramfs.sh OUT INIT PROGRAM...: a gzipped cpio archive with busybox, INIT as /init and each PROGRAM
# in /bin, all together with the shared libraries they need, at the paths where the loader looks for them; those from
# $LD_LIBRARY_PATH (one folder) go to /lib.  $BUSYBOX names the busybox.
set -eu
[ $# -ge 2 ] || { echo "usage: mkinitramfs.sh OUT INIT PROGRAM..." >&2; exit 2; }
out=$1 init=$2
shift 2
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mkdir -p "$root/bin" "$root/dev" "$root/proc" "$root/sys" "$root/tmp" "$root/out"
ln -s busybox "$root/bin/sh"
install -m 755 "$init" "$root/init"
put() { # PROGRAM NAME
	install -m 755 "$1" "$root/bin/$2"
	ldd "$1" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do
		case $library in
		"${LD_LIBRARY_PATH:-none}"/*) target=$root/lib/${library##*/} ;;
		*) target=$root$library ;;
		esac
		[ -e "$target" ] || install -D -m 755 "$library" "$target"
	done
}
put "${BUSYBOX:-$(command -v busybox)}" busybox
for program; do
	put "$program" "${program##*/}"
done
# No device nodes: the guest mounts devtmpfs itself.
(cd "$root" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) | gzip -1 >"$out"
