/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/fallback_engine.h"

/*
 * 4.0 to 4.11: the first block of the largest order is the page, also when that order is small.  A request
 * that may take over gets all free pages of the pageblock with it, and the pageblock if half of it was free.
 */

/* Free pages that would move, minus the half pageblock that is needed to own it. */
static bool claims(const struct bdt_zone *z, const struct bdt_block *b)
{
	bdt_pfn start, end, pages = 0;
	struct bdt_block at;

	if (z->grouping_off)
		return true;
	if (!bdt_buddy_movable_range(z, b->pfn, &start, &end))
		return false;
	for (; bdt_buddy_next(z, start, end, &at); start = at.pfn + (1ULL << at.order))
		pages += 1ULL << at.order;
	return pages >= 1ULL << (z->pageblock_order - 1);
}

static bool takes_pageblock(const struct bdt_zone *z, const struct bdt_block *b, bdt_migratetype mt)
{
	return b->mt != z->cma && bdt_fallback_takes_over(z, b->order, mt);
}

/* cf. __rmqueue_fallback() */
static bool choose(const struct bdt_zone *z, const struct bdt_request *request, enum bdt_rmqueue_mode mode,
		   struct bdt_choice *choice)
{
	struct bdt_block b;
	bool owned;

	(void)mode; /* these kernels know no other */
	for (bdt_order o = z->max_order + 1; o-- > request->order;) {
		if (!bdt_fallback_candidate(z, o, request->mt, &b))
			continue;
		owned = bdt_zone_type(z, b.pfn) == request->mt ||
			(takes_pageblock(z, &b, request->mt) && (o >= z->pageblock_order || claims(z, &b)));
		*choice = (struct bdt_choice){
			owned ? BDT_FROM_CLAIM : BDT_FROM_STEAL, b.pfn, b, b.mt, o, b.known, b.pfn, 0
		};
		return true;
	}
	return false;
}

/* cf. try_to_steal_freepages() */
static void apply(struct bdt_zone *z, const struct bdt_block *candidate, bdt_migratetype mt,
		  enum bdt_source source)
{
	if (!takes_pageblock(z, candidate, mt))
		return;
	if (candidate->order >= z->pageblock_order) {
		bdt_buddy_set_types(z, candidate->pfn, candidate->order, mt, false);
		return;
	}
	bdt_buddy_move(z, candidate->pfn, mt);
	if (source == BDT_FROM_CLAIM)
		bdt_zone_set_type(z, candidate->pfn, mt, false);
}

const struct bdt_fallback_ops bdt_fallback_steal_first = {
	.choose = choose, .apply = apply, .rest_is_asked = true, .tells_first = true
};
