/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_FRAGMENTATION_H
#define BT_MODEL_FRAGMENTATION_H

#include "model/zone.h"

/*
 * How fragmented free memory is, from nothing but the number of free blocks of each order.  All figures count
 * the blocks of all migratetypes.  cf. mm/vmstat.c, the same in 4.0 - 7.2.  Every function is O(orders).
 */

struct bdt_free_counts {
	uint64_t nr_free[BT_MAX_ORDERS]; /* blocks, by order */
	bdt_order max_order;
};

/* The counts of a zone, limbo included.  O(orders * migratetypes). */
void bdt_free_counts_of(const struct bdt_zone *z, struct bdt_free_counts *out);

/*
 * Why a request of this order would fail: towards 0 for lack of memory, towards 1000 because memory is
 * fragmented; -1000 when it would not fail for either reason, 0 without any free block.  Small negative
 * numbers occur.  cf. __fragmentation_index(), debugfs extfrag/extfrag_index (in units of 1/1000).
 */
int bdt_fragmentation_index(const struct bdt_free_counts *counts, bdt_order order);

/*
 * Share of free memory in blocks that are too small for this order, 0 to 1000; 1000 without free memory.
 * cf. unusable_free_index(), debugfs extfrag/unusable_index (in units of 1/1000).
 */
unsigned int bdt_unusable_free_index(const struct bdt_free_counts *counts, bdt_order order);

/* The same in per cent, and 0 without free memory.  cf. extfrag_for_order(), 5.9 and later. */
unsigned int bdt_extfrag_for_order(const struct bdt_free_counts *counts, bdt_order order);

/*
 * What a zone adds to its node's score: its extfrag_for_order() of a huge page, weighted by its share of the
 * node's present pages.  cf. fragmentation_score_zone_weighted(), fragmentation_score_node()
 */
unsigned int bdt_fragmentation_score(unsigned int extfrag, uint64_t present, uint64_t node_present);

/* Scores between which proactive compaction works. */
struct bdt_proactive_marks {
	unsigned int low;  /* a zone at or below it is done */
	unsigned int high; /* a node above it is started on */
};

/*
 * From vm.compaction_proactiveness, 0 to 100.  `spread`: the gap shrinks with `low`, and low has no floor of
 * 5: 6.18 and later.  cf. fragmentation_score_wmark()
 */
struct bdt_proactive_marks bdt_proactive_marks(unsigned int proactiveness, bool spread);

#endif
