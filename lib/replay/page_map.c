/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/page_map.h"
#include "base/lazy.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Values of whose[]: 0 = itself; 1 + slot of the recorded page; behind these 1 + nslots + n = the n-th stray
 * block of its order, at its first page; NOBODY.
 */
#define NOBODY    UINT32_MAX
#define NO_SLOT   UINT32_MAX
#define MAX_SLOTS (1ULL << 31)

int bdt_page_map_init(struct bdt_page_map *m, const struct bdt_state *copy)
{
	uint64_t slots = 0;

	*m = (struct bdt_page_map){ .copy = copy };
	for (size_t i = 0; i < copy->nzones; i++) {
		m->first[i] = (uint32_t)slots;
		slots += copy->zones[i]->npages;
		if (slots >= MAX_SLOTS)
			return -EOVERFLOW;
	}
	m->nslots = (uint32_t)slots;
	m->own = bdt_lazy_alloc(m->nslots * sizeof(*m->own));
	m->whose = bdt_lazy_alloc(m->nslots * sizeof(*m->whose));
	m->order = bdt_lazy_alloc(m->nslots);
	return m->own && m->whose && m->order ? 0 : -ENOMEM;
}

void bdt_page_map_finish(struct bdt_page_map *m)
{
	bdt_lazy_free(m->own, m->nslots * sizeof(*m->own));
	bdt_lazy_free(m->whose, m->nslots * sizeof(*m->whose));
	bdt_lazy_free(m->order, m->nslots);
	for (bdt_order order = 0; order < BT_MAX_ORDERS; order++)
		free(m->stray[order].pfn);
}

/* Zeroes; what was touched is given back where there is address space for that. */
static void *clear(void *table, size_t bytes)
{
	void *fresh = bdt_lazy_alloc(bytes);

	if (fresh)
		bdt_lazy_free(table, bytes);
	return fresh ? fresh : memset(table, 0, bytes);
}

void bdt_page_map_reset(struct bdt_page_map *m)
{
	m->own = clear(m->own, m->nslots * sizeof(*m->own));
	m->whose = clear(m->whose, m->nslots * sizeof(*m->whose));
	m->order = clear(m->order, m->nslots);
	for (bdt_order order = 0; order < BT_MAX_ORDERS; order++)
		m->stray[order].n = 0;
}

static uint32_t slot_of(const struct bdt_page_map *m, bdt_pfn pfn)
{
	for (size_t i = 0; i < m->copy->nzones; i++)
		if (bdt_zone_spans(m->copy->zones[i], pfn))
			return m->first[i] + (uint32_t)(pfn - m->copy->zones[i]->base);
	return NO_SLOT;
}

static bdt_pfn pfn_of(const struct bdt_page_map *m, uint32_t slot)
{
	size_t i = m->copy->nzones - 1;

	while (slot < m->first[i])
		i--;
	return m->copy->zones[i]->base + (slot - m->first[i]);
}

/* Slot of the page for the recorded one. */
static uint32_t own_slot(const struct bdt_page_map *m, uint32_t recorded)
{
	if (m->own[recorded])
		return m->own[recorded] - 1;
	return m->whose[recorded] ? NO_SLOT : recorded;
}

bdt_pfn bdt_page_map_own(const struct bdt_page_map *m, bdt_pfn recorded)
{
	uint32_t slot = slot_of(m, recorded);

	if (slot != NO_SLOT)
		slot = own_slot(m, slot);
	return slot == NO_SLOT ? BT_PFN_NONE : pfn_of(m, slot);
}

bdt_pfn bdt_page_map_whose(const struct bdt_page_map *m, bdt_pfn own)
{
	uint32_t slot = slot_of(m, own), recorded;

	if (slot == NO_SLOT)
		return BT_PFN_NONE;
	recorded = m->whose[slot];
	if (!recorded)
		return m->own[slot] ? BT_PFN_NONE : own;
	return recorded <= m->nslots ? pfn_of(m, recorded - 1) : BT_PFN_NONE;
}

/* The page of the copy is nobody's. */
static void vacate(struct bdt_page_map *m, uint32_t own)
{
	uint32_t recorded = m->whose[own];

	if (recorded && recorded <= m->nslots)
		m->own[recorded - 1] = 0;
	m->whose[own] = NOBODY;
}

/* The recorded page has none. */
static void cut(struct bdt_page_map *m, uint32_t recorded)
{
	uint32_t own = own_slot(m, recorded);

	m->own[recorded] = 0;
	if (own != NO_SLOT)
		m->whose[own] = NOBODY;
}

static void join(struct bdt_page_map *m, uint32_t recorded, uint32_t own)
{
	cut(m, recorded);
	vacate(m, own);
	m->own[recorded] = 1 + own;
	m->whose[own] = 1 + recorded;
}

/* Head of the compound page that the page is a part of, NO_SLOT if it is of none. */
static uint32_t head_of(const struct bdt_page_map *m, bdt_pfn pfn)
{
	for (bdt_order order = 1; order < BT_MAX_ORDERS; order++) {
		uint32_t head = slot_of(m, pfn & ~((1ULL << order) - 1));

		if (head != NO_SLOT && m->order[head] >= order)
			return head;
	}
	return NO_SLOT;
}

/* The compound page that holds the page is none any more. */
static void split(struct bdt_page_map *m, bdt_pfn pfn)
{
	uint32_t head = head_of(m, pfn);

	if (head != NO_SLOT)
		m->order[head] = 0;
}

void bdt_page_map_set(struct bdt_page_map *m, bdt_pfn recorded, bdt_pfn own, bdt_order order, bool compound)
{
	bdt_page_map_hold(m, own, order);
	for (bdt_pfn i = 0; i < 1ULL << order; i++) {
		uint32_t from = slot_of(m, recorded + i), to = slot_of(m, own + i);

		if (from != NO_SLOT && to != NO_SLOT)
			join(m, from, to);
	}
	if (compound)
		m->order[slot_of(m, own)] = (uint8_t)order;
}

void bdt_page_map_hold(struct bdt_page_map *m, bdt_pfn own, bdt_order order)
{
	for (bdt_pfn i = 0; i < 1ULL << order; i++) {
		uint32_t slot = slot_of(m, own + i);

		if (slot == NO_SLOT)
			continue;
		split(m, own + i);
		vacate(m, slot);
	}
}

void bdt_page_map_forget(struct bdt_page_map *m, bdt_pfn recorded, bdt_order order)
{
	for (bdt_pfn i = 0; i < 1ULL << order; i++) {
		uint32_t slot = slot_of(m, recorded + i), own;

		if (slot == NO_SLOT)
			continue;
		own = own_slot(m, slot);
		if (own != NO_SLOT)
			split(m, pfn_of(m, own));
		cut(m, slot);
	}
}

int bdt_page_map_stray(struct bdt_page_map *m, bdt_pfn recorded, bdt_pfn own, bdt_order order)
{
	struct bdt_page_stray *stray = &m->stray[order];
	uint32_t slot = slot_of(m, own);

	bdt_page_map_forget(m, recorded, order);
	if (stray->n == stray->room) {
		size_t room = stray->room ? 2 * stray->room : 64;
		bdt_pfn *grown = realloc(stray->pfn, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		stray->pfn = grown;
		stray->room = room;
	}
	m->order[slot] = (uint8_t)order;
	m->whose[slot] = 1 + m->nslots + (uint32_t)stray->n;
	stray->pfn[stray->n++] = own;
	return 0;
}

bdt_pfn bdt_page_map_take_stray(struct bdt_page_map *m, bdt_order order)
{
	struct bdt_page_stray *stray = &m->stray[order];
	bdt_pfn own;

	if (!stray->n)
		return BT_PFN_NONE;
	own = stray->pfn[--stray->n];
	bdt_page_map_hold(m, own, order);
	return own;
}

static void move_page(struct bdt_page_map *m, bdt_pfn from, bdt_pfn to, bdt_order order)
{
	uint32_t was = slot_of(m, from), is = slot_of(m, to), recorded = m->whose[was];

	if (!recorded || recorded <= m->nslots) {
		join(m, recorded ? recorded - 1 : was, is);
		return;
	}
	vacate(m, is);
	if (recorded == NOBODY)
		return;
	m->stray[order].pfn[recorded - 1 - m->nslots] = to;
	m->whose[is] = recorded;
	m->whose[was] = NOBODY;
}

void bdt_page_map_move(struct bdt_page_map *m, bdt_pfn from, bdt_pfn to, bdt_order order)
{
	uint32_t head = slot_of(m, from);

	for (bdt_pfn i = 0; i < 1ULL << order; i++)
		move_page(m, from + i, to + i, order);
	m->order[head] = 0;
	m->order[slot_of(m, to)] = (uint8_t)order;
}

bdt_order bdt_page_map_compound(const struct bdt_page_map *m, bdt_pfn own)
{
	uint32_t slot = slot_of(m, own);

	return slot == NO_SLOT ? 0 : m->order[slot];
}

bool bdt_page_map_is_tail(const struct bdt_page_map *m, bdt_pfn own)
{
	uint32_t head = head_of(m, own);

	return head != NO_SLOT && head != slot_of(m, own);
}

static bool is_stray(const struct bdt_page_map *m, uint32_t own)
{
	uint32_t at = m->whose[own] - 1 - m->nslots;

	for (bdt_order order = 0; order < BT_MAX_ORDERS; order++)
		if (at < m->stray[order].n && m->stray[order].pfn[at] == pfn_of(m, own))
			return true;
	return false;
}

const char *bdt_page_map_validate(const struct bdt_page_map *m)
{
	for (uint32_t slot = 0; slot < m->nslots; slot++) {
		uint32_t own = m->own[slot], whose = m->whose[slot];

		if (own && m->whose[own - 1] != 1 + slot)
			return "map: the page of a recorded page is another's";
		if (whose && whose <= m->nslots && m->own[whose - 1] != 1 + slot)
			return "map: the recorded page of a page has another";
		if (whose > m->nslots && whose != NOBODY && !is_stray(m, slot))
			return "map: a page is a stray block's, but there is none";
		if (own && !whose)
			return "map: a recorded page has two pages";
	}
	return NULL;
}
