/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/rmqueue.h"
#include "replay/engine.h"
#include "replay/guess.h"

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

/* How long compaction and lost events are taken to explain a miss in the zone. */
#define AFTERMATH_NS 1000000000ULL

static bool soon_after(uint64_t then, uint64_t now)
{
	return then && now - then <= AFTERMATH_NS;
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
	if (o->contradiction && z->page_flags[r->pfn - z->base] & BT_ZP_PCP)
		return BDT_CAUSE_PCP_BYPASS;
	if (soon_after(e->compacted_ns[bdt_engine_zone(e, z)], now))
		return BDT_CAUSE_COMPACTION;
	if (o->contradiction)
		return BDT_CAUSE_UNRECORDED;
	if (!b->known || bdt_zone_type_guessed(z, r->pfn) ||
	    (p->source != BDT_FROM_NOWHERE && (!p->known || bdt_zone_type_guessed(z, p->pfn))))
		return BDT_CAUSE_STATE_UNKNOWN;
	if (bdt_infer_reorder(e, z, b, r->order, r->mt, r->ev->cpu, now))
		return BDT_CAUSE_REORDER;
	return BDT_CAUSE_MODEL;
}

static bool same_refill(const struct bdt_cpu *cpu, const struct bdt_zone *z, bdt_order order,
			bdt_migratetype mt)
{
	return cpu->zone == z && cpu->order == order && cpu->mt == mt;
}

struct bdt_choice bdt_engine_predict(const struct bdt_engine *e, const struct bdt_zone *z,
				     uint32_t cpu_number, bdt_order order, bdt_migratetype mt)
{
	const struct bdt_cpu *cpu = &e->cpus[cpu_number];
	bool same = same_refill(cpu, z, order, mt);
	struct bdt_request request = { .order = order, .mt = mt };
	struct bdt_choice c = bdt_fallback_choose(z, &request, same ? cpu->mode : BDT_RMQUEUE_NORMAL);

	if (bdt_source_is_fallback(c.source) && same && cpu->blind)
		return (struct bdt_choice){ .source = BDT_FROM_OWN, .pfn = BT_PFN_NONE };
	return c;
}

/* What the next page of this CPU's refill starts from: after a steal, it steals too. */
static void remember_refill(struct bdt_cpu *cpu, const struct bdt_zone *z, const struct bdt_removal *r,
			    bool contradiction)
{
	cpu->zone = z;
	cpu->order = r->order;
	cpu->mt = r->mt;
	cpu->mode = bdt_rmqueue_next_mode(z, r->source, BDT_RMQUEUE_NORMAL);
	cpu->blind = r->source == BDT_FROM_OWN && contradiction;
}

/* Only a known block that was not taken speaks against what is known of its list. */
static void count_misses(uint8_t *misses, const struct bdt_outcome *o)
{
	if (o->exact)
		*misses = 0;
	else if (o->predicted.known && *misses < UINT8_MAX)
		++*misses;
}

/* The page, whether it is a fallback, and the block that the fallback found where the event tells. */
static bool same_page(const struct bdt_outcome *o)
{
	bool fallback = bdt_source_is_fallback(o->observed.source);

	return o->predicted.source != BDT_FROM_NOWHERE && o->predicted.pfn == o->observed.pfn &&
	       bdt_source_is_fallback(o->predicted.source) == fallback &&
	       (!fallback || o->observed.candidate == BT_PFN_NONE ||
		o->observed.candidate == o->predicted.candidate);
}

void bdt_engine_remove(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_removal *r)
{
	const struct bdt_event *ev = r->ev;
	struct bdt_block b = { .order = r->order };
	uint64_t now;
	bool free = bdt_zone_find(z, r->pfn, &b);
	struct bdt_outcome o = {
		.number = ev->number,
		.time_ns = ev->time_ns,
		.cpu = ev->cpu,
		.pid = ev->pid,
		.zone = z,
		.order = r->order,
		.mt = r->mt,
		.observed = { r->source, r->pfn, free, b.order, r->fallback_mt, r->fallback_order,
			      r->candidate },
		.known = free && b.known,
		.contradiction = !free && !bdt_guess_holds(z, r->pfn) && seen(e, z, r->pfn),
	};

	o.predicted = r->predicted;
	o.exact = same_page(&o);
	remember_refill(&e->cpus[ev->cpu], z, r, o.contradiction);
	if (!o.exact)
		o.cause = find_cause(e, z, r, &o, &b);
	count_misses(&e->misses[bdt_engine_zone(e, z)][r->mt], &o);
	e->sink.removal(e->sink.user, &o);
	if (!free && bdt_guess_holds(z, r->pfn))
		bdt_guess_refute(e->state, z, r->pfn);
	now = z->event;
	z->event = ev->number;
	bdt_engine_force(e, z, r);
	z->event = now;
}
