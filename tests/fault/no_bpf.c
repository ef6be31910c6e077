/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into a recorder: loading of BPF programs fails with the error number $BUDDYTRACE_NO_BPF, as it does without
 * rights, under lockdown, or on a kernel that is too old.
 */
#include <config.h>

#include <dlfcn.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

long syscall(long number, ...)
{
	static long (*next)(long number, ...);
	const char *error = getenv("BUDDYTRACE_NO_BPF");
	long args[6];
	va_list list;

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "syscall");
	va_start(list, number);
	for (int i = 0; i < 6; i++)
		args[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_bpf && args[0] == BPF_PROG_LOAD && error) {
		errno = atoi(error);
		return -1;
	}
	return next(number, args[0], args[1], args[2], args[3], args[4], args[5]);
}
