/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/allocate.h"
#include "model/highatomic.h"
#include "model/rmqueue.h"

/* What stays the same while one request goes over the zones, and what the passes change. */
struct pass {
	struct bdt_system *s;
	const struct bdt_alloc_request *request;
	const struct bdt_zonelist *list;
	int node;             /* preferred */
	size_t preferred;     /* zone */
	unsigned int highest; /* index of the highest zone that may be used ... */
	unsigned int class;   /* ... and the one that reserves are kept for */
	bdt_migratetype mt;
	unsigned int flags;           /* BT_ALLOC_* */
	bool skip_busy, skipped_busy; /* nodes whose kswapd runs */
	bool skipped_fair;            /* zones whose turn is over */
	bool dry;                     /* nothing may change */
	const struct bdt_zone_test *test;
};

/* False when no zone can serve the request. */
static bool prepare(struct pass *p, struct bdt_system *s, const struct bdt_alloc_request *r)
{
	int node = r->node == BT_NODE_OF_CPU ? s->cpu_node[r->cpu] : r->node;

	*p = (struct pass){ .s = s, .request = r, .node = node < 0 ? 0 : node };
	p->list = &s->zonelists[p->node];
	p->highest = bdt_system_highest(s, r->gfp);
	p->preferred = bdt_system_preferred(s, p->node, p->highest, r->gfp & BT_GFP_THISNODE);
	if (p->preferred == s->nzones)
		return false;
	p->class = s->profile->class_by_gfp ? p->highest : s->zones[p->preferred].zone->index;
	p->mt = bdt_gfp_migratetype(s->profile, r->gfp, s->grouping);
	p->skip_busy = s->profile->skip_busy_nodes && s->multi_node;
	return true;
}

static void fast_flags(struct pass *p)
{
	p->flags = p->request->nolock ? BT_ALLOC_TRYLOCK | BT_ALLOC_WMARK_MIN |
						(p->mt == p->s->profile->movable ? BT_ALLOC_CMA : 0)
				      : bdt_alloc_flags_fast(p->s->profile, p->request->gfp, p->s->grouping);
	if (!p->request->nolock)
		p->flags |= bdt_system_nofragment(p->s, p->preferred, p->request->gfp);
}

static bool above(const struct pass *p, size_t zone, unsigned int wmark)
{
	const struct bdt_system_zone *z = &p->s->zones[zone];
	uint64_t free = p->test ? p->test->nr_free(p->test->user, zone) : bdt_zone_nr_free(z->zone);

	return bdt_watermark_fast(z->zone, &z->marks, p->request->order,
				  bdt_watermark_mark(z->zone, &z->marks, wmark), p->class, p->flags,
				  p->request->gfp, free);
}

enum verdict { PASS_OVER, TAKE, START_AGAIN, END };

/* cf. the loop of get_page_from_freelist() */
static enum verdict judge(struct pass *p, const struct bdt_zonelist_entry *e)
{
	struct bdt_system *s = p->s;
	struct bdt_system_zone *z = &s->zones[e->zone];
	bool remote = e->node != s->zones[p->preferred].zone->node;

	if (e->index > p->highest || (p->request->gfp & BT_GFP_THISNODE && e->node != p->node))
		return PASS_OVER;
	if (p->flags & BT_ALLOC_FAIR) {
		if (remote)
			return END;
		p->skipped_fair |= z->flags & BT_SZ_FAIR_DEPLETED;
		if (z->flags & BT_SZ_FAIR_DEPLETED)
			return PASS_OVER;
	}
	if (p->request->gfp & BT_GFP_WRITE && e->node < 64 && p->request->dirty_full >> e->node & 1)
		return PASS_OVER;
	if (p->flags & BT_ALLOC_NOFRAGMENT && s->multi_node && remote && !s->vm.defrag_mode) {
		p->flags &= ~BT_ALLOC_NOFRAGMENT;
		return START_AGAIN;
	}
	if (p->skip_busy && s->kswapd[e->node].awake) {
		p->skipped_busy = true;
		return PASS_OVER;
	}
	if (s->profile->below_high && !(z->flags & BT_SZ_BELOW_HIGH)) {
		if (above(p, e->zone, BT_ALLOC_WMARK_HIGH))
			return TAKE;
		if (!p->dry)
			z->flags |= BT_SZ_BELOW_HIGH;
	}
	return above(p, e->zone, p->flags) || p->flags & BT_ALLOC_NO_WATERMARKS ? TAKE : PASS_OVER;
}

/* The turns of the node's zones up to the preferred one begin anew.  cf. reset_alloc_batches(), 4.0. */
static void reset_fair(struct pass *p)
{
	const struct bdt_zone *preferred = p->s->zones[p->preferred].zone;

	for (size_t i = 0; i < p->s->nzones; i++) {
		struct bdt_system_zone *z = &p->s->zones[i];

		if (z->zone->node != preferred->node || z->zone->index > preferred->index)
			continue;
		z->fair_batch =
			(int64_t)(z->marks.mark[BT_ALLOC_WMARK_HIGH] - z->marks.mark[BT_ALLOC_WMARK_LOW]);
		z->flags &= (uint8_t)~BT_SZ_FAIR_DEPLETED;
	}
}

/* No zone served the request: is there another pass with fewer conditions? */
static bool relax(struct pass *p)
{
	if (p->flags & BT_ALLOC_FAIR) {
		p->flags &= ~BT_ALLOC_FAIR;
		if (p->skipped_fair && !p->dry)
			reset_fair(p);
		return p->skipped_fair || p->s->multi_node;
	}
	if (p->skip_busy && p->skipped_busy) {
		p->skip_busy = false;
		return true;
	}
	if (p->flags & BT_ALLOC_NOFRAGMENT && !p->s->vm.defrag_mode) {
		p->flags &= ~BT_ALLOC_NOFRAGMENT;
		return true;
	}
	return false;
}

/* What the buddy lists are asked for. */
static struct bdt_request wanted(const struct pass *p, bool refill)
{
	const struct bdt_profile *profile = p->s->profile;
	struct bdt_request r = { p->request->order, p->mt, 0 };

	if (p->flags & BT_ALLOC_NOFRAGMENT)
		r.flags |= BT_REQUEST_NOFRAGMENT;
	if (p->flags & BT_ALLOC_CMA)
		r.flags |= BT_REQUEST_CMA;
	if (p->flags & BT_ALLOC_KSWAPD)
		r.flags |= BT_REQUEST_KSWAPD;
	if (refill || profile->reserve)
		return r;
	if (profile->highatomic_flag ? p->flags & BT_ALLOC_HIGHATOMIC : r.order && p->flags & BT_ALLOC_HARDER)
		r.flags |= BT_REQUEST_HIGHATOMIC;
	if (profile->min_reserve && p->flags & (BT_ALLOC_OOM | BT_ALLOC_HARDER))
		r.flags |= BT_REQUEST_RESERVES;
	return r;
}

static bool remove_one(const struct pass *p, struct bdt_zone *z, const struct bdt_request *r,
		       enum bdt_rmqueue_mode *mode, struct bdt_choice *choice, bool refill)
{
	const struct bdt_observer *o = &p->s->observer;
	struct bdt_seen_removal seen = {
		.zone = z, .cpu = p->request->cpu, .order = r->order, .mt = r->mt, .refill = refill
	};

	if (!bdt_rmqueue(z, r, mode, choice))
		return false;
	seen.choice = *choice;
	if (o->removal)
		o->removal(o->user, &seen);
	return true;
}

/* Fills the empty list for the request; the source of its first page is *source.  cf. rmqueue_bulk() */
static unsigned int refill(const struct pass *p, struct bdt_system_zone *z, unsigned int n,
			   enum bdt_source *source)
{
	const struct bdt_observer *o = &p->s->observer;
	enum bdt_rmqueue_mode mode = BDT_RMQUEUE_NORMAL;
	struct bdt_request r = wanted(p, true);
	struct bdt_seen_refill seen = { z->zone, p->request->cpu, r.order, r.mt, n, 0 };
	bool cold = p->s->profile->fair_zones && p->request->gfp & BT_GFP_COLD;
	struct bdt_choice choice;

	while (seen.got < n && remove_one(p, z->zone, &r, &mode, &choice, true)) {
		bdt_pcp_insert(&z->pcp, p->request->cpu, choice.pfn, r.order,
			       choice.source == BDT_FROM_CMA ? z->zone->cma : r.mt,
			       cold ? BDT_HEAD : BDT_TAIL);
		if (!seen.got++)
			*source = choice.source;
	}
	if (o->refill)
		o->refill(o->user, &seen);
	return seen.got;
}

/* cf. rmqueue_pcplist() */
static bool take_from_pcp(const struct pass *p, struct bdt_system_zone *z, struct bdt_alloc_result *result)
{
	const struct bdt_alloc_request *r = p->request;
	struct bdt_pcp *pcp = &z->pcp.cpu[r->cpu];
	bool cold = p->s->profile->fair_zones && r->gfp & BT_GFP_COLD;
	unsigned int n;

	pcp->touched = true;
	result->from_pcp = bdt_pcp_take(&z->pcp, r->cpu, r->order, p->mt, cold, &result->pfn);
	if (result->from_pcp)
		return true;
	n = bdt_pcp_refill_size(&z->pcp, r->cpu, r->order, z->flags & BT_SZ_BELOW_HIGH);
	/* what may use the reserves builds them up, too, which only the buddy path does */
	if (p->s->profile->highatomic_on_buddy && p->flags & BT_ALLOC_HIGHATOMIC)
		return false;
	result->refilled = refill(p, z, n, &result->source);
	result->from_pcp = bdt_pcp_take(&z->pcp, r->cpu, r->order, p->mt, cold, &result->pfn);
	return result->from_pcp;
}

static void reserve_for_next(const struct pass *p, struct bdt_system_zone *z,
			     const struct bdt_alloc_result *r)
{
	struct bdt_request wants = wanted(p, false);

	if (!(wants.flags & BT_REQUEST_HIGHATOMIC) || r->pfn == BT_PFN_NONE)
		return;
	if (!r->from_pcp || !p->s->profile->highatomic_on_buddy)
		bdt_highatomic_reserve(z->zone, r->pfn, wants.order);
}

/* cf. rmqueue_buddy() */
static bool take_from_buddy(const struct pass *p, struct bdt_system_zone *z, struct bdt_alloc_result *result)
{
	enum bdt_rmqueue_mode mode = BDT_RMQUEUE_NORMAL;
	struct bdt_request r = wanted(p, false);
	struct bdt_choice choice;

	if (!remove_one(p, z->zone, &r, &mode, &choice, false))
		return false;
	result->pfn = choice.pfn;
	result->source = choice.source;
	return true;
}

/* Is the request one for the per-CPU lists?  cf. rmqueue() */
static bool uses_pcp(const struct pass *p, const struct bdt_system_zone *z)
{
	const struct bdt_profile *profile = p->s->profile;
	bdt_order order = p->request->order;

	if (!bdt_pcp_takes_order(&z->pcp, order))
		return false;
	return !(p->s->cma && profile->pcp_needs_cma && p->mt == profile->movable &&
		 !(p->flags & BT_ALLOC_CMA));
}

/* cf. rmqueue() */
static bool take(const struct pass *p, size_t number, struct bdt_alloc_result *result)
{
	struct bdt_system_zone *z = &p->s->zones[number];
	const struct bdt_observer *o = &p->s->observer;
	bool taken = false, pcp = uses_pcp(p, z);

	*result = (struct bdt_alloc_result){ .zone = number, .alloc_flags = p->flags };
	if (o->zone_chosen)
		o->zone_chosen(o->user, z->zone, p->request->cpu, p->request->order);
	if (pcp && !p->request->trylock_fails) {
		z->pcp.cpu[p->request->cpu].free_count >>= 1;
		taken = take_from_pcp(p, z, result);
	}
	if (!taken && (!pcp || p->s->profile->pcp_trylock))
		taken = take_from_buddy(p, z, result);
	if (z->zone->boosted && (p->flags & BT_ALLOC_KSWAPD || !p->s->profile->boost_asks_kswapd)) {
		z->zone->boosted = false;
		bdt_system_wake_kswapd(p->s, number, 0, z->zone->index, 0);
	}
	if (!taken)
		return false;
	reserve_for_next(p, z, result);
	z->fair_batch -= 1LL << p->request->order;
	if (p->s->profile->fair_zones && z->fair_batch <= 0)
		z->flags |= BT_SZ_FAIR_DEPLETED;
	return true;
}

/* The first zone that serves the request, s->nzones if none; without `result` the first that seems to. */
static size_t find_zone(struct pass *p, struct bdt_alloc_result *result)
{
	do {
		for (size_t i = 0; i < p->list->n;) {
			const struct bdt_zonelist_entry *e = &p->list->entry[i++];
			enum verdict verdict = judge(p, e);

			if (verdict == END)
				break;
			if (verdict == START_AGAIN)
				i = 0;
			if (verdict != TAKE)
				continue;
			if (result ? take(p, e->zone, result)
				   : !p->test || p->test->has(p->test->user, e->zone, p->flags))
				return e->zone;
		}
	} while (relax(p));
	return p->s->nzones;
}

bool bdt_system_alloc(struct bdt_system *s, const struct bdt_alloc_request *request,
		      struct bdt_alloc_result *result)
{
	struct pass p;

	if (!prepare(&p, s, request))
		return false;
	fast_flags(&p);
	return find_zone(&p, result) < s->nzones;
}

bool bdt_system_alloc_flags(struct bdt_system *s, const struct bdt_alloc_request *request,
			    struct bdt_alloc_result *result)
{
	struct pass p;

	if (!prepare(&p, s, request))
		return false;
	p.flags = request->alloc_flags;
	return find_zone(&p, result) < s->nzones;
}

size_t bdt_system_would_use_flags(struct bdt_system *s, const struct bdt_alloc_request *request,
				  const struct bdt_zone_test *test)
{
	struct pass p;

	if (!prepare(&p, s, request))
		return s->nzones;
	p.flags = request->alloc_flags;
	p.dry = true;
	p.test = test;
	return find_zone(&p, NULL);
}

size_t bdt_system_enter(struct bdt_system *s, const struct bdt_alloc_request *request,
			const struct bdt_zone_test *test)
{
	struct pass p;

	if (!prepare(&p, s, request))
		return s->nzones;
	fast_flags(&p);
	p.test = test;
	return find_zone(&p, NULL);
}

size_t bdt_system_would_use(struct bdt_system *s, const struct bdt_alloc_request *request,
			    unsigned int *alloc_flags)
{
	struct pass p;
	size_t zone;

	if (!prepare(&p, s, request))
		return s->nzones;
	fast_flags(&p);
	p.dry = true;
	zone = find_zone(&p, NULL);
	if (alloc_flags)
		*alloc_flags = p.flags;
	return zone;
}

/* The zone of the preferred node that has this many pages to spare.  cf. alloc_pages_bulk() */
static size_t bulk_zone(const struct pass *p, unsigned int n)
{
	struct bdt_system *s = p->s;
	const struct bdt_zone *preferred = s->zones[p->preferred].zone;

	for (size_t i = 0; i < p->list->n; i++) {
		const struct bdt_zonelist_entry *e = &p->list->entry[i];
		const struct bdt_system_zone *z = &s->zones[e->zone];

		if (e->index > p->highest)
			continue;
		if (e->node != preferred->node)
			break;
		if (bdt_watermark_fast(z->zone, &z->marks, 0,
				       bdt_watermark_mark(z->zone, &z->marks, p->flags) + n, preferred->index,
				       p->flags, p->request->gfp, bdt_zone_nr_free(z->zone)))
			return e->zone;
	}
	return s->nzones;
}

unsigned int bdt_system_alloc_bulk(struct bdt_system *s, const struct bdt_alloc_request *request,
				   bdt_pfn *pfns, unsigned int n)
{
	struct bdt_alloc_result result = { 0 };
	unsigned int got = 0;
	struct pass p;
	size_t zone;

	if (n < 2 || !s->profile->alloc_bulk || request->trylock_fails || !prepare(&p, s, request))
		return 0;
	p.flags = bdt_alloc_flags_fast(s->profile, request->gfp, s->grouping);
	zone = bulk_zone(&p, n);
	while (zone < s->nzones && got < n && take_from_pcp(&p, &s->zones[zone], &result))
		pfns[got++] = result.pfn;
	return got;
}
