/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_FINISHER_H
#define BT_RECORD_FINISHER_H

#include "record/volume.h"

/*
 * A thread that completes files while the recording goes on in the next one, and deletes the oldest of the
 * series as the options say (keep_files, keep_bytes).
 */
struct bdt_finisher;

/* Starts the thread.  `common` and `series` are borrowed.  0 or -errno. */
int bdt_finisher_start(const struct bdt_volume_common *common, const struct bdt_series *series,
		       struct bdt_finisher **out, struct bdt_diag *diag);
/* Hands a volume over, which no reader is with any more.  Waits while there is no room. */
void bdt_finisher_add(struct bdt_finisher *f, struct bdt_volume *v);
/*
 * Waits until all volumes are complete, and ends the thread.  *totals are their sums, *deleted the number of
 * files that were deleted.  `alive` is called every second with `user`.  Returns the first error.  Frees `f`; NULL
 * is allowed.
 */
int bdt_finisher_end(struct bdt_finisher *f, struct bdt_volume_totals *totals, uint32_t *deleted,
		     void (*alive)(void *user), void *user, struct bdt_diag *diag);
/* Bytes of all volumes handed over: of the complete files, and what the others have until now. */
uint64_t bdt_finisher_bytes(const struct bdt_finisher *f);
/* False when so many volumes wait to be completed that the next one should not come yet.  From any thread. */
bool bdt_finisher_has_room(struct bdt_finisher *f);
/* True when a file could not be completed: recording should stop.  From any thread. */
bool bdt_finisher_failed(const struct bdt_finisher *f);

#endif
