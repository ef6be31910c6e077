/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_REPORTING_H
#define BT_MODEL_REPORTING_H

#include "model/buddy.h"

/*
 * Free page reporting: a guest tells its host which large blocks are free.  It leaves no event, but while the
 * host is told the blocks are off their lists, and then they are put back at the tail; free blocks of
 * pageblock size become movable on the way.
 *
 * A pass goes through the zones; of each zone through the orders from the smallest one reported, of each
 * order through the types.  Blocks that the host does not know are taken from the head on, up to a batch.  A
 * full batch is handed over, put back, and the list is begun anew; what is left at the end of a zone is
 * handed over too.  The block that is due next becomes the head of its list, whenever there is one.
 */

/* How long after the first unreported free the reporting runs, ns.  cf. PAGE_REPORTING_DELAY, 5.7 and later
 */
#define BT_REPORTING_DELAY_NS 2000000000ULL
/* Blocks handed over at once.  cf. PAGE_REPORTING_CAPACITY */
#define BT_REPORTING_BATCH 32

/* A pass.  Zero it once; bdt_reporting_begin() sets it up. */
struct bdt_reporting {
	struct bdt_zone *const *zones; /* not owned */
	size_t nzones, zone;
	bdt_order order;
	bdt_migratetype mt;
	bool in_list;   /* the budget of this list is set */
	int64_t budget; /* batches that may still be handed over from it, less one */
	bool running;
	bool more; /* blocks are left for another pass */
	unsigned int n;
	struct bdt_reporting_block {
		bdt_pfn pfn;
		bdt_order order;
		bool known;
	} batch[BT_REPORTING_BATCH]; /* the first one that was taken comes first */
};

/*
 * Begins a pass over `zones`, in the order of for_each_zone(), clears their requests, and takes the first
 * batch.  O(blocks of the orders reported).  cf. page_reporting_process()
 */
void bdt_reporting_begin(struct bdt_reporting *r, struct bdt_zone *const *zones, size_t n);
/*
 * The host has the batch: puts it back and takes the next one; `seen`: this was observed, so that the places
 * of the blocks are as well known as before.  The pass is over when there is none (`running`).
 * cf. page_reporting_cycle()
 */
void bdt_reporting_next(struct bdt_reporting *r, bool seen);
/* The rest of the pass.  True when blocks are left for another one. */
bool bdt_reporting_end(struct bdt_reporting *r, bool seen);
/* Somebody has pages of (pfn, order): a block of the batch that shares pages with it was not taken; it is
 * back on its list.  O(1). */
void bdt_reporting_spare(struct bdt_reporting *r, bdt_pfn pfn, bdt_order order);

/* Is any free block of these orders known to be reported?  O(blocks) at worst. */
bool bdt_reporting_any(const struct bdt_zone *z);
/* Declares all blocks that are free now reported: they were free long before the recording.  O(blocks). */
void bdt_reporting_settled(struct bdt_zone *z);

#endif
