/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/compact.h"
#include "model/fragmentation.h"

uint64_t bdt_compact_gap(const struct bdt_compact_rules *rules, int order)
{
	uint64_t gap = 2ULL << order;

	return rules->gap_of_a_cluster && gap > BT_COMPACT_CLUSTER ? BT_COMPACT_CLUSTER : gap;
}

/* The watermark that single pages must pass, so that there are targets to migrate to. */
static uint64_t base_mark(const struct bdt_compact_zone *cz, const struct bdt_suitable_request *r)
{
	const struct bdt_watermarks *w = cz->marks;
	uint64_t low = bdt_watermark_mark(cz->zone, w, BT_ALLOC_WMARK_LOW);
	uint64_t min = bdt_watermark_mark(cz->zone, w, BT_ALLOC_WMARK_MIN);
	bool costly = r->order > BT_COSTLY_ORDER;

	switch (cz->rules->suitable) {
	case BDT_SUITABLE_4_0:
		return low;
	case BDT_SUITABLE_5_0:
	case BDT_SUITABLE_6_12:
		return costly ? low : min;
	case BDT_SUITABLE_6_18:
		break;
	}
	return bdt_watermark_mark(cz->zone, w, r->alloc_flags) + (costly ? low - min : 0);
}

/* Would the request fail for lack of memory, so that moving pages about does not help it? */
static bool short_of_memory(const struct bdt_compact_zone *cz, const struct bdt_suitable_request *r)
{
	struct bdt_free_counts counts;
	int index;

	if (r->order <= BT_COSTLY_ORDER && cz->rules->suitable != BDT_SUITABLE_4_0)
		return false;
	bdt_free_counts_of(cz->zone, &counts);
	index = bdt_fragmentation_index(&counts, (bdt_order)r->order);
	return index >= 0 && index <= (int)r->extfrag_threshold;
}

/* The result of the second half, as the event shows it. */
static enum bdt_compact_result has_targets(const struct bdt_compact_zone *cz,
					   const struct bdt_suitable_request *r, uint64_t free)
{
	unsigned int flags = cz->rules->suitable == BDT_SUITABLE_4_0 ? 0 : BT_ALLOC_CMA;
	uint64_t mark = base_mark(cz, r) + bdt_compact_gap(cz->rules, r->order);

	if (!bdt_watermark_ok(cz->zone, cz->marks, 0, mark, r->highest, flags, free))
		return BDT_COMPACT_SKIPPED;
	return short_of_memory(cz, r) ? BDT_COMPACT_NOT_SUITABLE_ZONE : BDT_COMPACT_CONTINUE;
}

/* An async run that may not use CMA needs single pages outside it.  6.14 on */
static bool lacks_pages_outside_cma(const struct bdt_compact_zone *cz, const struct bdt_suitable_request *r,
				    uint64_t free)
{
	uint64_t mark;

	if (cz->rules->suitable != BDT_SUITABLE_6_18 || r->order <= BT_COSTLY_ORDER || !r->async ||
	    r->alloc_flags & BT_ALLOC_CMA)
		return false;
	mark = bdt_watermark_mark(cz->zone, cz->marks, r->alloc_flags) + bdt_compact_gap(cz->rules, r->order);
	return !bdt_watermark_ok(cz->zone, cz->marks, 0, mark, r->highest, 0, free);
}

struct bdt_suitable bdt_compact_suitable(const struct bdt_compact_zone *cz,
					 const struct bdt_suitable_request *r, uint64_t free)
{
	bool old = cz->rules->suitable == BDT_SUITABLE_4_0 || cz->rules->suitable == BDT_SUITABLE_5_0;
	unsigned int mark = cz->rules->suitable == BDT_SUITABLE_4_0 ? BT_ALLOC_WMARK_LOW : r->alloc_flags;
	struct bdt_suitable s = { BDT_COMPACT_CONTINUE, BDT_COMPACT_NR };

	if (r->order == BT_ORDER_ALL) {
		s.traced = old ? BDT_COMPACT_CONTINUE : BDT_COMPACT_NR;
		return s;
	}
	if ((old || !r->test_only) &&
	    bdt_watermark_ok(cz->zone, cz->marks, (bdt_order)r->order,
			     bdt_watermark_mark(cz->zone, cz->marks, mark), r->highest, r->alloc_flags,
			     r->blocks ? cz->zone->nr_free_blocks : free)) {
		s.result = BDT_COMPACT_SUCCESS;
		s.traced = old ? BDT_COMPACT_SUCCESS : BDT_COMPACT_NR;
		return s;
	}
	if (!r->test_only && lacks_pages_outside_cma(cz, r, free)) {
		s.result = BDT_COMPACT_SKIPPED;
		return s;
	}
	s.traced = has_targets(cz, r, free);
	s.result = s.traced == BDT_COMPACT_CONTINUE ? BDT_COMPACT_CONTINUE : BDT_COMPACT_SKIPPED;
	return s;
}
