/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BT_TOOLS_COUNTS_H
#define BT_TOOLS_COUNTS_H

#include <buddytrace/stream.h>

/* Events of a stream by event id. */
struct bdt_counts {
	uint64_t *by_id; /* 65536 of them */
};

/* Reads `stream` to its end, with a progress bar; 0 or an error, with what was counted until then. */
int bdt_counts_read(struct bdt_counts *counts, struct bdt_stream *stream, struct bdt_diag *diag);
void bdt_counts_finish(struct bdt_counts *counts);
/* Calls `each` for every event that occurred: first ours in the order of bdt_event_kinds, then others by id.
 */
void bdt_counts_each(const struct bdt_counts *counts, const struct bdt_stream *stream,
		     void (*each)(void *user, const char *name, uint64_t events), void *user);

#endif
