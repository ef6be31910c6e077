/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/system.h"

/* When a node's reclaim thread runs; what it reclaims is not modelled. */

/* Enough pages of one zone for the order, above the high mark? */
static bool zone_balanced(const struct bdt_system_zone *z, bdt_order order, unsigned int highest, bool blocks)
{
	uint64_t mark = bdt_watermark_mark(z->zone, &z->marks, BT_ALLOC_WMARK_HIGH);

	/* whole pageblocks are what is kept in reserve then, so only they count */
	return bdt_watermark_ok(z->zone, &z->marks, order, mark, highest, 0,
				blocks && order ? z->zone->nr_free_blocks : bdt_zone_nr_free(z->zone));
}

bool bdt_system_balanced(const struct bdt_system *s, int node, bdt_order order, unsigned int highest)
{
	bool blocks = s->profile->defrag_mode && s->vm.defrag_mode, managed = false;

	for (size_t i = 0; i < s->nzones; i++) {
		const struct bdt_system_zone *z = &s->zones[i];

		if (z->zone->node != node || z->zone->index > highest || !z->managed)
			continue;
		managed = true;
		if (zone_balanced(z, order, highest, blocks))
			return true;
	}
	return !managed;
}

static bool boosted(const struct bdt_system *s, int node, unsigned int highest)
{
	for (size_t i = 0; i < s->nzones; i++) {
		const struct bdt_zone *z = s->zones[i].zone;

		if (z->node == node && z->index <= highest && z->watermark_boost)
			return true;
	}
	return false;
}

enum bdt_wake bdt_system_wake_kswapd(struct bdt_system *s, size_t zone, bdt_order order, unsigned int highest,
				     uint32_t gfp)
{
	const struct bdt_system_zone *z = &s->zones[zone];
	int node = z->zone->node;
	struct bdt_kswapd *k = &s->kswapd[node];
	struct bdt_seen_wakeup seen = { node, highest, order, gfp };

	if (!z->managed)
		return BDT_WAKE_NOBODY;
	if (k->highest < highest)
		k->highest = highest;
	if (k->order < order)
		k->order = order;
	if (k->awake)
		return BDT_WAKE_NOBODY;
	if (s->profile->fair_zones && zone_balanced(z, order, 0, false))
		return BDT_WAKE_NOBODY;
	if (!s->profile->fair_zones &&
	    (k->hopeless || (bdt_system_balanced(s, node, order, highest) && !boosted(s, node, highest))))
		return gfp & BT_GFP_DIRECT_RECLAIM ? BDT_WAKE_NOBODY : BDT_WAKE_KCOMPACTD;
	if (s->observer.wake_kswapd)
		s->observer.wake_kswapd(s->observer.user, &seen);
	return BDT_WAKE_KSWAPD;
}

void bdt_system_kswapd_begin(struct bdt_system *s, int node, unsigned int highest)
{
	s->kswapd[node].awake = true;
	for (size_t i = 0; i < s->nzones; i++) {
		struct bdt_system_zone *z = &s->zones[i];

		if (z->zone->node != node || z->zone->index > highest)
			continue;
		z->flags |= BT_SZ_RECLAIM_ACTIVE;
		z->boost_begun = z->zone->watermark_boost;
	}
}

void bdt_system_kswapd_end(struct bdt_system *s, int node, unsigned int highest)
{
	s->kswapd[node] = (struct bdt_kswapd){ .hopeless = s->kswapd[node].hopeless };
	for (size_t i = 0; i < s->nzones; i++) {
		struct bdt_system_zone *z = &s->zones[i];
		uint64_t *boost = &z->zone->watermark_boost;

		if (z->zone->node != node || z->zone->index > highest)
			continue;
		z->flags &= (uint8_t)~BT_SZ_RECLAIM_ACTIVE;
		*boost -= z->boost_begun < *boost ? z->boost_begun : *boost;
		z->boost_begun = 0;
	}
}
