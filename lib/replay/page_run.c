/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The free run: a copy of the machine that picks its own pages.  Recorded pages are mapped onto them: a page
 * that was allocated when the copy was made is itself, one that was allocated since is what the copy picked
 * instead.
 */
#include "base/lazy.h"
#include "replay/page_inside.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct bdt_page_run {
	struct bdt_page_level *p;
	struct bdt_state copy; /* the zones */
	struct bdt_system *system;
	uint32_t *map[BT_MAX_ZONES]; /* by page of the zone: 1 + own pfn, 0 = the page itself */
	size_t map_bytes[BT_MAX_ZONES];
	uint64_t events, next_resync, window_end;
};

/* ---- what the copy does ---- */

static void on_removal(void *user, const struct bdt_seen_removal *seen)
{
	bdt_page_run_window(user)->fallbacks[1] += bdt_source_is_fallback(seen->choice.source);
}

static void on_refill(void *user, const struct bdt_seen_refill *seen)
{
	bdt_page_run_window(user)->refills[1] += seen->got > 0;
}

static void on_drained(void *user, const struct bdt_seen_drain *seen)
{
	bdt_page_run_window(user)->drained[1] += seen->got;
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
		run->map_bytes[i] = z->npages * sizeof(uint32_t);
		run->map[i] = bdt_lazy_alloc(run->map_bytes[i]);
		if (!run->map[i])
			return -ENOMEM;
	}
	return 0;
}

int bdt_page_run_create(struct bdt_page_level *p, struct bdt_page_run **out)
{
	struct bdt_observer observer = { .removal = on_removal, .refill = on_refill, .drain = on_drained };
	struct bdt_page_run *run = calloc(1, sizeof(*run));
	int err;

	if (!run)
		return -ENOMEM;
	*out = run;
	run->p = p;
	err = create_zones(run);
	if (!err)
		err = p->options.make_system(p->options.user, &run->copy, &run->system, NULL);
	if (err)
		return err;
	observer.user = run;
	bdt_system_observe(run->system, &observer);
	p->result.free.resync_events = p->options.resync_events;
	p->result.free.window_events = 4096;
	p->result.free.nwindows = 1;
	run->window_end = p->result.free.window_events;
	bdt_page_run_resync(run);
	return 0;
}

void bdt_page_run_destroy(struct bdt_page_run *run)
{
	if (!run)
		return;
	bdt_system_destroy(run->system);
	for (size_t i = 0; i < run->copy.nzones; i++)
		bdt_lazy_free(run->map[i], run->map_bytes[i]);
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
		bdt_lazy_free(run->map[i], run->map_bytes[i]);
		run->map[i] = bdt_lazy_alloc(run->map_bytes[i]);
	}
	run->p->result.free.resyncs += run->events > 0;
	run->next_resync = run->events + run->p->options.resync_events;
}

/* ---- pages ---- */

static uint32_t *slot(const struct bdt_page_run *run, bdt_pfn pfn)
{
	size_t i = bdt_system_zone_of(run->system, pfn);

	return i < run->system->nzones && run->map[i] ? &run->map[i][pfn - run->copy.zones[i]->base] : NULL;
}

/* Is the whole block in use in the copy, on no list? */
static bool in_use(const struct bdt_page_run *run, bdt_pfn pfn, bdt_order order)
{
	size_t i = bdt_system_zone_of(run->system, pfn);
	bdt_pfn end = pfn + (1ULL << order);

	if (i == run->system->nzones || pfn & ((1ULL << order) - 1) ||
	    !bdt_zone_spans_block(run->copy.zones[i], pfn, order))
		return false;
	for (bdt_pfn at = pfn; at < end; at++) {
		struct bdt_pcp_place place;
		struct bdt_block b;

		if (bdt_zone_find(run->copy.zones[i], at, &b) ||
		    bdt_pcp_find(&run->system->zones[i].pcp, at, &place))
			return false;
	}
	return true;
}

void bdt_page_run_alloc(struct bdt_page_run *run, const struct bdt_event *ev)
{
	struct bdt_page_free *r = &run->p->result.free;
	struct bdt_alloc_request request = {
		.cpu = ev->cpu,
		.node = BT_NODE_OF_CPU,
		.order = (bdt_order)ev->alloc.order,
		.gfp = bdt_gfp_decode(&run->p->gfp, (uint64_t)ev->alloc.gfp_flags),
	};
	bdt_pfn pfn = (bdt_pfn)ev->alloc.pfn;
	struct bdt_alloc_result result;
	bool done;

	if (ev->alloc.order < 0 || ev->alloc.order >= BT_MAX_ORDERS || !slot(run, pfn))
		return;
	r->allocs++;
	done = bdt_system_alloc(run->system, &request, &result);
	if (!done) {
		const struct bdt_task_rights nobody = { false };

		r->allocs_slow++;
		request.alloc_flags = bdt_alloc_flags_slow(run->p->profile, request.gfp, request.order,
							   &nobody, run->system->grouping);
		done = bdt_system_alloc_flags(run->system, &request, &result);
		if (!done) {
			/* what the recorded task got by reclaim: take what is there */
			request.alloc_flags |= BT_ALLOC_NO_WATERMARKS;
			done = bdt_system_alloc_flags(run->system, &request, &result);
		}
	}
	if (!done) {
		r->allocs_failed++;
		return;
	}
	r->same_page += result.pfn == pfn;
	for (bdt_pfn i = 0; i < 1ULL << request.order; i++) {
		uint32_t *to = slot(run, pfn + i);

		if (to)
			*to = result.pfn == BT_PFN_NONE ? 0 : (uint32_t)(result.pfn + i) + 1;
	}
}

void bdt_page_run_free(struct bdt_page_run *run, unsigned int cpu, const struct bdt_page_block *b,
		       enum bdt_free_how how)
{
	struct bdt_page_free *r = &run->p->result.free;
	uint32_t *at = slot(run, b->pfn);
	bdt_pfn own;

	if (!at)
		return;
	r->frees++;
	own = *at ? *at - 1 : b->pfn;
	for (bdt_pfn i = 0; i < 1ULL << b->order; i++) {
		uint32_t *to = slot(run, b->pfn + i);

		if (to)
			*to = 0;
	}
	if (!in_use(run, own, b->order)) {
		r->frees_unmapped++;
		return;
	}
	/* a type that no list of a CPU is for; events that no kernel writes can tell one */
	if (bdt_zone_type(run->copy.zones[bdt_system_zone_of(run->system, own)], own) >= BT_PCP_TYPES)
		how = BDT_FREE_DIRECT;
	bdt_system_free(run->system, cpu, own, b->order, how);
}

void bdt_page_run_kswapd(struct bdt_page_run *run, int node, bool begins)
{
	if ((unsigned int)node >= run->system->nnodes)
		return;
	if (begins)
		bdt_system_kswapd_begin(run->system, node, run->system->nclasses - 1);
	else
		bdt_system_kswapd_end(run->system, node, run->system->nclasses - 1);
}

const char *bdt_page_run_validate(const struct bdt_page_run *run)
{
	return bdt_system_validate(run->system);
}

/* ---- windows ---- */

/* Neighbours are joined when there are too many: memory does not depend on the length of the trace. */
static void join_windows(struct bdt_page_free *r)
{
	for (size_t i = 0; i < BT_PAGE_WINDOWS / 2; i++) {
		struct bdt_page_window *a = &r->window[2 * i], *b = &r->window[2 * i + 1],
				       *to = &r->window[i];
		struct bdt_page_window sum;

		for (int k = 0; k < 2; k++) {
			sum.refills[k] = a->refills[k] + b->refills[k];
			sum.drained[k] = a->drained[k] + b->drained[k];
			sum.fallbacks[k] = a->fallbacks[k] + b->fallbacks[k];
		}
		*to = sum;
	}
	memset(&r->window[BT_PAGE_WINDOWS / 2], 0, sizeof(r->window) / 2);
	r->nwindows = BT_PAGE_WINDOWS / 2;
	r->window_events *= 2;
}

struct bdt_page_window *bdt_page_run_window(struct bdt_page_run *run)
{
	return &run->p->result.free.window[run->p->result.free.nwindows - 1];
}

void bdt_page_run_tick(struct bdt_page_run *run)
{
	struct bdt_page_free *r = &run->p->result.free;

	run->events++;
	if (run->events >= run->window_end) {
		if (r->nwindows == BT_PAGE_WINDOWS)
			join_windows(r);
		r->nwindows++;
		run->window_end = run->events + r->window_events;
	}
	if (run->p->options.resync_events && run->events >= run->next_resync)
		bdt_page_run_resync(run);
}
