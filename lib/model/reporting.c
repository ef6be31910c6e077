/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/reporting.h"

/* Blocks handed to the host at once, and the share of a list that one pass takes. */
#define CAPACITY 32
#define SHARE    16

/* cf. __isolate_free_page() and __putback_isolated_page(): through isolation and back, to the tail. */
static void report(struct bdt_zone *z, const struct bdt_block *b)
{
	bdt_buddy_isolate(z, b);
	bdt_zone_insert(z, b->pfn, b->order, bdt_zone_type(z, b->pfn), BDT_TAIL, false);
	z->page_flags[b->pfn - z->base] |= BT_ZP_REPORTED;
}

/* One list; the blocks that were on it when the pass began. */
static bool report_list(struct bdt_zone *z, bdt_order order, bdt_migratetype mt)
{
	struct bdt_list *l = &z->list[mt][order];
	uint32_t left = l->nr_free,
		 budget = ((left + CAPACITY * SHARE - 1) / (CAPACITY * SHARE) + 1) * CAPACITY;
	uint32_t at = l->head;

	while (left-- && at != BT_PAGE_NIL) {
		uint32_t next = z->next[at];
		struct bdt_block b;

		if (!(z->page_flags[at] & BT_ZP_REPORTED)) {
			if (!budget--)
				return true;
			bdt_zone_head(z, z->base + at, &b);
			report(z, &b);
		}
		at = next;
	}
	return false;
}

bool bdt_reporting_pass(struct bdt_zone *z)
{
	bool more = false;

	if (z->reporting_order == BT_REPORTING_OFF)
		return false;
	z->reporting_requested = false;
	for (bdt_order o = z->reporting_order; o <= z->max_order; o++)
		for (bdt_migratetype mt = 0; mt < BT_MT_LIMBO; mt++)
			more |= report_list(z, o, mt);
	return more;
}

void bdt_reporting_settled(struct bdt_zone *z)
{
	for (bdt_order o = z->reporting_order; o <= z->max_order; o++)
		for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++)
			for (uint32_t at = z->list[mt][o].head; at != BT_PAGE_NIL; at = z->next[at])
				z->page_flags[at] |= BT_ZP_REPORTED;
}
