/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/fallback_engine.h"

/*
 * 6.12.29, 6.15 and later: a pass from the largest order down claims a pageblock if enough of it is free or
 * compatible; only when every claim is refused a pass from the smallest order up steals a single block.
 */

/* cf. __rmqueue_claim() */
static bool choose_claim(const struct bdt_zone *z, const struct bdt_request *request,
			 struct bdt_choice *choice)
{
	const bdt_migratetype mt = request->mt;
	const bdt_order min = bdt_fallback_min_order(z, request);
	struct bdt_block b, taken;

	for (bdt_order o = z->max_order + 1; o-- > min;) {
		if (!bdt_fallback_takes_over(z, o, mt))
			return false;
		if (!bdt_fallback_candidate(z, o, mt, &b))
			continue;
		taken = b;
		if (o < z->pageblock_order) {
			choice->boosts++;
			if (bdt_fallback_claim_margin(z, b.pfn, mt) < 0 ||
			    !bdt_fallback_after_move(z, b.pfn, request->order, &taken))
				continue;
		}
		*choice = (struct bdt_choice){ BDT_FROM_CLAIM, taken.pfn, taken,         b.mt, o,
					       b.known,        b.pfn,     choice->boosts };
		return true;
	}
	return false;
}

/* cf. __rmqueue_steal() */
static bool choose_steal(const struct bdt_zone *z, const struct bdt_request *request,
			 struct bdt_choice *choice)
{
	struct bdt_block b;

	for (bdt_order o = request->order; o <= z->max_order; o++)
		if (bdt_fallback_candidate(z, o, request->mt, &b)) {
			*choice = (struct bdt_choice){ BDT_FROM_STEAL, b.pfn,         b, b.mt, o, b.known,
						       b.pfn,          choice->boosts };
			return true;
		}
	return false;
}

static bool choose(const struct bdt_zone *z, const struct bdt_request *request, enum bdt_rmqueue_mode mode,
		   struct bdt_choice *choice)
{
	if (mode != BDT_RMQUEUE_STEAL && choose_claim(z, request, choice))
		return true;
	return !(request->flags & BT_REQUEST_NOFRAGMENT) && choose_steal(z, request, choice);
}

const struct bdt_fallback_ops bdt_fallback_claim_steal = { .choose = choose,
							   .apply = bdt_fallback_claim_block,
							   .remembers = true };
