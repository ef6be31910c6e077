/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/engine.h"

/* The free scanner looks at every page, or at every 2nd, 4th ... of a pageblock that yields little. */
#define MAX_STRIDE 32

static void saw_compaction(struct bdt_engine *e, bdt_pfn pfn, uint64_t time_ns)
{
	for (size_t i = 0; i < e->state->nzones; i++)
		if (bdt_zone_spans(e->state->zones[i], pfn))
			e->compacted_ns[i] = time_ns;
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
		if (take) {
			/* a target block of at least half a pageblock becomes movable.  cf.
			 * __isolate_free_page() */
			bdt_zone_delete(z, b.pfn);
			if (b.order + 1 >= z->pageblock_order && b.mt < z->profile->nr_fallback_types)
				for (bdt_pfn p = b.pfn; p < b.pfn + (1ULL << b.order);
				     p += 1ULL << z->pageblock_order)
					bdt_zone_set_type(z, p, z->profile->movable, false);
			bdt_zone_mark(z, b.pfn, b.order, BT_ZP_SEEN | BT_ZP_MOVABLE, BT_ZP_PCP);
		}
		at = b.pfn + (1ULL << b.order) - stride;
	}
	return pages;
}

void bdt_compaction_isolate_freepages(struct bdt_engine *e, const struct bdt_event *ev)
{
	struct bdt_zone *z;
	bdt_pfn start = (bdt_pfn)ev->isolate.start_pfn, end = (bdt_pfn)ev->isolate.end_pfn;
	uint64_t taken = (uint64_t)ev->isolate.nr_taken;

	z = bdt_state_zone(e->state, start);
	if (!z || end > z->end || end < start || end - start > (1ULL << z->max_order))
		return;
	saw_compaction(e, start, ev->time_ns);
	e->compaction.isolate_events++;
	e->compaction.isolated_pages += taken;
	if (!taken) {
		e->compaction.isolate_exact++;
		return;
	}
	for (unsigned int stride = 1; stride <= MAX_STRIDE; stride *= 2)
		if (scan(z, start, end, stride, false) == taken) {
			scan(z, start, end, stride, true);
			e->compaction.isolate_exact++;
			return;
		}
	/* no stride fits: fewer free pages here than were taken, so all of them are gone */
	if (scan(z, start, end, 1, false) < taken)
		scan(z, start, end, 1, true);
}

void bdt_compaction_fast_isolate(struct bdt_engine *e, const struct bdt_event *ev)
{
	saw_compaction(e, (bdt_pfn)ev->isolate.start_pfn, ev->time_ns);
	e->compaction.fast_events++;
	e->compaction.fast_pages += (uint64_t)ev->isolate.nr_taken;
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
