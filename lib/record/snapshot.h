/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_SNAPSHOT_H
#define BT_RECORD_SNAPSHOT_H

#include "base/text.h"
#include "record/clock.h"
#include "record/exact.h"
#include "record/ranges.h"
#include "tracefile/writer.h"
#include <buddytrace/diag.h>
#include <stdbool.h>
#include <stddef.h>

#define BDT_SNAPSHOT_TEXTS 7

/*
 * Snapshots of the machine's memory, taken while tracing: every piece carries the trace clock before and
 * after its read, so that the replay can roll what was read to one instant.
 */
struct bdt_snapshotter {
	const char *root; /* prefix of /proc and /sys, "" */
	const struct bdt_clock *clock;
	struct bdt_writer *writer;
	const struct bdt_log *log;
	/* Called about every millisecond of a long snapshot; true = end it with what there is.  NULL = never.
	 */
	bool (*give_up)(void *user);
	void *user;
	struct bdt_text text;
	uint64_t due_ns[BDT_SNAPSHOT_TEXTS]; /* trace clock: not to be read again before, unless a file needs
						it */
	struct bdt_ranges ranges;
	int kpageflags;                /* fd, -1 = cannot be read */
	uint64_t *words;               /* one chunk of /proc/kpageflags */
	uint16_t *flags;               /* the same, compact */
	struct bdt_exact_taker *exact; /* NULL = no exact snapshots */
	char exact_trouble[512];       /* why there are none, or the last one was not complete; "" = fine */
};

/*
 * Opens and reads everything once, so that nothing has to be allocated while tracing; member set by the
 * caller: root.  What cannot be read is reported and will be missing in the snapshots; `pageflags` false:
 * page flags are not wanted.  0 or -ENOMEM.
 */
int bdt_snapshotter_prepare(struct bdt_snapshotter *s, bool pageflags);
/*
 * Page flags first and the texts right behind, so that the texts are near the moment from which the replay
 * starts.  Ends early, with what it has, once give_up() says so.  0 or the writer's error.
 */
int bdt_snapshotter_start(struct bdt_snapshotter *s);
/* Texts first, then page flags. */
int bdt_snapshotter_end(struct bdt_snapshotter *s);
/* One between start and end: the free lists in order ("exact"), else texts and page flags ("between"). */
int bdt_snapshotter_between(struct bdt_snapshotter *s);
/* The texts that are due, as a snapshot called "text". */
int bdt_snapshotter_texts(struct bdt_snapshotter *s);
/* Name below /proc or /sys of the i-th text that is read again and again, NULL behind the last one. */
const char *bdt_snapshotter_text(size_t i);
/* Reads the i-th text below `root` into `text`.  0 or -errno. */
int bdt_snapshotter_load(size_t i, struct bdt_text *text, const char *root);
/*
 * How long a text that took `cpu_ns` of CPU time to read is left alone: a hundred times that, so that it
 * costs 1 % of a CPU at most, but no longer than a minute.
 */
uint64_t bdt_snapshotter_pause(uint64_t cpu_ns);
/* Whether that time is over for the i-th text. */
bool bdt_snapshotter_due(const struct bdt_snapshotter *s, size_t i);
/* The same, with the trace clock before and after.  0 or -errno. */
int bdt_snapshotter_read(struct bdt_snapshotter *s, size_t i, struct bdt_text *text, uint64_t *begin_ns,
			 uint64_t *end_ns);
void bdt_snapshotter_finish(struct bdt_snapshotter *s);

#endif
