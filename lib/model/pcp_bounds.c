/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pcp.h"

/* Largest fraction of a zone that the lists of all CPUs may hold.  cf. MIN_PERCPU_PAGELIST_HIGH_FRACTION */
#define LEAST_FRACTION 8

/* cf. zone_batchsize() */
static uint32_t batch_size(const struct bdt_profile *profile, const struct bdt_pcp_input *in)
{
	uint64_t most = (profile->pcp_batch_1m ? 1U << 20 : 1U << 19) >> in->page_shift;
	uint64_t batch = in->managed / 1024, power = 1;

	if (batch > most)
		batch = most;
	batch /= 4;
	if (!batch)
		batch = 1;
	batch += batch / 2;
	while (power * 2 <= batch)
		power *= 2;
	return (uint32_t)power - 1;
}

/* cf. pageset_set_high_and_batch() */
static struct bdt_pcp_bounds multiple_of_batch(uint32_t batch, const struct bdt_pcp_input *in)
{
	uint32_t high = 6 * batch, most = in->page_shift * 8;

	if (in->fraction) {
		high = (uint32_t)(in->managed / in->fraction);
		batch = high / 4 < most ? high / 4 : most;
	}
	return (struct bdt_pcp_bounds){ batch ? batch : 1, high, high };
}

/* cf. zone_highsize() */
static uint32_t share(uint32_t batch, uint64_t pages, unsigned int cpus)
{
	uint64_t high = pages / (cpus ? cpus : 1);

	return (uint32_t)(high > batch * 4ULL ? high : batch * 4ULL);
}

struct bdt_pcp_bounds bdt_pcp_bounds(const struct bdt_profile *profile, const struct bdt_pcp_input *in)
{
	uint32_t batch = batch_size(profile, in);
	struct bdt_pcp_bounds b;

	if (profile->pcp_limits == BDT_PCP_LIMITS_BATCH)
		return multiple_of_batch(batch, in);
	b.batch = batch ? batch : 1;
	b.high_min = b.high_max =
		share(b.batch, in->fraction ? in->managed / in->fraction : in->low, in->local_cpus);
	if (profile->pcp_limits == BDT_PCP_LIMITS_TUNED && !in->fraction)
		b.high_max = share(b.batch, in->managed / LEAST_FRACTION, in->local_cpus);
	return b;
}

void bdt_pcp_set_bounds(struct bdt_pcpset *set, const struct bdt_pcp_bounds *bounds)
{
	for (unsigned int cpu = 0; cpu < set->ncpus; cpu++) {
		struct bdt_pcp *pcp = &set->cpu[cpu];

		/* a list that adapts itself keeps its place between the bounds */
		if (pcp->high < bounds->high_min || bounds->high_min == bounds->high_max)
			pcp->high = bounds->high_min;
		if (pcp->high > bounds->high_max)
			pcp->high = bounds->high_max;
		pcp->bounds = *bounds;
	}
}
