/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pcp_rules.h"

/* Up to 5.13: a batch is moved each time, and what is above `high` is one batch. */

static unsigned int refill(struct bdt_pcpset *set, struct bdt_pcp *pcp, bdt_order order, bool below_high)
{
	(void)set;
	(void)order;
	(void)below_high;
	return pcp->bounds.batch;
}

/* cf. free_hot_cold_page(), free_unref_page_commit() */
static unsigned int excess(struct bdt_pcpset *set, struct bdt_pcp *pcp, bdt_order order,
			   struct bdt_pcp_pressure pressure)
{
	(void)set;
	(void)order;
	(void)pressure;
	return pcp->count >= pcp->high ? pcp->bounds.batch : 0;
}

const struct bdt_pcp_sizes bdt_pcp_sizes_batch = { refill, excess };
