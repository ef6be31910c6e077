/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pcp_rules.h"

/* 6.7 and later: `high` moves between two bounds, refills double and drains follow what was freed in a row.
 */

#define COSTLY_ORDER 3

/* The numbers of the rules can become negative on the way. */
static int64_t min_of(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t max_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void clamp_high(struct bdt_pcp *pcp)
{
	if (pcp->high < pcp->bounds.high_min)
		pcp->high = pcp->bounds.high_min;
	if (pcp->high > pcp->bounds.high_max)
		pcp->high = pcp->bounds.high_max;
}

static void lower_high(struct bdt_pcp *pcp, int64_t by)
{
	pcp->high = (uint32_t)max_of((int64_t)pcp->high - by, pcp->bounds.high_min);
}

/* cf. nr_pcp_alloc() */
static unsigned int refill(struct bdt_pcpset *set, struct bdt_pcp *pcp, bdt_order order, bool below_high)
{
	int64_t base = pcp->bounds.batch, n = base, most;

	clamp_high(pcp);
	if (pcp->high < base)
		return 1;
	if (!order)
		n <<= pcp->alloc_factor;
	if (pcp->bounds.high_min != pcp->bounds.high_max && !below_high)
		pcp->high = (uint32_t)min_of(pcp->high + n, pcp->bounds.high_max);
	if (!order) {
		most = max_of((int64_t)pcp->high - pcp->count - base, base);
		if (n <= most && pcp->alloc_factor < set->batch_shift)
			pcp->alloc_factor++;
		n = min_of(n, most);
	}
	return (unsigned int)(n > 1 ? max_of(n >> order, 2) : n);
}

/*
 * Are blocks of these orders freed one after the other, with nothing allocated?  They are not kept then,
 * since other requests could not use the memory.
 */
static bool frees_high_orders(struct bdt_pcpset *set, struct bdt_pcp *pcp, bdt_order order)
{
	uint32_t batch = pcp->bounds.batch, threshold = batch;
	bool before = pcp->prev_high_order;

	pcp->prev_high_order = order && order <= COSTLY_ORDER;
	if (!pcp->prev_high_order)
		return false;
	if (set->zone->profile->pcp_high_threshold)
		threshold += pcp->bounds.high_min / 2;
	return pcp->free_count >= threshold && before && (!set->high_batch || pcp->count >= batch);
}

/* How many pages may stay, `pcp->high` being adapted.  cf. nr_pcp_high() */
static int64_t allowed(struct bdt_pcpset *set, struct bdt_pcp *pcp, bool free_high,
		       struct bdt_pcp_pressure pressure)
{
	int64_t batch = pcp->bounds.batch, high, need = (int64_t)pcp->free_count + batch;

	clamp_high(pcp);
	high = pcp->high;
	if (!high)
		return 0;
	if (free_high) {
		lower_high(pcp, batch << set->batch_shift);
		return 0;
	}
	if (pressure.reclaim_active) {
		lower_high(pcp, max_of(pcp->free_count, batch));
		return min_of(batch * 4, pcp->high);
	}
	if (pcp->bounds.high_min == pcp->bounds.high_max)
		return high;
	if (pressure.below_high) {
		lower_high(pcp, max_of(pcp->free_count, batch));
		return max_of(pcp->count, pcp->bounds.high_min);
	}
	if (pcp->count >= high && pcp->high < need) {
		pcp->high = (uint32_t)need;
		clamp_high(pcp);
	}
	return high;
}

/* cf. free_unref_page_commit(), nr_pcp_free() */
static unsigned int excess(struct bdt_pcpset *set, struct bdt_pcp *pcp, bdt_order order,
			   struct bdt_pcp_pressure pressure)
{
	int64_t batch = pcp->bounds.batch, most = batch << set->batch_shift, high;
	bool free_high;

	pcp->alloc_factor >>= 1;
	free_high = frees_high_orders(set, pcp, order);
	if (pcp->free_count < most)
		pcp->free_count += 1U << order;
	high = allowed(set, pcp, free_high, pressure);
	if (pcp->count < high)
		return 0;
	if (free_high)
		return (unsigned int)min_of(pcp->count, most);
	if (high < batch)
		return 1;
	return (unsigned int)min_of(max_of(pcp->free_count, batch), high - batch);
}

const struct bdt_pcp_sizes bdt_pcp_sizes_tuned = { refill, excess };
