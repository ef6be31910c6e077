/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/rmqueue.h"
#include "model/cma.h"
#include "model/fallback_engine.h"

/* Fragmentation calls for more free memory.  cf. boost_watermark(), 5.0 - 7.2. */
static void boost(struct bdt_zone *z, const struct bdt_request *request, unsigned int times)
{
	if (!z->boost_limit)
		return;
	for (; times; times--) {
		uint64_t raised = z->watermark_boost + (1ULL << z->pageblock_order);

		z->watermark_boost = raised < z->boost_limit ? raised : z->boost_limit;
		z->boosted |= request->flags & BT_REQUEST_KSWAPD;
	}
}

bool bdt_rmqueue_smallest(struct bdt_zone *z, bdt_order order, bdt_migratetype mt, bdt_pfn *pfn)
{
	bdt_order o = bdt_zone_smallest(z, order, mt);
	struct bdt_block b;

	if (o > z->max_order || !bdt_zone_first(z, o, mt, &b))
		return false;
	bdt_buddy_take(z, &b, b.pfn, order, mt);
	*pfn = b.pfn;
	return true;
}

enum bdt_rmqueue_mode bdt_rmqueue_next_mode(const struct bdt_zone *z, enum bdt_source source,
					    enum bdt_rmqueue_mode mode)
{
	static const enum bdt_rmqueue_mode after[] = {
		[BDT_FROM_OWN] = BDT_RMQUEUE_NORMAL,
		[BDT_FROM_CLAIM] = BDT_RMQUEUE_NORMAL,
		[BDT_FROM_STEAL] = BDT_RMQUEUE_STEAL,
		[BDT_FROM_CMA] = BDT_RMQUEUE_CMA,
	};

	if (!z->engine->remembers || source == BDT_FROM_RESERVED)
		return mode;
	return after[source];
}

bool bdt_rmqueue(struct bdt_zone *z, const struct bdt_request *request, enum bdt_rmqueue_mode *mode,
		 struct bdt_choice *taken)
{
	struct bdt_choice c = bdt_fallback_choose(z, request, *mode);
	bool balanced = c.source == BDT_FROM_CMA && bdt_cma_first(z);

	if (taken)
		*taken = c;
	if (c.source == BDT_FROM_NOWHERE)
		return false;
	if (c.source == BDT_FROM_CLAIM || c.source == BDT_FROM_STEAL) {
		struct bdt_block candidate;

		boost(z, request, c.boosts);
		bdt_zone_head(z, c.candidate, &candidate);
		bdt_fallback_apply(z, &candidate, request->mt, c.source);
		bdt_zone_find(z, c.pfn, &c.block);
	}
	bdt_buddy_take(z, &c.block, c.pfn, request->order,
		       bdt_fallback_rest(z, c.source, request->mt, c.fallback_mt));
	/* what the balance gave is no stage of the search */
	if (!balanced)
		*mode = bdt_rmqueue_next_mode(z, c.source, *mode);
	return true;
}
