/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stat/series.h"
#include <string.h>

/* Width of a bin at the start: 1024 of them are one second. */
#define FIRST_WIDTH_NS 1000000

void bdt_stat_series_init(struct bdt_stat_series *series, uint64_t start_ns)
{
	memset(series, 0, sizeof(*series));
	series->start_ns = start_ns;
	series->width_ns = FIRST_WIDTH_NS;
}

static void add(struct bdt_stat_bin *to, const struct bdt_stat_bin *from)
{
	to->events += from->events;
	to->lost += from->lost;
	to->fallbacks += from->fallbacks;
	to->owned += from->owned;
	to->allocations += from->allocations;
	to->compactions += from->compactions;
	to->stalls += from->stalls;
	to->stall_ns += from->stall_ns;
}

struct bdt_stat_bin *bdt_stat_series_at(struct bdt_stat_series *series, uint64_t time_ns)
{
	uint64_t since = time_ns > series->start_ns ? time_ns - series->start_ns : 0;
	size_t i;

	while (since / series->width_ns >= BT_STAT_BINS) {
		for (i = 0; i < BT_STAT_BINS / 2; i++) {
			struct bdt_stat_bin sum = series->bin[2 * i];

			add(&sum, &series->bin[2 * i + 1]);
			series->bin[i] = sum;
		}
		memset(series->bin + i, 0, i * sizeof(*series->bin));
		series->n = (series->n + 1) / 2;
		series->width_ns *= 2;
	}
	i = since / series->width_ns;
	if (i >= series->n)
		series->n = i + 1;
	return &series->bin[i];
}

size_t bdt_stat_series_join(const struct bdt_stat_series *series, uint64_t last_ns, struct bdt_stat_bin *bins,
			    size_t max)
{
	uint64_t length = last_ns > series->start_ns ? last_ns - series->start_ns : 0;
	size_t each, n;

	if (!max || !series->n)
		return 0;
	each = (series->n + max - 1) / max;
	n = (series->n + each - 1) / each;
	memset(bins, 0, n * sizeof(*bins));
	for (size_t i = 0; i < series->n; i++)
		add(&bins[i / each], &series->bin[i]);
	for (size_t i = 0; i < n; i++) {
		bins[i].begin_ns = i * each * series->width_ns;
		bins[i].end_ns = (i + 1) * each * series->width_ns;
	}
	/* The last one ends with the events, unless it would be empty then. */
	if (length > bins[n - 1].begin_ns && length < bins[n - 1].end_ns)
		bins[n - 1].end_ns = length;
	return n;
}
