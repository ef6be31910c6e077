/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_GROUPING_H
#define BT_MODEL_GROUPING_H

#include "model/zone.h"

/*
 * Machines with too little memory do not group pages by mobility: every request is unmovable, every pageblock
 * that falls to one is claimed.  cf. page_group_by_mobility_disabled
 */

/*
 * Is grouping off in the zone's kernel?  `pages`: what all zones of the machine have above their high
 * watermarks.  cf. build_all_zonelists(), 4.0 - 7.2.
 */
static inline bool bdt_grouping_is_off(const struct bdt_zone *z, uint64_t pages)
{
	unsigned int types = z->profile->highatomic + 1;

	types += (z->cma != BT_MT_NONE) + (z->isolate != BT_MT_NONE);
	return pages < (uint64_t)types << z->pageblock_order;
}

/* The type that a request of type `mt` has in the end.  cf. gfp_migratetype(), 4.0 - 7.2. */
static inline bdt_migratetype bdt_grouping_type(const struct bdt_zone *z, bdt_migratetype mt)
{
	return z->grouping_off && mt < z->profile->nr_fallback_types ? z->profile->unmovable : mt;
}

#endif
