/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_PLAN_H
#define BT_RECORD_PLAN_H

#include <stdbool.h>
#include <stdint.h>

/* Ring buffer per CPU where nothing else is asked for: a quarter of a second at a million events per second.
 */
#define BT_RECORD_BUFFER_KB 8192

/* What a recording is for: which events it takes by itself, and how it goes about it. */
struct bdt_plan {
	const char *name; /* rare, window, flight, full */
	const char *help; /* one line, no full stop */
	bool rare_events; /* fallbacks, compaction and direct reclaim only: no replay is possible */
	/* The events stay in the kernel's ring, which overwrites itself, until a trigger fires. */
	bool ring_only;
	bool pageflags;            /* the flags of every page at the start and the end of a file */
	uint64_t text_interval_ns; /* between two snapshots of /proc texts; 0 = start and end only */
	uint64_t flush_ns;         /* part-filled sub-buffers and chunks are written this often; 0 = never */
	uint64_t default_duration_ns; /* 0 = until it is stopped */
};

/* The plan of that name, NULL = full; NULL when there is none. */
const struct bdt_plan *bdt_plan_find(const char *name);
/* The i-th plan, NULL behind the last one. */
const struct bdt_plan *bdt_plan_at(unsigned int i);

#endif
