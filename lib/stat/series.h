/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_STAT_SERIES_H
#define BT_STAT_SERIES_H

#include <buddytrace/stat.h>

/* Enough for any terminal and chart. */
#define BT_STAT_BINS 1024

/*
 * Counts over time in bins of equal width.  When the time goes past the last one, neighbours are joined and
 * the width doubles.
 */
struct bdt_stat_series {
	uint64_t start_ns, width_ns;
	size_t n;                              /* bins begun */
	struct bdt_stat_bin bin[BT_STAT_BINS]; /* begin_ns and end_ns are not set */
};

/* Starts an empty series. */
void bdt_stat_series_init(struct bdt_stat_series *series, uint64_t start_ns);
/* The bin of `time_ns`; times before the start belong to the first.  Amortised O(1). */
struct bdt_stat_bin *bdt_stat_series_at(struct bdt_stat_series *series, uint64_t time_ns);
/* The same in at most `max` bins up to `last_ns`; returns their number. */
size_t bdt_stat_series_join(const struct bdt_stat_series *series, uint64_t last_ns, struct bdt_stat_bin *bins,
			    size_t max);

#endif
