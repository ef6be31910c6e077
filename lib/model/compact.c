/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/compact.h"
#include "model/fallback_engine.h"
#include "model/fragmentation.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void reset_cached(struct bdt_compact_zone *cz)
{
	cz->cached_migrate[0] = cz->cached_migrate[1] = cz->zone->start;
	cz->cached_free = bdt_last_block(cz->zone);
}

int bdt_compact_zone_init(struct bdt_compact_zone *cz, struct bdt_zone *zone,
			  const struct bdt_compact_rules *rules)
{
	*cz = (struct bdt_compact_zone){ .zone = zone, .rules = rules, .mark = 1 };
	cz->skip = calloc(zone->nblocks + 1, 1);
	if (!cz->skip)
		return -ENOMEM;
	reset_cached(cz);
	return 0;
}

void bdt_compact_zone_finish(struct bdt_compact_zone *cz)
{
	free(cz->skip);
	cz->skip = NULL;
}

struct bdt_compact_control bdt_compact_control(struct bdt_compact_zone *cz, enum bdt_compact_trigger trigger,
					       enum bdt_compact_priority prio, int order)
{
	struct bdt_compact_control cc = {
		.cz = cz,
		.order = order,
		.search_order = order,
		.mode = BDT_MIGRATE_SYNC_LIGHT,
	};
	bool full = trigger == BDT_COMPACT_DIRECT && prio == BDT_COMPACT_PRIO_SYNC_FULL &&
		    !cz->rules->old_results;

	switch (trigger) {
	case BDT_COMPACT_DIRECT:
		cc.direct = true;
		if (prio == BDT_COMPACT_PRIO_ASYNC)
			cc.mode = BDT_MIGRATE_ASYNC;
		break;
	case BDT_COMPACT_KCOMPACTD:
		break;
	case BDT_COMPACT_PROACTIVE:
		cc.proactive = true;
		break;
	case BDT_COMPACT_MEMORY:
	case BDT_COMPACT_CONTIG:
		cc.mode = BDT_MIGRATE_SYNC;
		break;
	case BDT_COMPACT_KSWAPD:
		cc.mode = BDT_MIGRATE_ASYNC;
		break;
	}
	cc.whole_zone = full || trigger == BDT_COMPACT_PROACTIVE || trigger == BDT_COMPACT_MEMORY;
	cc.ignore_skip_hint = cc.whole_zone || trigger == BDT_COMPACT_CONTIG;
	cc.no_set_skip_hint = trigger == BDT_COMPACT_CONTIG;
	cc.ignore_block_suitable = full;
	return cc;
}

/* Cached positions that lie outside the zone were never set. */
static void begin_at_cached(struct bdt_compact_control *cc)
{
	struct bdt_compact_zone *cz = cc->cz;
	const struct bdt_zone *z = cz->zone;

	cc->migrate_pfn = cz->cached_migrate[cc->mode != BDT_MIGRATE_ASYNC];
	cc->free_pfn = cz->cached_free;
	if (!bdt_zone_spans(z, cc->free_pfn) && cc->free_pfn != bdt_last_block(z))
		cc->free_pfn = cz->cached_free = bdt_last_block(z);
	if (!bdt_zone_spans(z, cc->migrate_pfn))
		cc->migrate_pfn = cz->cached_migrate[0] = cz->cached_migrate[1] = z->start;
	if (cc->migrate_pfn <= (cz->rules->whole_from_start ? z->start : cz->init_migrate))
		cc->whole_zone = true;
}

void bdt_compact_begin(struct bdt_compact_control *cc)
{
	cc->fast_start_pfn = 0;
	cc->nr_freepages = cc->nr_migratepages = 0;
	if (cc->whole_zone) {
		cc->migrate_pfn = cc->cz->zone->start;
		cc->free_pfn = bdt_last_block(cc->cz->zone);
		return;
	}
	begin_at_cached(cc);
}

bool bdt_compact_met(const struct bdt_compact_control *cc)
{
	bdt_order shift = cc->cz->rules->meets_at_page ? 0 : cc->cz->zone->pageblock_order;

	return cc->free_pfn >> shift <= cc->migrate_pfn >> shift;
}

static enum bdt_compact_result met(struct bdt_compact_control *cc)
{
	struct bdt_compact_zone *cz = cc->cz;

	reset_cached(cz);
	if (cc->direct || (cz->rules->flush_if_not_kswapd && cc->mode != BDT_MIGRATE_ASYNC))
		cz->blockskip_flush = true;
	return cc->whole_zone || cz->rules->always_complete ? BDT_COMPACT_COMPLETE
							    : BDT_COMPACT_PARTIAL_SKIPPED;
}

/* Would a request take over a block of this order?  cf. find_suitable_fallback() with only_stealable */
static bool fallback_is_there(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt)
{
	struct bdt_block b;

	return mt < z->profile->nr_fallback_types && bdt_fallback_takes_over(z, order, mt) &&
	       bdt_fallback_candidate(z, order, mt, &b);
}

/* 4.0: a block of another type counts when it is a whole pageblock. */
static bool whole_block_is_there(const struct bdt_zone *z, bdt_order order)
{
	unsigned int n = 0;

	for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++)
		n += z->list[mt][order].nr_free;
	return order >= z->pageblock_order && n > 0;
}

/* Would a request of the order succeed by what lies on the lists now? */
static enum bdt_compact_result page_is_there(const struct bdt_compact_control *cc)
{
	const struct bdt_zone *z = cc->cz->zone;
	bdt_migratetype mt = cc->migratetype;

	for (bdt_order o = (bdt_order)cc->order; o <= z->max_order; o++) {
		if (z->list[mt][o].nr_free)
			return BDT_COMPACT_SUCCESS;
		if (cc->cz->rules->watermark_to_finish) {
			if (whole_block_is_there(z, o))
				return BDT_COMPACT_SUCCESS;
			continue;
		}
		if (mt == z->profile->movable && z->cma != BT_MT_NONE && z->list[z->cma][o].nr_free)
			return BDT_COMPACT_SUCCESS;
		if (!fallback_is_there(z, o, mt))
			continue;
		/* a pageblock that is taken over is emptied first; that is so already where runs finish it */
		if (cc->mode == BDT_MIGRATE_ASYNC || mt == z->profile->movable ||
		    bdt_block_start(z, cc->migrate_pfn) == cc->migrate_pfn)
			return BDT_COMPACT_SUCCESS;
		return BDT_COMPACT_CONTINUE;
	}
	return BDT_COMPACT_NO_SUITABLE_PAGE;
}

static enum bdt_compact_result proactive_finished(const struct bdt_compact_control *cc)
{
	const struct bdt_zone *z = cc->cz->zone;
	struct bdt_free_counts counts;

	if (cc->kswapd_running)
		return BDT_COMPACT_PARTIAL_SKIPPED;
	bdt_free_counts_of(z, &counts);
	return bdt_extfrag_for_order(&counts, z->pageblock_order) > cc->proactive_low ? BDT_COMPACT_CONTINUE
										      : BDT_COMPACT_SUCCESS;
}

enum bdt_compact_result bdt_compact_finished(struct bdt_compact_control *cc)
{
	const struct bdt_compact_zone *cz = cc->cz;
	enum bdt_compact_result result;

	if (bdt_compact_met(cc))
		return met(cc);
	if (cc->proactive) {
		result = proactive_finished(cc);
		return cc->contended ? BDT_COMPACT_CONTENDED : result;
	}
	if (cc->order == BT_ORDER_ALL)
		return BDT_COMPACT_CONTINUE;
	if (cz->rules->finish_block && bdt_block_start(cz->zone, cc->migrate_pfn) != cc->migrate_pfn)
		return BDT_COMPACT_CONTINUE;
	if (cz->rules->watermark_to_finish &&
	    !bdt_watermark_ok(cz->zone, cz->marks, (bdt_order)cc->order,
			      bdt_watermark_mark(cz->zone, cz->marks, BT_ALLOC_WMARK_LOW), cc->highest,
			      cc->alloc_flags, bdt_zone_nr_free(cz->zone)))
		return BDT_COMPACT_CONTINUE;
	if (cc->blocks)
		return bdt_watermark_ok(cz->zone, cz->marks, (bdt_order)cc->order,
					bdt_watermark_mark(cz->zone, cz->marks, BT_ALLOC_WMARK_HIGH),
					cc->highest, cc->alloc_flags, cz->zone->nr_free_blocks)
			       ? BDT_COMPACT_SUCCESS
			       : BDT_COMPACT_CONTINUE;
	result = page_is_there(cc);
	return result == BDT_COMPACT_NO_SUITABLE_PAGE && cc->contended ? BDT_COMPACT_CONTENDED : result;
}
