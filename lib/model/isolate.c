/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/isolate.h"

static uint8_t *type_of(struct bdt_zone *z, bdt_pfn pfn)
{
	return &z->block_type[(pfn - z->base) >> z->pageblock_order];
}

/*
 * The pageblock becomes `mt`, and with it what is free there.  A free block of several pageblocks is freed
 * anew, each part as what it is.  cf. move_freepages_block_isolate(), 6.10 - 7.2.
 */
static bool change(struct bdt_zone *z, bdt_pfn pfn, bdt_migratetype mt)
{
	struct bdt_block b;
	bdt_pfn start, end;
	bool whole = bdt_buddy_movable_range(z, pfn, &start, &end);

	if (!whole && z->profile->list_is_block_type)
		return false;
	if (z->profile->isolate_splits && bdt_zone_find(z, pfn, &b) && b.order > z->pageblock_order) {
		bdt_zone_delete(z, b.pfn);
		bdt_zone_set_type(z, pfn, mt, false);
		bdt_buddy_free_by_type(z, b.pfn, b.order, 0);
		return true;
	}
	bdt_buddy_move(z, pfn, mt);
	bdt_zone_set_type(z, pfn, mt, false);
	return true;
}

bool bdt_isolate_pageblock(struct bdt_zone *z, bdt_pfn pfn)
{
	uint8_t saved = *type_of(z, pfn) & BT_BLOCK_TYPE;

	if (bdt_zone_type(z, pfn) == z->isolate || !change(z, pfn, z->isolate))
		return false;
	*type_of(z, pfn) = (uint8_t)((*type_of(z, pfn) & ~BT_BLOCK_SAVED) | saved << 3);
	return true;
}

/* The buddy of a free block that was kept from merging by the isolation alone. */
static bool buddy_waits(const struct bdt_zone *z, const struct bdt_block *b)
{
	bdt_pfn at = b->pfn ^ (1ULL << b->order);
	struct bdt_block buddy;

	return b->order < z->max_order && bdt_zone_spans_block(z, at, b->order) &&
	       bdt_zone_head(z, at, &buddy) && buddy.order == b->order && bdt_zone_type(z, at) != z->isolate;
}

void bdt_unisolate_pageblock(struct bdt_zone *z, bdt_pfn pfn, bdt_migratetype mt)
{
	bdt_pfn start = pfn & ~((1ULL << z->pageblock_order) - 1);
	struct bdt_block b;

	if (bdt_zone_type(z, pfn) != z->isolate)
		return;
	if (z->profile->isolate_bit)
		mt = ((*type_of(z, pfn) & BT_BLOCK_SAVED) >> 3) ^ z->profile->movable;
	if (bdt_zone_head(z, start, &b) && b.order >= z->pageblock_order && buddy_waits(z, &b)) {
		bdt_buddy_isolate(z, &b);
		bdt_buddy_set_types(z, b.pfn, b.order, mt, false);
		bdt_buddy_free(z, b.pfn, b.order, mt, BT_FREE_TO_TAIL | BT_FREE_NOT_REPORTED);
		return;
	}
	change(z, pfn, mt);
}
