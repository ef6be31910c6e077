/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stat/stat.h"
#include <string.h>

/*
 * Compaction of a zone:  begin, (finished | isolate_* | migratepages)*, end  by one task.  The trigger is not
 *in these events:
 *
 *	direct		the task tried to compact for an allocation (try_to_compact_pages) before
 *	kcompactd	it is the kernel thread, which was woken for an order
 *	proactive	it is the kernel thread, and nobody woke it
 *	requested	someone else; and whoever looks for no order (finished with order -1)
 */

void bdt_stat_drop_run(struct bdt_stat *st, struct bdt_run *run)
{
	st->compactions[run->trigger][BT_STAT_RESULTS].runs++;
	run->open = false;
}

void bdt_stat_try_to_compact(struct bdt_stat *st, struct bdt_lane_state *lane, const struct bdt_event *ev)
{
	bdt_stat_task(st, lane, ev)->direct = true;
}

void bdt_stat_kcompactd_wake(struct bdt_stat *st, struct bdt_lane_state *lane, const struct bdt_event *ev)
{
	struct bdt_stat_pid *task = bdt_stat_task(st, lane, ev);

	task->kcompactd = task->woken = true;
}

void bdt_stat_kcompactd_sleep(struct bdt_stat *st, struct bdt_lane_state *lane, const struct bdt_event *ev)
{
	struct bdt_stat_pid *task = bdt_stat_task(st, lane, ev);

	task->kcompactd = true;
	task->woken = false;
}

void bdt_stat_compaction_begin(struct bdt_stat *st, struct bdt_lane_state *lane, const struct bdt_event *ev)
{
	static const char kcompactd[] = "kcompactd";
	struct bdt_stat_pid *task = bdt_stat_task(st, lane, ev);

	st->bin->compactions++;
	if (!strncmp(bdt_stream_task(st->stream, ev->pid), kcompactd, strlen(kcompactd)))
		task->kcompactd = true;
	if (task->run.open)
		bdt_stat_drop_run(st, &task->run);
	task->run = (struct bdt_run){ .open = true, .begin_ns = ev->time_ns, .era = st->era };
	if (task->kcompactd)
		task->run.trigger = task->woken ? BDT_TRIGGER_KCOMPACTD : BDT_TRIGGER_PROACTIVE;
	else
		task->run.trigger = task->direct ? BDT_TRIGGER_DIRECT : BDT_TRIGGER_REQUESTED;
}

/* The order that is looked for tells kinds of triggers apart. */
void bdt_stat_compaction_finished(struct bdt_stat *st, struct bdt_lane_state *lane,
				  const struct bdt_event *ev)
{
	static const enum bdt_stat_trigger triggers[2][2] = {
		{ BDT_TRIGGER_REQUESTED, BDT_TRIGGER_DIRECT },
		{ BDT_TRIGGER_PROACTIVE, BDT_TRIGGER_KCOMPACTD },
	};
	struct bdt_stat_pid *task = bdt_stat_task(st, lane, ev);

	task->run.trigger = triggers[task->kcompactd][ev->suitable.order >= 0];
}

void bdt_stat_isolate_migratepages(struct bdt_stat *st, struct bdt_lane_state *lane,
				   const struct bdt_event *ev)
{
	struct bdt_run *run = &bdt_stat_task(st, lane, ev)->run;

	run->scanned += (uint64_t)ev->isolate.nr_scanned;
	run->isolated += (uint64_t)ev->isolate.nr_taken;
}

void bdt_stat_isolate_freepages(struct bdt_stat *st, struct bdt_lane_state *lane, const struct bdt_event *ev)
{
	struct bdt_run *run = &bdt_stat_task(st, lane, ev)->run;

	run->free_scanned += (uint64_t)ev->isolate.nr_scanned;
	run->free_isolated += (uint64_t)ev->isolate.nr_taken;
}

void bdt_stat_migratepages(struct bdt_stat *st, struct bdt_lane_state *lane, const struct bdt_event *ev)
{
	struct bdt_run *run = &bdt_stat_task(st, lane, ev)->run;

	run->migrated += (uint64_t)ev->migratepages.nr_migrated;
	run->failed += (uint64_t)ev->migratepages.nr_failed;
}

void bdt_stat_compaction_end(struct bdt_stat *st, struct bdt_lane_state *lane, const struct bdt_event *ev)
{
	struct bdt_stat_pid *task = bdt_stat_task(st, lane, ev);
	const char *word =
		ev->missing & 1 << 5 ? "?" : bdt_stream_compaction_status(st->stream, ev->compaction.status);
	struct bdt_run *run = &task->run;
	struct bdt_compaction_count *count;
	size_t result = bdt_names_add(&st->results, word);
	uint64_t ns;

	if (!run->open)
		return;
	if (run->era != st->era) {
		bdt_stat_drop_run(st, run);
		return;
	}
	run->open = false;
	ns = ev->time_ns > run->begin_ns ? ev->time_ns - run->begin_ns : 0;
	count = &st->compactions[run->trigger][result < BT_STAT_RESULTS ? result : 0];
	count->runs++;
	count->total_ns += ns;
	if (ns > count->max_ns)
		count->max_ns = ns;
	count->scanned += run->scanned;
	count->isolated += run->isolated;
	count->migrated += run->migrated;
	count->failed += run->failed;
	count->free_scanned += run->free_scanned;
	count->free_isolated += run->free_isolated;
	bdt_times_add(&st->compaction[run->trigger], ns);
	task->counts.compactions++;
	task->counts.compaction_ns += ns;
}
