/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/cma.h"
#include "model/buddy.h"

void bdt_cma_add_pageblock(struct bdt_zone *z, bdt_pfn pfn)
{
	pfn &= ~((1ULL << z->pageblock_order) - 1);
	bdt_zone_set_type(z, pfn, z->cma, false);
	bdt_buddy_free(z, pfn, z->pageblock_order, z->cma, 0);
}
