/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/slowpath_run.h"
#include "model/highatomic.h"

/* One request on its way through the steps. */
struct slow {
	struct bdt_system *s;
	struct bdt_alloc_request request;
	const struct bdt_slow_env *env;
	struct bdt_slowpath sp;
	struct bdt_alloc_result *result;
	const struct bdt_zonelist *list;
	unsigned int highest;
};

static bool may_use(const struct slow *w, size_t i)
{
	return bdt_zonelist_has(w->list, i, w->highest, w->request.gfp & BT_GFP_THISNODE);
}

/* cf. wake_all_kswapds() */
static struct bdt_slow_answer wake(struct slow *w)
{
	int last = -1;

	for (size_t i = 0; i < w->list->n; i++) {
		const struct bdt_zonelist_entry *e = &w->list->entry[i];

		if (!may_use(w, i) || e->node == last)
			continue;
		last = e->node;
		if (bdt_system_wake_kswapd(w->s, e->zone, w->request.order, w->highest, w->request.gfp) ==
			    BDT_WAKE_KCOMPACTD &&
		    w->env->compactor)
			bdt_kcompactd_wake(w->env->compactor, e->node, w->request.order, w->highest);
	}
	return (struct bdt_slow_answer){ 0 };
}

static struct bdt_slow_answer pass(struct slow *w)
{
	w->request.alloc_flags = w->sp.alloc_flags;
	return (struct bdt_slow_answer){ .yes = bdt_system_alloc_flags(w->s, &w->request, w->result) };
}

/* cf. __alloc_pages_direct_compact() */
static struct bdt_slow_answer compact(struct slow *w)
{
	struct bdt_slow_answer answer = { .result = BDT_COMPACT_SKIPPED };
	struct bdt_alloc_result captured;

	if (!w->env->compactor)
		return answer;
	w->request.alloc_flags = w->sp.alloc_flags;
	answer.result = bdt_compactor_direct(w->env->compactor, &w->request, w->sp.prio, &captured);
	if (answer.result == BDT_COMPACT_SKIPPED)
		return answer;
	answer.yes = captured.pfn != BT_PFN_NONE;
	if (answer.yes)
		*w->result = captured;
	else
		answer.yes = bdt_system_alloc_flags(w->s, &w->request, w->result);
	if (answer.yes)
		bdt_compactor_succeeded(w->env->compactor, w->result->zone, w->request.order);
	return answer;
}

static struct bdt_slow_answer reclaim(struct slow *w)
{
	return (struct bdt_slow_answer){ .pages = w->env->reclaim ? w->env->reclaim(w->env->user, &w->request)
								  : 0 };
}

/* The first zone that has a reserved pageblock to give gives it.  cf. unreserve_highatomic_pageblock() */
static bool unreserve(struct slow *w, bool force)
{
	bdt_migratetype mt = bdt_gfp_migratetype(w->s->profile, w->request.gfp, w->s->grouping);

	for (size_t i = 0; !w->s->profile->reserve && i < w->list->n; i++)
		if (may_use(w, i) &&
		    bdt_highatomic_unreserve(w->s->zones[w->list->entry[i].zone].zone, mt, force))
			return true;
	return false;
}

static struct bdt_slow_answer unreserve_and_drain(struct slow *w)
{
	unreserve(w, false);
	bdt_system_drain(w->s, BT_ALL_ZONES, BT_ALL_CPUS);
	return (struct bdt_slow_answer){ 0 };
}

static struct bdt_slow_answer unreserve_last(struct slow *w)
{
	return (struct bdt_slow_answer){ .yes = unreserve(w, true) };
}

/* Would a zone pass if all that can be reclaimed were free?  cf. should_reclaim_retry() */
static struct bdt_slow_answer zones(struct slow *w)
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

static struct bdt_slow_answer compact_zones(struct slow *w)
{
	w->request.alloc_flags = w->sp.alloc_flags;
	return (struct bdt_slow_answer){ .yes = w->env->compactor &&
						bdt_compactor_suitable(w->env->compactor, &w->request,
								       w->env->reclaimable, w->env->user) };
}

/* One more pass, at the high mark, before a task is killed.  cf. __alloc_pages_may_oom() */
static struct bdt_slow_answer oom(struct slow *w)
{
	struct bdt_slow_answer answer = { 0 };

	w->request.alloc_flags = BT_ALLOC_WMARK_HIGH | BT_ALLOC_CPUSET;
	answer.yes = bdt_system_alloc_flags(w->s, &w->request, w->result);
	if (!answer.yes && bdt_oom_allowed(&w->sp.request) && w->env->kill)
		answer.pages = w->env->kill(w->env->user, &w->request);
	return answer;
}

static struct bdt_slow_answer (*const actions[])(struct slow *w) = {
	[BDT_SLOW_WAKE_KSWAPD] = wake,
	[BDT_SLOW_TRY] = pass,
	[BDT_SLOW_COMPACT] = compact,
	[BDT_SLOW_RECLAIM] = reclaim,
	[BDT_SLOW_UNRESERVE] = unreserve_and_drain,
	[BDT_SLOW_UNRESERVE_LAST] = unreserve_last,
	[BDT_SLOW_ZONES] = zones,
	[BDT_SLOW_COMPACT_ZONES] = compact_zones,
	[BDT_SLOW_OOM] = oom,
};

enum bdt_slow_exit bdt_system_alloc_slow(struct bdt_system *s, const struct bdt_alloc_request *request,
					 const struct bdt_task_rights *task, const struct bdt_slow_env *env,
					 struct bdt_alloc_result *result)
{
	struct slow w = {
		.s = s,
		.request = *request,
		.env = env,
		.result = result,
		.list = bdt_system_zonelist(s, request->cpu, request->node),
		.highest = bdt_system_highest(s, request->gfp),
	};
	const struct bdt_slow_request wanted = {
		.gfp = request->gfp,
		.order = request->order,
		.task = *task,
		.cannot_oom = env->cannot_oom,
		.defrag_mode = s->vm.defrag_mode,
		.grouping = s->grouping,
	};
	struct bdt_slow_answer answer = { 0 };

	bdt_slowpath_begin(&w.sp, s->profile, &wanted);
	for (unsigned int i = 0; i < BT_SLOW_STEPS; i++) {
		enum bdt_slow_action action = bdt_slowpath_next(&w.sp, &answer);

		if (env->step)
			env->step(env->user, &w.sp, action);
		if (action == BDT_SLOW_DONE)
			break;
		answer = actions[action](&w);
	}
	return w.sp.exit;
}
