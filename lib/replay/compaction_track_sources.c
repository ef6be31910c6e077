/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/compaction_track.h"

/* Where the migration scanner goes, and what it tells of the skip bits. */

/* Skip bits are marks of earlier runs from here on. */
void bdt_track_age_marks(struct bdt_compact_zone *cz)
{
	for (uint64_t i = 0; i < cz->zone->nblocks; i++)
		if (cz->skip[i] == BT_MARK_NEW)
			cz->skip[i] = BT_MARK_OLD;
	cz->mark = BT_MARK_NEW;
}

/* A pageblock was looked at that was taken to be marked: what else was inferred is doubtful, too. */
static void lose_inferred(struct bdt_compact_zone *cz)
{
	for (uint64_t i = 0; i < cz->zone->nblocks; i++)
		if (cz->skip[i] == BT_MARK_INFERRED)
			cz->skip[i] = 0;
}

/* The run is where it would not be if the skip bits still stood: they were cleared, which no event tells. */
void bdt_track_lose_marks(struct bdt_compact_zone *cz, bdt_pfn from, bdt_pfn to)
{
	const struct bdt_zone *z = cz->zone;

	for (bdt_pfn pfn = from > z->start ? from : z->start; pfn < to && pfn < z->end;
	     pfn += 1ULL << z->pageblock_order)
		if (*bdt_compact_skip(cz, pfn) != BT_MARK_NEW)
			*bdt_compact_skip(cz, pfn) = 0;
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

/* What the scanner does next, asked of copies. */
struct bdt_source_step {
	struct bdt_compact_control cc;
	struct bdt_compact_zone cz;
	struct bdt_fast_source fast;
	struct bdt_scan scan;
};

static void ask_source(const struct bdt_track_task *t, const struct bdt_pages *pages,
		       struct bdt_source_step *step)
{
	bdt_pfn start, end;

	step->cz = t->running->cz;
	step->cc = t->cc;
	step->cc.cz = &step->cz;
	step->scan = (struct bdt_scan){ 0 };
	if (bdt_source_next(&step->cc, pages, &start, &end, &step->fast))
		step->scan = bdt_source_scan(&step->cc, pages, start, end, NULL);
}

/* The zone went the way that was foreseen. */
static void accept_source(struct bdt_track_task *t, const struct bdt_source_step *step)
{
	bdt_source_turn(t->running->cz.zone, &step->fast);
	t->running->cz = step->cz;
	t->cc = step->cc;
	t->cc.cz = &t->running->cz;
}

/* Pageblocks that a fast search is taken to have passed over at most. */
#define PASSED_OVER 64

/*
 * The fast search did not stop where it was to: what it passed over was marked, though nothing told so. False
 * when that does not explain where it went.
 */
static bool passed_over(struct bdt_track_task *t, const struct bdt_pages *pages, bdt_pfn got)
{
	struct bdt_compact_zone *cz = t->cc.cz;
	bdt_pfn marked[PASSED_OVER];
	struct bdt_source_step step;
	unsigned int n = 0;

	if (t->cc.ignore_skip_hint)
		return false;
	for (; n < PASSED_OVER; n++) {
		ask_source(t, pages, &step);
		if (step.scan.start == got) {
			accept_source(t, &step);
			return true;
		}
		if (!step.fast.found || *bdt_compact_skip(cz, step.fast.pfn))
			break;
		marked[n] = step.fast.pfn;
		*bdt_compact_skip(cz, marked[n]) = BT_MARK_INFERRED;
	}
	while (n)
		*bdt_compact_skip(cz, marked[--n]) = 0;
	return false;
}

/* What the event does not tell of a scan: whether pages were isolated and put back, and which came first. */
static void looked_at(const struct bdt_track_task *t, const struct bdt_pages *pages, struct bdt_scan *got)
{
	struct bdt_compact_control cc = t->cc;
	struct bdt_scan there;

	cc.ignore_skip_hint = true;
	there = bdt_source_scan(&cc, pages, got->start, got->end, NULL);
	got->any = there.any || got->taken;
	got->first = there.first;
}

/* The scanner did not go where it was to: what does that tell of the skip bits? */
static void learn_step(struct bdt_track_task *t, const struct bdt_pages *pages, const struct bdt_scan *got)
{
	uint8_t mark = *bdt_compact_skip(t->cc.cz, got->start);

	if (!t->cc.ignore_skip_hint && mark == BT_MARK_OLD)
		bdt_track_lose_marks(t->cc.cz, t->running->cz.zone->start, t->cc.free_pfn);
	else if (!t->cc.ignore_skip_hint && mark == BT_MARK_INFERRED)
		lose_inferred(t->cc.cz);
	else
		passed_over(t, pages, got->start);
}

void bdt_track_sources(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev)
{
	struct bdt_scan got = bdt_track_scan(ev);
	struct bdt_source_step said;
	struct bdt_pages pages;
	bdt_pfn end;

	if (!t->running || !bdt_zone_spans(t->running->cz.zone, got.start) || got.end <= got.start)
		return;
	pages = bdt_track_pages(t->running);
	begin_step(t);
	ask_source(t, &pages, &said);
	bdt_agree(&s->scores.migrate_starts, said.scan.start == got.start);
	if (bdt_agree(&s->scores.migrate_ranges, said.scan.start == got.start && said.scan.end == got.end))
		bdt_agree(&s->scores.migrate_taken, said.scan.taken == got.taken);
	if (said.scan.start == got.start)
		accept_source(t, &said);
	else
		learn_step(t, &pages, &got);
	t->cc.migrate_pfn = got.start;
	end = bdt_block_end(t->running->cz.zone, got.start);
	looked_at(t, &pages, &got);
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
