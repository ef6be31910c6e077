/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the free lists of a zone one after another, each from where the last run left it. */
#ifndef BT_EXACT_BPF_FREELISTS_H
#define BT_EXACT_BPF_FREELISTS_H

#include "exact/bpf/walk.bpf.h"

/*
 * The first of the pages that is still a free block of this order, between neighbours that know it; 0 when
 * none is.  Should it be on another list, the walk leads to the head of that list, which is no page.
 */
static __always_inline __u64 find_anchor(const struct bt_exact_anchors *anchors, __u32 order)
{
	const struct bt_exact_layout *l = &shared.layout;

	for (__u32 i = 0; i < BT_EXACT_ANCHORS; i++) {
		__u64 page, member, private = 0, next = 0, prev = 0, back = 0, forth = 0;
		__u32 word = 0;

		if (i >= anchors->n)
			break;
		page = page_address(anchors->pfn[i]);
		member = page + l->page_lru;
		if (READ(word, page + l->page_type.offset) || word != shared.free_word ||
		    READ(private, page + l->page_private.offset) || private != order)
			continue;
		if (READ(next, member) || READ(prev, member + sizeof(__u64)) ||
		    READ(back, next + sizeof(__u64)) || READ(forth, prev))
			continue;
		if (back == member && forth == member)
			return member;
	}
	return 0;
}

/* What a page on a free list has as its type, which differs between kernels: the first of a list tells. */
static __always_inline void learn_free_word(__u64 head)
{
	__u64 member = 0;

	if (shared.part.locked && !READ(member, head) && member != head)
		READ(shared.free_word, member - shared.layout.page_lru + shared.layout.page_type.offset);
}

static __always_inline void read_free_list(__u64 head, __u32 order, const struct bt_exact_zone *zone,
					   struct bt_exact_list *list, __u64 deadline)
{
	struct bounds b = { .from = head, .to = head };
	__u64 from, to;

	learn_free_word(head);
	from = find_anchor(&shared.front_anchors, order);
	to = find_anchor(&shared.back_anchors, order);
	if (from)
		b.from = from;
	if (to)
		b.to = to;
	read_list(&b, zone, list, deadline);
	if (from)
		list->after = page_number(from);
	if (to)
		list->before = page_number(to);
	shared.front_anchors.n = shared.back_anchors.n = 0;
}

struct lists {
	__u64 deadline;
	__u32 index; /* of the zone */
};

/* Of list number `i` from the first wanted one; ends the loop when the time is over. */
static long read_next_list(__u32 i, struct lists *l)
{
	const struct bt_exact_layout *layout = &shared.layout;
	__u32 at = shared.next_list;
	__u32 order = at / BT_EXACT_TYPES, type = at % BT_EXACT_TYPES;
	struct bt_exact_list list = {};
	__u64 area;

	if (order >= BT_EXACT_ORDERS || (int)order >= layout->orders)
		return 1;
	if (i && bpf_ktime_get_ns() > l->deadline)
		return 1;
	shared.next_list = at + 1;
	shared.part.end_list = at + 1;
	if ((int)type >= layout->types)
		return 0;
	area = shared.zone[l->index & (BT_EXACT_ZONES - 1)].address + layout->free_area.offset +
	       (__u64)order * layout->area_size;
	READ(shared.part.nr_free[order & (BT_EXACT_ORDERS - 1)], area + layout->nr_free.offset);
	read_free_list(area + type * 2 * sizeof(__u64), order, &shared.zone[l->index & (BT_EXACT_ZONES - 1)],
		       &list, l->deadline);
	/* Bounded anew: the verifier of 6.1 forgets the bounds of what was kept over a loop. */
	barrier_var(at);
	shared.part.list[at & (BT_EXACT_LISTS - 1)] = list;
	return 0;
}

#endif
