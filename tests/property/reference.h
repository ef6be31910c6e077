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
#define REF_TYPES  6
#define REF_PB     9 /* pageblock order */

/* Types above the three with fallbacks; those are numbered as the kernel does. */
enum { REF_RESERVED = 3, REF_CMA, REF_ISOLATE };

/* How a kernel differs; the table is in reference.c. */
struct ref_rules {
	const char *kernel;
	unsigned int movable, reclaimable;
	int engine;       /* 1: 4.0, 2: 4.12, 3: 6.10, 4: 6.15 */
	char merge;       /* A: 4.0, B: 5.0, C: 5.18, D: 6.10 */
	bool moves_last;  /* moved blocks go to the tail */
	bool bounds;      /* a request can insist on whole pageblocks */
	bool balances;    /* CMA first when it has more than half */
	bool cold_last;   /* a free can ask for the tail */
	bool remembers;   /* an isolated pageblock gets its old type back */
	bool whole_limit; /* of reserved pageblocks, and none in small zones */
};

struct reference {
	const struct ref_rules *rules;
	size_t npages;
	uint64_t managed; /* pages of the zone that limits are shares of */
	uint8_t *free;    /* page is free: 1 + order for the head of a block, 0x80 for the rest of it */
	uint8_t *movable; /* allocated and on the LRU */
	uint8_t *type;    /* of each pageblock */
	uint8_t *before;  /* ... when it was isolated */
	uint8_t *on;      /* list of each block head */
	uint64_t reserved;
	bool no_groups; /* grouping by mobility is off */
	struct {
		uint32_t *block;
		size_t n;
	} list[REF_TYPES][REF_ORDERS]; /* block[0] is the head */
};

/* All pages busy, all pageblocks movable; npages is a multiple of the largest block.  False: no such kernel.
 */
bool ref_init(struct reference *r, size_t npages, const char *kernel);
/* Frees the arrays, not `r`. */
void ref_finish(struct reference *r);

/* Frees 2^order pages with the type of their pageblock. */
void ref_free(struct reference *r, uint32_t page, unsigned int order, bool cold);
/* Frees 2^order pages to the list of this type, as a drain of a list that remembered it. */
void ref_free_as(struct reference *r, uint32_t page, unsigned int order, unsigned int type, bool cold);

/* What an allocation gave. */
struct ref_page {
	bool ok, fallback, claimed;
	uint32_t page;
	unsigned int fallback_order, fallback_type;
	uint32_t candidate;  /* block that the search found */
	unsigned int boosts; /* times that the search met a candidate smaller than a pageblock */
	unsigned int from;   /* list that served it when it was no fallback */
};

enum { REF_NOFRAGMENT = 1, REF_MAY_CMA = 2, REF_RESERVED_FIRST = 4, REF_RESERVED_LAST = 8 };

/*
 * Allocates as __rmqueue() does; *stage is 0 for the first page of a refill, and kept for the others.
 */
struct ref_page ref_alloc(struct reference *r, unsigned int order, unsigned int type, unsigned int flags,
			  int *stage);

/* The pageblock of `page`: isolates it, and gives it back as `type`. */
bool ref_isolate(struct reference *r, uint32_t page);
void ref_unisolate(struct reference *r, uint32_t page, unsigned int type);
/* Keeps the pageblock of the allocated block back, and gives one up. */
bool ref_reserve(struct reference *r, uint32_t page, unsigned int order);
bool ref_unreserve(struct reference *r, unsigned int type, bool force);
/* Takes a free block off its list to keep it. */
void ref_take(struct reference *r, uint32_t page);
/* A busy pageblock becomes CMA, and free. */
void ref_add_cma(struct reference *r, uint32_t page);

#endif
