/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_FALLBACK_ENGINE_H
#define BT_MODEL_FALLBACK_ENGINE_H

#include "model/fallback.h"

/* What the fallback engines of the kernel versions have in common, and what each of them is made of. */

struct bdt_fallback_ops {
	/* The choice when no list of the own type serves the request; false if no other list does. */
	bool (*choose)(const struct bdt_zone *z, const struct bdt_request *request,
		       enum bdt_rmqueue_mode mode, struct bdt_choice *choice);
	/* bdt_fallback_apply() */
	void (*apply)(struct bdt_zone *z, const struct bdt_block *candidate, bdt_migratetype mt,
		      enum bdt_source source);
	bool rest_is_asked; /* what is left of a block goes to the type asked for, also after a steal */
	bool tells_first;   /* bdt_fallback_tells_first() */
	bool remembers;     /* a refill starts where its last page ended.  enum bdt_rmqueue_mode */
};

extern const struct bdt_fallback_ops bdt_fallback_steal_first; /* fallback_steal_first.c */
extern const struct bdt_fallback_ops bdt_fallback_steal_retry; /* fallback_steal_retry.c */
extern const struct bdt_fallback_ops bdt_fallback_steal_once;  /* fallback_steal_once.c */
extern const struct bdt_fallback_ops bdt_fallback_claim_steal; /* fallback_claim_steal.c */

/* The engine of a profile. */
const struct bdt_fallback_ops *bdt_fallback_engine(const struct bdt_profile *profile);

/*
 * May a request of type `mt` take over more than the candidate itself when that has this order?  Movable
 * requests leave small blocks alone: their pages can be moved later.  cf. should_try_claim_block(),
 * can_steal_fallback().
 */
bool bdt_fallback_takes_over(const struct bdt_zone *z, bdt_order candidate, bdt_migratetype mt);

/* First block of the first fallback type of `mt` that has one of this order.  cf. find_suitable_fallback().
 */
bool bdt_fallback_candidate(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt,
			    struct bdt_block *out);

/*
 * The candidate of engines with a single search from the largest order down: the smallest one instead for a
 * movable request that may not take over.  cf. __rmqueue_fallback(), 4.13 - 6.14.
 */
bool bdt_fallback_search(const struct bdt_zone *z, const struct bdt_request *request, struct bdt_block *out);

/* bdt_fallback_apply() of engines after which a free block is on the list of its pageblock's type. */
void bdt_fallback_claim_block(struct bdt_zone *z, const struct bdt_block *candidate, bdt_migratetype mt,
			      enum bdt_source source);

/* Smallest order that a fallback may take: that of a pageblock for requests that must not fragment. */
bdt_order bdt_fallback_min_order(const struct bdt_zone *z, const struct bdt_request *request);

/*
 * The block that serves the request when all free blocks of the pageblock of `pfn` went, ascending, to the
 * ends of lists that were empty from `order` up: of the smallest order that is large enough the lowest, or
 * the highest where blocks move to the head.  O(pageblock).
 */
bool bdt_fallback_after_move(const struct bdt_zone *z, bdt_pfn pfn, bdt_order order, struct bdt_block *out);

#endif
