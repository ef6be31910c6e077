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
		for (bdt_pfn p = b.pfn;
		     z->profile->list_is_block_type && mt != BT_MT_LIMBO && p < b.pfn + (1ULL << order);
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

const char *bdt_zone_validate(const struct bdt_zone *z)
{
	uint64_t pages = 0, covered = 0;

	for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++)
		for (bdt_order order = 0; order <= z->max_order; order++) {
			const char *broken = check_list(z, order, mt, &pages);

			if (broken)
				return broken;
		}
	if (pages != z->free_pages)
		return "zone: free_pages is not the sum of the lists";
	for (bdt_pfn pfn = z->base; pfn < z->base + z->npages;) {
		struct bdt_block b;

		if (!bdt_zone_head(z, pfn, &b)) {
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
