/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reference_inside.h"
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

unsigned int ref_type_of(const struct reference *r, uint32_t page)
{
	return r->type[page >> REF_PB];
}

void ref_set_type(struct reference *r, uint32_t page, unsigned int order, unsigned int type)
{
	for (uint32_t p = page; p < page + REF_PAGES(order); p += REF_PAGES(REF_PB))
		r->type[p >> REF_PB] = (uint8_t)(r->no_groups && type < REF_RESERVED ? 0 : type);
}

void ref_put(struct reference *r, uint32_t page, unsigned int order, unsigned int type, bool tail)
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

void ref_unlink(struct reference *r, uint32_t page, unsigned int order)
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
	while (order < REF_ORDERS - 1 && is_block(r, page ^ REF_PAGES(order), order)) {
		uint32_t buddy = page ^ REF_PAGES(order);

		if (order >= REF_PB && !mergeable(r, type, ref_type_of(r, buddy)))
			break;
		ref_unlink(r, buddy, order);
		if (r->rules->merge == 'D' && order >= REF_PB && ref_type_of(r, buddy) != type)
			ref_set_type(r, buddy, order, type);
		page &= ~REF_PAGES(order);
		order++;
	}
	up = (page & ~REF_PAGES(order)) ^ REF_PAGES(order + 1);
	ref_put(r, page, order, type,
		(cold && r->rules->cold_last) || (order < REF_ORDERS - 2 && is_block(r, up, order + 1)));
}

void ref_free(struct reference *r, uint32_t page, unsigned int order, bool cold)
{
	unsigned int piece = order > REF_PB && r->rules->merge == 'D' ? REF_PB : order;

	for (uint32_t p = page; p < page + REF_PAGES(order); p += REF_PAGES(piece))
		ref_free_as(r, p, piece, ref_type_of(r, p), cold);
}

bool ref_move_pageblock(struct reference *r, uint32_t page, unsigned int type)
{
	uint32_t start = page & ~(REF_PAGES(REF_PB) - 1);
	bool any = false;

	for (uint32_t p = start; p < start + REF_PAGES(REF_PB); p++)
		if (r->free[p] && r->free[p] != 0x80) {
			unsigned int b = r->free[p] - 1U;

			ref_unlink(r, p, b);
			ref_put(r, p, b, type, r->rules->moves_last);
			any = true;
		}
	return any;
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
		ref_unlink(r, head, order);
		ref_set_type(r, start, 0, type);
		ref_free(r, head, order, false);
		return;
	}
	ref_move_pageblock(r, start, type);
	ref_set_type(r, start, 0, type);
}

bool ref_isolate(struct reference *r, uint32_t page)
{
	uint32_t start = page & ~(REF_PAGES(REF_PB) - 1);

	if (ref_type_of(r, page) == REF_ISOLATE)
		return false;
	r->before[start >> REF_PB] = (uint8_t)ref_type_of(r, page);
	turn(r, start, REF_ISOLATE);
	return true;
}

void ref_unisolate(struct reference *r, uint32_t page, unsigned int type)
{
	uint32_t start = page & ~(REF_PAGES(REF_PB) - 1), buddy;
	unsigned int order;

	if (ref_type_of(r, page) != REF_ISOLATE)
		return;
	if (r->rules->remembers)
		type = r->before[start >> REF_PB];
	order = r->free[start] && r->free[start] != 0x80 ? r->free[start] - 1U : 0;
	buddy = start ^ REF_PAGES(order);
	if (order >= REF_PB && order < REF_ORDERS - 1 && is_block(r, buddy, order) &&
	    ref_type_of(r, buddy) != REF_ISOLATE) {
		ref_unlink(r, start, order);
		ref_set_type(r, start, order, type);
		ref_free_as(r, start, order, type, true);
		return;
	}
	turn(r, start, type);
}

bool ref_reserve(struct reference *r, uint32_t page, unsigned int order)
{
	uint64_t share = r->managed / 100, limit = share + REF_PAGES(REF_PB);

	if (r->rules->whole_limit)
		limit = share < REF_PAGES(REF_PB) ? 0 : (share + REF_PAGES(REF_PB) - 1) >> REF_PB << REF_PB;
	if (r->reserved >= limit || ref_type_of(r, page) >= REF_RESERVED)
		return false;
	if (r->rules->merge == 'D' && order >= REF_PB) {
		ref_set_type(r, page, order, REF_RESERVED);
		r->reserved += REF_PAGES(order);
		return true;
	}
	ref_move_pageblock(r, page, REF_RESERVED);
	ref_set_type(r, page, 0, REF_RESERVED);
	r->reserved += REF_PAGES(REF_PB);
	return true;
}

bool ref_unreserve(struct reference *r, unsigned int type, bool force)
{
	if (!force && r->reserved <= REF_PAGES(REF_PB))
		return false;
	for (unsigned int o = 0; o < REF_ORDERS; o++) {
		uint64_t pages = REF_PAGES(REF_PB);
		uint32_t page;

		if (!r->list[REF_RESERVED][o].n)
			continue;
		page = r->list[REF_RESERVED][o].block[0];
		if (r->rules->merge == 'D' && o > REF_PB)
			pages = REF_PAGES(o);
		if (ref_type_of(r, page) == REF_RESERVED)
			r->reserved -= pages < r->reserved ? pages : r->reserved;
		if (r->rules->merge == 'D' && o >= REF_PB) {
			ref_unlink(r, page, o);
			ref_put(r, page, o, type, true);
			ref_set_type(r, page, o, type);
			return true;
		}
		ref_set_type(r, page, 0, type);
		if (ref_move_pageblock(r, page, type))
			return true;
	}
	return false;
}

void ref_take(struct reference *r, uint32_t page)
{
	unsigned int order = r->free[page] - 1U;

	ref_unlink(r, page, order);
	for (uint32_t p = page & ~(REF_PAGES(REF_PB) - 1); order + 1 >= REF_PB && p < page + REF_PAGES(order);
	     p += REF_PAGES(REF_PB)) {
		if (ref_type_of(r, p) >= REF_RESERVED &&
		    !(r->rules->engine == 1 && ref_type_of(r, p) == REF_RESERVED))
			continue;
		if (r->rules->merge == 'D')
			ref_move_pageblock(r, p, r->rules->movable);
		ref_set_type(r, p, 0, r->rules->movable);
	}
}

void ref_add_cma(struct reference *r, uint32_t page)
{
	uint32_t start = page & ~(REF_PAGES(REF_PB) - 1);

	ref_set_type(r, start, 0, REF_CMA);
	ref_free_as(r, start, REF_PB, REF_CMA, false);
}
