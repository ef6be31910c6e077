/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_FALLBACK_H
#define BT_MODEL_FALLBACK_H

#include "model/buddy.h"

/* Choosing the block that serves a request: own list, claim or steal. */

enum bdt_source {
	BDT_FROM_NOWHERE, /* no free block serves the request */
	BDT_FROM_OWN,     /* a list of the requested type.  cf. __rmqueue_smallest() */
	BDT_FROM_CLAIM,   /* a fallback that takes the pageblock over.  cf. __rmqueue_claim() */
	BDT_FROM_STEAL,   /* a fallback that takes one block.  cf. __rmqueue_steal() */
};

/* Where a refill remembers to start for its next page.  cf. enum rmqueue_mode, 6.12.29 and later. */
enum bdt_rmqueue_mode { BDT_RMQUEUE_NORMAL, BDT_RMQUEUE_STEAL };

struct bdt_choice {
	enum bdt_source source;
	bdt_pfn pfn;                 /* page that is handed out */
	struct bdt_block block;      /* free block it is cut from, as it is on the lists now */
	bdt_migratetype fallback_mt; /* claim and steal: type of the candidate's list */
	bdt_order fallback_order;    /* claim and steal: order of the candidate */
	bool known;                  /* the block's place in its list follows from calls, not from a seed */
};

/*
 * What the kernel would take for (order, mt); the zone is not changed.  O(orders), plus O(pageblock) for each
 * candidate of a claim below pageblock order.  cf. __rmqueue(), 6.12.29 - 7.2.
 */
struct bdt_choice bdt_fallback_choose(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt,
				      enum bdt_rmqueue_mode mode);

/*
 * Claims the pageblock(s) of the free block `b` for `mt`: retypes them and moves their free blocks.  The
 * request is then served from the lists of `mt`.  cf. try_to_claim_block().
 */
void bdt_fallback_claim(struct bdt_zone *z, const struct bdt_block *b, bdt_migratetype mt);

/*
 * How sure the claim decision for the pageblock of `pfn` is: pages that are free or of a compatible type,
 * minus the half pageblock that is needed; >= 0 means the claim succeeds.  O(pageblock).
 */
int bdt_fallback_claim_margin(const struct bdt_zone *z, bdt_pfn pfn, bdt_migratetype mt);

#endif
