/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_BUDDY_H
#define BT_MODEL_BUDDY_H

#include "model/zone.h"

/* Splitting and merging on top of the lists of bdt_zone. */

/*
 * Frees a block into the lists as type `mt`: merges it with free buddies as far as the kernel does, then puts
 * it at the head, or at the tail when the next merge is likely (or asked for).  None of its pages may be
 * free.  Returns the merged block; with a capture pending it can be handed over instead of going to a list.
 * O(orders).  cf. __free_one_page(), buddy_merge_likely(), compaction_capture(), 4.0 - 7.2.
 */
struct bdt_block bdt_buddy_free(struct bdt_zone *z, bdt_pfn pfn, bdt_order order, bdt_migratetype mt,
				unsigned int flags);

/*
 * Frees a block of any order with the type of each of its pageblocks: pieces of pageblock size, ascending
 * (before 6.10 in one piece, with the type of the first).  Pieces that hang over the zone's edge are left
 * out. cf. split_large_buddy(), 6.10 - 7.2; free_one_page() before.
 */
void bdt_buddy_free_by_type(struct bdt_zone *z, bdt_pfn pfn, bdt_order order, unsigned int flags);

/*
 * Takes 2^order pages at `pfn` out of the free block `from` that contains them; the halves that are left over
 * go to the head of list (their order, mt).  With pfn == from->pfn that is what an allocation does.
 * O(orders).  cf. expand(), __del_page_from_free_list(), page_del_and_expand(), 4.0 - 7.2.
 */
void bdt_buddy_take(struct bdt_zone *z, const struct bdt_block *from, bdt_pfn pfn, bdt_order order,
		    bdt_migratetype mt);

/*
 * Makes 2^order pages at `pfn` not free, whatever free blocks they are in; returns how many pages were free.
 * Left-over halves stay on the list type of their block.  O(pages).
 */
uint64_t bdt_buddy_carve(struct bdt_zone *z, bdt_pfn pfn, bdt_order order);

/*
 * First page at or after `pfn`, below `end`, that is the head of a free block; false if there is none.
 * O(end - pfn).
 */
bool bdt_buddy_next(const struct bdt_zone *z, bdt_pfn pfn, bdt_pfn end, struct bdt_block *out);

/* Gives all pageblocks of the block (pfn, order) the type `mt`.  cf. change_pageblock_range(), 4.0 - 7.2. */
void bdt_buddy_set_types(struct bdt_zone *z, bdt_pfn pfn, bdt_order order, bdt_migratetype mt, bool guess);

/*
 * Puts every free block of the pageblock of `pfn` on the lists of `mt`, ascending, each at the end where the
 * kernel puts moved blocks, and gives the pageblock (all pageblocks of a larger block) that type; what lies
 * outside of the zone is left out.  Returns the pages moved.  O(pageblock).
 */
uint64_t bdt_buddy_retype(struct bdt_zone *z, bdt_pfn pfn, bdt_migratetype mt, bool known, bool guess);

/*
 * The part of the pageblock of `pfn` that the kernel moves as one; false when it moves nothing of it: where
 * the pageblock hangs over an edge of the zone (before 6.10: over its end; at its start, from `pfn` on).
 * cf. prep_move_freepages_block(), 6.10 - 7.2; move_freepages_block() before.
 */
bool bdt_buddy_movable_range(const struct bdt_zone *z, bdt_pfn pfn, bdt_pfn *start, bdt_pfn *end);

/*
 * Puts the free blocks of that part on the lists of `mt`, as above; the type of the pageblock stays.  Returns
 * the pages moved, 0 also when nothing of it moves.  O(pageblock).  cf. move_freepages(), 4.0 - 7.2.
 */
uint64_t bdt_buddy_move(struct bdt_zone *z, bdt_pfn pfn, bdt_migratetype mt);

/*
 * Takes the free block `b` off its list to keep it.  From half a pageblock on its pageblocks become movable,
 * since 6.10 with what else is free in them, unless they hang over the zone's edge; those of a type without
 * fallbacks stay (4.0: only isolated and CMA ones).  O(pageblock).  cf. __isolate_free_page(), 4.0 - 7.2.
 */
void bdt_buddy_isolate(struct bdt_zone *z, const struct bdt_block *b);

#endif
