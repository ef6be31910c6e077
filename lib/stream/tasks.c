/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stream/tasks.h"
#include "base/utf8.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int by_pid(const void *a, const void *b)
{
	const struct bdt_task *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

static void add(struct bdt_tasks *tasks, char *line)
{
	char *end;
	long pid;

	errno = 0;
	pid = strtol(line, &end, 10);
	if (errno || end == line || *end != ' ' || pid < 0 || pid > INT32_MAX)
		return;
	while (*end == ' ')
		end++;
	bdt_clean_text(end);
	tasks->list[tasks->n] = (struct bdt_task){ (int32_t)pid, (uint32_t)tasks->n, end };
	tasks->n++;
}

int bdt_tasks_parse(struct bdt_tasks *tasks, const char *text, size_t len, struct bdt_diag *diag)
{
	size_t lines = 1;
	char *next;

	*tasks = (struct bdt_tasks){ 0 };
	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	tasks->text = strndup(text, len);
	tasks->list = calloc(lines, sizeof(*tasks->list));
	if (!tasks->text || !tasks->list) {
		bdt_tasks_finish(tasks);
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
	}
	next = tasks->text;
	for (char *line; (line = strsep(&next, "\n"));)
		add(tasks, line);
	qsort(tasks->list, tasks->n, sizeof(*tasks->list), by_pid);
	return 0;
}

void bdt_tasks_finish(struct bdt_tasks *tasks)
{
	free(tasks->list);
	free(tasks->text);
	*tasks = (struct bdt_tasks){ 0 };
}

const char *bdt_tasks_name(const struct bdt_tasks *tasks, int32_t pid)
{
	size_t low = 0, high = tasks->n;

	if (!pid)
		return "<idle>";
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (tasks->list[mid].pid < pid)
			low = mid + 1;
		else
			high = mid;
	}
	return low < tasks->n && tasks->list[low].pid == pid ? tasks->list[low].name : "<...>";
}
