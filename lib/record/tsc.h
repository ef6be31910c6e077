/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_TSC_H
#define BT_RECORD_TSC_H

#include <stdint.h>

/* The x86 time-stamp counter as a clock: ns = (ticks * mult) >> shift. */
struct bdt_tsc {
	uint32_t mult, shift;
};

/*
 * Finds the rate of the counter: as the kernel uses it (perf_event's mmap page), else, where the kernel keeps
 * its own time by the counter (clocksource tsc, below `root`), by measuring against CLOCK_MONOTONIC_RAW for
 * 50 ms.  0, or -EOPNOTSUPP where the counter is no clock: another architecture, or not synchronised.
 */
int bdt_tsc_calibrate(struct bdt_tsc *tsc, const char *root);
/* The counter now, in ns. */
uint64_t bdt_tsc_now(const struct bdt_tsc *tsc);

#endif
