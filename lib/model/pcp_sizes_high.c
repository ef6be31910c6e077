/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pcp_rules.h"

/* 5.14 to 6.6: drains double while nothing is allocated; struct bdt_pcp.free_count is the exponent. */

#define COSTLY_ORDER 3

/* cf. __rmqueue_pcplist() */
static unsigned int refill(struct bdt_pcpset *set, struct bdt_pcp *pcp, bdt_order order, bool below_high)
{
	unsigned int batch = pcp->bounds.batch;

	(void)set;
	(void)below_high;
	if (batch <= 1)
		return batch;
	return batch >> order > 2 ? batch >> order : 2;
}

/* cf. nr_pcp_free() */
static unsigned int drained(struct bdt_pcpset *set, struct bdt_pcp *pcp, unsigned int high)
{
	unsigned int batch = pcp->bounds.batch, most, n;

	if (high < batch)
		return 1;
	most = high - batch;
	n = batch << pcp->free_count;
	if (n < most && pcp->free_count < set->batch_shift)
		pcp->free_count++;
	if (n < batch)
		n = batch;
	return n < most ? n : most;
}

/* cf. nr_pcp_high(), free_unref_page_commit() */
static unsigned int excess(struct bdt_pcpset *set, struct bdt_pcp *pcp, bdt_order order,
			   struct bdt_pcp_pressure pressure)
{
	unsigned int high = pcp->high;

	if (pcp->free_count && order && order <= COSTLY_ORDER)
		return pcp->count;
	if (pressure.reclaim_active && high > pcp->bounds.batch * 4)
		high = pcp->bounds.batch * 4;
	return pcp->count >= high ? drained(set, pcp, high) : 0;
}

const struct bdt_pcp_sizes bdt_pcp_sizes_high = { refill, excess };
