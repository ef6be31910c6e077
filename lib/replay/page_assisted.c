/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/page_inside.h"
#include <stdlib.h>

/* A list whose head is this far behind the page that was taken lost what is ahead to requests of many pages.
 */
#define SILENT_POPS 64

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

/* The zone is as it was before the first block left. */
static void begin_refill(struct bdt_page_level *p, const struct bdt_outcome *o, size_t zone)
{
	struct bdt_page_cpu *c = &p->cpu[o->cpu];
	const struct bdt_zone *z = p->truth->zones[zone].zone;
	struct bdt_request request = { o->order, o->mt, o->mt == p->profile->movable ? BT_REQUEST_CMA : 0 };

	c->refill.fragments =
		bdt_source_is_fallback(o->observed.source) && o->observed.fallback_order < z->pageblock_order;
	c->refill.obtainable = bdt_fallback_obtainable(z, &request);
	request.flags |= BT_REQUEST_NOFRAGMENT;
	c->refill.obtainable_unmixed = bdt_fallback_obtainable(z, &request);
}

void bdt_page_removal(struct bdt_page_level *p, const struct bdt_outcome *o)
{
	struct bdt_page_cpu *c = o->cpu < p->truth->ncpus ? &p->cpu[o->cpu] : NULL;
	size_t zone = bdt_system_zone_of(p->truth, o->observed.pfn);
	bdt_pfn *grown;

	bdt_page_saw(&p->result.free, BDT_WINDOW_FALLBACKS, false,
		     bdt_source_is_fallback(o->observed.source));
	if (!c || zone == p->truth->nzones || o->mt >= p->profile->nr_fallback_types)
		return;
	bdt_page_zone_removal(p, o, zone);
	if (!bdt_pcp_takes_order(&p->truth->zones[zone].pcp, o->order))
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
		begin_refill(p, o, zone);
	c->refill.zone = zone;
	c->refill.order = o->order;
	c->refill.mt = o->mt;
	c->refill.pfns[c->refill.n++] = o->observed.pfn;
}

/* The refill proves that the list was empty: returns the pages that were none of the kernel's. */
static uint32_t empty_list(struct bdt_pcpset *set, unsigned int cpu, unsigned int list)
{
	struct bdt_pcp_list *l = &set->cpu[cpu].list[list];
	uint32_t before = set->cpu[cpu].count;

	while (l->n)
		bdt_pcp_remove(set, set->zone->base + l->head, NULL);
	bdt_pcp_set_unknown(set, cpu, list, 0);
	return before - set->cpu[cpu].count;
}

/* The drift when so many pages that only were counted here are gone. */
static int32_t drift_without(int32_t drift, uint32_t pages)
{
	if (drift >= 0)
		return drift;
	return pages < (uint32_t)-drift ? drift + (int32_t)pages : 0;
}

static void score_size(struct bdt_page_level *p, unsigned int foreseen, size_t got)
{
	struct bdt_page_assisted *a = &p->result.assisted;

	a->refill_sizes++;
	a->refill_sizes_exact += foreseen == got;
	a->refill_pages += got;
	a->refill_pages_predicted += foreseen;
}

/*
 * The exponent of the next refill follows from the size of this one; false if that is none of the sizes that
 * an exponent makes.  cf. pcp->alloc_factor
 */
static bool learn_factor(struct bdt_pcp *pcp, size_t got)
{
	for (uint8_t f = 0; f <= 5; f++)
		if (got == (size_t)pcp->bounds.batch << f) {
			pcp->alloc_factor = f < 5 ? f + 1 : 5;
			return true;
		}
	return false;
}

/*
 * A size that is no power of two of the batch, and not all there was, is what the lists may still hold. Every
 * refill raises the limit: where that is at its upper bound, the size tells the count.  If that were off by
 * more than the largest refill, the limit has been lowered unseen.  cf. nr_pcp_alloc(), 6.7 and later
 */
static void learn_count(const struct bdt_pcpset *set, struct bdt_pcp *pcp, struct bdt_page_known *known,
			size_t got)
{
	int64_t counted = bdt_page_counted(pcp, known), room = (int64_t)(pcp->bounds.batch + got);
	int64_t off = (int64_t)pcp->high - room - counted,
		most = (int64_t)pcp->bounds.batch << set->batch_shift;

	if (pcp->high < pcp->bounds.high_max)
		return;
	if (off > most)
		pcp->high = (uint32_t)(counted + room);
	else if (counted + off >= 0)
		known->drift = (int32_t)(counted + off - pcp->count);
}

/* True when the refill that waits was for this allocation. */
static bool is_refill(const struct bdt_page_cpu *c, size_t zone, bdt_order order, bdt_migratetype mt,
		      bdt_pfn pfn)
{
	return c->refill.n && c->refill.zone == zone && c->refill.order == order && c->refill.mt == mt &&
	       c->refill.pfns[0] == pfn;
}

unsigned int bdt_page_ask(struct bdt_page_level *p, unsigned int cpu, size_t zone, bdt_order order)
{
	struct bdt_system_zone *z = &p->truth->zones[zone];
	struct bdt_pcp *pcp = &z->pcp.cpu[cpu];
	uint32_t seen = pcp->count;
	unsigned int asked;

	pcp->count = bdt_page_counted(pcp, bdt_page_known(p, cpu, zone));
	asked = bdt_pcp_refill_size(&z->pcp, cpu, order, z->flags & BT_SZ_BELOW_HIGH);
	pcp->count = seen;
	return asked;
}

/* What there was for the refill that waits. */
static uint64_t obtainable(const struct bdt_page_cpu *c, unsigned int alloc_flags)
{
	bool unmixed = alloc_flags & BT_ALLOC_NOFRAGMENT && !c->refill.fragments;

	return unmixed ? c->refill.obtainable_unmixed : c->refill.obtainable;
}

/* It ends before where no more is to be had. */
static unsigned int foreseen(const struct bdt_page_cpu *c, unsigned int asked, unsigned int alloc_flags)
{
	uint64_t most = obtainable(c, alloc_flags);

	return most && most < asked ? (unsigned int)most : asked;
}

static void on_refill(struct bdt_page_level *p, unsigned int cpu, unsigned int list, bool empty,
		      unsigned int alloc_flags)
{
	struct bdt_page_cpu *c = &p->cpu[cpu];
	struct bdt_system_zone *z = &p->truth->zones[c->refill.zone];
	struct bdt_page_known *known = bdt_page_known(p, cpu, c->refill.zone);
	struct bdt_pcp *pcp = &z->pcp.cpu[cpu];
	size_t got = c->refill.n;
	unsigned int size;

	if (!empty)
		known->drift = drift_without(known->drift, empty_list(&z->pcp, cpu, list));
	size = foreseen(c, bdt_page_ask(p, cpu, c->refill.zone, c->refill.order), alloc_flags);
	if (p->scored && known->list[list])
		score_size(p, size, got);
	else
		p->result.assisted.refills_first += p->scored;
	if (!c->refill.order && size != got && !learn_factor(pcp, got) &&
	    p->profile->pcp_limits == BDT_PCP_LIMITS_TUNED && got > pcp->bounds.batch &&
	    got < obtainable(c, alloc_flags))
		learn_count(&z->pcp, pcp, known, got);
	insert_refill(p, cpu);
	known->list[list] = true;
	bdt_page_saw(&p->result.free, BDT_WINDOW_REFILLS, false, 1);
}

/* The page leaves its list; what is ahead of it went to requests that have no event. */
static void take_page(struct bdt_page_level *p, size_t zone, unsigned int cpu, unsigned int list, bdt_pfn pfn)
{
	struct bdt_pcpset *set = &p->truth->zones[zone].pcp;
	struct bdt_page_assisted *a = &p->result.assisted;
	struct bdt_pcp_list *l = &set->cpu[cpu].list[list];
	struct bdt_pcp_place place;
	uint32_t ahead;

	if (!bdt_pcp_find(set, pfn, &place) || place.pfn != pfn) {
		if (l->unknown)
			bdt_pcp_set_unknown(set, cpu, list, l->unknown - 1);
		else
			bdt_page_seen_to_leave(bdt_page_known(p, cpu, zone), bdt_pcp_list_order(set, list));
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

void bdt_page_on_alloc(struct bdt_page_level *p, const struct bdt_event *ev)
{
	struct bdt_page_assisted *a = &p->result.assisted;
	bdt_pfn pfn = (bdt_pfn)ev->alloc.pfn;
	size_t zone = bdt_system_zone_of(p->truth, pfn);
	bdt_order order = (bdt_order)ev->alloc.order;
	bdt_migratetype mt = (bdt_migratetype)ev->alloc.migratetype;
	struct bdt_page_cpu *c = &p->cpu[ev->cpu];
	struct bdt_pcpset *set;
	unsigned int list, alloc_flags;
	bool empty, refill, contended;

	if (zone == p->truth->nzones || ev->alloc.order < 0 || order >= BT_MAX_ORDERS ||
	    ev->alloc.migratetype < 0 || mt >= p->profile->nr_fallback_types)
		return;
	a->allocs += p->scored;
	alloc_flags = bdt_page_score_zone(p, ev, zone);
	set = &p->truth->zones[zone].pcp;
	if (!bdt_pcp_takes_order(set, order)) {
		bdt_page_end_refill(p, ev->cpu);
		return;
	}
	a->allocs_pcp += p->scored;
	list = bdt_pcp_list_of(set, order, mt);
	empty = !set->cpu[ev->cpu].list[list].n && !set->cpu[ev->cpu].list[list].unknown;
	refill = is_refill(c, zone, order, mt, pfn);
	contended = bdt_page_contended(p, ev->cpu, zone);
	if (!refill)
		bdt_page_end_refill(p, ev->cpu);
	/* one page, where more was to be expected: the lock was taken, and the page came from the buddy lists
	 */
	if (refill && c->refill.n == 1 &&
	    (contended || (!empty && bdt_page_known(p, ev->cpu, zone)->list[list]))) {
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
		on_refill(p, ev->cpu, list, empty, alloc_flags);
	else if (empty) /* something is on it that was not seen to come */
		bdt_page_known(p, ev->cpu, zone)->list[list] = false;
	take_page(p, zone, ev->cpu, list, pfn);
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
	known->drift = (int32_t)l->number[BDT_XN_PCP_COUNT] - (int32_t)pcp->count;

	pcp->high = (uint32_t)l->number[BDT_XN_PCP_HIGH];
	pcp->alloc_factor = (uint8_t)l->number[BDT_XN_PCP_ALLOC_FACTOR];
	pcp->free_count = (uint32_t)(z->pcp.zone->profile->pcp_limits == BDT_PCP_LIMITS_TUNED
					     ? l->number[BDT_XN_PCP_FREE_COUNT]
					     : l->number[BDT_XN_PCP_FREE_FACTOR]);
	/* PCPF_PREV_FREE_HIGH_ORDER, PCPF_FREE_HIGH_BATCH */
	pcp->prev_high_order = l->number[BDT_XN_PCP_FLAGS] & 1;
	z->pcp.high_batch = l->number[BDT_XN_PCP_FLAGS] & 2;
}
