/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/fallback_engine.h"

static const struct bdt_fallback_ops *const engines[] = {
	[BDT_ENGINE_STEAL_RETRY] = &bdt_fallback_steal_retry,
	[BDT_ENGINE_CLAIM_STEAL] = &bdt_fallback_claim_steal,
};

bool bdt_fallback_takes_over(const struct bdt_zone *z, bdt_order candidate, bdt_migratetype mt)
{
	return candidate >= z->pageblock_order / 2 || mt != z->profile->movable;
}

bool bdt_fallback_candidate(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt,
			    struct bdt_block *out)
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

bool bdt_fallback_whole_pageblock(const struct bdt_zone *z, bdt_pfn pfn)
{
	return bdt_zone_spans_block(z, pageblock_start(z, pfn), z->pageblock_order);
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

bool bdt_fallback_after_move(const struct bdt_zone *z, bdt_pfn pfn, bdt_order order, struct bdt_block *out)
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

struct bdt_choice bdt_fallback_choose(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt,
				      enum bdt_rmqueue_mode mode)
{
	struct bdt_choice choice = { .source = BDT_FROM_NOWHERE };
	struct bdt_block b;

	for (bdt_order o = order; mode == BDT_RMQUEUE_NORMAL && o <= z->max_order; o++)
		if (bdt_zone_first(z, o, mt, &b))
			return (struct bdt_choice){ BDT_FROM_OWN, b.pfn, b, mt, o, b.known, b.pfn };
	if (mt < z->profile->nr_fallback_types)
		engines[z->profile->engine]->choose(z, order, mt, mode, &choice);
	return choice;
}

void bdt_fallback_apply(struct bdt_zone *z, const struct bdt_block *candidate, bdt_migratetype mt,
			enum bdt_source source)
{
	engines[z->profile->engine]->apply(z, candidate, mt, source);
}

bdt_migratetype bdt_fallback_rest(const struct bdt_zone *z, enum bdt_source source, bdt_migratetype mt,
				  bdt_migratetype fallback_mt)
{
	return engines[z->profile->engine]->rest(source, mt, fallback_mt);
}
