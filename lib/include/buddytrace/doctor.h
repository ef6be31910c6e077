/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BUDDYTRACE_DOCTOR_H
#define BUDDYTRACE_DOCTOR_H

#include <buddytrace/diag.h>

/* Can this machine be recorded, and what would make it better? */

enum bdt_doctor_state {
	BDT_DOCTOR_OK,
	BDT_DOCTOR_ADVICE,  /* works without it, but less well */
	BDT_DOCTOR_MISSING, /* no recording without it */
	BDT_DOCTOR_UNKNOWN, /* cannot be found out without the rights to trace */
};

struct bdt_doctor_finding {
	const char *check; /* one word */
	enum bdt_doctor_state state;
	char text[400]; /* one line: how it is, and what follows from that */
	char fix[200];  /* a command, a setting; "" = nothing to do, or nothing can be done */
};

struct bdt_doctor_options {
	const char *tracefs;   /* mount point, NULL = find or mount it */
	const char *root;      /* prefix of /proc, /sys and /etc, NULL = "/" */
	const char *directory; /* where recordings are to be written, NULL = the working directory */
};

/*
 * Looks at one thing after the other and hands each finding to `report`.  Makes a trace instance of its own,
 * in which tracing stays off, and removes it.  0 when a recording is possible, -EPERM: no rights to trace,
 * -ENODEV: no tracefs, -EOPNOTSUPP: something else is missing.
 */
int bdt_doctor_run(const struct bdt_doctor_options *options,
		   void (*report)(void *user, const struct bdt_doctor_finding *finding), void *user,
		   const struct bdt_log *log);

#endif
