/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/fallback.h"
#include <string.h>

/*
 * May a request of type `mt` claim when the largest candidate has this order?  Movable requests leave small
 * blocks alone: their pages can be moved later.  cf. should_try_claim_block().
 */
static bool should_claim(const struct bdt_zone *z, bdt_order candidate, bdt_migratetype mt)
{
	return candidate >= z->pageblock_order / 2 || mt != z->profile->movable;
}

/* First block of the first fallback type of `mt` that has one of this order.  cf. find_suitable_fallback().
 */
static bool candidate_at(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt, struct bdt_block *out)
{
	const bdt_migratetype *row = z->profile->fallbacks[mt];

	for (int i = 0; i < 2; i++)
		if (bdt_zone_first(z, order, row[i], out))
			return true;
	return false;
}

static bdt_pfn pageblock_start(const struct bdt_zone *z, bdt_pfn pfn)
{
	return pfn & ~((1ULL << z->pageblock_order) - 1);
}

int bdt_fallback_claim_margin(const struct bdt_zone *z, bdt_pfn pfn, bdt_migratetype mt)
{
	bdt_pfn start = pageblock_start(z, pfn), end = start + (1ULL << z->pageblock_order);
	int pages = 1 << z->pageblock_order, free = 0, movable = 0, alike = 0;
	struct bdt_block b;

	for (bdt_pfn at = start; at < end;) {
		if (bdt_zone_head(z, at, &b)) {
			free += 1 << b.order;
			at += 1ULL << b.order;
		} else {
			movable += !!(z->page_flags[at - z->base] & BT_ZP_MOVABLE);
			at++;
		}
	}
	if (mt == z->profile->movable)
		alike = movable;
	else if (bdt_zone_type(z, pfn) == z->profile->movable)
		alike = pages - free - movable;
	return free + alike - pages / 2;
}

/*
 * The page a partial claim hands out: all free blocks of the pageblock go to the tails of lists that were
 * empty from the request's order up, so it is the lowest block of the smallest order that is large enough.
 */
static bool page_after_claim(const struct bdt_zone *z, bdt_pfn pfn, bdt_order order, struct bdt_block *out)
{
	bdt_pfn start = pageblock_start(z, pfn), end = start + (1ULL << z->pageblock_order);
	struct bdt_block b;
	bool found = false;

	for (bdt_pfn at = start; bdt_buddy_next(z, at, end, &b); at = b.pfn + (1ULL << b.order))
		if (b.order >= order && (!found || b.order < out->order)) {
			*out = b;
			found = true;
		}
	return found;
}

static bool choose_claim(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt,
			 struct bdt_choice *choice)
{
	struct bdt_block b, taken;

	for (bdt_order o = z->max_order + 1; o-- > order;) {
		if (!should_claim(z, o, mt))
			return false;
		if (!candidate_at(z, o, mt, &b))
			continue;
		if (o >= z->pageblock_order) {
			*choice = (struct bdt_choice){ BDT_FROM_CLAIM, b.pfn, b, b.mt, o, b.known };
			return true;
		}
		/* a pageblock that hangs over the zone's edge cannot be moved as a whole */
		if (!bdt_zone_spans_block(z, pageblock_start(z, b.pfn), z->pageblock_order) ||
		    bdt_fallback_claim_margin(z, b.pfn, mt) < 0 || !page_after_claim(z, b.pfn, order, &taken))
			continue;
		*choice = (struct bdt_choice){ BDT_FROM_CLAIM, taken.pfn, taken, b.mt, o, b.known };
		return true;
	}
	return false;
}

static bool choose_steal(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt,
			 struct bdt_choice *choice)
{
	struct bdt_block b;

	for (bdt_order o = order; o <= z->max_order; o++)
		if (candidate_at(z, o, mt, &b)) {
			*choice = (struct bdt_choice){ BDT_FROM_STEAL, b.pfn, b, b.mt, o, b.known };
			return true;
		}
	return false;
}

struct bdt_choice bdt_fallback_choose(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt,
				      enum bdt_rmqueue_mode mode)
{
	struct bdt_choice choice = { .source = BDT_FROM_NOWHERE };
	struct bdt_block b;

	for (bdt_order o = order; o <= z->max_order; o++)
		if (bdt_zone_first(z, o, mt, &b))
			return (struct bdt_choice){ BDT_FROM_OWN, b.pfn, b, mt, o, b.known };
	if (mt >= z->profile->nr_fallback_types)
		return choice;
	if (mode != BDT_RMQUEUE_STEAL && choose_claim(z, order, mt, &choice))
		return choice;
	choose_steal(z, order, mt, &choice);
	return choice;
}

void bdt_fallback_claim(struct bdt_zone *z, const struct bdt_block *b, bdt_migratetype mt)
{
	bdt_buddy_retype(z, b->pfn, mt, true, false);
}
