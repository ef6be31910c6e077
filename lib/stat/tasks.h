/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_STAT_TASKS_H
#define BT_STAT_TASKS_H

#include "stat/names.h"
#include <buddytrace/stat.h>
#include <buddytrace/stream.h>

#define BT_TASK_PIDS  65536 /* pids that are told apart in one file; more are counted together */
#define BT_TASK_NAMES 4096  /* names in all files */

/* An interval that is open: compaction of a zone. */
struct bdt_run {
	bool open;
	enum bdt_stat_trigger trigger;
	uint64_t begin_ns, era;
	uint64_t scanned, isolated, migrated, failed, free_scanned, free_isolated;
};

/* A pid of the recorded kernel.  Numbers 0 to 2 are no pids. */
struct bdt_stat_pid {
	int32_t pid;
	bool direct;           /* has tried direct compaction */
	bool kcompactd, woken; /* is kcompactd; was woken for an order and has not slept since */
	bool reclaiming;
	uint8_t reclaim_order;
	uint64_t reclaim_ns, reclaim_era; /* begin */
	struct bdt_run run;
	struct bdt_stat_task counts; /* in this file; its name is not set */
};

enum { BDT_TASK_REST, BDT_TASK_SOFTIRQ, BDT_TASK_HARDIRQ, BDT_TASK_FIRST };

struct bdt_stat_tasks {
	struct bdt_stat_pid *pids;
	size_t npids;
	uint32_t *slots; /* by hash of the pid: number, 0 = free */
	struct bdt_names names;
	struct bdt_stat_task counts[BT_TASK_NAMES + 1]; /* by number of the name; the last one: all others */
	struct bdt_stat_task *rows;
};

/* 0 or -ENOMEM.  Free with bdt_stat_tasks_finish(). */
int bdt_stat_tasks_init(struct bdt_stat_tasks *tasks);
void bdt_stat_tasks_finish(struct bdt_stat_tasks *tasks);
/* Number in `pids` of the task that `ev` is of; one of the enum for interrupts and for lack of room.  O(1).
 */
size_t bdt_stat_tasks_find(struct bdt_stat_tasks *tasks, const struct bdt_event *ev);
/* Adds the counts of the pids to those of their names.  Pids without an open interval are forgotten. */
void bdt_stat_tasks_fold(struct bdt_stat_tasks *tasks, const struct bdt_stream *stream);
/* The names that did something, by fallbacks, then time in reclaim and compaction, then pages; NULL without
 * memory. */
const struct bdt_stat_task *bdt_stat_tasks_rows(struct bdt_stat_tasks *tasks, size_t *n);

#endif
