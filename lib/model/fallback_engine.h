/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_FALLBACK_ENGINE_H
#define BT_MODEL_FALLBACK_ENGINE_H

#include "model/fallback.h"

/* What the fallback engines of the kernel versions have in common, and what each of them is made of. */

struct bdt_fallback_ops {
	/* The choice when no list of `mt` serves the request; false if no other list does. */
	bool (*choose)(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt,
		       enum bdt_rmqueue_mode mode, struct bdt_choice *choice);
	/* bdt_fallback_apply() and bdt_fallback_rest(). */
	void (*apply)(struct bdt_zone *z, const struct bdt_block *candidate, bdt_migratetype mt,
		      enum bdt_source source);
	bdt_migratetype (*rest)(enum bdt_source source, bdt_migratetype mt, bdt_migratetype fallback_mt);
};

extern const struct bdt_fallback_ops bdt_fallback_claim_steal; /* fallback_claim_steal.c */
extern const struct bdt_fallback_ops bdt_fallback_steal_retry; /* fallback_steal_retry.c */

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

/* Lies the pageblock of `pfn` in the zone completely?  Otherwise it is not moved as a whole. */
bool bdt_fallback_whole_pageblock(const struct bdt_zone *z, bdt_pfn pfn);

/*
 * The block that serves the request when all free blocks of the pageblock of `pfn` went, ascending, to the
 * tails of lists that were empty from `order` up: the lowest of the smallest order that is large enough.
 * O(pageblock).
 */
bool bdt_fallback_after_move(const struct bdt_zone *z, bdt_pfn pfn, bdt_order order, struct bdt_block *out);

#endif
