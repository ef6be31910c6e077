/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_COMPACT_RULES_H
#define BT_MODEL_COMPACT_RULES_H

#include <stdbool.h>
#include <stdint.h>

/* How one kernel version compacts, as a set of switches: the part of bdt_profile that compaction asks. */

/* Which test says that a zone is worth compacting.  cf. compaction_suitable() */
enum bdt_suitable_rule {
	BDT_SUITABLE_4_0,  /* low watermark; the fragmentation index counts for every order */
	BDT_SUITABLE_5_0,  /* success is one of its results: 4.8 to 6.5 */
	BDT_SUITABLE_6_12, /* success is tested before, without an event: 6.5 to 6.13 */
	BDT_SUITABLE_6_18, /* from the watermark of the caller; async runs must do without CMA: 6.14 on */
};

struct bdt_compact_rules {
	uint8_t suitable;          /* enum bdt_suitable_rule */
	bool old_results;          /* numbers of 4.0 - 4.6.  cf. bdt_compact_result_from() */
	bool meets_at_page;        /* scanners meet at the same page, not pageblock: 4.0 */
	bool flush_if_not_kswapd;  /* 4.0: any run but kswapd's asks for the skip bits to be cleared */
	bool always_complete;      /* 4.0: no PARTIAL_SKIPPED */
	bool whole_from_start;     /* a run from the zone's start is of the whole zone: until 5.0 */
	bool watermark_to_finish;  /* 4.0: a block of the order is not enough, the watermark must hold */
	bool finish_block;         /* a run goes on to the end of its pageblock: 5.1 and later */
	bool fast_search;          /* fast_isolate_freepages(), fast_find_migrateblock(), strides: 5.1 on */
	bool fast_search_event;    /* mm_compaction_fast_isolate_freepages: 6.5 on */
	bool fast_enough;          /* a fast search ends when it has enough pages: 6.5 on */
	bool fast_sets_skip;       /* a pageblock that the fast search finds is marked at once: until 6.4 */
	bool skip_rest_on_failure; /* async direct: the rest of the order's block is left out: until 6.2 */
	bool rescan_on_failure;    /* the pageblock is finished in the same step then: 6.3 on */
	bool compound_by_order;    /* compound pages smaller than the order are sources: 6.9 on */
	bool scanned_by_page;      /* nr_scanned counts the pages that are stepped over: 6.5 on */
	bool target_below_order;   /* a free block of the order is no target, else of a pageblock: 6.5 on */
	bool cache_behind_block;   /* the cached free pfn goes to the pageblock below: 6.6 on */
	bool freepages_by_order;   /* targets keep their order, else they are single pages: 6.9 on */
	bool needs_fs;             /* requests without __GFP_FS do not compact: until 4.9 */
	bool needs_io;             /* ... without __GFP_IO never do; the slow path counts on it: 6.8 on */
	bool skipped_fails;        /* costly, not to be retried: a first run left out ends it: 5.2 on */
	bool withdrawn_harder;     /* a run that was left out or cut short is made harder at once: 5.4 on */
	bool retry_on_success;     /* only a success is worth another run of the same kind: 6.5 on */
	bool proactive;            /* 5.9 on */
	bool proactive_spread;     /* cf. bdt_proactive_marks() */
	bool cma_needs_flag;       /* direct runs without ALLOC_CMA leave CMA pageblocks alone: 7.0 on */
	bool gap_of_a_cluster;     /* a run needs no more than a cluster besides the watermark: 7.0 on */
	bool fast_for_pageblock;   /* from a pageblock up any request is made room for in movable ones: 7.1 on
				    */
	bool fast_looks_once;     /* a fast search for targets looks at one block of each order: until 5.18 */
	bool fast_low_too;        /* ... and goes on at the highest one it saw, however low: until 5.18 */
	bool fast_unsuitable_too; /* ... or at the lowest it wanted, of whatever type: until 6.7 */
};

#endif
