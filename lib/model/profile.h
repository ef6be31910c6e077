/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_PROFILE_H
#define BT_MODEL_PROFILE_H

#include <buddytrace/event.h>
#include <stdbool.h>

/*
 * How one kernel version allocates, as a set of switches.  The mechanism asks the switches, never a version:
 * stable kernels backport, so the switches follow the exact release.
 */

/* How a request is served when its own lists are empty.  cf. __rmqueue_fallback() and its successors. */
enum bdt_fallback_engine {
	/* steal_suitable_fallback() puts blocks on the lists asked for, then retries: 5.2 to 6.9 */
	BDT_ENGINE_STEAL_RETRY,
	/* __rmqueue_claim() then __rmqueue_steal(): 6.12.29 and later, 6.15 and later */
	BDT_ENGINE_CLAIM_STEAL,
};

struct bdt_profile {
	const char *name;  /* "6.18" */
	const char *from;  /* first release it stands for, "6.12.29" */
	const char *until; /* first one it does not stand for any more, NULL = the newest */
	enum bdt_fallback_engine engine;
	bdt_migratetype unmovable, movable, reclaimable; /* numbers of the mergeable types */
	unsigned int nr_fallback_types;  /* types 0..n-1 have fallbacks and merge with each other */
	bdt_migratetype fallbacks[3][2]; /* by requested type, in order.  cf. fallbacks[], page_alloc.c */
	bdt_order pcp_max_order;         /* PAGE_ALLOC_COSTLY_ORDER: pcp lists exist for 0..this ... */
	bool pcp_thp;                    /* ... and for the pageblock order when THP is built in */
	bool pcp_trylock; /* a free or allocation that finds the pcp lock taken goes past it.  cf.
			     pcp_spin_trylock() */
	/*
	 * A free block is always on the list of its pageblock's type; then the migratetype of a drain and of
	 * a removal is the pageblock's.  Before, the lists keep what the page had when it was freed.
	 */
	bool list_is_block_type;
	bool merge_any_type;        /* at pageblock size and above, blocks of any types merge */
	bool capture_emits_extfrag; /* a captured page of another type emits extfrag */
};

/*
 * The profile for a kernel release ("6.18.44-vendor") or a profile name ("6.18"); NULL if none fits.
 * `*exact` (may be NULL) becomes false when the release is one that the rules are only believed to hold for.
 */
const struct bdt_profile *bdt_profile_find(const char *release, bool *exact);
/* i-th profile, oldest first; NULL past the end. */
const struct bdt_profile *bdt_profile_at(size_t i);

/* Is order `order` served by the per-CPU lists?  cf. pcp_allowed_order(). */
static inline bool bdt_profile_pcp_order(const struct bdt_profile *p, bdt_order order,
					 bdt_order pageblock_order)
{
	return order <= p->pcp_max_order || (p->pcp_thp && order == pageblock_order);
}

#endif
