/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/scanner.h"

/* When the skip bits of pageblocks are taken back, and where the next run begins then. */

/* Has one of the sampled pages of the pageblock what is looked for? */
static bool has_any(const struct bdt_zone *z, const struct bdt_pages *pages, bdt_pfn start, bool source,
		    bool target)
{
	bdt_pfn end = bdt_block_end(z, start);
	struct bdt_block b;

	for (bdt_pfn pfn = start; pfn < end; pfn += 1U << BT_COSTLY_ORDER) {
		if (!bdt_zone_spans(z, pfn))
			continue;
		if (source && pages->movable && pages->movable(pages->user, pfn))
			return true;
		/* only the first page of a free block is marked as one */
		if (target && bdt_zone_head(z, pfn, &b))
			return true;
	}
	return false;
}

static bool reset_block(struct bdt_compact_zone *cz, const struct bdt_pages *pages, bdt_pfn pfn, bool source,
			bool target)
{
	bdt_pfn start = bdt_block_start(cz->zone, pfn);

	/* a compound page that fills the pageblock is no source for a long time.  cf.
	 * pageblock_skip_persistent()
	 */
	if (pages->compound && pages->compound(pages->user, start) >= cz->zone->pageblock_order)
		return false;
	/* a block of a type that is no target is no target */
	if (!source && target && bdt_zone_type(cz->zone, start) != cz->zone->profile->movable)
		return false;
	if (source && target && !*bdt_compact_skip(cz, start))
		return true;
	if (!has_any(cz->zone, pages, start, source, target))
		return false;
	*bdt_compact_skip(cz, start) = 0;
	return true;
}

void bdt_compact_reset_skip(struct bdt_compact_zone *cz, const struct bdt_pages *pages)
{
	bdt_pfn migrate = cz->zone->start, free = cz->zone->end - 1;
	bdt_pfn lowest = free, highest = migrate;
	bdt_pfn npb = 1ULL << cz->zone->pageblock_order;
	bool source_set = false, free_set = false;

	if (!cz->blockskip_flush)
		return;
	cz->blockskip_flush = false;
	for (; migrate < free; migrate += npb, free -= npb) {
		if (reset_block(cz, pages, migrate, true, source_set) && migrate < lowest) {
			source_set = true;
			lowest = migrate;
			cz->init_migrate = cz->cached_migrate[0] = cz->cached_migrate[1] = lowest;
		}
		if (reset_block(cz, pages, free, free_set, true) && free > highest) {
			free_set = true;
			highest = free;
			cz->init_free = cz->cached_free = highest;
		}
	}
	if (lowest >= highest) {
		cz->cached_migrate[0] = cz->cached_migrate[1] = migrate;
		cz->cached_free = free;
	}
}
