/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The free run: a copy of the machine that picks its own pages.  Recorded pages are mapped onto them: a page
 * that was allocated when the copy was made is itself, one that was allocated since is what the copy picked
 * instead.
 */
#include "replay/page_run.h"
#include <errno.h>
#include <stdlib.h>

/* ---- what the copy does ---- */

static void on_removal(void *user, const struct bdt_seen_removal *seen)
{
	const struct bdt_page_run *run = user;

	bdt_page_saw(&run->p->result.free, BDT_WINDOW_FALLBACKS, true,
		     bdt_source_is_fallback(seen->choice.source));
}

static void on_refill(void *user, const struct bdt_seen_refill *seen)
{
	const struct bdt_page_run *run = user;

	bdt_page_saw(&run->p->result.free, BDT_WINDOW_REFILLS, true, seen->got > 0);
}

static void on_drained(void *user, const struct bdt_seen_drain *seen)
{
	const struct bdt_page_run *run = user;

	bdt_page_saw(&run->p->result.free, BDT_WINDOW_DRAINED, true, seen->got);
}

/* Who was woken is awake until there is nothing to do. */
static void on_wakeup(void *user, const struct bdt_seen_wakeup *seen)
{
	struct bdt_page_run *run = user;

	if (run->woken[seen->node])
		return;
	run->woken[seen->node] = true;
	run->nwoken++;
	bdt_page_saw(&run->p->result.free, BDT_WINDOW_WAKEUPS, true, 1);
}

/*
 * The copy's own kswapd frees nothing, since what is freed comes from the recording.  A pass that frees
 * nothing ends all the same, and takes back what the zones were boosted by; one follows the other as long as
 * the node is not balanced.  cf. balance_pgdat(), kswapd(), 5.0 - 7.2
 */
static void run_kswapd(struct bdt_page_run *run)
{
	unsigned int highest = run->system->nclasses - 1;

	for (int node = 0; run->nwoken && node < (int)run->system->nnodes; node++) {
		if (!run->woken[node] || run->system->kswapd[node].awake)
			continue;
		bdt_system_kswapd_begin(run->system, node, highest);
		bdt_system_kswapd_end(run->system, node, highest);
		if (!bdt_system_balanced(run->system, node, 0, highest))
			continue;
		run->woken[node] = false;
		run->nwoken--;
	}
}

/* ---- the copy ---- */

static int create_zones(struct bdt_page_run *run)
{
	const struct bdt_state *from = run->p->state;

	run->copy.profile = from->profile;
	for (size_t i = 0; i < from->nzones; i++) {
		const struct bdt_zone *z = from->zones[i];
		int err = bdt_zone_create(from->profile, z->start, z->end, z->max_order, z->pageblock_order,
					  &run->copy.zones[i]);

		if (err)
			return err;
		run->copy.nzones = i + 1;
		bdt_zone_copy(run->copy.zones[i], z);
	}
	return 0;
}

int bdt_page_run_create(struct bdt_page_level *p, struct bdt_page_run **out)
{
	struct bdt_observer observer = {
		.removal = on_removal,
		.refill = on_refill,
		.drain = on_drained,
		.wake_kswapd = on_wakeup,
	};
	struct bdt_page_run *run = calloc(1, sizeof(*run));
	int err;

	if (!run)
		return -ENOMEM;
	*out = run;
	run->p = p;
	err = create_zones(run);
	if (!err)
		err = bdt_page_map_init(&run->map, &run->copy);
	if (!err)
		err = p->options.make_system(p->options.user, &run->copy, &run->system, NULL);
	if (!err)
		err = bdt_run_compactor_create(run);
	if (err)
		return err;
	run->woken = calloc(run->system->nnodes, sizeof(*run->woken));
	if (!run->woken)
		return -ENOMEM;
	observer.user = run;
	bdt_system_observe(run->system, &observer);
	p->result.free.resync_events = p->options.resync_events;
	bdt_page_windows_init(&p->result.free);
	run->window_end = p->result.free.window_events;
	bdt_page_run_resync(run);
	return 0;
}

void bdt_page_run_destroy(struct bdt_page_run *run)
{
	if (!run)
		return;
	bdt_compactor_destroy(run->compactor);
	bdt_system_destroy(run->system);
	bdt_page_map_finish(&run->map);
	free(run->woken);
	bdt_state_finish(&run->copy);
	free(run);
}

/* Is any page of the block free in the buddy lists? */
static bool partly_free(const struct bdt_zone *z, bdt_pfn pfn, bdt_order order)
{
	struct bdt_block b;

	for (bdt_pfn at = pfn; at < pfn + (1ULL << order); at++)
		if (bdt_zone_find(z, at, &b))
			return true;
	return false;
}

static void copy_lists(struct bdt_system_zone *to, const struct bdt_system_zone *from, unsigned int ncpus)
{
	bool thp = bdt_pcp_takes_order(&from->pcp, from->zone->pageblock_order);

	bdt_pcpset_finish(&to->pcp);
	if (bdt_pcpset_init(&to->pcp, to->zone, ncpus, thp))
		return;
	for (unsigned int cpu = 0; cpu < ncpus; cpu++) {
		const struct bdt_pcp *like = &from->pcp.cpu[cpu];
		struct bdt_pcp *pcp = &to->pcp.cpu[cpu];

		for (unsigned int list = 0; list < from->pcp.nlists; list++) {
			uint32_t at = like->list[list].head;

			for (; at != BT_PAGE_NIL; at = from->pcp.zone->next[at]) {
				struct bdt_pcp_place place;
				/* what is free in the buddy lists was a page of the list by mistake */
				if (!bdt_pcp_find(&from->pcp, from->pcp.zone->base + at, &place) ||
				    partly_free(to->zone, place.pfn, place.order))
					continue;
				bdt_pcp_insert(&to->pcp, cpu, place.pfn, place.order, place.mt, BDT_TAIL);
			}
			bdt_pcp_set_unknown(&to->pcp, cpu, list, like->list[list].unknown);
		}
		pcp->high = like->high;
		pcp->bounds = like->bounds;
		pcp->free_count = like->free_count;
		pcp->alloc_factor = like->alloc_factor;
		pcp->prev_high_order = like->prev_high_order;
	}
	to->pcp.high_batch = from->pcp.high_batch;
	to->pcp.observer = from->pcp.observer;
}

void bdt_page_run_resync(struct bdt_page_run *run)
{
	struct bdt_system *truth = run->p->truth;

	for (size_t i = 0; i < run->system->nzones; i++) {
		struct bdt_system_zone *to = &run->system->zones[i];

		bdt_zone_copy(run->copy.zones[i], run->p->state->zones[i]);
		copy_lists(to, &truth->zones[i], run->system->ncpus);
		to->pcp.observer = &run->system->observer;
		to->marks = truth->zones[i].marks;
		to->flags = truth->zones[i].flags;
	}
	bdt_run_forget_requests(run);
	bdt_page_map_reset(&run->map);
	run->p->result.free.resyncs += run->events > 0;
	run->next_resync = run->events + run->p->options.resync_events;
}

/* ---- pages ---- */

bool bdt_run_in_use(const struct bdt_page_run *run, bdt_pfn own, bdt_order order)
{
	size_t i = bdt_system_zone_of(run->system, own);
	bdt_pfn end = own + (1ULL << order);

	if (i == run->system->nzones || own & ((1ULL << order) - 1) ||
	    !bdt_zone_spans_block(run->copy.zones[i], own, order))
		return false;
	for (bdt_pfn at = own; at < end; at++) {
		struct bdt_pcp_place place;
		struct bdt_block b;

		if (bdt_zone_find(run->copy.zones[i], at, &b) ||
		    bdt_pcp_find(&run->system->zones[i].pcp, at, &place))
			return false;
	}
	return true;
}

void bdt_run_give_back(struct bdt_page_run *run, unsigned int cpu, bdt_pfn own, bdt_order order,
		       enum bdt_free_how how)
{
	struct bdt_zone *z = run->copy.zones[bdt_system_zone_of(run->system, own)];

	bdt_zone_mark(z, own, order, 0, BT_ZP_MOVABLE);
	bdt_system_free(run->system, cpu, own, order, how);
}

/*
 * A recorded page is allocated that has a page of the copy still: it was freed unseen.  By whom and when is
 * not known, so no per-CPU list gets it.
 */
static void free_unseen(struct bdt_page_run *run, unsigned int cpu, bdt_pfn recorded, bdt_order order)
{
	for (bdt_pfn i = 0; i < 1ULL << order; i++) {
		bdt_pfn own = bdt_page_map_own(&run->map, recorded + i);

		if (own == BT_PFN_NONE || !bdt_run_in_use(run, own, 0))
			continue;
		bdt_page_map_forget(&run->map, recorded + i, 0);
		bdt_run_give_back(run, cpu, own, 0, BDT_FREE_DIRECT);
		run->p->result.free.frees_unseen++;
	}
}

/* The page is for the recorded allocation. */
static void hand_over(struct bdt_page_run *run, const struct bdt_event *ev,
		      const struct bdt_run_request *request)
{
	const struct bdt_alloc_request *asked = &request->request;
	struct bdt_zone *z = run->copy.zones[request->result.zone];
	bdt_pfn recorded = (bdt_pfn)ev->alloc.pfn, own = request->result.pfn;
	bool movable;

	run->p->result.free.same_page += own == recorded;
	if (own == BT_PFN_NONE)
		return;
	/* it may be the recorded page itself: that one was not freed unseen */
	bdt_page_map_hold(&run->map, own, asked->order);
	free_unseen(run, ev->cpu, recorded, asked->order);
	movable = bdt_gfp_migratetype(run->p->profile, asked->gfp, run->system->grouping) ==
		  run->p->profile->movable;
	bdt_zone_mark(z, own, asked->order, movable ? BT_ZP_MOVABLE : 0,
		      BT_ZP_PCP | (movable ? 0 : BT_ZP_MOVABLE));
	bdt_page_map_set(&run->map, recorded, own, asked->order, asked->gfp & BT_GFP_COMP);
}

/* The recorded task got a page where the copy has none for it: it takes what is there. */
static bool force(struct bdt_page_run *run, struct bdt_run_request *r)
{
	const struct bdt_task_rights nobody = { false };

	r->request.alloc_flags = BT_ALLOC_NO_WATERMARKS |
				 bdt_alloc_flags_slow(run->p->profile, r->request.gfp, r->request.order,
						      &nobody, run->system->grouping);
	return bdt_system_alloc_flags(run->system, &r->request, &r->result);
}

static void settle(struct bdt_page_run *run, const struct bdt_event *ev, struct bdt_run_request *r)
{
	struct bdt_page_free *f = &run->p->result.free;
	bool served = bdt_run_end(run, r), recorded = ev->alloc.pfn != (int64_t)BT_PFN_NONE;

	f->failures.observed += !recorded;
	f->failures.predicted += !served;
	f->failures.tp += !recorded && !served;
	if (!recorded) {
		bdt_run_drop(run, r);
		return;
	}
	f->allocs++;
	if (!served) {
		served = force(run, r);
		f->allocs_forced += served;
		f->allocs_failed += !served;
	}
	if (served)
		hand_over(run, ev, r);
}

void bdt_page_run_alloc(struct bdt_page_run *run, const struct bdt_event *ev)
{
	bool interrupt = ev->flags & (BT_EVENT_HARDIRQ | BT_EVENT_SOFTIRQ);
	struct bdt_run_task *t = bdt_run_find_task(run, ev->pid);
	struct bdt_task_rights rights = { .interrupt = interrupt };
	struct bdt_alloc_request asked = {
		.cpu = ev->cpu,
		.node = BT_NODE_OF_CPU,
		.order = (bdt_order)ev->alloc.order,
		.gfp = bdt_gfp_decode(&run->p->gfp, (uint64_t)ev->alloc.gfp_flags),
	};
	struct bdt_run_request r;

	if (ev->alloc.order < 0 || ev->alloc.order >= BT_MAX_ORDERS)
		return;
	if (ev->alloc.pfn != (int64_t)BT_PFN_NONE &&
	    bdt_system_zone_of(run->system, (bdt_pfn)ev->alloc.pfn) == run->system->nzones)
		return;
	if (t && t->open && !interrupt && !t->reclaiming && !t->compacting) {
		t->open = false;
		if (t->request.request.order == asked.order) {
			settle(run, ev, &t->request);
			return;
		}
		bdt_run_drop(run, &t->request);
	}
	rights.memalloc = t && !interrupt && (t->reclaiming || t->kswapd);
	bdt_run_begin(run, &r, &asked, &rights);
	settle(run, ev, &r);
}

/* The block as the copy has it; false when its pages do not lie together there. */
static bool one_block(const struct bdt_page_run *run, const struct bdt_page_block *b, bdt_pfn own)
{
	for (bdt_pfn i = 1; i < 1ULL << b->order; i++)
		if (bdt_page_map_own(&run->map, b->pfn + i) != own + i)
			return false;
	return true;
}

/* Nothing of it is held: it came without an event.  Then what went without one is freed. */
static void free_stray(struct bdt_page_run *run, unsigned int cpu, bdt_order order, enum bdt_free_how how)
{
	bdt_pfn own = bdt_page_map_take_stray(&run->map, order);

	if (own == BT_PFN_NONE || !bdt_run_in_use(run, own, order)) {
		run->p->result.free.frees_unmapped++;
		return;
	}
	run->p->result.free.frees_stray++;
	bdt_run_give_back(run, cpu, own, order, how);
}

/* Frees the block, or what of it the copy holds; true if it holds any. */
static bool free_held(struct bdt_page_run *run, unsigned int cpu, const struct bdt_page_block *b,
		      enum bdt_free_how how)
{
	bdt_pfn own = bdt_page_map_own(&run->map, b->pfn);
	struct bdt_page_free *f = &run->p->result.free;
	bool held = own != BT_PFN_NONE && bdt_run_in_use(run, own, b->order) && one_block(run, b, own);

	if (held && b->compacting) {
		f->frees_migrated++;
		bdt_page_map_stray(&run->map, b->pfn, own, b->order);
		return true;
	}
	if (held) {
		bdt_page_map_forget(&run->map, b->pfn, b->order);
		bdt_run_give_back(run, cpu, own, b->order, how);
		return true;
	}
	for (bdt_pfn i = 0; b->order && i < 1ULL << b->order; i++) {
		const struct bdt_page_block page = { .pfn = b->pfn + i, .compacting = b->compacting };

		held |= free_held(run, cpu, &page, how);
	}
	return held;
}

void bdt_page_run_free(struct bdt_page_run *run, unsigned int cpu, const struct bdt_page_block *b,
		       enum bdt_free_how how)
{
	if (bdt_system_zone_of(run->system, b->pfn) == run->system->nzones)
		return;
	run->p->result.free.frees++;
	/* what a run frees and nobody held is a target that it did not need */
	if (!free_held(run, cpu, b, how) && !b->compacting)
		free_stray(run, cpu, b->order, how);
}

const char *bdt_page_run_validate(const struct bdt_page_run *run)
{
	const char *broken = bdt_system_validate(run->system);

	return broken ? broken : bdt_page_map_validate(&run->map);
}

void bdt_page_run_tick(struct bdt_page_run *run)
{
	struct bdt_page_free *r = &run->p->result.free;

	run->events++;
	bdt_run_compactor_tick(run);
	run_kswapd(run);
	if (run->events >= run->window_end) {
		bdt_page_windows_next(r);
		run->window_end = run->events + r->window_events;
	}
	if (run->p->options.resync_events && run->events >= run->next_resync)
		bdt_page_run_resync(run);
}
