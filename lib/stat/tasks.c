/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stat/tasks.h"
#include "base/array.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS (2 * BT_TASK_PIDS)

static const char *const special[BDT_TASK_FIRST] = {
	[BDT_TASK_REST] = "(others)",
	[BDT_TASK_SOFTIRQ] = "(soft interrupt)",
	[BDT_TASK_HARDIRQ] = "(hard interrupt)",
};

int bdt_stat_tasks_init(struct bdt_stat_tasks *tasks)
{
	tasks->slots = calloc(SLOTS, sizeof(*tasks->slots));
	if (!tasks->slots || bdt_names_init(&tasks->names, BT_TASK_NAMES))
		return -ENOMEM;
	for (int i = 0; i < BDT_TASK_FIRST; i++)
		if (!bdt_array_add(&tasks->pids, &tasks->npids, sizeof(*tasks->pids)))
			return -ENOMEM;
	return 0;
}

void bdt_stat_tasks_finish(struct bdt_stat_tasks *tasks)
{
	bdt_names_finish(&tasks->names);
	free(tasks->pids);
	free(tasks->slots);
	free(tasks->rows);
}

static uint32_t *slot_of(struct bdt_stat_tasks *tasks, int32_t pid)
{
	size_t at = (uint32_t)pid * 0x9e3779b1u % SLOTS;

	while (tasks->slots[at] && tasks->pids[tasks->slots[at]].pid != pid)
		at = (at + 1) % SLOTS;
	return &tasks->slots[at];
}

size_t bdt_stat_tasks_find(struct bdt_stat_tasks *tasks, const struct bdt_event *ev)
{
	struct bdt_stat_pid *task;
	uint32_t *slot;

	if (ev->flags & (BT_EVENT_HARDIRQ | BT_EVENT_NMI))
		return BDT_TASK_HARDIRQ;
	if (ev->flags & BT_EVENT_SOFTIRQ)
		return BDT_TASK_SOFTIRQ;
	slot = slot_of(tasks, ev->pid);
	if (*slot)
		return *slot;
	if (tasks->npids == BT_TASK_PIDS)
		return BDT_TASK_REST;
	task = bdt_array_add(&tasks->pids, &tasks->npids, sizeof(*tasks->pids));
	if (!task)
		return BDT_TASK_REST;
	task->pid = ev->pid;
	*slot = (uint32_t)(tasks->npids - 1);
	return *slot;
}

static void add(struct bdt_stat_task *to, const struct bdt_stat_task *from)
{
	to->fallbacks += from->fallbacks;
	to->owned += from->owned;
	to->allocations += from->allocations;
	to->frees += from->frees;
	to->pages += from->pages;
	to->stalls += from->stalls;
	to->stall_ns += from->stall_ns;
	to->compactions += from->compactions;
	to->compaction_ns += from->compaction_ns;
}

static bool idle(const struct bdt_stat_task *task)
{
	return !task->fallbacks && !task->allocations && !task->frees && !task->stalls && !task->compactions;
}

void bdt_stat_tasks_fold(struct bdt_stat_tasks *tasks, const struct bdt_stream *stream)
{
	size_t kept = BDT_TASK_FIRST;

	memset(tasks->slots, 0, SLOTS * sizeof(*tasks->slots));
	for (size_t i = 0; i < tasks->npids; i++) {
		struct bdt_stat_pid *task = &tasks->pids[i];
		const char *name = i < BDT_TASK_FIRST ? special[i] : bdt_stream_task(stream, task->pid);

		if (!idle(&task->counts))
			add(&tasks->counts[bdt_names_add(&tasks->names, name)], &task->counts);
		task->counts = (struct bdt_stat_task){ 0 };
		if (i < BDT_TASK_FIRST || (!task->run.open && !task->reclaiming && !task->kcompactd))
			continue;
		tasks->pids[kept] = *task;
		*slot_of(tasks, task->pid) = (uint32_t)kept++;
	}
	tasks->npids = kept;
}

static int compare(uint64_t a, uint64_t b)
{
	return a < b ? 1 : a > b ? -1 : 0;
}

static int by_weight(const void *a, const void *b)
{
	const struct bdt_stat_task *x = a, *y = b;
	int order = compare(x->fallbacks, y->fallbacks);

	order = order ? order : compare(x->stall_ns + x->compaction_ns, y->stall_ns + y->compaction_ns);
	order = order ? order : compare(x->pages, y->pages);
	return order ? order : strcmp(x->name, y->name);
}

const struct bdt_stat_task *bdt_stat_tasks_rows(struct bdt_stat_tasks *tasks, size_t *n)
{
	*n = 0;
	free(tasks->rows);
	tasks->rows = calloc(tasks->names.n + 1, sizeof(*tasks->rows));
	if (!tasks->rows)
		return NULL;
	for (size_t i = 0; i <= tasks->names.n; i++) {
		bool rest = i == tasks->names.n;
		struct bdt_stat_task *row = &tasks->rows[*n];

		*row = tasks->counts[rest ? BT_TASK_NAMES : i];
		row->name = rest ? special[BDT_TASK_REST] : tasks->names.text[i];
		*n += !idle(row);
	}
	qsort(tasks->rows, *n, sizeof(*tasks->rows), by_weight);
	return tasks->rows;
}
