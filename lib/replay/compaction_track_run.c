/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/compaction_track.h"
#include "replay/engine.h"
#include "replay/guess.h"

/* The events of a run: each is predicted from where the run was seen last, then the run goes on from it. */

/* A search for targets: turns the lists, and returns whether it takes the block *b. */
static bool follow_target(struct bdt_zone *z, const struct bdt_fast_target *fast, struct bdt_block *b)
{
	bdt_target_turn(z, fast);
	return fast->found && bdt_zone_head(z, fast->pfn, b);
}

static struct bdt_track_zone *zone_with(struct bdt_compaction_score *s, int64_t start)
{
	for (size_t i = 0; i < s->state->nzones; i++)
		if (start >= 0 && s->state->zones[i]->start == (bdt_pfn)start)
			return &s->zones[i];
	return NULL;
}

/* Marks of this value and above were set in the run that is going on. */
#define NEW_MARK 2

/* Skip bits are marks of earlier runs from here on. */
static void age_marks(struct bdt_compact_zone *cz)
{
	for (uint64_t i = 0; i < cz->zone->nblocks; i++)
		cz->skip[i] = cz->skip[i] != 0;
	cz->mark = NEW_MARK;
}

/* The run is where it would not be if the skip bits still stood: they were cleared, which no event tells. */
static void lose_marks(struct bdt_compact_zone *cz, bdt_pfn from, bdt_pfn to)
{
	const struct bdt_zone *z = cz->zone;

	for (bdt_pfn pfn = from > z->start ? from : z->start; pfn < to && pfn < z->end;
	     pfn += 1ULL << z->pageblock_order)
		if (*bdt_compact_skip(cz, pfn) < NEW_MARK)
			*bdt_compact_skip(cz, pfn) = 0;
}

/* What a run is for, when no event before it said so. */
static enum bdt_compact_trigger trigger_of(const struct bdt_track_task *t)
{
	if (t->asked)
		return t->trigger;
	return t->role == BDT_TASK_KCOMPACTD ? BDT_COMPACT_PROACTIVE : BDT_COMPACT_MEMORY;
}

void bdt_track_begin(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev)
{
	struct bdt_track_zone *tz = zone_with(s, ev->compaction.zone_start);
	struct bdt_compact_control *cc = &t->cc;
	bool sync = ev->compaction.sync;

	t->running = tz;
	if (!tz)
		return;
	*cc = bdt_compact_control(&tz->cz, trigger_of(t), t->prio, t->asked ? t->order : BT_ORDER_ALL);
	cc->migratetype = t->asked ? bdt_gfp_migratetype(s->state->profile, t->gfp, true) : 0;
	cc->highest = t->highest;
	cc->no_fs = t->asked && !(t->gfp & BT_GFP_FS);
	cc->proactive_low = s->proactive.low;
	if (bdt_deferral_restarting(&tz->cz.deferral, cc->order))
		bdt_compact_reset_skip(&tz->cz);
	bdt_compact_begin(cc);
	if (tz->positions_known || cc->whole_zone)
		bdt_agree(&s->scores.begin, cc->migrate_pfn == (bdt_pfn)ev->compaction.migrate_pfn &&
						    cc->free_pfn == (bdt_pfn)ev->compaction.free_pfn);
	age_marks(&tz->cz);
	if (!cc->whole_zone && cc->migrate_pfn > (bdt_pfn)ev->compaction.migrate_pfn)
		lose_marks(&tz->cz, tz->cz.zone->start, (bdt_pfn)ev->compaction.free_pfn);
	if (!cc->whole_zone && cc->free_pfn < (bdt_pfn)ev->compaction.free_pfn) {
		lose_marks(&tz->cz, (bdt_pfn)ev->compaction.migrate_pfn, tz->cz.zone->end);
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

/* What the loop of a run does before it looks for sources.  cf. compact_zone() */
static void begin_step(struct bdt_track_task *t)
{
	const struct bdt_zone *z = t->running->cz.zone;

	t->iteration_start = t->cc.migrate_pfn;
	t->cc.finish_pageblock = t->rescans || (t->cc.cz->rules->finish_block && t->last_migrated &&
						bdt_block_start(z, t->last_migrated) ==
							bdt_block_start(z, t->iteration_start));
	t->looked = true;
}

void bdt_track_sources(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev)
{
	struct bdt_scan got = { (bdt_pfn)ev->isolate.start_pfn, (bdt_pfn)ev->isolate.end_pfn,
				(uint64_t)ev->isolate.nr_scanned, (uint64_t)ev->isolate.nr_taken };
	struct bdt_scan said = { 0 };
	struct bdt_compact_control cc;
	struct bdt_compact_zone cz;
	struct bdt_pages pages;
	struct bdt_fast_source fast;
	bdt_pfn start, end;

	if (!t->running || !bdt_zone_spans(t->running->cz.zone, got.start) || got.end <= got.start)
		return;
	pages = bdt_track_pages(t->running);
	begin_step(t);
	cc = t->cc;
	cz = t->running->cz;
	cc.cz = &cz;
	if (bdt_source_next(&cc, &pages, &start, &end, &fast))
		said = bdt_source_scan(&cc, &pages, start, end, NULL);
	bdt_agree(&s->scores.migrate_starts, said.start == got.start);
	if (bdt_agree(&s->scores.migrate_ranges, said.start == got.start && said.end == got.end))
		bdt_agree(&s->scores.migrate_taken, said.taken == got.taken);
	if (said.start == got.start) {
		bdt_source_turn(t->running->cz.zone, &fast);
		cc.cz = t->cc.cz;
		t->cc = cc;
		t->running->cz = cz;
	}
	if (said.start != got.start && !t->cc.ignore_skip_hint && got.taken &&
	    *bdt_compact_skip(t->cc.cz, got.start) == 1)
		lose_marks(t->cc.cz, t->running->cz.zone->start, t->cc.free_pfn);
	t->cc.migrate_pfn = got.start;
	end = bdt_block_end(t->running->cz.zone, got.start);
	bdt_source_scanned(&t->cc, &got, end < t->running->cz.zone->end ? end : t->running->cz.zone->end);
	if (got.taken) {
		t->isolated = true;
		t->last_migrated = t->iteration_start;
		if (s->rules->rescan_on_failure) {
			t->last_migrated = bdt_block_start(t->running->cz.zone, got.end - 1);
			if (t->last_migrated < t->running->cz.zone->start)
				t->last_migrated = t->running->cz.zone->start;
		}
	}
	t->walking = false;
}

/* A new call for targets: what was isolated before has been used. */
static void call_for_targets(struct bdt_track_task *t)
{
	if (t->cc.cz->rules->freepages_by_order)
		t->cc.nr_migratepages -= t->cc.nr_freepages < t->cc.nr_migratepages ? t->cc.nr_freepages
										    : t->cc.nr_migratepages;
	t->cc.nr_freepages = 0;
}

/* Where the call goes on after its fast search. */
static void after_fast(struct bdt_track_task *t, const struct bdt_fast_target *fast)
{
	t->walking = true;
	if (bdt_target_begin_around(&t->cc, fast->around, &t->walk))
		return;
	bdt_target_begin(&t->cc, &t->walk);
}

/* Is it what the event says of the search? */
static bool as_seen(const struct bdt_fast_target *said, const struct bdt_event *ev)
{
	return said->ran && said->scan.start == (bdt_pfn)ev->isolate.start_pfn &&
	       said->scan.end == (bdt_pfn)ev->isolate.end_pfn &&
	       said->scan.scanned == (uint64_t)ev->isolate.nr_scanned &&
	       said->scan.taken == (uint64_t)ev->isolate.nr_taken;
}

/* More blocks than these are looked at only by the first search from where the scanner once began. */
#define LATER_SEARCH 64

/* What a search that was not foreseen tells of those that follow. */
static void learn_search(struct bdt_compact_control *cc, const struct bdt_event *ev,
			 struct bdt_fast_target *said)
{
	uint64_t scanned = (uint64_t)ev->isolate.nr_scanned, taken = (uint64_t)ev->isolate.nr_taken;

	if (scanned > LATER_SEARCH + taken && cc->free_pfn < cc->cz->init_free)
		cc->cz->init_free = cc->free_pfn;
	if (said->scan.taken == taken)
		return;
	said->found = said->preferred = taken > 0;
	said->scan.taken = taken;
	said->around = BT_PFN_NONE;
	if (taken && !(taken & (taken - 1)) && taken >> cc->cz->zone->max_order <= 1)
		said->search_order = __builtin_ctzll(taken);
}

void bdt_track_fast(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev)
{
	struct bdt_fast_target said;
	struct bdt_block b;

	if (!t->running)
		return;
	call_for_targets(t);
	said = bdt_target_fast(&t->cc);
	s->followed = bdt_agree(&s->scores.fast, as_seen(&said, ev));
	if (!s->followed && t->cc.free_pfn != (bdt_pfn)ev->isolate.end_pfn) {
		/* the free scanner went on without an event: every pageblock was marked */
		t->cc.free_pfn = (bdt_pfn)ev->isolate.end_pfn;
		said = bdt_target_fast(&t->cc);
		s->followed = as_seen(&said, ev);
	}
	if (s->followed && follow_target(t->running->cz.zone, &said, &b))
		bdt_guess_take(s->state, t->running->cz.zone, &b);
	if (!s->followed)
		learn_search(&t->cc, ev, &said);
	bdt_target_fast_done(&t->cc, &said);
	after_fast(t, &said);
}

static void guess_target(struct bdt_compaction_score *s, struct bdt_track_task *t,
			 const struct bdt_fast_target *fast)
{
	struct bdt_zone *z = t->running->cz.zone;
	struct bdt_block b;

	if (follow_target(z, fast, &b))
		bdt_guess_take(s->state, z, &b);
	t->targets += fast->scan.taken;
}

/* Before 6.5 nothing tells of the fast search but where the scanner goes on. */
static void silent_fast(struct bdt_compaction_score *s, struct bdt_track_task *t, bdt_pfn start)
{
	struct bdt_fast_target said = { .around = BT_PFN_NONE, .search_order = t->cc.search_order };

	call_for_targets(t);
	if (!t->cc.cz->rules->fast_search_event)
		said = bdt_target_fast(&t->cc);
	if (said.found && bdt_block_start(t->running->cz.zone, said.pfn) != start)
		said = (struct bdt_fast_target){ .around = BT_PFN_NONE, .search_order = t->cc.search_order };
	guess_target(s, t, &said);
	bdt_target_fast_done(&t->cc, &said);
	after_fast(t, &said);
}

/* Content was moved to more pages than events tell of: fast searches found them. */
static void unseen_targets(struct bdt_compaction_score *s, struct bdt_track_task *t)
{
	while (t->used > t->targets) {
		struct bdt_fast_target said;

		t->cc.nr_freepages = 0;
		said = bdt_target_fast(&t->cc);
		if (!said.found)
			break;
		guess_target(s, t, &said);
		bdt_target_fast_done(&t->cc, &said);
	}
	t->cc.nr_freepages = 0;
}

void bdt_track_targets(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev)
{
	struct bdt_scan got = { (bdt_pfn)ev->isolate.start_pfn, (bdt_pfn)ev->isolate.end_pfn,
				(uint64_t)ev->isolate.nr_scanned, (uint64_t)ev->isolate.nr_taken };
	struct bdt_scan said = { 0 };
	const struct bdt_zone *z;
	struct bdt_pages pages;
	bdt_pfn block;

	if (!t->running || !bdt_zone_spans(t->running->cz.zone, got.start) || got.end <= got.start)
		return;
	z = t->running->cz.zone;
	pages = bdt_track_pages(t->running);
	if (!t->walking || t->walk.over)
		silent_fast(s, t, got.start);
	if (bdt_target_next(&t->cc, &t->walk))
		said = bdt_target_scan(&t->cc, &pages, &t->walk, NULL, NULL);
	bdt_agree(&s->scores.free_starts, said.start == got.start);
	if (bdt_agree(&s->scores.free_ranges, said.start == got.start && said.end == got.end))
		bdt_agree(&s->scores.free_taken, said.taken == got.taken);
	if (said.start != got.start && !t->cc.ignore_skip_hint && !t->walk.around &&
	    *bdt_compact_skip(t->cc.cz, got.start) == 1)
		lose_marks(t->cc.cz, t->cc.migrate_pfn, z->end);
	block = bdt_block_start(z, got.start);
	if (t->walk.over || t->walk.around != (said.start == got.start && t->walk.around) ||
	    bdt_block_start(z, t->walk.start) != block) {
		bdt_target_begin(&t->cc, &t->walk);
		t->walk.block_start = block;
		t->walk.block_end =
			bdt_block_end(z, got.start) < z->end ? bdt_block_end(z, got.start) : z->end;
		t->walk.start = got.start;
	}
	bdt_target_scanned(&t->cc, &t->walk, &got);
	t->targets += got.taken;
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
		unseen_targets(s, t);
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
