/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/seed.h"
#include <stdlib.h>
#include <string.h>

/*
 * Which type has each pageblock?  The kernel does not say, but pagetypeinfo tells how many of each type there
 * are, and how many free blocks of each order each type has.  First the pages decide: a pageblock with many
 * kernel pages is more likely unmovable.  Then pageblocks that hold free blocks are exchanged as long as that
 * brings the free block counts closer to the recorded ones.
 */

struct candidate {
	uint32_t block; /* pageblock number in the zone */
	uint32_t score; /* kernel pages: the higher, the less movable */
};

/* Pages of a pageblock that only the kernel uses: neither free, nor on the LRU, nor known to be offline. */
static uint32_t kernel_pages(const struct bdt_zone *z, uint32_t block, const uint16_t *flags, uint64_t nflags)
{
	const uint16_t not_kernel = BT_PAGE_BUDDY | BT_PAGE_LRU | BT_PAGE_ANON | BT_PAGE_MMAP | BT_PAGE_NOPAGE |
				    BT_PAGE_RESERVED | BT_PAGE_UNKNOWN;
	bdt_pfn first = z->base + ((bdt_pfn)block << z->pageblock_order);
	uint32_t n = 0;

	for (bdt_pfn p = first; p < first + (1ULL << z->pageblock_order) && p < nflags; p++)
		n += !(flags[p] & not_kernel) + (flags[p] & (BT_PAGE_SLAB | BT_PAGE_PGTABLE) ? 1 : 0);
	return n;
}

static int more_kernel_pages(const void *a, const void *b)
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

static void assume(struct bdt_zone *z, uint32_t block, bdt_migratetype mt)
{
	bdt_pfn pfn = z->base + ((bdt_pfn)block << z->pageblock_order);

	if (bdt_zone_type(z, pfn) != mt)
		bdt_buddy_retype(z, pfn, mt, false, true);
}

/* Free blocks of a pageblock, by order; larger blocks count in their first pageblock. */
static unsigned int count_free(const struct bdt_zone *z, uint32_t block, uint32_t count[BT_MAX_ORDERS])
{
	bdt_pfn at = z->base + ((bdt_pfn)block << z->pageblock_order);
	bdt_pfn end = at + (1ULL << z->pageblock_order);
	unsigned int n = 0;
	struct bdt_block b;

	memset(count, 0, BT_MAX_ORDERS * sizeof(*count));
	for (; bdt_buddy_next(z, at, end, &b); at = b.pfn + (1ULL << b.order)) {
		count[b.order]++;
		n++;
	}
	return n;
}

/* How far the free block counts of two types are from the recorded ones when `count` moves from a to b. */
static int64_t gain(const struct bdt_zone *z, const uint64_t (*want)[BT_MAX_ORDERS], bdt_migratetype a,
		    bdt_migratetype b, const uint32_t count[BT_MAX_ORDERS],
		    const uint32_t back[BT_MAX_ORDERS])
{
	int64_t sum = 0;

	for (bdt_order o = 0; o <= z->max_order; o++) {
		int64_t d = (int64_t)count[o] - (int64_t)back[o];
		int64_t ea = (int64_t)z->list[a][o].nr_free - (int64_t)want[a][o];
		int64_t eb = (int64_t)z->list[b][o].nr_free - (int64_t)want[b][o];
		int64_t weight = 1LL << (o / 2);

		if (d)
			sum += weight * (llabs(ea) - llabs(ea - d) + llabs(eb) - llabs(eb + d));
	}
	return sum;
}

/*
 * Exchanges the types of pairs of pageblocks while that improves the counts.  `blocks` are the pageblocks in
 * order of likelihood: pairs near the boundary between two types are tried first.
 */
static void exchange(struct bdt_zone *z, const struct candidate *blocks, uint32_t n,
		     const uint64_t (*want)[BT_MAX_ORDERS])
{
	const uint32_t window = n < 512 ? n : 512;
	uint32_t x[BT_MAX_ORDERS], y[BT_MAX_ORDERS];

	for (uint32_t i = 0; i < window; i++) {
		bdt_pfn pi = z->base + ((bdt_pfn)blocks[i].block << z->pageblock_order);
		int64_t best = 0;
		uint32_t with = 0;

		if (count_free(z, blocks[i].block, x) == 0)
			continue;
		for (uint32_t j = 0; j < window; j++) {
			bdt_pfn pj = z->base + ((bdt_pfn)blocks[j].block << z->pageblock_order);
			bdt_migratetype a = bdt_zone_type(z, pi), b = bdt_zone_type(z, pj);
			int64_t g;

			if (a == b)
				continue;
			count_free(z, blocks[j].block, y);
			g = gain(z, want, a, b, x, y);
			if (g > best) {
				best = g;
				with = j;
			}
		}
		if (best > 0) {
			bdt_pfn pj = z->base + ((bdt_pfn)blocks[with].block << z->pageblock_order);
			bdt_migratetype a = bdt_zone_type(z, pi), b = bdt_zone_type(z, pj);

			assume(z, blocks[i].block, b);
			assume(z, blocks[with].block, a);
		}
	}
}

void bdt_seed_types(struct bdt_zone *z, const uint16_t *flags, uint64_t nflags,
		    const struct bdt_pagetypeinfo *pti)
{
	const struct bdt_profile *p = z->profile;
	struct candidate *blocks = malloc(z->nblocks * sizeof(*blocks));
	int zi = find_zone(pti, z);
	uint64_t unmovable, reclaimable;
	uint32_t n = 0;

	if (!blocks)
		return; /* everything stays assumed movable: a worse start, not a wrong one */
	for (uint32_t b = 0; b < z->nblocks; b++) {
		uint32_t score = kernel_pages(z, b, flags, nflags);

		if (score)
			blocks[n++] = (struct candidate){ b, score };
	}
	qsort(blocks, n, sizeof(*blocks), more_kernel_pages);
	if (zi >= 0 && pti->zones[zi].has_blocks) {
		unmovable = pti->zones[zi].blocks[p->unmovable];
		reclaimable = pti->zones[zi].blocks[p->reclaimable];
	} else {
		/* no counts: at least half a pageblock in kernel hands */
		for (unmovable = 0; unmovable < n && blocks[unmovable].score >= 1U << z->pageblock_order >> 1;)
			unmovable++;
		reclaimable = 0;
	}
	for (uint64_t i = 0; i < n && i < unmovable + reclaimable; i++)
		assume(z, blocks[i].block, i < unmovable ? p->unmovable : p->reclaimable);
	if (zi >= 0 && pti->zones[zi].has_free)
		exchange(z, blocks, n, pti->zones[zi].nr_free);
	free(blocks);
}
