/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_ISOLATE_H
#define BT_MODEL_ISOLATE_H

#include "model/buddy.h"

/*
 * Memory isolation: while a range is emptied (hotplug, contiguous allocations) its pageblocks are of a type
 * from which nothing is allocated.  The zone must have an isolate type.
 */

/*
 * Isolates the pageblock of `pfn`, which the caller knows to be free of unmovable pages.  A free block that
 * reaches beyond it is cut (before 6.10: the caller has cut it, or it goes as a whole).  False when it is
 * isolated already, or, since 6.10, hangs over the zone's edge.  O(pageblock).
 * cf. set_migratetype_isolate(), 4.0 - 7.2; pageblock_isolate_and_move_free_pages(), 6.17 - 7.2.
 */
bool bdt_isolate_pageblock(struct bdt_zone *z, bdt_pfn pfn);

/*
 * Ends it: the pageblock becomes `mt`, since 6.17 what it was before.  A free block of pageblock size and
 * above merges with its buddy now.  Does nothing when it is not isolated.  O(pageblock).
 * cf. unset_migratetype_isolate(), 4.0 - 7.2.
 */
void bdt_unisolate_pageblock(struct bdt_zone *z, bdt_pfn pfn, bdt_migratetype mt);

#endif
