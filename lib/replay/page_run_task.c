/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/page_run.h"

/* What the recorded tasks are in the middle of, and what the free run does when an event tells. */

struct bdt_run_task *bdt_run_find_task(struct bdt_page_run *run, int32_t pid)
{
	for (size_t i = 0; i < BT_RUN_TASKS; i++)
		if (run->tasks[i].heard && run->tasks[i].pid == pid)
			return &run->tasks[i];
	return NULL;
}

struct bdt_run_task *bdt_run_task_of(struct bdt_page_run *run, int32_t pid)
{
	struct bdt_run_task *t = bdt_run_find_task(run, pid);

	if (!t) {
		t = &run->tasks[0];
		for (size_t i = 1; i < BT_RUN_TASKS; i++)
			if (run->tasks[i].heard < t->heard)
				t = &run->tasks[i];
		if (t->open)
			bdt_run_drop(run, &t->request);
		*t = (struct bdt_run_task){ .pid = pid };
	}
	t->heard = ++run->heard;
	return t;
}

void bdt_run_forget_requests(struct bdt_page_run *run)
{
	for (size_t i = 0; i < BT_RUN_TASKS; i++)
		run->tasks[i].open = false;
}

/* A page that waits for the event of its allocation is nobody's. */
static void hold(struct bdt_page_run *run, const struct bdt_run_request *r)
{
	if (r->served && r->result.pfn != BT_PFN_NONE)
		bdt_page_map_hold(&run->map, r->result.pfn, r->request.order);
}

/* The request of the task is under way on the slow path.  So is that of the copy, from here on. */
static void saw_request(struct bdt_page_run *run, struct bdt_run_task *t, const struct bdt_event *ev,
			int64_t order, int64_t gfp)
{
	static const struct bdt_task_rights nobody;
	struct bdt_alloc_request asked = {
		.cpu = ev->cpu,
		.node = BT_NODE_OF_CPU,
		.order = (bdt_order)order,
		.gfp = bdt_gfp_decode(&run->p->gfp, (uint64_t)gfp),
	};

	if (order < 0 || order >= BT_MAX_ORDERS)
		return;
	if (t->open && t->request.request.order != asked.order) {
		bdt_run_drop(run, &t->request);
		t->open = false;
	}
	if (!t->open) {
		bdt_run_begin(run, &t->request, &asked, &nobody);
		hold(run, &t->request);
	}
	t->open = true;
	if (ev->kind != BDT_EV_WAKEUP_KSWAPD)
		bdt_run_saw_slow(run, &t->request, true);
}

static void on_reclaim(struct bdt_page_run *run, struct bdt_run_task *t, const struct bdt_event *ev)
{
	saw_request(run, t, ev, ev->reclaim_begin.order, ev->reclaim_begin.gfp_flags);
	t->reclaiming = true;
}

static void on_reclaimed(struct bdt_page_run *run, struct bdt_run_task *t, const struct bdt_event *ev)
{
	t->reclaiming = false;
	if (!t->open || !t->request.waits)
		return;
	bdt_run_reclaimed(run, &t->request, (uint64_t)ev->reclaim_end.nr_reclaimed);
	hold(run, &t->request);
}

static void on_try(struct bdt_page_run *run, struct bdt_run_task *t, const struct bdt_event *ev)
{
	saw_request(run, t, ev, ev->try_to_compact.order, ev->try_to_compact.gfp_mask);
	t->asked = true;
}

void bdt_page_run_kswapd(struct bdt_page_run *run, int node, bool begins)
{
	/* each pass begins with an event, only the last one ends with one */
	if (!begins || run->system->kswapd[node].awake)
		bdt_system_kswapd_end(run->system, node, run->system->nclasses - 1);
	if (begins)
		bdt_system_kswapd_begin(run->system, node, run->system->nclasses - 1);
}

static void on_kswapd_wake(struct bdt_page_run *run, struct bdt_run_task *t, const struct bdt_event *ev)
{
	(void)run;
	(void)ev;
	t->kswapd = true;
}

static void on_kswapd_sleep(struct bdt_page_run *run, struct bdt_run_task *t, const struct bdt_event *ev)
{
	t->kswapd = true;
	if (ev->kswapd.nid >= 0 && ev->kswapd.nid < run->system->nnodes)
		bdt_compactor_kswapd_sleeps(run->compactor, (int)ev->kswapd.nid);
}

static void on_wakeup(struct bdt_page_run *run, struct bdt_run_task *t, const struct bdt_event *ev)
{
	bdt_page_saw(&run->p->result.free, BDT_WINDOW_WAKEUPS, false, 1);
	/* without a mask it is a boosted zone that wants to be looked after */
	if (ev->kswapd.gfp_flags && !t->reclaiming && !t->compacting)
		saw_request(run, t, ev, ev->kswapd.order, ev->kswapd.gfp_flags);
}

static void (*const handlers[BDT_EV_NR])(struct bdt_page_run *run, struct bdt_run_task *t,
					 const struct bdt_event *ev) = {
	[BDT_EV_DIRECT_RECLAIM_BEGIN] = on_reclaim,
	[BDT_EV_DIRECT_RECLAIM_END] = on_reclaimed,
	[BDT_EV_COMPACTION_TRY_TO_COMPACT] = on_try,
	[BDT_EV_KSWAPD_WAKE] = on_kswapd_wake,
	[BDT_EV_KSWAPD_SLEEP] = on_kswapd_sleep,
	[BDT_EV_WAKEUP_KSWAPD] = on_wakeup,
	[BDT_EV_COMPACTION_BEGIN] = bdt_run_compact_begin,
	[BDT_EV_COMPACTION_END] = bdt_run_compact_end,
	[BDT_EV_COMPACTION_MIGRATEPAGES] = bdt_run_compact_migrated,
	[BDT_EV_COMPACTION_KCOMPACTD_WAKE] = bdt_run_kcompactd_wake,
	[BDT_EV_COMPACTION_KCOMPACTD_SLEEP] = bdt_run_kcompactd_sleep,
};

void bdt_page_run_event(struct bdt_page_run *run, const struct bdt_event *ev)
{
	if (handlers[ev->kind])
		handlers[ev->kind](run, bdt_run_task_of(run, ev->pid), ev);
}

bool bdt_page_run_compacts(struct bdt_page_run *run, const struct bdt_event *ev)
{
	const struct bdt_run_task *t = bdt_run_find_task(run, ev->pid);

	return t && t->compacting && !(ev->flags & (BT_EVENT_HARDIRQ | BT_EVENT_SOFTIRQ));
}
