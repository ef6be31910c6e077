/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_STAT_STAT_H
#define BT_STAT_STAT_H

#include "stat/series.h"
#include "stat/sites.h"
#include "stat/tasks.h"
#include "stat/times.h"
#include <buddytrace/stream.h>

/* CPUs are told apart by the low bits of their number; two that share them only lose a few stacks. */
#define BT_STAT_LANES    1024
#define BT_STAT_RESULTS  32 /* words for the end of a compaction */
#define BT_STAT_CONTEXTS 4  /* task, soft interrupt, hard interrupt, NMI */

/* What was seen last on a CPU. */
struct bdt_lane_state {
	uint32_t cpu;
	int32_t pid;
	size_t task; /* number of the task `pid` outside of interrupts; 0 = not looked up */
	/* The fallback that the next event of a context tells the callers of. */
	unsigned int waiting; /* bit per context */
	bool owned[BT_STAT_CONTEXTS];
};

struct bdt_compaction_count {
	uint64_t runs, total_ns, max_ns;
	uint64_t scanned, isolated, migrated, failed, free_scanned, free_isolated;
};

/* Indices: alloc_migratetype, fallback_migratetype, alloc_order, fallback_order, change_ownership. */
typedef uint64_t bdt_stat_cells[BT_MAX_MIGRATETYPES][BT_MAX_MIGRATETYPES][BT_MAX_ORDERS][BT_MAX_ORDERS][2];

struct bdt_stat {
	const struct bdt_stream *stream; /* while a file is read */
	struct bdt_lane_state lanes[BT_STAT_LANES];
	struct bdt_stat_series series;
	struct bdt_stat_bin *bin; /* of the event that is looked at, and the times it is for */
	uint64_t bin_begin_ns, bin_width_ns;
	struct bdt_stat_tasks tasks;
	struct bdt_sites sites;
	bdt_stat_cells cells;
	struct bdt_names results;
	struct bdt_compaction_count compactions[BDT_TRIGGER_NR][BT_STAT_RESULTS + 1];
	struct bdt_times compaction[BDT_TRIGGER_NR], stalls[BT_MAX_ORDERS];
	struct bdt_stat_result result; /* sums so far; its arrays are made by bdt_stat_result() */
	struct bdt_stat_cell *cell_rows;
	struct bdt_stat_pair pair_rows[BT_MAX_MIGRATETYPES * BT_MAX_MIGRATETYPES];
	struct bdt_stat_compaction compaction_rows[BDT_TRIGGER_NR * (BT_STAT_RESULTS + 2)];
	/* The file before this one. */
	char series_name[64];
	uint64_t series_number;
	uint64_t covered_ns; /* end of the time that observed_ns has */
	/*
	 * Counts the places where events may be missing.  An interval that was begun in another era is not to
	 * be trusted.
	 */
	uint64_t era;
	uint64_t stalls_open; /* without those that may still end */
	int err;              /* of a handler */
};

/* The task of an event; the pointer lives until the next one is looked up. */
static inline struct bdt_stat_pid *bdt_stat_task(struct bdt_stat *st, struct bdt_lane_state *lane,
						 const struct bdt_event *ev)
{
	if (ev->flags & (BT_EVENT_HARDIRQ | BT_EVENT_SOFTIRQ | BT_EVENT_NMI))
		return &st->tasks.pids[bdt_stat_tasks_find(&st->tasks, ev)];
	if (!lane->task || lane->pid != ev->pid) {
		lane->pid = ev->pid;
		lane->task = bdt_stat_tasks_find(&st->tasks, ev);
	}
	return &st->tasks.pids[lane->task];
}

typedef void bdt_stat_handler(struct bdt_stat *st, struct bdt_lane_state *lane, const struct bdt_event *ev);

/* compaction.c: runs of compaction. */
bdt_stat_handler bdt_stat_try_to_compact, bdt_stat_kcompactd_wake, bdt_stat_kcompactd_sleep,
	bdt_stat_compaction_begin, bdt_stat_compaction_end, bdt_stat_compaction_finished,
	bdt_stat_isolate_migratepages, bdt_stat_isolate_freepages, bdt_stat_migratepages;
/* reclaim.c: direct reclaim. */
bdt_stat_handler bdt_stat_reclaim_begin, bdt_stat_reclaim_end;

/* Counts an open run as one whose end was not seen, and closes it. */
void bdt_stat_drop_run(struct bdt_stat *st, struct bdt_run *run);

#endif
