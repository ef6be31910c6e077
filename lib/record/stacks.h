/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_STACKS_H
#define BT_RECORD_STACKS_H

#include "base/text.h"
#include "record/instance.h"
#include <buddytrace/diag.h>
#include <stdbool.h>

/* How kernel stacks are recorded. */
enum bdt_stacks {
	BDT_STACKS_NONE,
	BDT_STACKS_TRIGGER, /* by a trigger of mm_page_alloc_extfrag */
	BDT_STACKS_OPTION,  /* by an option of the instance, behind every event of it */
};

/*
 * Makes `in`, whose tracing is off, record a kernel stack behind each mm_page_alloc_extfrag that passes
 * `filter` (NULL: all).  Where the kernel's trigger does not write to the instance it was set in, the option
 * is taken if `option`; else there will be none, and a warning says so.  0 or -errno.  Tracing is on for a
 * moment: call it before any event is enabled.
 */
int bdt_stacks_enable(struct bdt_instance *in, const char *filter, bool option, enum bdt_stacks *how,
		      const struct bdt_log *log, struct bdt_diag *diag);

/* Name of it in the facts. */
const char *bdt_stacks_name(enum bdt_stacks how);

/*
 * The functions of /proc/kallsyms (below `root`) as it lists them; empty, with a warning, where addresses are
 * hidden.  0 or -errno.  Reads some MiB.
 */
int bdt_stacks_symbols(const char *root, struct bdt_text *symbols, const struct bdt_log *log);

#endif
