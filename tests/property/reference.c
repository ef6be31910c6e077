/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reference.h"
#include <stdlib.h>
#include <string.h>

static const unsigned int other[REF_TYPES][2] = { { 2, 1 }, { 2, 0 }, { 0, 1 } };

void ref_init(struct reference *r, size_t npages, bool retry)
{
	memset(r, 0, sizeof(*r));
	r->npages = npages;
	r->retry = retry;
	r->on = calloc(npages, 1);
	r->free = calloc(npages, 1);
	r->movable = calloc(npages, 1);
	r->type = malloc(npages >> REF_PB);
	memset(r->type, 1, npages >> REF_PB);
	for (int t = 0; t < REF_TYPES; t++)
		for (int o = 0; o < REF_ORDERS; o++)
			r->list[t][o].block = malloc(npages * sizeof(uint32_t));
}

void ref_finish(struct reference *r)
{
	for (int t = 0; t < REF_TYPES; t++)
		for (int o = 0; o < REF_ORDERS; o++)
			free(r->list[t][o].block);
	free(r->free);
	free(r->movable);
	free(r->type);
	free(r->on);
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

static void free_as(struct reference *r, uint32_t page, unsigned int order, unsigned int type)
{
	uint32_t up;

	while (order < REF_ORDERS - 1 && is_block(r, page ^ (1U << order), order)) {
		uint32_t buddy = page ^ (1U << order);

		take(r, buddy, order);
		for (uint32_t p = buddy; !r->retry && p < buddy + (1U << order); p += 1U << REF_PB)
			r->type[p >> REF_PB] = (uint8_t)type;
		page &= ~(1U << order);
		order++;
	}
	up = (page & ~(1U << order)) ^ (2U << order);
	put(r, page, order, type, order < REF_ORDERS - 2 && is_block(r, up, order + 1));
}

void ref_free(struct reference *r, uint32_t page, unsigned int order)
{
	unsigned int piece = order > REF_PB && !r->retry ? REF_PB : order;

	memset(r->movable + page, 0, (size_t)1 << order);
	for (uint32_t p = page; p < page + (1U << order); p += 1U << piece)
		free_as(r, p, piece, r->type[p >> REF_PB]);
}

static void split(struct reference *r, uint32_t page, unsigned int from, unsigned int to, unsigned int type)
{
	while (from-- > to)
		put(r, page + (1U << from), from, type, false);
}

static bool own(struct reference *r, unsigned int order, unsigned int type, uint32_t *page)
{
	for (unsigned int o = order; o < REF_ORDERS; o++) {
		if (!r->list[type][o].n)
			continue;
		*page = r->list[type][o].block[0];
		take(r, *page, o);
		split(r, *page, o, order, type);
		return true;
	}
	return false;
}

static bool may_claim(const struct reference *r, uint32_t start, unsigned int type)
{
	int nfree = 0, nmovable = 0, nother;

	for (uint32_t p = start; p < start + (1U << REF_PB); p++) {
		nfree += r->free[p] != 0;
		nmovable += r->free[p] == 0 && r->movable[p];
	}
	nother = (1 << REF_PB) - nfree - nmovable;
	if (type == 1)
		return nfree + nmovable >= 1 << (REF_PB - 1);
	return nfree + (r->type[start >> REF_PB] == 1 ? nother : 0) >= 1 << (REF_PB - 1);
}

static void move_pageblock(struct reference *r, uint32_t start, unsigned int type)
{
	for (uint32_t p = start; p < start + (1U << REF_PB); p++)
		if (r->free[p] && r->free[p] != 0x80) {
			unsigned int b = r->free[p] - 1U;

			take(r, p, b);
			put(r, p, b, type, true);
		}
}

static bool claim(struct reference *r, uint32_t page, unsigned int o, unsigned int order, unsigned int type,
		  uint32_t *out)
{
	uint32_t start = page & ~((1U << REF_PB) - 1);

	if (o >= REF_PB) {
		take(r, page, o);
		for (uint32_t p = page; p < page + (1U << o); p += 1U << REF_PB)
			r->type[p >> REF_PB] = (uint8_t)type;
		split(r, page, o, order, type);
		*out = page;
		return true;
	}
	if (!may_claim(r, start, type))
		return false;
	move_pageblock(r, start, type);
	r->type[start >> REF_PB] = (uint8_t)type;
	return own(r, order, type, out);
}

/* First list that has a block of order o, in the order of preference; 3 if none. */
static unsigned int preferred(const struct reference *r, unsigned int o, unsigned int type)
{
	return r->list[other[type][0]][o].n   ? other[type][0]
	       : r->list[other[type][1]][o].n ? other[type][1]
					      : 3;
}

/* One block or a pageblock goes to the lists asked for, then the request is served from those. */
static struct ref_page steal_and_retry(struct reference *r, unsigned int order, unsigned int type)
{
	struct ref_page got = { .ok = true, .fallback = true };
	unsigned int o = REF_ORDERS - 1, t;
	uint32_t block, start;

	while (o > order && preferred(r, o, type) == 3)
		o--;
	if (preferred(r, o, type) == 3)
		return (struct ref_page){ .ok = false };
	if (type == 1 && o < REF_PB / 2)
		for (o = order; preferred(r, o, type) == 3;)
			o++;
	t = preferred(r, o, type);
	block = r->list[t][o].block[0];
	start = block & ~((1U << REF_PB) - 1);
	got.fallback_order = o;
	got.fallback_type = t;
	got.candidate = block;
	if (o >= REF_PB) {
		for (uint32_t p = block; p < block + (1U << o); p += 1U << REF_PB)
			r->type[p >> REF_PB] = (uint8_t)type;
	} else if (type != 1 || o >= REF_PB / 2) {
		bool claimed = may_claim(r, start, type);

		move_pageblock(r, start, type);
		if (claimed)
			r->type[start >> REF_PB] = (uint8_t)type;
	}
	if (r->on[block] != type) {
		take(r, block, o);
		put(r, block, o, type, true);
	}
	got.claimed = r->type[block >> REF_PB] == type;
	own(r, order, type, &got.page);
	return got;
}

struct ref_page ref_alloc(struct reference *r, unsigned int order, unsigned int type)
{
	struct ref_page got = { .ok = true };

	if (own(r, order, type, &got.page))
		return got;
	if (r->retry)
		return steal_and_retry(r, order, type);
	got.fallback = true;
	for (unsigned int o = REF_ORDERS; o-- > order;) {
		if (o < REF_PB / 2 && type == 1)
			break;
		for (int i = 0; i < 2; i++) {
			unsigned int t = other[type][i];

			if (!r->list[t][o].n)
				continue;
			got.fallback_order = o;
			got.fallback_type = t;
			got.claimed = claim(r, r->list[t][o].block[0], o, order, type, &got.page);
			if (got.claimed)
				return got;
			break;
		}
	}
	for (unsigned int o = order; o < REF_ORDERS; o++)
		for (int i = 0; i < 2; i++) {
			unsigned int t = other[type][i];

			if (!r->list[t][o].n)
				continue;
			got.fallback_order = o;
			got.fallback_type = t;
			got.page = r->list[t][o].block[0];
			take(r, got.page, o);
			split(r, got.page, o, order, t);
			return got;
		}
	return (struct ref_page){ .ok = false };
}
