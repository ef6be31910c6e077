/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/buddy.h"
#include <assert.h>

static inline bdt_pfn block_size(bdt_order order)
{
	return 1ULL << order;
}

/*
 * Is the buddy of (pfn, order) a free block of exactly that order that the kernel would merge with?  Below
 * pageblock size it always does.
 */
static inline bool buddy_to_merge(const struct bdt_zone *z, bdt_pfn pfn, bdt_order order, bdt_migratetype mt,
				  struct bdt_block *buddy)
{
	bdt_pfn at = pfn ^ block_size(order);

	if (!bdt_zone_spans_block(z, at, order) || !bdt_zone_head(z, at, buddy) || buddy->order != order)
		return false;
	return order < z->pageblock_order || z->merges[mt] >> bdt_zone_type(z, at) & 1;
}

void bdt_buddy_set_types(struct bdt_zone *z, bdt_pfn pfn, bdt_order order, bdt_migratetype mt, bool guess)
{
	for (bdt_pfn p = pfn; p < pfn + block_size(order); p += block_size(z->pageblock_order))
		bdt_zone_set_type(z, p, mt, guess);
}

/*
 * A block at the end of a run of frees soon merges once more when the parent's buddy is free already: the
 * kernel puts it last so that it is not split before.
 */
static inline bool merge_likely(const struct bdt_zone *z, bdt_pfn pfn, bdt_order order)
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

/* A shuffled zone puts the largest blocks at either end by chance.  cf. shuffle_pick_tail(), 5.2 - 7.2. */
static bool pick_tail(struct bdt_zone *z)
{
	z->shuffle = z->shuffle * 6364136223846793005ULL + 1442695040888963407ULL;
	return z->shuffle >> 63;
}

/*
 * Does the task that frees keep the block at this stage of the merging?  Never from CMA or isolated
 * pageblocks, nor parts of a movable one for a request that would pollute it.
 */
static bool captured(struct bdt_zone *z, bdt_pfn pfn, bdt_order order, bdt_migratetype mt)
{
	struct bdt_capture *c = z->capture;

	if (c->pfn != BT_PFN_NONE || order != c->order || mt == z->cma || mt == z->isolate)
		return false;
	if (order < z->pageblock_order && mt == z->profile->movable && c->mt != mt)
		return false;
	c->pfn = pfn;
	c->block_mt = mt;
	return true;
}

/* The buddy goes into the block that is freed.  Lists by type of the pageblock: it takes the type over. */
static inline void absorb(struct bdt_zone *z, const struct bdt_block *buddy, bdt_migratetype mt)
{
	bdt_zone_delete(z, buddy->pfn);
	/* below pageblock order both halves lie in one pageblock: a wrong list is a wrong guess */
	if (buddy->order >= z->pageblock_order && buddy->mt != mt && z->profile->list_is_block_type)
		bdt_buddy_set_types(z, buddy->pfn,
				    z->profile->merge_retags_all ? buddy->order : z->pageblock_order, mt,
				    false);
}

struct bdt_block bdt_buddy_free(struct bdt_zone *z, bdt_pfn pfn, bdt_order order, bdt_migratetype mt,
				unsigned int flags)
{
	struct bdt_block buddy;
	enum bdt_place place;
	bool known;

	flags &= z->free_flags;
	known = !(flags & BT_FREE_UNKNOWN);
	while (order < z->max_order) {
		if (z->capture && captured(z, pfn, order, mt))
			return (struct bdt_block){ pfn, order, mt, known };
		if (!buddy_to_merge(z, pfn, order, mt, &buddy))
			break;
		absorb(z, &buddy, mt);
		pfn &= ~block_size(order);
		order++;
	}
	place = flags & BT_FREE_TO_TAIL || merge_likely(z, pfn, order) ? BDT_TAIL : BDT_HEAD;
	if (z->shuffle && order == z->max_order && !(flags & BT_FREE_TO_TAIL)) {
		place = pick_tail(z) ? BDT_TAIL : BDT_HEAD;
		known = false;
	}
	bdt_zone_insert(z, pfn, order, mt, place, known);
	z->reporting_requested |= order >= z->reporting_order && !(flags & BT_FREE_NOT_REPORTED);
	return (struct bdt_block){ pfn, order, mt, known };
}

void bdt_buddy_free_by_type(struct bdt_zone *z, bdt_pfn pfn, bdt_order order, unsigned int flags)
{
	bdt_order piece = order;

	if (order > z->pageblock_order && z->profile->split_large_free)
		piece = z->pageblock_order;
	for (bdt_pfn p = pfn; p < pfn + block_size(order); p += block_size(piece))
		if (bdt_zone_spans_block(z, p, piece))
			bdt_buddy_free(z, p, piece, bdt_zone_type(z, p), flags);
}

void bdt_buddy_take(struct bdt_zone *z, const struct bdt_block *from, bdt_pfn pfn, bdt_order order,
		    bdt_migratetype mt)
{
	bdt_pfn at = from->pfn;
	uint8_t reported = z->reporting_inherits ? z->page_flags[at - z->base] & BT_ZP_REPORTED : 0;

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

static uint64_t move_range(struct bdt_zone *z, bdt_pfn start, bdt_pfn end, bdt_migratetype mt, bool known)
{
	enum bdt_place place = z->profile->move_to_tail ? BDT_TAIL : BDT_HEAD;
	struct bdt_block b;
	uint64_t moved = 0;

	for (bdt_pfn at = start; bdt_buddy_next(z, at, end, &b); at = b.pfn + block_size(b.order)) {
		bdt_zone_move(z, b.pfn, mt, place, known);
		moved += block_size(b.order);
	}
	return moved;
}

bool bdt_buddy_movable_range(const struct bdt_zone *z, bdt_pfn pfn, bdt_pfn *start, bdt_pfn *end)
{
	*start = pfn & ~(block_size(z->pageblock_order) - 1);
	*end = *start + block_size(z->pageblock_order);
	if (*end > z->end || (*start < z->start && z->profile->list_is_block_type))
		return false;
	if (*start < z->start)
		*start = pfn;
	return true;
}

uint64_t bdt_buddy_move(struct bdt_zone *z, bdt_pfn pfn, bdt_migratetype mt)
{
	bdt_pfn start, end;

	return bdt_buddy_movable_range(z, pfn, &start, &end) ? move_range(z, start, end, mt, true) : 0;
}

uint64_t bdt_buddy_retype(struct bdt_zone *z, bdt_pfn pfn, bdt_migratetype mt, bool known, bool guess)
{
	bdt_pfn start = pfn & ~(block_size(z->pageblock_order) - 1);
	bdt_pfn end = start + block_size(z->pageblock_order);
	struct bdt_block b;

	if (bdt_zone_find(z, pfn, &b) && b.order >= z->pageblock_order) {
		bdt_buddy_set_types(z, b.pfn, b.order, mt, guess);
		bdt_zone_move(z, b.pfn, mt, z->profile->move_to_tail ? BDT_TAIL : BDT_HEAD, known);
		return block_size(b.order);
	}
	bdt_zone_set_type(z, pfn, mt, guess);
	return move_range(z, start < z->start ? z->start : start, end > z->end ? z->end : end, mt, known);
}

/* May __isolate_free_page() make a pageblock of type `mt` movable? */
static bool becomes_movable(const struct bdt_zone *z, bdt_migratetype mt)
{
	return mt < z->profile->nr_fallback_types || (z->profile->reserve && mt == z->profile->highatomic);
}

void bdt_buddy_isolate(struct bdt_zone *z, const struct bdt_block *b)
{
	const bdt_pfn size = block_size(z->pageblock_order), end = b->pfn + block_size(b->order);
	bdt_pfn from, to;

	bdt_zone_delete(z, b->pfn);
	if (b->order + 1 < z->pageblock_order)
		return;
	for (bdt_pfn p = b->pfn & ~(size - 1); p < end; p += size) {
		if (!becomes_movable(z, bdt_zone_type(z, p)))
			continue;
		if (!z->profile->isolate_moves_free)
			bdt_zone_set_type(z, p, z->profile->movable, false);
		else if (bdt_buddy_movable_range(z, p, &from, &to))
			bdt_buddy_retype(z, p, z->profile->movable, true, false);
	}
}
