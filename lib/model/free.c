/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/allocate.h"
#include <assert.h>

/* cf. free_one_page() */
static void free_directly(struct bdt_system *s, struct bdt_zone *z, unsigned int cpu, bdt_pfn pfn,
			  bdt_order order, bool to_tail)
{
	struct bdt_seen_insertion seen = { z, cpu, pfn, order, bdt_zone_type(z, pfn), false };

	bdt_buddy_free_by_type(z, pfn, order, to_tail ? BT_FREE_TO_TAIL : 0);
	if (s->observer.insertion)
		s->observer.insertion(s->observer.user, &seen);
}

void bdt_system_after_drain(struct bdt_system *s, size_t number, uint64_t free)
{
	struct bdt_system_zone *z = &s->zones[number];
	uint64_t mark = bdt_watermark_mark(z->zone, &z->marks, BT_ALLOC_WMARK_HIGH);

	if (z->flags & BT_SZ_BELOW_HIGH &&
	    bdt_watermark_ok(z->zone, &z->marks, 0, mark, s->class_of[BDT_ZONE_MOVABLE], 0, free))
		z->flags &= (uint8_t)~BT_SZ_BELOW_HIGH;
}

unsigned int bdt_system_free(struct bdt_system *s, unsigned int cpu, bdt_pfn pfn, bdt_order order,
			     enum bdt_free_how how)
{
	size_t number = bdt_system_zone_of(s, pfn);
	struct bdt_system_zone *z = &s->zones[number];
	struct bdt_pcp_pressure pressure;
	bdt_migratetype mt;
	unsigned int drained;

	assert(number < s->nzones);
	mt = bdt_zone_type(z->zone, pfn);
	if (how == BDT_FREE_DIRECT || how == BDT_FREE_TO_TAIL || !bdt_pcp_takes_order(&z->pcp, order) ||
	    mt == z->zone->isolate || mt >= BT_PCP_TYPES) {
		free_directly(s, z->zone, cpu, pfn, order, how == BDT_FREE_TO_TAIL);
		return 0;
	}
	pressure.reclaim_active = z->flags & BT_SZ_RECLAIM_ACTIVE;
	pressure.below_high = z->flags & BT_SZ_BELOW_HIGH;
	drained = bdt_pcp_free(&z->pcp, cpu, pfn, order, mt, how == BDT_FREE_COLD, pressure);
	if (drained)
		bdt_system_after_drain(s, number, bdt_zone_nr_free(z->zone));
	return drained;
}

unsigned int bdt_system_free_run(struct bdt_system *s, unsigned int cpu, bdt_pfn pfn, uint64_t pages)
{
	unsigned int drained = 0;

	while (pages) {
		bdt_order order = 63 - (bdt_order)__builtin_clzll(pages);

		if (pfn && (bdt_order)__builtin_ctzll(pfn) < order)
			order = (bdt_order)__builtin_ctzll(pfn);
		if (order > s->zones[0].zone->max_order)
			order = s->zones[0].zone->max_order;
		if (!s->profile->free_coalesces)
			order = 0;
		drained += bdt_system_free(s, cpu, pfn, order, BDT_FREE_NORMAL);
		pfn += 1ULL << order;
		pages -= 1ULL << order;
	}
	return drained;
}

struct bdt_expelled bdt_system_expel(struct bdt_system *s, bdt_pfn pfn, bdt_order order)
{
	struct bdt_expelled found = { 0, 0 };
	struct bdt_pcp_place was;

	for (bdt_pfn end = pfn + (1ULL << order); pfn < end; pfn++) {
		size_t zone = bdt_system_zone_of(s, pfn);

		if (zone == s->nzones)
			continue;
		if (bdt_pcp_remove(&s->zones[zone].pcp, pfn, &was))
			found.pcp += 1ULL << was.order;
		else
			found.buddy += bdt_buddy_carve(s->zones[zone].zone, pfn, 0);
	}
	return found;
}

unsigned int bdt_system_drain(struct bdt_system *s, size_t zone, unsigned int cpu)
{
	size_t first = zone == BT_ALL_ZONES ? 0 : zone, last = zone == BT_ALL_ZONES ? s->nzones - 1 : zone;
	unsigned int from = cpu == BT_ALL_CPUS ? 0 : cpu, to = cpu == BT_ALL_CPUS ? s->ncpus - 1 : cpu;
	unsigned int drained = 0;

	for (unsigned int c = from; c <= to; c++)
		for (size_t i = first; i <= last; i++)
			drained += bdt_pcp_drain(&s->zones[i].pcp, c, s->zones[i].pcp.cpu[c].count, 0);
	return drained;
}

/* Refreshes until the lists of another node are given up. */
#define EXPIRE 3

unsigned int bdt_system_refresh(struct bdt_system *s, unsigned int cpu)
{
	unsigned int drained = 0;

	for (size_t i = 0; i < s->nzones; i++) {
		struct bdt_system_zone *z = &s->zones[i];
		struct bdt_pcp *pcp = &z->pcp.cpu[cpu];

		if (pcp->touched)
			pcp->expire = EXPIRE;
		pcp->touched = false;
		drained += bdt_pcp_decay(&z->pcp, cpu);
		if (!pcp->expire || !pcp->count)
			continue;
		if (z->zone->node == s->cpu_node[cpu])
			pcp->expire = 0;
		else if (!--pcp->expire)
			drained += bdt_pcp_drain(&z->pcp, cpu, pcp->bounds.batch, 0);
	}
	return drained;
}
