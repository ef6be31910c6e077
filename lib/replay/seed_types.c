/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/seed.h"
#include <stdlib.h>
#include <string.h>

/*
 * Which type has each pageblock?  The kernel does not say, but pagetypeinfo tells how many of each type there
 * are, and how many free blocks of each order each type has.  First the pages decide: the more of a pageblock
 * the kernel itself uses, and the less is on the LRU, the more likely it is unmovable.  Then pageblocks
 * exchange their types as long as that brings the free block counts closer to the recorded ones.  Pageblocks
 * that are free altogether look all alike: there the counts decide, and what they were claimed together with.
 */

/* A pageblock that is not free altogether: those who are look all alike. */
struct candidate {
	uint32_t block; /* number in the zone */
	int32_t score;  /* pages in kernel use minus pages on the LRU */
	bdt_migratetype mt;
	uint16_t count[BT_MAX_ORDERS]; /* free blocks in it */
};

/* Free blocks by type and order: what the assumption gives minus what was recorded. */
typedef int64_t surplus_t[BT_MAX_MIGRATETYPES][BT_MAX_ORDERS];

/* Exchanges tried, and the loss that is accepted at the start, in 1/1024 free blocks. */
#define STEPS 4000000
#define HEAT  (1024 * 6)

static int32_t unmovable_score(const struct bdt_zone *z, uint32_t block, const uint16_t *flags,
			       uint64_t nflags)
{
	const uint16_t unused = BT_PAGE_BUDDY | BT_PAGE_NOPAGE | BT_PAGE_RESERVED | BT_PAGE_UNKNOWN;
	bdt_pfn first = z->base + ((bdt_pfn)block << z->pageblock_order);
	int32_t score = 0;

	for (bdt_pfn p = first; p < first + (1ULL << z->pageblock_order) && p < nflags; p++) {
		if (flags[p] & unused)
			continue;
		score += flags[p] & (BT_PAGE_LRU | BT_PAGE_ANON | BT_PAGE_MMAP) ? -1 : 1;
		/* slabs and page tables never come from movable requests; other pages may be on a pcp list */
		score += flags[p] & (BT_PAGE_SLAB | BT_PAGE_PGTABLE) ? 2 : 0;
	}
	return score;
}

static int least_movable_first(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	return x->block < y->block ? -1 : x->block > y->block;
}

static int find_zone(const struct bdt_pagetypeinfo *pti, const struct bdt_zone *z)
{
	for (size_t i = 0; pti && i < pti->n; i++)
		if (pti->zones[i].node == z->node && !strcmp(pti->zones[i].name, z->name))
			return (int)i;
	return -1;
}

static void count_free(const struct bdt_zone *z, struct candidate *c)
{
	bdt_pfn at = z->base + ((bdt_pfn)c->block << z->pageblock_order);
	bdt_pfn end = at + (1ULL << z->pageblock_order);
	struct bdt_block b;

	for (; bdt_buddy_next(z, at, end, &b); at = b.pfn + (1ULL << b.order))
		c->count[b.order]++;
}

/* Part of a free block that is as large or larger. */
static bool is_free(const struct bdt_zone *z, uint32_t block)
{
	struct bdt_block b;

	return bdt_zone_find(z, z->base + ((bdt_pfn)block << z->pageblock_order), &b) &&
	       b.order >= z->pageblock_order;
}

/* Free altogether, or reserved or offline: nothing to tell it from its likes. */
static bool featureless(const struct bdt_zone *z, uint32_t block, const uint16_t *flags, uint64_t nflags)
{
	bdt_pfn first = z->base + ((bdt_pfn)block << z->pageblock_order);
	struct bdt_block b;

	if (bdt_zone_find(z, first, &b))
		return is_free(z, block);
	for (bdt_pfn p = first; p < first + (1ULL << z->pageblock_order); p++)
		if (p < nflags && !(flags[p] & (BT_PAGE_NOPAGE | BT_PAGE_RESERVED | BT_PAGE_UNKNOWN)))
			return false;
	return true;
}

/*
 * How much better the assumption gets, in 1/1024 free blocks, when x and y exchange their types: the counts
 * come closer to the record, and what is called movable is more movable.
 */
static int64_t gain(const struct bdt_zone *z, const surplus_t surplus, const struct candidate *x,
		    const struct candidate *y)
{
	bool x_movable = x->mt == z->profile->movable, y_movable = y->mt == z->profile->movable;
	int64_t sum = 0;

	for (bdt_order o = 0; o < z->pageblock_order; o++) {
		int64_t d = (int64_t)x->count[o] - (int64_t)y->count[o];
		int64_t sx = surplus[x->mt][o], sy = surplus[y->mt][o];

		if (d)
			sum += llabs(sx) - llabs(sx - d) + llabs(sy) - llabs(sy + d);
	}
	return 1024 * sum + (y_movable - x_movable) * (y->score - x->score);
}

static void exchange(const struct bdt_zone *z, surplus_t surplus, struct candidate *x, struct candidate *y)
{
	bdt_migratetype mt = x->mt;

	for (bdt_order o = 0; o < z->pageblock_order; o++) {
		int64_t d = (int64_t)x->count[o] - (int64_t)y->count[o];

		surplus[x->mt][o] -= d;
		surplus[y->mt][o] += d;
	}
	x->mt = y->mt;
	y->mt = mt;
}

/*
 * Simulated annealing over exchanges: early on a worse state is accepted with a probability that falls with
 * the loss, so that it does not stop at the first state that no single exchange betters.  The sequence is
 * fixed: the same snapshot gives the same types.
 */
static void improve(const struct bdt_zone *z, const uint64_t (*want)[BT_MAX_ORDERS], struct candidate *c,
		    uint32_t n)
{
	surplus_t surplus = { 0 };
	uint64_t rng = 0x9e3779b97f4a7c15ULL;
	int64_t heat = HEAT;

	for (bdt_migratetype mt = 0; mt < z->profile->nr_fallback_types; mt++)
		for (bdt_order o = 0; o < z->pageblock_order; o++)
			surplus[mt][o] = -(int64_t)(want[mt][o] < z->npages ? want[mt][o] : z->npages);
	for (uint32_t i = 0; i < n; i++)
		for (bdt_order o = 0; o < z->pageblock_order; o++)
			surplus[c[i].mt][o] += c[i].count[o];
	for (uint32_t step = 0; n > 1 && step < STEPS; step++) {
		struct candidate *x, *y;

		rng = rng * 6364136223846793005ULL + 1442695040888963407ULL;
		x = &c[(rng >> 33) % n];
		rng = rng * 6364136223846793005ULL + 1442695040888963407ULL;
		y = &c[(rng >> 33) % n];
		if (x->mt == y->mt)
			continue;
		/* a loss up to the heat passes, linearly less likely the larger it is */
		if (gain(z, surplus, x, y) + (int64_t)((rng >> 20 & 0xfff) * (uint64_t)heat >> 12) > heat)
			exchange(z, surplus, x, y);
		heat = HEAT - (int64_t)((uint64_t)HEAT * step / (STEPS - STEPS / 8));
		if (heat < 0)
			heat = 0;
	}
}

/* Pageblocks of that type that are not free altogether, as recorded. */
static uint64_t partly_used(const struct bdt_zone *z, const struct bdt_pagetypeinfo *pti, int zi,
			    bdt_migratetype mt)
{
	uint64_t whole = 0;

	for (bdt_order o = z->pageblock_order; pti->zones[zi].has_free && o <= z->max_order; o++)
		whole += pti->zones[zi].nr_free[mt][o] << (o - z->pageblock_order);
	return whole < pti->zones[zi].blocks[mt] ? pti->zones[zi].blocks[mt] - whole : 0;
}

/*
 * How many of the candidates are of each type: as recorded, or those that the kernel uses by more than half.
 * Reserved memory, which is never free, may have been left unmovable at boot: with `reserved` pageblocks of
 * it, those that do not look used need not be.
 */
static void counts(const struct bdt_zone *z, const struct bdt_pagetypeinfo *pti, int zi,
		   const struct candidate *c, uint32_t n, uint32_t reserved, uint64_t *unmovable,
		   uint64_t *reclaimable)
{
	uint64_t used = 0, all;

	while (used < n && c[used].score > 0)
		used++;
	*unmovable = used;
	*reclaimable = 0;
	if (zi < 0 || !pti->zones[zi].has_blocks)
		return;
	all = partly_used(z, pti, zi, z->profile->unmovable);
	*reclaimable = partly_used(z, pti, zi, z->profile->reclaimable);
	if (*reclaimable > n)
		*reclaimable = n;
	used -= used < *reclaimable ? used : *reclaimable;
	*unmovable = all > used + reserved ? all - reserved : all > used ? used : all;
	if (*unmovable > n - *reclaimable)
		*unmovable = n - *reclaimable;
}

/*
 * The type of the buddy's pageblock.  A claim takes the largest block there is and gives it one type as a
 * whole, so a free half of it has the type of the other half.
 */
static bdt_migratetype claimed_with(const struct bdt_zone *z, bdt_pfn pfn, bdt_order order)
{
	bdt_pfn buddy = pfn ^ (1ULL << order);

	return order < z->max_order && bdt_zone_spans(z, buddy) ? bdt_zone_type(z, buddy)
								: z->profile->movable;
}

/* Free blocks of that order that were claimed as `mt` by that; `retype` makes them such. */
static uint32_t claimed(struct bdt_zone *z, bdt_order order, bdt_migratetype mt, bool retype)
{
	uint32_t next, n = 0;

	for (uint32_t at = z->list[z->profile->movable][order].head; at != BT_PAGE_NIL; at = next) {
		next = z->next[at];
		if (claimed_with(z, z->base + at, order) != mt)
			continue;
		if (retype)
			bdt_buddy_retype(z, z->base + at, mt, false, true);
		n++;
	}
	return n;
}

/*
 * Types for the free blocks of one order, of whole pageblocks: all are movable by now, and those that cannot
 * be told from others stay so.
 */
static void type_whole(struct bdt_zone *z, bdt_order order, const uint64_t (*want)[BT_MAX_ORDERS])
{
	const struct bdt_list *l = &z->list[z->profile->movable][order];
	uint64_t left[BT_MAX_MIGRATETYPES] = { 0 }, sum = 0;

	for (bdt_migratetype mt = 0; mt < z->profile->nr_fallback_types; mt++)
		if (mt != z->profile->movable)
			sum += left[mt] = want[mt][order] <= l->nr_free ? want[mt][order] : l->nr_free + 1ULL;
	for (bdt_migratetype mt = 0; mt < z->profile->nr_fallback_types; mt++) {
		uint32_t n = left[mt] ? claimed(z, order, mt, false) : 0;

		if (!n || n > left[mt] || sum > l->nr_free)
			continue;
		claimed(z, order, mt, true);
		left[mt] -= n;
		sum -= n;
	}
	/* as many as there are: each of them is one */
	for (bdt_migratetype mt = 0; sum && sum == l->nr_free && mt < z->profile->nr_fallback_types; mt++)
		for (; left[mt]; left[mt]--, sum--)
			bdt_buddy_retype(z, z->base + l->head, mt, false, true);
}

void bdt_seed_types(struct bdt_zone *z, const uint16_t *flags, uint64_t nflags,
		    const struct bdt_pagetypeinfo *pti)
{
	const struct bdt_profile *p = z->profile;
	struct candidate *c = calloc(z->nblocks, sizeof(*c));
	int zi = find_zone(pti, z);
	uint64_t unmovable, reclaimable;
	uint32_t n = 0, reserved = 0;

	if (!c)
		return; /* everything stays assumed movable: a worse start, not a wrong one */
	/* beyond the flags all are featureless */
	for (uint32_t b = 0; b < z->nblocks && z->base + ((bdt_pfn)b << z->pageblock_order) < nflags; b++) {
		if (featureless(z, b, flags, nflags)) {
			reserved += !is_free(z, b);
			continue;
		}
		c[n] = (struct candidate){ .block = b, .score = unmovable_score(z, b, flags, nflags) };
		count_free(z, &c[n++]);
	}
	qsort(c, n, sizeof(*c), least_movable_first);
	counts(z, pti, zi, c, n, reserved, &unmovable, &reclaimable);
	for (uint64_t i = 0; i < n; i++)
		c[i].mt = i < unmovable                 ? p->unmovable
			  : i < unmovable + reclaimable ? p->reclaimable
							: p->movable;
	if (zi >= 0 && pti->zones[zi].has_free)
		improve(z, pti->zones[zi].nr_free, c, n);
	for (uint32_t i = 0; i < n; i++) {
		bdt_pfn pfn = z->base + ((bdt_pfn)c[i].block << z->pageblock_order);

		if (bdt_zone_type(z, pfn) != c[i].mt)
			bdt_buddy_retype(z, pfn, c[i].mt, false, true);
	}
	for (bdt_order o = z->pageblock_order; zi >= 0 && pti->zones[zi].has_free && o <= z->max_order; o++)
		type_whole(z, o, pti->zones[zi].nr_free);
	free(c);
}
