/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_ZONE_H
#define BT_MODEL_ZONE_H

#include "model/profile.h"
#include <buddytrace/event.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * One zone of the modelled machine: free lists by order and migratetype, pageblock types and one metadata
 * record per page.  The model sees no events and does no I/O.  cf. struct zone, struct free_area (mmzone.h).
 *
 * Pages are addressed by pfn at the interface and by index (pfn - base) inside.  Every function runs in
 * O(1) unless its comment says otherwise; out-of-range pfns and orders are programming errors and abort.
 *
 * Invariants (bdt_zone_validate() checks them):
 *   a block of order o starts at a multiple of 2^o, lies in the zone, and overlaps no other block;
 *   free_pages == sum over lists of nr_free * 2^order, and the nr_free_* counters are parts of that sum;
 *   nonempty[mt] has exactly the bits of the orders whose list is not empty;
 *   nr_isolate_pageblock == pageblocks of the type isolate;
 *   a list's mt equals the pageblock type of each pageblock that its blocks touch, where the profile says so,
 * except on the limbo lists, and without grouping by mobility, when the kernel does not keep to it either.
 */

/* The list index for blocks whose list is not known: never predicted from, still found, still merged. */
#define BT_MT_LIMBO (BT_MAX_MIGRATETYPES - 1)

#define BT_PAGE_NIL UINT32_MAX

/* bdt_zone.cma and .isolate of a kernel without that type. */
#define BT_MT_NONE UINT8_MAX

/* bdt_zone.reporting_order when free pages are not reported. */
#define BT_REPORTING_OFF UINT32_MAX

/* Bits of bdt_zone.page_flags. */
#define BT_ZP_KNOWN \
	0x01 /* head of a free block: its place in its list follows from model calls, not a seed */
#define BT_ZP_MOVABLE  0x02 /* allocated and on the LRU, or driver-movable */
#define BT_ZP_PCP      0x04 /* freed to a per-CPU list and not drained since */
#define BT_ZP_SEEN     0x08 /* some event named the page: matters where the start state is unknown */
#define BT_ZP_REPORTED 0x10 /* head of a free block: the host knows that it is free.  cf. PageReported() */
#define BT_ZP_GUESSED  0x20 /* not free by a guess; setting BT_ZP_SEEN takes it back */

/* Flags of bdt_buddy_free().  cf. fpi_t */
#define BT_FREE_TO_TAIL      0x1 /* FPI_TO_TAIL: memory that is not hot, as hotplug and deferred pages */
#define BT_FREE_UNKNOWN      0x2 /* the place in the list does not follow from what was observed */
#define BT_FREE_NOT_REPORTED 0x4 /* FPI_SKIP_REPORT_NOTIFY: not news for free page reporting */

struct bdt_list {
	uint32_t head, tail; /* page index of the first and last block, BT_PAGE_NIL if empty */
	uint32_t nr_free;    /* blocks */
};

/* A direct compaction that takes the block it waits for out of the merging.  cf. struct capture_control */
struct bdt_capture {
	bdt_order order; /* wanted */
	bdt_migratetype mt;
	bdt_pfn pfn;              /* block handed over, BT_PFN_NONE until then */
	bdt_migratetype block_mt; /* its type when it was freed */
};

struct bdt_zone {
	const struct bdt_profile *profile; /* must live longer than the zone */
	int node;
	char name[16];
	unsigned int index; /* zone_idx() */
	bdt_pfn start, end; /* zone span, end exclusive */
	bdt_pfn base;       /* pfn of page index 0: start rounded down to the largest block */
	uint64_t npages;    /* metadata records */
	bdt_order max_order, pageblock_order;
	uint64_t managed;    /* pages that the allocator was given, 0 = not told */
	uint64_t free_pages; /* on all lists, limbo included */
	uint64_t nr_free_cma, nr_free_highatomic; /* ... of these types, pages */
	uint64_t nr_free_isolate, nr_free_limbo;  /* ... that the kernel does not count */
	uint64_t nr_free_blocks;                  /* ... that it does, in blocks of pageblock size and above */
	uint64_t nr_isolate_pageblock;   /* pageblocks */
	uint64_t nr_reserved_highatomic; /* pages; 4.0: RESERVE pageblocks.  highatomic.h */
	uint64_t watermark_boost;        /* pages; boost_limit is the most it becomes, 0 = no boosting */
	uint64_t boost_limit;
	uint64_t watermark_low;      /* pages, without the boost; 0 = not told */
	bool boosted;                /* kswapd is to be woken for it.  ZONE_BOOSTED_WATERMARK */
	bool grouping_off;           /* page_group_by_mobility_disabled */
	uint64_t shuffle;            /* state of the random numbers, 0 = free lists are not shuffled */
	struct bdt_capture *capture; /* of the task that frees now, NULL = none */
	/* resolved from the profile and the types, so that nobody asks it on the way */
	const struct bdt_fallback_ops *engine;
	uint8_t cma, isolate;                /* migratetypes, BT_MT_NONE */
	uint8_t merges[BT_MAX_MIGRATETYPES]; /* bit set: types to merge with at pageblock size and above */
	uint8_t fallbacks[BT_MAX_MIGRATETYPES][4]; /* by requested type, BT_MT_NONE at the end */
	unsigned int free_flags;                   /* BT_FREE_* that the kernel knows */
	unsigned int special;                      /* bit set: types that have a counter of their own */
	bdt_order reporting_order; /* smallest order that is reported to the host, BT_REPORTING_OFF */
	bool reporting_inherits;   /* the halves of a block that was reported count as reported */
	bool reporting_requested;  /* a block of that order was freed.  cf. page_reporting_notify_free() */
	struct bdt_list list[BT_MAX_MIGRATETYPES][BT_MAX_ORDERS];
	uint32_t nonempty[BT_MAX_MIGRATETYPES]; /* bit set: orders whose list is not empty */
	/* per page, from one zeroed mapping: untouched memory costs nothing */
	uint32_t *next, *prev; /* neighbours in the list, of block heads */
	uint8_t *block;        /* 0, or for the head of a free block: 0x80 | mt << 4 | order */
	uint8_t *page_flags;   /* BT_ZP_* */
	uint64_t *placed; /* `event` of the last call that touched the page, NULL = not kept: bdt_zone_track()
			   */
	uint64_t event;   /* set by whoever calls, for `placed` */
	/* per pageblock */
	uint8_t *block_type; /* see BT_BLOCK_*; 0 is movable, by assumption: untouched memory costs nothing */
	uint64_t nblocks;
	size_t mapped; /* bytes of the mapping behind next */
};

#define BT_BLOCK_CERTAIN 0x80 /* the type was observed; otherwise it is an assumption */
#define BT_BLOCK_REVISED 0x40 /* the assumption was given up once already */
#define BT_BLOCK_SAVED   0x38 /* type that an isolated pageblock had, as BT_BLOCK_TYPE */
#define BT_BLOCK_TYPE    0x07 /* migratetype XOR the one of movable pages */

/*
 * Creates an empty zone (no free pages, all pageblocks MOVABLE by assumption) that spans [start, end).
 * 0 or -ENOMEM.  10 bytes of address space per page, resident only where touched.  The zone has neither CMA
 * nor an isolate type until bdt_zone_name_types() tells.
 */
int bdt_zone_create(const struct bdt_profile *profile, bdt_pfn start, bdt_pfn end, bdt_order max_order,
		    bdt_order pageblock_order, struct bdt_zone **out);
void bdt_zone_destroy(struct bdt_zone *z); /* NULL is allowed */

/*
 * Which types beyond the first four the kernel was built with: the numbers of CMA and of isolate follow.
 * Nothing may be on their lists yet, no pageblock be of them. cf. enum migratetype
 */
void bdt_zone_name_types(struct bdt_zone *z, bool cma, bool isolate);

static inline bool bdt_zone_spans(const struct bdt_zone *z, bdt_pfn pfn)
{
	return pfn >= z->start && pfn < z->end;
}

/* Makes `to`, created with the same span and orders, hold what `from` holds.  O(memory that either touched).
 */
void bdt_zone_copy(struct bdt_zone *to, const struct bdt_zone *from);

/* Does the zone span the whole block?  False for blocks that hang over an edge. */
static inline bool bdt_zone_spans_block(const struct bdt_zone *z, bdt_pfn pfn, bdt_order order)
{
	return pfn >= z->start && pfn + (1ULL << order) <= z->end;
}

/* A free block as the lists hold it. */
struct bdt_block {
	bdt_pfn pfn;
	bdt_order order;
	bdt_migratetype mt; /* of the list */
	bool known;         /* BT_ZP_KNOWN */
};

/* The free block whose head is `pfn`; false if there is none. */
bool bdt_zone_head(const struct bdt_zone *z, bdt_pfn pfn, struct bdt_block *out);
/* The free block that contains `pfn`; false if the page is not free.  O(orders). */
bool bdt_zone_find(const struct bdt_zone *z, bdt_pfn pfn, struct bdt_block *out);
/* Smallest order from `order` on whose list of `mt` is not empty; above max_order if there is none. */
static inline bdt_order bdt_zone_smallest(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt)
{
	uint32_t orders = z->nonempty[mt] >> order;

	return orders ? order + (bdt_order)__builtin_ctz(orders) : BT_MAX_ORDERS;
}
/* First block of list (order, mt), false if empty. */
bool bdt_zone_first(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt, struct bdt_block *out);

/* How a block enters a list. */
enum bdt_place { BDT_HEAD, BDT_TAIL };

/* Puts a block on list (order, mt), without merging; its pages must not be free. */
void bdt_zone_insert(struct bdt_zone *z, bdt_pfn pfn, bdt_order order, bdt_migratetype mt,
		     enum bdt_place place, bool known);
/* Puts a block of the same order on the same list as the block with head `after`, behind that. */
void bdt_zone_insert_behind(struct bdt_zone *z, bdt_pfn pfn, bdt_pfn after, bool known);
/* Takes the block with head `pfn` off its list. */
void bdt_zone_delete(struct bdt_zone *z, bdt_pfn pfn);
/* Moves the block with head `pfn` to list (same order, mt).  cf. move_to_free_list(). */
void bdt_zone_move(struct bdt_zone *z, bdt_pfn pfn, bdt_migratetype mt, enum bdt_place place, bool known);
/* Moves what is ahead of the block with head `pfn` to the tail of its list.  cf. move_freelist_head() */
void bdt_zone_make_first(struct bdt_zone *z, bdt_pfn pfn);
/*
 * The kernel was seen to take the block with head `pfn`: moves what is ahead of it out of the way, to the
 * tail of the list, unless more than `limit` of it is known; what was known is not afterwards.  Where neither
 * the block nor the head of its list is known, nothing between them is.  O(blocks ahead) otherwise, at most
 * 4096: behind more than that nothing is moved.  Returns false when nothing was moved because of a limit.
 */
bool bdt_zone_rotate(struct bdt_zone *z, bdt_pfn pfn, unsigned int limit);

/*
 * From now on `placed` holds for each page the `event` at which it was last named to bdt_zone_mark(), or was
 * the head of a block that entered or left a list.  8 bytes per page that is touched.  0 or -ENOMEM.
 */
int bdt_zone_track(struct bdt_zone *z);

/* Pageblock that holds `pfn`: its type, and whether that is an assumption. */
static inline bdt_migratetype bdt_zone_type(const struct bdt_zone *z, bdt_pfn pfn)
{
	return (z->block_type[(pfn - z->base) >> z->pageblock_order] & BT_BLOCK_TYPE) ^ z->profile->movable;
}
static inline bool bdt_zone_type_guessed(const struct bdt_zone *z, bdt_pfn pfn)
{
	return !(z->block_type[(pfn - z->base) >> z->pageblock_order] & BT_BLOCK_CERTAIN);
}
/*
 * Sets the type of the pageblock of `pfn`; free lists are not touched.  Without grouping by mobility all
 * types with fallbacks become unmovable.  cf. set_pageblock_migratetype()
 */
static inline void bdt_zone_set_type(struct bdt_zone *z, bdt_pfn pfn, bdt_migratetype mt, bool guess)
{
	uint8_t *type = &z->block_type[(pfn - z->base) >> z->pageblock_order];

	if (z->grouping_off && mt < z->profile->nr_fallback_types)
		mt = z->profile->unmovable;
	z->nr_isolate_pageblock -= ((*type & BT_BLOCK_TYPE) ^ z->profile->movable) == z->isolate;
	z->nr_isolate_pageblock += mt == z->isolate;
	*type = (uint8_t)((mt ^ z->profile->movable) | (guess ? *type & BT_BLOCK_REVISED : BT_BLOCK_CERTAIN));
}

/*
 * Free pages as the kernel counts them, isolated ones not among them: it counts what is on its lists, and
 * what is in limbo was found to be on none of them.  NR_FREE_PAGES
 */
static inline uint64_t bdt_zone_nr_free(const struct bdt_zone *z)
{
	return z->free_pages - z->nr_free_isolate - z->nr_free_limbo;
}

/* Sets and clears BT_ZP_* bits of 2^order pages.  O(pages). */
void bdt_zone_mark(struct bdt_zone *z, bdt_pfn pfn, bdt_order order, uint8_t set, uint8_t clear);

/*
 * Recomputes all cached counts and checks every invariant; NULL when the zone is sound, else a static text
 * that names the one that is broken.  O(zone).
 */
const char *bdt_zone_validate(const struct bdt_zone *z);

#endif
