/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/fallback_engine.h"
#include "replay/engine.h"
#include "replay/guess.h"

/* The free scanner looks at every page, or at every 2nd, 4th ... of a pageblock that yields little. */
#define MAX_STRIDE 32

/* A fast search looks at 33 blocks of each order at most: larger numbers are not from a kernel. */
#define MAX_FAST_SCAN (33 * BT_MAX_ORDERS)

static void saw_compaction(struct bdt_engine *e, bdt_pfn pfn, uint64_t time_ns)
{
	for (size_t i = 0; i < e->state->nzones; i++)
		if (bdt_zone_spans(e->state->zones[i], pfn))
			e->compacted_ns[i] = time_ns;
}

void bdt_compaction_isolate(struct bdt_zone *z, const struct bdt_block *b)
{
	bdt_buddy_isolate(z, b);
	bdt_zone_mark(z, b->pfn, b->order, BT_ZP_SEEN | BT_ZP_MOVABLE, BT_ZP_PCP);
}

/*
 * Free pages that a scan of [start, end) with this stride takes; takes them when `take`.
 * cf. isolate_freepages_block()
 */
static uint64_t scan(struct bdt_zone *z, bdt_pfn start, bdt_pfn end, unsigned int stride, bool take)
{
	uint64_t pages = 0;
	struct bdt_block b;

	for (bdt_pfn at = start; at < end; at += stride) {
		if (!bdt_zone_head(z, at, &b))
			continue;
		pages += 1ULL << b.order;
		if (take)
			bdt_compaction_isolate(z, &b);
		at = b.pfn + (1ULL << b.order) - 1;
	}
	return pages;
}

/* The stride of a scan that looked at `scanned` of the `range` pages, those of the taken blocks included. */
static unsigned int stride_of(uint64_t range, uint64_t scanned)
{
	unsigned int stride = 1;

	while (stride < MAX_STRIDE && scanned * stride * 3 < range * 2)
		stride *= 2;
	return stride;
}

/*
 * The scanner takes every free block that it looks at, so these are all gone afterwards, also when the model
 * has more of them than were taken: the rest was isolated before by a fast search, whose event names no page.
 */
void bdt_compaction_isolate_freepages(struct bdt_engine *e, const struct bdt_event *ev)
{
	bdt_pfn start = (bdt_pfn)ev->isolate.start_pfn, end = (bdt_pfn)ev->isolate.end_pfn;
	uint64_t taken = (uint64_t)ev->isolate.nr_taken;
	struct bdt_zone *z = bdt_state_zone(e->state, start);
	unsigned int stride;

	if (!z || end > z->end || end <= start || end - start > (1ULL << z->max_order))
		return;
	saw_compaction(e, start, ev->time_ns);
	e->compaction.isolate_events++;
	e->compaction.isolated_pages += taken;
	if (!taken) {
		e->compaction.isolate_exact++;
		return;
	}
	for (stride = 1; stride <= MAX_STRIDE; stride *= 2)
		if (scan(z, start, end, stride, false) == taken) {
			e->compaction.isolate_exact++;
			break;
		}
	if (stride > MAX_STRIDE)
		stride = stride_of(end - start, (uint64_t)ev->isolate.nr_scanned);
	scan(z, start, end, stride, true);
}

/*
 * The block that a fast search takes: from the tail of the movable list of its order the first one in the
 * upper quarter of the scanned space, or the highest in the upper half.  The event gives the half's start and
 * the end of the space; the order follows from the pages taken.  cf. fast_isolate_freepages()
 */
static bool fast_search(const struct bdt_zone *z, const struct bdt_event *ev, struct bdt_block *out)
{
	bdt_pfn min = (bdt_pfn)ev->isolate.start_pfn, end = (bdt_pfn)ev->isolate.end_pfn;
	bdt_pfn low = (min + (end - min) / 2) & ~((1ULL << z->pageblock_order) - 1);
	uint64_t taken = (uint64_t)ev->isolate.nr_taken;
	bdt_order order = (bdt_order)__builtin_ctzll(taken);
	int64_t left = (int64_t)((uint64_t)ev->isolate.nr_scanned - taken + 1);
	bool found = false;

	if (order > z->max_order)
		return false;
	if (left > MAX_FAST_SCAN)
		left = MAX_FAST_SCAN;
	for (uint32_t at = z->list[z->profile->movable][order].tail; left > 0 && at != BT_PAGE_NIL;
	     left--, at = z->prev[at]) {
		bdt_pfn pfn = z->base + at;

		if (pfn >= low)
			return bdt_zone_head(z, pfn, out);
		if (pfn >= min && (!found || pfn > out->pfn))
			found = bdt_zone_head(z, pfn, out);
	}
	return found;
}

void bdt_compaction_fast_isolate(struct bdt_engine *e, const struct bdt_event *ev)
{
	struct bdt_zone *z = bdt_state_zone(e->state, (bdt_pfn)ev->isolate.start_pfn);
	uint64_t taken = (uint64_t)ev->isolate.nr_taken;
	struct bdt_block b;

	saw_compaction(e, (bdt_pfn)ev->isolate.start_pfn, ev->time_ns);
	e->compaction.fast_events++;
	e->compaction.fast_pages += taken;
	if (e->search_followed) {
		e->compaction.fast_resolved += taken;
		return;
	}
	if (!z || !taken || taken & (taken - 1) || ev->isolate.end_pfn < ev->isolate.start_pfn ||
	    !fast_search(z, ev, &b))
		return;
	bdt_zone_make_first(z, b.pfn);
	bdt_guess_take(e->state, z, &b);
	e->compaction.fast_resolved += taken;
}

/*
 * A run goes on as no request of its type would succeed: what the model has for one is not free.
 * cf. __compact_finished()
 */
void bdt_compaction_finished(struct bdt_engine *e, const struct bdt_event *ev)
{
	struct bdt_zone *z = e->lacking;
	bdt_migratetype mt = e->lacking_mt;
	bdt_order end;

	if (!z)
		return;
	end = z->max_order + 1;
	bdt_pair_settle(e, z);
	bdt_infer_empty(e, z, e->lacking_order, end, mt, BT_MT_LIMBO, ev->time_ns);
	for (int i = 0; i < 4 && z->fallbacks[mt][i] != BT_MT_NONE; i++)
		for (bdt_order o = e->lacking_order; o < end; o++)
			if (bdt_fallback_takes_over(z, o, mt))
				bdt_infer_empty(e, z, o, o + 1, z->fallbacks[mt][i], BT_MT_LIMBO,
						ev->time_ns);
}

void bdt_compaction_begin(struct bdt_engine *e, const struct bdt_event *ev)
{
	saw_compaction(e, (bdt_pfn)ev->compaction.zone_start, ev->time_ns);
	e->compaction.runs++;
}

void bdt_compaction_end(struct bdt_engine *e, const struct bdt_event *ev)
{
	saw_compaction(e, (bdt_pfn)ev->compaction.zone_start, ev->time_ns);
	if (ev->compaction.status >= 0 && ev->compaction.status < 16)
		e->compaction.results[ev->compaction.status]++;
}

void bdt_compaction_migratepages(struct bdt_engine *e, const struct bdt_event *ev)
{
	e->compaction.migrated += (uint64_t)ev->migratepages.nr_migrated;
	e->compaction.failed += (uint64_t)ev->migratepages.nr_failed;
}
