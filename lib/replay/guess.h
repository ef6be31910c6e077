/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPLAY_GUESS_H
#define BT_REPLAY_GUESS_H

#include "replay/state.h"

/*
 * Free blocks that a fast search of compaction is taken to have isolated although no event names them: which
 * ones follows from the model's list order, and so may be wrong.
 */

/* Takes the free block `b` off its list, as a guess. */
void bdt_guess_take(struct bdt_state *s, struct bdt_zone *z, const struct bdt_block *b);

/* Is the page, which is not free, so because of a guess that no event has confirmed? */
static inline bool bdt_guess_holds(const struct bdt_zone *z, bdt_pfn pfn)
{
	return z->page_flags[pfn - z->base] & BT_ZP_GUESSED;
}

/*
 * The kernel had the page on a free list, against the guess: what else is left of the guess was free as well,
 * and is again, on the list of its pageblock.  O(BT_GUESSES).
 */
void bdt_guess_refute(struct bdt_state *s, struct bdt_zone *z, bdt_pfn pfn);

#endif
