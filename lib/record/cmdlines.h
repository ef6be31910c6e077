/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_CMDLINES_H
#define BT_RECORD_CMDLINES_H

#include "base/text.h"
#include "record/instance.h"
#include <stddef.h>
#include <sys/types.h>

/*
 * Names of tasks.  The kernel's saved_cmdlines holds 128 by default, and its size is a setting of the whole
 * machine that is not ours to change; the tasks that live when recording begins and ends are added from
 * /proc.
 */
struct bdt_cmdlines {
	struct bdt_cmdline {
		int pid;
		unsigned int rank; /* of two names of a pid the later one wins */
		char name[24];
	} * lines;
	size_t n, room;
	unsigned int rank;
};

/* Adds every task of /proc (below `root`).  O(tasks).  0 or -ENOMEM. */
int bdt_cmdlines_add_tasks(struct bdt_cmdlines *c, const char *root);
/* Adds the kernel's saved_cmdlines.  0 or -ENOMEM; without the file nothing is added. */
int bdt_cmdlines_add_saved(struct bdt_cmdlines *c, const struct bdt_instance *in);
/* Sorts and writes "pid name" lines, one per pid, to `text`.  0 or -ENOMEM. */
int bdt_cmdlines_format(struct bdt_cmdlines *c, struct bdt_text *text);
void bdt_cmdlines_finish(struct bdt_cmdlines *c);

#endif
