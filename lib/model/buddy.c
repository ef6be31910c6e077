/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/buddy.h"
#include <assert.h>

static inline bdt_pfn block_size(bdt_order order)
{
	return 1ULL << order;
}

/* Migratetypes with fallbacks may merge across pageblocks.  cf. migratetype_is_mergeable(). */
static bool mergeable(const struct bdt_zone *z, bdt_migratetype mt)
{
	return mt < z->profile->nr_fallback_types || mt == BT_MT_LIMBO;
}

/*
 * Is the buddy of (pfn, order) a free block of exactly that order that the kernel would merge with?  At and
 * above pageblock order two types merge only when both are mergeable; before 5.15 any do.
 */
static bool buddy_to_merge(const struct bdt_zone *z, bdt_pfn pfn, bdt_order order, bdt_migratetype mt,
			   struct bdt_block *buddy)
{
	bdt_pfn at = pfn ^ block_size(order);

	if (!bdt_zone_spans_block(z, at, order) || !bdt_zone_head(z, at, buddy) || buddy->order != order)
		return false;
	if (order < z->pageblock_order || buddy->mt == mt)
		return true;
	return z->profile->merge_any_type || (mergeable(z, mt) && mergeable(z, buddy->mt));
}

static void set_types(struct bdt_zone *z, bdt_pfn pfn, bdt_order order, bdt_migratetype mt, bool guess)
{
	for (bdt_pfn p = pfn; p < pfn + block_size(order); p += block_size(z->pageblock_order))
		bdt_zone_set_type(z, p, mt, guess);
}

/*
 * A block at the end of a run of frees soon merges once more when the parent's buddy is free already: the
 * kernel puts it last so that it is not split before.  cf. buddy_merge_likely().
 */
static bool merge_likely(const struct bdt_zone *z, bdt_pfn pfn, bdt_order order)
{
	struct bdt_block b;
	bdt_pfn parent, uncle;

	if (order + 2 > z->max_order)
		return false;
	parent = pfn & ~block_size(order);
	uncle = parent ^ block_size(order + 1);
	return bdt_zone_spans_block(z, uncle, order + 1) && bdt_zone_head(z, uncle, &b) &&
	       b.order == order + 1;
}

struct bdt_block bdt_buddy_free(struct bdt_zone *z, bdt_pfn pfn, bdt_order order, bdt_migratetype mt,
				unsigned int flags)
{
	struct bdt_block buddy;
	enum bdt_place place;

	while (order < z->max_order && buddy_to_merge(z, pfn, order, mt, &buddy)) {
		bdt_zone_delete(z, buddy.pfn);
		/* below pageblock order both halves lie in one pageblock: a wrong list is a wrong guess */
		if (buddy.mt != mt && order >= z->pageblock_order && z->profile->list_is_block_type)
			set_types(z, buddy.pfn, order, mt, false);
		pfn &= ~block_size(order);
		order++;
	}
	place = flags & BT_FREE_TO_TAIL || merge_likely(z, pfn, order) ? BDT_TAIL : BDT_HEAD;
	bdt_zone_insert(z, pfn, order, mt, place, !(flags & BT_FREE_UNKNOWN));
	z->reporting_requested |= order >= z->reporting_order;
	return (struct bdt_block){ pfn, order, mt, !(flags & BT_FREE_UNKNOWN) };
}

void bdt_buddy_free_by_type(struct bdt_zone *z, bdt_pfn pfn, bdt_order order, unsigned int flags)
{
	bdt_order piece = order < z->pageblock_order ? order : z->pageblock_order;

	if (!z->profile->list_is_block_type)
		piece = order;
	for (bdt_pfn p = pfn; p < pfn + block_size(order); p += block_size(piece))
		if (bdt_zone_spans_block(z, p, piece))
			bdt_buddy_free(z, p, piece, bdt_zone_type(z, p), flags);
}

void bdt_buddy_take(struct bdt_zone *z, const struct bdt_block *from, bdt_pfn pfn, bdt_order order,
		    bdt_migratetype mt)
{
	bdt_pfn at = from->pfn;
	uint8_t reported = z->reporting_queue ? BT_ZP_REPORTED : 0;

	assert(order <= from->order && pfn >= at && pfn < at + block_size(from->order));
	bdt_zone_delete(z, at);
	for (bdt_order o = from->order; o-- > order;) {
		bdt_pfn upper = at + block_size(o), rest = pfn < upper ? upper : at;

		bdt_zone_insert(z, rest, o, mt, BDT_HEAD, true);
		z->page_flags[rest - z->base] |= reported;
		if (rest == at)
			at = upper;
	}
	assert(at == pfn);
}

uint64_t bdt_buddy_carve(struct bdt_zone *z, bdt_pfn pfn, bdt_order order)
{
	bdt_pfn at = pfn, end = pfn + block_size(order);
	struct bdt_block b;
	uint64_t pages = 0;

	if (!bdt_zone_spans(z, pfn))
		return 0;
	if (end > z->end)
		end = z->end;
	if (bdt_zone_find(z, pfn, &b) && b.order > order) {
		bdt_buddy_take(z, &b, pfn, order, b.mt);
		return block_size(order);
	}
	while (bdt_buddy_next(z, at, end, &b)) {
		bdt_zone_delete(z, b.pfn);
		pages += block_size(b.order);
		at = b.pfn + block_size(b.order);
	}
	return pages;
}

bool bdt_buddy_next(const struct bdt_zone *z, bdt_pfn pfn, bdt_pfn end, struct bdt_block *out)
{
	for (; pfn < end; pfn++)
		if (z->block[pfn - z->base])
			return bdt_zone_head(z, pfn, out);
	return false;
}

uint64_t bdt_buddy_retype(struct bdt_zone *z, bdt_pfn pfn, bdt_migratetype mt, bool known, bool guess)
{
	bdt_pfn start = pfn & ~(block_size(z->pageblock_order) - 1);
	bdt_pfn end = start + block_size(z->pageblock_order);
	struct bdt_block b;
	uint64_t moved = 0;

	if (bdt_zone_find(z, pfn, &b) && b.order >= z->pageblock_order) {
		set_types(z, b.pfn, b.order, mt, guess);
		bdt_zone_move(z, b.pfn, mt, BDT_TAIL, known);
		return block_size(b.order);
	}
	bdt_zone_set_type(z, pfn, mt, guess);
	if (start < z->start)
		start = z->start;
	if (end > z->end)
		end = z->end;
	for (bdt_pfn at = start; bdt_buddy_next(z, at, end, &b); at = b.pfn + block_size(b.order)) {
		bdt_zone_move(z, b.pfn, mt, BDT_TAIL, known);
		moved += block_size(b.order);
	}
	return moved;
}

void bdt_buddy_isolate(struct bdt_zone *z, const struct bdt_block *b)
{
	const bdt_pfn size = block_size(z->pageblock_order), end = b->pfn + block_size(b->order);

	bdt_zone_delete(z, b->pfn);
	if (b->order + 1 < z->pageblock_order)
		return;
	for (bdt_pfn p = b->pfn & ~(size - 1); p < end; p += size)
		if (bdt_zone_spans_block(z, p, z->pageblock_order) &&
		    bdt_zone_type(z, p) < z->profile->nr_fallback_types)
			bdt_buddy_retype(z, p, z->profile->movable, true, false);
}
