/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/compaction_track.h"
#include "replay/engine.h"
#include "replay/guess.h"

/* The events of a run: each is predicted from where the run was seen last, then the run goes on from it. */

static struct bdt_track_zone *zone_with(struct bdt_compaction_score *s, int64_t start)
{
	for (size_t i = 0; i < s->state->nzones; i++)
		if (start >= 0 && s->state->zones[i]->start == (bdt_pfn)start)
			return &s->zones[i];
	return NULL;
}

/* What a run is for, when no event before it said so. */
static enum bdt_compact_trigger trigger_of(const struct bdt_track_task *t)
{
	if (t->asked)
		return t->trigger;
	return t->role == BDT_TASK_KCOMPACTD ? BDT_COMPACT_PROACTIVE : BDT_COMPACT_MEMORY;
}

/*
 * Only where skip bits were cleared a run can begin inside of a pageblock, as many pages before its end as
 * the zone ends before that of its last one: kswapd did so, and did not say so yet.
 */
static bool was_cleared(const struct bdt_zone *z, bdt_pfn free_pfn)
{
	return free_pfn != bdt_block_start(z, free_pfn) &&
	       (z->end - 1 - free_pfn) % (1ULL << z->pageblock_order) == 0;
}

/* The run begins where only cleared skip bits let it: they are cleared now, if they were not before. */
static void clear_unseen(struct bdt_track_zone *tz, bdt_pfn free_pfn)
{
	struct bdt_pages pages = bdt_track_pages(tz);

	if (!was_cleared(tz->cz.zone, free_pfn) || tz->cz.cached_free == free_pfn ||
	    tz->cz.init_free == free_pfn)
		return;
	tz->cz.blockskip_flush = true;
	bdt_compact_reset_skip(&tz->cz, &pages);
	tz->cz.init_free = free_pfn;
}

void bdt_track_begin(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev)
{
	struct bdt_track_zone *tz = zone_with(s, ev->compaction.zone_start);
	struct bdt_compact_control *cc = &t->cc;
	bool sync = ev->compaction.sync;
	struct bdt_pages pages;

	t->running = tz;
	if (!tz)
		return;
	pages = bdt_track_pages(tz);
	*cc = bdt_compact_control(&tz->cz, trigger_of(t), t->prio, t->asked ? t->order : BT_ORDER_ALL);
	cc->migratetype = t->asked ? bdt_gfp_migratetype(s->state->profile, t->gfp, true) : 0;
	cc->highest = t->highest;
	cc->no_fs = t->asked && !(t->gfp & BT_GFP_FS);
	cc->proactive_low = s->proactive.low;
	if (bdt_deferral_restarting(&tz->cz.deferral, cc->order))
		bdt_compact_reset_skip(&tz->cz, &pages);
	bdt_compact_begin(cc);
	if (tz->positions_known || cc->whole_zone)
		bdt_agree(&s->scores.begin, cc->migrate_pfn == (bdt_pfn)ev->compaction.migrate_pfn &&
						    cc->free_pfn == (bdt_pfn)ev->compaction.free_pfn);
	if (!cc->whole_zone)
		clear_unseen(tz, (bdt_pfn)ev->compaction.free_pfn);
	bdt_track_age_marks(&tz->cz);
	if (!cc->whole_zone && cc->migrate_pfn > (bdt_pfn)ev->compaction.migrate_pfn)
		bdt_track_lose_marks(&tz->cz, tz->cz.zone->start, (bdt_pfn)ev->compaction.free_pfn);
	if (!cc->whole_zone && cc->free_pfn < (bdt_pfn)ev->compaction.free_pfn) {
		bdt_track_lose_marks(&tz->cz, (bdt_pfn)ev->compaction.migrate_pfn, tz->cz.zone->end);
		if (s->rules->fast_search_event)
			tz->cz.init_free = (bdt_pfn)ev->compaction.free_pfn;
	}
	cc->migrate_pfn = (bdt_pfn)ev->compaction.migrate_pfn;
	cc->free_pfn = (bdt_pfn)ev->compaction.free_pfn;
	if (!cc->ignore_skip_hint) {
		tz->cz.cached_migrate[sync] = cc->migrate_pfn;
		tz->cz.cached_free = cc->free_pfn;
		tz->positions_known = true;
	}
	t->last_migrated = 0;
	t->targets = t->used = 0;
	t->isolated = t->walking = t->rescans = t->looked = false;
	t->released = BT_PFN_NONE;
	t->last = BDT_COMPACT_CONTINUE;
	t->reset_once = false;
}

/* A step that found no source leaves no event: the scanner went up to the other one. */
static void went_up(struct bdt_track_task *t)
{
	struct bdt_pages pages = bdt_track_pages(t->running);
	struct bdt_fast_source fast;
	bdt_pfn start, end;

	if (!bdt_source_next(&t->cc, &pages, &start, &end, &fast))
		return;
	/* the model sees a source where there was none */
	while (bdt_block_end(t->running->cz.zone, start) <= t->cc.free_pfn)
		start = bdt_block_end(t->running->cz.zone, start);
	t->cc.migrate_pfn = start;
}

/* The pages that were freed can merge now.  cf. check_drain of compact_zone() */
static void check_drain(struct bdt_track_task *t)
{
	if (t->cc.order > 0 && t->last_migrated &&
	    t->last_migrated < t->cc.migrate_pfn >> t->cc.order << t->cc.order)
		t->last_migrated = 0;
}

/* The step is over, if there was one. */
static void end_step(struct bdt_track_task *t)
{
	t->walking = t->rescans = false;
	t->cc.nr_migratepages = 0;
	t->isolated = false;
	check_drain(t);
}

void bdt_track_finished(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev)
{
	enum bdt_compact_result got = bdt_compact_result_from(ev->suitable.ret, s->rules->old_results), said;
	struct bdt_compact_zone cz;
	struct bdt_compact_control cc;

	if (!t->running || got == BDT_COMPACT_NR)
		return;
	if (t->last == BDT_COMPACT_NO_SUITABLE_PAGE && !t->looked)
		went_up(t);
	end_step(t);
	/* asked of copies: the zone follows what was observed */
	cz = t->running->cz;
	cc = t->cc;
	cc.cz = &cz;
	said = bdt_compact_finished(&cc);
	bdt_agree(&s->scores.finished, said == got);
	s->scores.finished_confusion[got][said]++;
	if (got == BDT_COMPACT_NO_SUITABLE_PAGE && t->asked && ev->suitable.order == t->cc.order &&
	    t->cc.order > 0 && t->cc.migratetype < s->state->profile->nr_fallback_types) {
		s->lacking = t->running->cz.zone;
		s->lacking_order = (bdt_order)t->cc.order;
		s->lacking_mt = t->cc.migratetype;
	}
	if (got == BDT_COMPACT_COMPLETE || got == BDT_COMPACT_PARTIAL_SKIPPED) {
		t->cc.whole_zone = got == BDT_COMPACT_COMPLETE;
		t->cc.free_pfn = t->cc.migrate_pfn;
		if (!t->running->cz.blockskip_flush)
			t->running->flush_since = ev->time_ns;
		bdt_compact_finished(&t->cc);
	}
	t->last = got == BDT_COMPACT_CONTINUE ? BDT_COMPACT_NO_SUITABLE_PAGE : got;
	t->looked = false;
	t->released = BT_PFN_NONE;
}

void bdt_track_end(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev)
{
	enum bdt_compact_result got = bdt_compact_result_from(ev->compaction.status, s->rules->old_results),
				said;
	struct bdt_track_zone *tz = t->running;
	bdt_pfn block;

	if (!tz || got == BDT_COMPACT_NR)
		return;
	/* a run that ends without being asked whether it is finished was handed its page */
	said = t->last == BDT_COMPACT_NO_SUITABLE_PAGE ? BDT_COMPACT_SUCCESS : t->last;
	bdt_agree(&s->scores.end, said == got);
	if (t->released != BT_PFN_NONE && bdt_zone_spans(tz->cz.zone, t->released)) {
		block = bdt_block_start(tz->cz.zone, t->released);
		if (block > tz->cz.cached_free)
			tz->cz.cached_free = block;
	}
	t->last = got;
	t->running = NULL;
}

void bdt_track_migrated(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev)
{
	uint64_t migrated = (uint64_t)ev->migratepages.nr_migrated;
	struct bdt_compact_control *cc = &t->cc;
	const struct bdt_zone *z;

	if (!t->running)
		return;
	z = t->running->cz.zone;
	t->used += migrated;
	if (t->used > t->targets && s->rules->fast_search && !s->rules->fast_search_event)
		bdt_track_unseen_targets(s, t);
	if (t->used > t->targets && !s->rules->fast_search_event) {
		t->running->hidden += t->used - t->targets;
		t->targets = t->used;
	}
	cc->nr_freepages -= migrated < cc->nr_freepages ? migrated : cc->nr_freepages;
	cc->nr_migratepages = 0;
	t->isolated = t->walking = t->rescans = false;
	t->released = BT_PFN_NONE;
	if (ev->migratepages.nr_failed <= 0)
		return;
	if (s->rules->skip_rest_on_failure && cc->direct && cc->mode == BDT_MIGRATE_ASYNC && cc->order >= 0) {
		cc->migrate_pfn = (((cc->migrate_pfn - 1) >> cc->order) + 1) << cc->order;
		t->last_migrated = 0;
	}
	if (s->rules->rescan_on_failure && bdt_block_start(z, cc->migrate_pfn) != cc->migrate_pfn &&
	    !cc->ignore_skip_hint && !cc->finish_pageblock && cc->mode < BDT_MIGRATE_SYNC) {
		t->rescans = true;
		if (cc->order == (int)z->pageblock_order)
			t->last_migrated = 0;
	}
}
