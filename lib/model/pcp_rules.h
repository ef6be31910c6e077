/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_PCP_RULES_H
#define BT_MODEL_PCP_RULES_H

#include "model/pcp.h"

/* What the releases do differently with the per-CPU lists; resolved when a set of lists is made. */

/* How much is moved between a CPU's lists and the buddy lists at once. */
struct bdt_pcp_sizes {
	/* Blocks that a refill of an empty list asks for, and the change of the factors that goes with it. */
	unsigned int (*refill)(struct bdt_pcpset *set, struct bdt_pcp *pcp, bdt_order order, bool below_high);
	/* Pages to drain after a block of this order was put on a list, 0 = none. */
	unsigned int (*excess)(struct bdt_pcpset *set, struct bdt_pcp *pcp, bdt_order order,
			       struct bdt_pcp_pressure pressure);
};

extern const struct bdt_pcp_sizes bdt_pcp_sizes_batch; /* pcp_sizes_batch.c */
extern const struct bdt_pcp_sizes bdt_pcp_sizes_high;  /* pcp_sizes_high.c */
extern const struct bdt_pcp_sizes bdt_pcp_sizes_tuned; /* pcp_sizes_tuned.c */

/* Ways to go over the lists of a CPU (pcp_drain.c): gives back `pages` pages, which it has. */
typedef unsigned int bdt_pcp_drain_fn(struct bdt_pcpset *set, unsigned int cpu, unsigned int pages,
				      unsigned int first);
bdt_pcp_drain_fn bdt_pcp_drain_types;
bdt_pcp_drain_fn bdt_pcp_drain_lists;

#endif
