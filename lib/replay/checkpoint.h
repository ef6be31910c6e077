/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPLAY_CHECKPOINT_H
#define BT_REPLAY_CHECKPOINT_H

#include "replay/state.h"

/*
 * Compares the model with a later snapshot, piece by piece, each at the time it was read.  A page that
 * changed while its part was read is left out: both answers are right.  What the model had otherwise it takes
 * over, page by page, so that what went wrong before ends there.
 */
struct bdt_checkpoint;

struct bdt_checkpoint_result {
	char name[32];
	uint64_t time_ns; /* end of the snapshot */
	bool has_pages, has_buddyinfo;
	uint64_t pages_both, pages_model,
		pages_kernel; /* free in both, only in the model, only in the kernel */
	uint64_t pages_compared, pages_excluded;
	double free_jaccard; /* both / (both + model + kernel); -1 without kpageflags */
	uint64_t buddyinfo_columns, buddyinfo_exact; /* zone x order */
	uint64_t nr_free_abs_error; /* pages: sum over the columns of |model - kernel| * 2^order */
};

/* For snapshot `i`.  0, -EBADMSG, -ENOMEM.  Release with bdt_checkpoint_destroy() (NULL is allowed). */
int bdt_checkpoint_create(const struct bdt_tracefile *tf, size_t i, struct bdt_checkpoint **out,
			  struct bdt_diag *diag);
void bdt_checkpoint_destroy(struct bdt_checkpoint *c);

/* Time at which bdt_checkpoint_advance() has something to do next; UINT64_MAX when it is complete. */
uint64_t bdt_checkpoint_due(const struct bdt_checkpoint *c);
/* The model `s` is as it was just before `time_ns`: compares all that was read until then. */
void bdt_checkpoint_advance(struct bdt_checkpoint *c, struct bdt_state *s, uint64_t time_ns);
/* The result so far; complete when nothing is due any more. */
struct bdt_checkpoint_result bdt_checkpoint_result(const struct bdt_checkpoint *c);

#endif
