/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_INSTANCE_H
#define BT_RECORD_INSTANCE_H

#include "base/text.h"
#include "record/guard.h"
#include <buddytrace/diag.h>
#include <limits.h>
#include <stdbool.h>

struct tracefs_instance;

/*
 * A trace instance of the recorder's own, buddytrace-PID.  Nothing outside it is ever written to: tracefs is
 * shared by the whole machine.
 */
struct bdt_instance {
	struct tracefs_instance *handle; /* NULL = not there */
	char dir[PATH_MAX];
	struct bdt_guard guard;
};

/* Is the kernel locked down so far (confidentiality) that nobody may trace?  Files below `root`, NULL = "/". */
bool bdt_locked_down(const char *root);
/*
 * Makes the instance, with tracing off, in the tracefs mounted at `tracefs` (NULL: wherever it is mounted; it
 * is mounted when it is not and that is permitted).  Instances of recorders that are no more are removed.
 * -EPERM: no rights, -ENODEV: no tracefs or no tracing in this kernel; others as mkdir(2).
 */
int bdt_instance_create(struct bdt_instance *in, const char *tracefs, const struct bdt_log *log,
			struct bdt_diag *diag);
/* A further one, buddytrace-PID-`purpose`. */
int bdt_instance_create_for(struct bdt_instance *in, const char *purpose, const char *tracefs,
			    const struct bdt_log *log, struct bdt_diag *diag);
/* Stops tracing and removes the instance; every file in it must be closed.  Does nothing the second time. */
void bdt_instance_destroy(struct bdt_instance *in, const struct bdt_log *log);

/* Writes `value` to the file `file` of the instance.  0 or -errno. */
int bdt_instance_write(struct bdt_instance *in, const char *file, const char *value, struct bdt_diag *diag);
/* Reads the file `file` of the instance.  0 or -errno. */
int bdt_instance_read(const struct bdt_instance *in, const char *file, struct bdt_text *text,
		      struct bdt_diag *diag);
/* Switches tracing on or off.  0 or -errno. */
int bdt_instance_trace(struct bdt_instance *in, bool on, struct bdt_diag *diag);

#endif
