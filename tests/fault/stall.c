/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into a recorder: the thread that makes the next file of a series stands still for
 * $BUDDYTRACE_STALL_MS milliseconds there, once, when the file $BUDDYTRACE_STALL is there.  That file is
 * removed then.
 */
#include <config.h>

#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/* Every file says on which machine it was recorded. */
int uname(struct utsname *name)
{
	const char *file = getenv("BUDDYTRACE_STALL"), *ms = getenv("BUDDYTRACE_STALL_MS");
	long n = ms ? strtol(ms, NULL, 10) : 0;
	struct timespec time = { .tv_sec = n / 1000, .tv_nsec = n % 1000 * 1000000 };

	if (file && !unlink(file))
		nanosleep(&time, NULL);
	return (int)syscall(SYS_uname, name);
}
