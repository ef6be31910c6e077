/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_CLOCK_H
#define BT_RECORD_CLOCK_H

#include "record/instance.h"
#include "record/tsc.h"
#include <buddytrace/diag.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* The trace clock, readable from here: snapshots are stamped on the same scale as the events. */
struct bdt_clock {
	const char *name; /* static */
	uint64_t (*read)(const struct bdt_clock *clock);
	clockid_t id;            /* clocks that user space has as well */
	struct bdt_tsc tsc;      /* x86-tsc; mult 0 = stamps are ns already */
	struct bdt_instance *in; /* clocks that only the kernel has are read from the ring's statistics */
};

/*
 * Sets the clock `name` in `in`, or NULL: x86-tsc where it is synchronised, else mono.  /sys is read below
 * `root`.  0, -EINVAL for a clock that has no nanoseconds or that this kernel lacks, -errno.
 */
int bdt_clock_set(struct bdt_clock *clock, struct bdt_instance *in, const char *name, const char *root,
		  struct bdt_diag *diag);
/* The trace clock now, in ns of the scale of bdt_event.time_ns.  Clocks of the kernel's own: to 1 us. */
uint64_t bdt_clock_now(const struct bdt_clock *clock);
/* Whether bdt_clock_now() reads the very clock that stamps the events, on the CPU that calls it. */
bool bdt_clock_exact(const struct bdt_clock *clock);

#endif
