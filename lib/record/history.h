/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_HISTORY_H
#define BT_RECORD_HISTORY_H

#include "record/snapshot.h"
#include "tracefile/writer.h"
#include <stddef.h>
#include <stdint.h>

#define BDT_HISTORY_LENGTH 60 /* snapshots; the oldest goes first */
#define BDT_HISTORY_TEXTS  6  /* of one snapshot */

/* Snapshots of the texts that a flight recorder keeps in memory until it writes a file. */
struct bdt_history {
	struct bdt_history_moment {
		uint64_t begin_ns; /* trace clock */
		struct bdt_history_text {
			struct bdt_text text;
			uint64_t begin_ns, end_ns; /* trace clock */
		} texts[BDT_HISTORY_TEXTS];        /* size 0: was not due, or cannot be read */
	} moments[BDT_HISTORY_LENGTH];
	size_t next, n;
};

/* Takes one more, of the texts that are due; its room is that of the oldest, so that memory stays what it is
 * after the first round. */
void bdt_history_add(struct bdt_history *h, struct bdt_snapshotter *s);
/* Writes those taken at `since_ns` or later to `w`, as snapshots called "text", and forgets all. */
int bdt_history_write(struct bdt_history *h, struct bdt_writer *w, uint64_t since_ns);
void bdt_history_finish(struct bdt_history *h);

#endif
