/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPLAY_PAGE_MAP_H
#define BT_REPLAY_PAGE_MAP_H

#include "replay/state.h"

/*
 * Which page of a copy of the machine holds what a recorded page holds, and the reverse.  What both had when
 * the copy was made is at the same page in both.  A recorded page without a page of the copy is free there,
 * or got its content unseen; a page of the copy without a recorded one is free, held for a request, or holds
 * what the recorded kernel moved to a page that no event told.
 *
 * Invariant: own(recorded) == page if and only if whose(page) == recorded.
 */

/* Blocks of one order whose recorded page is not known: a stack. */
struct bdt_page_stray {
	size_t n, room;
	bdt_pfn *pfn;
};

struct bdt_page_map {
	const struct bdt_state *copy; /* borrowed */
	uint32_t first[BT_MAX_ZONES]; /* slot of the first page of each zone */
	uint32_t nslots;              /* a page's slot: its zone's first, and its index there */
	uint32_t *own;                /* by recorded page: 1 + slot, 0 = itself unless that is another's */
	uint32_t *whose;              /* by page of the copy: 1 + slot, 0 = itself, or see page_map.c */
	uint8_t *order;               /* by page of the copy: of the compound page that it heads */
	struct bdt_page_stray stray[BT_MAX_ORDERS];
};

/* `copy` holds the zones, and must live longer.  0; -ENOMEM; -EOVERFLOW for 2^31 pages and more.  9 bytes of
 * address space per page.  Release with bdt_page_map_finish(), after an error, too. */
int bdt_page_map_init(struct bdt_page_map *m, const struct bdt_state *copy);
void bdt_page_map_finish(struct bdt_page_map *m);
/* Each page is itself again. */
void bdt_page_map_reset(struct bdt_page_map *m);

/* The page of the copy for a recorded one; BT_PFN_NONE if it has none, or lies in no zone.  That page may be
 * free: what was free from the start is itself, too.  O(zones). */
bdt_pfn bdt_page_map_own(const struct bdt_page_map *m, bdt_pfn recorded);
/* The reverse; BT_PFN_NONE for pages of nobody. */
bdt_pfn bdt_page_map_whose(const struct bdt_page_map *m, bdt_pfn own);

/* 2^order pages at `own`, which were nobody's or free, are those of the recorded block from now on;
 * `compound`: they are moved as one. */
void bdt_page_map_set(struct bdt_page_map *m, bdt_pfn recorded, bdt_pfn own, bdt_order order, bool compound);
/* They are held, and not for any recorded page. */
void bdt_page_map_hold(struct bdt_page_map *m, bdt_pfn own, bdt_order order);
/* The recorded pages have no page any more; those of the copy that they had are about to be free. */
void bdt_page_map_forget(struct bdt_page_map *m, bdt_pfn recorded, bdt_order order);
/* Likewise, but they stay in use: the recorded kernel moved their content, no event tells where.  The block
 * `own` is what the recorded one had.  0 or -ENOMEM, then they are held by nobody. */
int bdt_page_map_stray(struct bdt_page_map *m, bdt_pfn recorded, bdt_pfn own, bdt_order order);
/* The last such block of this order, which is nobody's then; BT_PFN_NONE if there is none. */
bdt_pfn bdt_page_map_take_stray(struct bdt_page_map *m, bdt_order order);
/* What is at `from` in the copy is at `to` from now on. */
void bdt_page_map_move(struct bdt_page_map *m, bdt_pfn from, bdt_pfn to, bdt_order order);

/* Order of the compound page that the page of the copy heads, 0 if none.  O(zones). */
bdt_order bdt_page_map_compound(const struct bdt_page_map *m, bdt_pfn own);

/* Is it a part of one, and not the head?  O(orders * zones). */
bool bdt_page_map_is_tail(const struct bdt_page_map *m, bdt_pfn own);

/* NULL when both directions agree, else a static text.  O(memory). */
const char *bdt_page_map_validate(const struct bdt_page_map *m);

#endif
