/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_FALLBACK_H
#define BT_MODEL_FALLBACK_H

#include "model/buddy.h"

/* Choosing the block that serves a request: own list, or a fallback as the profile's engine does it. */

enum bdt_source {
	BDT_FROM_NOWHERE, /* no free block serves the request */
	BDT_FROM_OWN,     /* a list of the requested type.  cf. __rmqueue_smallest() */
	BDT_FROM_CLAIM, /* a fallback after which the pageblock has the requested type (change_ownership 1) */
	BDT_FROM_STEAL, /* a fallback that leaves the pageblock its type (change_ownership 0) */
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
	bdt_pfn candidate;           /* claim and steal: the block that the search for a fallback found */
};

/*
 * What the kernel would take for (order, mt); the zone is not changed.  O(orders), plus O(pageblock) for each
 * candidate of a claim below pageblock order.  cf. __rmqueue(), 5.10 - 7.2.
 */
struct bdt_choice bdt_fallback_choose(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt,
				      enum bdt_rmqueue_mode mode);

/*
 * Changes lists and types as a fallback to the free block `candidate` does before the page is taken; `source`
 * is claim or steal.  The block of the page can be another one afterwards: find it again.  O(pageblock). cf.
 * try_to_claim_block(), steal_suitable_fallback()
 */
void bdt_fallback_apply(struct bdt_zone *z, const struct bdt_block *candidate, bdt_migratetype mt,
			enum bdt_source source);

/* The type of list that gets what is left of the block after the page was taken.  cf. expand() */
bdt_migratetype bdt_fallback_rest(const struct bdt_zone *z, enum bdt_source source, bdt_migratetype mt,
				  bdt_migratetype fallback_mt);

/*
 * How sure it is that the pageblock of `pfn` changes its type: pages that are free or of a compatible type,
 * minus the half pageblock that is needed; >= 0 means that it does.  O(pageblock).
 */
int bdt_fallback_claim_margin(const struct bdt_zone *z, bdt_pfn pfn, bdt_migratetype mt);

#endif
