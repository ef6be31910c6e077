/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pcp_rules.h"
#include "replay/page_inside.h"
#include <stdlib.h>

/* A list whose head is this far behind the page that was taken lost what is ahead to requests of many pages.
 */
#define SILENT_POPS 64
#define MAX_ALARMS  12

void bdt_page_forget(struct bdt_page_level *p, bdt_pfn pfn, bdt_order order)
{
	size_t zone = bdt_system_zone_of(p->truth, pfn);
	struct bdt_pcpset *set;

	if (zone == p->truth->nzones)
		return;
	set = &p->truth->zones[zone].pcp;
	for (bdt_pfn at = pfn; at < pfn + (1ULL << order); at++) {
		struct bdt_pcp_place place;

		if (bdt_pcp_find(set, at, &place))
			bdt_pcp_remove(set, place.pfn, NULL);
	}
}

/* ---- refills ---- */

static void insert_refill(struct bdt_page_level *p, unsigned int cpu)
{
	struct bdt_page_cpu *c = &p->cpu[cpu];
	struct bdt_pcpset *set = &p->truth->zones[c->refill.zone].pcp;

	for (size_t i = 0; i < c->refill.n; i++) {
		bdt_page_forget(p, c->refill.pfns[i], c->refill.order);
		bdt_pcp_insert(set, cpu, c->refill.pfns[i], c->refill.order, c->refill.mt, BDT_TAIL);
	}
	c->refill.n = 0;
}

void bdt_page_end_refill(struct bdt_page_level *p, unsigned int cpu)
{
	struct bdt_page_cpu *c = &p->cpu[cpu];

	if (!c->refill.n)
		return;
	p->result.assisted.bulk_refills += p->scored && c->refill.n > 1;
	insert_refill(p, cpu);
}

void bdt_page_removal(struct bdt_page_level *p, const struct bdt_outcome *o)
{
	struct bdt_page_cpu *c = o->cpu < p->truth->ncpus ? &p->cpu[o->cpu] : NULL;
	size_t zone = bdt_system_zone_of(p->truth, o->observed.pfn);
	bdt_pfn *grown;

	bdt_page_run_window(p->run)->fallbacks[0] += bdt_source_is_fallback(o->observed.source);
	if (!c || zone == p->truth->nzones || !bdt_pcp_takes_order(&p->truth->zones[zone].pcp, o->order) ||
	    o->mt >= p->profile->nr_fallback_types)
		return;
	if (c->refill.n && (c->refill.zone != zone || c->refill.order != o->order || c->refill.mt != o->mt))
		bdt_page_end_refill(p, o->cpu);
	if (c->refill.n == c->refill.room) {
		c->refill.room = c->refill.room ? 2 * c->refill.room : 64;
		grown = realloc(c->refill.pfns, c->refill.room * sizeof(*grown));
		if (!grown) {
			c->refill.room = c->refill.n;
			return;
		}
		c->refill.pfns = grown;
	}
	if (!c->refill.n)
		c->refill.fragments =
			bdt_source_is_fallback(o->observed.source) &&
			o->observed.fallback_order < p->truth->zones[zone].zone->pageblock_order;
	c->refill.zone = zone;
	c->refill.order = o->order;
	c->refill.mt = o->mt;
	c->refill.pfns[c->refill.n++] = o->observed.pfn;
}

/* The refill proves that the list was empty. */
static void empty_list(struct bdt_pcpset *set, unsigned int cpu, unsigned int list)
{
	struct bdt_pcp_list *l = &set->cpu[cpu].list[list];

	while (l->n)
		bdt_pcp_remove(set, set->zone->base + l->head, NULL);
	bdt_pcp_set_unknown(set, cpu, list, 0);
}

static void score_size(struct bdt_page_level *p, unsigned int asked, size_t got)
{
	struct bdt_page_assisted *a = &p->result.assisted;

	a->refill_sizes++;
	a->refill_sizes_exact += asked == got;
	a->refill_pages += got;
	a->refill_pages_predicted += asked;
}

/* The exponent of the next refill follows from the size of this one.  cf. pcp->alloc_factor */
static void learn_factor(struct bdt_pcp *pcp, size_t got)
{
	for (uint8_t f = 0; f <= 5; f++)
		if (got == (size_t)pcp->bounds.batch << f)
			pcp->alloc_factor = f < 5 ? f + 1 : 5;
}

/* True when the refill that waits was for this allocation. */
static bool is_refill(const struct bdt_page_cpu *c, size_t zone, bdt_order order, bdt_migratetype mt,
		      bdt_pfn pfn)
{
	return c->refill.n && c->refill.zone == zone && c->refill.order == order && c->refill.mt == mt &&
	       c->refill.pfns[0] == pfn;
}

static void on_refill(struct bdt_page_level *p, unsigned int cpu, unsigned int list, bool empty)
{
	struct bdt_page_cpu *c = &p->cpu[cpu];
	struct bdt_system_zone *z = &p->truth->zones[c->refill.zone];
	struct bdt_page_known *known = bdt_page_known(p, cpu, c->refill.zone);
	size_t got = c->refill.n;
	unsigned int asked;

	if (!empty)
		empty_list(&z->pcp, cpu, list);
	asked = bdt_pcp_refill_size(&z->pcp, cpu, c->refill.order, z->flags & BT_SZ_BELOW_HIGH);
	if (p->scored && known->list[list])
		score_size(p, asked, got);
	else
		p->result.assisted.refills_first += p->scored;
	if (!c->refill.order && asked != got)
		learn_factor(&z->pcp.cpu[cpu], got);
	insert_refill(p, cpu);
	known->list[list] = true;
	bdt_page_run_window(p->run)->refills[0]++;
}

/* The page leaves its list; what is ahead of it went to requests that have no event. */
static void take_page(struct bdt_page_level *p, struct bdt_pcpset *set, unsigned int cpu, unsigned int list,
		      bdt_pfn pfn)
{
	struct bdt_page_assisted *a = &p->result.assisted;
	struct bdt_pcp_list *l = &set->cpu[cpu].list[list];
	struct bdt_pcp_place place;
	uint32_t ahead;

	if (!bdt_pcp_find(set, pfn, &place) || place.pfn != pfn) {
		if (!l->n && l->unknown)
			bdt_pcp_set_unknown(set, cpu, list, l->unknown - 1);
		return;
	}
	if (place.cpu == cpu && place.list == list) {
		ahead = l->head == pfn - set->zone->base ? 0 : bdt_pcp_position(set, pfn);
		a->head_known += p->scored;
		a->head += p->scored && !ahead;
		for (; ahead && ahead <= SILENT_POPS; ahead--)
			bdt_pcp_remove(set, set->zone->base + l->head, NULL);
	}
	bdt_pcp_remove(set, pfn, NULL);
}

struct asking {
	struct bdt_page_level *p;
	unsigned int cpu;
	bdt_order order;
	bdt_migratetype mt;
};

/*
 * Has the zone a page for the allocation?  What left its lists for it is on the way: there was one, but not
 * for a pass that keeps pageblocks unmixed when it had to mix them.
 */
static bool zone_has(void *user, size_t zone, unsigned int alloc_flags)
{
	const struct asking *a = user;
	const struct bdt_page_cpu *c = &a->p->cpu[a->cpu];
	const struct bdt_system_zone *z = &a->p->truth->zones[zone];
	bool unmixed = alloc_flags & BT_ALLOC_NOFRAGMENT;
	struct bdt_request request = { a->order, a->mt, unmixed ? BT_REQUEST_NOFRAGMENT : 0 };
	const struct bdt_pcp_list *l;

	if (bdt_pcp_takes_order(&z->pcp, a->order)) {
		l = &z->pcp.cpu[a->cpu].list[bdt_pcp_list_of(&z->pcp, a->order, a->mt)];
		if (l->n || l->unknown)
			return true;
	}
	if (c->refill.n && c->refill.zone == zone && c->refill.order == a->order && c->refill.mt == a->mt)
		return !unmixed || !c->refill.fragments;
	return bdt_fallback_choose(z->zone, &request, BDT_RMQUEUE_NORMAL).source != BDT_FROM_NOWHERE;
}

static void score_zone(struct bdt_page_level *p, const struct bdt_event *ev, size_t zone)
{
	struct bdt_page_assisted *a = &p->result.assisted;
	struct bdt_alloc_request request = { .cpu = ev->cpu,
					     .node = BT_NODE_OF_CPU,
					     .order = (bdt_order)ev->alloc.order,
					     .gfp = bdt_gfp_decode(&p->gfp, (uint64_t)ev->alloc.gfp_flags) };
	struct bdt_page_cpu *c = &p->cpu[ev->cpu];
	struct asking asking = { p, ev->cpu, request.order, (bdt_migratetype)ev->alloc.migratetype };
	const struct bdt_zone_test test = { zone_has, &asking };
	size_t chosen = bdt_system_enter(p->truth, &request, &test);
	bool slow = c->slow_pid == ev->pid, failed = chosen == p->truth->nzones;

	if (slow)
		c->slow_pid = 0;
	if (failed) {
		const struct bdt_task_rights nobody = { false };

		request.alloc_flags = bdt_alloc_flags_slow(p->profile, request.gfp, request.order, &nobody,
							   p->truth->grouping);
		chosen = bdt_system_would_use_flags(p->truth, &request, &test);
	}
	if (!p->scored)
		return;
	a->zones++;
	a->zones_exact += chosen == zone;
	a->zones_none += chosen == p->truth->nzones;
	a->slow_silent += failed && !slow;
}

void bdt_page_on_alloc(struct bdt_page_level *p, const struct bdt_event *ev)
{
	struct bdt_page_assisted *a = &p->result.assisted;
	bdt_pfn pfn = (bdt_pfn)ev->alloc.pfn;
	size_t zone = bdt_system_zone_of(p->truth, pfn);
	bdt_order order = (bdt_order)ev->alloc.order;
	bdt_migratetype mt = (bdt_migratetype)ev->alloc.migratetype;
	struct bdt_page_cpu *c = &p->cpu[ev->cpu];
	struct bdt_pcpset *set;
	unsigned int list;
	bool empty, refill;

	if (zone == p->truth->nzones || ev->alloc.order < 0 || order >= BT_MAX_ORDERS ||
	    ev->alloc.migratetype < 0 || mt >= p->profile->nr_fallback_types)
		return;
	a->allocs += p->scored;
	score_zone(p, ev, zone);
	set = &p->truth->zones[zone].pcp;
	if (!bdt_pcp_takes_order(set, order)) {
		bdt_page_end_refill(p, ev->cpu);
		return;
	}
	a->allocs_pcp += p->scored;
	list = bdt_pcp_list_of(set, order, mt);
	empty = !set->cpu[ev->cpu].list[list].n && !set->cpu[ev->cpu].list[list].unknown;
	refill = is_refill(c, zone, order, mt, pfn);
	if (!refill)
		bdt_page_end_refill(p, ev->cpu);
	/* one page, and the list is not empty: its lock was taken, and the page came from the buddy lists */
	if (refill && c->refill.n == 1 && !empty && bdt_page_known(p, ev->cpu, zone)->list[list]) {
		c->refill.n = 0;
		return;
	}
	if (p->scored && bdt_page_known(p, ev->cpu, zone)->list[list]) {
		a->scored_allocs++;
		a->refills.observed += refill;
		a->refills.predicted += empty;
		a->refills.tp += refill && empty;
	}
	set->cpu[ev->cpu].free_count >>= 1;
	set->cpu[ev->cpu].touched = true;
	if (refill)
		on_refill(p, ev->cpu, list, empty);
	else if (empty) /* something is on it that was not seen to come */
		bdt_page_known(p, ev->cpu, zone)->list[list] = false;
	take_page(p, set, ev->cpu, list, pfn);
}

/* ---- frees and drains ---- */

void bdt_page_on_freed(struct bdt_page_level *p, unsigned int cpu, const struct bdt_page_block *b)
{
	size_t zone = bdt_system_zone_of(p->truth, b->pfn);
	struct bdt_page_cpu *c = &p->cpu[cpu];
	struct bdt_system_zone *z;
	bdt_migratetype mt;

	if (zone == p->truth->nzones)
		return;
	z = &p->truth->zones[zone];
	mt = bdt_zone_type(z->zone, b->pfn);
	if (!bdt_pcp_takes_order(&z->pcp, b->order) || mt >= BT_PCP_TYPES)
		return;
	/* between the free and now a batch may have been refilled with it */
	bdt_page_forget(p, b->pfn, b->order);
	bdt_pcp_insert(&z->pcp, cpu, b->pfn, b->order, mt, BDT_HEAD);
	z->pcp.cpu[cpu].touched = true;
	c->burst.open = c->burst.from_free = true;
	c->burst.zone = zone;
	c->burst.observed = 0;
	c->burst.scored = p->scored && bdt_page_known(p, cpu, zone)->count;
	c->burst.predicted = z->pcp.sizes->excess(
		&z->pcp, &z->pcp.cpu[cpu], b->order,
		(struct bdt_pcp_pressure){ z->flags & BT_SZ_RECLAIM_ACTIVE, z->flags & BT_SZ_BELOW_HIGH });
}

void bdt_page_on_drain(struct bdt_page_level *p, const struct bdt_event *ev)
{
	struct bdt_page_assisted *a = &p->result.assisted;
	bdt_pfn pfn = (bdt_pfn)ev->drain.pfn;
	size_t zone = bdt_system_zone_of(p->truth, pfn);
	struct bdt_page_cpu *c = &p->cpu[ev->cpu];
	struct bdt_pcp_place place;
	struct bdt_pcpset *set;

	if (zone == p->truth->nzones || ev->drain.order < 0 || ev->drain.order >= BT_MAX_ORDERS)
		return;
	set = &p->truth->zones[zone].pcp;
	if (!c->burst.open || c->burst.zone != zone) {
		bdt_page_end_burst(p, ev->cpu);
		c->burst.open = true;
		c->burst.from_free = false;
		c->burst.zone = zone;
		c->burst.observed = 0;
	}
	c->burst.observed += 1U << ev->drain.order;
	bdt_page_run_window(p->run)->drained[0] += 1U << ev->drain.order;
	a->drained_pages += p->scored;
	if (bdt_pcp_find(set, pfn, &place) && place.pfn == pfn) {
		a->drained_found += p->scored;
		a->drained_tail += p->scored && set->zone->next[pfn - set->zone->base] == BT_PAGE_NIL &&
				   !set->cpu[place.cpu].list[place.list].unknown;
		bdt_pcp_remove(set, pfn, NULL);
	} else if (bdt_pcp_takes_order(set, (bdt_order)ev->drain.order) &&
		   ev->drain.migratetype < (int64_t)p->profile->nr_fallback_types) {
		unsigned int list = bdt_pcp_list_of(set, (bdt_order)ev->drain.order,
						    (bdt_migratetype)ev->drain.migratetype);
		uint32_t unknown = set->cpu[ev->cpu].list[list].unknown;

		if (unknown)
			bdt_pcp_set_unknown(set, ev->cpu, list, unknown - 1);
	}
}

/* Decay leaves what the list may hold; draining all leaves nothing.  cf. decay_pcp_high() */
static void learn_high(struct bdt_pcp *pcp, bool known)
{
	if (known && pcp->count && pcp->count < pcp->high && pcp->count >= pcp->bounds.high_min)
		pcp->high = pcp->count;
}

/* Marks of the zone that make a CPU keep less. */
#define LESS (BT_SZ_RECLAIM_ACTIVE | BT_SZ_BELOW_HIGH)

/*
 * What the CPU may hold, after a free was seen to drain or not to drain.  A false alarm means that the zone
 * is not under pressure any more, which has no event; where it was not, that the limit is higher: each in a
 * row is answered by twice as much.  A drain tells the limit exactly, in terms of the count here, which
 * drifts when pages leave without an event; one far below it, while kswapd is awake, that the zone is being
 * reclaimed. cf. nr_pcp_high(), nr_pcp_free()
 */
static void learn_excess(struct bdt_system_zone *z, struct bdt_pcp *pcp, struct bdt_page_known *known,
			 const struct bdt_page_cpu *c, bool kswapd_awake)
{
	unsigned int predicted = c->burst.predicted, observed = c->burst.observed;
	uint32_t before = pcp->count + observed;

	if (predicted && !observed) {
		if (z->flags & LESS) {
			z->flags &= (uint8_t)~LESS;
			return;
		}
		pcp->high = pcp->count + (1U << known->alarms);
		known->alarms += known->alarms < MAX_ALARMS;
	}
	if (!observed)
		return;
	known->alarms = 0;
	if (!predicted && kswapd_awake && before < pcp->high / 2)
		z->flags |= BT_SZ_RECLAIM_ACTIVE;
	else if (!predicted)
		pcp->high = before;
	if (observed != predicted && observed > pcp->bounds.batch)
		pcp->free_count = observed;
}

void bdt_page_end_burst(struct bdt_page_level *p, unsigned int cpu)
{
	struct bdt_page_assisted *a = &p->result.assisted;
	struct bdt_page_cpu *c = &p->cpu[cpu];
	struct bdt_system_zone *z;

	if (!c->burst.open)
		return;
	c->burst.open = false;
	z = &p->truth->zones[c->burst.zone];
	if (!c->burst.from_free) {
		a->drains_other += p->scored;
		learn_high(&z->pcp.cpu[cpu], bdt_page_known(p, cpu, c->burst.zone)->count);
		return;
	}
	if (c->burst.observed)
		bdt_system_after_drain(p->truth, c->burst.zone);
	learn_excess(z, &z->pcp.cpu[cpu], bdt_page_known(p, cpu, c->burst.zone), c,
		     p->truth->kswapd[z->zone->node].awake);
	if (!c->burst.scored)
		return;
	a->drains.observed += c->burst.observed > 0;
	a->drains.predicted += c->burst.predicted > 0;
	if (c->burst.observed && c->burst.predicted) {
		a->drains.tp++;
		a->drain_sizes++;
		a->drain_sizes_exact += c->burst.observed == c->burst.predicted;
	}
	if (c->burst.observed)
		p->drain_sizes[c->burst.observed < BT_PAGE_SIZES ? c->burst.observed : BT_PAGE_SIZES - 1]++;
}

/* ---- exact lists ---- */

void bdt_page_adopt_cpu(struct bdt_page_level *p, size_t zone, const struct bdt_exact_lists *l)
{
	struct bdt_system_zone *z = &p->truth->zones[zone];
	struct bdt_page_known *known = bdt_page_known(p, l->cpu, zone);
	struct bdt_pcp *pcp = &z->pcp.cpu[l->cpu];

	p->cpu[l->cpu].nfrees = 0;
	p->cpu[l->cpu].refill.n = 0;
	for (unsigned int list = 0; list < z->pcp.nlists; list++)
		empty_list(&z->pcp, l->cpu, list);
	for (uint32_t i = 0; i < l->nlists; i++) {
		const struct bdt_exact_list *from = &l->list[i];
		bdt_migratetype mt = from->type % 3;

		if (from->type >= z->pcp.nlists || bdt_pcp_list_order(&z->pcp, from->type) != from->order)
			continue;
		/* the last two lists are those of huge pages: not movable, movable */
		if (from->order > p->profile->pcp_max_order)
			mt = from->type + 1 == z->pcp.nlists ? p->profile->movable : p->profile->unmovable;
		for (uint32_t k = 0; k < from->first + from->last; k++) {
			bdt_page_forget(p, from->pfns[k], from->order);
			bdt_pcp_insert(&z->pcp, l->cpu, from->pfns[k], from->order, mt, BDT_TAIL);
		}
		known->list[from->type] = from->state == BDT_EXACT_WHOLE;
	}
	known->count = true;
	pcp->high = (uint32_t)l->number[BDT_XN_PCP_HIGH];
	pcp->alloc_factor = (uint8_t)l->number[BDT_XN_PCP_ALLOC_FACTOR];
	pcp->free_count = (uint32_t)(z->pcp.zone->profile->pcp_limits == BDT_PCP_LIMITS_TUNED
					     ? l->number[BDT_XN_PCP_FREE_COUNT]
					     : l->number[BDT_XN_PCP_FREE_FACTOR]);
	/* PCPF_PREV_FREE_HIGH_ORDER, PCPF_FREE_HIGH_BATCH */
	pcp->prev_high_order = l->number[BDT_XN_PCP_FLAGS] & 1;
	z->pcp.high_batch = l->number[BDT_XN_PCP_FLAGS] & 2;
}
