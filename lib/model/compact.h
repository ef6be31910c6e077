/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_COMPACT_H
#define BT_MODEL_COMPACT_H

#include "model/compact_result.h"
#include "model/compact_rules.h"
#include "model/deferral.h"
#include "model/migration.h"
#include "model/watermark.h"
#include "model/zone.h"

/*
 * Compaction of one zone: what the zone remembers between runs, what one run is in the middle of, and the
 * decisions when a run begins and ends.  The scanners are in scanner.h, a whole run in compact_run.h.
 */

#define BT_COMPACT_CLUSTER 32   /* pages isolated at a time.  cf. COMPACT_CLUSTER_MAX */
#define BT_COSTLY_ORDER    3    /* cf. PAGE_ALLOC_COSTLY_ORDER */
#define BT_ORDER_ALL       (-1) /* order of a run that compacts everything */

/* cf. compact_* of struct zone, and the skip bit of pageblock flags */
struct bdt_compact_zone {
	struct bdt_zone *zone; /* borrowed */
	const struct bdt_compact_rules *rules;
	const struct bdt_watermarks *marks; /* of the zone, borrowed; NULL: pages may always be taken */
	struct bdt_deferral deferral;
	bdt_pfn cached_migrate[2]; /* where the next run begins to look for sources: async, sync */
	bdt_pfn cached_free;       /* ... and for targets */
	bdt_pfn init_migrate,
		init_free;    /* both after the last reset: a run from there is of the whole zone */
	bool blockskip_flush; /* skip bits are to be cleared when kswapd goes to sleep */
	uint8_t *skip;        /* by pageblock: not 0 = nothing was found there lately */
	uint8_t mark;         /* what it becomes, 1 at first: a caller can tell old marks from new ones */
};

/* `zone` must live longer; marks is NULL.  0 or -ENOMEM.  Release with bdt_compact_zone_finish().
 * O(pageblocks). */
int bdt_compact_zone_init(struct bdt_compact_zone *cz, struct bdt_zone *zone,
			  const struct bdt_compact_rules *rules);
void bdt_compact_zone_finish(struct bdt_compact_zone *cz);

static inline bdt_pfn bdt_block_start(const struct bdt_zone *z, bdt_pfn pfn)
{
	return pfn >> z->pageblock_order << z->pageblock_order;
}
static inline bdt_pfn bdt_block_end(const struct bdt_zone *z, bdt_pfn pfn)
{
	return bdt_block_start(z, pfn) + (1ULL << z->pageblock_order);
}
/* First page of the last pageblock: where a search for targets begins. */
static inline bdt_pfn bdt_last_block(const struct bdt_zone *z)
{
	return bdt_block_start(z, z->end - 1);
}
/* The skip bit of a pageblock.  cf. get_pageblock_skip() */
static inline uint8_t *bdt_compact_skip(const struct bdt_compact_zone *cz, bdt_pfn pfn)
{
	return &cz->skip[(pfn - cz->zone->base) >> cz->zone->pageblock_order];
}

struct bdt_pages; /* scanner.h */

/* One run.  cf. struct compact_control */
struct bdt_compact_control {
	struct bdt_compact_zone *cz;
	int order; /* wanted, BT_ORDER_ALL */
	bdt_migratetype migratetype;
	enum bdt_migrate_mode mode;
	unsigned int alloc_flags; /* BT_ALLOC_* of the request, 0 without one */
	unsigned int highest;     /* highest zone index of the request */
	bdt_pfn migrate_pfn, free_pfn;
	bdt_pfn fast_start_pfn; /* lowest pageblock that a fast search found, 0 = none, BT_PFN_NONE = used */
	unsigned int fast_search_fail;
	int search_order;
	uint64_t nr_freepages, nr_migratepages; /* isolated and not used yet */
	bool direct;                            /* for an allocation of this task */
	bool proactive;                         /* to lower the fragmentation score */
	bool whole_zone;                        /* began at both ends */
	bool ignore_skip_hint, no_set_skip_hint, ignore_block_suitable;
	bool finish_pageblock; /* the scan goes on to the end of the pageblock */
	bool contended, kswapd_running;
	bool blocks;                /* for whole free pageblocks: kcompactd with defrag_mode */
	bool no_fs;                 /* the request lacks __GFP_FS: pages of files stay */
	unsigned int proactive_low; /* cf. bdt_proactive_marks.low */
};

/* Who compacts. */
enum bdt_compact_trigger {
	BDT_COMPACT_DIRECT,    /* an allocation, as hard as its priority says */
	BDT_COMPACT_KCOMPACTD, /* woken by kswapd */
	BDT_COMPACT_PROACTIVE, /* kcompactd on its own */
	BDT_COMPACT_MEMORY,    /* vm.compact_memory, node/compact */
	BDT_COMPACT_CONTIG,    /* alloc_contig_range() */
	BDT_COMPACT_KSWAPD,    /* compact_pgdat(), 4.0 */
};

/*
 * The control of a run of this trigger; `prio` is of direct ones.  migratetype, alloc_flags and highest are
 * the caller's to set.  cf. compact_zone_order(), kcompactd_do_work(), compact_node(), 4.0 - 7.2
 */
struct bdt_compact_control bdt_compact_control(struct bdt_compact_zone *cz, enum bdt_compact_trigger trigger,
					       enum bdt_compact_priority prio, int order);

/*
 * Sets the positions at which the run begins.  The skip bits are to be cleared before where
 * bdt_deferral_restarting() says so.  cf. compact_zone(), 4.0 - 7.2
 */
void bdt_compact_begin(struct bdt_compact_control *cc);

/* Have the scanners met?  cf. compact_scanners_met() */
bool bdt_compact_met(const struct bdt_compact_control *cc);

/*
 * Is the run over?  As mm_compaction_finished says it: NO_SUITABLE_PAGE and CONTINUE both go on.  When the
 * scanners have met, the cached positions are reset.  O(orders).  cf. __compact_finished(), 4.0 - 7.2
 */
enum bdt_compact_result bdt_compact_finished(struct bdt_compact_control *cc);

/*
 * Clears skip bits of pageblocks that have what is looked for, and moves the positions to the outermost ones;
 * nothing where the zone did not ask for it.  Every eighth page decides, as `pages` tells it: O(zone / 8).
 * cf. __reset_isolation_suitable(), 4.0 (all of them) - 7.2
 */
void bdt_compact_reset_skip(struct bdt_compact_zone *cz, const struct bdt_pages *pages);

/* What the test before a run said. */
struct bdt_suitable {
	enum bdt_compact_result result; /* SUCCESS, SKIPPED or CONTINUE */
	enum bdt_compact_result traced; /* what mm_compaction_suitable shows, BDT_COMPACT_NR = no event */
};

/* The request that the test is about. */
struct bdt_suitable_request {
	int order;
	unsigned int alloc_flags;       /* the watermark is among them */
	unsigned int highest;           /* highest zone index */
	unsigned int extfrag_threshold; /* vm.extfrag_threshold, 500 */
	bool async;
	bool blocks;    /* whole free pageblocks are wanted: kcompactd with defrag_mode */
	bool test_only; /* only whether a run makes sense, not whether the request would succeed: 6.6 on */
};

/*
 * Is the zone, whose marks are needed, worth compacting?  `free` as for bdt_watermark_ok().  O(orders).
 * cf. compaction_suitable(), compaction_suit_allocation_order(), 4.0 - 7.2
 */
struct bdt_suitable bdt_compact_suitable(const struct bdt_compact_zone *cz,
					 const struct bdt_suitable_request *request, uint64_t free);

/*
 * Free pages that a run needs besides the watermark: twice the block that is wanted; from 7.0 on no more than
 * a cluster.  cf. compact_gap()
 */
uint64_t bdt_compact_gap(const struct bdt_compact_rules *rules, int order);

#endif
