/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/fallback_engine.h"

/*
 * 5.2 to 6.9: the search finds one candidate; its block, or all free blocks of its pageblock, go to the lists
 * of the type asked for, whether the pageblock changes its type or not; then the request is tried again.
 */

/* cf. __rmqueue_fallback(): the largest block, but the smallest for a movable request that may not take over
 */
static bool find_candidate(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt,
			   struct bdt_block *out)
{
	for (bdt_order o = z->max_order + 1; o-- > order;) {
		if (!bdt_fallback_candidate(z, o, mt, out))
			continue;
		if (bdt_fallback_takes_over(z, o, mt) || o == order)
			return true;
		for (bdt_order up = order; up <= o; up++)
			if (bdt_fallback_candidate(z, up, mt, out))
				return true;
	}
	return false;
}

/* Do all free blocks of the candidate's pageblock move?  cf. steal_suitable_fallback() */
static bool moves_pageblock(const struct bdt_zone *z, const struct bdt_block *b, bdt_migratetype mt)
{
	return b->order < z->pageblock_order && bdt_fallback_takes_over(z, b->order, mt) &&
	       bdt_fallback_whole_pageblock(z, b->pfn) &&
	       bdt_zone_type(z, b->pfn) < z->profile->nr_fallback_types;
}

static bool choose(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt, enum bdt_rmqueue_mode mode,
		   struct bdt_choice *choice)
{
	struct bdt_block b, taken;
	bool owned;

	(void)mode; /* a refill of these kernels tries everything for every page */
	if (!find_candidate(z, order, mt, &b))
		return false;
	taken = b;
	owned = b.order >= z->pageblock_order || bdt_zone_type(z, b.pfn) == mt;
	if (moves_pageblock(z, &b, mt)) {
		owned |= bdt_fallback_claim_margin(z, b.pfn, mt) >= 0;
		bdt_fallback_after_move(z, b.pfn, order, &taken);
	}
	*choice = (struct bdt_choice){
		owned ? BDT_FROM_CLAIM : BDT_FROM_STEAL, taken.pfn, taken, b.mt, b.order, b.known, b.pfn
	};
	return true;
}

static void apply(struct bdt_zone *z, const struct bdt_block *candidate, bdt_migratetype mt,
		  enum bdt_source source)
{
	bdt_migratetype type = bdt_zone_type(z, candidate->pfn);
	bool guess = bdt_zone_type_guessed(z, candidate->pfn);

	if (candidate->order >= z->pageblock_order || moves_pageblock(z, candidate, mt)) {
		bdt_buddy_retype(z, candidate->pfn, mt, true, false);
		if (source == BDT_FROM_STEAL)
			bdt_zone_set_type(z, candidate->pfn, type, guess);
	} else {
		bdt_zone_move(z, candidate->pfn, mt, BDT_TAIL, true);
	}
}

static bdt_migratetype rest(enum bdt_source source, bdt_migratetype mt, bdt_migratetype fallback_mt)
{
	(void)source;
	(void)fallback_mt;
	return mt;
}

const struct bdt_fallback_ops bdt_fallback_steal_retry = { choose, apply, rest };
