/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_STREAM_TASKS_H
#define BT_STREAM_TASKS_H

#include <buddytrace/diag.h>
#include <stddef.h>
#include <stdint.h>

/* Names of the tasks that the recorded kernel remembered, by pid. */
struct bdt_tasks {
	size_t n;
	struct bdt_task {
		int32_t pid;
		uint32_t line; /* position in the text: of two names for one pid the first counts */
		const char *name;
	} * list; /* sorted by pid */
	char *text;
};

/*
 * Reads saved_cmdlines text ("PID NAME" lines); lines that are none are skipped, control characters in names
 * become '?'.  0 or -ENOMEM.  Free with bdt_tasks_finish().
 */
int bdt_tasks_parse(struct bdt_tasks *tasks, const char *text, size_t len, struct bdt_diag *diag);
void bdt_tasks_finish(struct bdt_tasks *tasks);
/* "<idle>" for pid 0, "<...>" if unknown; borrowed; O(log n). */
const char *bdt_tasks_name(const struct bdt_tasks *tasks, int32_t pid);

#endif
