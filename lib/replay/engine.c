/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/engine.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Forgetting list order walks all lists: at most once in so many events, or a file of gaps would take for
 * ever. */
#define FORGET_EVERY 65536

int bdt_engine_init(struct bdt_engine *e, struct bdt_state *state, struct bdt_sink sink, unsigned int heal)
{
	*e = (struct bdt_engine){ .state = state, .sink = sink, .heal = heal };
	e->ncpus = 64;
	e->cpus = calloc(e->ncpus, sizeof(*e->cpus));
	return e->cpus ? 0 : -ENOMEM;
}

void bdt_engine_finish(struct bdt_engine *e)
{
	for (size_t i = 0; i < e->ncpus; i++)
		if (e->cpus[i].adopt) {
			bdt_exact_finish(e->cpus[i].adopt);
			free(e->cpus[i].adopt);
		}
	free(e->cpus);
	e->cpus = NULL;
}

static int room_for_cpu(struct bdt_engine *e, uint32_t cpu)
{
	size_t n = e->ncpus;
	struct bdt_cpu *grown;

	if (cpu < n)
		return 0;
	if (cpu >= BT_MAX_CPUS)
		return -ENOMEM;
	while (n <= cpu)
		n *= 2;
	grown = realloc(e->cpus, n * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	memset(grown + e->ncpus, 0, (n - e->ncpus) * sizeof(*grown));
	e->cpus = grown;
	e->ncpus = n;
	return 0;
}

struct bdt_zone *bdt_engine_zone_of(struct bdt_engine *e, int64_t pfn, int64_t order)
{
	struct bdt_zone *z;

	if (pfn < 0)
		return NULL;
	z = bdt_state_zone(e->state, (bdt_pfn)pfn);
	if (!z || order < 0 || order > z->max_order || pfn & ((1LL << order) - 1) ||
	    !bdt_zone_spans_block(z, (bdt_pfn)pfn, (bdt_order)order))
		return NULL;
	return z;
}

/* Pages that the model holds free are freed or allocated by someone: the removal was not recorded. */
static void take_silently(struct bdt_zone *z, bdt_pfn pfn, bdt_order order, uint64_t *events, uint64_t *pages)
{
	uint64_t n = bdt_buddy_carve(z, pfn, order);

	*events += n > 0;
	*pages += n;
}

static void on_free(struct bdt_engine *e, const struct bdt_event *ev)
{
	struct bdt_zone *z = bdt_engine_zone_of(e, ev->free.pfn, ev->free.order);
	struct bdt_contradictions *c = &e->state->contradictions;
	bdt_pfn pfn = (bdt_pfn)ev->free.pfn;
	bdt_order order = (bdt_order)ev->free.order;
	struct bdt_bypass *bypass = bdt_state_bypass(e->state, ev->cpu);
	bool online;

	if (!z)
		return;
	take_silently(z, pfn, order, &c->silent_alloc, &c->silent_alloc_pages);
	if (!bdt_state_frees_directly(e->state, z, ev)) {
		if (bypass)
			bdt_bypass_note(bypass, z, ev);
		bdt_zone_mark(z, pfn, order, BT_ZP_SEEN | BT_ZP_PCP, BT_ZP_MOVABLE);
		return;
	}
	bdt_pair_settle(e, z);
	/* memory that comes online is cold: no event named it before, and it comes in the largest blocks */
	online = order == z->max_order && !(z->page_flags[pfn - z->base] & BT_ZP_SEEN);
	bdt_zone_mark(z, pfn, order, BT_ZP_SEEN, BT_ZP_PCP | BT_ZP_MOVABLE);
	bdt_buddy_free_by_type(z, pfn, order, online ? BT_FREE_TO_TAIL : 0);
	e->recent[e->recent_at++ % BT_RECENT] =
		(struct bdt_unlocked_free){ pfn, order, ev->cpu, ev->time_ns };
}

static void on_drain(struct bdt_engine *e, const struct bdt_event *ev)
{
	struct bdt_zone *z = bdt_engine_zone_of(e, ev->drain.pfn, ev->drain.order);
	struct bdt_contradictions *c = &e->state->contradictions;
	bdt_pfn pfn = (bdt_pfn)ev->drain.pfn;
	bdt_order order = (bdt_order)ev->drain.order;

	if (!z || !bdt_engine_valid_mt(ev->drain.migratetype))
		return;
	bdt_pair_settle(e, z);
	take_silently(z, pfn, order, &c->free_drained, &c->free_drained_pages);
	bdt_infer_type(z, pfn, (bdt_migratetype)ev->drain.migratetype);
	bdt_zone_mark(z, pfn, order, BT_ZP_SEEN, BT_ZP_PCP | BT_ZP_MOVABLE);
	bdt_buddy_free(z, pfn, order, (bdt_migratetype)ev->drain.migratetype, 0);
}

static void on_alloc(struct bdt_engine *e, const struct bdt_event *ev)
{
	struct bdt_zone *z = bdt_engine_zone_of(e, ev->alloc.pfn, ev->alloc.order);
	struct bdt_contradictions *c = &e->state->contradictions;
	bool movable;

	if (!z)
		return;
	bdt_reporting_spare(&e->reporting, (bdt_pfn)ev->alloc.pfn, (bdt_order)ev->alloc.order);
	/* the page's removal was before, on this CPU or another: nothing that waits is about it */
	movable = ev->alloc.migratetype == z->profile->movable;
	take_silently(z, (bdt_pfn)ev->alloc.pfn, (bdt_order)ev->alloc.order, &c->silent_free,
		      &c->silent_free_pages);
	bdt_zone_mark(z, (bdt_pfn)ev->alloc.pfn, (bdt_order)ev->alloc.order,
		      BT_ZP_SEEN | (movable ? BT_ZP_MOVABLE : 0), BT_ZP_PCP | (movable ? 0 : BT_ZP_MOVABLE));
}

static void on_gap(struct bdt_engine *e, const struct bdt_event *ev)
{
	e->lost_ns = ev->time_ns;
	e->forget = true;
}

/* After a loss no place in a list is certain.  A loss soon after another one waits for its turn. */
static void forget_order(struct bdt_engine *e, const struct bdt_event *ev)
{
	if (e->forgot_number && ev->number - e->forgot_number < FORGET_EVERY)
		return;
	e->forgot_number = ev->number + 1;
	e->forget = false;
	bdt_state_forget_order(e->state);
}

static void (*const handlers[BDT_EV_NR])(struct bdt_engine *e, const struct bdt_event *ev) = {
	[BDT_EV_GAP] = on_gap,
	[BDT_EV_PAGE_ALLOC] = on_alloc,
	[BDT_EV_PAGE_FREE] = on_free,
	[BDT_EV_ZONE_LOCKED] = bdt_pair_zone_locked,
	[BDT_EV_PCPU_DRAIN] = on_drain,
	[BDT_EV_EXTFRAG] = bdt_pair_extfrag,
	[BDT_EV_COMPACTION_BEGIN] = bdt_compaction_begin,
	[BDT_EV_COMPACTION_END] = bdt_compaction_end,
	[BDT_EV_COMPACTION_FINISHED] = bdt_compaction_finished,
	[BDT_EV_COMPACTION_MIGRATEPAGES] = bdt_compaction_migratepages,
	[BDT_EV_COMPACTION_ISOLATE_FREEPAGES] = bdt_compaction_isolate_freepages,
	[BDT_EV_COMPACTION_FAST_ISOLATE_FREEPAGES] = bdt_compaction_fast_isolate,
};

static bool changes_nothing(const struct bdt_event *ev)
{
	/*
	 * Kernel stacks and markers are written inside other events: they say nothing of what their CPU is in
	 * the middle of.  Whatever the others are, they change no list.
	 */
	return ev->kind == BDT_EV_OTHER || ev->kind == BDT_EV_MARKER || ev->kind == BDT_EV_BPF_MARKER ||
	       ev->kind == BDT_EV_STACK;
}

/*
 * Frees that were taken to be on a per-CPU list went past it: all but what shares pages with (taken, order),
 * which somebody has taken since.
 */
static void follow_bypass(struct bdt_engine *e, struct bdt_bypass *b, const struct bdt_bypass_verdict *v,
			  bdt_pfn taken, bdt_order order)
{
	for (unsigned int i = v->first; v->past && i < v->first + v->n; i++) {
		const struct bdt_bypass_free *f = &b->frees[i];
		bdt_order larger = f->order > order ? f->order : order;
		bool on_list = f->zone->page_flags[f->pfn - f->zone->base] & BT_ZP_PCP;
		struct bdt_block block;

		if (!on_list || taken >> larger == f->pfn >> larger || bdt_zone_find(f->zone, f->pfn, &block))
			continue;
		bdt_pair_settle(e, f->zone);
		bdt_zone_mark(f->zone, f->pfn, f->order, BT_ZP_SEEN, BT_ZP_PCP | BT_ZP_MOVABLE);
		bdt_buddy_free_by_type(f->zone, f->pfn, f->order, 0);
	}
	bdt_bypass_settle(b, v);
}

/* What an event tells about earlier frees of interrupts on its CPU. */
static void bypass_before(struct bdt_engine *e, const struct bdt_event *ev)
{
	struct bdt_bypass *b = bdt_state_bypass(e->state, ev->cpu);
	struct bdt_bypass_verdict v;

	if (!b || !b->nopen)
		return;
	do {
		/* the block is the first two fields of all events that tell something */
		v = bdt_bypass_seen(b, bdt_engine_zone_of(e, ev->field[0], ev->field[1]), ev);
		if (v.n)
			follow_bypass(e, b, &v, BT_PFN_NONE, 0);
	} while (v.n);
}

static void bypass_after(struct bdt_engine *e, const struct bdt_event *ev)
{
	struct bdt_bypass *own = bdt_state_bypass(e->state, ev->cpu);
	bool removal = (ev->kind == BDT_EV_ZONE_LOCKED || ev->kind == BDT_EV_EXTFRAG) &&
		       bdt_engine_zone_of(e, ev->field[0], ev->field[1]);
	bdt_pfn pfn = (bdt_pfn)ev->field[0];
	bdt_order order = (bdt_order)ev->field[1];

	for (size_t cpu = 0; removal && cpu < e->ncpus; cpu++) {
		struct bdt_bypass *b = e->state->bypass[cpu];
		struct bdt_bypass_verdict v = { 0 };

		do {
			if (b)
				v = bdt_bypass_removed(b, pfn, order);
			if (v.n)
				follow_bypass(e, b, &v, pfn, order);
		} while (v.n);
	}
	if (own)
		bdt_bypass_after(own, ev);
}

int bdt_engine_prepare(struct bdt_engine *e, const struct bdt_event *ev)
{
	int err = room_for_cpu(e, ev->cpu);

	if (!err && !e->nadopting && !changes_nothing(ev))
		bdt_pair_next(e, ev);
	return err;
}

int bdt_engine_event(struct bdt_engine *e, const struct bdt_event *ev)
{
	int err = room_for_cpu(e, ev->cpu);

	if (err)
		return err;
	if (e->nadopting && !bdt_adopting_before(e, ev))
		return 0;
	if (changes_nothing(ev)) {
		bdt_reported_event(e, ev);
		return 0;
	}
	bdt_pair_next(e, ev);
	e->cpus[ev->cpu].removed =
		ev->kind == BDT_EV_ZONE_LOCKED ? (bdt_pfn)ev->zone_locked.pfn : BT_PFN_NONE;
	bdt_reported_event(e, ev);
	/* anything but the next removal ends a refill */
	if (ev->kind != BDT_EV_ZONE_LOCKED && ev->kind != BDT_EV_EXTFRAG) {
		e->cpus[ev->cpu].mode = BDT_RMQUEUE_NORMAL;
		e->cpus[ev->cpu].blind = false;
	}
	bypass_before(e, ev);
	if (handlers[ev->kind])
		handlers[ev->kind](e, ev);
	bypass_after(e, ev);
	if (e->forget)
		forget_order(e, ev);
	if (e->nadopting)
		bdt_adopting_after(e, ev);
	return 0;
}
