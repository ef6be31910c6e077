/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPLAY_ADOPT_H
#define BT_REPLAY_ADOPT_H

#include "machine/exactlists.h"
#include "replay/state.h"

/*
 * Exact lists: what the kernel held at a marked place of the stream.  They are compared with the model, which
 * then takes them over.
 */

/* Results are kept for so many; what comes behind them is adopted, and added to the last. */
#define BT_MAX_EXACT_SNAPSHOTS 256

/* How the model compared, over all parts of one snapshot. */
struct bdt_exact_result {
	char name[32];
	uint64_t time_ns;            /* of the first part */
	uint32_t parts;              /* adopted */
	uint32_t unlocked;           /* of them read without the lock */
	uint32_t continued;          /* of them: go on within a list */
	uint64_t entries;            /* blocks on the kernel's lists */
	uint64_t same_position;      /* ... that the model had at the same place of the same list */
	uint32_t lists, lists_equal; /* lists with any block in kernel or model; equal from head to tail */
	uint64_t pages_kernel, pages_model, pages_both; /* free, on the lists as far as they were read */
	uint32_t pageblocks, pageblock_types_equal;
	uint32_t cut;       /* lists whose middle is missing */
	uint32_t open_list; /* the last list, when it was cut: 0 = it was not */
	bool open_equal;    /* that list is equal in what was read of it */
};

/* Pieces of a trace file by the id of their marker. */
struct bdt_exact_index;

/* 0, -ENOMEM.  *out is NULL when the file has none.  Release with bdt_exact_index_destroy() (NULL is
 * allowed). */
int bdt_exact_index_create(const struct bdt_tracefile *tf, struct bdt_exact_index **out);
void bdt_exact_index_destroy(struct bdt_exact_index *index);
/*
 * The piece that was being read when the marker `id` was written, ns of the trace clock, and the number of
 * its snapshot among those that have any; NULL if there is none: markers of other recorders are in the stream
 * too.
 */
const struct bdt_piece *bdt_exact_index_find(const struct bdt_exact_index *index, uint32_t id,
					     uint64_t marked_ns, size_t *snapshot, const char **name);
/* When the snapshot BT_EXACT_START had been read, ns of the trace clock; 0 if there is none. */
uint64_t bdt_exact_index_start(const struct bdt_exact_index *index);

/* The id in the text of a marker event, "buddytrace exact ID begin"; false for anything else. */
bool bdt_exact_marker(const struct bdt_event *ev, uint32_t *id);

/*
 * Compares the lists with those of the model, adds to `result`, and makes the model have them.  A zone that
 * the model lacks, or spans differently, is left out.  O(blocks on the lists).
 */
void bdt_adopt(struct bdt_state *s, const struct bdt_exact_lists *lists, struct bdt_exact_result *result);

#endif
