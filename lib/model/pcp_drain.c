/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/buddy.h"
#include "model/pcp_rules.h"

/* Blocks from the per-CPU lists to the buddy lists, oldest first. */

static bool empty(const struct bdt_pcp *pcp, unsigned int list)
{
	return !pcp->list[list].n && !pcp->list[list].unknown;
}

/* The type by which a page that leaves the list is freed. */
static bdt_migratetype freed_type(const struct bdt_pcpset *set, const struct bdt_pcp_place *place)
{
	/* what a page remembers is old where its pageblock may have been isolated since */
	if (set->type_of_block || set->zone->nr_isolate_pageblock)
		return bdt_zone_type(set->zone, place->pfn);
	return place->mt;
}

/* Gives the oldest block of a list that is not empty back; returns its pages. */
static unsigned int drain_one(struct bdt_pcpset *set, unsigned int cpu, unsigned int list)
{
	struct bdt_pcp_list *l = &set->cpu[cpu].list[list];
	struct bdt_seen_insertion seen = { .zone = set->zone,
					   .cpu = cpu,
					   .pfn = BT_PFN_NONE,
					   .order = bdt_pcp_list_order(set, list),
					   .mt = BT_MT_LIMBO,
					   .drain = true };

	if (l->unknown) {
		bdt_pcp_set_unknown(set, cpu, list, l->unknown - 1);
	} else {
		struct bdt_pcp_place was;

		bdt_pcp_remove(set, set->zone->base + l->tail, &was);
		seen.pfn = was.pfn;
		seen.mt = freed_type(set, &was);
		bdt_buddy_free(set->zone, was.pfn, was.order, seen.mt, 0);
	}
	if (set->observer && set->observer->insertion)
		set->observer->insertion(set->observer->user, &seen);
	return 1U << seen.order;
}

/* Each list gives as many as lists were passed since the last one that gave, the only one gives all. */
unsigned int bdt_pcp_drain_types(struct bdt_pcpset *set, unsigned int cpu, unsigned int pages,
				 unsigned int first)
{
	struct bdt_pcp *pcp = &set->cpu[cpu];
	unsigned int list = 0, run = 0, left = pages;

	(void)first;
	while (left) {
		do {
			run++;
			list = (list + 1) % set->nlists;
		} while (empty(pcp, list));
		if (run == set->nlists)
			run = left;
		do
			drain_one(set, cpu, list);
		while (--left && --run && !empty(pcp, list));
	}
	return pages;
}

/* Each list gives all it has, from the first one on. */
unsigned int bdt_pcp_drain_lists(struct bdt_pcpset *set, unsigned int cpu, unsigned int pages,
				 unsigned int first)
{
	struct bdt_pcp *pcp = &set->cpu[cpu];
	unsigned int drained = 0;

	for (unsigned int list = first; drained < pages; list = (list + 1) % set->nlists)
		while (drained < pages && !empty(pcp, list))
			drained += drain_one(set, cpu, list);
	return drained;
}

unsigned int bdt_pcp_drain(struct bdt_pcpset *set, unsigned int cpu, unsigned int pages, unsigned int first)
{
	struct bdt_pcp *pcp = &set->cpu[cpu];
	struct bdt_seen_drain seen = { set->zone, cpu, pages, 0 };

	if (pages > pcp->count)
		pages = pcp->count;
	if (!pages)
		return 0;
	seen.got = set->drain(set, cpu, pages, first);
	if (set->observer && set->observer->drain)
		set->observer->drain(set->observer->user, &seen);
	return seen.got;
}

/* In portions of a batch where the lock is dropped between them: each may end in the middle of a large block.
 */
static unsigned int drain_excess(struct bdt_pcpset *set, unsigned int cpu, unsigned int pages,
				 unsigned int first, bool batched)
{
	struct bdt_pcp *pcp = &set->cpu[cpu];
	unsigned int drained = 0;

	while (batched && pages > pcp->bounds.batch && pcp->count) {
		drained += bdt_pcp_drain(set, cpu, pcp->bounds.batch, first);
		pages -= pcp->bounds.batch;
	}
	return drained + bdt_pcp_drain(set, cpu, pages, first);
}

/* Pages of a portion; takes its blocks off `left`, the blocks of each list. */
static unsigned int portion(const struct bdt_pcpset *set, uint32_t *left, unsigned int pages,
			    unsigned int first)
{
	unsigned int drained = 0;

	for (unsigned int i = 0; i < set->nlists && drained < pages; i++) {
		unsigned int list = (first + i) % set->nlists;
		bdt_order order = bdt_pcp_list_order(set, list);
		uint32_t n = (pages - drained + (1U << order) - 1) >> order;

		n = n < left[list] ? n : left[list];
		left[list] -= n;
		drained += n << order;
	}
	return drained;
}

unsigned int bdt_pcp_would_drain(const struct bdt_pcpset *set, unsigned int cpu, unsigned int pages,
				 unsigned int first)
{
	const struct bdt_pcp *pcp = &set->cpu[cpu];
	uint32_t left[BT_PCP_LISTS];
	unsigned int drained = 0;

	for (unsigned int list = 0; list < set->nlists; list++)
		left[list] = pcp->list[list].n + pcp->list[list].unknown;
	while (set->zone->profile->pcp_drain_batched && pages > pcp->bounds.batch && drained < pcp->count) {
		drained += portion(set, left, pcp->bounds.batch, first);
		pages -= pcp->bounds.batch;
	}
	return drained + portion(set, left, pages, first);
}

unsigned int bdt_pcp_free(struct bdt_pcpset *set, unsigned int cpu, bdt_pfn pfn, bdt_order order,
			  bdt_migratetype mt, bool cold, struct bdt_pcp_pressure pressure)
{
	struct bdt_pcp *pcp = &set->cpu[cpu];
	unsigned int pages;

	bdt_pcp_insert(set, cpu, pfn, order, mt, cold ? BDT_TAIL : BDT_HEAD);
	pcp->touched = true;
	pages = set->sizes->excess(set, pcp, order, pressure);
	return drain_excess(set, cpu, pages, bdt_pcp_list_of(set, order, mt),
			    set->zone->profile->pcp_drain_batched);
}

unsigned int bdt_pcp_refill_size(struct bdt_pcpset *set, unsigned int cpu, bdt_order order, bool below_high)
{
	return set->sizes->refill(set, &set->cpu[cpu], order, below_high);
}

void bdt_pcp_lower_high(struct bdt_pcpset *set, unsigned int cpu)
{
	struct bdt_pcp *pcp = &set->cpu[cpu];
	uint32_t most = pcp->bounds.batch << set->batch_shift, high = pcp->high - (pcp->high >> 3);

	if (set->zone->profile->pcp_limits != BDT_PCP_LIMITS_TUNED || pcp->high <= pcp->bounds.high_min)
		return;
	if (pcp->count > most && high < pcp->count - most)
		high = pcp->count - most;
	pcp->high = high > pcp->bounds.high_min ? high : pcp->bounds.high_min;
}

unsigned int bdt_pcp_decay(struct bdt_pcpset *set, unsigned int cpu)
{
	struct bdt_pcp *pcp = &set->cpu[cpu];

	bdt_pcp_lower_high(set, cpu);
	if (set->zone->profile->pcp_limits != BDT_PCP_LIMITS_TUNED || pcp->count <= pcp->high)
		return 0;
	return drain_excess(set, cpu, pcp->count - pcp->high, 0, set->zone->profile->pcp_decay_batched);
}
