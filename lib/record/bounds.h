/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_BOUNDS_H
#define BT_RECORD_BOUNDS_H

#include <buddytrace/record.h>
#include <stdbool.h>
#include <stdint.h>

/* Texts of *why in bdt_bounds_check(). */
#define BT_BOUND_MAX_SIZE    "--max-size"
#define BT_BOUND_MIN_FREE    "--min-free"
#define BT_BOUND_ROTATE_SIZE "--rotate-size"
#define BT_BOUND_ROTATE_TIME "--rotate-time"

/* Where a recording stands, for the decision whether it may go on as it does. */
struct bdt_bounds_state {
	uint64_t file_bytes; /* on the disk, of the file that is being written */
	uint64_t
		other_bytes; /* of the files of this recording that were completed before, deleted ones too */
	/* What the sub-buffers that wait in the rings will take on the disk. */
	uint64_t pending_bytes;
	uint64_t file_ns;    /* age of the file */
	uint64_t free_bytes; /* of the file system; UINT64_MAX = not known */
	bool may_cut;        /* the file's start snapshot is complete */
	bool may_delete;     /* there is an older file to delete */
};

enum bdt_bounds_action {
	BDT_BOUNDS_GO_ON,
	BDT_BOUNDS_CUT,    /* a new file */
	BDT_BOUNDS_DELETE, /* the oldest file of the series, then ask again */
	BDT_BOUNDS_STOP,
};

/*
 * What to do now.  *why becomes the option that asks for it (static text) unless everything may go on.  A
 * bound is met when what waits in the rings would go beyond it, so that all CPUs end at the same time.
 */
enum bdt_bounds_action bdt_bounds_check(const struct bdt_record_options *options,
					const struct bdt_bounds_state *state, const char **why);
/* Bytes that the file must not exceed, UINT64_MAX = no bound. */
uint64_t bdt_bounds_most(const struct bdt_record_options *options, const struct bdt_bounds_state *state);
/* Bytes at which another file begins or the recording ends: a reader waits there if it can. */
uint64_t bdt_bounds_limit(const struct bdt_record_options *options, const struct bdt_bounds_state *state);

#endif
