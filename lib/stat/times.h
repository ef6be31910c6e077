/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_STAT_TIMES_H
#define BT_STAT_TIMES_H

#include <buddytrace/stat.h>

/*
 * Lengths of intervals, counted in classes: one for each ns up to 15, then eight for each doubling, so that a
 * class is at most an eighth of its lower bound wide.
 */
#define BT_TIMES_CLASSES 496

struct bdt_times {
	uint64_t count, total_ns, max_ns;
	uint64_t class[BT_TIMES_CLASSES];
};

/* Counts one interval.  O(1). */
void bdt_times_add(struct bdt_times *times, uint64_t ns);
/* Adds those of `from`. */
void bdt_times_join(struct bdt_times *times, const struct bdt_times *from);
/* Sum and quantiles. */
struct bdt_stat_times bdt_times_sum(const struct bdt_times *times);

#endif
