/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/watermark.h"

/* Who may go below the mark. */
#define RESERVES_5_0 (BT_ALLOC_HARDER | BT_ALLOC_OOM)
#define RESERVES_6_3 (BT_ALLOC_HARDER | BT_ALLOC_HIGH | BT_ALLOC_HIGHATOMIC | BT_ALLOC_OOM)

/* 4.0: halves the mark and leaves out the smaller blocks, order by order. */
static bool ok_by_order(const struct bdt_zone *z, bdt_order order, int64_t min, uint64_t reserve,
			unsigned int alloc_flags, int64_t free)
{
	uint64_t cma = alloc_flags & BT_ALLOC_CMA ? 0 : z->nr_free_cma;

	if (alloc_flags & BT_ALLOC_HIGH)
		min -= min / 2;
	if (alloc_flags & BT_ALLOC_HARDER)
		min -= min / 4;
	free -= (1LL << order) - 1;
	if (free - (int64_t)cma <= min + (int64_t)reserve)
		return false;
	for (bdt_order o = 0; o < order; o++) {
		for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++)
			free -= (int64_t)z->list[mt][o].nr_free << o;
		min >>= 1;
		if (free <= min)
			return false;
	}
	return true;
}

/* Is there a block for the request at all? */
static bool has_block(const struct bdt_zone *z, bdt_order order, unsigned int alloc_flags)
{
	const struct bdt_profile *p = z->profile;
	unsigned int reserved = BT_ALLOC_OOM | (p->min_reserve ? BT_ALLOC_HIGHATOMIC : BT_ALLOC_HARDER);

	for (bdt_order o = order; o <= z->max_order; o++) {
		for (bdt_migratetype mt = 0; mt < p->nr_fallback_types; mt++)
			if (z->list[mt][o].nr_free)
				return true;
		if (alloc_flags & BT_ALLOC_CMA && z->cma != BT_MT_NONE && z->list[z->cma][o].nr_free)
			return true;
		if (alloc_flags & reserved && z->list[p->highatomic][o].nr_free)
			return true;
	}
	return false;
}

static int64_t lowered(const struct bdt_profile *p, int64_t min, unsigned int alloc_flags)
{
	if (alloc_flags & BT_ALLOC_HIGH)
		min -= min / 2;
	if (p->min_reserve) {
		if ((alloc_flags & (BT_ALLOC_HIGH | BT_ALLOC_HARDER)) == (BT_ALLOC_HIGH | BT_ALLOC_HARDER))
			min -= min / 4;
		if (alloc_flags & BT_ALLOC_OOM)
			min -= min / 2;
	} else if (alloc_flags & BT_ALLOC_OOM) {
		min -= min / 2;
	} else if (alloc_flags & BT_ALLOC_HARDER) {
		min -= min / 4;
	}
	return min;
}

/* Free pages that such a request does not get.  cf. __zone_watermark_unusable_free() */
static int64_t unusable(const struct bdt_zone *z, bdt_order order, unsigned int alloc_flags)
{
	const struct bdt_profile *p = z->profile;
	uint64_t pages = (1ULL << order) - 1;

	if (!(alloc_flags & (p->min_reserve ? RESERVES_6_3 : RESERVES_5_0)))
		pages += p->highatomic_free_counts ? z->nr_free_highatomic : z->nr_reserved_highatomic;
	if (!(alloc_flags & BT_ALLOC_CMA))
		pages += z->nr_free_cma;
	return (int64_t)pages;
}

bool bdt_watermark_ok(const struct bdt_zone *z, const struct bdt_watermarks *w, bdt_order order,
		      uint64_t mark, unsigned int highest, unsigned int alloc_flags, uint64_t free)
{
	const struct bdt_profile *p = z->profile;
	int64_t min = (int64_t)mark, left = (int64_t)free;

	if (p->reserve)
		return ok_by_order(z, order, min, w->reserve[highest], alloc_flags, left);
	left -= unusable(z, order, alloc_flags);
	if (left <= lowered(p, min, alloc_flags) + (int64_t)w->reserve[highest])
		return false;
	return !order || has_block(z, order, alloc_flags);
}

bool bdt_watermark_fast(const struct bdt_zone *z, const struct bdt_watermarks *w, bdt_order order,
			uint64_t mark, unsigned int highest, unsigned int alloc_flags, uint32_t gfp,
			uint64_t free)
{
	const struct bdt_profile *p = z->profile;
	bool urgent = false;

	if (bdt_watermark_ok(z, w, order, mark, highest, alloc_flags, free))
		return true;
	if (order)
		return false;
	/* the shortcut of single pages forgot those kept for highatomic requests at first */
	if (!p->fast_counts_highatomic && !p->reserve)
		return free > mark + w->reserve[highest] + (alloc_flags & BT_ALLOC_CMA ? 0 : z->nr_free_cma);
	if (p->boost_waiver == BDT_BOOST_WAIVED_HIGH)
		urgent = alloc_flags & BT_ALLOC_HIGH;
	else if (p->boost_waiver == BDT_BOOST_WAIVED_ATOMIC)
		urgent = gfp & BT_GFP_ATOMIC;
	if (!urgent || !z->watermark_boost || (alloc_flags & BT_ALLOC_WMARK_MASK) != BT_ALLOC_WMARK_MIN)
		return false;
	return bdt_watermark_ok(z, w, 0, w->mark[BT_ALLOC_WMARK_MIN], highest, alloc_flags, free);
}
