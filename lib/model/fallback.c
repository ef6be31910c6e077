/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/fallback.h"
#include "model/cma.h"
#include "model/fallback_engine.h"

static const struct bdt_fallback_ops *const engines[] = {
	[BDT_ENGINE_STEAL_FIRST] = &bdt_fallback_steal_first,
	[BDT_ENGINE_STEAL_RETRY] = &bdt_fallback_steal_retry,
	[BDT_ENGINE_STEAL_ONCE] = &bdt_fallback_steal_once,
	[BDT_ENGINE_CLAIM_STEAL] = &bdt_fallback_claim_steal,
};

const struct bdt_fallback_ops *bdt_fallback_engine(const struct bdt_profile *profile)
{
	return engines[profile->engine];
}

bool bdt_fallback_tells_first(const struct bdt_profile *profile)
{
	return engines[profile->engine]->tells_first;
}

bool bdt_fallback_takes_over(const struct bdt_zone *z, bdt_order candidate, bdt_migratetype mt)
{
	return candidate >= z->pageblock_order / 2 || mt != z->profile->movable || z->grouping_off;
}

bool bdt_fallback_candidate(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt,
			    struct bdt_block *out)
{
	for (const uint8_t *row = z->fallbacks[mt]; *row != BT_MT_NONE; row++)
		if (bdt_zone_first(z, order, *row, out))
			return true;
	return false;
}

bdt_order bdt_fallback_min_order(const struct bdt_zone *z, const struct bdt_request *request)
{
	if (!(request->flags & BT_REQUEST_NOFRAGMENT) || z->profile->nofragment < BDT_NOFRAGMENT_ALWAYS ||
	    request->order > z->pageblock_order)
		return request->order;
	return z->pageblock_order;
}

bool bdt_fallback_search(const struct bdt_zone *z, const struct bdt_request *request, struct bdt_block *out)
{
	const bdt_migratetype mt = request->mt;

	for (bdt_order o = z->max_order + 1, min = bdt_fallback_min_order(z, request); o-- > min;) {
		if (!bdt_fallback_candidate(z, o, mt, out))
			continue;
		if (bdt_fallback_takes_over(z, o, mt))
			return true;
		for (o = request->order; !bdt_fallback_candidate(z, o, mt, out);)
			o++;
		return true;
	}
	return false;
}

int bdt_fallback_claim_margin(const struct bdt_zone *z, bdt_pfn pfn, bdt_migratetype mt)
{
	int pages = 1 << z->pageblock_order, free = 0, movable = 0, alike = 0;
	bdt_pfn start, end;
	struct bdt_block b;

	if (z->grouping_off)
		return pages;
	if (!bdt_buddy_movable_range(z, pfn, &start, &end))
		return -pages;
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
	bool last = !z->profile->move_to_tail, found = false;
	bdt_pfn start, end;
	struct bdt_block b;

	if (!bdt_buddy_movable_range(z, pfn, &start, &end))
		return false;
	for (bdt_pfn at = start; bdt_buddy_next(z, at, end, &b); at = b.pfn + (1ULL << b.order))
		if (b.order >= order && (!found || b.order < out->order + last)) {
			*out = b;
			found = true;
		}
	return found;
}

void bdt_fallback_claim_block(struct bdt_zone *z, const struct bdt_block *candidate, bdt_migratetype mt,
			      enum bdt_source source)
{
	if (source == BDT_FROM_CLAIM)
		bdt_buddy_retype(z, candidate->pfn, mt, true, false);
}

static bool smallest(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt, enum bdt_source source,
		     struct bdt_choice *choice)
{
	bdt_order o = bdt_zone_smallest(z, order, mt);
	struct bdt_block b;

	if (o > z->max_order || !bdt_zone_first(z, o, mt, &b))
		return false;
	*choice = (struct bdt_choice){ source, b.pfn, b, mt, o, b.known, b.pfn, 0 };
	return true;
}

struct bdt_choice bdt_fallback_choose(const struct bdt_zone *z, const struct bdt_request *request,
				      enum bdt_rmqueue_mode mode)
{
	struct bdt_choice choice = { .source = BDT_FROM_NOWHERE };
	const bdt_migratetype mt = request->mt, reserved = z->profile->highatomic;
	const bdt_order order = request->order;
	bool cma = request->flags & BT_REQUEST_CMA && bdt_cma_apart(z);

	if (request->flags & BT_REQUEST_HIGHATOMIC &&
	    smallest(z, order, reserved, BDT_FROM_RESERVED, &choice))
		return choice;
	if (cma && bdt_cma_first(z) && smallest(z, order, z->cma, BDT_FROM_CMA, &choice))
		return choice;
	if (mode == BDT_RMQUEUE_NORMAL && smallest(z, order, mt, BDT_FROM_OWN, &choice))
		return choice;
	if (cma && mode <= BDT_RMQUEUE_CMA && smallest(z, order, z->cma, BDT_FROM_CMA, &choice))
		return choice;
	if (mt < z->profile->nr_fallback_types && z->engine->choose(z, request, mode, &choice))
		return choice;
	if (z->profile->reserve || request->flags & BT_REQUEST_RESERVES)
		smallest(z, order, reserved, BDT_FROM_RESERVED, &choice);
	return choice;
}

/* Blocks of `order` in the free blocks of this type from order `min` on. */
static uint64_t blocks_of(const struct bdt_zone *z, bdt_order order, bdt_order min, bdt_migratetype mt)
{
	uint64_t blocks = 0;

	for (bdt_order o = min; o <= z->max_order; o++)
		blocks += (uint64_t)z->list[mt][o].nr_free << (o - order);
	return blocks;
}

uint64_t bdt_fallback_obtainable(const struct bdt_zone *z, const struct bdt_request *request)
{
	const bdt_order order = request->order, min = bdt_fallback_min_order(z, request);
	uint64_t blocks = blocks_of(z, order, order, request->mt);

	if (request->mt < z->profile->nr_fallback_types)
		for (const uint8_t *row = z->fallbacks[request->mt]; *row != BT_MT_NONE; row++)
			blocks += blocks_of(z, order, min, *row);
	if (request->flags & BT_REQUEST_CMA && bdt_cma_apart(z))
		blocks += blocks_of(z, order, order, z->cma);
	if (z->profile->reserve || request->flags & (BT_REQUEST_HIGHATOMIC | BT_REQUEST_RESERVES))
		blocks += blocks_of(z, order, order, z->profile->highatomic);
	return blocks;
}

bool bdt_fallback_event(const struct bdt_zone *z, const struct bdt_request *request,
			const struct bdt_choice *choice, struct bdt_extfrag *out)
{
	if (choice->source != BDT_FROM_CLAIM && choice->source != BDT_FROM_STEAL)
		return false;
	*out = (struct bdt_extfrag){
		.pfn = z->engine->tells_first ? choice->candidate : choice->pfn,
		.alloc_order = request->order,
		.fallback_order = choice->fallback_order,
		.pageblock_order = z->pageblock_order,
		.alloc_migratetype = request->mt,
		.fallback_migratetype = choice->fallback_mt,
		.fragmenting = choice->fallback_order < z->pageblock_order,
		.change_ownership = choice->source == BDT_FROM_CLAIM,
	};
	return true;
}

void bdt_fallback_apply(struct bdt_zone *z, const struct bdt_block *candidate, bdt_migratetype mt,
			enum bdt_source source)
{
	z->engine->apply(z, candidate, mt, source);
}

bdt_migratetype bdt_fallback_rest(const struct bdt_zone *z, enum bdt_source source, bdt_migratetype mt,
				  bdt_migratetype fallback_mt)
{
	switch (source) {
	case BDT_FROM_CLAIM:
		/* where CMA is a fallback, what it lends stays its own */
		return fallback_mt == z->cma ? fallback_mt : mt;
	case BDT_FROM_STEAL:
		return z->engine->rest_is_asked && fallback_mt != z->cma ? mt : fallback_mt;
	case BDT_FROM_CMA:
		return z->cma;
	case BDT_FROM_RESERVED:
		return z->profile->highatomic;
	default:
		return mt;
	}
}
