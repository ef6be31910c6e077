/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/guess.h"
#include "model/buddy.h"
#include "replay/engine.h"

void bdt_guess_take(struct bdt_state *s, struct bdt_zone *z, const struct bdt_block *b)
{
	s->guesses[s->guessed++ % BT_GUESSES] = (struct bdt_guess){ b->pfn, b->order };
	bdt_compaction_isolate(z, b);
	bdt_zone_mark(z, b->pfn, b->order, BT_ZP_GUESSED, 0);
}

/* The latest guess that the page is part of, only the page itself when that was too long ago. */
static struct bdt_guess guess_of(const struct bdt_state *s, bdt_pfn pfn)
{
	uint64_t oldest = s->guessed > BT_GUESSES ? s->guessed - BT_GUESSES : 0;

	for (uint64_t i = s->guessed; i-- > oldest;) {
		const struct bdt_guess *g = &s->guesses[i % BT_GUESSES];

		if (pfn >> g->order == g->pfn >> g->order)
			return *g;
	}
	return (struct bdt_guess){ pfn, 0 };
}

void bdt_guess_refute(struct bdt_state *s, struct bdt_zone *z, bdt_pfn pfn)
{
	struct bdt_guess g = guess_of(s, pfn);
	bdt_pfn end = g.pfn + (1ULL << g.order);
	struct bdt_block b;

	s->refuted++;
	for (bdt_pfn at = g.pfn; at < end; at++)
		if (bdt_guess_holds(z, at) && !bdt_zone_find(z, at, &b)) {
			bdt_zone_mark(z, at, 0, BT_ZP_SEEN, BT_ZP_MOVABLE);
			bdt_buddy_free(z, at, 0, bdt_zone_type(z, at), BT_FREE_UNKNOWN);
		}
}
