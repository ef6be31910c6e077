/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_FALLBACK_H
#define BT_MODEL_FALLBACK_H

#include "model/buddy.h"

/* Choosing the block that serves a request: own list, or a fallback as the profile's engine does it. */

/* Flags of struct bdt_request. */
#define BT_REQUEST_NOFRAGMENT 0x1 /* ALLOC_NOFRAGMENT: whole pageblocks or nothing */
#define BT_REQUEST_CMA        0x2 /* may be served from CMA pageblocks.  ALLOC_CMA; before 5.8 all movable ones */
#define BT_REQUEST_KSWAPD     0x4 /* ALLOC_KSWAPD: a boosted watermark is to wake kswapd */
#define BT_REQUEST_HIGHATOMIC \
	0x8 /* served from highatomic pageblocks first.  ALLOC_HIGHATOMIC, ALLOC_HARDER */
#define BT_REQUEST_RESERVES 0x10 /* ... also as a last resort.  ALLOC_NON_BLOCK, ALLOC_OOM */

struct bdt_request {
	bdt_order order;
	bdt_migratetype mt; /* unmovable for all when grouping by mobility is off: grouping.h */
	unsigned int flags; /* BT_REQUEST_* */
};

enum bdt_source {
	BDT_FROM_NOWHERE, /* no free block serves the request */
	BDT_FROM_OWN,     /* a list of the requested type.  cf. __rmqueue_smallest() */
	BDT_FROM_CLAIM, /* a fallback after which the pageblock has the requested type (change_ownership 1) */
	BDT_FROM_STEAL, /* a fallback that leaves the pageblock its type (change_ownership 0) */
	BDT_FROM_CMA, /* the CMA lists, which is not a fallback.  cf. __rmqueue_cma_fallback(), 4.4 - 7.2. */
	BDT_FROM_RESERVED, /* highatomic lists, 4.4 - 7.2; the RESERVE ones, 4.0 */
};

/* Where a refill remembers to start for its next page.  cf. enum rmqueue_mode, 6.12.29 and later. */
enum bdt_rmqueue_mode { BDT_RMQUEUE_NORMAL, BDT_RMQUEUE_CMA, BDT_RMQUEUE_CLAIM, BDT_RMQUEUE_STEAL };

struct bdt_choice {
	enum bdt_source source;
	bdt_pfn pfn;                 /* page that is handed out */
	struct bdt_block block;      /* free block it is cut from, as it is on the lists now */
	bdt_migratetype fallback_mt; /* claim and steal: type of the candidate's list */
	bdt_order fallback_order;    /* claim and steal: order of the candidate */
	bool known;                  /* the block's place in its list follows from calls, not from a seed */
	bdt_pfn candidate;           /* claim and steal: the block that the search for a fallback found */
	unsigned int boosts;         /* calls of boost_watermark() on the way, refused claims included */
};

/*
 * What the kernel would take for the request; the zone is not changed.  `mode` other than normal is for later
 * pages of a refill of kernels that remember it.  A request above pageblock order with NOFRAGMENT is taken
 * not to look below its order, also where kernels before 5.18 do.  O(1) from the own lists, else O(orders),
 * plus O(pageblock) for each candidate of a claim below pageblock order.  cf. __rmqueue(), 4.0 - 7.2.
 */
struct bdt_choice bdt_fallback_choose(const struct bdt_zone *z, const struct bdt_request *request,
				      enum bdt_rmqueue_mode mode);

/*
 * How many blocks of the request's order it would get one after the other until nothing serves it: where a
 * refill ends although more is asked for.  The zone is not changed.  O(orders).  cf. rmqueue_bulk()
 */
uint64_t bdt_fallback_obtainable(const struct bdt_zone *z, const struct bdt_request *request);

/*
 * Changes lists and types as a fallback to the free block `candidate` does before the page is taken; `source`
 * is claim or steal.  The block of the page can be another one afterwards: find it again.  O(pageblock). cf.
 * try_to_claim_block(), steal_suitable_fallback(), try_to_steal_freepages()
 */
void bdt_fallback_apply(struct bdt_zone *z, const struct bdt_block *candidate, bdt_migratetype mt,
			enum bdt_source source);

/* The type of list that gets what is left of the block after the page was taken.  cf. expand() */
bdt_migratetype bdt_fallback_rest(const struct bdt_zone *z, enum bdt_source source, bdt_migratetype mt,
				  bdt_migratetype fallback_mt);

/*
 * How sure it is that the pageblock of `pfn` changes its type: pages that are free or of a compatible type,
 * minus the half pageblock that is needed; >= 0 means that it does.  O(pageblock).
 */
int bdt_fallback_claim_margin(const struct bdt_zone *z, bdt_pfn pfn, bdt_migratetype mt);

/* What mm_page_alloc_extfrag tells of a fallback, its eight fields without the hashed page pointer. */
struct bdt_extfrag {
	bdt_pfn pfn; /* the page taken, 4.0 and since 6.10; between, the block that the search found */
	bdt_order alloc_order, fallback_order, pageblock_order;
	bdt_migratetype alloc_migratetype, fallback_migratetype;
	bool fragmenting;      /* the block was smaller than a pageblock */
	bool change_ownership; /* the pageblock of `pfn` is of the type asked for now */
};

/* The event of a choice that was taken; false when the kernel emits none.  cf. trace/events/kmem.h */
bool bdt_fallback_event(const struct bdt_zone *z, const struct bdt_request *request,
			const struct bdt_choice *choice, struct bdt_extfrag *out);

/* Does mm_page_alloc_extfrag come before the mm_page_alloc_zone_locked of the same removal?  Up to 6.9. */
bool bdt_fallback_tells_first(const struct bdt_profile *profile);

#endif
