/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_STREAM_STREAM_H
#define BT_STREAM_STREAM_H

#include "stream/formats.h"
#include "stream/printer.h"
#include "stream/tasks.h"
#include "stream/walk.h"
#include "tracefile/pages.h"
#include <buddytrace/stream.h>

/* Events of one batch: large enough to make the calls between the stages cheap, small enough for the cache.
 */
#define BT_STREAM_BATCH 2048

/* One CPU of the file. */
struct bdt_lane {
	struct bdt_walk walk;
	struct bdt_pages *pages;
	uint64_t time_ns; /* of the walk's record */
	uint64_t last_ns; /* of the latest event that was delivered */
};

/* A lane in the merge heap; ties go to the lower index. */
struct bdt_heap_entry {
	uint64_t time_ns;
	uint32_t lane;
};

struct bdt_stream {
	const struct bdt_tracefile *tf;
	const struct bdt_tracefile_info *info;
	struct bdt_layout layout;
	struct bdt_formats formats;
	struct bdt_tasks tasks;
	struct bdt_stream_stats stats;
	struct bdt_lane *lanes;
	size_t nlanes;
	struct bdt_heap_entry *heap;
	size_t nheap;
	struct bdt_lane *starved; /* the heap's top lane wants its next chunk */
	size_t nopened;           /* lanes that were given their first chunk */
	uint64_t number;          /* of the next event */
	uint32_t last_cpu;        /* of the latest event */
	bool paused;              /* the recorder said so, and it has not been told as a gap yet */
	struct bdt_diag error;    /* sticks */
	struct bdt_event *batch;
	size_t nbatch;               /* events of the latest batch */
	struct bdt_printer *printer; /* NULL until text is wanted */
	char migratetypes[BT_MAX_MIGRATETYPES][16];
};

/* Trace clock ticks to nanoseconds, as bdt_tracefile_info says. */
static inline uint64_t bdt_stream_ns(const struct bdt_tracefile_info *info, uint64_t ticks)
{
	if (info->tsc_mult)
		ticks = (uint64_t)(((unsigned __int128)ticks * info->tsc_mult) >> info->tsc_shift);
	return ticks + info->tsc_offset;
}

/* Fills s->migratetypes; cannot fail. */
void bdt_stream_find_migratetypes(struct bdt_stream *s);

#endif
