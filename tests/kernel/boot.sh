#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# boot.sh VMLINUZ INITRAMFS MEGABYTES CPUS [QEMU ARGUMENT]...: boots a guest under emulation, console on stdout.
# $APPEND is added to the kernel command line; $QEMU, $TIMEOUT (seconds) override the defaults.
#
# -cx16: emulated cmpxchg16b goes wrong now and then, an oops in kmalloc is the result.
# tsc=reliable: with two CPUs older kernels distrust the emulated TSC and their trace clock repeats stamps.
# no_timer_check: on a busy machine the timer interrupt comes too late for the test of it, and the guest panics.
# init_on_alloc=0: zeroing each page costs half of the event rate.
set -eu
[ $# -ge 4 ] || { echo "usage: boot.sh VMLINUZ INITRAMFS MEGABYTES CPUS [QEMU ARGUMENT]..." >&2; exit 2; }
vmlinuz=$1 initramfs=$2 megabytes=$3 cpus=$4
shift 4
exec timeout "${TIMEOUT:-300}" "${QEMU:-qemu-system-x86_64}" -accel tcg -cpu qemu64,-cx16 \
	-m "$megabytes" -smp "$cpus" -nographic -nodefaults -no-reboot -serial stdio -nic none \
	-kernel "$vmlinuz" -initrd "$initramfs" \
	-append "console=ttyS0 quiet panic=-1 mitigations=off init_on_alloc=0 tsc=reliable no_timer_check ${APPEND:-}" \
	"$@" </dev/null
