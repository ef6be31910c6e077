/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/engine.h"

/* So many blocks of certain type in smaller lists are not explained by single lost removals. */
#define OUTVOTED 3
/* How often the head of a list is passed over before it is taken to be gone. */
#define PASSED_OVER 4

/*
 * Makes the model hold what the kernel must have held at `pfn`: a free block of at least this order (of
 * exactly this order, beginning there, when `whole`) on list `mt`.  Returns it in *b; false for a block that
 * cannot be.
 */
static bool agree(struct bdt_zone *z, bdt_pfn pfn, bdt_order order, bool whole, bdt_migratetype mt,
		  struct bdt_block *b)
{
	bool found = bdt_zone_find(z, pfn, b);

	if (!bdt_zone_spans_block(z, pfn, order) || pfn & ((1ULL << order) - 1))
		return false;
	if (!found && !whole && z->page_flags[pfn - z->base] & BT_ZP_PCP) {
		/* freed past the per-CPU lists: it has merged with its neighbours since */
		bdt_zone_mark(z, pfn, order, 0, BT_ZP_PCP);
		bdt_buddy_carve(z, pfn, order);
		bdt_buddy_free(z, pfn, order, mt, BT_FREE_UNKNOWN);
		found = bdt_zone_find(z, pfn, b);
	}
	if (!found || b->order < order || (whole && (b->pfn != pfn || b->order != order)))
		bdt_infer_free(z, pfn, order, mt);
	bdt_infer_type(z, pfn, mt);
	if (!bdt_zone_find(z, pfn, b))
		return false;
	if (b->mt == mt)
		return true;
	/* it was in limbo */
	bdt_zone_move(z, b->pfn, mt, BDT_TAIL, false);
	return bdt_zone_find(z, pfn, b);
}

/* The next best assumption for a pageblock that is not of type `mt`. */
static bdt_migratetype other_type(const struct bdt_profile *p, bdt_migratetype mt)
{
	return mt == p->unmovable ? p->reclaimable : mt < p->nr_fallback_types ? p->unmovable : BT_MT_LIMBO;
}

/*
 * A removal tells what the kernel would have preferred and did not find.  What the model has there is of
 * another type, as far as there is one left, or not free.  First: smaller blocks of the own list.
 */
static void learn_from_own(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_removal *r,
			   struct bdt_block *b)
{
	bdt_order smallest = b->order;
	unsigned int certain = bdt_infer_certain(z, r->order, b->order, r->mt, &smallest);

	/*
	 * Many certain blocks against one: then that one is not as large as the model has it.  Nor is a block
	 * that was not taken at its start.
	 */
	if (certain >= OUTVOTED || (certain && r->pfn != b->pfn)) {
		while (smallest > r->order && r->pfn & ((1ULL << smallest) - 1))
			smallest--;
		bdt_infer_smaller(e, z, b, r->pfn, smallest);
		bdt_zone_find(z, r->pfn, b);
	}
	bdt_infer_empty(e, z, r->order, b->order, r->mt, other_type(z->profile, r->mt), r->ev->time_ns);
}

/* A search from the smallest order up: nothing of any type below. */
static void learn_from_smallest(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_removal *r)
{
	const bdt_migratetype *row = z->profile->fallbacks[r->mt];
	bdt_order found = r->fallback_order;
	uint64_t now = r->ev->time_ns;

	bdt_infer_empty(e, z, r->order, found, r->mt, BT_MT_LIMBO, now);
	bdt_infer_empty(e, z, r->order, found, row[0], BT_MT_LIMBO, now);
	bdt_infer_empty(e, z, r->order, found, row[1], BT_MT_LIMBO, now);
	bdt_infer_empty(e, z, found, z->max_order + 1, r->mt, r->fallback_mt, now);
	if (r->fallback_mt == row[1])
		bdt_infer_empty(e, z, found, found + 1, row[0], r->fallback_mt, now);
}

/* A search from the largest order down: nothing of any type above, from order `above` on. */
static void learn_from_largest(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_removal *r,
			       bdt_order above)
{
	const bdt_migratetype *row = z->profile->fallbacks[r->mt];
	bool certain = above == r->fallback_order + 1;
	uint64_t now = r->ev->time_ns;

	bdt_infer_empty(e, z, above, z->max_order + 1, r->mt, BT_MT_LIMBO, now);
	bdt_infer_empty(e, z, above, z->max_order + 1, row[0], BT_MT_LIMBO, now);
	bdt_infer_empty(e, z, above, z->max_order + 1, row[1], BT_MT_LIMBO, now);
	if (certain && r->fallback_mt == row[1])
		bdt_infer_empty(e, z, r->fallback_order, above, row[0], r->fallback_mt, now);
	bdt_infer_empty(e, z, r->order, above, r->mt,
			certain ? r->fallback_mt : other_type(z->profile, r->mt), now);
}

/* Newer kernels: a steal takes the smallest, a claim the largest; below pageblock order claims can be
 * refused. */
static void learn_from_claim_steal(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_removal *r)
{
	bool whole = r->fallback_order >= z->pageblock_order;

	if (r->source == BDT_FROM_STEAL)
		learn_from_smallest(e, z, r);
	else
		learn_from_largest(e, z, r, whole ? r->fallback_order + 1 : z->pageblock_order);
}

/* The oldest kernels: the largest, whatever it is. */
static void learn_from_steal_first(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_removal *r)
{
	learn_from_largest(e, z, r, r->fallback_order + 1);
}

/* Older kernels: the largest; the smallest when a movable request found only small blocks. */
static void learn_from_search(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_removal *r)
{
	if (r->mt == z->profile->movable && r->fallback_order < z->pageblock_order / 2)
		learn_from_smallest(e, z, r);
	else
		learn_from_largest(e, z, r, r->fallback_order + 1);
}

static void (*const learn_from_fallback[])(struct bdt_engine *e, struct bdt_zone *z,
					   const struct bdt_removal *r) = {
	[BDT_ENGINE_STEAL_FIRST] = learn_from_steal_first,
	[BDT_ENGINE_STEAL_RETRY] = learn_from_search,
	[BDT_ENGINE_STEAL_ONCE] = learn_from_search,
	[BDT_ENGINE_CLAIM_STEAL] = learn_from_claim_steal,
};

/*
 * `b`, whose place was not known, was taken instead of a known head: that it stood at the wrong place
 * explains it, and says nothing of the others.  Only when the same head is passed over again and again is it
 * wrong.
 */
static bool misplaced(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_block *b)
{
	struct bdt_passed *p = &e->passed[bdt_engine_zone(e, z)][b->mt];
	struct bdt_block head;

	if (b->known || !bdt_zone_first(z, b->order, b->mt, &head) || !head.known)
		return false;
	if (p->pfn != head.pfn)
		*p = (struct bdt_passed){ .pfn = head.pfn };
	return p->times++ < PASSED_OVER;
}

/*
 * The kernel took `b`, so it was the first of its list.  From far down the list: either it stood elsewhere,
 * or the list was rotated, and then the next one comes from behind it.
 */
static void make_way(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_removal *r,
		     const struct bdt_block *b)
{
	bdt_pfn *behind = &e->behind[bdt_engine_zone(e, z)][b->mt];
	uint32_t next = z->next[b->pfn - z->base];
	bool rotated = *behind == b->pfn && b->known;

	if (misplaced(e, z, b)) {
		bdt_zone_move(z, b->pfn, b->mt, BDT_HEAD, true);
		return;
	}
	if (bdt_zone_rotate(z, b->pfn, e->heal))
		return;
	*behind = next == BT_PAGE_NIL ? BT_PFN_NONE : z->base + next;
	if (rotated) {
		bdt_zone_make_first(z, b->pfn);
		return;
	}
	bdt_infer_ahead(z, b, r->source == BDT_FROM_OWN ? other_type(z->profile, r->mt) : BT_MT_LIMBO,
			e->misses[bdt_engine_zone(e, z)][r->mt]);
}

static bool force_own(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_removal *r,
		      struct bdt_block *b)
{
	bdt_infer_refute(e, z, r->pfn, r->order, r->mt, other_type(z->profile, r->mt), r->ev->time_ns);
	if (!agree(z, r->pfn, r->order, false, r->mt, b))
		return false;
	learn_from_own(e, z, r, b);
	if (!bdt_zone_find(z, r->pfn, b))
		return false;
	make_way(e, z, r, b);
	return true;
}

/*
 * A fallback: the candidate that the search found, where the event tells it, was the first of its list, as
 * large as it says.  A claim of a part of a pageblock by newer kernels names only the page taken.
 */
static bool force_fallback(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_removal *r,
			   struct bdt_block *b)
{
	bool told = r->candidate != BT_PFN_NONE;
	struct bdt_block candidate;

	if (!agree(z, told ? r->candidate : r->pfn, told ? r->fallback_order : r->order, told, r->fallback_mt,
		   &candidate))
		return false;
	learn_from_fallback[z->profile->engine](e, z, r);
	if (!bdt_zone_head(z, candidate.pfn, &candidate))
		return false;
	if (told)
		make_way(e, z, r, &candidate);
	bdt_fallback_apply(z, &candidate, r->mt, r->source);
	/* after a retry the page can be from any free block of the pageblock */
	return agree(z, r->pfn, r->order, false, bdt_fallback_rest(z, r->source, r->mt, r->fallback_mt), b);
}

void bdt_engine_force(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_removal *r)
{
	struct bdt_block b;

	bdt_reporting_spare(&e->reporting, r->pfn, r->order);
	if (r->source == BDT_FROM_OWN ? !force_own(e, z, r, &b) : !force_fallback(e, z, r, &b))
		return;
	bdt_buddy_take(z, &b, r->pfn, r->order, bdt_fallback_rest(z, r->source, r->mt, r->fallback_mt));
	bdt_zone_mark(z, r->pfn, r->order, BT_ZP_SEEN, BT_ZP_PCP | BT_ZP_MOVABLE);
}
