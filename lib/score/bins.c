/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "score/score.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Width of a bin at the start: 1024 of them are one second. */
#define FIRST_WIDTH_NS 1000000

int bdt_bins_init(struct bdt_bins *b, uint64_t start_ns)
{
	memset(b, 0, sizeof(*b));
	b->start_ns = start_ns;
	b->width_ns = FIRST_WIDTH_NS;
	b->free = calloc(BT_BINS, sizeof(*b->free));
	return b->free ? 0 : -ENOMEM;
}

void bdt_bins_finish(struct bdt_bins *b)
{
	free(b->free);
	b->free = NULL;
}

static void add_counts(struct bdt_counts *to, const struct bdt_counts *from)
{
	to->observed += from->observed;
	to->predicted += from->predicted;
	to->tp += from->tp;
}

static void add_tally(struct bdt_tally *to, const struct bdt_tally *from)
{
	to->events += from->events;
	to->removals += from->removals;
	to->exact += from->exact;
	to->known += from->known;
	to->known_exact += from->known_exact;
	to->contradictions += from->contradictions;
	to->lost += from->lost;
	add_counts(&to->fallbacks, &from->fallbacks);
	add_counts(&to->onsets, &from->onsets);
}

static void join_neighbours(struct bdt_bins *b)
{
	for (size_t i = 0; i < b->n; i += 2) {
		struct bdt_tally joined = b->tally[i];

		if (i + 1 < b->n) {
			add_tally(&joined, &b->tally[i + 1]);
			b->free[i / 2] = b->free[i + 1];
		} else {
			b->free[i / 2] = b->free[i];
		}
		b->tally[i / 2] = joined;
	}
	b->n = (b->n + 1) / 2;
	memset(b->tally + b->n, 0, (BT_BINS - b->n) * sizeof(*b->tally));
	b->width_ns *= 2;
}

static void sample(struct bdt_free_sample *f, const struct bdt_state *state)
{
	for (size_t i = 0; i < state->nzones; i++)
		for (bdt_order o = 0; o <= state->zones[i]->max_order; o++) {
			f->pages[i][o] = 0;
			for (int mt = 0; mt < BT_MAX_MIGRATETYPES; mt++)
				f->pages[i][o] += (uint64_t)state->zones[i]->list[mt][o].nr_free << o;
		}
}

struct bdt_tally *bdt_bins_at(struct bdt_bins *b, uint64_t time_ns, const struct bdt_state *state)
{
	uint64_t since = time_ns > b->start_ns ? time_ns - b->start_ns : 0;
	size_t i;

	while (since / b->width_ns >= BT_BINS)
		join_neighbours(b);
	i = since / b->width_ns;
	if (i + 1 > b->n) {
		/* bins without events end with the state that the last event left */
		for (size_t k = b->n ? b->n - 1 : 0; state && k < i; k++)
			sample(&b->free[k], state);
		b->n = i + 1;
	}
	return &b->tally[i];
}

void bdt_bins_end(struct bdt_bins *b, const struct bdt_state *state)
{
	if (b->n && state)
		sample(&b->free[b->n - 1], state);
}
