/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BT_TESTS_REFERENCE_H
#define BT_TESTS_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A buddy allocator as dumb as it can be: one byte per page, one array per list, every question answered by
 * looking at everything.  It is written from the rules alone and shares no code with the model.
 */
#define REF_ORDERS 11
#define REF_TYPES  3
#define REF_PB     9 /* pageblock order */

struct reference {
	size_t npages;
	uint8_t *free;    /* page is free: 1 + order for the head of a block, 0x80 for the rest of it */
	uint8_t *movable; /* allocated and on the LRU */
	uint8_t *type;    /* of each pageblock */
	uint8_t *on;      /* list of each block head: differs from the pageblock's type only with `retry` */
	bool retry;       /* falls back as 5.2 to 6.9 do, else as 6.12.29 and later */
	struct {
		uint32_t *block;
		size_t n;
	} list[REF_TYPES][REF_ORDERS]; /* block[0] is the head */
};

/* All pages busy, all pageblocks of type 1; npages is a multiple of the largest block. */
void ref_init(struct reference *r, size_t npages, bool retry);
/* Frees the arrays, not `r`. */
void ref_finish(struct reference *r);
/* Frees 2^order pages with the type of their pageblock. */
void ref_free(struct reference *r, uint32_t page, unsigned int order);
/* What an allocation gave. */
struct ref_page {
	bool ok, fallback, claimed;
	uint32_t page;
	unsigned int fallback_order, fallback_type;
	uint32_t candidate; /* with `retry`: block that the search found */
};
/* Allocates as __rmqueue() does. */
struct ref_page ref_alloc(struct reference *r, unsigned int order, unsigned int type);

#endif
