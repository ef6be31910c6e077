/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/adopt.h"
#include "model/buddy.h"
#include "replay/engine.h"
#include <string.h>

/* The model's zone of the lists.  cf. zone_idx() and node of the recorded kernel, which its name stands for.
 */
static struct bdt_zone *find_zone(const struct bdt_state *s, const struct bdt_exact_lists *lists)
{
	for (size_t i = 0; i < s->nzones; i++) {
		struct bdt_zone *z = s->zones[i];

		if (z->node == lists->node && !strcmp(z->name, lists->zone) && lists->start >= z->start &&
		    lists->end <= z->end)
			return z;
	}
	return NULL;
}

/* Pages of a block that the model holds free, on whatever list. */
static uint64_t free_in_model(const struct bdt_zone *z, bdt_pfn pfn, bdt_order order)
{
	bdt_pfn end = pfn + (1ULL << order), at = pfn;
	uint64_t pages = 0;

	while (at < end) {
		struct bdt_block b;
		uint64_t n = 1;

		if (bdt_zone_find(z, at, &b)) {
			n = b.pfn + (1ULL << b.order) - at;
			n = n < end - at ? n : end - at;
			pages += n;
		}
		at += n;
	}
	return pages;
}

static bool on_list(const struct bdt_zone *z, const struct bdt_exact_list *l, uint32_t pfn)
{
	struct bdt_block b;

	return pfn != BT_EXACT_NO_PFN && bdt_zone_head(z, pfn, &b) && b.order == l->order && b.mt == l->type;
}

/* Entries that are at the same place, going from block `*at` of the model in either direction. */
static uint32_t compare_run(const struct bdt_zone *z, uint32_t *at, const uint32_t *pfns, uint32_t n,
			    bool back)
{
	uint32_t same = 0;

	for (uint32_t i = 0; i < n && *at != BT_PAGE_NIL; i++) {
		same += z->base + *at == pfns[back ? n - 1 - i : i];
		*at = back ? z->prev[*at] : z->next[*at];
	}
	return same;
}

/* Index of the model's block next to one that encloses the entries; BT_PAGE_NIL when it has none. */
static uint32_t beside(const struct bdt_zone *z, const struct bdt_exact_list *l, uint32_t pfn,
		       const uint32_t *links, uint32_t end)
{
	if (pfn == BT_EXACT_NO_PFN)
		return end;
	return on_list(z, l, pfn) ? links[pfn - z->base] : BT_PAGE_NIL;
}

/* Its parts, should there be several, follow one another. */
static void compare_list(const struct bdt_zone *z, const struct bdt_exact_list *l, struct bdt_exact_result *r)
{
	const struct bdt_list *mine = &z->list[l->type][l->order];
	const bool whole = l->state == BDT_EXACT_WHOLE;
	const uint32_t id = 1 + l->order * BT_MAX_MIGRATETYPES + l->type, n = l->first + l->last;
	const bool again = r->open_list == id;
	uint64_t both = 0;
	const uint32_t end = l->before == BT_EXACT_NO_PFN ? BT_PAGE_NIL : (uint32_t)(l->before - z->base);
	uint32_t at = beside(z, l, l->after, z->next, mine->head);
	uint32_t same = compare_run(z, &at, l->pfns, whole ? n : l->first, false);
	bool equal = (!again || !bdt_exact_continued(l) || r->open_equal) && (!whole || at == end);

	/* behind a gap the places are comparable from the tail only */
	at = beside(z, l, l->before, z->prev, mine->tail);
	if (!whole)
		same += compare_run(z, &at, l->pfns + l->first, l->last, true);
	for (uint32_t i = 0; i < n; i++)
		both += free_in_model(z, l->pfns[i], l->order);
	r->pages_both += both;
	r->pages_model += both;
	equal = equal && same == n;
	r->entries += n;
	r->pages_kernel += (uint64_t)n << l->order;
	r->same_position += same;
	r->cut += !whole;
	r->cut -= again;
	r->open_list = whole ? 0 : id;
	r->open_equal = equal;
	r->lists += !again && (n || mine->nr_free);
	r->lists_equal += whole && equal && (n || again || mine->nr_free);
}

/* The block is free in the kernel; what the model took for more of it is not known. */
static void carve(struct bdt_zone *z, uint32_t pfn, bdt_order order)
{
	struct bdt_block b;

	if (bdt_zone_find(z, pfn, &b) && b.order > order)
		bdt_buddy_take(z, &b, pfn, order, BT_MT_LIMBO);
	else
		bdt_buddy_carve(z, pfn, order);
}

/* Block ahead of `pfn`, or the last one when that is not on the list. */
static uint32_t ahead_of(const struct bdt_zone *z, const struct bdt_exact_list *l, uint32_t pfn)
{
	uint32_t at = on_list(z, l, pfn) ? z->prev[pfn - z->base] : z->list[l->type][l->order].tail;

	return at == BT_PAGE_NIL ? BT_EXACT_NO_PFN : (uint32_t)(z->base + at);
}

static void insert(struct bdt_zone *z, const struct bdt_exact_list *l, uint32_t pfn, uint32_t after)
{
	if (on_list(z, l, after))
		bdt_zone_insert_behind(z, pfn, after, true);
	else
		bdt_zone_insert(z, pfn, l->order, l->type, BDT_HEAD, true);
	bdt_zone_mark(z, pfn, l->order, BT_ZP_SEEN, BT_ZP_PCP | BT_ZP_MOVABLE);
}

/* Has the host been told of the whole block?  The lists do not say it. */
static uint8_t reported(const struct bdt_zone *z, const struct bdt_exact_list *l, uint32_t pfn)
{
	struct bdt_block b;

	return bdt_zone_head(z, pfn, &b) && b.order == l->order
		       ? z->page_flags[pfn - z->base] & BT_ZP_REPORTED
		       : 0;
}

/* Puts a block behind another one of the list, or at its head. */
static void adopt_behind(struct bdt_zone *z, const struct bdt_exact_list *l, uint32_t pfn, uint32_t after)
{
	uint8_t keep = reported(z, l, pfn);

	carve(z, pfn, l->order);
	insert(z, l, pfn, after);
	z->page_flags[pfn - z->base] |= keep;
}

/* Puts a block ahead of another one of the list, or at its tail. */
static void adopt_ahead(struct bdt_zone *z, const struct bdt_exact_list *l, uint32_t pfn, uint32_t before)
{
	uint8_t keep = reported(z, l, pfn);

	carve(z, pfn, l->order);
	insert(z, l, pfn, ahead_of(z, l, before));
	z->page_flags[pfn - z->base] |= keep;
}

static bool comes_behind(const struct bdt_zone *z, const struct bdt_exact_list *l, uint32_t pfn)
{
	uint32_t at = beside(z, l, l->after, z->next, z->list[l->type][l->order].head);

	while (at != BT_PAGE_NIL && z->base + at != pfn)
		at = z->next[at];
	return at != BT_PAGE_NIL;
}

/* The blocks that enclose the entries are on the list, in that order. */
static void adopt_neighbours(struct bdt_zone *z, const struct bdt_exact_list *l)
{
	if (l->after != BT_EXACT_NO_PFN && !on_list(z, l, l->after))
		adopt_ahead(z, l, l->after, l->before);
	if (l->before != BT_EXACT_NO_PFN && !comes_behind(z, l, l->before))
		adopt_behind(z, l, l->before, l->after);
}

/*
 * Makes the model have the entries.  What it has besides, where they are, is on another list, which may be
 * read later, or not free; or where the middle is missing it stays there, in its order, and is not known.
 */
static void replace(struct bdt_zone *z, const struct bdt_exact_list *l)
{
	uint32_t after = l->after, before = l->before, at;

	adopt_neighbours(z, l);
	at = beside(z, l, l->after, z->next, z->list[l->type][l->order].head);
	while (at != BT_PAGE_NIL && z->base + at != l->before) {
		uint32_t next = z->next[at];

		if (l->state == BDT_EXACT_WHOLE)
			bdt_zone_move(z, z->base + at, BT_MT_LIMBO, BDT_TAIL, false);
		else
			z->page_flags[at] &= (uint8_t)~BT_ZP_KNOWN;
		at = next;
	}
	for (uint32_t i = 0; i < l->first; i++) {
		adopt_behind(z, l, l->pfns[i], after);
		after = l->pfns[i];
	}
	for (uint32_t i = l->first + l->last; i-- > l->first;) {
		adopt_ahead(z, l, l->pfns[i], before);
		before = l->pfns[i];
	}
}

static void adopt_types(struct bdt_zone *z, const struct bdt_exact_lists *l, struct bdt_exact_result *r)
{
	for (uint32_t i = 0; i < l->nblocks; i++) {
		bdt_pfn pfn = (l->first_block + i) << z->pageblock_order;
		bdt_migratetype mt = l->blocks[i] & BT_EXACT_BLOCK_TYPE;

		if (pfn + (1ULL << z->pageblock_order) <= z->start || pfn >= z->end || mt >= BT_MT_LIMBO)
			continue;
		r->pageblocks++;
		r->pageblock_types_equal += bdt_zone_type(z, pfn) == mt;
		bdt_infer_type(z, pfn, mt);
		bdt_zone_set_type(z, pfn, mt, false);
	}
}

static bool adopts(const struct bdt_zone *z, const struct bdt_exact_list *l)
{
	return l->order <= z->max_order && l->type < BT_MT_LIMBO;
}

/* Blocks whose list was not known are on none of the kernel's: they are not free.  Returns their pages. */
static uint64_t empty_limbo(struct bdt_zone *z)
{
	uint64_t before = z->free_pages;

	for (bdt_order order = 0; order <= z->max_order; order++)
		while (z->list[BT_MT_LIMBO][order].head != BT_PAGE_NIL)
			bdt_zone_delete(z, z->base + z->list[BT_MT_LIMBO][order].head);
	return before - z->free_pages;
}

/* Pages on per-CPU lists are not free; the model may not have noticed that they left the lists. */
static void adopt_pcp(struct bdt_zone *z, const struct bdt_exact_lists *l)
{
	for (uint32_t i = 0; i < l->nlists; i++) {
		const struct bdt_exact_list *list = &l->list[i];

		for (uint32_t k = 0; list->order <= z->max_order && k < list->first + list->last; k++) {
			carve(z, list->pfns[k], list->order);
			bdt_zone_mark(z, list->pfns[k], list->order, BT_ZP_SEEN | BT_ZP_PCP, BT_ZP_MOVABLE);
		}
	}
}

void bdt_adopt(struct bdt_state *s, const struct bdt_exact_lists *l, struct bdt_exact_result *r)
{
	struct bdt_zone *z = find_zone(s, l);

	if (!z)
		return;
	if (l->pcp) {
		adopt_pcp(z, l);
		return;
	}
	r->parts++;
	r->unlocked += !l->locked;
	r->continued += l->nlists && bdt_exact_continued(&l->list[0]);
	/* all are compared before any is changed */
	for (uint32_t i = 0; i < l->nlists; i++)
		if (adopts(z, &l->list[i]))
			compare_list(z, &l->list[i], r);
	adopt_types(z, l, r);
	for (uint32_t i = 0; i < l->nlists; i++)
		if (adopts(z, &l->list[i]))
			replace(z, &l->list[i]);
	if (l->nlists && l->list[l->nlists - 1].order == z->max_order)
		r->pages_model += empty_limbo(z);
}
