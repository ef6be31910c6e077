/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_RATES_H
#define BT_RECORD_RATES_H

#include "base/text.h"
#include <buddytrace/diag.h>
#include <buddytrace/estimate.h>
#include <stdint.h>

/* The kernel's counters of page allocation, at one moment. */
struct bdt_counters {
	uint64_t ns; /* since boot */
	uint64_t pages_allocated, pages_freed, huge_pages, huge_allocations, file_pages;
	uint64_t direct_reclaims, compactions;
};

/*
 * Reads /proc/vmstat, /proc/uptime and the statistics of transparent huge pages below `root`.  0, -ENODATA
 * when vmstat has no counters of allocations, -errno.
 */
int bdt_counters_read(struct bdt_counters *c, struct bdt_text *text, const char *root, struct bdt_diag *diag);
/* What happened between the two, per second; since boot when `from` is NULL.  0 where no time passed. */
void bdt_counters_rates(const struct bdt_counters *from, const struct bdt_counters *to,
			struct bdt_estimate_rates *rates);

#endif
