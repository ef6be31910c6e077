/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_VOLUME_H
#define BT_RECORD_VOLUME_H

#include "record/clock_quality.h"
#include "record/count.h"
#include "record/events.h"
#include "record/exact.h"
#include "record/hotplug.h"
#include "record/series.h"
#include "record/stats.h"
#include "tracefile/writer.h"
#include <buddytrace/record.h>
#include <stdatomic.h>

/* What all files of a recording have in common; must not change while there is a volume. */
struct bdt_volume_common {
	const struct bdt_record_options *options;
	const struct bdt_log *log;
	const char *root; /* prefix of /proc and /sys, "" */
	struct bdt_instance *in;
	struct bdt_clock clock;
	struct bdt_clock_quality quality; /* of `clock` */
	struct bdt_count_layout layout;
	const struct bdt_events *events;
	const struct bdt_plan *plan;
	struct bdt_cpus possible; /* the i-th is the writer's i-th CPU */
	uint32_t buffer_kb;
	struct bdt_self *self;
};

/* One CPU's part of a file; belongs to the CPU's reader until it has gone on to the next file. */
struct bdt_volume_cpu {
	struct bdt_count count;           /* in the sub-buffers handed to the writer, without those it lost */
	struct bdt_count stored;          /* up to the last complete chunk */
	struct bdt_ring_stats begin, end; /* of the ring when the reader came and when it left */
	struct bdt_text stats;            /* text of `end`; empty = no reader was here */
	_Atomic uint64_t first_stamp;     /* of the first sub-buffer, units of the trace clock; 0 = none */
	bool realtime;                    /* the reader ran with SCHED_FIFO */
};

/* One file of a recording while it is written. */
struct bdt_volume {
	const struct bdt_volume_common *common;
	struct bdt_writer *writer;
	char *path;
	char *previous; /* name of the file before, NULL = none */
	unsigned int number;
	bool last; /* tracing is off: what is in the rings goes nowhere else */
	/* Bytes: no reader adds more than `most`, nor, as long as its ring has room, more than `limit`. */
	_Atomic uint64_t limit, most;
	atomic_bool full;     /* a reader came to the limit */
	uint64_t begin_ns;    /* CLOCK_MONOTONIC */
	uint64_t freed_begin; /* pgfree of /proc/vmstat, 0 = unknown */
	uint64_t freed_end;
	uint64_t cut_ns[2];           /* trace clock: its end was asked for; all readers had left it */
	char cause[128];              /* why it ended (or, in flight, was begun), "" = the recording did */
	struct bdt_volume_cpu cpus[]; /* of common->possible */
};

/* Sums over the files of a recording. */
struct bdt_volume_totals {
	struct bdt_count count;
	uint64_t watched[BT_WATCHED_EVENTS][BT_EXACT_CPUS]; /* count.watched by CPU */
	uint64_t written, overrun, dropped, left;           /* events */
	uint64_t bytes, freed;
	uint32_t files;
	char last_file[4096];
};

/*
 * Begins the file that `series` named last: everything is on the disk that makes it readable.  0 or -errno
 * with the rights on the output told from those to trace (-EACCES).
 */
int bdt_volume_create(const struct bdt_volume_common *common, const struct bdt_series *series,
		      struct bdt_volume **out, struct bdt_diag *diag);
/*
 * Writes statistics and everything else that is known at the end only, completes the file and frees the
 * volume. Adds to *totals.  Returns the first error; what was recorded is kept as far as possible.
 */
int bdt_volume_finish(struct bdt_volume *v, struct bdt_volume_totals *totals, struct bdt_diag *diag);
/* Removes the file and frees the volume; NULL is allowed. */
void bdt_volume_abandon(struct bdt_volume *v);

#endif
