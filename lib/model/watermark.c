/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/watermark.h"
#include <assert.h>
#include <string.h>

/* Smallest and largest minimum of a zone that the kernel does not need for itself, pages. */
#define HIGHMEM_MIN_LEAST 32
#define HIGHMEM_MIN_MOST  128

static uint64_t clamp(uint64_t value, uint64_t least, uint64_t most)
{
	return value < least ? least : value > most ? most : value;
}

/* value * numerator / denominator, which does not overflow between */
static uint64_t fraction(uint64_t value, uint64_t numerator, uint64_t denominator)
{
	return denominator ? (uint64_t)((unsigned __int128)value * numerator / denominator) : 0;
}

void bdt_watermarks_set(const struct bdt_profile *profile, struct bdt_watermarks *w,
			const struct bdt_watermark_input *in)
{
	uint64_t share = fraction(in->managed, in->min_pages, in->lowmem);
	uint64_t step = share / 4, scaled = fraction(in->managed, in->scale, 10000);

	w->mark[BT_ALLOC_WMARK_MIN] =
		in->lowmem_zone ? share : clamp(in->managed / 1024, HIGHMEM_MIN_LEAST, HIGHMEM_MIN_MOST);
	if (profile->watermark_scale && scaled > step)
		step = scaled;
	w->mark[BT_ALLOC_WMARK_LOW] = w->mark[BT_ALLOC_WMARK_MIN] + step;
	w->mark[BT_ALLOC_WMARK_HIGH] = w->mark[BT_ALLOC_WMARK_LOW] + step;
	if (!profile->watermark_scale)
		w->mark[BT_ALLOC_WMARK_HIGH] = w->mark[BT_ALLOC_WMARK_MIN] + share / 2;
	w->mark[BT_ALLOC_WMARK_PROMO] = w->mark[BT_ALLOC_WMARK_HIGH] + step;
}

void bdt_watermarks_set_reserve(struct bdt_watermarks *w, unsigned int index, const uint64_t *managed,
				unsigned int n, unsigned int ratio)
{
	uint64_t above = 0;

	assert(n <= BT_ZONE_CLASSES && index < n);
	memset(w->reserve, 0, sizeof(w->reserve));
	for (unsigned int class = index + 1; class < n; class ++) {
		above += managed[class];
		w->reserve[class] = ratio ? above / ratio : 0;
	}
}

uint64_t bdt_watermark_min_free_kbytes(const struct bdt_profile *profile, uint64_t lowmem_pages,
				       unsigned int page_shift)
{
	uint64_t square = lowmem_pages << (page_shift - 10) << 4, root = 0;

	for (uint64_t bit = 1ULL << 31; bit; bit >>= 1)
		if ((root + bit) * (root + bit) <= square)
			root += bit;
	return clamp(root, 128, profile->min_free_to_256m ? 262144 : 65536);
}

uint64_t bdt_watermark_boost_limit(const struct bdt_profile *profile, const struct bdt_watermarks *w,
				   uint64_t managed, bdt_order pageblock_order, unsigned int factor)
{
	uint64_t pageblock = 1ULL << pageblock_order, most;

	if (profile->boost == BDT_BOOST_NONE)
		return 0;
	if (profile->boost == BDT_BOOST_LARGE_ZONE && managed < 4 * pageblock)
		return 0;
	most = fraction(w->mark[BT_ALLOC_WMARK_HIGH], factor, 10000);
	return most && most < pageblock ? pageblock : most;
}
