/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BT_TESTS_LITTLE_RECORDING_H
#define BT_TESTS_LITTLE_RECORDING_H

#include "tracefile/writer.h"
#include <stdbool.h>

/* Everything that a recorder does with a file, in little, and how far it came. */
#define LITTLE_CPUS 3

/* Their numbers. */
extern const uint32_t little_cpus[LITTLE_CPUS];

/* What the writer had told when it died; the test maps it, shared with the process that writes. */
extern struct little {
	bool started, fact, snapshot, finishing, finished;
	uint64_t appended[LITTLE_CPUS], flushed[LITTLE_CPUS]; /* sub-buffers; flushed: in a complete chunk */
} * little;

/* Ends the process that writes, unless `err` is 0. */
void little_must(int err);
/* A writer with its head, but without events. */
struct bdt_writer *little_writer(const char *path);
/* Writes some of everything; the last CPU has no events. */
struct bdt_writer *little_record(const char *path);
/* Completes the chunk of the CPU with index `i`. */
void little_flush(struct bdt_writer *w, size_t i);
/* Completes the file. */
void little_finish(struct bdt_writer *w);

#endif
