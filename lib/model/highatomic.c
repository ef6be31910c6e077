/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/highatomic.h"

/* RESERVE pageblocks of a zone at most: more are asked for only to keep huge pages available. */
#define MAX_RESERVE_PAGEBLOCKS 2

static uint64_t pageblock_pages(const struct bdt_zone *z)
{
	return 1ULL << z->pageblock_order;
}

uint64_t bdt_highatomic_limit(const struct bdt_zone *z)
{
	uint64_t size = pageblock_pages(z), share = z->managed / 100;

	if (!z->profile->highatomic_aligned)
		return share + size;
	return share < size ? 0 : (share + size - 1) & ~(size - 1);
}

bool bdt_highatomic_reserve(struct bdt_zone *z, bdt_pfn pfn, bdt_order order)
{
	bdt_migratetype mt = z->profile->highatomic;
	uint64_t pages = pageblock_pages(z);
	bdt_pfn start, end;

	if (z->nr_reserved_highatomic >= bdt_highatomic_limit(z) ||
	    bdt_zone_type(z, pfn) >= z->profile->nr_fallback_types)
		return false;
	if (z->profile->list_is_block_type && order >= z->pageblock_order) {
		bdt_buddy_set_types(z, pfn, order, mt, false);
		pages = 1ULL << order;
	} else if (z->profile->list_is_block_type && !bdt_buddy_movable_range(z, pfn, &start, &end)) {
		return false;
	} else {
		bdt_buddy_move(z, pfn, mt);
		bdt_zone_set_type(z, pfn, mt, false);
	}
	z->nr_reserved_highatomic += pages;
	return true;
}

/* The pageblock of the free block `b`, or all of a larger one, goes to `mt`; the pages moved. */
static uint64_t give_up(struct bdt_zone *z, const struct bdt_block *b, bdt_migratetype mt)
{
	bool whole = z->profile->list_is_block_type && b->order >= z->pageblock_order;
	uint64_t pages = whole ? 1ULL << b->order : pageblock_pages(z), moved;

	if (bdt_zone_type(z, b->pfn) == z->profile->highatomic)
		z->nr_reserved_highatomic -=
			pages < z->nr_reserved_highatomic ? pages : z->nr_reserved_highatomic;
	if (whole)
		return bdt_buddy_retype(z, b->pfn, mt, true, false);
	moved = bdt_buddy_move(z, b->pfn, mt);
	bdt_zone_set_type(z, b->pfn, mt, false);
	return moved;
}

uint64_t bdt_highatomic_unreserve(struct bdt_zone *z, bdt_migratetype mt, bool force)
{
	bdt_migratetype reserved = z->profile->highatomic;
	struct bdt_block b;

	if (!force && z->nr_reserved_highatomic <= pageblock_pages(z))
		return 0;
	for (bdt_order o = 0; o <= z->max_order; o++) {
		uint64_t moved;

		if (!bdt_zone_first(z, o, reserved, &b))
			continue;
		moved = give_up(z, &b, mt);
		if (moved)
			return moved;
	}
	return 0;
}

void bdt_highatomic_set_aside(struct bdt_zone *z, uint64_t min_wmark,
			      bool (*boot_memory)(void *user, bdt_pfn pageblock), void *user)
{
	const bdt_pfn size = pageblock_pages(z);
	const bdt_migratetype reserve = z->profile->highatomic, movable = z->profile->movable;
	uint64_t wanted = (min_wmark + size - 1) >> z->pageblock_order, had = z->nr_reserved_highatomic;

	if (wanted > MAX_RESERVE_PAGEBLOCKS)
		wanted = MAX_RESERVE_PAGEBLOCKS;
	if (wanted == had)
		return;
	z->nr_reserved_highatomic = wanted;
	for (bdt_pfn p = (z->start + size - 1) & ~(size - 1); p < z->end && (wanted || had); p += size) {
		bdt_migratetype type = bdt_zone_type(z, p);

		if (wanted && boot_memory && boot_memory(user, p))
			continue;
		if (wanted && (type == reserve || type == movable)) {
			wanted--;
			if (type == reserve)
				continue;
			bdt_zone_set_type(z, p, reserve, false);
			bdt_buddy_move(z, p, reserve);
		} else if (type == reserve) {
			bdt_zone_set_type(z, p, movable, false);
			bdt_buddy_move(z, p, movable);
		}
	}
}
