/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/fallback_engine.h"
#include "replay/compaction_track.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool page_movable(const void *user, bdt_pfn pfn)
{
	const struct bdt_zone *z = ((const struct bdt_track_zone *)user)->cz.zone;

	return z->page_flags[pfn - z->base] & BT_ZP_MOVABLE && !(z->page_flags[pfn - z->base] & BT_ZP_PCP);
}

static bdt_order page_compound(const void *user, bdt_pfn pfn)
{
	const struct bdt_track_zone *tz = user;

	return tz->compound[pfn - tz->cz.zone->base];
}

struct bdt_pages bdt_track_pages(const struct bdt_track_zone *tz)
{
	return (struct bdt_pages){ page_movable, page_compound, tz };
}

uint64_t bdt_track_free(const struct bdt_track_zone *tz)
{
	const struct bdt_zone *z = tz->cz.zone;
	uint64_t free = bdt_zone_nr_free(z);
	/* what was taken unseen ends in limbo when it is missed */
	uint64_t hidden = tz->hidden > z->nr_free_limbo ? tz->hidden - z->nr_free_limbo : 0;

	return free > hidden ? free - hidden : 0;
}

struct bdt_track_zone *bdt_track_zone(struct bdt_compaction_score *s, int64_t nid, int64_t index)
{
	for (size_t i = 0; i < s->state->nzones; i++) {
		const struct bdt_zone *z = s->state->zones[i];

		if (z->node == nid && (int64_t)z->index == index)
			return &s->zones[i];
	}
	return NULL;
}

static const struct bdt_zoneinfo_zone *info_of(const struct bdt_zoneinfo *info, int node, unsigned int index)
{
	for (size_t i = 0; info && i < info->n; i++)
		if (info->zones[i].node == node && info->zones[i].index == index)
			return &info->zones[i];
	return NULL;
}

/* What the zone keeps from requests that could do with another: as it was printed, else as it is computed. */
static void set_reserve(struct bdt_watermarks *marks, const struct bdt_zoneinfo_zone *zi,
			const struct bdt_compaction_machine *machine)
{
	uint64_t managed[BT_ZONE_CLASSES] = { 0 };

	for (unsigned int i = 0; i < zi->nprotection && i < BT_ZONE_CLASSES; i++)
		marks->reserve[i] = zi->protection[i];
	if (zi->nprotection || zi->index >= BT_ZONE_CLASSES)
		return;
	for (unsigned int i = 0; i < BT_ZONE_CLASSES; i++) {
		const struct bdt_zoneinfo_zone *other = info_of(machine->zoneinfo, zi->node, i);

		managed[i] = other ? other->managed : 0;
	}
	bdt_watermarks_set_reserve(marks, zi->index, managed, BT_ZONE_CLASSES,
				   machine->vm.lowmem_reserve_ratio[zi->index]);
}

static void set_marks(struct bdt_track_zone *tz, const struct bdt_compaction_machine *machine)
{
	struct bdt_zone *z = tz->cz.zone;
	const struct bdt_zoneinfo_zone *zi = info_of(machine->zoneinfo, z->node, z->index);

	if (!zi)
		return;
	tz->marks.mark[0] = zi->min - zi->boost;
	tz->marks.mark[1] = zi->low - zi->boost;
	tz->marks.mark[2] = zi->high - zi->boost;
	tz->marks.mark[3] = zi->promo > zi->boost ? zi->promo - zi->boost : 0;
	set_reserve(&tz->marks, zi, machine);
	tz->cz.marks = &tz->marks;
	z->watermark_low = tz->marks.mark[1];
	z->watermark_boost = zi->boost;
	z->boost_limit = bdt_watermark_boost_limit(z->profile, &tz->marks, zi->managed, z->pageblock_order,
						   machine->vm.watermark_boost_factor);
}

static int create_zone(struct bdt_compaction_score *s, size_t i, const struct bdt_compaction_machine *machine)
{
	struct bdt_track_zone *tz = &s->zones[i];

	if (bdt_compact_zone_init(&tz->cz, s->state->zones[i], s->rules))
		return -ENOMEM;
	tz->compound = calloc(s->state->zones[i]->npages, 1);
	if (!tz->compound)
		return -ENOMEM;
	set_marks(tz, machine);
	s->has_marks |= tz->cz.marks != NULL;
	return 0;
}

int bdt_compaction_score_create(struct bdt_state *state, const struct bdt_compaction_machine *machine,
				struct bdt_compaction_score **out)
{
	struct bdt_compaction_score *s = calloc(1, sizeof(*s));
	int err = 0;

	if (!s)
		return -ENOMEM;
	s->state = state;
	s->rules = &state->profile->compaction;
	s->extfrag_threshold = machine->vm.extfrag_threshold;
	s->proactive = bdt_proactive_marks(machine->vm.compaction_proactiveness, s->rules->proactive_spread);
	s->gfp = machine->gfp;
	for (size_t i = 0; !err && i < state->nzones; i++)
		err = create_zone(s, i, machine);
	if (err) {
		bdt_compaction_score_destroy(s);
		return err;
	}
	*out = s;
	return 0;
}

void bdt_compaction_score_destroy(struct bdt_compaction_score *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < BT_MAX_ZONES; i++) {
		bdt_compact_zone_finish(&s->zones[i].cz);
		free(s->zones[i].compound);
	}
	free(s);
}

struct bdt_zone *bdt_compaction_score_lacking(const struct bdt_compaction_score *s, bdt_order *order,
					      bdt_migratetype *mt)
{
	*order = s->lacking_order;
	*mt = s->lacking_mt;
	return s->lacking;
}

const struct bdt_compaction_scores *bdt_compaction_score_result(const struct bdt_compaction_score *s)
{
	return &s->scores;
}

static struct bdt_track_task *find_task(struct bdt_compaction_score *s, int32_t pid)
{
	for (size_t i = 0; i < BT_COMPACT_TASKS; i++)
		if (s->tasks[i].heard && s->tasks[i].pid == pid)
			return &s->tasks[i];
	return NULL;
}

/* The place of a task; the one that was not heard of for the longest time makes room for a new one. */
static struct bdt_track_task *task_of(struct bdt_compaction_score *s, int32_t pid)
{
	struct bdt_track_task *t = find_task(s, pid);

	if (!t) {
		t = &s->tasks[0];
		for (size_t i = 1; i < BT_COMPACT_TASKS; i++)
			if (s->tasks[i].heard < t->heard)
				t = &s->tasks[i];
		*t = (struct bdt_track_task){ .pid = pid, .released = BT_PFN_NONE };
	}
	t->heard = ++s->number;
	return t;
}

static struct bdt_track_zone *zone_of_pfn(struct bdt_compaction_score *s, int64_t pfn)
{
	for (size_t i = 0; i < s->state->nzones; i++)
		if (pfn >= 0 && bdt_zone_spans(s->state->zones[i], (bdt_pfn)pfn))
			return &s->zones[i];
	return NULL;
}

static void set_compound(struct bdt_compaction_score *s, int64_t pfn, int64_t order)
{
	struct bdt_track_zone *tz = zone_of_pfn(s, pfn);

	if (tz && order >= 0 && order < BT_MAX_ORDERS)
		tz->compound[(bdt_pfn)pfn - tz->cz.zone->base] = (uint8_t)order;
}

static void on_alloc(struct bdt_compaction_score *s, const struct bdt_event *ev)
{
	if (ev->alloc.order > 0 && bdt_gfp_decode(&s->gfp, (uint64_t)ev->alloc.gfp_flags) & BT_GFP_COMP)
		set_compound(s, ev->alloc.pfn, ev->alloc.order);
}

/* What a run frees between its last step and its end are targets that it did not use. */
static void on_free(struct bdt_compaction_score *s, const struct bdt_event *ev)
{
	struct bdt_track_zone *tz = zone_of_pfn(s, ev->free.pfn);
	struct bdt_track_task *t;
	struct bdt_block b;

	if (ev->free.order > 0)
		set_compound(s, ev->free.pfn, 0);
	if (tz && tz->hidden && bdt_zone_find(tz->cz.zone, (bdt_pfn)ev->free.pfn, &b))
		tz->hidden--;
	if (!s->number)
		return;
	t = find_task(s, ev->pid);
	if (t && t->running && ev->free.pfn >= 0 &&
	    (t->released == BT_PFN_NONE || (bdt_pfn)ev->free.pfn > t->released))
		t->released = (bdt_pfn)ev->free.pfn;
}

/* cf. boost_watermark() */
static void boost(struct bdt_zone *z, unsigned int times)
{
	for (; times && z->boost_limit; times--) {
		z->watermark_boost += 1ULL << z->pageblock_order;
		if (z->watermark_boost > z->boost_limit)
			z->watermark_boost = z->boost_limit;
	}
}

/* Before 6.12.29: once, after the search found a block that is smaller than a pageblock. */
static void on_extfrag(struct bdt_compaction_score *s, const struct bdt_event *ev)
{
	struct bdt_track_zone *tz = zone_of_pfn(s, ev->extfrag.pfn);
	struct bdt_zone *z = tz ? tz->cz.zone : NULL;

	if (z && !z->engine->remembers)
		boost(z, ev->extfrag.fallback_order < (int64_t)z->pageblock_order);
}

/*
 * Since then: each time that a block is tried to be claimed, and not again while a refill steals.
 * cf. try_to_claim_block(), __rmqueue_steal()
 */
void bdt_compaction_score_removal(struct bdt_compaction_score *s, const struct bdt_outcome *o)
{
	struct bdt_track_zone *tz = zone_of_pfn(s, (int64_t)o->observed.pfn);
	struct bdt_zone *z = tz ? tz->cz.zone : NULL;

	if (!z || !z->engine->remembers || !bdt_source_is_fallback(o->observed.source))
		return;
	if (o->predicted.source == o->observed.source)
		boost(z, o->predicted.boosts);
	else
		boost(z, o->observed.source == BDT_FROM_CLAIM &&
				 o->observed.fallback_order < z->pageblock_order);
}

static void (*const plain[BDT_EV_NR])(struct bdt_compaction_score *s, const struct bdt_event *ev) = {
	[BDT_EV_PAGE_ALLOC] = on_alloc,
	[BDT_EV_PAGE_FREE] = on_free,
	[BDT_EV_EXTFRAG] = on_extfrag,
};

static void (*const of_task[BDT_EV_NR])(struct bdt_compaction_score *s, struct bdt_track_task *t,
					const struct bdt_event *ev) = {
	[BDT_EV_COMPACTION_BEGIN] = bdt_track_begin,
	[BDT_EV_COMPACTION_END] = bdt_track_end,
	[BDT_EV_COMPACTION_FINISHED] = bdt_track_finished,
	[BDT_EV_COMPACTION_ISOLATE_MIGRATEPAGES] = bdt_track_sources,
	[BDT_EV_COMPACTION_ISOLATE_FREEPAGES] = bdt_track_targets,
	[BDT_EV_COMPACTION_FAST_ISOLATE_FREEPAGES] = bdt_track_fast,
	[BDT_EV_COMPACTION_MIGRATEPAGES] = bdt_track_migrated,
	[BDT_EV_COMPACTION_TRY_TO_COMPACT] = bdt_track_try,
	[BDT_EV_COMPACTION_SUITABLE] = bdt_track_suitable,
	[BDT_EV_COMPACTION_DEFERRED] = bdt_track_deferred,
	[BDT_EV_COMPACTION_DEFER_COMPACTION] = bdt_track_defer,
	[BDT_EV_COMPACTION_DEFER_RESET] = bdt_track_defer_reset,
	[BDT_EV_COMPACTION_KCOMPACTD_WAKE] = bdt_track_kcompactd_wake,
	[BDT_EV_COMPACTION_KCOMPACTD_SLEEP] = bdt_track_kcompactd_sleep,
	[BDT_EV_DIRECT_RECLAIM_BEGIN] = bdt_track_reclaim,
	[BDT_EV_DIRECT_RECLAIM_END] = bdt_track_reclaim_end,
	[BDT_EV_KSWAPD_WAKE] = bdt_track_kswapd_wake,
	[BDT_EV_KSWAPD_SLEEP] = bdt_track_kswapd_sleep,
};

bool bdt_compaction_score_event(struct bdt_compaction_score *s, const struct bdt_event *ev)
{
	s->followed = false;
	s->lacking = NULL;
	if (plain[ev->kind])
		plain[ev->kind](s, ev);
	else if (of_task[ev->kind])
		of_task[ev->kind](s, task_of(s, ev->pid), ev);
	return s->followed;
}
