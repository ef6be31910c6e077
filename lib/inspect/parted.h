/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_INSPECT_PARTED_H
#define BT_INSPECT_PARTED_H

#include "inspect/text.h"

/*
 * Where the model differs from an exact snapshot, and since when it can: each difference is about a block, and the
 * last event that touched it in the model is one after which both still agreed about it, or could.
 */

enum bdt_difference_kind {
	BDT_ONLY_KERNEL, /* the kernel has a block on a list, the model has none of that size there */
	BDT_ONLY_MODEL,	 /* the other way round; of whole lists only */
	BDT_MOVED,	 /* both have it, at another place among those that both have: the fewest, known ones only */
	BDT_DIFFERENCE_NR
};

struct bdt_difference {
	uint64_t since; /* event number */
	bdt_pfn pfn;
	bdt_order order;
	bdt_migratetype mt;
	enum bdt_difference_kind kind;
	struct bdt_page_place model; /* where it had the first page */
};

/* An exact snapshot of the recording: its number from 1 on, as `info` counts them; 0 = none. */
struct bdt_parted_snapshot {
	size_t number;
	char name[32];
};

struct bdt_parted {
	const char *wanted; /* number or name of the snapshot, NULL = any; of several, the first that differs */
	const struct bdt_exact_result *results; /* of the recording's exact snapshots: they number them */
	struct bdt_parted_snapshot now;		/* that the model takes over */
	uint64_t event;				/* ... at which event its last list */
	struct bdt_parted_snapshot from, to;	/* what the model had taken over, and is compared with */
	uint64_t from_event;			/* event at which it took over the last list of `from` */
	bool done;				/* `to` is behind */
	uint64_t entries;			/* blocks of `to` that were compared */
	uint64_t n[BDT_DIFFERENCE_NR];
	struct bdt_difference *all; /* by the events, the earliest first, after bdt_parted_sort() */
	size_t nall;
	int err; /* -ENOMEM */
};

/*
 * Compares `lists` with the model, when they are of the snapshot to compare with; `result` is the element of p->results
 * that belongs to it.  O(n log n) of their blocks.
 */
void bdt_parted_lists(struct bdt_parted *p, const struct bdt_state *state, const struct bdt_exact_lists *lists,
		      const struct bdt_exact_result *result);
void bdt_parted_sort(struct bdt_parted *p);
void bdt_parted_print(const struct bdt_parted *p, const struct bdt_inspect_text *t);
void bdt_parted_finish(struct bdt_parted *p);

#endif
