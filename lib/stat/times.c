/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stat/times.h"

static unsigned int class_of(uint64_t ns)
{
	unsigned int power;

	if (ns < 16)
		return (unsigned int)ns;
	power = 63 - (unsigned int)__builtin_clzll(ns);
	return 16 + (power - 4) * 8 + (unsigned int)((ns >> (power - 3)) & 7);
}

/* The largest length of a class. */
static uint64_t class_end(unsigned int class)
{
	unsigned int power;

	if (class < 16)
		return class;
	power = 4 + (class - 16) / 8;
	return ((uint64_t)(8 + (class - 16) % 8 + 1) << (power - 3)) - 1;
}

void bdt_times_add(struct bdt_times *times, uint64_t ns)
{
	times->count++;
	times->total_ns += ns;
	if (ns > times->max_ns)
		times->max_ns = ns;
	times->class[class_of(ns)]++;
}

void bdt_times_join(struct bdt_times *times, const struct bdt_times *from)
{
	times->count += from->count;
	times->total_ns += from->total_ns;
	if (from->max_ns > times->max_ns)
		times->max_ns = from->max_ns;
	for (unsigned int i = 0; i < BT_TIMES_CLASSES; i++)
		times->class[i] += from->class[i];
}

/* No more than `percent` of the intervals are longer than the result (100 - percent). */
static uint64_t quantile(const struct bdt_times *times, unsigned int percent)
{
	uint64_t wanted = times->count - times->count / 100 * (100 - percent) -
			  times->count % 100 * (100 - percent) / 100;
	uint64_t seen = 0;

	for (unsigned int i = 0; i < BT_TIMES_CLASSES; i++) {
		seen += times->class[i];
		if (seen >= wanted)
			return class_end(i) < times->max_ns ? class_end(i) : times->max_ns;
	}
	return times->max_ns;
}

struct bdt_stat_times bdt_times_sum(const struct bdt_times *times)
{
	return (struct bdt_stat_times){ .count = times->count,
					.total_ns = times->total_ns,
					.max_ns = times->max_ns,
					.p50_ns = quantile(times, 50),
					.p90_ns = quantile(times, 90),
					.p99_ns = quantile(times, 99) };
}
