/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/slowpath_run.h"
#include "model/highatomic.h"

static bool may_use(const struct bdt_slow_walk *w, size_t i)
{
	return bdt_zonelist_has(w->list, i, w->highest, w->request.gfp & BT_GFP_THISNODE);
}

/* cf. wake_all_kswapds() */
static struct bdt_slow_answer wake(struct bdt_slow_walk *w)
{
	bdt_order order = w->request.order, pageblock = w->s->zones[0].zone->pageblock_order;
	int last = -1;

	/* defrag_mode: whole pageblocks are what is to be reclaimed */
	if (w->s->profile->defrag_mode && w->s->vm.defrag_mode && order < pageblock)
		order = pageblock;
	for (size_t i = 0; i < w->list->n; i++) {
		const struct bdt_zonelist_entry *e = &w->list->entry[i];

		if (!may_use(w, i) || e->node == last)
			continue;
		last = e->node;
		if (bdt_system_wake_kswapd(w->s, e->zone, order, w->highest, w->request.gfp) ==
			    BDT_WAKE_KCOMPACTD &&
		    w->env->compactor)
			bdt_kcompactd_wake(w->env->compactor, e->node, order, w->highest);
	}
	return (struct bdt_slow_answer){ 0 };
}

static struct bdt_slow_answer pass(struct bdt_slow_walk *w)
{
	w->request.alloc_flags = w->sp.alloc_flags;
	return (struct bdt_slow_answer){ .yes = bdt_system_alloc_flags(w->s, &w->request, &w->result) };
}

/* cf. __alloc_pages_direct_compact() */
static struct bdt_slow_answer compact(struct bdt_slow_walk *w)
{
	struct bdt_slow_answer answer = { .result = BDT_COMPACT_SKIPPED };
	struct bdt_alloc_result captured;

	if (!w->env->compactor)
		return answer;
	w->request.alloc_flags = w->sp.alloc_flags;
	answer.result = bdt_compactor_direct(w->env->compactor, &w->request, w->sp.prio, &captured);
	if (answer.result == BDT_COMPACT_SKIPPED ||
	    (answer.result == BDT_COMPACT_DEFERRED && w->s->profile->slowpath_loop))
		return answer;
	answer.yes = captured.pfn != BT_PFN_NONE;
	if (answer.yes)
		w->result = captured;
	else
		answer.yes = bdt_system_alloc_flags(w->s, &w->request, &w->result);
	if (answer.yes)
		bdt_compactor_succeeded(w->env->compactor, w->result.zone, w->request.order);
	return answer;
}

/* The first zone that has a reserved pageblock to give gives it.  cf. unreserve_highatomic_pageblock() */
static bool unreserve(struct bdt_slow_walk *w, bool force)
{
	bdt_migratetype mt = bdt_gfp_migratetype(w->s->profile, w->request.gfp, w->s->grouping);

	for (size_t i = 0; !w->s->profile->reserve && i < w->list->n; i++)
		if (may_use(w, i) &&
		    bdt_highatomic_unreserve(w->s->zones[w->list->entry[i].zone].zone, mt, force))
			return true;
	return false;
}

static struct bdt_slow_answer unreserve_and_drain(struct bdt_slow_walk *w)
{
	unreserve(w, false);
	bdt_system_drain(w->s, BT_ALL_ZONES, BT_ALL_CPUS);
	return (struct bdt_slow_answer){ 0 };
}

static struct bdt_slow_answer unreserve_last(struct bdt_slow_walk *w)
{
	return (struct bdt_slow_answer){ .yes = unreserve(w, true) };
}

/* Would a zone pass if all that can be reclaimed were free?  cf. should_reclaim_retry() */
static struct bdt_slow_answer zones(struct bdt_slow_walk *w)
{
	for (size_t i = 0; i < w->list->n; i++) {
		size_t number = w->list->entry[i].zone;
		const struct bdt_system_zone *z = &w->s->zones[number];
		uint64_t available = bdt_zone_nr_free(z->zone);

		if (!may_use(w, i))
			continue;
		available += w->env->reclaimable ? w->env->reclaimable(w->env->user, number) : 0;
		if (bdt_watermark_ok(z->zone, &z->marks, w->request.order,
				     bdt_watermark_mark(z->zone, &z->marks, BT_ALLOC_WMARK_MIN), w->highest,
				     w->sp.alloc_flags, available))
			return (struct bdt_slow_answer){ .yes = true };
	}
	return (struct bdt_slow_answer){ 0 };
}

static struct bdt_slow_answer compact_zones(struct bdt_slow_walk *w)
{
	w->request.alloc_flags = w->sp.alloc_flags;
	return (struct bdt_slow_answer){ .yes = w->env->compactor &&
						bdt_compactor_suitable(w->env->compactor, &w->request,
								       w->env->reclaimable, w->env->user) };
}

/* One more pass, at the high mark, before a task is killed.  cf. __alloc_pages_may_oom() */
static struct bdt_slow_answer oom(struct bdt_slow_walk *w)
{
	struct bdt_slow_answer answer = { 0 };

	w->request.alloc_flags = BT_ALLOC_WMARK_HIGH | BT_ALLOC_CPUSET;
	answer.yes = bdt_system_alloc_flags(w->s, &w->request, &w->result);
	if (answer.yes || !bdt_oom_allowed(&w->sp.request))
		return answer;
	answer.pages = !bdt_oom_kills(&w->sp.request);
	if (!answer.pages && w->env->kill)
		answer.pages = w->env->kill(w->env->user, &w->request);
	if (!(w->request.gfp & BT_GFP_NOFAIL))
		return answer;
	/* what must not fail may have all that is left then */
	answer.pages |= 1;
	w->request.alloc_flags = BT_ALLOC_NO_WATERMARKS | BT_ALLOC_CPUSET;
	answer.yes = bdt_system_alloc_flags(w->s, &w->request, &w->result);
	return answer;
}

static struct bdt_slow_answer (*const actions[])(struct bdt_slow_walk *w) = {
	[BDT_SLOW_WAKE_KSWAPD] = wake,
	[BDT_SLOW_TRY] = pass,
	[BDT_SLOW_COMPACT] = compact,
	[BDT_SLOW_UNRESERVE] = unreserve_and_drain,
	[BDT_SLOW_UNRESERVE_LAST] = unreserve_last,
	[BDT_SLOW_ZONES] = zones,
	[BDT_SLOW_COMPACT_ZONES] = compact_zones,
	[BDT_SLOW_OOM] = oom,
};

void bdt_slow_begin(struct bdt_slow_walk *w, struct bdt_system *s, const struct bdt_alloc_request *request,
		    const struct bdt_task_rights *task, const struct bdt_slow_env *env)
{
	const struct bdt_slow_request wanted = {
		.gfp = request->gfp,
		.order = request->order,
		.task = *task,
		.cannot_oom = env->cannot_oom,
		.defrag_mode = s->vm.defrag_mode,
		.grouping = s->grouping,
	};

	*w = (struct bdt_slow_walk){
		.s = s,
		.request = *request,
		.env = env,
		.list = bdt_system_zonelist(s, request->cpu, request->node),
		.highest = bdt_system_highest(s, request->gfp),
	};
	bdt_slowpath_begin(&w->sp, s->profile, &wanted);
}

bool bdt_slow_goes_on(struct bdt_slow_walk *w, uint64_t reclaimed)
{
	if (w->steps)
		w->answer = (struct bdt_slow_answer){ .pages = reclaimed };
	while (w->steps++ < BT_SLOW_STEPS) {
		enum bdt_slow_action action = bdt_slowpath_next(&w->sp, &w->answer);

		if (w->env->step)
			w->env->step(w->env->user, &w->sp, action);
		if (action == BDT_SLOW_RECLAIM)
			return true;
		if (action == BDT_SLOW_DONE)
			break;
		w->answer = actions[action](w);
	}
	return false;
}

enum bdt_slow_exit bdt_system_alloc_slow(struct bdt_system *s, const struct bdt_alloc_request *request,
					 const struct bdt_task_rights *task, const struct bdt_slow_env *env,
					 struct bdt_alloc_result *result)
{
	struct bdt_slow_walk w;
	uint64_t reclaimed = 0;

	bdt_slow_begin(&w, s, request, task, env);
	while (bdt_slow_goes_on(&w, reclaimed))
		reclaimed = env->reclaim ? env->reclaim(env->user, &w.request) : 0;
	*result = w.result;
	return bdt_slow_end_of(&w);
}
