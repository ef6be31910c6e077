/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into a recorder: its main thread stands still for $BUDDYTRACE_STALL_MS milliseconds, once, when
 * it makes the next file of a series and the file $BUDDYTRACE_STALL is there, or when it looks at the bounds
 * with
 * --min-free and the file $BUDDYTRACE_STALL_BOUNDS is there.  That file is removed then.
 */
#include <config.h>

#include <dlfcn.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static void stall(const char *variable)
{
	const char *file = getenv(variable), *ms = getenv("BUDDYTRACE_STALL_MS");
	long n = ms ? strtol(ms, NULL, 10) : 0;
	struct timespec time = { .tv_sec = n / 1000, .tv_nsec = n % 1000 * 1000000 };

	if (file && !unlink(file))
		nanosleep(&time, NULL);
}

/* Every file says on which machine it was recorded. */
int uname(struct utsname *name)
{
	stall("BUDDYTRACE_STALL");
	return (int)syscall(SYS_uname, name);
}

int statvfs(const char *path, struct statvfs *out)
{
	int (*real)(const char *, struct statvfs *) = dlsym(RTLD_NEXT, "statvfs");

	stall("BUDDYTRACE_STALL_BOUNDS");
	return real(path, out);
}
