/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_WATERMARK_H
#define BT_MODEL_WATERMARK_H

#include "model/alloc_flags.h"
#include "model/zone.h"

/* Watermarks of a zone: how they are computed, and whether a request may take pages. */

/* Zones of a node, empty ones too: a row of `protection` in /proc/zoneinfo has as many numbers. */
#define BT_ZONE_CLASSES 6

/* Unit: pages.  What a zone is boosted by is in bdt_zone.watermark_boost. */
struct bdt_watermarks {
	uint64_t mark[4];                  /* by BT_ALLOC_WMARK_*, without the boost */
	uint64_t reserve[BT_ZONE_CLASSES]; /* by highest zone index of the request.  cf. lowmem_reserve */
};

/* What decides the watermarks of one zone.  Unit: pages. */
struct bdt_watermark_input {
	uint64_t managed;
	uint64_t lowmem;    /* managed pages of all zones that the kernel can use for itself */
	uint64_t min_pages; /* min_free_kbytes in pages */
	unsigned int scale; /* vm.watermark_scale_factor, 1/10000 of the zone */
	bool lowmem_zone;   /* neither HighMem nor Movable */
};

/* Sets the four marks.  cf. __setup_per_zone_wmarks(), 4.0 - 7.2. */
void bdt_watermarks_set(const struct bdt_profile *profile, struct bdt_watermarks *w,
			const struct bdt_watermark_input *in);

/*
 * Sets w->reserve of the zone with index `index`.  `managed` has the pages of the node's zones by index, n of
 * them; `ratio` is vm.lowmem_reserve_ratio of this zone, 0 = no reserve.
 * cf. setup_per_zone_lowmem_reserve(), 4.0 - 7.2.
 */
void bdt_watermarks_set_reserve(struct bdt_watermarks *w, unsigned int index, const uint64_t *managed,
				unsigned int n, unsigned int ratio);

/* The default of vm.min_free_kbytes without the one of huge pages.  cf. calculate_min_free_kbytes() */
uint64_t bdt_watermark_min_free_kbytes(const struct bdt_profile *profile, uint64_t lowmem_pages,
				       unsigned int page_shift);

/* The mark that the flags ask for, boost included, pages.  cf. wmark_pages() */
static inline uint64_t bdt_watermark_mark(const struct bdt_zone *z, const struct bdt_watermarks *w,
					  unsigned int alloc_flags)
{
	return w->mark[alloc_flags & BT_ALLOC_WMARK_MASK] + z->watermark_boost;
}

/*
 * May a request of this order take pages when `mark` pages are to stay?  `highest` is the index of the
 * highest zone that it may use; `free` pages count as free: bdt_zone_nr_free(), or what an estimate says.
 * O(orders).  cf. __zone_watermark_ok(), 4.0 - 7.2.
 */
bool bdt_watermark_ok(const struct bdt_zone *z, const struct bdt_watermarks *w, bdt_order order,
		      uint64_t mark, unsigned int highest, unsigned int alloc_flags, uint64_t free);

/*
 * The same as get_page_from_freelist() asks: an urgent single page may do without the boost.
 * cf. zone_watermark_fast(), 4.0 - 7.2.
 */
bool bdt_watermark_fast(const struct bdt_zone *z, const struct bdt_watermarks *w, bdt_order order,
			uint64_t mark, unsigned int highest, unsigned int alloc_flags, uint32_t gfp,
			uint64_t free);

/*
 * Most that the zone is boosted by when fallbacks mix its pageblocks, pages; 0 = it never is.  `factor` is
 * vm.watermark_boost_factor, 1/10000 of the high mark.  cf. boost_watermark(), 5.0 - 7.2.
 */
uint64_t bdt_watermark_boost_limit(const struct bdt_profile *profile, const struct bdt_watermarks *w,
				   uint64_t managed, bdt_order pageblock_order, unsigned int factor);

#endif
