#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# mkinitramfs.sh OUT INIT PROGRAM...: a gzipped cpio archive with a static busybox, INIT as /init and each PROGRAM
# in /bin together with the shared libraries it needs, at the paths where the loader looks for them; those from
# $LD_LIBRARY_PATH (one folder) go to /lib.  $BUSYBOX names the busybox.
set -eu
[ $# -ge 2 ] || { echo "usage: mkinitramfs.sh OUT INIT PROGRAM..." >&2; exit 2; }
out=$1 init=$2
shift 2
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mkdir -p "$root/bin" "$root/dev" "$root/proc" "$root/sys" "$root/tmp" "$root/out"
cp "${BUSYBOX:-$(command -v busybox)}" "$root/bin/busybox"
ln -s busybox "$root/bin/sh"
install -m 755 "$init" "$root/init"
for program; do
	install -m 755 "$program" "$root/bin/"
	ldd "$program" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do
		case $library in
		"${LD_LIBRARY_PATH:-none}"/*) target=$root/lib/${library##*/} ;;
		*) target=$root$library ;;
		esac
		[ -e "$target" ] || install -D -m 755 "$library" "$target"
	done
done
# No device nodes: the guest mounts devtmpfs itself.
(cd "$root" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0) | gzip -1 >"$out"
