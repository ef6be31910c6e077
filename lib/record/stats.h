/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_STATS_H
#define BT_RECORD_STATS_H

#include "base/text.h"
#include "record/instance.h"
#include <buddytrace/diag.h>
#include <buddytrace/tracefile.h>
#include <stdbool.h>
#include <stdint.h>

/* What the kernel counted in the ring of one CPU: per_cpu/cpuN/stats. */
struct bdt_ring_stats {
	uint64_t entries;        /* events still in the ring */
	uint64_t overrun;        /* overwritten before they were read */
	uint64_t commit_overrun; /* could not be stored: nested deeper than the ring is long */
	uint64_t dropped;        /* could not be stored: the ring was full and must not overwrite */
	uint64_t read;           /* taken by a reader */
	uint64_t bytes;          /* of the entries */
};

/* Parses a stats text; keys that are absent are 0. */
void bdt_ring_stats_parse(struct bdt_ring_stats *stats, const char *text);
/*
 * Opens the statistics of CPU `cpu` for bdt_ring_stats_read(): a file descriptor or -errno.  The kernel makes
 * it wait for whoever makes or removes an instance, so not in the midst of reading; reading waits for nobody.
 */
int bdt_ring_stats_open(const struct bdt_instance *in, uint32_t cpu, struct bdt_diag *diag);
/* Reads the statistics from `fd` as they are now; the text stays in `text`.  0 or -errno. */
int bdt_ring_stats_read(struct bdt_ring_stats *stats, int fd, struct bdt_text *text, struct bdt_diag *diag);
/* All events that ever were, stored or not: the kernel keeps no total. */
uint64_t bdt_ring_stats_written(const struct bdt_ring_stats *stats);
/*
 * The LOSS record of what happened from `begin` to `end`: `read` events were counted in the sub-buffers that
 * reached the file; `last`: what is still in the ring will not reach any other.
 */
struct bdt_loss_cpu bdt_ring_stats_loss(const struct bdt_ring_stats *begin, const struct bdt_ring_stats *end,
					uint32_t cpu, uint64_t read, bool last);
/*
 * The statistics `text` with the counters of events reduced by what they were at `begin`: those of one file
 * of a series.  `out` is replaced.  0 or -ENOMEM.
 */
int bdt_ring_stats_since(const struct bdt_ring_stats *begin, const char *text, struct bdt_text *out);

#endif
