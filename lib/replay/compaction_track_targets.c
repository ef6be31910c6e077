/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/compaction_track.h"
#include "replay/engine.h"
#include "replay/guess.h"

/* Where the free scanner and the fast searches for targets go. */

/* A search for targets: turns the lists, and returns whether it takes the block *b. */
static bool follow_target(struct bdt_zone *z, const struct bdt_fast_target *fast, struct bdt_block *b)
{
	bdt_target_turn(z, fast);
	return fast->found && bdt_zone_head(z, fast->pfn, b);
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

/* A search that finds nothing, and tells nothing of the lists. */
static struct bdt_fast_target found_nothing(const struct bdt_compact_control *cc)
{
	return (struct bdt_fast_target){ .ran = cc->cz->rules->fast_search && cc->order > 0,
					 .around = BT_PFN_NONE,
					 .free_pfn = BT_PFN_NONE,
					 .search_order = cc->search_order };
}

static bool searches_around(const struct bdt_compact_control *cc)
{
	return !cc->direct || cc->mode != BDT_MIGRATE_ASYNC;
}

/*
 * Before 6.5 nothing tells of the fast search but where the scanner goes on.  Where it does not search around
 * a find, that the scanner goes on at all means that there was none.
 */
static struct bdt_fast_target foresee_silent(const struct bdt_compact_control *cc)
{
	struct bdt_fast_target fast = found_nothing(cc);

	if (cc->cz->rules->fast_search_event)
		fast.ran = false;
	else if (fast.ran)
		fast = bdt_target_fast(cc);
	return fast.found && !searches_around(cc) ? found_nothing(cc) : fast;
}

/* Blocks of a list that are looked at for one in a certain pageblock. */
#define LIST_DEPTH 4096U

/* The last block of a movable list that lies in the pageblock, and how many are behind it. */
static bool last_in(const struct bdt_zone *z, bdt_order order, bdt_pfn pageblock, bdt_pfn *pfn,
		    unsigned int *behind)
{
	uint32_t at = z->list[z->profile->movable][order].tail;

	for (*behind = 0; at != BT_PAGE_NIL && *behind < LIST_DEPTH; ++*behind, at = z->prev[at]) {
		*pfn = z->base + at;
		if (bdt_block_start(z, *pfn) == pageblock)
			return true;
	}
	return false;
}

/*
 * The search must have found a block of this pageblock: the one that it would have come to first there. Where
 * no search looks that far down the list the order of the list was not what it was taken for, and is not
 * turned.
 */
static struct bdt_fast_target found_in(const struct bdt_compact_control *cc, bdt_pfn pageblock)
{
	struct bdt_fast_target fast = found_nothing(cc);
	const struct bdt_zone *z = cc->cz->zone;
	unsigned int behind;

	fast.found = fast.ran = true;
	fast.around = fast.pfn = fast.highest = pageblock;
	fast.scan.taken = 1;
	for (int i = 0; i < cc->order; i++) {
		bdt_order order = (bdt_order)((cc->search_order - i + cc->order) % cc->order);

		if (!last_in(z, order, pageblock, &fast.pfn, &behind))
			continue;
		fast.order = order;
		fast.scan.taken = 1ULL << order;
		fast.turned[0].order = order;
		fast.turned[0].first = fast.pfn;
		fast.n = behind < 1U << (z->pageblock_order - 1);
		break;
	}
	return fast;
}

/* Where the call goes if its search finds nothing. */
static bdt_pfn without_a_find(const struct bdt_compact_control *cc)
{
	struct bdt_compact_control copy = *cc;
	struct bdt_target_walk w;

	bdt_target_begin(&copy, &w);
	return bdt_target_next(&copy, &w) ? w.start : BT_PFN_NONE;
}

/* The call began with the control `before` and the search `fast`; it went to `got`, and was to go to `said`.
 */
static void learn_silent(struct bdt_compaction_score *s, struct bdt_track_task *t,
			 const struct bdt_compact_control *before, struct bdt_fast_target fast, bdt_pfn said,
			 bdt_pfn got)
{
	bool around = searches_around(before) && before->order > 0 &&
		      bdt_block_start(before->cz->zone, got) == got && without_a_find(before) != got;

	if (before->cz->rules->fast_search_event)
		return;
	if (said != got) {
		fast = around ? found_in(before, got) : found_nothing(before);
		t->cc = *before;
		bdt_target_fast_done(&t->cc, &fast);
		after_fast(t, &fast);
	}
	guess_target(s, t, &fast);
}

/* A search that did find something, though the rules say that it gave up before: it looked at more blocks. */
static struct bdt_fast_target look_further(const struct bdt_compact_control *cc)
{
	struct bdt_compact_zone cz = *cc->cz;
	struct bdt_compact_control copy = *cc;

	cz.init_free = 0;
	copy.cz = &cz;
	return bdt_target_fast(&copy);
}

void bdt_track_unseen_targets(struct bdt_compaction_score *s, struct bdt_track_task *t)
{
	while (t->used > t->targets) {
		struct bdt_fast_target said;

		t->cc.nr_freepages = 0;
		said = bdt_target_fast(&t->cc);
		if (!said.found)
			said = look_further(&t->cc);
		if (!said.found)
			break;
		guess_target(s, t, &said);
		bdt_target_fast_done(&t->cc, &said);
	}
	t->cc.nr_freepages = 0;
}

/* The walk goes through the pageblock of `pfn`, wherever it was to go. */
static void walk_to(struct bdt_track_task *t, bdt_pfn pfn)
{
	const struct bdt_zone *z = t->running->cz.zone;

	bdt_target_begin(&t->cc, &t->walk);
	t->walk.block_start = bdt_block_start(z, pfn);
	t->walk.block_end = bdt_block_end(z, pfn) < z->end ? bdt_block_end(z, pfn) : z->end;
	t->walk.start = pfn;
}

void bdt_track_targets(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev)
{
	struct bdt_scan got = bdt_track_scan(ev);
	bool begins = !t->walking || t->walk.over;
	struct bdt_compact_control before;
	struct bdt_fast_target fast;
	struct bdt_scan said = { 0 };
	const struct bdt_zone *z;
	struct bdt_pages pages;

	if (!t->running || !bdt_zone_spans(t->running->cz.zone, got.start) || got.end <= got.start)
		return;
	z = t->running->cz.zone;
	pages = bdt_track_pages(t->running);
	if (begins) {
		call_for_targets(t);
		before = t->cc;
		fast = foresee_silent(&before);
		bdt_target_fast_done(&t->cc, &fast);
		after_fast(t, &fast);
	}
	if (bdt_target_next(&t->cc, &t->walk))
		said = bdt_target_scan(&t->cc, &pages, &t->walk, NULL, NULL);
	bdt_agree(&s->scores.free_starts, said.start == got.start);
	if (bdt_agree(&s->scores.free_ranges, said.start == got.start && said.end == got.end))
		bdt_agree(&s->scores.free_taken, said.taken == got.taken);
	if (begins)
		learn_silent(s, t, &before, fast, said.start, got.start);
	if (said.start != got.start && !t->cc.ignore_skip_hint && !t->walk.around &&
	    *bdt_compact_skip(t->cc.cz, got.start) == BT_MARK_OLD)
		bdt_track_lose_marks(t->cc.cz, t->cc.migrate_pfn, z->end);
	if (t->walk.over || bdt_block_start(z, t->walk.start) != bdt_block_start(z, got.start))
		walk_to(t, got.start);
	bdt_target_scanned(&t->cc, &t->walk, &got);
	t->targets += got.taken;
}
