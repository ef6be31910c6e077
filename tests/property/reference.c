/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reference.h"
#include <stdlib.h>
#include <string.h>

static const struct ref_rules kernels[] = {
	{ "4.0", 2, 1, 1, 'A', false, false, false, false, false, false },
	{ "5.0", 1, 2, 2, 'B', false, false, false, false, false, false },
	{ "5.10", 1, 2, 2, 'B', true, true, true, true, false, false },
	{ "6.1", 1, 2, 2, 'C', true, true, true, true, false, false },
	{ "6.10", 1, 2, 3, 'D', true, true, true, true, false, true },
	{ "6.12", 1, 2, 4, 'D', true, true, true, true, false, true },
	{ "6.18", 1, 2, 4, 'D', true, true, true, true, true, true },
	{ "7.2", 1, 2, 4, 'D', true, true, true, true, true, true },
};

#define PAGES(order) ((uint32_t)1 << (order))
#define NONE         REF_TYPES

bool ref_init(struct reference *r, size_t npages, const char *kernel)
{
	memset(r, 0, sizeof(*r));
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++)
		if (!strcmp(kernels[i].kernel, kernel))
			r->rules = &kernels[i];
	if (!r->rules)
		return false;
	r->npages = npages;
	r->on = calloc(npages, 1);
	r->free = calloc(npages, 1);
	r->movable = calloc(npages, 1);
	r->before = calloc(npages >> REF_PB, 1);
	r->type = malloc(npages >> REF_PB);
	memset(r->type, (int)r->rules->movable, npages >> REF_PB);
	for (int t = 0; t < REF_TYPES; t++)
		for (int o = 0; o < REF_ORDERS; o++)
			r->list[t][o].block = malloc(npages * sizeof(uint32_t));
	return true;
}

void ref_finish(struct reference *r)
{
	for (int t = 0; t < REF_TYPES; t++)
		for (int o = 0; o < REF_ORDERS; o++)
			free(r->list[t][o].block);
	free(r->free);
	free(r->movable);
	free(r->type);
	free(r->before);
	free(r->on);
}

static unsigned int type_of(const struct reference *r, uint32_t page)
{
	return r->type[page >> REF_PB];
}

/* Of all pageblocks from `page` on. */
static void set_type(struct reference *r, uint32_t page, unsigned int order, unsigned int type)
{
	for (uint32_t p = page; p < page + PAGES(order); p += PAGES(REF_PB))
		r->type[p >> REF_PB] = (uint8_t)(r->no_groups && type < REF_RESERVED ? 0 : type);
}

static void put(struct reference *r, uint32_t page, unsigned int order, unsigned int type, bool tail)
{
	size_t n = r->list[type][order].n++;
	uint32_t *b = r->list[type][order].block;

	memset(r->free + page, 0x80, (size_t)1 << order);
	r->free[page] = (uint8_t)(1 + order);
	r->on[page] = (uint8_t)type;
	if (tail) {
		b[n] = page;
	} else {
		memmove(b + 1, b, n * sizeof(*b));
		b[0] = page;
	}
}

static void take(struct reference *r, uint32_t page, unsigned int order)
{
	unsigned int type = r->on[page];
	uint32_t *b = r->list[type][order].block;
	size_t i = 0;

	while (b[i] != page)
		i++;
	memmove(b + i, b + i + 1, (r->list[type][order].n - i - 1) * sizeof(*b));
	r->list[type][order].n--;
	memset(r->free + page, 0, (size_t)1 << order);
}

static bool is_block(const struct reference *r, uint32_t page, unsigned int order)
{
	return page < r->npages && r->free[page] == 1 + order;
}

/* May a block of type `a` take in one of type `b`, both of pageblock size or more? */
static bool mergeable(const struct reference *r, unsigned int a, unsigned int b)
{
	switch (r->rules->merge) {
	case 'A':
		return a != REF_ISOLATE;
	case 'B':
		return a == b || (a != REF_ISOLATE && b != REF_ISOLATE);
	default:
		return a == b || (a < REF_RESERVED && b < REF_RESERVED);
	}
}

void ref_free_as(struct reference *r, uint32_t page, unsigned int order, unsigned int type, bool cold)
{
	uint32_t up;

	memset(r->movable + page, 0, (size_t)1 << order);
	while (order < REF_ORDERS - 1 && is_block(r, page ^ PAGES(order), order)) {
		uint32_t buddy = page ^ PAGES(order);

		if (order >= REF_PB && !mergeable(r, type, type_of(r, buddy)))
			break;
		take(r, buddy, order);
		if (r->rules->merge == 'D' && order >= REF_PB && type_of(r, buddy) != type)
			set_type(r, buddy, order, type);
		page &= ~PAGES(order);
		order++;
	}
	up = (page & ~PAGES(order)) ^ PAGES(order + 1);
	put(r, page, order, type,
	    (cold && r->rules->cold_last) || (order < REF_ORDERS - 2 && is_block(r, up, order + 1)));
}

void ref_free(struct reference *r, uint32_t page, unsigned int order, bool cold)
{
	unsigned int piece = order > REF_PB && r->rules->merge == 'D' ? REF_PB : order;

	for (uint32_t p = page; p < page + PAGES(order); p += PAGES(piece))
		ref_free_as(r, p, piece, type_of(r, p), cold);
}

/* Takes 2^to pages from the start of a block; the rest goes to the list of this type. */
static void cut(struct reference *r, uint32_t page, unsigned int from, unsigned int to, unsigned int type)
{
	take(r, page, from);
	while (from-- > to)
		put(r, page + PAGES(from), from, type, false);
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
	uint32_t start = page & ~(PAGES(REF_PB) - 1);
	int nfree = 0, nmovable = 0, nother;

	for (uint32_t p = start; p < start + PAGES(REF_PB); p++) {
		nfree += r->free[p] != 0;
		nmovable += r->free[p] == 0 && r->movable[p];
	}
	nother = (1 << REF_PB) - nfree - nmovable;
	if (r->rules->engine == 1)
		nmovable = nother = 0;
	if (type == r->rules->movable)
		nother = nmovable;
	else if (type_of(r, page) != r->rules->movable)
		nother = 0;
	return r->no_groups || nfree + nother >= 1 << (REF_PB - 1);
}

static bool move_pageblock(struct reference *r, uint32_t page, unsigned int type)
{
	uint32_t start = page & ~(PAGES(REF_PB) - 1);
	bool any = false;

	for (uint32_t p = start; p < start + PAGES(REF_PB); p++)
		if (r->free[p] && r->free[p] != 0x80) {
			unsigned int b = r->free[p] - 1U;

			take(r, p, b);
			put(r, p, b, type, r->rules->moves_last);
			any = true;
		}
	return any;
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
			set_type(r, got.page, o, type);
		} else if (!cma && greedy(r, o, type)) {
			bool claims = may_claim(r, got.page, type);

			move_pageblock(r, got.page, type);
			if (claims)
				set_type(r, got.page, 0, type);
		}
		got.claimed = type_of(r, got.page) == type;
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
	t = type_of(r, got.candidate);
	kept = t == REF_RESERVED;
	got.boosts = o < REF_PB && !kept;
	if (o >= REF_PB && !kept) {
		set_type(r, got.candidate, o, type);
	} else if (o < REF_PB && greedy(r, o, type) && !kept) {
		bool claimed = may_claim(r, got.candidate, type);

		move_pageblock(r, got.candidate, type);
		if (claimed)
			set_type(r, got.candidate, 0, type);
	}
	if (r->on[got.candidate] != type) {
		take(r, got.candidate, o);
		put(r, got.candidate, o, type, r->rules->moves_last);
	}
	got.claimed = type_of(r, got.candidate) == type;
	own(r, order, type, &got.page);
	return got;
}

/* Since 6.10: the pageblock of a candidate goes over to `type`, and serves the request from its lists. */
static bool claim(struct reference *r, struct ref_page *got, unsigned int order, unsigned int type)
{
	if (got->fallback_order >= REF_PB) {
		set_type(r, got->candidate, got->fallback_order, type);
		cut(r, got->candidate, got->fallback_order, order, type);
		got->page = got->candidate;
	} else {
		if (!greedy(r, got->fallback_order, type) || !may_claim(r, got->candidate, type))
			return false;
		move_pageblock(r, got->candidate, type);
		set_type(r, got->candidate, 0, type);
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

/* Free block that holds the page, whatever its size. */
static bool find_block(const struct reference *r, uint32_t page, uint32_t *head, unsigned int *order)
{
	if (!r->free[page])
		return false;
	while (r->free[page] == 0x80)
		page--;
	*head = page;
	*order = r->free[page] - 1U;
	return true;
}

/* The pageblock and what is free in it goes to `type`; blocks of more than that are freed in parts. */
static void turn(struct reference *r, uint32_t start, unsigned int type)
{
	unsigned int order;
	uint32_t head;

	if (r->rules->merge == 'D' && find_block(r, start, &head, &order) && order > REF_PB) {
		take(r, head, order);
		set_type(r, start, 0, type);
		ref_free(r, head, order, false);
		return;
	}
	move_pageblock(r, start, type);
	set_type(r, start, 0, type);
}

bool ref_isolate(struct reference *r, uint32_t page)
{
	uint32_t start = page & ~(PAGES(REF_PB) - 1);

	if (type_of(r, page) == REF_ISOLATE)
		return false;
	r->before[start >> REF_PB] = (uint8_t)type_of(r, page);
	turn(r, start, REF_ISOLATE);
	return true;
}

void ref_unisolate(struct reference *r, uint32_t page, unsigned int type)
{
	uint32_t start = page & ~(PAGES(REF_PB) - 1), buddy;
	unsigned int order;

	if (type_of(r, page) != REF_ISOLATE)
		return;
	if (r->rules->remembers)
		type = r->before[start >> REF_PB];
	order = r->free[start] && r->free[start] != 0x80 ? r->free[start] - 1U : 0;
	buddy = start ^ PAGES(order);
	if (order >= REF_PB && order < REF_ORDERS - 1 && is_block(r, buddy, order) &&
	    type_of(r, buddy) != REF_ISOLATE) {
		take(r, start, order);
		set_type(r, start, order, type);
		ref_free_as(r, start, order, type, true);
		return;
	}
	turn(r, start, type);
}

bool ref_reserve(struct reference *r, uint32_t page, unsigned int order)
{
	uint64_t share = r->managed / 100, limit = share + PAGES(REF_PB);

	if (r->rules->whole_limit)
		limit = share < PAGES(REF_PB) ? 0 : (share + PAGES(REF_PB) - 1) >> REF_PB << REF_PB;
	if (r->reserved >= limit || type_of(r, page) >= REF_RESERVED)
		return false;
	if (r->rules->merge == 'D' && order >= REF_PB) {
		set_type(r, page, order, REF_RESERVED);
		r->reserved += PAGES(order);
		return true;
	}
	move_pageblock(r, page, REF_RESERVED);
	set_type(r, page, 0, REF_RESERVED);
	r->reserved += PAGES(REF_PB);
	return true;
}

bool ref_unreserve(struct reference *r, unsigned int type, bool force)
{
	if (!force && r->reserved <= PAGES(REF_PB))
		return false;
	for (unsigned int o = 0; o < REF_ORDERS; o++) {
		uint64_t pages = PAGES(REF_PB);
		uint32_t page;

		if (!r->list[REF_RESERVED][o].n)
			continue;
		page = r->list[REF_RESERVED][o].block[0];
		if (r->rules->merge == 'D' && o > REF_PB)
			pages = PAGES(o);
		if (type_of(r, page) == REF_RESERVED)
			r->reserved -= pages < r->reserved ? pages : r->reserved;
		if (r->rules->merge == 'D' && o >= REF_PB) {
			take(r, page, o);
			put(r, page, o, type, true);
			set_type(r, page, o, type);
			return true;
		}
		set_type(r, page, 0, type);
		if (move_pageblock(r, page, type))
			return true;
	}
	return false;
}

void ref_take(struct reference *r, uint32_t page)
{
	unsigned int order = r->free[page] - 1U;

	take(r, page, order);
	for (uint32_t p = page & ~(PAGES(REF_PB) - 1); order + 1 >= REF_PB && p < page + PAGES(order);
	     p += PAGES(REF_PB)) {
		if (type_of(r, p) >= REF_RESERVED &&
		    !(r->rules->engine == 1 && type_of(r, p) == REF_RESERVED))
			continue;
		if (r->rules->merge == 'D')
			move_pageblock(r, p, r->rules->movable);
		set_type(r, p, 0, r->rules->movable);
	}
}

void ref_add_cma(struct reference *r, uint32_t page)
{
	uint32_t start = page & ~(PAGES(REF_PB) - 1);

	set_type(r, start, 0, REF_CMA);
	ref_free_as(r, start, REF_PB, REF_CMA, false);
}
