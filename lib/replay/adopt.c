/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/adopt.h"
#include "model/buddy.h"
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

static void compare_list(const struct bdt_zone *z, const struct bdt_exact_list *l, struct bdt_exact_result *r)
{
	const struct bdt_list *mine = &z->list[l->type][l->order];
	uint32_t at = mine->head, n = l->first + l->last;
	uint64_t same = 0;

	for (uint32_t i = 0; i < n; i++) {
		/* behind a gap the places are not comparable from the head */
		if (at != BT_PAGE_NIL && (i < l->first || l->state == BDT_EXACT_WHOLE)) {
			same += z->base + at == l->pfns[i];
			at = z->next[at];
		}
		r->pages_both += free_in_model(z, l->pfns[i], l->order);
	}
	r->entries += n;
	r->pages_kernel += (uint64_t)n << l->order;
	r->same_position += same;
	r->cut += l->state == BDT_EXACT_CUT;
	if (!n && !mine->nr_free)
		return;
	r->lists++;
	r->lists_equal += l->state == BDT_EXACT_WHOLE && same == n && mine->nr_free == n;
}

static void adopt_block(struct bdt_zone *z, const struct bdt_exact_list *l, uint32_t i, enum bdt_place place)
{
	bdt_buddy_carve(z, l->pfns[i], l->order);
	bdt_zone_insert(z, l->pfns[i], l->order, l->type, place, true);
	bdt_zone_mark(z, l->pfns[i], l->order, BT_ZP_SEEN, BT_ZP_PCP | BT_ZP_MOVABLE);
}

static void replace_list(struct bdt_zone *z, const struct bdt_exact_list *l)
{
	struct bdt_list *mine = &z->list[l->type][l->order];

	while (mine->head != BT_PAGE_NIL)
		bdt_zone_delete(z, z->base + mine->head);
	for (uint32_t i = 0; i < l->first + l->last; i++)
		adopt_block(z, l, i, BDT_TAIL);
}

/* Both ends are known; what the model has besides stays between them, in its order, and is not known. */
static void replace_ends(struct bdt_zone *z, const struct bdt_exact_list *l)
{
	struct bdt_list *mine = &z->list[l->type][l->order];

	for (uint32_t at = mine->head; at != BT_PAGE_NIL; at = z->next[at])
		z->page_flags[at] &= (uint8_t)~BT_ZP_KNOWN;
	for (uint32_t i = l->first; i-- > 0;)
		adopt_block(z, l, i, BDT_HEAD);
	for (uint32_t i = l->first; i < l->first + l->last; i++)
		adopt_block(z, l, i, BDT_TAIL);
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
		bdt_zone_set_type(z, pfn, mt, false);
	}
}

static bool adopts(const struct bdt_zone *z, const struct bdt_exact_list *l)
{
	return l->order <= z->max_order && l->type < BT_MT_LIMBO;
}

/* Blocks whose list was not known are on none of the kernel's: they are not free. */
static void empty_limbo(struct bdt_zone *z)
{
	for (bdt_order order = 0; order <= z->max_order; order++)
		while (z->list[BT_MT_LIMBO][order].head != BT_PAGE_NIL)
			bdt_zone_delete(z, z->base + z->list[BT_MT_LIMBO][order].head);
}

/* Pages on per-CPU lists are not free; the model may not have noticed that they left the lists. */
static void adopt_pcp(struct bdt_zone *z, const struct bdt_exact_lists *l)
{
	for (uint32_t i = 0; i < l->nlists; i++) {
		const struct bdt_exact_list *list = &l->list[i];

		for (uint32_t k = 0; list->order <= z->max_order && k < list->first + list->last; k++) {
			bdt_buddy_carve(z, list->pfns[k], list->order);
			bdt_zone_mark(z, list->pfns[k], list->order, BT_ZP_SEEN | BT_ZP_PCP, BT_ZP_MOVABLE);
		}
	}
}

void bdt_adopt(struct bdt_state *s, const struct bdt_exact_lists *l, struct bdt_exact_result *r)
{
	struct bdt_zone *z = find_zone(s, l);
	bool first = !l->pcp && l->nlists && !l->list[0].order && !l->list[0].type;

	if (!z)
		return;
	if (l->pcp) {
		adopt_pcp(z, l);
		return;
	}
	r->parts++;
	r->unlocked += !l->locked;
	if (first)
		r->pages_model += z->free_pages;
	/* all are compared before any is changed */
	for (uint32_t i = 0; i < l->nlists; i++)
		if (adopts(z, &l->list[i]))
			compare_list(z, &l->list[i], r);
	adopt_types(z, l, r);
	for (uint32_t i = 0; i < l->nlists; i++) {
		if (!adopts(z, &l->list[i]))
			continue;
		if (l->list[i].state == BDT_EXACT_CUT)
			replace_ends(z, &l->list[i]);
		else
			replace_list(z, &l->list[i]);
	}
	if (l->nlists && l->list[l->nlists - 1].order == z->max_order)
		empty_limbo(z);
}
