/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_INSPECT_TEXT_H
#define BT_INSPECT_TEXT_H

#include "replay/run.h"
#include <buddytrace/inspect.h>

/* The words in which an inspection tells of events, places in lists and predictions. */

struct bdt_inspect_text {
	FILE *out;
	const struct bdt_stream *stream; /* names */
	uint64_t first_ns;		 /* of the recording */
};

/* How far from its ends a list is searched for a block. */
#define BT_PLACE_WALK 65536

/* Where the model has a page. */
struct bdt_page_place {
	bool free;
	struct bdt_block block; /* if it is free */
	bdt_migratetype type;	/* of its pageblock */
	bool type_guessed;
	uint8_t flags; /* BT_ZP_* */
	uint32_t at;   /* blocks ahead of it in its list, BT_PAGE_NIL = more than BT_PLACE_WALK */
};

/* O(1) without `walk`, else O(BT_PLACE_WALK) at worst: `at` is 0 without it. */
struct bdt_page_place bdt_page_place(const struct bdt_zone *z, bdt_pfn pfn, bool walk);
/* The same but for the place in the list? */
bool bdt_page_place_same(const struct bdt_page_place *a, const struct bdt_page_place *b);

/* "#123 0.001234567 CPU 1 task-42 mm_page_free pfn=0x1234 order=0"; no newline. */
void bdt_text_event(const struct bdt_inspect_text *t, const struct bdt_event *ev);
/* "free: 0x1230 order 4, Movable, 3 blocks ahead of it, pageblock Movable"; no newline. */
void bdt_text_place(const struct bdt_inspect_text *t, const struct bdt_page_place *place);
/* "own list Movable order 0" or "claim of Movable order 3 for Unmovable", no newline. */
void bdt_text_source(const struct bdt_inspect_text *t, enum bdt_source source, bdt_order order,
		     bdt_migratetype mt, bdt_migratetype fallback_mt, bdt_order fallback_order);

/*
 * outcome_text.c: a removal, what was predicted and why: the request, the lists that it looked at, both blocks and
 * the events that put them there, and what the class means.  The model must be as it was before the removal.
 */
void bdt_text_outcome(const struct bdt_inspect_text *t, const struct bdt_outcome *o);

#endif
