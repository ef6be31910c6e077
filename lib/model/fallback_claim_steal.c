/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/fallback_engine.h"

/*
 * 6.12.29, 6.15 and later: a pass from the largest order down claims a pageblock if enough of it is free or
 * compatible; only when every claim is refused a pass from the smallest order up steals a single block.
 */

/* cf. __rmqueue_claim() */
static bool choose_claim(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt,
			 struct bdt_choice *choice)
{
	struct bdt_block b, taken;

	for (bdt_order o = z->max_order + 1; o-- > order;) {
		if (!bdt_fallback_takes_over(z, o, mt))
			return false;
		if (!bdt_fallback_candidate(z, o, mt, &b))
			continue;
		if (o >= z->pageblock_order) {
			*choice = (struct bdt_choice){ BDT_FROM_CLAIM, b.pfn, b, b.mt, o, b.known, b.pfn };
			return true;
		}
		if (!bdt_fallback_whole_pageblock(z, b.pfn) || bdt_fallback_claim_margin(z, b.pfn, mt) < 0 ||
		    !bdt_fallback_after_move(z, b.pfn, order, &taken))
			continue;
		*choice = (struct bdt_choice){ BDT_FROM_CLAIM, taken.pfn, taken, b.mt, o, b.known, b.pfn };
		return true;
	}
	return false;
}

/* cf. __rmqueue_steal() */
static bool choose_steal(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt,
			 struct bdt_choice *choice)
{
	struct bdt_block b;

	for (bdt_order o = order; o <= z->max_order; o++)
		if (bdt_fallback_candidate(z, o, mt, &b)) {
			*choice = (struct bdt_choice){ BDT_FROM_STEAL, b.pfn, b, b.mt, o, b.known, b.pfn };
			return true;
		}
	return false;
}

static bool choose(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt, enum bdt_rmqueue_mode mode,
		   struct bdt_choice *choice)
{
	if (mode != BDT_RMQUEUE_STEAL && choose_claim(z, order, mt, choice))
		return true;
	return choose_steal(z, order, mt, choice);
}

static void apply(struct bdt_zone *z, const struct bdt_block *candidate, bdt_migratetype mt,
		  enum bdt_source source)
{
	if (source == BDT_FROM_CLAIM)
		bdt_buddy_retype(z, candidate->pfn, mt, true, false);
}

static bdt_migratetype rest(enum bdt_source source, bdt_migratetype mt, bdt_migratetype fallback_mt)
{
	return source == BDT_FROM_STEAL ? fallback_mt : mt;
}

const struct bdt_fallback_ops bdt_fallback_claim_steal = { choose, apply, rest };
