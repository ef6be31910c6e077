/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_ALLOCATE_H
#define BT_MODEL_ALLOCATE_H

#include "model/system.h"

/* Requests and frees on a bdt_system.  What a call does to the buddy lists is told to the observer. */

struct bdt_alloc_request {
	unsigned int cpu;
	int node; /* preferred, BT_NODE_OF_CPU */
	bdt_order order;
	uint32_t gfp;             /* BT_GFP_* */
	bool nolock;              /* alloc_pages_nolock(), 6.15 and later */
	bool trylock_fails;       /* the lock of the per-CPU lists is taken: straight from the buddy lists */
	uint64_t dirty_full;      /* bit i: node i has its share of dirty pages, __GFP_WRITE goes elsewhere */
	unsigned int alloc_flags; /* bdt_system_alloc_flags() only: BT_ALLOC_* */
};

struct bdt_alloc_result {
	bdt_pfn pfn;              /* BT_PFN_NONE: an unknown page of the per-CPU list */
	size_t zone;              /* number of the zone it came from */
	bool from_pcp;            /* handed out by a per-CPU list, maybe after a refill */
	unsigned int refilled;    /* blocks put on that list for this request, 0 = it was not empty */
	enum bdt_source source;   /* of the page itself when it left the buddy lists now, else NOWHERE */
	unsigned int alloc_flags; /* those it succeeded with */
};

/*
 * The first try of a request: flags by gfp, low watermark.  False if the slow path begins; nothing but
 * factors and flags has changed then.  cf. __alloc_pages_nodemask() up to its first
 * get_page_from_freelist(), 4.0 - 7.2.
 */
bool bdt_system_alloc(struct bdt_system *s, const struct bdt_alloc_request *request,
		      struct bdt_alloc_result *result);
/*
 * One pass over the zones with request->alloc_flags, as the slow path does.  O(zones x orders), plus the
 * refill.  cf. get_page_from_freelist(), 4.0 - 7.2.
 */
bool bdt_system_alloc_flags(struct bdt_system *s, const struct bdt_alloc_request *request,
			    struct bdt_alloc_result *result);
/*
 * The zone in which that pass would take the page, s->nzones if none.  Changes nothing, so it does not know
 * that a zone has enough pages but no block.  Returns the flags of the pass in *alloc_flags (may be NULL).
 */
size_t bdt_system_would_use(struct bdt_system *s, const struct bdt_alloc_request *request,
			    unsigned int *alloc_flags);
/* What is known of the zones better than the model has them, for the request at hand. */
struct bdt_zone_test {
	/* Has the zone, which is above its mark, a page for it in a pass with these BT_ALLOC_*? */
	bool (*has)(void *user, size_t zone, unsigned int alloc_flags);
	/* Free pages of the zone when it was asked, as bdt_zone_nr_free(). */
	uint64_t (*nr_free)(void *user, size_t zone);
	void *user;
};
/*
 * bdt_system_would_use() for a request that is made elsewhere: the zones' flags change as they do for it, and
 * nothing else.  `test` may be NULL: every zone has one.
 */
size_t bdt_system_enter(struct bdt_system *s, const struct bdt_alloc_request *request,
			const struct bdt_zone_test *test);
/* Likewise for one pass with request->alloc_flags; changes nothing. */
size_t bdt_system_would_use_flags(struct bdt_system *s, const struct bdt_alloc_request *request,
				  const struct bdt_zone_test *test);
/*
 * Up to `n` single pages of one zone for a caller that wants many; returns how many, 0 if it has to ask for
 * single ones.  cf. alloc_pages_bulk_noprof() (__alloc_pages_bulk()), 5.13 - 7.2.
 */
unsigned int bdt_system_alloc_bulk(struct bdt_system *s, const struct bdt_alloc_request *request,
				   bdt_pfn *pfns, unsigned int n);

/* How a block is freed. */
enum bdt_free_how {
	BDT_FREE_NORMAL,  /* to the per-CPU lists if they take its order and type, else to the buddy lists */
	BDT_FREE_BATCHED, /* the same, as one of a list of pages; the moment is mm_page_free_batched */
	BDT_FREE_COLD,    /* the same, to the end of the list: 4.0 */
	BDT_FREE_DIRECT,  /* to the buddy lists: the lock of the per-CPU lists was taken */
	BDT_FREE_TO_TAIL, /* to the tail of the buddy lists.  cf. FPI_TO_TAIL */
};

/*
 * Frees a block, which must be allocated; what is drained because of it is told to the observer.  Returns the
 * pages that were drained.  cf. __free_frozen_pages() and its predecessors, 4.0 - 7.2.
 */
unsigned int bdt_system_free(struct bdt_system *s, unsigned int cpu, bdt_pfn pfn, bdt_order order,
			     enum bdt_free_how how);
/*
 * A CPU's list of the zone was drained because of a free: with this many free pages it may be above its high
 * mark again.  6.7 and later.
 */
void bdt_system_after_drain(struct bdt_system *s, size_t zone, uint64_t free);
/*
 * Frees a run of single pages as one: in the largest blocks that fit, whatever their order.
 * cf. __free_contig_range(), free_pages_bulk(), 7.2.
 */
unsigned int bdt_system_free_run(struct bdt_system *s, unsigned int cpu, bdt_pfn pfn, uint64_t pages);

/* Where pages were that are not to be free any more. */
struct bdt_expelled {
	uint64_t pcp, buddy; /* pages; of a block that reaches beyond, those on a per-CPU list count all */
};

/*
 * What was observed says that these 2^order pages are allocated: takes them off whatever lists they are on,
 * so that they can be freed again.  Pages of no zone are left out.  O(pages).
 */
struct bdt_expelled bdt_system_expel(struct bdt_system *s, bdt_pfn pfn, bdt_order order);

#define BT_ALL_CPUS  UINT32_MAX
#define BT_ALL_ZONES SIZE_MAX

/* Empties per-CPU lists; returns the pages drained.  cf. drain_pages_zone(), drain_all_pages(), 4.0 - 7.2. */
unsigned int bdt_system_drain(struct bdt_system *s, size_t zone, unsigned int cpu);
/*
 * What a CPU's periodic worker does: lists of other nodes are given up after three rounds, `high` decays.
 * Returns the pages drained.  cf. refresh_cpu_vm_stats(), 4.0 - 7.2.
 */
unsigned int bdt_system_refresh(struct bdt_system *s, unsigned int cpu);

#endif
