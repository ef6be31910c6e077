/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/engine.h"
#include "model/reporting.h"
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

/* Zone of a block that lies in it completely; NULL for pfns and orders that no zone has. */
static struct bdt_zone *zone_of(struct bdt_engine *e, int64_t pfn, int64_t order)
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

static bool valid_mt(int64_t mt)
{
	return mt >= 0 && mt < BT_MT_LIMBO;
}

/* A removal turned out to be an ordinary one. */
static void settle(struct bdt_engine *e, struct bdt_cpu *cpu)
{
	struct bdt_event ev = cpu->removal;
	struct bdt_removal r = {
		.ev = &ev,
		.source = BDT_FROM_OWN,
		.pfn = (bdt_pfn)ev.zone_locked.pfn,
		.order = (bdt_order)ev.zone_locked.order,
		.mt = (bdt_migratetype)ev.zone_locked.migratetype,
	};

	cpu->pending = false;
	e->npending--;
	bdt_engine_remove(e, cpu->removal_zone, &r);
}

/* Before an event changes zone `z`: removals there were complete. */
static void settle_zone(struct bdt_engine *e, const struct bdt_zone *z)
{
	for (size_t i = 0; e->npending && i < e->ncpus; i++)
		if (e->cpus[i].pending && e->cpus[i].removal_zone == z)
			settle(e, &e->cpus[i]);
}

void bdt_engine_flush(struct bdt_engine *e)
{
	for (size_t i = 0; e->npending && i < e->ncpus; i++)
		if (e->cpus[i].pending)
			settle(e, &e->cpus[i]);
}

/* Free page reporting runs a fixed time after the first large free, and leaves no event. */
static void report_free_pages(struct bdt_engine *e, uint64_t now)
{
	bool requested = false;

	for (size_t i = 0; i < e->state->nzones; i++)
		requested |= e->state->zones[i]->reporting_requested;
	if (!e->reporting_ns) {
		e->reporting_ns = requested ? now + BT_REPORTING_DELAY_NS : 0;
		return;
	}
	if (now < e->reporting_ns)
		return;
	requested = false;
	bdt_engine_flush(e);
	for (size_t i = 0; i < e->state->nzones; i++)
		requested |= bdt_reporting_pass(e->state->zones[i]);
	e->reporting_ns = requested ? now + BT_REPORTING_DELAY_NS : 0;
}

static void on_zone_locked(struct bdt_engine *e, const struct bdt_event *ev)
{
	struct bdt_zone *z = zone_of(e, ev->zone_locked.pfn, ev->zone_locked.order);
	struct bdt_cpu *cpu = &e->cpus[ev->cpu];

	if (!z || !valid_mt(ev->zone_locked.migratetype))
		return;
	settle_zone(e, z);
	cpu->removal = *ev;
	cpu->removal_zone = z;
	cpu->pending = true;
	e->npending++;
}

static void on_extfrag(struct bdt_engine *e, const struct bdt_event *ev)
{
	struct bdt_zone *z = zone_of(e, ev->extfrag.pfn, ev->extfrag.alloc_order);
	struct bdt_block b;
	struct bdt_removal r = {
		.ev = ev,
		.source = ev->extfrag.change_ownership ? BDT_FROM_CLAIM : BDT_FROM_STEAL,
		.pfn = (bdt_pfn)ev->extfrag.pfn,
		.order = (bdt_order)ev->extfrag.alloc_order,
		.mt = (bdt_migratetype)ev->extfrag.alloc_migratetype,
		.fallback_mt = (bdt_migratetype)ev->extfrag.fallback_migratetype,
		.fallback_order = (bdt_order)ev->extfrag.fallback_order,
	};

	if (!z || !valid_mt(ev->extfrag.alloc_migratetype) || !valid_mt(ev->extfrag.fallback_migratetype) ||
	    ev->extfrag.fallback_order < ev->extfrag.alloc_order ||
	    ev->extfrag.fallback_order > z->max_order || r.mt >= z->profile->nr_fallback_types)
		return;
	/* A merge handed the page over to a compacting task: it never was on a list.  cf.
	 * compaction_capture() */
	if (z->profile->capture_emits_extfrag && r.order && r.order == r.fallback_order &&
	    (!bdt_zone_find(z, r.pfn, &b) || b.order < r.order)) {
		e->captures++;
		return;
	}
	settle_zone(e, z);
	bdt_engine_remove(e, z, &r);
}

/* Pairs a waiting removal with this event: the same page again makes it a claim of a partial block. */
static void pair_or_settle(struct bdt_engine *e, const struct bdt_event *ev)
{
	struct bdt_cpu *cpu = &e->cpus[ev->cpu];

	if (!cpu->pending)
		return;
	if (ev->kind == BDT_EV_EXTFRAG && ev->extfrag.pfn == cpu->removal.zone_locked.pfn &&
	    ev->extfrag.change_ownership) {
		cpu->pending = false;
		e->npending--;
		return;
	}
	settle(e, cpu);
}

/* Pages that the model holds free are freed or allocated by someone: the removal was not recorded. */
static void take_silently(struct bdt_zone *z, bdt_pfn pfn, bdt_order order, uint64_t *events, uint64_t *pages)
{
	uint64_t n = bdt_buddy_carve(z, pfn, order);

	*events += n > 0;
	*pages += n;
}

/*
 * Does this free go past the per-CPU lists?  Orders without such lists do; and a free from an interrupt that
 * came while its CPU held a pcp lock, which shows in the preempt depth.  cf. pcp_spin_trylock()
 */
static bool goes_direct(const struct bdt_state *s, const struct bdt_zone *z, const struct bdt_event *ev)
{
	if (!bdt_profile_pcp_order(s->profile, (bdt_order)ev->free.order, z->pageblock_order))
		return true;
	return ev->flags & (BT_EVENT_HARDIRQ | BT_EVENT_SOFTIRQ) && (ev->preempt_count & 0x0f) >= 3;
}

static void on_free(struct bdt_engine *e, const struct bdt_event *ev)
{
	struct bdt_zone *z = zone_of(e, ev->free.pfn, ev->free.order);
	struct bdt_contradictions *c = &e->state->contradictions;
	bdt_pfn pfn = (bdt_pfn)ev->free.pfn;
	bdt_order order = (bdt_order)ev->free.order;
	bool online;

	if (!z)
		return;
	settle_zone(e, z);
	take_silently(z, pfn, order, &c->silent_alloc, &c->silent_alloc_pages);
	if (!goes_direct(e->state, z, ev)) {
		bdt_zone_mark(z, pfn, order, BT_ZP_SEEN | BT_ZP_PCP, BT_ZP_MOVABLE);
		return;
	}
	/* memory that comes online is cold: no event named it before, and it comes in the largest blocks */
	online = order == z->max_order && !(z->page_flags[pfn - z->base] & BT_ZP_SEEN);
	bdt_zone_mark(z, pfn, order, BT_ZP_SEEN, BT_ZP_PCP | BT_ZP_MOVABLE);
	bdt_buddy_free_by_type(z, pfn, order, online ? BT_FREE_TO_TAIL : 0);
	e->recent[e->recent_at++ % BT_RECENT] =
		(struct bdt_unlocked_free){ pfn, order, ev->cpu, ev->time_ns };
}

static void on_drain(struct bdt_engine *e, const struct bdt_event *ev)
{
	struct bdt_zone *z = zone_of(e, ev->drain.pfn, ev->drain.order);
	struct bdt_contradictions *c = &e->state->contradictions;
	bdt_pfn pfn = (bdt_pfn)ev->drain.pfn;
	bdt_order order = (bdt_order)ev->drain.order;

	if (!z || !valid_mt(ev->drain.migratetype))
		return;
	settle_zone(e, z);
	take_silently(z, pfn, order, &c->free_drained, &c->free_drained_pages);
	bdt_infer_type(z, pfn, (bdt_migratetype)ev->drain.migratetype);
	bdt_zone_mark(z, pfn, order, BT_ZP_SEEN, BT_ZP_PCP | BT_ZP_MOVABLE);
	bdt_buddy_free(z, pfn, order, (bdt_migratetype)ev->drain.migratetype, 0);
}

static void on_alloc(struct bdt_engine *e, const struct bdt_event *ev)
{
	struct bdt_zone *z = zone_of(e, ev->alloc.pfn, ev->alloc.order);
	struct bdt_contradictions *c = &e->state->contradictions;
	bool movable;

	if (!z)
		return;
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
	if (e->forgot_number && ev->number - e->forgot_number < FORGET_EVERY)
		return;
	e->forgot_number = ev->number + 1;
	bdt_state_forget_order(e->state);
}

static void (*const handlers[BDT_EV_NR])(struct bdt_engine *e, const struct bdt_event *ev) = {
	[BDT_EV_GAP] = on_gap,
	[BDT_EV_PAGE_ALLOC] = on_alloc,
	[BDT_EV_PAGE_FREE] = on_free,
	[BDT_EV_ZONE_LOCKED] = on_zone_locked,
	[BDT_EV_PCPU_DRAIN] = on_drain,
	[BDT_EV_EXTFRAG] = on_extfrag,
	[BDT_EV_COMPACTION_BEGIN] = bdt_compaction_begin,
	[BDT_EV_COMPACTION_END] = bdt_compaction_end,
	[BDT_EV_COMPACTION_MIGRATEPAGES] = bdt_compaction_migratepages,
	[BDT_EV_COMPACTION_ISOLATE_FREEPAGES] = bdt_compaction_isolate_freepages,
	[BDT_EV_COMPACTION_FAST_ISOLATE_FREEPAGES] = bdt_compaction_fast_isolate,
};

int bdt_engine_event(struct bdt_engine *e, const struct bdt_event *ev)
{
	int err = room_for_cpu(e, ev->cpu);

	if (err)
		return err;
	pair_or_settle(e, ev);
	if (e->state->reporting)
		report_free_pages(e, ev->time_ns);
	/* anything but the next removal ends a refill */
	if (ev->kind != BDT_EV_ZONE_LOCKED && ev->kind != BDT_EV_EXTFRAG) {
		e->cpus[ev->cpu].mode = BDT_RMQUEUE_NORMAL;
		e->cpus[ev->cpu].blind = false;
	}
	if (handlers[ev->kind])
		handlers[ev->kind](e, ev);
	return 0;
}
