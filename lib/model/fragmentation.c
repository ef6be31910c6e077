/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/fragmentation.h"

void bdt_free_counts_of(const struct bdt_zone *z, struct bdt_free_counts *out)
{
	*out = (struct bdt_free_counts){ .max_order = z->max_order };
	for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++)
		for (bdt_order o = 0; o <= z->max_order; o++)
			out->nr_free[o] += z->list[mt][o].nr_free;
}

/* cf. struct contig_page_info, fill_contig_page_info() */
struct sums {
	uint64_t pages, blocks;
	uint64_t suitable; /* blocks of the wanted order that could be cut without any merge */
};

static struct sums sum(const struct bdt_free_counts *c, bdt_order order)
{
	struct sums s = { 0 };

	for (bdt_order o = 0; o <= c->max_order; o++) {
		s.blocks += c->nr_free[o];
		s.pages += c->nr_free[o] << o;
		if (o >= order)
			s.suitable += c->nr_free[o] << (o - order);
	}
	return s;
}

int bdt_fragmentation_index(const struct bdt_free_counts *counts, bdt_order order)
{
	struct sums s = sum(counts, order);

	if (!s.blocks)
		return 0;
	if (s.suitable)
		return -1000;
	return 1000 - (int)((1000 + 1000 * s.pages / (1ULL << order)) / s.blocks);
}

/* Share of the free pages that are in blocks too small for the order, of `scale`. */
static unsigned int unusable(const struct sums *s, bdt_order order, unsigned int scale)
{
	return (unsigned int)((s->pages - (s->suitable << order)) * scale / s->pages);
}

unsigned int bdt_unusable_free_index(const struct bdt_free_counts *counts, bdt_order order)
{
	struct sums s = sum(counts, order);

	return s.pages ? unusable(&s, order, 1000) : 1000;
}

unsigned int bdt_extfrag_for_order(const struct bdt_free_counts *counts, bdt_order order)
{
	struct sums s = sum(counts, order);

	return s.pages ? unusable(&s, order, 100) : 0;
}

unsigned int bdt_fragmentation_score(unsigned int extfrag, uint64_t present, uint64_t node_present)
{
	return (unsigned int)(present * extfrag / (node_present + 1));
}

struct bdt_proactive_marks bdt_proactive_marks(unsigned int proactiveness, bool spread)
{
	unsigned int low = proactiveness < 100 ? 100 - proactiveness : 0, gap = 10;

	if (!spread && low < 5)
		low = 5;
	if (spread && low / 2 < gap)
		gap = low / 2;
	return (struct bdt_proactive_marks){ low, low + gap < 100 ? low + gap : 100 };
}
