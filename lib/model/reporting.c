/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/reporting.h"

/* A pass hands over that share of an order, and at least one batch more. */
#define SHARE 16

static uint32_t blocks_of_order(const struct bdt_zone *z, bdt_order order)
{
	uint32_t n = 0;

	for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++)
		n += z->list[mt][order].nr_free;
	return n;
}

/* cf. __isolate_free_page() */
static void take(struct bdt_reporting *r, struct bdt_zone *z, uint32_t at)
{
	struct bdt_block b;

	bdt_zone_head(z, z->base + at, &b);
	r->batch[r->n++] = (struct bdt_reporting_block){ b.pfn, b.order, b.known };
	bdt_buddy_isolate(z, &b);
}

/* Takes from one list; true when the batch is full and there is a block behind it. */
static bool fill(struct bdt_reporting *r, struct bdt_zone *z)
{
	struct bdt_list *l = &z->list[r->mt][r->order];
	uint32_t at = l->head, next;

	if (!r->in_list && at != BT_PAGE_NIL)
		r->budget = (blocks_of_order(z, r->order) + BT_REPORTING_BATCH * SHARE - 1) /
			    (BT_REPORTING_BATCH * SHARE);
	r->in_list = true;
	for (; at != BT_PAGE_NIL; at = next) {
		next = z->next[at];
		if (z->page_flags[at] & BT_ZP_REPORTED)
			continue;
		if (r->budget >= 0 && r->n < BT_REPORTING_BATCH) {
			take(r, z, at);
			continue;
		}
		bdt_zone_make_first(z, z->base + at);
		r->more |= r->budget < 0;
		return r->budget-- >= 0;
	}
	return false;
}

/* Isolated blocks are nobody's to take. */
static void next_list(struct bdt_reporting *r, const struct bdt_zone *z)
{
	r->in_list = false;
	r->mt += 1 + (r->mt + 1 == z->isolate);
	if (r->mt >= BT_MT_LIMBO) {
		r->mt = 0;
		r->order++;
	}
}

/* cf. page_reporting_process_zone() */
static bool enough_free(const struct bdt_zone *z)
{
	uint64_t mark = z->watermark_low + z->watermark_boost +
			((uint64_t)BT_REPORTING_BATCH << (z->reporting_order & 31));

	return z->free_pages > mark + z->nr_free_highatomic;
}

static void begin_zone(struct bdt_reporting *r, size_t zone)
{
	for (; zone < r->nzones; zone++)
		if (r->zones[zone]->reporting_order != BT_REPORTING_OFF && enough_free(r->zones[zone]))
			break;
	r->zone = zone;
	r->mt = 0;
	r->in_list = false;
	if (zone < r->nzones)
		r->order = r->zones[zone]->reporting_order;
}

/* Takes up to where a batch is to be handed over; else the pass is over. */
static void advance(struct bdt_reporting *r)
{
	while (r->zone < r->nzones) {
		struct bdt_zone *z = r->zones[r->zone];

		while (r->order <= z->max_order) {
			if (fill(r, z))
				return;
			next_list(r, z);
		}
		if (r->n)
			return;
		begin_zone(r, r->zone + 1);
	}
	r->running = false;
}

void bdt_reporting_begin(struct bdt_reporting *r, struct bdt_zone *const *zones, size_t n)
{
	*r = (struct bdt_reporting){ .zones = zones, .nzones = n, .running = true };
	for (size_t i = 0; i < n; i++)
		zones[i]->reporting_requested = false;
	begin_zone(r, 0);
	advance(r);
}

/* Has anybody freed a part of the block, or the block? */
static bool partly_free(const struct bdt_zone *z, const struct bdt_reporting_block *b)
{
	struct bdt_block inside;

	return bdt_zone_find(z, b->pfn, &inside) ||
	       bdt_buddy_next(z, b->pfn, b->pfn + (1ULL << b->order), &inside);
}

/* cf. __putback_isolated_page(); what merges with others is not reported as a whole. */
static void put_back(struct bdt_zone *z, const struct bdt_reporting_block *b, bool seen)
{
	struct bdt_block now;

	if (partly_free(z, b))
		return;
	now = bdt_buddy_free(z, b->pfn, b->order, bdt_zone_type(z, b->pfn),
			     BT_FREE_TO_TAIL | BT_FREE_NOT_REPORTED |
				     (seen && b->known ? 0 : BT_FREE_UNKNOWN));
	if (now.order == b->order)
		z->page_flags[b->pfn - z->base] |= BT_ZP_REPORTED;
}

/* The last one that was taken is put back first.  cf. page_reporting_drain() */
static void put_all_back(struct bdt_reporting *r, bool seen)
{
	while (r->n)
		put_back(r->zones[r->zone], &r->batch[--r->n], seen);
}

void bdt_reporting_next(struct bdt_reporting *r, bool seen)
{
	if (!r->running)
		return;
	put_all_back(r, seen);
	advance(r);
}

bool bdt_reporting_end(struct bdt_reporting *r, bool seen)
{
	while (r->running)
		bdt_reporting_next(r, seen);
	return r->more;
}

void bdt_reporting_spare(struct bdt_reporting *r, bdt_pfn pfn, bdt_order order)
{
	for (unsigned int i = 0; i < r->n; i++) {
		struct bdt_reporting_block b = r->batch[i];
		bdt_order larger = b.order > order ? b.order : order;
		struct bdt_zone *z = r->zones[r->zone];

		if (pfn >> larger != b.pfn >> larger || !bdt_zone_spans(z, pfn))
			continue;
		for (r->n--; i < r->n; i++)
			r->batch[i] = r->batch[i + 1];
		if (!partly_free(z, &b))
			bdt_zone_insert(z, b.pfn, b.order, bdt_zone_type(z, b.pfn), BDT_TAIL, false);
		return;
	}
}

bool bdt_reporting_any(const struct bdt_zone *z)
{
	for (bdt_order o = z->reporting_order; o <= z->max_order; o++)
		for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++)
			for (uint32_t at = z->list[mt][o].head; at != BT_PAGE_NIL; at = z->next[at])
				if (z->page_flags[at] & BT_ZP_REPORTED)
					return true;
	return false;
}

void bdt_reporting_settled(struct bdt_zone *z)
{
	for (bdt_order o = z->reporting_order; o <= z->max_order; o++)
		for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++)
			for (uint32_t at = z->list[mt][o].head; at != BT_PAGE_NIL; at = z->next[at])
				z->page_flags[at] |= BT_ZP_REPORTED;
}
