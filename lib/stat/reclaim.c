/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stat/stat.h"

/* Direct reclaim: a task that allocates has to free pages first, between begin and end. */

void bdt_stat_reclaim_begin(struct bdt_stat *st, struct bdt_lane_state *lane, const struct bdt_event *ev)
{
	struct bdt_stat_pid *task = bdt_stat_task(st, lane, ev);
	int64_t order = ev->reclaim_begin.order;

	if (task->reclaiming)
		st->stalls_open++;
	task->reclaiming = true;
	task->reclaim_ns = ev->time_ns;
	task->reclaim_era = st->era;
	task->reclaim_order = order >= 0 && order < BT_MAX_ORDERS ? (uint8_t)order : 0;
}

void bdt_stat_reclaim_end(struct bdt_stat *st, struct bdt_lane_state *lane, const struct bdt_event *ev)
{
	struct bdt_stat_pid *task = bdt_stat_task(st, lane, ev);
	uint64_t ns;

	if (!task->reclaiming || task->reclaim_era != st->era) {
		st->stalls_open++;
		task->reclaiming = false;
		return;
	}
	task->reclaiming = false;
	ns = ev->time_ns > task->reclaim_ns ? ev->time_ns - task->reclaim_ns : 0;
	bdt_times_add(&st->stalls[task->reclaim_order], ns);
	task->counts.stalls++;
	task->counts.stall_ns += ns;
	st->bin->stalls++;
	st->bin->stall_ns += ns;
	if (ev->reclaim_end.nr_reclaimed > 0)
		st->result.reclaimed += (uint64_t)ev->reclaim_end.nr_reclaimed;
}
