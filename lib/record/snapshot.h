/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_SNAPSHOT_H
#define BT_RECORD_SNAPSHOT_H

#include "base/text.h"
#include "record/clock.h"
#include "record/ranges.h"
#include "tracefile/writer.h"
#include <buddytrace/diag.h>
#include <signal.h>
#include <stddef.h>

/*
 * Snapshots of the machine's memory, taken while tracing: every piece carries the trace clock before and
 * after its read, so that the replay can roll what was read to one instant.
 */
struct bdt_snapshotter {
	const char *root; /* prefix of /proc, "" */
	const struct bdt_clock *clock;
	struct bdt_writer *writer;
	const struct bdt_log *log;
	const volatile sig_atomic_t *stop;
	struct bdt_text text;
	struct bdt_ranges ranges;
	int kpageflags;  /* fd, -1 = cannot be read */
	uint64_t *words; /* one chunk of /proc/kpageflags */
	uint16_t *flags; /* the same, compact */
};

/*
 * Opens and reads everything once, so that nothing has to be allocated while tracing; members set by the
 * caller: root to stop.  What cannot be read is reported and will be missing in the snapshots.  0 or -ENOMEM.
 */
int bdt_snapshotter_prepare(struct bdt_snapshotter *s);
/*
 * Page flags first and the texts right behind, so that the texts are near the moment from which the replay
 * starts.  Ends early, with what it has, once *stop is above 0.  0 or the writer's error.
 */
int bdt_snapshotter_start(struct bdt_snapshotter *s);
/* Texts first, then page flags.  Ends early once *stop is above 1. */
int bdt_snapshotter_end(struct bdt_snapshotter *s);
/* Name below /proc of the i-th text that is read again and again, NULL behind the last one. */
const char *bdt_snapshotter_text(size_t i);
void bdt_snapshotter_finish(struct bdt_snapshotter *s);

#endif
