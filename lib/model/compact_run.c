/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/compact_run.h"
#include "model/buddy.h"
#include <stdlib.h>

/* Steps of the migration scanner per pageblock until a run is given up: fast searches can lead it back. */
#define MAX_STEPS_PER_BLOCK 64

struct run {
	struct bdt_compact_control *cc;
	struct bdt_zone *z;
	const struct bdt_compact_env *env;
	struct bdt_pages pages;
	struct bdt_compact_report *report;
	struct bdt_sources sources;
	struct bdt_list targets[BT_MAX_ORDERS]; /* by order; pages are linked by z->next, as in a free list */
	bdt_pfn *chosen;                        /* target of each source */
	bdt_pfn last_migrated;                  /* 0 = nothing to drain for */
	bool sync_cached;                       /* both cached positions are kept the same */
};

/* ---- targets ---- */

static void put_first(struct run *r, bdt_order order, bdt_pfn pfn)
{
	struct bdt_list *l = &r->targets[order];
	uint32_t page = (uint32_t)(pfn - r->z->base);

	r->z->next[page] = l->head;
	l->head = page;
	if (l->tail == BT_PAGE_NIL)
		l->tail = page;
}

static void put_last(struct run *r, bdt_order order, bdt_pfn pfn)
{
	struct bdt_list *l = &r->targets[order];
	uint32_t page = (uint32_t)(pfn - r->z->base);

	if (l->tail == BT_PAGE_NIL) {
		put_first(r, order, pfn);
		return;
	}
	r->z->next[page] = BT_PAGE_NIL;
	r->z->next[l->tail] = page;
	l->tail = page;
}

static bool take_first(struct run *r, bdt_order order, bdt_pfn *pfn)
{
	struct bdt_list *l = &r->targets[order];

	if (l->head == BT_PAGE_NIL)
		return false;
	*pfn = r->z->base + l->head;
	l->head = r->z->next[l->head];
	if (l->head == BT_PAGE_NIL)
		l->tail = BT_PAGE_NIL;
	return true;
}

/* cf. isolate_freepages_block(), before 6.9 with the split_map_pages() that follows */
static void take_target(void *user, const struct bdt_block *b)
{
	struct run *r = user;

	bdt_buddy_isolate(r->z, b);
	/* it holds nothing that could be moved, whatever it held before it was free */
	bdt_zone_mark(r->z, b->pfn, b->order, 0, BT_ZP_MOVABLE);
	if (r->cc->cz->rules->freepages_by_order) {
		put_last(r, b->order, b->pfn);
		return;
	}
	for (bdt_pfn i = 0; i < 1ULL << b->order; i++)
		put_first(r, 0, b->pfn + i);
}

static void scan_targets(struct run *r, struct bdt_target_walk *w)
{
	while (bdt_target_next(r->cc, w)) {
		struct bdt_scan s = bdt_target_scan(r->cc, &r->pages, w, take_target, r);

		r->report->free_scanned += s.scanned;
		bdt_target_scanned(r->cc, w, &s);
	}
}

/* cf. isolate_freepages() */
static void find_targets(struct run *r)
{
	struct bdt_fast_target fast = bdt_target_fast(r->cc);
	struct bdt_target_walk w;
	struct bdt_block b;

	bdt_target_turn(r->z, &fast);
	if (fast.found && bdt_zone_head(r->z, fast.pfn, &b))
		take_target(r, &b);
	r->report->free_scanned += fast.scan.scanned;
	bdt_target_fast_done(r->cc, &fast);
	if (fast.ran && bdt_target_begin_around(r->cc, fast.around, &w))
		scan_targets(r, &w);
	if (r->cc->nr_freepages)
		return;
	bdt_target_begin(r->cc, &w);
	scan_targets(r, &w);
}

/* A target of this order, cut from the smallest larger one.  cf. compaction_alloc() */
static bool get_target(struct run *r, bdt_order order, bdt_pfn *pfn)
{
	bdt_order at = order;
	bool found = false;

	for (int attempt = 0; !found && attempt < 2; attempt++) {
		if (attempt)
			find_targets(r);
		for (at = order; at < BT_MAX_ORDERS && !found; at++)
			found = take_first(r, at, pfn);
	}
	if (!found)
		return false;
	for (at--; at > order; at--)
		put_first(r, at - 1, *pfn + (1ULL << (at - 1)));
	r->cc->nr_freepages -= 1ULL << order;
	if (r->cc->cz->rules->freepages_by_order)
		r->cc->nr_migratepages -= 1ULL << order;
	return true;
}

/* ---- pages ---- */

static void free_page(struct run *r, bdt_pfn pfn, bdt_order order)
{
	bdt_zone_mark(r->z, pfn, order, 0, BT_ZP_MOVABLE);
	if (r->env->free)
		r->env->free(r->env->user, r->z, pfn, order);
	else
		bdt_buddy_free_by_type(r->z, pfn, order, 0);
}

static void move_page(struct run *r, const struct bdt_source_page *from, bdt_pfn to)
{
	bdt_zone_mark(r->z, to, from->order, BT_ZP_MOVABLE, BT_ZP_PCP);
	if (r->env->moved)
		r->env->moved(r->env->user, r->z, from->pfn, to, from->order);
	r->report->migrated += 1ULL << from->order;
	free_page(r, from->pfn, from->order);
}

/*
 * Moves what was isolated, last page first; those that fail are the lowest.  With batches all targets are
 * found before the first page is freed.  Returns the pages that were not moved; *lacking: for want of
 * targets. cf. migrate_pages(), 4.0 - 7.2
 */
static uint64_t migrate(struct run *r, bool *lacking)
{
	bool batched = r->cc->cz->rules->rescan_on_failure;
	uint64_t isolated = r->cc->nr_migratepages, fail = 0, moved = 0;
	size_t i = r->sources.n, first;

	if (r->env->failures)
		fail = bdt_migrate_failures_next(r->env->failures, r->cc->mode, isolated);
	*lacking = false;
	for (; i > 0; i--) {
		const struct bdt_source_page *from = &r->sources.page[i - 1];

		if (moved + (1ULL << from->order) > isolated - fail)
			break;
		*lacking = !get_target(r, from->order, &r->chosen[i - 1]);
		if (*lacking)
			break;
		moved += 1ULL << from->order;
		if (!batched)
			move_page(r, from, r->chosen[i - 1]);
	}
	for (first = i, i = r->sources.n; batched && i > first; i--)
		move_page(r, &r->sources.page[i - 1], r->chosen[i - 1]);
	r->report->batches++;
	r->report->failed += isolated - moved;
	r->cc->nr_migratepages = 0;
	return isolated - moved;
}

/* cf. isolate_migratepages() */
static enum bdt_isolate isolate(struct run *r)
{
	struct bdt_fast_source fast;
	bdt_pfn start, end;
	struct bdt_scan s;
	bool more;

	if (r->cc->contended)
		return BDT_ISOLATE_ABORT;
	more = bdt_source_next(r->cc, &r->pages, &start, &end, &fast);
	bdt_source_turn(r->z, &fast);
	if (!more)
		return BDT_ISOLATE_NONE;
	s = bdt_source_scan(r->cc, &r->pages, start, end, &r->sources);
	r->report->migrate_scanned += s.scanned;
	bdt_source_scanned(r->cc, &s, end);
	return s.taken ? BDT_ISOLATE_SUCCESS : BDT_ISOLATE_NONE;
}

/* ---- the loop ---- */

/* Pages were not moved: the rest of the block is left out, or the pageblock is scanned to its end. */
static bool after_failure(struct run *r)
{
	struct bdt_compact_control *cc = r->cc;
	const struct bdt_compact_rules *rules = cc->cz->rules;

	if (rules->skip_rest_on_failure && cc->direct && cc->mode == BDT_MIGRATE_ASYNC && cc->order >= 0) {
		cc->migrate_pfn = (((cc->migrate_pfn - 1) >> cc->order) + 1) << cc->order;
		r->last_migrated = 0;
	}
	if (!rules->rescan_on_failure || bdt_block_start(r->z, cc->migrate_pfn) == cc->migrate_pfn ||
	    cc->ignore_skip_hint || cc->finish_pageblock || cc->mode >= BDT_MIGRATE_SYNC)
		return false;
	cc->finish_pageblock = true;
	if (cc->order == (int)r->z->pageblock_order)
		r->last_migrated = 0;
	return true;
}

/* Has the scanner left the block in which pages were freed?  Then they are to merge. */
static void drain_behind(struct run *r)
{
	const struct bdt_compact_control *cc = r->cc;

	if (cc->order <= 0 || !r->last_migrated ||
	    r->last_migrated >= cc->migrate_pfn >> cc->order << cc->order)
		return;
	if (r->env->drain)
		r->env->drain(r->env->user, r->z);
	r->report->drains++;
	r->last_migrated = 0;
}

static void remember_migrated(struct run *r, bdt_pfn from)
{
	r->last_migrated = from;
	if (!r->cc->cz->rules->rescan_on_failure)
		return;
	r->last_migrated = bdt_block_start(r->z, r->cc->migrate_pfn - 1);
	if (r->last_migrated < r->z->start)
		r->last_migrated = r->z->start;
}

/* One round; CONTINUE, or why the run ends. */
static enum bdt_compact_result go_round(struct run *r)
{
	struct bdt_compact_control *cc = r->cc;
	bdt_pfn from = cc->migrate_pfn;
	bool again = true, lacking;

	cc->finish_pageblock = cc->cz->rules->fast_search && r->last_migrated &&
			       bdt_block_start(r->z, r->last_migrated) == bdt_block_start(r->z, from);
	while (again) {
		enum bdt_isolate isolated = isolate(r);

		if (isolated == BDT_ISOLATE_ABORT)
			return BDT_COMPACT_CONTENDED;
		if (isolated == BDT_ISOLATE_NONE) {
			if (r->sync_cached)
				cc->cz->cached_migrate[1] = cc->cz->cached_migrate[0];
			break;
		}
		r->sync_cached = false;
		remember_migrated(r, from);
		again = migrate(r, &lacking) > 0;
		if (again && lacking && !bdt_compact_met(cc))
			return BDT_COMPACT_CONTENDED;
		again = again && after_failure(r);
	}
	drain_behind(r);
	return r->z->capture && r->z->capture->pfn != BT_PFN_NONE ? BDT_COMPACT_SUCCESS
								  : BDT_COMPACT_CONTINUE;
}

static enum bdt_compact_result loop(struct run *r)
{
	uint64_t rounds = (r->z->nblocks + 1) * MAX_STEPS_PER_BLOCK;
	enum bdt_compact_result result;

	for (; rounds; rounds--) {
		result = bdt_compact_finished(r->cc);
		if (result != BDT_COMPACT_CONTINUE && result != BDT_COMPACT_NO_SUITABLE_PAGE)
			return result;
		result = go_round(r);
		if (result != BDT_COMPACT_CONTINUE)
			return result;
	}
	return BDT_COMPACT_CONTENDED;
}

/* Frees the targets that were not needed; the next search begins there.  cf. release_freepages() */
static void release(struct run *r)
{
	struct bdt_compact_zone *cz = r->cc->cz;
	bdt_pfn pfn, highest = 0;

	for (bdt_order order = 0; order < BT_MAX_ORDERS; order++)
		while (take_first(r, order, &pfn)) {
			free_page(r, pfn, order);
			r->report->released += 1ULL << order;
			if (pfn > highest)
				highest = pfn;
		}
	r->cc->nr_freepages = 0;
	if (highest && bdt_block_start(r->z, highest) > cz->cached_free)
		cz->cached_free = bdt_block_start(r->z, highest);
}

static void begin(struct run *r)
{
	struct bdt_compact_control *cc = r->cc;
	struct bdt_compact_zone *cz = cc->cz;

	if (bdt_deferral_restarting(&cz->deferral, cc->order))
		bdt_compact_reset_skip(cz, &r->pages);
	bdt_compact_begin(cc);
	r->report->ran = true;
	r->report->begin_migrate = cc->migrate_pfn;
	r->report->begin_free = cc->free_pfn;
	r->sync_cached = cz->rules->fast_search && cc->mode == BDT_MIGRATE_ASYNC &&
			 cz->cached_migrate[0] == cz->cached_migrate[1];
	for (bdt_order order = 0; order < BT_MAX_ORDERS; order++)
		r->targets[order] = (struct bdt_list){ BT_PAGE_NIL, BT_PAGE_NIL, 0 };
}

void bdt_compact_run(struct bdt_compact_control *cc, const struct bdt_suitable_request *request,
		     const struct bdt_compact_env *env, struct bdt_compact_report *report)
{
	struct bdt_zone *z = cc->cz->zone;
	struct bdt_capture capture = { (bdt_order)cc->order, cc->migratetype, BT_PFN_NONE, 0 };
	struct run r = { .cc = cc, .z = z, .env = env, .report = report };
	struct bdt_suitable suitable = bdt_compact_suitable(cc->cz, request, bdt_zone_nr_free(z));

	*report = (struct bdt_compact_report){ .result = suitable.result,
					       .suitable = suitable.traced,
					       .captured = BT_PFN_NONE };
	if (suitable.result != BDT_COMPACT_CONTINUE)
		return;
	r.pages = env->pages ? *env->pages : bdt_pages_marked(z);
	r.sources.page = calloc(1ULL << z->pageblock_order, sizeof(*r.sources.page));
	r.chosen = calloc(1ULL << z->pageblock_order, sizeof(*r.chosen));
	report->result = BDT_COMPACT_CONTENDED;
	if (r.sources.page && r.chosen) {
		begin(&r);
		if (cc->direct && z->profile->capture)
			z->capture = &capture;
		report->result = loop(&r);
		z->capture = NULL;
		report->end_migrate = cc->migrate_pfn;
		report->end_free = cc->free_pfn;
		release(&r);
	}
	if (capture.pfn != BT_PFN_NONE) {
		report->result = BDT_COMPACT_SUCCESS;
		report->captured = capture.pfn;
		report->captured_mt = capture.block_mt;
	}
	free(r.sources.page);
	free(r.chosen);
}
