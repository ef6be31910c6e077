/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * When exact lists are taken over.
 *
 * They are read inside an event under the zone lock: that removal is in them already, and nothing that other
 * CPUs do to the zone is.  The marker comes behind the event or right ahead of it, as the BPF program was
 * attached to the tracepoint behind the recorder or ahead of it; the lists name the page.  They are adopted
 * behind the event, behind the second one when it is the first half of a removal; a free of another CPU whose
 * event is written before it waits for the lock is applied behind them.
 */
#include "replay/engine.h"
#include <stdlib.h>

static void adopt_now(struct bdt_engine *e, struct bdt_exact_lists *lists, struct bdt_exact_result *result)
{
	if (e->sink.lists)
		e->sink.lists(e->sink.user, lists, result);
	bdt_adopt(e->state, lists, result);
	bdt_exact_finish(lists);
	free(lists);
}

void bdt_engine_adopt(struct bdt_engine *e, const struct bdt_event *ev, struct bdt_exact_lists *lists,
		      struct bdt_exact_result *result)
{
	struct bdt_cpu *cpu = &e->cpus[ev->cpu];
	bool ahead = cpu->removed != lists->event_pfn;

	if (lists->pcp || !lists->locked || cpu->adopt || (!cpu->pending && !ahead)) {
		bdt_engine_flush(e);
		adopt_now(e, lists, result);
		return;
	}
	cpu->adopt = lists;
	cpu->adopt_ahead = ahead;
	cpu->adopt_result = result;
	e->nadopting++;
}

static void finish(struct bdt_engine *e, struct bdt_cpu *cpu)
{
	struct bdt_exact_lists *lists = cpu->adopt;
	size_t n = e->nwaiting;

	if (cpu->pending)
		bdt_pair_settle(e, cpu->half_zone);
	cpu->adopt = NULL;
	e->nadopting--;
	adopt_now(e, lists, cpu->adopt_result);
	e->nwaiting = 0;
	for (size_t i = 0; i < n; i++)
		bdt_engine_event(e, &e->waiting[i]);
}

/* Events that are written under the lock of the zone cannot come from another CPU while it is held. */
static bool is_locked(const struct bdt_exact_lists *lists, const struct bdt_event *ev)
{
	/* all three begin with the pfn */
	return (ev->kind == BDT_EV_ZONE_LOCKED || ev->kind == BDT_EV_EXTFRAG || ev->kind == BDT_EV_PCPU_DRAIN) &&
	       ev->field[0] >= 0 && (bdt_pfn)ev->field[0] >= lists->start && (bdt_pfn)ev->field[0] < lists->end;
}

/* Is `ev`, of the CPU itself, a part of the removal that the lists were read in? */
static bool belongs(const struct bdt_engine *e, struct bdt_cpu *cpu, const struct bdt_event *ev)
{
	if (!cpu->adopt_ahead)
		return bdt_pair_completes(e, ev);
	cpu->adopt_ahead = false;
	return ev->kind == BDT_EV_ZONE_LOCKED && (bdt_pfn)ev->zone_locked.pfn == cpu->adopt->event_pfn;
}

bool bdt_adopting_before(struct bdt_engine *e, const struct bdt_event *ev)
{
	if (ev->kind == BDT_EV_BPF_MARKER)
		return true;
	for (size_t i = 0; e->nadopting && i < e->ncpus; i++) {
		struct bdt_cpu *cpu = &e->cpus[i];

		if (!cpu->adopt)
			continue;
		if (i == ev->cpu ? !belongs(e, cpu, ev) : is_locked(cpu->adopt, ev))
			finish(e, cpu);
	}
	if (!e->nadopting || ev->kind != BDT_EV_PAGE_FREE || e->cpus[ev->cpu].adopt ||
	    e->nwaiting == BT_RECENT)
		return true;
	e->waiting[e->nwaiting] = *ev;
	e->waiting[e->nwaiting++].raw = NULL;
	return false;
}

void bdt_adopting_after(struct bdt_engine *e, const struct bdt_event *ev)
{
	struct bdt_cpu *cpu = &e->cpus[ev->cpu];

	if (cpu->adopt && !cpu->pending && ev->kind != BDT_EV_BPF_MARKER)
		finish(e, cpu);
}
