/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_HIGHATOMIC_H
#define BT_MODEL_HIGHATOMIC_H

#include "model/buddy.h"

/*
 * Pageblocks kept back.  Since 4.4: for high-order requests that cannot wait, reserved when one of them was
 * served, up to a hundredth of the zone, and given up under pressure.  4.0: RESERVE, up to two pageblocks set
 * aside at boot for when everything else failed.  The zone's `managed` pages must be told.
 */

/* Most pages that may be reserved; 0 = none ever.  cf. reserve_highatomic_pageblock(), 4.4 - 7.2. */
uint64_t bdt_highatomic_limit(const struct bdt_zone *z);

/*
 * A request that may reserve got the 2^order pages at `pfn`: reserves their pageblock, unless the limit is
 * reached or its type has no fallbacks.  True when it was.  O(pageblock).
 * cf. reserve_highatomic_pageblock(), 4.4 - 7.2.
 */
bool bdt_highatomic_reserve(struct bdt_zone *z, bdt_pfn pfn, bdt_order order);

/*
 * Gives the pageblock of the first free block, smallest order first, to `mt`; the last one only by `force`.
 * Returns the pages that moved, 0 when nothing was given up.  O(pageblock).
 * cf. unreserve_highatomic_pageblock(), 4.4 - 7.2.
 */
uint64_t bdt_highatomic_unreserve(struct bdt_zone *z, bdt_migratetype mt, bool force);

/*
 * Sets aside pageblocks for `min_wmark` pages from the start of the zone, or takes some back; `boot_memory`
 * (may be NULL) says of a pageblock that it holds pages that are never freed.  O(zone).
 * cf. setup_zone_migrate_reserve(), 4.0.
 */
void bdt_highatomic_set_aside(struct bdt_zone *z, uint64_t min_wmark,
			      bool (*boot_memory)(void *user, bdt_pfn pageblock), void *user);

#endif
