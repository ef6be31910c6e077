/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into a recorder: its main thread stands still, once, when it makes the next file of a series and
 * the file $BUDDYTRACE_STALL is there, or when it looks at the bounds with --min-free and the file
 * $BUDDYTRACE_STALL_BOUNDS is there.  That file is removed then; it goes on when it is there again, or after
 * $BUDDYTRACE_STALL_MS milliseconds.
 */
#include <config.h>

#include <dlfcn.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define STEP_MS 50

static void stall(const char *variable)
{
	const char *file = getenv(variable), *ms = getenv("BUDDYTRACE_STALL_MS");
	const struct timespec step = { .tv_nsec = STEP_MS * 1000000 };

	if (!file || unlink(file))
		return;
	for (long left = ms ? strtol(ms, NULL, 10) : 0; left > 0 && access(file, F_OK); left -= STEP_MS)
		nanosleep(&step, NULL);
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
