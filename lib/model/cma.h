/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_CMA_H
#define BT_MODEL_CMA_H

#include "model/zone.h"

/* Pageblocks of contiguous memory areas, lent to movable requests until their driver asks for them. */

/* Are the CMA lists tried by themselves, not as one of the fallbacks?  4.4 and later. */
static inline bool bdt_cma_apart(const struct bdt_zone *z)
{
	return z->cma != BT_MT_NONE && !z->profile->cma_is_fallback;
}

/* Is a pageblock of this type there for pages that can be moved?  cf. is_migrate_movable() */
static inline bool bdt_cma_is_movable(const struct bdt_zone *z, bdt_migratetype mt)
{
	return mt == z->profile->movable || mt == z->cma;
}

/* Do requests that may use CMA try it before their own lists?  cf. __rmqueue(), 5.8 - 7.2. */
static inline bool bdt_cma_first(const struct bdt_zone *z)
{
	return z->profile->cma_balance && z->nr_free_cma > bdt_zone_nr_free(z) / 2;
}

/*
 * Gives the pageblock of `pfn`, of which no page may be free, to CMA and frees it.  The zone must have a CMA
 * type.  O(orders).  cf. init_cma_reserved_pageblock(), 4.0 - 7.2.
 */
void bdt_cma_add_pageblock(struct bdt_zone *z, bdt_pfn pfn);

#endif
