/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/compaction_track.h"

/* The decisions around runs of compaction: who asks, is the zone left out, is it worth it. */

static bool seen(const struct bdt_track_task *t, const struct bdt_track_zone *tz)
{
	return t->seen >> (tz->cz.zone->index % 32) & 1;
}

static void see(struct bdt_track_task *t, const struct bdt_track_zone *tz)
{
	t->seen |= 1U << (tz->cz.zone->index % 32);
}

static void ask(struct bdt_track_task *t, enum bdt_compact_trigger trigger, int64_t order)
{
	t->asked = true;
	t->trigger = trigger;
	t->order = (int)order;
	t->seen = t->tested = 0;
	t->reset_once = false;
}

/* Index that zones of this kind have: those of the machine have their names, HighMem is not built in. */
static unsigned int index_of(enum bdt_zone_kind kind)
{
	return kind > BDT_ZONE_HIGHMEM ? (unsigned int)kind - 1 : (unsigned int)kind;
}

void bdt_track_try(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev)
{
	ask(t, BDT_COMPACT_DIRECT, ev->try_to_compact.order);
	t->gfp = bdt_gfp_decode(&s->gfp, (uint64_t)ev->try_to_compact.gfp_mask);
	t->prio = (enum bdt_compact_priority)ev->try_to_compact.prio;
	t->highest = index_of(bdt_gfp_zone(t->gfp));
}

/* Does this request ask the deferral of zones at all? */
static bool asks_deferral(const struct bdt_compaction_score *s, const struct bdt_track_task *t)
{
	return t->asked && (t->trigger != BDT_COMPACT_DIRECT || t->prio > BDT_COMPACT_PRIO_SYNC_FULL ||
			    s->rules->old_results);
}

void bdt_track_not_deferred(struct bdt_compaction_score *s, struct bdt_track_task *t,
			    struct bdt_track_zone *tz)
{
	bool deferred;

	if (!asks_deferral(s, t) || seen(t, tz))
		return;
	see(t, tz);
	deferred = bdt_deferral_deferred(&tz->cz.deferral, t->order);
	if (tz->deferral_known)
		bdt_agree(&s->scores.deferred, !deferred);
}

static bool same(const struct bdt_deferral *d, const struct bdt_event *ev)
{
	return d->considered == (uint64_t)ev->defer.considered &&
	       d->shift == (uint64_t)ev->defer.defer_shift && d->order_failed == ev->defer.order_failed;
}

/* Goes on from the counters that the event shows. */
static void force(struct bdt_track_zone *tz, const struct bdt_event *ev)
{
	tz->cz.deferral = (struct bdt_deferral){
		.considered = (unsigned int)ev->defer.considered,
		.shift = ev->defer.defer_shift >= 0 && ev->defer.defer_shift <= BT_MAX_DEFER_SHIFT
				 ? (unsigned int)ev->defer.defer_shift
				 : 0,
		.order_failed = (int)ev->defer.order_failed,
	};
	tz->deferral_known = true;
}

void bdt_track_deferred(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev)
{
	struct bdt_track_zone *tz = bdt_track_zone(s, ev->defer.nid, ev->defer.idx);
	bool deferred;

	if (!tz)
		return;
	see(t, tz);
	deferred = bdt_deferral_deferred(&tz->cz.deferral, (int)ev->defer.order);
	if (tz->deferral_known)
		bdt_agree(&s->scores.deferred, deferred && same(&tz->cz.deferral, ev));
	force(tz, ev);
}

/* A run in the zone just ended, so that its counters are to change? */
static bool failed(const struct bdt_track_task *t)
{
	return t->last == BDT_COMPACT_COMPLETE || t->last == BDT_COMPACT_PARTIAL_SKIPPED;
}

void bdt_track_defer(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev)
{
	struct bdt_track_zone *tz = bdt_track_zone(s, ev->defer.nid, ev->defer.idx);
	bool expected = failed(t) && (t->trigger != BDT_COMPACT_DIRECT || t->prio != BDT_COMPACT_PRIO_ASYNC);

	if (!tz)
		return;
	bdt_deferral_defer(&tz->cz.deferral, (int)ev->defer.order);
	if (tz->deferral_known)
		bdt_agree(&s->scores.deferred, expected && same(&tz->cz.deferral, ev));
	force(tz, ev);
}

/* The run was a success first, without the allocation; the second reset is the allocation's own. */
void bdt_track_defer_reset(struct bdt_compaction_score *s, struct bdt_track_task *t,
			   const struct bdt_event *ev)
{
	struct bdt_track_zone *tz = bdt_track_zone(s, ev->defer.nid, ev->defer.idx);
	bool allocated;

	if (!tz)
		return;
	bdt_track_not_deferred(s, t, tz);
	allocated = t->trigger == BDT_COMPACT_DIRECT && (t->reset_once || failed(t));
	bdt_deferral_reset(&tz->cz.deferral, (int)ev->defer.order, allocated);
	if (tz->deferral_known)
		bdt_agree(&s->scores.deferred, same(&tz->cz.deferral, ev));
	force(tz, ev);
	t->reset_once = true;
	if (allocated)
		tz->cz.blockskip_flush = false;
}

/* Who asks, and for what: the task's role decides, the event says only the order. */
static struct bdt_suitable_request request_of(const struct bdt_compaction_score *s,
					      const struct bdt_track_task *t, const struct bdt_track_zone *tz,
					      int64_t order)
{
	static const struct bdt_task_rights none;
	struct bdt_suitable_request r = { .order = (int)order, .extfrag_threshold = s->extfrag_threshold };
	bool own_test = !(t->tested >> (tz->cz.zone->index % 32) & 1);

	if (t->reclaiming || t->role == BDT_TASK_KSWAPD) {
		r.highest = t->reclaim_highest;
		r.test_only = t->reclaiming;
	} else if (t->asked && t->trigger == BDT_COMPACT_KCOMPACTD) {
		/* its own test is for the zone alone, that of the run for the request */
		r.highest = own_test ? tz->cz.zone->index : t->highest;
	} else if (t->asked) {
		r.highest = t->highest;
		r.alloc_flags =
			bdt_alloc_flags_slow(s->state->profile, t->gfp, (bdt_order)order, &none, true);
		r.async = t->prio == BDT_COMPACT_PRIO_ASYNC;
	} else {
		r.highest = index_of(BDT_ZONE_MOVABLE);
	}
	return r;
}

/* kswapd tests zones for kcompactd when its run is over: what they were boosted by at its begin is gone. */
static void end_boost(struct bdt_compaction_score *s)
{
	for (size_t i = 0; i < s->state->nzones; i++) {
		struct bdt_track_zone *tz = &s->zones[i];

		uint64_t *boost = &tz->cz.zone->watermark_boost;

		*boost -= tz->boost_begun < *boost ? tz->boost_begun : *boost;
		tz->boost_begun = 0;
	}
}

/* Would kswapd go to sleep now?  cf. prepare_kswapd_sleep() */
static bool may_sleep(const struct bdt_compaction_score *s, const struct bdt_track_task *t)
{
	bool any = false;

	for (size_t i = 0; i < s->state->nzones; i++) {
		const struct bdt_track_zone *tz = &s->zones[i];
		const struct bdt_zone *z = tz->cz.zone;

		if (!tz->cz.marks || z->index > t->reclaim_highest)
			continue;
		any = true;
		if (bdt_watermark_ok(z, tz->cz.marks, t->reclaim_order,
				     bdt_watermark_mark(z, tz->cz.marks, BT_ALLOC_WMARK_HIGH),
				     t->reclaim_highest, 0, bdt_track_free(tz)))
			return true;
	}
	return !any;
}

/* kswapd clears skip bits where that was asked for until `before` (trace clock, ns). */
static void clear_marks(struct bdt_compaction_score *s, struct bdt_track_task *t, int64_t node,
			uint64_t before)
{
	for (size_t i = 0; i < s->state->nzones; i++) {
		struct bdt_pages pages = bdt_track_pages(&s->zones[i]);

		if (s->state->zones[i]->node == node && s->zones[i].flush_since <= before)
			bdt_compact_reset_skip(&s->zones[i].cz, &pages);
	}
	t->reset = true;
}

void bdt_track_suitable(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev)
{
	struct bdt_track_zone *tz = bdt_track_zone(s, ev->suitable.nid, ev->suitable.idx);
	enum bdt_compact_result got = bdt_compact_result_from(ev->suitable.ret, s->rules->old_results);
	struct bdt_suitable_request r;
	struct bdt_suitable p;

	if (!tz || got == BDT_COMPACT_NR || ev->suitable.order < -1 ||
	    ev->suitable.order > (int64_t)tz->cz.zone->max_order)
		return;
	if (!t->reclaiming && t->role != BDT_TASK_KSWAPD && ev->suitable.order == t->order)
		bdt_track_not_deferred(s, t, tz);
	if (t->role == BDT_TASK_KSWAPD && ev->suitable.order == (int64_t)tz->cz.zone->pageblock_order)
		end_boost(s);
	r = request_of(s, t, tz, ev->suitable.order);
	/* the test for kcompactd comes with the attempt to sleep, which clears skip bits */
	if (t->role == BDT_TASK_KSWAPD && !t->reset && may_sleep(s, t))
		clear_marks(s, t, ev->suitable.nid, ev->time_ns);
	if (t->asked && t->trigger == BDT_COMPACT_KCOMPACTD)
		t->tested |= 1U << (tz->cz.zone->index % 32);
	if (!tz->cz.marks)
		return;
	p = bdt_compact_suitable(&tz->cz, &r, bdt_track_free(tz));
	if (p.traced == BDT_COMPACT_NR)
		p.traced = p.result;
	bdt_agree(&s->scores.suitable, p.traced == got);
	s->scores.suitable_confusion[got][p.traced]++;
}

void bdt_track_kcompactd_wake(struct bdt_compaction_score *s, struct bdt_track_task *t,
			      const struct bdt_event *ev)
{
	(void)s;
	t->role = BDT_TASK_KCOMPACTD;
	ask(t, BDT_COMPACT_KCOMPACTD, ev->kcompactd.order);
	t->highest = (unsigned int)ev->kcompactd.highest_zoneidx;
	t->gfp = BT_GFP_IO | BT_GFP_FS | BT_GFP_DIRECT_RECLAIM | BT_GFP_KSWAPD_RECLAIM;
}

void bdt_track_kcompactd_sleep(struct bdt_compaction_score *s, struct bdt_track_task *t,
			       const struct bdt_event *ev)
{
	t->role = BDT_TASK_KCOMPACTD;
	for (unsigned int i = 0; t->asked && i <= t->highest && i < BT_ZONE_CLASSES; i++) {
		struct bdt_track_zone *tz = bdt_track_zone(s, ev->kcompactd.nid, i);

		/* nothing was said of the zone: neither left out nor worth it */
		if (tz)
			bdt_track_not_deferred(s, t, tz);
	}
	t->asked = false;
}

void bdt_track_reclaim(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev)
{
	t->reclaiming = true;
	t->reclaim_highest =
		index_of(bdt_gfp_zone(bdt_gfp_decode(&s->gfp, (uint64_t)ev->reclaim_begin.gfp_flags)));
}

void bdt_track_reclaim_end(struct bdt_compaction_score *s, struct bdt_track_task *t,
			   const struct bdt_event *ev)
{
	(void)s;
	(void)ev;
	t->reclaiming = false;
}

void bdt_track_kswapd_wake(struct bdt_compaction_score *s, struct bdt_track_task *t,
			   const struct bdt_event *ev)
{
	t->role = BDT_TASK_KSWAPD;
	end_boost(s);
	/* it woke without having said that it sleeps: it was woken at once, or never tried */
	if (t->awake && !t->reset && may_sleep(s, t))
		clear_marks(s, t, ev->kswapd.nid, ev->time_ns);
	t->reclaim_highest = (unsigned int)ev->kswapd.zid;
	t->reclaim_order =
		ev->kswapd.order >= 0 && ev->kswapd.order < BT_MAX_ORDERS ? (bdt_order)ev->kswapd.order : 0;
	t->awake = true;
	t->reset = false;
	for (size_t i = 0; i < s->state->nzones; i++)
		s->zones[i].boost_begun = s->state->zones[i]->watermark_boost;
}

/* kswapd dozes for so long before it says that it sleeps; the skip bits are cleared before.  ns */
#define DOZE 100000000U

void bdt_track_kswapd_sleep(struct bdt_compaction_score *s, struct bdt_track_task *t,
			    const struct bdt_event *ev)
{
	t->role = BDT_TASK_KSWAPD;
	end_boost(s);
	if (!t->reset)
		clear_marks(s, t, ev->kswapd.nid, ev->time_ns > DOZE ? ev->time_ns - DOZE : 0);
	t->awake = t->reset = false;
}
