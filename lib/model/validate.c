/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/zone.h"

/* Walks one list; returns NULL or the broken invariant, and adds its pages to *pages. */
static const char *check_list(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt, uint64_t *pages)
{
	const struct bdt_list *l = &z->list[mt][order];
	uint32_t prev = BT_PAGE_NIL, n = 0;

	for (uint32_t i = l->head; i != BT_PAGE_NIL; prev = i, i = z->next[i]) {
		struct bdt_block b;

		if (i >= z->npages || ++n > l->nr_free)
			return "list: longer than nr_free, or an index outside the zone";
		if (z->prev[i] != prev)
			return "list: prev does not match next";
		if (!bdt_zone_head(z, z->base + i, &b) || b.order != order || b.mt != mt)
			return "list: a block of another order or migratetype";
		if (b.pfn & ((1ULL << order) - 1))
			return "block: not aligned to its order";
		if (!bdt_zone_spans_block(z, b.pfn, order))
			return "block: outside the zone";
		for (bdt_pfn p = b.pfn; z->profile->list_is_block_type && !z->grouping_off &&
					mt != BT_MT_LIMBO && p < b.pfn + (1ULL << order);
		     p += 1ULL << z->pageblock_order)
			if (bdt_zone_type(z, p) != mt)
				return "block: on a list of another type than its pageblock";
		*pages += 1ULL << order;
	}
	if (n != l->nr_free)
		return "list: shorter than nr_free";
	if (l->tail != prev)
		return "list: wrong tail";
	return NULL;
}

/* Recomputes what is counted beside the lists. */
static const char *check_counts(const struct bdt_zone *z)
{
	uint64_t all = 0, special[BT_MAX_MIGRATETYPES] = { 0 }, blocks = 0, isolated = 0;

	for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++) {
		uint32_t nonempty = 0;

		for (bdt_order order = 0; order <= z->max_order; order++) {
			uint64_t pages = (uint64_t)z->list[mt][order].nr_free << order;

			nonempty |= (uint32_t)(pages != 0) << order;
			special[mt] += pages;
			if (order >= z->pageblock_order && mt != z->isolate && mt != BT_MT_LIMBO)
				blocks += pages;
		}
		if (nonempty != z->nonempty[mt])
			return "zone: nonempty does not match the lists";
		all += special[mt];
	}
	for (uint64_t b = 0; z->isolate != BT_MT_NONE && b < z->nblocks; b++)
		isolated += ((z->block_type[b] & BT_BLOCK_TYPE) ^ z->profile->movable) == z->isolate;
	if (all != z->free_pages)
		return "zone: free_pages is not the sum of the lists";
	if (z->cma != BT_MT_NONE && special[z->cma] != z->nr_free_cma)
		return "zone: nr_free_cma is not the sum of its lists";
	if (z->isolate != BT_MT_NONE && special[z->isolate] != z->nr_free_isolate)
		return "zone: nr_free_isolate is not the sum of its lists";
	if (special[z->profile->highatomic] != z->nr_free_highatomic)
		return "zone: nr_free_highatomic is not the sum of its lists";
	if (special[BT_MT_LIMBO] != z->nr_free_limbo)
		return "zone: nr_free_limbo is not the sum of its lists";
	if (blocks != z->nr_free_blocks)
		return "zone: nr_free_blocks is not the sum of the lists of whole pageblocks";
	if (isolated != z->nr_isolate_pageblock)
		return "zone: nr_isolate_pageblock is not the number of isolated pageblocks";
	return NULL;
}

const char *bdt_zone_validate(const struct bdt_zone *z)
{
	uint64_t pages = 0, covered = 0;
	const char *broken;

	for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++)
		for (bdt_order order = 0; order <= z->max_order; order++) {
			broken = check_list(z, order, mt, &pages);
			if (broken)
				return broken;
		}
	broken = check_counts(z);
	if (broken)
		return broken;
	for (bdt_pfn pfn = z->base; pfn < z->base + z->npages;) {
		struct bdt_block b;

		if (!z->block[pfn - z->base] || !bdt_zone_head(z, pfn, &b)) {
			pfn++;
			continue;
		}
		for (bdt_pfn p = pfn + 1; p < pfn + (1ULL << b.order); p++)
			if (z->block[p - z->base])
				return "block: overlaps another block";
		covered += 1ULL << b.order;
		pfn += 1ULL << b.order;
	}
	return covered == pages ? NULL : "zone: a block head is on no list";
}
