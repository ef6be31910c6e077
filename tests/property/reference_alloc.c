/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which block an allocation gets: the four ways in which kernels fall back. */
#include "reference_inside.h"

#define NONE REF_TYPES

/* Takes 2^to pages from the start of a block; the rest goes to the list of this type. */
static void cut(struct reference *r, uint32_t page, unsigned int from, unsigned int to, unsigned int type)
{
	ref_unlink(r, page, from);
	while (from-- > to)
		ref_put(r, page + REF_PAGES(from), from, type, false);
}

static bool own(struct reference *r, unsigned int order, unsigned int type, uint32_t *page)
{
	for (unsigned int o = order; o < REF_ORDERS; o++) {
		if (!r->list[type][o].n)
			continue;
		*page = r->list[type][o].block[0];
		cut(r, *page, o, order, type);
		return true;
	}
	return false;
}

/* First list that has a block of order o, in the order of preference. */
static unsigned int preferred(const struct reference *r, unsigned int o, unsigned int type)
{
	const unsigned int m = r->rules->movable, c = r->rules->reclaimable;
	unsigned int row[3] = { NONE, NONE, NONE };

	if (type == m) {
		row[0] = r->rules->engine == 1 ? REF_CMA : NONE;
		row[1] = c;
		row[2] = 0;
	} else {
		row[0] = type == 0 ? c : 0;
		row[1] = m;
	}
	for (int i = 0; i < 3; i++)
		if (row[i] != NONE && r->list[row[i]][o].n)
			return row[i];
	return NONE;
}

/* Is more than the candidate up for grabs? */
static bool greedy(const struct reference *r, unsigned int o, unsigned int type)
{
	return o >= REF_PB / 2 || type != r->rules->movable || r->no_groups;
}

/* Enough of the pageblock is free, or used alike. */
static bool may_claim(const struct reference *r, uint32_t page, unsigned int type)
{
	uint32_t start = page & ~(REF_PAGES(REF_PB) - 1);
	int nfree = 0, nmovable = 0, nother;

	for (uint32_t p = start; p < start + REF_PAGES(REF_PB); p++) {
		nfree += r->free[p] != 0;
		nmovable += r->free[p] == 0 && r->movable[p];
	}
	nother = (1 << REF_PB) - nfree - nmovable;
	if (r->rules->engine == 1)
		nmovable = nother = 0;
	if (type == r->rules->movable)
		nother = nmovable;
	else if (ref_type_of(r, page) != r->rules->movable)
		nother = 0;
	return r->no_groups || nfree + nother >= 1 << (REF_PB - 1);
}

static struct ref_page fell_back(const struct reference *r, unsigned int o, unsigned int type)
{
	unsigned int t = preferred(r, o, type);

	return (struct ref_page){ .ok = true,
				  .fallback = true,
				  .fallback_order = o,
				  .fallback_type = t,
				  .candidate = r->list[t][o].block[0] };
}

/* 4.0: the largest block is the page; its pageblock goes with it. */
static struct ref_page steal_first(struct reference *r, unsigned int order, unsigned int type)
{
	struct ref_page got = { .ok = false };
	bool cma;

	for (unsigned int o = REF_ORDERS; o-- > order;) {
		if (preferred(r, o, type) == NONE)
			continue;
		got = fell_back(r, o, type);
		got.page = got.candidate;
		cma = got.fallback_type == REF_CMA;
		if (!cma && o >= REF_PB) {
			ref_set_type(r, got.page, o, type);
		} else if (!cma && greedy(r, o, type)) {
			bool claims = may_claim(r, got.page, type);

			ref_move_pageblock(r, got.page, type);
			if (claims)
				ref_set_type(r, got.page, 0, type);
		}
		got.claimed = ref_type_of(r, got.page) == type;
		cut(r, got.page, o, order, cma ? REF_CMA : type);
		return got;
	}
	return got;
}

/* The largest order with a candidate, but the smallest for a request that is not greedy. */
static unsigned int search(const struct reference *r, unsigned int order, unsigned int least,
			   unsigned int type)
{
	unsigned int o = REF_ORDERS;

	while (o > least && preferred(r, o - 1, type) == NONE)
		o--;
	if (o == least)
		return REF_ORDERS;
	o--;
	if (!greedy(r, o, type))
		for (o = order; preferred(r, o, type) == NONE;)
			o++;
	return o;
}

/* 4.12: one block or a pageblock goes to the lists asked for, then the request is served from those. */
static struct ref_page steal_and_retry(struct reference *r, unsigned int order, unsigned int least,
				       unsigned int type)
{
	unsigned int o = search(r, order, least, type), t;
	struct ref_page got = { .ok = false };
	bool kept;

	if (o == REF_ORDERS)
		return got;
	got = fell_back(r, o, type);
	t = ref_type_of(r, got.candidate);
	kept = t == REF_RESERVED;
	got.boosts = o < REF_PB && !kept;
	if (o >= REF_PB && !kept) {
		ref_set_type(r, got.candidate, o, type);
	} else if (o < REF_PB && greedy(r, o, type) && !kept) {
		bool claimed = may_claim(r, got.candidate, type);

		ref_move_pageblock(r, got.candidate, type);
		if (claimed)
			ref_set_type(r, got.candidate, 0, type);
	}
	if (r->on[got.candidate] != type) {
		ref_unlink(r, got.candidate, o);
		ref_put(r, got.candidate, o, type, r->rules->moves_last);
	}
	got.claimed = ref_type_of(r, got.candidate) == type;
	own(r, order, type, &got.page);
	return got;
}

/* Since 6.10: the pageblock of a candidate goes over to `type`, and serves the request from its lists. */
static bool claim(struct reference *r, struct ref_page *got, unsigned int order, unsigned int type)
{
	if (got->fallback_order >= REF_PB) {
		ref_set_type(r, got->candidate, got->fallback_order, type);
		cut(r, got->candidate, got->fallback_order, order, type);
		got->page = got->candidate;
	} else {
		if (!greedy(r, got->fallback_order, type) || !may_claim(r, got->candidate, type))
			return false;
		ref_move_pageblock(r, got->candidate, type);
		ref_set_type(r, got->candidate, 0, type);
		own(r, order, type, &got->page);
	}
	got->claimed = true;
	return true;
}

static void steal(struct reference *r, struct ref_page *got, unsigned int order)
{
	got->page = got->candidate;
	cut(r, got->page, got->fallback_order, order, got->fallback_type);
}

/* 6.10: one search, then a claim or a steal of what it found. */
static struct ref_page steal_once(struct reference *r, unsigned int order, unsigned int least,
				  unsigned int type)
{
	unsigned int o = search(r, order, least, type);
	struct ref_page got = { .ok = false };

	if (o == REF_ORDERS)
		return got;
	got = fell_back(r, o, type);
	got.boosts = o < REF_PB;
	if (!claim(r, &got, order, type))
		steal(r, &got, order);
	return got;
}

/* 6.15: all that can be claimed, largest first; then whatever there is, smallest first. */
static struct ref_page claim_then_steal(struct reference *r, unsigned int order, unsigned int least,
					unsigned int type, unsigned int flags, int *stage)
{
	struct ref_page got = { .ok = false };
	unsigned int boosts = 0;

	for (unsigned int o = REF_ORDERS; *stage < 3 && o-- > least && greedy(r, o, type);) {
		if (preferred(r, o, type) == NONE)
			continue;
		got = fell_back(r, o, type);
		boosts += o < REF_PB;
		got.boosts = boosts;
		if (claim(r, &got, order, type)) {
			*stage = 0;
			return got;
		}
	}
	for (unsigned int o = order; o < REF_ORDERS && !(flags & REF_NOFRAGMENT); o++) {
		if (preferred(r, o, type) == NONE)
			continue;
		got = fell_back(r, o, type);
		got.boosts = boosts;
		steal(r, &got, order);
		*stage = 3;
		return got;
	}
	return (struct ref_page){ .ok = false };
}

/* Pages on the lists of a type. */
static size_t pages_on(const struct reference *r, unsigned int type)
{
	size_t n = 0;

	for (unsigned int o = 0; o < REF_ORDERS; o++)
		n += r->list[type][o].n << o;
	return n;
}

static bool mostly_cma(const struct reference *r)
{
	size_t all = 0;

	for (unsigned int t = 0; t < REF_ISOLATE; t++)
		all += pages_on(r, t);
	return r->rules->balances && pages_on(r, REF_CMA) > all / 2;
}

static bool served(struct reference *r, unsigned int order, unsigned int type, struct ref_page *got)
{
	*got = (struct ref_page){ .from = type };
	got->ok = own(r, order, type, &got->page);
	return got->ok;
}

struct ref_page ref_alloc(struct reference *r, unsigned int order, unsigned int type, unsigned int flags,
			  int *stage)
{
	const int engine = r->rules->engine;
	bool cma = flags & REF_MAY_CMA && engine > 1;
	unsigned int least = order;
	struct ref_page got;

	if (flags & REF_NOFRAGMENT && r->rules->bounds && order < REF_PB)
		least = REF_PB;
	if (flags & REF_RESERVED_FIRST && served(r, order, REF_RESERVED, &got))
		return got;
	if (cma && mostly_cma(r) && served(r, order, REF_CMA, &got))
		return got;
	if (*stage == 0 && served(r, order, type, &got))
		return got;
	if (cma && *stage <= 1 && served(r, order, REF_CMA, &got)) {
		*stage = engine == 4 ? 1 : 0;
		return got;
	}
	got = engine == 1   ? steal_first(r, order, type)
	      : engine == 2 ? steal_and_retry(r, order, least, type)
	      : engine == 3 ? steal_once(r, order, least, type)
			    : claim_then_steal(r, order, least, type, flags, stage);
	if (!got.ok && (engine == 1 || flags & REF_RESERVED_LAST))
		served(r, order, REF_RESERVED, &got);
	return got;
}
