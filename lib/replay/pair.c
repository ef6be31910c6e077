/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/engine.h"

/*
 * Which events make one removal depends on the engine of the fallback.
 *
 * claim/steal:  zone_locked            own list
 *               zone_locked, extfrag   of the same page: claim of a part of a pageblock
 *               extfrag                steal, or claim of whole pageblocks
 * steal/retry:  zone_locked            own list
 *               extfrag, zone_locked   the block that was found, the page that was taken
 *
 * Both are written under the zone lock with interrupts off, so the two follow each other on their CPU.
 */

/* How long after the last event of compaction a page can still be captured. */
#define CAPTURE_NS 1000000000ULL

static void wait_for_other(struct bdt_engine *e, struct bdt_cpu *cpu, struct bdt_zone *z,
			   const struct bdt_event *ev, struct bdt_choice predicted)
{
	cpu->half = *ev;
	cpu->half_zone = z;
	cpu->predicted = predicted;
	cpu->pending = true;
	e->npending++;
}

static void done_waiting(struct bdt_engine *e, struct bdt_cpu *cpu)
{
	cpu->pending = false;
	e->npending--;
}

static void remove_own(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_event *ev,
		       struct bdt_choice predicted)
{
	struct bdt_removal r = {
		.ev = ev,
		.source = BDT_FROM_OWN,
		.pfn = (bdt_pfn)ev->zone_locked.pfn,
		.order = (bdt_order)ev->zone_locked.order,
		.mt = (bdt_migratetype)ev->zone_locked.migratetype,
		.candidate = BT_PFN_NONE,
		.predicted = predicted,
	};

	bdt_engine_remove(e, z, &r);
}

/* A fallback that gave the page `pfn`. */
static void remove_fallback(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_event *ev,
			    const struct bdt_event *extfrag, int64_t pfn, int64_t candidate,
			    struct bdt_choice predicted)
{
	struct bdt_removal r = {
		.ev = ev,
		.source = extfrag->extfrag.change_ownership ? BDT_FROM_CLAIM : BDT_FROM_STEAL,
		.pfn = (bdt_pfn)pfn,
		.order = (bdt_order)extfrag->extfrag.alloc_order,
		.mt = (bdt_migratetype)extfrag->extfrag.alloc_migratetype,
		.fallback_mt = (bdt_migratetype)extfrag->extfrag.fallback_migratetype,
		.fallback_order = (bdt_order)extfrag->extfrag.fallback_order,
		.candidate = (bdt_pfn)candidate,
		.predicted = predicted,
	};

	bdt_engine_remove(e, z, &r);
}

static bool extfrag_first(const struct bdt_engine *e)
{
	return bdt_fallback_tells_first(e->state->profile);
}

/* The other half did not come. */
static void settle(struct bdt_engine *e, struct bdt_cpu *cpu)
{
	struct bdt_event ev = cpu->half;
	struct bdt_zone *z = cpu->half_zone;

	done_waiting(e, cpu);
	if (ev.kind == BDT_EV_ZONE_LOCKED)
		remove_own(e, z, &ev, cpu->predicted);
	else
		remove_fallback(e, z, &ev, &ev, ev.extfrag.pfn, ev.extfrag.pfn, cpu->predicted);
}

void bdt_pair_settle(struct bdt_engine *e, const struct bdt_zone *z)
{
	for (size_t i = 0; e->npending && i < e->ncpus; i++)
		if (e->cpus[i].pending && e->cpus[i].half_zone == z)
			settle(e, &e->cpus[i]);
}

void bdt_engine_flush(struct bdt_engine *e)
{
	for (size_t i = 0; e->npending && i < e->ncpus; i++)
		if (e->cpus[i].pending)
			settle(e, &e->cpus[i]);
}

/* Does `ev` complete what waits on its CPU? */
static bool completes(const struct bdt_event *half, const struct bdt_event *ev)
{
	if (half->kind == BDT_EV_ZONE_LOCKED)
		return ev->kind == BDT_EV_EXTFRAG && ev->extfrag.pfn == half->zone_locked.pfn &&
		       ev->extfrag.alloc_order == half->zone_locked.order && ev->extfrag.change_ownership;
	return ev->kind == BDT_EV_ZONE_LOCKED && ev->zone_locked.order == half->extfrag.alloc_order &&
	       ev->zone_locked.migratetype == half->extfrag.alloc_migratetype;
}

bool bdt_pair_completes(const struct bdt_engine *e, const struct bdt_event *ev)
{
	const struct bdt_cpu *cpu = &e->cpus[ev->cpu];

	return cpu->pending && completes(&cpu->half, ev);
}

void bdt_pair_next(struct bdt_engine *e, const struct bdt_event *ev)
{
	struct bdt_cpu *cpu = &e->cpus[ev->cpu];

	if (cpu->pending && !completes(&cpu->half, ev))
		settle(e, cpu);
}

void bdt_pair_zone_locked(struct bdt_engine *e, const struct bdt_event *ev)
{
	struct bdt_zone *z = bdt_engine_zone_of(e, ev->zone_locked.pfn, ev->zone_locked.order);
	struct bdt_cpu *cpu = &e->cpus[ev->cpu];
	struct bdt_choice predicted;

	if (cpu->pending) {
		struct bdt_event extfrag = cpu->half;

		if (z && z == cpu->half_zone) {
			done_waiting(e, cpu);
			bdt_pair_settle(e, z);
			remove_fallback(e, z, ev, &extfrag, ev->zone_locked.pfn, extfrag.extfrag.pfn,
					cpu->predicted);
			return;
		}
		settle(e, cpu);
	}
	if (!z || !bdt_engine_valid_mt(ev->zone_locked.migratetype))
		return;
	bdt_pair_settle(e, z);
	predicted = bdt_engine_predict(e, z, ev->cpu, (bdt_order)ev->zone_locked.order,
				       (bdt_migratetype)ev->zone_locked.migratetype);
	if (extfrag_first(e))
		remove_own(e, z, ev, predicted);
	else
		wait_for_other(e, cpu, z, ev, predicted);
}

/* Fields that no kernel writes would lead outside the tables. */
static bool plausible(const struct bdt_zone *z, const struct bdt_event *ev)
{
	return ev->extfrag.alloc_migratetype >= 0 &&
	       ev->extfrag.alloc_migratetype < z->profile->nr_fallback_types &&
	       bdt_engine_valid_mt(ev->extfrag.fallback_migratetype) &&
	       ev->extfrag.fallback_order >= ev->extfrag.alloc_order &&
	       ev->extfrag.fallback_order <= z->max_order;
}

/*
 * While the zone is compacted, a merge can hand its block over to the compacting task: it never was on a
 * list. cf. compaction_capture()
 */
static bool captured(const struct bdt_engine *e, const struct bdt_zone *z, const struct bdt_event *ev)
{
	uint64_t compacted = e->compacted_ns[bdt_engine_zone(e, z)];
	struct bdt_block b;

	return compacted && ev->time_ns - compacted < CAPTURE_NS && z->profile->capture_emits_extfrag &&
	       ev->extfrag.alloc_order && ev->extfrag.alloc_order == ev->extfrag.fallback_order &&
	       (!bdt_zone_find(z, (bdt_pfn)ev->extfrag.pfn, &b) || b.order < ev->extfrag.alloc_order);
}

void bdt_pair_extfrag(struct bdt_engine *e, const struct bdt_event *ev)
{
	struct bdt_zone *z = bdt_engine_zone_of(e, ev->extfrag.pfn, ev->extfrag.alloc_order);
	struct bdt_cpu *cpu = &e->cpus[ev->cpu];
	struct bdt_choice predicted;
	bool partial;

	if (!z || !plausible(z, ev)) {
		bdt_pair_settle(e, cpu->pending ? cpu->half_zone : NULL);
		return;
	}
	if (cpu->pending) {
		done_waiting(e, cpu);
		predicted = cpu->predicted;
		bdt_pair_settle(e, z);
	} else {
		bdt_pair_settle(e, z);
		predicted = bdt_engine_predict(e, z, ev->cpu, (bdt_order)ev->extfrag.alloc_order,
					       (bdt_migratetype)ev->extfrag.alloc_migratetype);
	}
	if (extfrag_first(e)) {
		wait_for_other(e, cpu, z, ev, predicted);
		return;
	}
	if (captured(e, z, ev)) {
		e->captures++;
		return;
	}
	/* a claim below pageblock size names the page that was taken, not the block that was found */
	partial = ev->extfrag.change_ownership && ev->extfrag.fallback_order < z->pageblock_order;
	remove_fallback(e, z, ev, ev, ev->extfrag.pfn, partial ? -1 : ev->extfrag.pfn, predicted);
}
