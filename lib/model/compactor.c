/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/compactor.h"
#include "model/buddy.h"
#include "model/fragmentation.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

int bdt_compactor_create(struct bdt_system *s, struct bdt_compactor **out)
{
	struct bdt_compactor *c = calloc(1, sizeof(*c));
	int err = 0;

	if (!c)
		return -ENOMEM;
	c->system = s;
	c->zones = calloc(s->nzones, sizeof(*c->zones));
	c->kcompactd = calloc(s->nnodes, sizeof(*c->kcompactd));
	if (!c->zones || !c->kcompactd)
		err = -ENOMEM;
	for (size_t i = 0; !err && i < s->nzones; i++) {
		err = bdt_compact_zone_init(&c->zones[i], s->zones[i].zone, &s->profile->compaction);
		c->zones[i].marks = &s->zones[i].marks;
	}
	for (unsigned int node = 0; !err && node < s->nnodes; node++)
		c->kcompactd[node].highest = s->nclasses - 1;
	bdt_migrate_failures_init(&c->failures);
	if (err)
		bdt_compactor_destroy(c);
	else
		*out = c;
	return err;
}

void bdt_compactor_destroy(struct bdt_compactor *c)
{
	if (!c)
		return;
	for (size_t i = 0; c->zones && i < c->system->nzones; i++)
		bdt_compact_zone_finish(&c->zones[i]);
	free(c->zones);
	free(c->kcompactd);
	free(c);
}

/* ---- one zone ---- */

static size_t number_of(const struct bdt_compactor *c, const struct bdt_zone *z)
{
	size_t i = 0;

	while (c->zones[i].zone != z)
		i++;
	return i;
}

static void free_page(void *user, struct bdt_zone *z, bdt_pfn pfn, bdt_order order)
{
	struct bdt_compactor *c = user;

	/* where zones overlap, a page goes back to the one that it came from */
	if (bdt_system_zone_of(c->system, pfn) == number_of(c, z))
		bdt_system_free(c->system, c->cpu, pfn, order, BDT_FREE_NORMAL);
	else
		bdt_buddy_free_by_type(z, pfn, order, 0);
}

static void drain(void *user, struct bdt_zone *z)
{
	struct bdt_compactor *c = user;

	bdt_system_drain(c->system, number_of(c, z), c->cpu);
}

static void moved(void *user, struct bdt_zone *z, bdt_pfn from, bdt_pfn to, bdt_order order)
{
	struct bdt_compactor *c = user;

	if (c->moved)
		c->moved(c->user, z, from, to, order);
}

static struct bdt_compact_report run(struct bdt_compactor *c, size_t zone, struct bdt_compact_control *cc)
{
	struct bdt_suitable_request request = {
		.order = cc->order,
		.alloc_flags = cc->alloc_flags,
		.highest = cc->highest,
		.extfrag_threshold = c->system->vm.extfrag_threshold,
		.async = cc->mode == BDT_MIGRATE_ASYNC,
		.blocks = cc->blocks,
	};
	struct bdt_compact_env env = {
		.pages = c->pages,
		.failures = &c->failures,
		.moved = moved,
		.free = free_page,
		.drain = drain,
		.user = c,
	};
	struct bdt_compact_report report;

	bdt_compact_run(cc, &request, &env, &report);
	if (c->ran)
		c->ran(c->user, zone, cc, &report);
	return report;
}

/* ---- direct compaction ---- */

/* cf. compact_zone_order() */
static struct bdt_compact_report run_for(struct bdt_compactor *c, size_t zone,
					 const struct bdt_alloc_request *r, enum bdt_compact_priority prio,
					 unsigned int highest)
{
	struct bdt_compact_control cc =
		bdt_compact_control(&c->zones[zone], BDT_COMPACT_DIRECT, prio, (int)r->order);

	cc.migratetype = bdt_gfp_migratetype(c->system->profile, r->gfp, c->system->grouping);
	cc.alloc_flags = r->alloc_flags;
	cc.highest = highest;
	cc.no_fs = !(r->gfp & BT_GFP_FS);
	return run(c, zone, &cc);
}

enum bdt_compact_result bdt_compactor_direct(struct bdt_compactor *c, const struct bdt_alloc_request *r,
					     enum bdt_compact_priority prio,
					     struct bdt_alloc_result *captured)
{
	const struct bdt_compact_rules *rules = &c->system->profile->compaction;
	const struct bdt_zonelist *list = bdt_system_zonelist(c->system, r->cpu, r->node);
	unsigned int highest = bdt_system_highest(c->system, r->gfp);
	enum bdt_compact_result result = BDT_COMPACT_SKIPPED;

	*captured = (struct bdt_alloc_result){ .pfn = BT_PFN_NONE, .alloc_flags = r->alloc_flags };
	c->cpu = r->cpu;
	if (!r->order || !(r->gfp & BT_GFP_IO) || (rules->needs_fs && !(r->gfp & BT_GFP_FS)))
		return result;
	for (size_t i = 0; i < list->n; i++) {
		size_t zone = list->entry[i].zone;
		struct bdt_deferral *deferral = &c->zones[zone].deferral;
		struct bdt_compact_report report;

		if (!bdt_zonelist_has(list, i, highest, r->gfp & BT_GFP_THISNODE))
			continue;
		if ((prio > BDT_COMPACT_PRIO_SYNC_FULL || rules->old_results) &&
		    bdt_deferral_deferred(deferral, (int)r->order)) {
			result = result > BDT_COMPACT_DEFERRED ? result : BDT_COMPACT_DEFERRED;
			continue;
		}
		report = run_for(c, zone, r, prio, highest);
		result = result > report.result ? result : report.result;
		if (report.result == BDT_COMPACT_SUCCESS) {
			bdt_deferral_reset(deferral, (int)r->order, false);
			captured->pfn = report.captured;
			captured->zone = zone;
			break;
		}
		if (prio != BDT_COMPACT_PRIO_ASYNC &&
		    (report.result == BDT_COMPACT_COMPLETE || report.result == BDT_COMPACT_PARTIAL_SKIPPED))
			bdt_deferral_defer(deferral, (int)r->order);
	}
	return result;
}

void bdt_compactor_succeeded(struct bdt_compactor *c, size_t zone, bdt_order order)
{
	c->zones[zone].blockskip_flush = false;
	bdt_deferral_reset(&c->zones[zone].deferral, (int)order, true);
}

bool bdt_compactor_suitable(const struct bdt_compactor *c, const struct bdt_alloc_request *r,
			    uint64_t (*reclaimable)(void *user, size_t zone), void *user)
{
	const struct bdt_zonelist *list = bdt_system_zonelist(c->system, r->cpu, r->node);
	struct bdt_suitable_request request = {
		.order = (int)r->order,
		.alloc_flags = r->alloc_flags & ~BT_ALLOC_WMARK_MASK,
		.highest = bdt_system_highest(c->system, r->gfp),
		.extfrag_threshold = c->system->vm.extfrag_threshold,
		.test_only = true,
	};

	for (size_t i = 0; i < list->n; i++) {
		size_t zone = list->entry[i].zone;
		uint64_t free = bdt_zone_nr_free(c->zones[zone].zone);

		if (!bdt_zonelist_has(list, i, request.highest, r->gfp & BT_GFP_THISNODE))
			continue;
		/* not all of what is reclaimed will be of use for the order */
		free += reclaimable && r->order ? reclaimable(user, zone) / r->order : 0;
		if (bdt_compact_suitable(&c->zones[zone], &request, free).result == BDT_COMPACT_CONTINUE)
			return true;
	}
	return false;
}

/* ---- kcompactd ---- */

static bool of_node(const struct bdt_compactor *c, size_t zone, int node, unsigned int highest)
{
	const struct bdt_zone *z = c->zones[zone].zone;

	return z->node == node && z->index <= highest;
}

/* defrag_mode: kcompactd makes whole free pageblocks, up to the high mark.  6.15 on */
static bool makes_blocks(const struct bdt_compactor *c)
{
	return c->system->profile->defrag_mode && c->system->vm.defrag_mode;
}

/* Is a run of kcompactd worth it in this zone? */
static bool worth_it(const struct bdt_compactor *c, size_t zone, bdt_order order, unsigned int highest)
{
	struct bdt_suitable_request request = {
		.order = (int)order,
		.alloc_flags = makes_blocks(c) ? BT_ALLOC_WMARK_HIGH : BT_ALLOC_WMARK_MIN,
		.highest = highest,
		.extfrag_threshold = c->system->vm.extfrag_threshold,
		.blocks = makes_blocks(c),
	};

	return bdt_compact_suitable(&c->zones[zone], &request, bdt_zone_nr_free(c->zones[zone].zone))
		       .result == BDT_COMPACT_CONTINUE;
}

bool bdt_kcompactd_wake(struct bdt_compactor *c, int node, bdt_order order, unsigned int highest)
{
	struct bdt_kcompactd *k = &c->kcompactd[node];

	/* before it existed kswapd compacted itself */
	if (!order || c->system->profile->fair_zones)
		return false;
	if (k->order < order)
		k->order = order;
	if (k->highest > highest)
		k->highest = highest;
	for (size_t i = 0; i < c->system->nzones; i++)
		if (of_node(c, i, node, k->highest) && worth_it(c, i, k->order, k->highest))
			return true;
	return false;
}

unsigned int bdt_kcompactd_work(struct bdt_compactor *c, int node, unsigned int cpu)
{
	struct bdt_kcompactd *k = &c->kcompactd[node];
	bdt_order order = k->order;
	unsigned int highest = k->highest, runs = 0;

	c->cpu = cpu;
	for (size_t i = 0; order && i < c->system->nzones; i++) {
		struct bdt_compact_zone *cz = &c->zones[i];
		struct bdt_compact_control cc = bdt_compact_control(cz, BDT_COMPACT_KCOMPACTD,
								    BDT_COMPACT_PRIO_SYNC_LIGHT, (int)order);
		struct bdt_compact_report report;

		if (!of_node(c, i, node, highest) || bdt_deferral_deferred(&cz->deferral, (int)order) ||
		    !worth_it(c, i, order, cz->zone->index))
			continue;
		cc.migratetype = c->system->profile->unmovable;
		cc.highest = highest;
		cc.blocks = makes_blocks(c);
		cc.alloc_flags = cc.blocks ? BT_ALLOC_WMARK_HIGH : BT_ALLOC_WMARK_MIN;
		report = run(c, i, &cc);
		runs += report.ran;
		if (report.result == BDT_COMPACT_SUCCESS) {
			bdt_deferral_reset(&cz->deferral, (int)order, false);
		} else if (report.result == BDT_COMPACT_COMPLETE ||
			   report.result == BDT_COMPACT_PARTIAL_SKIPPED) {
			/* what lies on per-CPU lists could have merged */
			bdt_system_drain(c->system, i, BT_ALL_CPUS);
			bdt_deferral_defer(&cz->deferral, (int)order);
		}
	}
	*k = (struct bdt_kcompactd){ .highest = c->system->nclasses - 1, .sits_out = k->sits_out };
	return runs;
}

unsigned int bdt_compactor_score(const struct bdt_compactor *c, int node)
{
	uint64_t present = 0;
	unsigned int score = 0;

	for (size_t i = 0; i < c->system->nzones; i++)
		present += of_node(c, i, node, UINT_MAX) ? c->system->zones[i].present : 0;
	for (size_t i = 0; i < c->system->nzones; i++) {
		const struct bdt_zone *z = c->zones[i].zone;
		struct bdt_free_counts counts;

		if (!of_node(c, i, node, UINT_MAX))
			continue;
		bdt_free_counts_of(z, &counts);
		score += bdt_fragmentation_score(bdt_extfrag_for_order(&counts, z->pageblock_order),
						 c->system->zones[i].present, present);
	}
	return score;
}

static struct bdt_proactive_marks proactive_marks(const struct bdt_compactor *c)
{
	return bdt_proactive_marks(c->system->vm.compaction_proactiveness,
				   c->system->profile->compaction.proactive_spread);
}

void bdt_compactor_zone(struct bdt_compactor *c, size_t zone, unsigned int cpu,
			enum bdt_compact_trigger trigger)
{
	struct bdt_compact_control cc =
		bdt_compact_control(&c->zones[zone], trigger, BDT_COMPACT_PRIO_SYNC_LIGHT, BT_ORDER_ALL);

	c->cpu = cpu;
	cc.proactive_low = trigger == BDT_COMPACT_PROACTIVE ? proactive_marks(c).low : 0;
	cc.kswapd_running = c->system->kswapd[c->zones[zone].zone->node].awake;
	run(c, zone, &cc);
}

static void run_all(struct bdt_compactor *c, int node, unsigned int cpu, enum bdt_compact_trigger trigger)
{
	for (size_t i = 0; i < c->system->nzones; i++)
		if (of_node(c, i, node, UINT_MAX))
			bdt_compactor_zone(c, i, cpu, trigger);
}

bool bdt_kcompactd_proactive(struct bdt_compactor *c, int node, unsigned int cpu)
{
	const struct bdt_compact_rules *rules = &c->system->profile->compaction;
	unsigned int proactiveness = c->system->vm.compaction_proactiveness;
	struct bdt_proactive_marks marks = proactive_marks(c);
	struct bdt_kcompactd *k = &c->kcompactd[node];
	unsigned int before;

	if (k->sits_out) {
		k->sits_out--;
		return false;
	}
	before = bdt_compactor_score(c, node);
	if (!rules->proactive || !proactiveness || c->system->kswapd[node].awake || before <= marks.high)
		return false;
	run_all(c, node, cpu, BDT_COMPACT_PROACTIVE);
	if (bdt_compactor_score(c, node) >= before)
		k->sits_out = 1U << BT_MAX_DEFER_SHIFT;
	return true;
}

void bdt_compactor_all(struct bdt_compactor *c, int node, unsigned int cpu)
{
	run_all(c, node, cpu, BDT_COMPACT_MEMORY);
}

void bdt_compactor_kswapd_sleeps(struct bdt_compactor *c, int node)
{
	for (size_t i = 0; i < c->system->nzones; i++) {
		struct bdt_pages pages = c->pages ? *c->pages : bdt_pages_marked(c->zones[i].zone);

		if (of_node(c, i, node, UINT_MAX))
			bdt_compact_reset_skip(&c->zones[i], &pages);
	}
}
