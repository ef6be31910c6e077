/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_CHAIN_H
#define BT_MODEL_CHAIN_H

#include "model/zone.h"

/*
 * Doubly linked lists of page indices.  The neighbours stand in `next` and `prev` of the zone, for its free
 * lists as for the per-CPU lists: a page is on one of them at most.
 */

/* Adds the page `i` behind `after`, which is on the list; BT_PAGE_NIL = at the head. */
static inline void bdt_chain_add(struct bdt_zone *z, uint32_t *head, uint32_t *tail, uint32_t i,
				 uint32_t after)
{
	uint32_t next = after == BT_PAGE_NIL ? *head : z->next[after];

	z->prev[i] = after;
	z->next[i] = next;
	if (after == BT_PAGE_NIL)
		*head = i;
	else
		z->next[after] = i;
	if (next == BT_PAGE_NIL)
		*tail = i;
	else
		z->prev[next] = i;
}

/* Takes the page off the list it is on. */
static inline void bdt_chain_remove(struct bdt_zone *z, uint32_t *head, uint32_t *tail, uint32_t i)
{
	uint32_t next = z->next[i], prev = z->prev[i];

	if (prev == BT_PAGE_NIL)
		*head = next;
	else
		z->next[prev] = next;
	if (next == BT_PAGE_NIL)
		*tail = prev;
	else
		z->prev[next] = prev;
}

#endif
