/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/page_inside.h"

/* Which zone serves a request: foreseen from the state before it, then learnt from the zone that did. */

struct asking {
	struct bdt_page_level *p;
	unsigned int cpu;
	bdt_order order;
	bdt_migratetype mt;
	unsigned int highest;             /* index of the highest zone that may be used */
	bool unmixed[BT_MAX_ZONES];       /* a pass that keeps pageblocks unmixed was told that it is there */
	unsigned int tries[BT_MAX_ZONES]; /* refills that got nothing */
	unsigned int flags;               /* of the pass that was told that it is there */
};

/* Pages on the lists of the type. */
static uint64_t own_pages(const struct bdt_zone *z, bdt_migratetype mt)
{
	uint64_t pages = 0;

	/* the second bound is for compilers that see the shift checked, and not the first */
	for (bdt_order o = 0; o <= z->max_order && o < BT_MAX_ORDERS; o++)
		pages += (uint64_t)z->list[mt][o].nr_free << o;
	return pages;
}

/* Is the refill that waits the one for this allocation? */
static bool on_the_way(const struct asking *a, size_t zone)
{
	const struct bdt_page_cpu *c = &a->p->cpu[a->cpu];

	return c->refill.n && c->refill.zone == zone && c->refill.order == a->order && c->refill.mt == a->mt;
}

/* Pages by which a CPU may be behind with the counter of a zone.  cf. calculate_normal_threshold() */
#define STAT_THRESHOLD 125

uint64_t bdt_page_nr_free(const struct bdt_page_level *p, size_t zone)
{
	const struct bdt_zone *z = p->truth->zones[zone].zone;
	int64_t behind = (int64_t)p->truth->ncpus * STAT_THRESHOLD, most = (int64_t)z->nr_free_limbo + behind;
	int64_t free = (int64_t)bdt_zone_nr_free(z) + (p->uncounted[zone] < most ? p->uncounted[zone] : most);

	return free > 0 ? (uint64_t)free : 0;
}

void bdt_page_learn_free(struct bdt_page_level *p, size_t zone, uint64_t mark, bool more)
{
	const struct bdt_zone *z = p->truth->zones[zone].zone;
	int64_t behind = (int64_t)p->truth->ncpus * STAT_THRESHOLD;
	int64_t uncounted = (int64_t)(mark + more) - (int64_t)bdt_zone_nr_free(z);
	uint64_t counted = bdt_page_nr_free(p, zone);

	if ((more ? counted <= mark : counted > mark) && uncounted >= -behind &&
	    uncounted <= (int64_t)z->nr_free_limbo + behind)
		p->uncounted[zone] = uncounted;
}

/* What left the lists for the request was still there when the zone was asked. */
static uint64_t taken(const struct asking *a, size_t zone)
{
	return on_the_way(a, zone) ? (uint64_t)a->p->cpu[a->cpu].refill.n << a->order : 0;
}

static uint64_t zone_nr_free(void *user, size_t zone)
{
	const struct asking *a = user;

	return bdt_page_nr_free(a->p, zone) + taken(a, zone);
}

/* Is it on the buddy lists, on those of its own type when pageblocks are to be kept unmixed? */
static bool lists_have(struct asking *a, size_t zone, bool unmixed)
{
	const struct bdt_zone *z = a->p->truth->zones[zone].zone;
	struct bdt_request request = { a->order, a->mt, unmixed ? BT_REQUEST_NOFRAGMENT : 0 };
	enum bdt_source source = bdt_fallback_choose(z, &request, BDT_RMQUEUE_NORMAL).source;

	if (unmixed && source == BDT_FROM_OWN && own_pages(z, a->mt) <= a->p->absent[zone][a->mt])
		return false;
	a->unmixed[zone] = unmixed && source == BDT_FROM_OWN;
	return source != BDT_FROM_NOWHERE;
}

/*
 * Has the zone a page for the allocation?  What left its lists for it is on the way: there was one, but not
 * for a pass that keeps pageblocks unmixed when it had to mix them.
 */
static bool has(struct asking *a, size_t zone, unsigned int alloc_flags)
{
	const struct bdt_system_zone *z = &a->p->truth->zones[zone];
	bool unmixed = alloc_flags & BT_ALLOC_NOFRAGMENT;
	const struct bdt_pcp_list *l;

	if (bdt_pcp_takes_order(&z->pcp, a->order)) {
		l = &z->pcp.cpu[a->cpu].list[bdt_pcp_list_of(&z->pcp, a->order, a->mt)];
		if (l->n || l->unknown)
			return true;
	}
	if (on_the_way(a, zone))
		return !unmixed || !a->p->cpu[a->cpu].refill.fragments;
	return lists_have(a, zone, unmixed);
}

static bool zone_has(void *user, size_t zone, unsigned int alloc_flags)
{
	struct asking *a = user;
	bool it_has = has(a, zone, alloc_flags);

	if (it_has)
		a->flags = alloc_flags;
	else
		a->tries[zone]++;
	return it_has;
}

/* A refill that got nothing asked for it all the same.  cf. nr_pcp_alloc() */
static void make_tries(const struct asking *a)
{
	for (size_t zone = 0; zone < a->p->truth->nzones; zone++) {
		struct bdt_pcpset *set = &a->p->truth->zones[zone].pcp;

		if (!bdt_pcp_takes_order(set, a->order))
			continue;
		for (unsigned int n = a->tries[zone]; n; n--) {
			set->cpu[a->cpu].free_count >>= 1;
			set->cpu[a->cpu].touched = true;
			bdt_page_ask(a->p, a->cpu, zone, a->order);
		}
	}
}

/* Pages that a single page leaves in the zone, in the first pass. */
static uint64_t least(const struct asking *a, size_t zone, unsigned int wmark)
{
	const struct bdt_system_zone *z = &a->p->truth->zones[zone];

	return bdt_watermark_mark(z->zone, &z->marks, wmark) + z->marks.reserve[a->highest];
}

/*
 * The request was to have a page from zone `from`, and got one from `to`.  From one that is asked later: then
 * `from` is not above its low mark.  Where it is above the high one even so, what it has of the type is not
 * there.  From one that is asked earlier: that is above its mark.  cf. get_page_from_freelist()
 */
static void learn_zone(struct asking *a, size_t from, size_t to)
{
	const struct bdt_zonelist *list = bdt_system_zonelist(a->p->truth, a->cpu, BT_NODE_OF_CPU);
	uint64_t low_to = least(a, to, BT_ALLOC_WMARK_LOW), on_way = taken(a, to);
	size_t first = 0;

	while (first < list->n && list->entry[first].zone != from && list->entry[first].zone != to)
		first++;
	if (first == list->n)
		return;
	if (list->entry[first].zone == to && !a->order)
		bdt_page_learn_free(a->p, to, low_to > on_way ? low_to - on_way : 0, true);
	if (list->entry[first].zone == to)
		return;
	if (zone_nr_free(a, from) > least(a, from, BT_ALLOC_WMARK_HIGH)) {
		if (a->unmixed[from])
			a->p->absent[from][a->mt] = own_pages(a->p->truth->zones[from].zone, a->mt);
	} else if (!a->order) {
		bdt_page_learn_free(a->p, from, least(a, from, BT_ALLOC_WMARK_LOW), false);
	}
}

void bdt_page_zone_removal(struct bdt_page_level *p, const struct bdt_outcome *o, size_t zone)
{
	uint64_t *absent = &p->absent[zone][o->mt];

	if (*absent && o->observed.source == BDT_FROM_OWN &&
	    own_pages(p->truth->zones[zone].zone, o->mt) <= *absent)
		*absent = 0;
}

unsigned int bdt_page_score_zone(struct bdt_page_level *p, const struct bdt_event *ev, size_t zone)
{
	struct bdt_page_assisted *a = &p->result.assisted;
	struct bdt_alloc_request request = { .cpu = ev->cpu,
					     .node = BT_NODE_OF_CPU,
					     .order = (bdt_order)ev->alloc.order,
					     .gfp = bdt_gfp_decode(&p->gfp, (uint64_t)ev->alloc.gfp_flags) };
	struct bdt_page_cpu *c = &p->cpu[ev->cpu];
	struct asking asking = { .p = p,
				 .cpu = ev->cpu,
				 .order = request.order,
				 .mt = (bdt_migratetype)ev->alloc.migratetype,
				 .highest = bdt_system_highest(p->truth, request.gfp) };
	const struct bdt_zone_test test = { zone_has, zone_nr_free, &asking };
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
	if (chosen != zone && !failed)
		learn_zone(&asking, chosen, zone);
	if (chosen == zone)
		make_tries(&asking);
	if (!p->scored)
		return asking.flags;
	a->zones++;
	a->zones_exact += chosen == zone;
	a->zones_none += chosen == p->truth->nzones;
	a->slow_silent += failed && !slow;
	return asking.flags;
}
