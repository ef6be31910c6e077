/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pcp.h"
#include "base/lazy.h"
#include "model/chain.h"
#include "model/pcp_rules.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/*
 * What bdt_pcpset.owner holds for the head of a block: 1 + cpu * KINDS + kind, where the kind says order and
 * type.  Orders above 3 are those of huge pages.
 */
#define PCP_TYPES  BT_PCP_TYPES
#define PCP_ORDERS 5
#define KINDS      (PCP_TYPES * PCP_ORDERS)

/* CONFIG_PCP_BATCH_SCALE_MAX: its default, which distributions keep. */
#define BATCH_SHIFT 5

static_assert(1 + BT_PCP_MAX_CPUS * KINDS <= UINT16_MAX, "the owner fits");

static uint16_t encode(unsigned int cpu, bdt_order order, bdt_migratetype mt)
{
	bdt_order o = order < PCP_ORDERS - 1 ? order : PCP_ORDERS - 1;

	return (uint16_t)(1 + cpu * KINDS + o * PCP_TYPES + mt);
}

static struct bdt_pcp_place decode(const struct bdt_pcpset *set, uint32_t i)
{
	unsigned int code = set->owner[i] - 1U, o = code % KINDS / PCP_TYPES;
	struct bdt_pcp_place place = {
		.pfn = set->zone->base + i,
		.cpu = code / KINDS,
		.order = o < PCP_ORDERS - 1 ? o : set->thp_order,
		.mt = code % PCP_TYPES,
	};

	place.list = bdt_pcp_list_of(set, place.order, place.mt);
	return place;
}

static uint32_t index_of(const struct bdt_pcpset *set, bdt_pfn pfn)
{
	assert(pfn >= set->zone->base && pfn - set->zone->base < set->zone->npages);
	return (uint32_t)(pfn - set->zone->base);
}

static const struct bdt_pcp_sizes *const sizes[] = {
	[BDT_PCP_LIMITS_BATCH] = &bdt_pcp_sizes_batch,
	[BDT_PCP_LIMITS_HIGH] = &bdt_pcp_sizes_high,
	[BDT_PCP_LIMITS_TUNED] = &bdt_pcp_sizes_tuned,
};

static bdt_pcp_drain_fn *const drains[] = {
	[BDT_PCP_DRAIN_TYPES] = bdt_pcp_drain_types,
	[BDT_PCP_DRAIN_LISTS] = bdt_pcp_drain_lists,
};

int bdt_pcpset_init(struct bdt_pcpset *set, struct bdt_zone *zone, unsigned int ncpus, bool thp)
{
	const struct bdt_profile *p = zone->profile;

	*set = (struct bdt_pcpset){
		.zone = zone,
		.sizes = sizes[p->pcp_limits],
		.drain = drains[p->pcp_drain],
		.type_of_block = p->list_is_block_type,
		.ncpus = ncpus,
		.nlists = 3 * (p->pcp_max_order + 1U) + (thp ? p->pcp_thp : 0),
		.thp_order = zone->pageblock_order,
		.batch_shift = BATCH_SHIFT,
		.mapped = zone->npages * sizeof(*set->owner),
	};
	if (!ncpus || ncpus > BT_PCP_MAX_CPUS)
		return -E2BIG;
	set->cpu = calloc(ncpus, sizeof(*set->cpu));
	set->owner = bdt_lazy_alloc(set->mapped);
	if (!set->cpu || !set->owner) {
		bdt_pcpset_finish(set);
		return -ENOMEM;
	}
	for (unsigned int cpu = 0; cpu < ncpus; cpu++)
		for (unsigned int list = 0; list < BT_PCP_LISTS; list++)
			set->cpu[cpu].list[list] = (struct bdt_pcp_list){ BT_PAGE_NIL, BT_PAGE_NIL, 0, 0 };
	return 0;
}

void bdt_pcpset_finish(struct bdt_pcpset *set)
{
	free(set->cpu);
	if (set->owner)
		bdt_lazy_free(set->owner, set->mapped);
	set->cpu = NULL;
	set->owner = NULL;
}

unsigned int bdt_pcp_list_of(const struct bdt_pcpset *set, bdt_order order, bdt_migratetype mt)
{
	const struct bdt_profile *p = set->zone->profile;

	if (order > p->pcp_max_order)
		return set->nlists - 1 - (p->pcp_thp > 1 && mt != p->movable);
	/* those without lists of their own are kept with the movable ones, to be found again soon */
	return 3 * order + (mt < p->nr_fallback_types ? mt : p->movable);
}

bdt_order bdt_pcp_list_order(const struct bdt_pcpset *set, unsigned int list)
{
	bdt_order order = list / 3;

	return order <= set->zone->profile->pcp_max_order ? order : set->thp_order;
}

bool bdt_pcp_find(const struct bdt_pcpset *set, bdt_pfn pfn, struct bdt_pcp_place *out)
{
	uint32_t i = index_of(set, pfn);

	for (unsigned int k = 0; k < PCP_ORDERS; k++) {
		bdt_order o = k < PCP_ORDERS - 1 ? k : set->thp_order;
		uint32_t head = i & ~((1U << o) - 1);

		if (set->owner[head]) {
			*out = decode(set, head);
			return out->order >= o;
		}
	}
	return false;
}

uint32_t bdt_pcp_position(const struct bdt_pcpset *set, bdt_pfn pfn)
{
	uint32_t n = 0;

	assert(set->owner[index_of(set, pfn)]);
	for (uint32_t i = set->zone->prev[index_of(set, pfn)]; i != BT_PAGE_NIL; i = set->zone->prev[i])
		n++;
	return n;
}

bdt_pfn bdt_pcp_at(const struct bdt_pcpset *set, unsigned int cpu, unsigned int list, uint32_t position)
{
	const struct bdt_pcp_list *l = &set->cpu[cpu].list[list];
	uint32_t i = l->head;

	if (position >= l->n)
		return BT_PFN_NONE;
	while (position--)
		i = set->zone->next[i];
	return set->zone->base + i;
}

void bdt_pcp_insert(struct bdt_pcpset *set, unsigned int cpu, bdt_pfn pfn, bdt_order order,
		    bdt_migratetype mt, enum bdt_place place)
{
	struct bdt_zone *z = set->zone;
	struct bdt_pcp_list *l = &set->cpu[cpu].list[bdt_pcp_list_of(set, order, mt)];
	uint32_t i = index_of(set, pfn);

	assert(cpu < set->ncpus && mt < PCP_TYPES && !(pfn & ((1ULL << order) - 1)));
	assert(bdt_pcp_takes_order(set, order));
	assert(!set->owner[i] && !z->block[i]);
	set->owner[i] = encode(cpu, order, mt);
	bdt_chain_add(z, &l->head, &l->tail, i, place == BDT_HEAD ? BT_PAGE_NIL : l->tail);
	l->n++;
	set->cpu[cpu].count += 1U << order;
}

bool bdt_pcp_remove(struct bdt_pcpset *set, bdt_pfn pfn, struct bdt_pcp_place *was)
{
	struct bdt_zone *z = set->zone;
	struct bdt_pcp_place place;
	struct bdt_pcp_list *l;
	uint32_t i;

	if (!bdt_pcp_find(set, pfn, &place))
		return false;
	l = &set->cpu[place.cpu].list[place.list];
	i = index_of(set, place.pfn);
	bdt_chain_remove(z, &l->head, &l->tail, i);
	l->n--;
	set->owner[i] = 0;
	set->cpu[place.cpu].count -= 1U << place.order;
	if (was)
		*was = place;
	return true;
}

void bdt_pcp_set_unknown(struct bdt_pcpset *set, unsigned int cpu, unsigned int list, uint32_t unknown)
{
	struct bdt_pcp *pcp = &set->cpu[cpu];
	bdt_order order = bdt_pcp_list_order(set, list);

	assert(list < set->nlists);
	pcp->count += (unknown - pcp->list[list].unknown) << order;
	pcp->list[list].unknown = unknown;
}

bool bdt_pcp_take(struct bdt_pcpset *set, unsigned int cpu, bdt_order order, bdt_migratetype mt, bool cold,
		  bdt_pfn *pfn)
{
	unsigned int list = bdt_pcp_list_of(set, order, mt);
	struct bdt_pcp_list *l = &set->cpu[cpu].list[list];

	*pfn = BT_PFN_NONE;
	if (!l->n && !l->unknown)
		return false;
	if (l->unknown && (cold || !l->n)) {
		bdt_pcp_set_unknown(set, cpu, list, l->unknown - 1);
		return true;
	}
	*pfn = set->zone->base + (cold ? l->tail : l->head);
	bdt_pcp_remove(set, *pfn, NULL);
	return true;
}

/* Walks one list; NULL or the broken invariant, and adds its pages to *pages and its blocks to *blocks. */
static const char *check_list(const struct bdt_pcpset *set, unsigned int cpu, unsigned int list,
			      uint64_t *pages, uint64_t *blocks)
{
	const struct bdt_pcp_list *l = &set->cpu[cpu].list[list];
	const struct bdt_zone *z = set->zone;
	uint32_t prev = BT_PAGE_NIL, n = 0;

	for (uint32_t i = l->head; i != BT_PAGE_NIL; prev = i, i = z->next[i]) {
		struct bdt_pcp_place place;
		struct bdt_block b;

		if (i >= z->npages || ++n > l->n)
			return "pcp: longer than its count, or an index outside the zone";
		if (z->prev[i] != prev)
			return "pcp: prev does not match next";
		if (!set->owner[i])
			return "pcp: a page whose owner is not noted";
		place = decode(set, i);
		if (place.cpu != cpu || place.list != list)
			return "pcp: a page on the list of another owner";
		if (bdt_zone_find(z, place.pfn, &b))
			return "pcp: a page that is free in the buddy lists too";
	}
	if (n != l->n)
		return "pcp: shorter than its count";
	if (l->tail != prev)
		return "pcp: wrong tail";
	*blocks += n;
	*pages += (uint64_t)(n + l->unknown) << bdt_pcp_list_order(set, list);
	return NULL;
}

const char *bdt_pcpset_validate(const struct bdt_pcpset *set)
{
	uint64_t blocks = 0, owned = 0;

	for (unsigned int cpu = 0; cpu < set->ncpus; cpu++) {
		uint64_t pages = 0;

		for (unsigned int list = 0; list < set->nlists; list++) {
			const char *broken = check_list(set, cpu, list, &pages, &blocks);

			if (broken)
				return broken;
		}
		if (pages != set->cpu[cpu].count)
			return "pcp: count is not the sum of the lists";
	}
	for (uint64_t i = 0; i < set->zone->npages; i++)
		owned += !!set->owner[i];
	return owned == blocks ? NULL : "pcp: an owner is noted for a page on no list";
}
