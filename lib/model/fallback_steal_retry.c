/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/fallback_engine.h"

/*
 * 4.12 to 6.9: the search finds one candidate; its block, or all free blocks of its pageblock, go to the
 * lists of the type asked for, whether the pageblock changes its type or not; then the request is tried
 * again.
 */

/* Stale lists can hold blocks of highatomic pageblocks, which keep their type. */
static bool is_reserved(const struct bdt_zone *z, const struct bdt_block *b)
{
	return bdt_zone_type(z, b->pfn) == z->profile->highatomic;
}

/* Do all free blocks of the candidate's pageblock move?  cf. steal_suitable_fallback() */
static bool moves_pageblock(const struct bdt_zone *z, const struct bdt_block *b, bdt_migratetype mt)
{
	bdt_pfn start, end;

	return b->order < z->pageblock_order && bdt_fallback_takes_over(z, b->order, mt) &&
	       !is_reserved(z, b) && bdt_buddy_movable_range(z, b->pfn, &start, &end);
}

static bool choose(const struct bdt_zone *z, const struct bdt_request *request, enum bdt_rmqueue_mode mode,
		   struct bdt_choice *choice)
{
	const bdt_migratetype mt = request->mt;
	struct bdt_block b, taken;
	bool owned;

	(void)mode; /* a refill of these kernels tries everything for every page */
	if (!bdt_fallback_search(z, request, &b))
		return false;
	taken = b;
	owned = bdt_zone_type(z, b.pfn) == mt || (b.order >= z->pageblock_order && !is_reserved(z, &b));
	if (moves_pageblock(z, &b, mt)) {
		owned |= bdt_fallback_claim_margin(z, b.pfn, mt) >= 0;
		bdt_fallback_after_move(z, b.pfn, request->order, &taken);
	}
	*choice = (struct bdt_choice){ owned ? BDT_FROM_CLAIM : BDT_FROM_STEAL,
				       taken.pfn,
				       taken,
				       b.mt,
				       b.order,
				       b.known,
				       b.pfn,
				       b.order < z->pageblock_order && !is_reserved(z, &b) };
	return true;
}

static void apply(struct bdt_zone *z, const struct bdt_block *candidate, bdt_migratetype mt,
		  enum bdt_source source)
{
	if (candidate->order >= z->pageblock_order && !is_reserved(z, candidate)) {
		bdt_buddy_retype(z, candidate->pfn, mt, true, false);
		return;
	}
	if (moves_pageblock(z, candidate, mt)) {
		bdt_buddy_move(z, candidate->pfn, mt);
		if (source == BDT_FROM_CLAIM)
			bdt_zone_set_type(z, candidate->pfn, mt, false);
		return;
	}
	bdt_zone_move(z, candidate->pfn, mt, z->profile->move_to_tail ? BDT_TAIL : BDT_HEAD, true);
}

const struct bdt_fallback_ops bdt_fallback_steal_retry = {
	.choose = choose, .apply = apply, .rest_is_asked = true, .tells_first = true
};
