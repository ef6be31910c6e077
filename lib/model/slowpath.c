/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/compact.h"
#include "model/slowpath_steps.h"

const char *const bdt_slow_exit_names[BDT_SLOW_EXIT_NR] = {
	[BDT_SLOW_RUNNING] = "running",
	[BDT_SLOW_PAGE_FIRST] = "page: min mark",
	[BDT_SLOW_PAGE_COMPACT_FIRST] = "page: compaction first",
	[BDT_SLOW_PAGE_RETRY] = "page: retry",
	[BDT_SLOW_PAGE_RECLAIM] = "page: reclaim",
	[BDT_SLOW_PAGE_COMPACT] = "page: compaction",
	[BDT_SLOW_PAGE_OOM] = "page: before the kill",
	[BDT_SLOW_PAGE_NOFAIL] = "page: must not fail",
	[BDT_SLOW_FAIL_CANNOT_WAIT] = "failed: cannot wait",
	[BDT_SLOW_FAIL_RECLAIMER] = "failed: reclaims itself",
	[BDT_SLOW_FAIL_COMPACT_FIRST] = "failed: compaction left out",
	[BDT_SLOW_FAIL_THISNODE] = "failed: this node only",
	[BDT_SLOW_FAIL_NORETRY] = "failed: no retry",
	[BDT_SLOW_FAIL_COSTLY] = "failed: costly",
	[BDT_SLOW_FAIL_VICTIM] = "failed: being killed",
	[BDT_SLOW_FAIL_OOM] = "failed: out of memory",
};

/* The step whose answer is awaited. */
enum state {
	BEGUN,
	FIRST_WAKE,
	FIRST_TRY,
	FIRST_COMPACT,
	ROUND_WAKE,
	ROUND_TRY,
	RECLAIM,
	RECLAIM_TRY,
	RECLAIM_DRAIN,
	RECLAIM_TRY_AGAIN,
	COMPACT,
	ZONES,
	LAST_PAGEBLOCK,
	COMPACT_ZONES,
	OOM,
	NOFAIL_TRY,
};

static bool costly(const struct bdt_slowpath *sp)
{
	return sp->request.order > BT_COSTLY_ORDER;
}

/* Who may not do I/O does not compact; from 6.8 on that is known here.  cf. gfp_compaction_allowed() */
static bool can_compact(const struct bdt_slowpath *sp)
{
	return sp->request.order && (bdt_slow_has(sp, BT_GFP_IO) || !sp->profile->compaction.needs_io);
}

static unsigned int reserves(const struct bdt_slowpath *sp)
{
	return bdt_alloc_flags_reserves(sp->profile, sp->request.gfp, &sp->request.task);
}

/* The pass of a round, with the reserves if the task may have them. */
static enum bdt_slow_action round_pass(struct bdt_slowpath *sp)
{
	unsigned int more = reserves(sp);

	if (more)
		sp->alloc_flags = more | (sp->alloc_flags & (BT_ALLOC_KSWAPD | BT_ALLOC_CMA));
	return bdt_slow_ask(sp, ROUND_TRY, BDT_SLOW_TRY);
}

static enum bdt_slow_action one_round(struct bdt_slowpath *sp)
{
	if (sp->alloc_flags & BT_ALLOC_KSWAPD)
		return bdt_slow_ask(sp, ROUND_WAKE, BDT_SLOW_WAKE_KSWAPD);
	return round_pass(sp);
}

/* A request that must not fail gets access to reserves for one pass, and goes on.  cf.
 * __alloc_pages_cpuset_fallback() */
static enum bdt_slow_action give_up(struct bdt_slowpath *sp, enum bdt_slow_exit exit)
{
	if (!bdt_slow_has(sp, BT_GFP_NOFAIL) || !bdt_slow_has(sp, BT_GFP_DIRECT_RECLAIM))
		return bdt_slow_end(sp, exit);
	sp->kept_flags = sp->alloc_flags;
	sp->alloc_flags = BT_ALLOC_WMARK_MIN | BT_ALLOC_CPUSET |
			  (sp->profile->min_reserve ? BT_ALLOC_HIGH : BT_ALLOC_HARDER);
	return bdt_slow_ask(sp, NOFAIL_TRY, BDT_SLOW_TRY);
}

/* Is compaction likelier to help than reclaim, which costs pages that are in use? */
static bool compacts_first(const struct bdt_slowpath *sp)
{
	bool movable = bdt_gfp_migratetype(sp->profile, sp->request.gfp, sp->request.grouping) ==
		       sp->profile->movable;

	return bdt_slow_has(sp, BT_GFP_DIRECT_RECLAIM) && can_compact(sp) && (costly(sp) || !movable) &&
	       (sp->profile->slowpath_loop || !reserves(sp));
}

void bdt_slowpath_begin(struct bdt_slowpath *sp, const struct bdt_profile *profile,
			const struct bdt_slow_request *request)
{
	*sp = (struct bdt_slowpath){
		.profile = profile,
		.request = *request,
		.prio = BDT_COMPACT_PRIO_SYNC_LIGHT,
		.result = BDT_COMPACT_SKIPPED,
	};
	sp->alloc_flags = bdt_alloc_flags_slow(profile, request->gfp, request->order, &request->task,
					       request->grouping);
	if (request->defrag_mode && profile->defrag_mode)
		sp->alloc_flags |= BT_ALLOC_NOFRAGMENT;
	sp->compact_first = compacts_first(sp);
}

static enum bdt_slow_action begun(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	(void)a;
	if (sp->alloc_flags & BT_ALLOC_KSWAPD)
		return bdt_slow_ask(sp, FIRST_WAKE, BDT_SLOW_WAKE_KSWAPD);
	return bdt_slow_ask(sp, FIRST_TRY, BDT_SLOW_TRY);
}

static enum bdt_slow_action first_wake(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	(void)a;
	return bdt_slow_ask(sp, FIRST_TRY, BDT_SLOW_TRY);
}

static enum bdt_slow_action round_try(struct bdt_slowpath *sp, const struct bdt_slow_answer *a);

static enum bdt_slow_action first_try(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	if (a->yes)
		return bdt_slow_end(sp, BDT_SLOW_PAGE_FIRST);
	/* 7.2: one loop, whose first pass was this one */
	if (sp->profile->slowpath_loop)
		return round_try(sp, a);
	if (!sp->compact_first)
		return one_round(sp);
	sp->prio = BDT_COMPACT_PRIO_ASYNC;
	return bdt_slow_ask(sp, FIRST_COMPACT, BDT_SLOW_COMPACT);
}

/* 7.2: only a huge page of this node gives up here; all others go round with reclaim. */
static enum bdt_slow_action after_first_compact_loop(struct bdt_slowpath *sp)
{
	if (bdt_slow_has(sp, BT_GFP_NORETRY | BT_GFP_THISNODE))
		return give_up(sp, BDT_SLOW_FAIL_THISNODE);
	if (!bdt_slow_has(sp, BT_GFP_NORETRY))
		sp->prio = BDT_COMPACT_PRIO_SYNC_LIGHT;
	sp->compact_first = false;
	return one_round(sp);
}

static enum bdt_slow_action first_compact(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	bool left_out = a->result == BDT_COMPACT_DEFERRED ||
			(a->result == BDT_COMPACT_SKIPPED && sp->profile->compaction.skipped_fails);

	if (a->yes)
		return bdt_slow_end(sp, BDT_SLOW_PAGE_COMPACT_FIRST);
	sp->result = a->result;
	if (sp->profile->slowpath_loop)
		return after_first_compact_loop(sp);
	sp->prio = BDT_COMPACT_PRIO_SYNC_LIGHT;
	if (!costly(sp) || !bdt_slow_has(sp, BT_GFP_NORETRY))
		return one_round(sp);
	if (left_out)
		return give_up(sp, BDT_SLOW_FAIL_COMPACT_FIRST);
	if (sp->profile->thp_thisnode_no_reclaim && bdt_slow_has(sp, BT_GFP_THISNODE))
		return give_up(sp, BDT_SLOW_FAIL_THISNODE);
	sp->prio = BDT_COMPACT_PRIO_ASYNC;
	return one_round(sp);
}

static enum bdt_slow_action round_wake(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	(void)a;
	return round_pass(sp);
}

/* 7.2: is there a pass to make at once, with more than the last one was allowed? */
static bool allows_more(struct bdt_slowpath *sp)
{
	if ((reserves(sp) || !(sp->alloc_flags & BT_ALLOC_CPUSET)) && !sp->retried) {
		sp->retried = true;
		return true;
	}
	/* what cannot wait for whole pageblocks gets parts of them */
	if (sp->alloc_flags & BT_ALLOC_NOFRAGMENT && !bdt_slow_has(sp, BT_GFP_DIRECT_RECLAIM) &&
	    bdt_slow_has(sp, BT_GFP_KSWAPD_RECLAIM)) {
		sp->alloc_flags &= ~BT_ALLOC_NOFRAGMENT;
		return true;
	}
	return false;
}

static enum bdt_slow_action round_try(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	if (a->yes)
		return bdt_slow_end(sp, BDT_SLOW_PAGE_RETRY);
	if (sp->profile->slowpath_loop && allows_more(sp))
		return one_round(sp);
	if (!bdt_slow_has(sp, BT_GFP_DIRECT_RECLAIM))
		return give_up(sp, BDT_SLOW_FAIL_CANNOT_WAIT);
	if (sp->request.task.memalloc)
		return give_up(sp, BDT_SLOW_FAIL_RECLAIMER);
	if (!sp->profile->slowpath_loop || !sp->compact_first)
		return bdt_slow_ask(sp, RECLAIM, BDT_SLOW_RECLAIM);
	sp->prio = BDT_COMPACT_PRIO_ASYNC;
	return bdt_slow_ask(sp, FIRST_COMPACT, BDT_SLOW_COMPACT);
}

static enum bdt_slow_action after_compact(struct bdt_slowpath *sp);

static enum bdt_slow_action after_reclaim(struct bdt_slowpath *sp)
{
	return can_compact(sp) ? bdt_slow_ask(sp, COMPACT, BDT_SLOW_COMPACT) : after_compact(sp);
}

static enum bdt_slow_action reclaim(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	sp->progress = a->pages;
	sp->reclaimed += a->pages;
	if (sp->progress)
		return bdt_slow_ask(sp, RECLAIM_TRY, BDT_SLOW_TRY);
	return after_reclaim(sp);
}

static enum bdt_slow_action reclaim_try(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	if (a->yes)
		return bdt_slow_end(sp, BDT_SLOW_PAGE_RECLAIM);
	return bdt_slow_ask(sp, RECLAIM_DRAIN, BDT_SLOW_UNRESERVE);
}

static enum bdt_slow_action reclaim_drain(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	(void)a;
	return bdt_slow_ask(sp, RECLAIM_TRY_AGAIN, BDT_SLOW_TRY);
}

static enum bdt_slow_action reclaim_try_again(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	if (a->yes)
		return bdt_slow_end(sp, BDT_SLOW_PAGE_RECLAIM);
	return after_reclaim(sp);
}

/* Out of rounds: kill, if that is allowed. */
static enum bdt_slow_action no_more_rounds(struct bdt_slowpath *sp)
{
	/* defrag_mode: mixing pageblocks is better than a kill.  6.15 on */
	if (sp->alloc_flags & BT_ALLOC_NOFRAGMENT) {
		sp->alloc_flags &= ~BT_ALLOC_NOFRAGMENT;
		return one_round(sp);
	}
	return bdt_slow_ask(sp, OOM, BDT_SLOW_OOM);
}

static enum bdt_slow_action compact_or_oom(struct bdt_slowpath *sp)
{
	if (!sp->progress || !can_compact(sp))
		return no_more_rounds(sp);
	switch (bdt_compact_may_retry(sp->profile, sp->request.order, sp->result, &sp->compaction_retries,
				      &sp->prio)) {
	case BDT_COMPACT_RETRY:
		return one_round(sp);
	case BDT_COMPACT_ASK_ZONES:
		return bdt_slow_ask(sp, COMPACT_ZONES, BDT_SLOW_COMPACT_ZONES);
	case BDT_COMPACT_GIVE_UP:
		break;
	}
	return no_more_rounds(sp);
}

static enum bdt_slow_action after_compact(struct bdt_slowpath *sp)
{
	if (bdt_slow_has(sp, BT_GFP_NORETRY))
		return give_up(sp, BDT_SLOW_FAIL_NORETRY);
	if (costly(sp) && (!can_compact(sp) || !bdt_slow_has(sp, BT_GFP_RETRY_MAYFAIL)))
		return give_up(sp, BDT_SLOW_FAIL_COSTLY);
	if (bdt_reclaim_may_retry(sp->request.order, sp->progress > 0, &sp->no_progress_loops))
		return bdt_slow_ask(sp, ZONES, BDT_SLOW_ZONES);
	return bdt_slow_ask(sp, LAST_PAGEBLOCK, BDT_SLOW_UNRESERVE_LAST);
}

static enum bdt_slow_action compact(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	if (a->yes)
		return bdt_slow_end(sp, BDT_SLOW_PAGE_COMPACT);
	sp->result = a->result;
	return after_compact(sp);
}

static enum bdt_slow_action zones(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	if (a->yes)
		return one_round(sp);
	if (sp->profile->unreserve_before_oom)
		return bdt_slow_ask(sp, LAST_PAGEBLOCK, BDT_SLOW_UNRESERVE_LAST);
	return compact_or_oom(sp);
}

static enum bdt_slow_action last_pageblock(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	return a->yes ? one_round(sp) : compact_or_oom(sp);
}

static enum bdt_slow_action compact_zones(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	return a->yes ? one_round(sp) : no_more_rounds(sp);
}

static enum bdt_slow_action oom(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	if (a->yes)
		return bdt_slow_end(sp, BDT_SLOW_PAGE_OOM);
	if (sp->request.task.oom_victim &&
	    (sp->alloc_flags & BT_ALLOC_OOM || bdt_slow_has(sp, BT_GFP_NOMEMALLOC)))
		return give_up(sp, BDT_SLOW_FAIL_VICTIM);
	if (!a->pages || !bdt_oom_allowed(&sp->request))
		return give_up(sp, BDT_SLOW_FAIL_OOM);
	sp->no_progress_loops = 0;
	return one_round(sp);
}

static enum bdt_slow_action nofail_try(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	if (a->yes)
		return bdt_slow_end(sp, BDT_SLOW_PAGE_NOFAIL);
	sp->alloc_flags = sp->kept_flags;
	return one_round(sp);
}

static bdt_slow_step *const steps[] = {
	[BEGUN] = begun,
	[FIRST_WAKE] = first_wake,
	[FIRST_TRY] = first_try,
	[FIRST_COMPACT] = first_compact,
	[ROUND_WAKE] = round_wake,
	[ROUND_TRY] = round_try,
	[RECLAIM] = reclaim,
	[RECLAIM_TRY] = reclaim_try,
	[RECLAIM_DRAIN] = reclaim_drain,
	[RECLAIM_TRY_AGAIN] = reclaim_try_again,
	[COMPACT] = compact,
	[ZONES] = zones,
	[LAST_PAGEBLOCK] = last_pageblock,
	[COMPACT_ZONES] = compact_zones,
	[OOM] = oom,
	[NOFAIL_TRY] = nofail_try,
};

enum bdt_slow_action bdt_slowpath_next(struct bdt_slowpath *sp, const struct bdt_slow_answer *answer)
{
	if (sp->exit != BDT_SLOW_RUNNING)
		return BDT_SLOW_DONE;
	return (sp->profile->fair_zones ? bdt_slow_steps_old : steps)[sp->state](sp, answer);
}
