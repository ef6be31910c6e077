/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/pcp_rules.h"
#include "replay/bypass.h"
#include "replay/page_inside.h"

/* Assisted: blocks that come to the lists of a CPU one by one, and the drains that this leads to. */

/* False alarms in a row whose answer is twice that to the one before. */
#define MAX_ALARMS 12

/* Pages to drain after a free, as the kernel counts. */
static unsigned int excess(struct bdt_page_level *p, unsigned int cpu, size_t zone, bdt_order order)
{
	struct bdt_system_zone *z = &p->truth->zones[zone];
	struct bdt_pcp *pcp = &z->pcp.cpu[cpu];
	struct bdt_pcp_pressure pressure = { z->flags & BT_SZ_RECLAIM_ACTIVE, z->flags & BT_SZ_BELOW_HIGH };
	uint32_t seen = pcp->count;
	unsigned int pages;

	pcp->count = bdt_page_counted(pcp, bdt_page_known(p, cpu, zone));
	pages = z->pcp.sizes->excess(&z->pcp, pcp, order, pressure);
	pcp->count = seen;
	return pages;
}

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
	c->burst.pid = b->pid;
	c->burst.owner = cpu;
	c->burst.observed = 0;
	c->burst.scored = p->scored && bdt_page_known(p, cpu, zone)->count;
	c->burst.order = b->order;
	/* kswapd frees nothing but while it reclaims */
	if (p->truth->kswapd[z->zone->node].awake && b->pid == p->kswapd[z->zone->node])
		z->flags |= BT_SZ_RECLAIM_ACTIVE;
	c->burst.high = z->pcp.cpu[cpu].high;
	c->burst.predicted = excess(p, cpu, zone, b->order);
	c->burst.pages =
		bdt_pcp_would_drain(&z->pcp, cpu, c->burst.predicted, bdt_pcp_list_of(&z->pcp, b->order, mt));
}

void bdt_page_hold(struct bdt_page_level *p, const struct bdt_event *ev)
{
	struct bdt_page_cpu *c = &p->cpu[ev->cpu];
	struct bdt_page_known *known = bdt_page_known(p, c->remote.owner, c->remote.zone);

	if (!c->remote.open)
		return;
	known->held =
		bdt_in_interrupt(ev) && c->remote.depth > 1 && bdt_preempt_depth(ev) + 1U >= c->remote.depth;
	c->remote.open = known->held;
	known->drained = known->held;
}

/* A drain that is not the one before going on, nor due to the free before it, begins. */
static void begin_burst(struct bdt_page_level *p, const struct bdt_event *ev, size_t zone, unsigned int owner)
{
	struct bdt_page_cpu *c = &p->cpu[ev->cpu];

	if (c->burst.open && c->burst.zone == zone && c->burst.pid == ev->pid && c->burst.owner == owner)
		return;
	bdt_page_end_burst(p, ev->cpu);
	bdt_page_hold(p, ev);
	c->burst.open = true;
	c->burst.from_free = false;
	c->burst.zone = zone;
	c->burst.pid = ev->pid;
	c->burst.owner = owner;
	c->burst.observed = 0;
	if (owner == ev->cpu)
		return;
	c->remote.open = bdt_page_known(p, owner, zone)->drained = true;
	c->remote.zone = zone;
	c->remote.owner = owner;
	c->remote.depth = bdt_in_interrupt(ev) ? 0 : bdt_preempt_depth(ev);
}

void bdt_page_on_drain(struct bdt_page_level *p, const struct bdt_event *ev)
{
	struct bdt_page_assisted *a = &p->result.assisted;
	bdt_pfn pfn = (bdt_pfn)ev->drain.pfn;
	size_t zone = bdt_system_zone_of(p->truth, pfn);
	struct bdt_pcp_place place;
	struct bdt_pcpset *set;
	bool found;

	if (zone == p->truth->nzones || ev->drain.order < 0 || ev->drain.order >= BT_MAX_ORDERS)
		return;
	set = &p->truth->zones[zone].pcp;
	found = bdt_pcp_find(set, pfn, &place) && place.pfn == pfn;
	begin_burst(p, ev, zone, found ? place.cpu : ev->cpu);
	p->cpu[ev->cpu].burst.observed += 1U << ev->drain.order;
	bdt_page_saw(&p->result.free, BDT_WINDOW_DRAINED, false, 1U << ev->drain.order);
	a->drained_pages += p->scored;
	if (found) {
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
		else
			bdt_page_seen_to_leave(bdt_page_known(p, ev->cpu, zone), (bdt_order)ev->drain.order);
	}
}

/*
 * Decay leaves what the lists may hold, and comes again a second later.  Draining all leaves nothing, but may
 * be seen in parts: it is known by what is left, or by who did it once.  cf. decay_pcp_high(),
 * vmstat_update(), 6.7 - 7.2
 */
static void learn_decay(struct bdt_page_level *p, unsigned int cpu)
{
	struct bdt_page_cpu *c = &p->cpu[cpu];
	struct bdt_pcpset *set = &p->truth->zones[c->burst.zone].pcp;
	struct bdt_pcp *pcp = &set->cpu[cpu];
	const struct bdt_page_known *known = bdt_page_known(p, cpu, c->burst.zone);
	uint32_t left = bdt_page_counted(pcp, known), seen = pcp->count, high = pcp->high;

	if (p->profile->pcp_limits != BDT_PCP_LIMITS_TUNED || c->burst.owner != cpu || !c->burst.observed ||
	    !known->count || !left || left > high || left < pcp->bounds.high_min)
		return;
	pcp->count = left + c->burst.observed;
	bdt_pcp_lower_high(set, cpu);
	pcp->count = seen;
	if (c->burst.pid != c->decay_pid &&
	    (pcp->high > left + pcp->bounds.batch || left > pcp->high + pcp->bounds.batch)) {
		pcp->high = high;
		return;
	}
	pcp->high = left;
	c->decay_pid = c->burst.pid;
	c->next_decay_ns = p->now + BT_PAGE_DECAY_NS;
}

/*
 * Up to 6.6: `high` does not move, so that a drain tells how many pages the kernel counts: those that came
 * between the snapshot and the first event are not seen on the lists.  From 5.14 on kswapd lowers it while it
 * runs, and that its run has ended has no event of its own: a false alarm tells that, a drain below `high`
 * that it runs.  cf. free_unref_page_commit(), nr_pcp_high()
 */
static void learn_count(struct bdt_system_zone *z, struct bdt_page_known *known, const struct bdt_page_cpu *c,
			bool may_run, int32_t kswapd)
{
	struct bdt_pcp *pcp = &z->pcp.cpu[c->burst.owner];
	bool reclaims = z->pcp.zone->profile->pcp_limits == BDT_PCP_LIMITS_HIGH;
	int64_t before = (int64_t)pcp->count + c->burst.observed, high = pcp->high;
	int64_t less = high < pcp->bounds.batch * 4 ? high : pcp->bounds.batch * 4;

	if (c->burst.predicted && !c->burst.observed) {
		bool below = reclaims && before + known->drift < high;

		if (below && c->burst.predicted == before + known->drift)
			pcp->free_count = 0;
		else if (!below || c->burst.pid == kswapd)
			known->drift = (int32_t)((below ? less : high) - (1 << known->alarms) - before);
		else
			z->flags &= (uint8_t)~BT_SZ_RECLAIM_ACTIVE;
		known->alarms += known->alarms < MAX_ALARMS;
	}
	if (!c->burst.observed)
		return;
	known->alarms = 0;
	if (c->burst.predicted)
		return;
	if (!reclaims || !may_run)
		known->drift = (int32_t)(high - before);
	else if (before + known->drift < less)
		known->drift = (int32_t)(less - before);
	if (reclaims && may_run)
		z->flags |= BT_SZ_RECLAIM_ACTIVE;
}

/*
 * 6.7 and later: what the CPU may hold, after a free that was expected to drain did not.  It was thought to
 * be one of large blocks in a row: then few pages are kept, where the cache is large.  Or the zone was
 * thought to be under pressure, whose end has no event.  Else the limit is higher, or the count lower where
 * the limit cannot be: each in a row is answered by twice as much.  cf. free_unref_page_commit(),
 * nr_pcp_high()
 */
static void learn_false_alarm(struct bdt_system_zone *z, struct bdt_page_known *known,
			      const struct bdt_page_cpu *c, int32_t kswapd)
{
	struct bdt_pcp *pcp = &z->pcp.cpu[c->burst.owner];
	uint32_t before = bdt_page_counted(pcp, known);
	bool below = before < c->burst.high, reclaimed = z->flags & BT_SZ_RECLAIM_ACTIVE;
	uint32_t limit = below ? pcp->bounds.batch * 4 : pcp->bounds.high_max;

	if (below)
		pcp->high = c->burst.high;
	if (c->burst.order && c->burst.predicted == before && before < pcp->bounds.batch) {
		z->pcp.high_batch = true;
	} else if (below && reclaimed && c->burst.pid != kswapd) {
		z->flags &= (uint8_t)~BT_SZ_RECLAIM_ACTIVE;
		known->limit = limit;
	} else if (below && !reclaimed && z->flags & BT_SZ_BELOW_HIGH) {
		z->flags &= (uint8_t)~BT_SZ_BELOW_HIGH;
	} else {
		known->limit = below || c->burst.high >= limit ? limit : 0;
		if (known->limit)
			known->drift -= (int32_t)(before - limit + (1U << known->alarms));
		else
			pcp->high = before + (1U << known->alarms);
		known->alarms += known->alarms < MAX_ALARMS;
	}
}

/*
 * The same, after a drain.  It tells the limit exactly, in terms of the count; one far below it, while kswapd
 * is awake, that the zone is being reclaimed: if it is soon behind a false alarm, it was all the time, and
 * fewer pages were there.
 */
static void learn_drain(struct bdt_system_zone *z, struct bdt_page_known *known, const struct bdt_page_cpu *c,
			bool kswapd_awake)
{
	struct bdt_pcp *pcp = &z->pcp.cpu[c->burst.owner];
	unsigned int predicted = c->burst.predicted, observed = c->burst.observed;
	uint32_t before = bdt_page_counted(pcp, known) + observed, less = pcp->bounds.batch * 4;

	if (!predicted && known->limit && before < known->limit + pcp->bounds.batch) {
		known->drift += (int32_t)known->limit - (int32_t)before;
		if (known->limit == less)
			z->flags |= BT_SZ_RECLAIM_ACTIVE;
	} else if (!predicted && kswapd_awake && before < pcp->high / 2) {
		z->flags |= BT_SZ_RECLAIM_ACTIVE;
		if (before < less)
			known->drift += (int32_t)(less - before);
	} else if (!predicted) {
		pcp->high = before;
	}
	known->alarms = 0;
	known->limit = 0;
	if (observed != c->burst.pages && observed > pcp->bounds.batch)
		pcp->free_count = observed;
}

/* What a free that drained or did not tells of the limits. */
static void learn(struct bdt_page_level *p, unsigned int cpu)
{
	const struct bdt_page_cpu *c = &p->cpu[cpu];
	struct bdt_system_zone *z = &p->truth->zones[c->burst.zone];
	struct bdt_page_known *known = bdt_page_known(p, cpu, c->burst.zone);
	uint64_t high = bdt_watermark_mark(z->zone, &z->marks, BT_ALLOC_WMARK_HIGH);
	bool below_high = z->flags & BT_SZ_BELOW_HIGH;
	bool awake = p->truth->kswapd[z->zone->node].awake;

	if (p->profile->pcp_limits == BDT_PCP_LIMITS_TUNED && c->burst.observed)
		learn_drain(z, known, c, awake);
	else if (p->profile->pcp_limits == BDT_PCP_LIMITS_TUNED && c->burst.predicted)
		learn_false_alarm(z, known, c, p->kswapd[z->zone->node]);
	else if (p->profile->pcp_limits != BDT_PCP_LIMITS_TUNED)
		learn_count(z, known, c, awake, p->kswapd[z->zone->node]);
	/* no request found the zone below its high mark */
	if (below_high && !(z->flags & BT_SZ_BELOW_HIGH))
		bdt_page_learn_free(p, c->burst.zone, high, true);
}

/*
 * Did the drain leave nothing?  A free leaves a batch at least, but one of large blocks: who drains all does
 * it to see what is free.  What seems to be left was no page of the list.  cf. drain_pages_zone(), called by
 * compaction and reclaim; nr_pcp_free()
 */
static bool drained_all(const struct bdt_page_level *p, const struct bdt_page_cpu *c)
{
	const struct bdt_system_zone *z = &p->truth->zones[c->burst.zone];
	const struct bdt_pcp *pcp = &z->pcp.cpu[c->burst.owner];

	return c->burst.observed && pcp->count < (pcp->bounds.batch + 1) / 2 &&
	       c->burst.pid != p->kswapd[z->zone->node];
}

void bdt_page_end_burst(struct bdt_page_level *p, unsigned int cpu)
{
	struct bdt_page_assisted *a = &p->result.assisted;
	struct bdt_page_cpu *c = &p->cpu[cpu];
	struct bdt_system_zone *z;
	bool all;

	if (!c->burst.open)
		return;
	c->burst.open = false;
	z = &p->truth->zones[c->burst.zone];
	all = drained_all(p, c);
	if (all)
		bdt_page_known(p, c->burst.owner, c->burst.zone)->drift =
			-(int32_t)z->pcp.cpu[c->burst.owner].count;
	if (!c->burst.from_free || (all && !c->burst.predicted && !c->burst.order)) {
		a->drains_other += p->scored;
		learn_decay(p, cpu);
		return;
	}
	if (c->burst.observed)
		bdt_system_after_drain(p->truth, c->burst.zone, bdt_page_nr_free(p, c->burst.zone));
	learn(p, cpu);
	if (!c->burst.scored)
		return;
	a->drains.observed += c->burst.observed > 0;
	a->drains.predicted += c->burst.predicted > 0;
	if (c->burst.observed && c->burst.predicted) {
		a->drains.tp++;
		a->drain_sizes++;
		a->drain_sizes_exact += c->burst.observed == c->burst.pages;
	}
	if (c->burst.observed)
		p->drain_sizes[c->burst.observed < BT_PAGE_SIZES ? c->burst.observed : BT_PAGE_SIZES - 1]++;
}
