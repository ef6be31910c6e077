/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_PROFILE_H
#define BT_MODEL_PROFILE_H

#include "model/compact_rules.h"
#include <buddytrace/event.h>
#include <stdbool.h>

/*
 * How one kernel release allocates, as a set of switches.  The mechanism asks the switches, never a version:
 * stable kernels backport, so the switches follow the exact release.
 */

/* How a request is served when its own lists are empty.  cf. __rmqueue_fallback() and its successors. */
enum bdt_fallback_engine {
	/* try_to_steal_freepages(), the candidate is the page: 4.0 */
	BDT_ENGINE_STEAL_FIRST,
	/* steal_suitable_fallback() puts blocks on the lists asked for, then retries: 4.12 to 6.9 */
	BDT_ENGINE_STEAL_RETRY,
	/* steal_suitable_fallback() claims a pageblock or takes from the one candidate: 6.10 to 6.14 */
	BDT_ENGINE_STEAL_ONCE,
	/* __rmqueue_claim() then __rmqueue_steal(): 6.12.29 and later, 6.15 and later */
	BDT_ENGINE_CLAIM_STEAL,
};

/* Which free blocks of pageblock size and above do not merge.  cf. __free_one_page() */
enum bdt_merge_rule {
	BDT_MERGE_CAP_ISOLATED,  /* what is freed as isolated stays below; all else merges: 4.0 */
	BDT_MERGE_NOT_ISOLATED,  /* different types of which one is isolated: 5.0 to 5.17 */
	BDT_MERGE_WITH_FALLBACK, /* different types unless both have fallbacks: 5.18 and later */
};

/* When ALLOC_NOFRAGMENT is asked for, and the smallest order that may fall back then. */
enum bdt_nofragment {
	BDT_NOFRAGMENT_NONE,    /* no such flag */
	BDT_NOFRAGMENT_NEVER,   /* the flag exists but is never set: 5.0 and 5.1 */
	BDT_NOFRAGMENT_ALWAYS,  /* pageblock order, for any request */
	BDT_NOFRAGMENT_SMALLER, /* pageblock order, for requests below it */
};

/* cf. boost_watermark() */
enum bdt_boost {
	BDT_BOOST_NONE,
	BDT_BOOST_ANY_ZONE,   /* 5.0 to 5.6 */
	BDT_BOOST_LARGE_ZONE, /* only zones of four pageblocks and more: 5.7 and later */
};

/* Which single page may be taken below a boosted minimum.  cf. zone_watermark_fast() */
enum bdt_boost_waiver {
	BDT_BOOST_WAIVED_NONE,
	BDT_BOOST_WAIVED_ATOMIC, /* __GFP_ATOMIC: 5.8 to 6.2 */
	BDT_BOOST_WAIVED_HIGH,   /* ALLOC_MIN_RESERVE: 6.3 and later */
};

/* In which order free_pcppages_bulk() goes over the lists of a CPU. */
enum bdt_pcp_drain {
	BDT_PCP_DRAIN_TYPES, /* round robin over three lists, more from each the longer: up to 5.16 */
	BDT_PCP_DRAIN_LISTS, /* round robin over all lists, starting at the one freed to: 5.17 and later */
};

/* What bounds a CPU's lists.  cf. zone_batchsize(), zone_highsize(), pageset_update() */
enum bdt_pcp_limits {
	BDT_PCP_LIMITS_BATCH, /* high is six times the batch: up to 5.13 */
	BDT_PCP_LIMITS_HIGH,  /* high is a share of the low watermark: 5.14 to 6.6 */
	BDT_PCP_LIMITS_TUNED, /* high moves between a minimum and a maximum: 6.7 and later */
};

/* What the migratetype of mm_page_alloc_zone_locked tells, and when the event comes. */
enum bdt_zone_locked {
	BDT_ZONE_LOCKED_ALWAYS, /* the type asked for, at the end of __rmqueue() even if it failed: 4.0, 5.0
				 */
	BDT_ZONE_LOCKED_PAGE,   /* the type asked for, if there is a page: 5.10 */
	BDT_ZONE_LOCKED_LIST,   /* the list used, from __rmqueue_smallest() alone: 5.15 and later */
};

/* The enumerations are held in one byte each: a release is described by a table of bytes (profile.c). */
struct bdt_profile {
	char name[8];          /* "6.18": what it is called, the series that it was checked against */
	unsigned long release; /* bdt_release_number() of what it stands for */

	/* migratetypes: numbers, and who falls back to whom, in order.  cf. fallbacks[], page_alloc.c */
	bdt_migratetype unmovable, movable, reclaimable;
	bdt_migratetype highatomic;      /* also the one of RESERVE */
	unsigned int nr_fallback_types;  /* types 0..n-1 have fallbacks and merge with each other */
	bdt_migratetype fallbacks[3][2]; /* by requested type, without CMA */
	bool reserve;                    /* type 3 is RESERVE, the last resort of every request.  4.0 */
	bool cma_is_fallback;            /* movable requests fall back to CMA lists first.  4.0 */
	bool cma_balance;                /* CMA first when more than half of what is free is CMA.  5.8 */
	bool isolate_bit;                /* an isolated pageblock keeps its type.  6.18 */

	/* lists */
	uint8_t merge;           /* enum bdt_merge_rule */
	bool merge_retags_all;   /* a merge of types retags all pageblocks of the buddy, not the first */
	bool move_to_tail;       /* moved free blocks go to the tail of their new list, not the head.  5.10 */
	bool free_to_tail;       /* memory that is not hot is freed to the tail.  FPI_TO_TAIL, 5.10 */
	bool page_reporting;     /* free pages can be reported to a host.  5.7 */
	bool split_large_free;   /* a free above pageblock order is cut into pageblocks.  6.10 */
	bool isolate_moves_free; /* __isolate_free_page() moves the rest of a pageblock it retags.  6.10 */
	bool isolate_splits;     /* isolation cuts a free block larger than a pageblock.  6.10 */
	/*
	 * A free block is always on the list of its pageblock's type; then the migratetype of a drain and of
	 * a removal is the pageblock's.  Before, the lists keep what the page had when it was freed.  6.10
	 */
	bool list_is_block_type;

	/* fallbacks and fragmentation */
	uint8_t engine;             /* enum bdt_fallback_engine */
	uint8_t nofragment;         /* enum bdt_nofragment */
	uint8_t boost;              /* enum bdt_boost */
	bool defrag_mode;           /* sysctl vm.defrag_mode.  6.15 */
	bool capture;               /* direct compaction takes what its own frees merge.  5.1 */
	uint8_t zone_locked;        /* enum bdt_zone_locked */
	bool capture_emits_extfrag; /* a captured page of another type emits extfrag */

	/* pageblocks kept for high-order atomic requests */
	bool highatomic_aligned;     /* limit in whole pageblocks, none in small zones.  6.12 */
	bool highatomic_free_counts; /* watermarks leave out free highatomic pages, not reserved ones */
	bool highatomic_flag;        /* ALLOC_HIGHATOMIC, apart from what may dip into reserves.  6.3 */
	bool highatomic_high;        /* ... only for __GFP_HIGH.  6.18 */
	bool highatomic_on_buddy;    /* reserved when the buddy lists served it, no pcp refill for it.  7.2 */
	bool unreserve_before_oom;   /* the last reserved pageblock is given up before an OOM kill */

	/* per-CPU lists */
	uint8_t pcp_max_order;   /* PAGE_ALLOC_COSTLY_ORDER: pcp lists exist for 0..this ... */
	uint8_t pcp_thp;         /* ... and so many lists for the pageblock order when THP is built in */
	bool pcp_trylock;        /* a free or allocation that finds the pcp lock taken goes past it.  cf.
				    pcp_spin_trylock() */
	uint8_t pcp_drain;       /* enum bdt_pcp_drain */
	bool pcp_drain_batched;  /* ... in portions of a batch, the lock dropped between.  7.2 */
	uint8_t pcp_limits;      /* enum bdt_pcp_limits */
	bool pcp_decay_batched;  /* decay_pcp_high() frees in portions of a batch */
	bool pcp_scale_limit;    /* a drain is at most batch << PCP_BATCH_SCALE_MAX */
	bool pcp_batch_1m;       /* a batch is a share of 1 MiB, not of 512 KiB.  4.19 */
	bool pcp_high_threshold; /* a run of high-order frees is one from batch + high_min / 2 on.  6.16 */
	bool pcp_needs_cma;      /* movable requests without ALLOC_CMA go past the lists.  5.9 to 6.6 */
	bool free_coalesces;     /* runs of single pages are freed as larger blocks.  7.2 */

	/* fast and slow path */
	bool fair_zones;         /* ALLOC_FAIR: zones take turns.  4.0 */
	bool below_high;         /* ZONE_BELOW_HIGH.  6.7 */
	bool skip_busy_nodes;    /* a first pass leaves out nodes whose kswapd is awake.  6.18 */
	bool watermark_scale;    /* sysctl vm.watermark_scale_factor.  4.6 */
	bool min_reserve;        /* ALLOC_MIN_RESERVE and ALLOC_NON_BLOCK, not ALLOC_HIGH and ALLOC_HARDER */
	bool alloc_bulk;         /* alloc_pages_bulk().  5.13 */
	bool alloc_nolock;       /* alloc_pages_nolock().  6.15 */
	bool class_by_gfp;       /* reserves depend on the zone asked for, not on the preferred one.  5.8 */
	bool min_free_to_256m;   /* the default of min_free_kbytes is at most 256 MiB, not 64.  5.8 */
	bool movable_is_highmem; /* ZONE_MOVABLE has a small minimum, as HighMem.  6.7 */
	bool boost_asks_kswapd;  /* only a request with ALLOC_KSWAPD wakes it for a boosted zone.  6.5 */
	uint8_t boost_waiver;    /* enum bdt_boost_waiver */
	bool fast_counts_highatomic;   /* ... also in the shortcut for single pages.  5.9 */
	bool thp_thisnode_no_reclaim;  /* a THP request for this node that must not retry never reclaims */
	bool slowpath_loop;            /* the one-loop slow path.  7.2 */
	bool compaction_frees_checked; /* compaction_free() honours free_pages_prepare() */
	struct bdt_compact_rules compaction;
};

/* "6.12.29-suffix" as one comparable number; 0 if it does not start with two numbers. */
unsigned long bdt_release_number(const char *release);

/*
 * Describes a kernel release ("6.18.44-vendor") or a named profile ("6.18") in *out.  `*exact` (may be NULL)
 * becomes false when the release is one that the rules are only believed to hold for.  Where a distribution
 * hides the point release ("6.1.0-56-cloud-amd64") it is taken to be the last one that was looked at.  0, or
 * -ENOENT when no profile fits.
 */
int bdt_profile_find(const char *release, struct bdt_profile *out, bool *exact);
/* Name of the i-th profile, oldest first; NULL past the end. */
const char *bdt_profile_name(size_t i);

/* Is order `order` served by the per-CPU lists?  cf. pcp_allowed_order(). */
static inline bool bdt_profile_pcp_order(const struct bdt_profile *p, bdt_order order,
					 bdt_order pageblock_order)
{
	return order <= p->pcp_max_order || (p->pcp_thp && order == pageblock_order);
}

#endif
