/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_GUARD_H
#define BT_RECORD_GUARD_H

#include <sys/types.h>

/*
 * A small process that outlives the recorder and removes its trace instance when the recorder was killed: an
 * instance that stays behind keeps on tracing, and costs every allocation of the machine.
 */
struct bdt_guard {
	pid_t pid;  /* 0 = none */
	int socket; /* its other end is at EOF when the recorder is gone; -1 = none */
};

/* Starts the process for the instance directory `dir`.  0 or -errno; `guard` is then without effect. */
int bdt_guard_start(struct bdt_guard *guard, const char *dir);
/* Ends the process; to be called after the instance was removed. */
void bdt_guard_stop(struct bdt_guard *guard);

#endif
