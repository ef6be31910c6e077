/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a list from both ends at once. */
#ifndef BT_EXACT_BPF_WALK_H
#define BT_EXACT_BPF_WALK_H

#include "exact/bpf/memory.bpf.h"

struct walk {
	__u64 forward, backward; /* entries to be looked at next */
	__u64 base;              /* address of the list member of page 0 */
	__u64 low, high;         /* bounds of such addresses in the zone */
	__u64 deadline;
	__u32 shift;
	__u32 front, back, room; /* words */
	__u32 state;
};

#define TIME_CHECK 63 /* steps between two looks at the clock, less one */

static __always_inline int is_entry(const struct walk *w, __u64 address)
{
	return address >= w->low && address < w->high && !((address - w->base) & ((1ULL << w->shift) - 1));
}

/* One entry from each end; they meet in one entry or pass each other. */
static long step(__u32 i, struct walk *w)
{
	__u64 forward = w->forward, backward = w->backward, next = 0, prev = 0;

	if (!is_entry(w, forward) || !is_entry(w, backward) || READ(next, forward) ||
	    READ(prev, backward + sizeof(__u64))) {
		w->state = BT_LIST_BROKEN;
		return 1;
	}
	if (w->front + w->back + 2 > w->room || put(w->front, (forward - w->base) >> w->shift)) {
		w->state = BT_LIST_CUT;
		return 1;
	}
	w->front++;
	if (forward == backward)
		return 1;
	if (put(w->room - w->back - 1, (backward - w->base) >> w->shift)) {
		w->state = BT_LIST_BROKEN;
		return 1;
	}
	w->back++;
	if (next == backward)
		return 1;
	w->forward = next;
	w->backward = prev;
	if (!(i & TIME_CHECK) && bpf_ktime_get_ns() > w->deadline) {
		w->state = BT_LIST_CUT;
		return 1;
	}
	return 0;
}

#define MAX_STEPS (1 << 23)

/* Where to begin: the address of a list member that is not part of what is read, or of the head. */
struct bounds {
	__u64 from, to;
};

static __always_inline __u64 page_address(__u32 pfn)
{
	return shared.vmemmap + ((__u64)pfn << shared.page_shift);
}

static __always_inline __u32 page_number(__u64 member)
{
	return (member - shared.layout.page_lru - shared.vmemmap) >> shared.page_shift;
}

/* Reads what is between `b->from` and `b->to`; what is read goes behind the words that are there. */
static __always_inline void read_list(const struct bounds *b, const struct bt_exact_zone *zone,
				      struct bt_exact_list *list, __u64 deadline)
{
	struct walk w = { .base = shared.vmemmap + shared.layout.page_lru,
			  .deadline = deadline,
			  .shift = shared.page_shift,
			  .front = shared.front,
			  .back = shared.back,
			  .room = shared.nr_words,
			  .state = BT_LIST_WHOLE };

	w.low = w.base + (zone->start << (w.shift & 63));
	w.high = w.base + (zone->end << (w.shift & 63));
	if (READ(w.forward, b->from) || READ(w.backward, b->to + sizeof(__u64)))
		w.state = BT_LIST_BROKEN;
	else if (w.forward != b->to && bpf_loop(MAX_STEPS, step, &w, 0) >= MAX_STEPS)
		w.state = BT_LIST_CUT;
	list->from = shared.front;
	list->first = w.front - shared.front;
	list->to = w.room - w.back;
	list->last = w.back - shared.back;
	list->after = list->before = BT_EXACT_NO_PAGE;
	list->state = w.state;
	shared.front = w.front;
	shared.back = w.back;
}

#endif
