#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# record.sh VMLINUZ OUTDIR WORKLOAD-ARGUMENT...: boots the kernel, lets `buddytrace record` run bt-workload inside
# it, and copies what the guest wrote (trace.dat, record.err, dmesg) and its console to OUTDIR.
# $top_builddir holds the programs, or $INSTALLED what was installed of them with bt-workload beside it; $MEGABYTES
# and $CPUS size the guest; $RECORD_OPTIONS go to record.
# Exit: 0 recorded, 1 the guest failed, 2 usage, 77 a program is missing here.
set -eu
[ $# -ge 3 ] || { echo "usage: record.sh VMLINUZ OUTDIR WORKLOAD-ARGUMENT..." >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
vmlinuz=$1 out=$2
shift 2
PATH=$PATH:/usr/sbin:/sbin
for program in "${QEMU:-qemu-system-x86_64}" "${BUSYBOX:-busybox}" cpio mke2fs debugfs; do
	command -v "$program" >/dev/null || { echo "needs $program"; exit 77; }
done
[ -r "$vmlinuz" ] || { echo "cannot read the kernel $vmlinuz"; exit 77; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
# libtool's wrapper scripts stand in for programs in the build tree; the guest gets the programs.
root=${INSTALLED:-$work/root}
if [ -z "${INSTALLED-}" ]; then
	DESTDIR=$root "${MAKE:-make}" -s -C "$top_builddir" install-exec >/dev/null 2>&1
	cp "$top_builddir/tests/workload/bt-workload" "$root/"
fi
program=$(find "$root" -name buddytrace -type f -perm -100)
LD_LIBRARY_PATH=$(dirname "$(find "$root" -name 'libbuddytrace.so*' | head -n 1)")
export LD_LIBRARY_PATH
# The module that reads exact lists is found beside the program; a build without libbpf has none.
# shellcheck disable=SC2046
"$here/mkinitramfs.sh" "$work/initramfs.gz" "$here/init" "$program" "$root/bt-workload" \
	$(find "$root" -name buddytrace-exact.so)
unset LD_LIBRARY_PATH

truncate -s 1G "$work/out.img"
mke2fs -q -F -t ext4 -O ^has_journal "$work/out.img"
APPEND="bt.workload=$(echo "$*" | tr ' ' ',') bt.record=$(echo "${RECORD_OPTIONS-}" | tr ' ' ',')" \
	"$here/boot.sh" "$vmlinuz" "$work/initramfs.gz" "${MEGABYTES:-512}" "${CPUS:-2}" \
	-drive if=none,id=out,file="$work/out.img",format=raw,cache=unsafe -device nvme,drive=out,serial=out |
	tr -d '\r' >"$out/console.log" || :
grep -a '^GUEST' "$out/console.log" || :
debugfs -R "rdump / $out" "$work/out.img" 2>/dev/null || :
rmdir "$out/lost+found" 2>/dev/null || :
if grep -aqE 'BUG:|Oops|Kernel panic' "$out/console.log" || ! grep -aq '^GUEST recorded 0' "$out/console.log"; then
	tail -n 30 "$out/console.log"
	exit 1
fi
