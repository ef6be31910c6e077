/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/engine.h"

const char *const bdt_cause_names[BDT_CAUSE_NR] = {
	[BDT_CAUSE_NONE] = "exact",
	[BDT_CAUSE_STATE_UNKNOWN] = "state-unknown",
	[BDT_CAUSE_LOST_EVENTS] = "lost-events",
	[BDT_CAUSE_COMPACTION] = "compaction",
	[BDT_CAUSE_PCP_BYPASS] = "pcp-bypass",
	[BDT_CAUSE_UNRECORDED] = "unrecorded",
	[BDT_CAUSE_REORDER] = "reorder-possible",
	[BDT_CAUSE_MODEL] = "model-wrong",
};

/* So many blocks of certain type in smaller lists are not explained by single lost removals. */
#define OUTVOTED 3

/* How long compaction and lost events are taken to explain a miss in the zone. */
#define AFTERMATH_NS 1000000000ULL

static bool soon_after(uint64_t then, uint64_t now)
{
	return then && now - then <= AFTERMATH_NS;
}

/* Was the page freed to a per-CPU list, and never drained? */
static bool bypassed_pcp(const struct bdt_zone *z, bdt_pfn pfn)
{
	return z->page_flags[pfn - z->base] & BT_ZP_PCP;
}

static bool seen(const struct bdt_engine *e, const struct bdt_zone *z, bdt_pfn pfn)
{
	return e->state->seeded || z->page_flags[pfn - z->base] & BT_ZP_SEEN;
}

size_t bdt_engine_zone(const struct bdt_engine *e, const struct bdt_zone *z)
{
	for (size_t i = 0; i < e->state->nzones; i++)
		if (e->state->zones[i] == z)
			return i;
	return 0;
}

/* Why the prediction missed, from the model as it was before.  The first reason that applies is given. */
static enum bdt_cause find_cause(const struct bdt_engine *e, const struct bdt_zone *z,
				 const struct bdt_removal *r, const struct bdt_outcome *o,
				 const struct bdt_block *b)
{
	const struct bdt_choice *p = &o->predicted;
	uint64_t now = r->ev->time_ns;

	if (soon_after(e->lost_ns, now))
		return BDT_CAUSE_LOST_EVENTS;
	if (o->contradiction && bypassed_pcp(z, r->pfn))
		return BDT_CAUSE_PCP_BYPASS;
	if (soon_after(e->compacted_ns[bdt_engine_zone(e, z)], now))
		return BDT_CAUSE_COMPACTION;
	if (o->contradiction)
		return BDT_CAUSE_UNRECORDED;
	if (!b->known || bdt_zone_type_guessed(z, r->pfn) ||
	    (p->source != BDT_FROM_NOWHERE && (!p->known || bdt_zone_type_guessed(z, p->pfn))))
		return BDT_CAUSE_STATE_UNKNOWN;
	if (p->source != BDT_FROM_NOWHERE &&
	    bdt_infer_reorder(e, p->block.pfn, p->block.order, r->ev->cpu, now))
		return BDT_CAUSE_REORDER;
	return BDT_CAUSE_MODEL;
}

/* The list that the kernel took the block from. */
static bdt_migratetype list_used(const struct bdt_removal *r)
{
	return r->source == BDT_FROM_OWN ? r->mt : r->fallback_mt;
}

/*
 * Makes the model hold what the kernel must have held: a free block at least as large as observed, on the
 * list that was used.  Returns it in *b.
 */
static bool agree(struct bdt_zone *z, const struct bdt_removal *r, struct bdt_block *b)
{
	/* a steal and a whole claim name the block itself: its head and its order are certain */
	bool whole = r->source == BDT_FROM_STEAL ||
		     (r->source == BDT_FROM_CLAIM && r->fallback_order >= z->pageblock_order);
	bdt_order order = whole ? r->fallback_order : r->order;
	bool found = bdt_zone_find(z, r->pfn, b);

	if (!found && bypassed_pcp(z, r->pfn) && !whole) {
		bdt_zone_mark(z, r->pfn, r->order, 0, BT_ZP_PCP);
		bdt_buddy_carve(z, r->pfn, r->order);
		bdt_buddy_free(z, r->pfn, r->order, list_used(r), BT_FREE_UNKNOWN);
		found = bdt_zone_find(z, r->pfn, b);
	}
	if (!found || b->order < order || (whole && (b->pfn != r->pfn || b->order != order))) {
		if (!bdt_zone_spans_block(z, r->pfn, order) || r->pfn & ((1ULL << order) - 1))
			return false;
		bdt_infer_free(z, r->pfn, order, list_used(r));
	}
	bdt_infer_type(z, r->pfn, list_used(r));
	if (!bdt_zone_find(z, r->pfn, b))
		return false;
	if (b->mt != list_used(r)) {
		/* it was in limbo: if this block was free after all, its neighbours there are as well */
		bdt_buddy_retype(z, r->pfn, list_used(r), false, false);
		bdt_zone_find(z, r->pfn, b);
	}
	return true;
}

/* The next best assumption for a pageblock that is not of type `mt`. */
static bdt_migratetype other_type(const struct bdt_profile *p, bdt_migratetype mt)
{
	return mt == p->unmovable ? p->reclaimable : mt < p->nr_fallback_types ? p->unmovable : BT_MT_LIMBO;
}

/*
 * A removal tells what the kernel would have preferred and did not find: smaller blocks of the own list.  A
 * steal takes the smallest block there is, a claim the largest (below pageblock order only one that it is not
 * refused), each of the first type in its row that has one.  What the model has where nothing was is of
 * another type, as far as there is one left, or not free.
 */
static void learn_from_own(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_removal *r,
			   struct bdt_block *b)
{
	bdt_order smallest = b->order;

	/* many certain blocks against one: then that one is not as large as the model has it */
	if (bdt_infer_certain(z, r->order, b->order, r->mt, &smallest) >= OUTVOTED) {
		bdt_infer_smaller(e, z, b, r->pfn, smallest);
		bdt_zone_find(z, r->pfn, b);
	}
	bdt_infer_empty(e, z, r->order, b->order, r->mt, other_type(z->profile, r->mt), r->ev->time_ns);
}

static void learn_from_steal(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_removal *r)
{
	const bdt_migratetype *row = z->profile->fallbacks[r->mt];
	bdt_order found = r->fallback_order;
	uint64_t now = r->ev->time_ns;

	bdt_infer_empty(e, z, r->order, found, r->mt, BT_MT_LIMBO, now);
	bdt_infer_empty(e, z, r->order, found, row[0], BT_MT_LIMBO, now);
	bdt_infer_empty(e, z, r->order, found, row[1], BT_MT_LIMBO, now);
	bdt_infer_empty(e, z, found, z->max_order + 1, r->mt, r->fallback_mt, now);
	if (r->fallback_mt == row[1])
		bdt_infer_empty(e, z, found, found + 1, row[0], r->fallback_mt, now);
}

static void learn_from_claim(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_removal *r)
{
	const bdt_migratetype *row = z->profile->fallbacks[r->mt];
	bdt_order found = r->fallback_order;
	bool whole = found >= z->pageblock_order;
	bdt_order above = whole ? found + 1 : z->pageblock_order;
	uint64_t now = r->ev->time_ns;

	bdt_infer_empty(e, z, above, z->max_order + 1, r->mt, BT_MT_LIMBO, now);
	bdt_infer_empty(e, z, above, z->max_order + 1, row[0], BT_MT_LIMBO, now);
	bdt_infer_empty(e, z, above, z->max_order + 1, row[1], BT_MT_LIMBO, now);
	if (whole && r->fallback_mt == row[1])
		bdt_infer_empty(e, z, found, above, row[0], r->fallback_mt, now);
	bdt_infer_empty(e, z, r->order, above, r->mt, whole ? r->fallback_mt : other_type(z->profile, r->mt),
			now);
}

/* The kernel took `b`, so it was the first of its list. */
static void make_way(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_removal *r,
		     const struct bdt_block *b)
{
	if (bdt_zone_rotate(z, b->pfn, e->heal))
		return;
	bdt_infer_ahead(z, b, r->source == BDT_FROM_OWN ? other_type(z->profile, r->mt) : BT_MT_LIMBO,
			e->misses[bdt_engine_zone(e, z)][r->mt]);
}

/* Changes the model as the kernel was seen to change. */
static void force(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_removal *r)
{
	bdt_migratetype rest = r->source == BDT_FROM_STEAL ? r->fallback_mt : r->mt;
	struct bdt_block b;

	if (r->source == BDT_FROM_OWN)
		bdt_infer_refute(e, z, r->pfn, r->order, r->mt, other_type(z->profile, r->mt),
				 r->ev->time_ns);
	if (!agree(z, r, &b))
		return;
	/* none of these moves the block itself: its list is the one that was used */
	if (r->source == BDT_FROM_OWN)
		learn_from_own(e, z, r, &b);
	else if (r->source == BDT_FROM_STEAL)
		learn_from_steal(e, z, r);
	else
		learn_from_claim(e, z, r);
	if (!bdt_zone_find(z, r->pfn, &b))
		return;
	/* a partial claim takes the smallest block of the pageblock, wherever it is in its list */
	if (r->source != BDT_FROM_CLAIM || r->fallback_order >= z->pageblock_order)
		make_way(e, z, r, &b);
	if (r->source == BDT_FROM_CLAIM) {
		bdt_fallback_claim(z, &b, r->mt);
		bdt_zone_find(z, r->pfn, &b);
	}
	bdt_buddy_take(z, &b, r->pfn, r->order, rest);
	bdt_zone_mark(z, r->pfn, r->order, BT_ZP_SEEN, BT_ZP_PCP | BT_ZP_MOVABLE);
}

/* The state of this CPU's refill: after a steal, its next page steals too. */
static enum bdt_rmqueue_mode refill_mode(struct bdt_cpu *cpu, const struct bdt_zone *z,
					 const struct bdt_removal *r)
{
	enum bdt_rmqueue_mode mode = BDT_RMQUEUE_NORMAL;

	if (cpu->zone == z && cpu->order == r->order && cpu->mt == r->mt)
		mode = cpu->mode;
	else
		cpu->blind = false;
	cpu->zone = z;
	cpu->order = r->order;
	cpu->mt = r->mt;
	cpu->mode = r->source == BDT_FROM_STEAL ? BDT_RMQUEUE_STEAL : BDT_RMQUEUE_NORMAL;
	return mode;
}

/* Only a known block that was not taken speaks against what is known of its list. */
static void count_misses(uint8_t *misses, const struct bdt_outcome *o)
{
	if (o->exact)
		*misses = 0;
	else if (o->predicted.known && *misses < UINT8_MAX)
		++*misses;
}

void bdt_engine_remove(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_removal *r)
{
	const struct bdt_event *ev = r->ev;
	struct bdt_block b = { .order = r->order };
	bool free = bdt_zone_find(z, r->pfn, &b);
	struct bdt_outcome o = {
		.number = ev->number,
		.time_ns = ev->time_ns,
		.cpu = ev->cpu,
		.pid = ev->pid,
		.zone = z,
		.order = r->order,
		.mt = r->mt,
		.observed = { r->source, r->pfn, free, b.order, r->fallback_mt, r->fallback_order },
		.known = free && b.known,
		.contradiction = !free && seen(e, z, r->pfn),
	};

	o.predicted = bdt_fallback_choose(z, r->order, r->mt, refill_mode(&e->cpus[ev->cpu], z, r));
	if (bdt_source_is_fallback(o.predicted.source) && e->cpus[ev->cpu].blind)
		o.predicted = (struct bdt_choice){ .source = BDT_FROM_OWN, .pfn = BT_PFN_NONE };
	o.exact = o.predicted.source != BDT_FROM_NOWHERE && o.predicted.pfn == r->pfn &&
		  bdt_source_is_fallback(o.predicted.source) == bdt_source_is_fallback(r->source);
	e->cpus[ev->cpu].blind = r->source == BDT_FROM_OWN && o.contradiction;
	if (!o.exact)
		o.cause = find_cause(e, z, r, &o, &b);
	count_misses(&e->misses[bdt_engine_zone(e, z)][r->mt], &o);
	e->sink.removal(e->sink.user, &o);
	force(e, z, r);
}
