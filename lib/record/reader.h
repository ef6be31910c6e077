/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_READER_H
#define BT_RECORD_READER_H

#include "record/count.h"
#include "record/instance.h"
#include "tracefile/writer.h"
#include <buddytrace/diag.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One thread per CPU that moves sub-buffers from the ring to the writer.  It is pinned to its CPU (a reader
 * on another CPU loses up to 27 % of the events when both are busy) and runs with SCHED_FIFO when that is
 * permitted.
 */
struct bdt_readers;

struct bdt_readers_options {
	struct bdt_instance *in;
	struct bdt_writer *writer;
	const struct bdt_count_layout *layout; /* copied */
	const uint32_t *cpus;                  /* ids; the i-th is the writer's i-th CPU */
	size_t ncpus;
	size_t ring_bytes; /* per CPU */
};

/* What a reader did. */
struct bdt_reader_result {
	struct bdt_count count; /* in the sub-buffers handed to the writer */
	uint64_t cpu_ns;        /* CPU time of the thread */
	int tid;
	bool realtime;
};

/* Opens the rings and starts the threads; returns when all of them wait for data.  0 or -errno. */
int bdt_readers_start(const struct bdt_readers_options *options, struct bdt_readers **out,
		      struct bdt_diag *diag);
/* Events read so far by all threads. */
uint64_t bdt_readers_events(const struct bdt_readers *r);
/* True when a thread gave up (disk full, ring gone): recording should stop. */
bool bdt_readers_failed(const struct bdt_readers *r);
/*
 * Empties the rings, whose tracing is off, and ends the threads.  `abandon` (called every 100 ms with `user`)
 * returns true to leave the rest in the rings.  Returns the first error of a thread, 0 if there was none.
 */
int bdt_readers_stop(struct bdt_readers *r, bool (*abandon)(void *user), void *user, struct bdt_diag *diag);
/* Result of the i-th reader; the tid is valid at once, the rest after bdt_readers_stop(). */
const struct bdt_reader_result *bdt_readers_result(const struct bdt_readers *r, size_t i);
/* Closes the rings and frees everything; stops the threads when they still run.  NULL is allowed. */
void bdt_readers_destroy(struct bdt_readers *r);

#endif
