/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/scanner.h"

/* The fast search for migration targets in the movable free lists. */

struct search {
	const struct bdt_compact_control *cc;
	bdt_pfn low, min; /* wanted, and good enough */
	unsigned int limit;
	struct bdt_fast_target *out;
};

/* cf. next_search_order(); -1 when every order had its turn */
static int next_order(struct search *s, int order)
{
	if (--order < 0)
		order = s->cc->order - 1;
	if (order != s->out->search_order)
		return order;
	if (--s->out->search_order < 0)
		s->out->search_order = s->cc->order - 1;
	return -1;
}

/* The bound of a list: one block at least, in 5.1 to 5.18 at most. */
static unsigned int bound(const struct bdt_compact_rules *rules, unsigned int limit)
{
	if (rules->fast_looks_once)
		return limit < 1 ? limit : 1;
	return limit > 1 ? limit : 1;
}

/* Searches one list from its tail. */
static void search_list(struct search *s, bdt_order order)
{
	const struct bdt_zone *z = s->cc->cz->zone;
	struct bdt_fast_target *out = s->out;
	uint32_t at = z->list[z->profile->movable][order].tail;
	unsigned int scanned = 0;
	bdt_pfn high = 0, last = BT_PFN_NONE;

	for (; at != BT_PAGE_NIL; at = z->prev[at]) {
		bdt_pfn pfn = z->base + at;

		scanned++;
		last = pfn;
		if (pfn >= out->highest) {
			out->highest = bdt_block_start(z, pfn);
			if (out->highest < z->start)
				out->highest = z->start;
		}
		if (pfn >= s->low) {
			out->search_order = (int)order;
			out->found = out->preferred = true;
			break;
		}
		if (pfn >= s->min && pfn > high) {
			high = pfn;
			s->limit >>= 1;
		}
		if (scanned >= s->limit)
			break;
	}
	out->scan.scanned += scanned;
	if (!out->found && high) {
		out->found = true;
		last = high;
	} else if (at == BT_PAGE_NIL) {
		last = BT_PFN_NONE;
	}
	if (last != BT_PFN_NONE) {
		out->turned[out->n].order = order;
		out->turned[out->n++].first = last;
	}
	if (out->found) {
		out->pfn = last;
		out->order = order;
	}
	if (scanned >= s->limit)
		s->limit = bound(s->cc->cz->rules, s->limit >> 1);
}

static bool has_blocks(const struct bdt_zone *z, bdt_order order)
{
	for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++)
		if (z->list[mt][order].nr_free)
			return true;
	return false;
}

/* Nothing was found at all: the scanner goes on at the lowest pageblock that was wanted. */
static void at_lowest(const struct bdt_compact_control *cc, bdt_pfn min, struct bdt_fast_target *out)
{
	out->free_pfn = min;
	if (cc->cz->rules->fast_unsuitable_too || bdt_target_suitable(cc, min))
		out->around = min;
}

struct bdt_fast_target bdt_target_fast(const struct bdt_compact_control *cc)
{
	struct bdt_fast_target out = { .around = BT_PFN_NONE,
				       .free_pfn = BT_PFN_NONE,
				       .search_order = cc->search_order };
	const struct bdt_compact_rules *rules = cc->cz->rules;
	const struct bdt_zone *z = cc->cz->zone;
	struct search s = { .cc = cc, .out = &out };
	bdt_pfn distance = cc->free_pfn - cc->migrate_pfn;

	if (!rules->fast_search || cc->order <= 0)
		return out;
	out.ran = true;
	s.limit = bound(rules, bdt_fast_limit(cc) >> 1);
	if (cc->free_pfn >= cc->cz->init_free)
		s.limit = 1U << (z->pageblock_order - 1);
	s.low = bdt_block_start(z, cc->free_pfn - (distance >> 2));
	s.min = bdt_block_start(z, cc->free_pfn - (distance >> 1));
	out.scan.start = s.min;
	out.scan.end = cc->free_pfn;
	if (out.search_order > cc->order - 1)
		out.search_order = cc->order - 1;
	for (int order = out.search_order; !out.found && order >= 0; order = next_order(&s, order)) {
		if (has_blocks(z, (bdt_order)order))
			search_list(&s, (bdt_order)order);
		if (out.found && rules->fast_enough &&
		    cc->nr_freepages + (1ULL << out.order) >= cc->nr_migratepages)
			break;
	}
	if (out.found) {
		out.scan.taken = 1ULL << out.order;
		out.scan.scanned += out.scan.taken - 1;
		out.around = out.pfn;
	} else if (cc->free_pfn >= cc->cz->init_free) {
		if (out.highest >= (rules->fast_low_too ? 1 : s.min))
			out.around = out.free_pfn = out.highest;
		else if (cc->direct && bdt_zone_spans(z, s.min)) /* not where the scanners have met */
			at_lowest(cc, s.min, &out);
	}
	return out;
}

void bdt_target_fast_done(struct bdt_compact_control *cc, const struct bdt_fast_target *fast)
{
	struct bdt_compact_zone *cz = cc->cz;

	if (!fast->ran)
		return;
	cc->search_order = fast->search_order;
	cc->nr_freepages += fast->scan.taken;
	if (fast->preferred)
		cc->fast_search_fail = 0;
	else if (!fast->found)
		cc->fast_search_fail++;
	if (!fast->found && fast->free_pfn != BT_PFN_NONE)
		cc->free_pfn = fast->free_pfn;
	if (fast->highest && fast->highest >= cz->cached_free)
		cz->cached_free = fast->highest - (1ULL << cz->zone->pageblock_order);
}

void bdt_target_turn(struct bdt_zone *z, const struct bdt_fast_target *fast)
{
	for (unsigned int i = 0; i < fast->n; i++)
		bdt_zone_make_first(z, fast->turned[i].first);
}
