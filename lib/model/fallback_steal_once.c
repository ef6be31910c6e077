/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/fallback_engine.h"

/*
 * 6.10 to 6.14, 6.12 up to .28: one search finds one candidate.  Its pageblock is claimed if enough of it is
 * free or compatible; otherwise the page is cut from the candidate, and the rest stays where it was.
 */

/* cf. __rmqueue_fallback(), steal_suitable_fallback() */
static bool choose(const struct bdt_zone *z, const struct bdt_request *request, enum bdt_rmqueue_mode mode,
		   struct bdt_choice *choice)
{
	struct bdt_block b, taken;
	bool claims;

	(void)mode; /* a refill of these kernels tries everything for every page */
	if (!bdt_fallback_search(z, request, &b))
		return false;
	taken = b;
	claims = b.order >= z->pageblock_order;
	choice->boosts = !claims;
	if (!claims && bdt_fallback_takes_over(z, b.order, request->mt) &&
	    bdt_fallback_claim_margin(z, b.pfn, request->mt) >= 0)
		claims = bdt_fallback_after_move(z, b.pfn, request->order, &taken);
	*choice = (struct bdt_choice){ claims ? BDT_FROM_CLAIM : BDT_FROM_STEAL,
				       taken.pfn,
				       taken,
				       b.mt,
				       b.order,
				       b.known,
				       b.pfn,
				       choice->boosts };
	return true;
}

const struct bdt_fallback_ops bdt_fallback_steal_once = { .choose = choose,
							  .apply = bdt_fallback_claim_block };
