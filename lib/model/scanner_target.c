/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/cma.h"
#include "model/scanner.h"

#define MAX_STRIDE BT_COMPACT_CLUSTER

void bdt_target_begin(const struct bdt_compact_control *cc, struct bdt_target_walk *w)
{
	const struct bdt_zone *z = cc->cz->zone;

	*w = (struct bdt_target_walk){
		.start = cc->free_pfn,
		.block_start = bdt_block_start(z, cc->free_pfn),
		.low = bdt_block_end(z, cc->migrate_pfn),
		.stride = cc->cz->rules->fast_search && cc->mode == BDT_MIGRATE_ASYNC ? MAX_STRIDE : 1,
	};
	w->block_end = w->block_start + (1ULL << z->pageblock_order);
	if (w->block_end > z->end)
		w->block_end = z->end;
}

bool bdt_target_begin_around(const struct bdt_compact_control *cc, bdt_pfn pfn, struct bdt_target_walk *w)
{
	const struct bdt_zone *z = cc->cz->zone;

	if (pfn == BT_PFN_NONE || cc->nr_freepages >= cc->nr_migratepages ||
	    (cc->direct && cc->mode == BDT_MIGRATE_ASYNC))
		return false;
	*w = (struct bdt_target_walk){ .block_start = bdt_block_start(z, pfn), .stride = 1, .around = true };
	w->block_end = bdt_block_end(z, pfn);
	if (w->block_start < z->start)
		w->block_start = z->start;
	if (w->block_end > z->end)
		w->block_end = z->end;
	w->start = w->block_start;
	return true;
}

bool bdt_target_suitable(const struct bdt_compact_control *cc, bdt_pfn block)
{
	const struct bdt_zone *z = cc->cz->zone;
	bdt_order limit = z->pageblock_order;
	struct bdt_block b;

	if (cc->cz->rules->target_below_order && cc->order > 0)
		limit = (bdt_order)cc->order;
	if (bdt_zone_head(z, block, &b) && b.order >= limit)
		return false;
	return cc->ignore_block_suitable || bdt_cma_is_movable(z, bdt_zone_type(z, block));
}

/* One pageblock down. */
static void step(const struct bdt_zone *z, struct bdt_target_walk *w)
{
	w->block_end = w->block_start;
	w->block_start -= 1ULL << z->pageblock_order;
	w->start = w->block_start;
}

bool bdt_target_next(struct bdt_compact_control *cc, struct bdt_target_walk *w)
{
	const struct bdt_zone *z = cc->cz->zone;

	if (w->over || w->around)
		return !w->over;
	for (; w->block_start >= w->low && w->block_start >= z->base; step(z, w))
		if (bdt_zone_spans(z, w->block_start) && bdt_target_suitable(cc, w->block_start) &&
		    (cc->ignore_skip_hint || !*bdt_compact_skip(cc->cz, w->block_start)))
			return true;
	cc->free_pfn = w->start;
	w->over = true;
	return false;
}

/* May the block leave the lists?  cf. __isolate_free_page() */
static bool may_take(const struct bdt_compact_control *cc, bdt_order order)
{
	const struct bdt_compact_zone *cz = cc->cz;
	unsigned int flags;
	uint64_t mark;

	if (!cz->marks)
		return true;
	flags = cz->rules->suitable == BDT_SUITABLE_4_0 ? BT_ALLOC_WMARK_LOW : BT_ALLOC_CMA;
	mark = cz->marks->mark[flags & BT_ALLOC_WMARK_MASK] + (1ULL << order);
	return bdt_watermark_ok(cz->zone, cz->marks, 0, mark, 0, flags & BT_ALLOC_CMA,
				bdt_zone_nr_free(cz->zone));
}

struct bdt_scan bdt_target_scan(const struct bdt_compact_control *cc, const struct bdt_pages *pages,
				const struct bdt_target_walk *w,
				void (*take)(void *user, const struct bdt_block *b), void *user)
{
	struct bdt_scan s = { .start = w->start };
	bdt_pfn pfn;
	struct bdt_block b;

	for (pfn = w->start; pfn < w->block_end; pfn += w->stride) {
		bdt_order order;

		s.scanned++;
		if (!bdt_zone_head(cc->cz->zone, pfn, &b)) {
			order = pages->compound ? pages->compound(pages->user, pfn) : 0;
			if (order &&
			    (!cc->cz->rules->scanned_by_page || pfn + (1ULL << order) <= w->block_end)) {
				s.scanned += cc->cz->rules->scanned_by_page ? (1ULL << order) - 1 : 0;
				pfn += (1ULL << order) - 1;
			}
			continue;
		}
		if (!may_take(cc, b.order))
			break;
		s.scanned += (1ULL << b.order) - 1;
		s.taken += 1ULL << b.order;
		if (take)
			take(user, &b);
		if (cc->nr_freepages + s.taken >= cc->nr_migratepages) {
			pfn += 1ULL << b.order;
			break;
		}
		pfn += (1ULL << b.order) - 1;
	}
	s.end = pfn < w->block_end ? pfn : w->block_end;
	return s;
}

/* The pageblock has nothing more to give.  cf. update_pageblock_skip() */
static void used_up(struct bdt_compact_control *cc, const struct bdt_target_walk *w)
{
	struct bdt_compact_zone *cz = cc->cz;
	bdt_pfn cached = w->block_start;

	if (cz->rules->cache_behind_block)
		cached -= 1ULL << cz->zone->pageblock_order;
	if (cc->no_set_skip_hint)
		return;
	*bdt_compact_skip(cz, w->block_start) = cz->mark;
	if (cached < cz->cached_free)
		cz->cached_free = cached;
}

/* cf. fast_isolate_around() */
static void around_done(struct bdt_compact_control *cc, struct bdt_target_walk *w,
			const struct bdt_scan *scan)
{
	bool full = cc->cz->rules->fast_search_event ? scan->end == w->block_end
						     : cc->nr_freepages < cc->nr_migratepages;

	w->over = true;
	if (full && !cc->no_set_skip_hint)
		*bdt_compact_skip(cc->cz, w->block_start) = cc->cz->mark;
}

void bdt_target_scanned(struct bdt_compact_control *cc, struct bdt_target_walk *w,
			const struct bdt_scan *scan)
{
	const struct bdt_zone *z = cc->cz->zone;

	cc->nr_freepages += scan->taken;
	if (w->around) {
		around_done(cc, w, scan);
		return;
	}
	if (scan->end == w->block_end)
		used_up(cc, w);
	if (cc->nr_freepages >= cc->nr_migratepages || scan->end < w->block_end) {
		cc->free_pfn = scan->end;
		if (scan->end >= w->block_end)
			cc->free_pfn = w->block_start - (1ULL << z->pageblock_order);
		w->over = true;
		return;
	}
	if (scan->taken || !cc->cz->rules->fast_search)
		w->stride = 1;
	else if (w->stride < MAX_STRIDE)
		w->stride *= 2;
	step(z, w);
}
