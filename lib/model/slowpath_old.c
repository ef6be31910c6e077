/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/compact.h"
#include "model/slowpath_steps.h"

/* The slow path of 4.0: compaction comes before reclaim in the first round, and orders up to 3 never give up.
 */

enum state {
	BEGUN,
	WAKE,
	TRY,
	TRY_RESERVES,
	COMPACT_ASYNC,
	RECLAIM,
	RECLAIM_TRY,
	DRAIN,
	TRY_AGAIN,
	OOM,
	COMPACT_LAST,
};

static bool may_have_all(const struct bdt_slowpath *sp)
{
	return bdt_alloc_flags_reserves(sp->profile, sp->request.gfp, &sp->request.task);
}

/* GFP_TRANSHUGE: the mask of a huge page that gives up early. */
static bool huge_page(const struct bdt_slowpath *sp)
{
	return bdt_slow_has(sp, BT_GFP_NORETRY | BT_GFP_COMP | BT_GFP_MOVABLE) &&
	       sp->request.order > BT_COSTLY_ORDER;
}

static enum bdt_slow_action one_round(struct bdt_slowpath *sp)
{
	sp->alloc_flags &= ~BT_ALLOC_NO_WATERMARKS;
	if (bdt_slow_has(sp, BT_GFP_KSWAPD_RECLAIM))
		return bdt_slow_ask(sp, WAKE, BDT_SLOW_WAKE_KSWAPD);
	return bdt_slow_ask(sp, TRY, BDT_SLOW_TRY);
}

static enum bdt_slow_action begun(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	(void)a;
	sp->prio = BDT_COMPACT_PRIO_ASYNC;
	return one_round(sp);
}

static enum bdt_slow_action wake(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	(void)a;
	return bdt_slow_ask(sp, TRY, BDT_SLOW_TRY);
}

static enum bdt_slow_action direct(struct bdt_slowpath *sp)
{
	if (!bdt_slow_has(sp, BT_GFP_DIRECT_RECLAIM))
		return bdt_slow_end(sp, BDT_SLOW_FAIL_CANNOT_WAIT);
	if (sp->request.task.memalloc)
		return bdt_slow_end(sp, BDT_SLOW_FAIL_RECLAIMER);
	if (sp->request.task.oom_victim && !bdt_slow_has(sp, BT_GFP_NOFAIL))
		return bdt_slow_end(sp, BDT_SLOW_FAIL_VICTIM);
	if (sp->request.order)
		return bdt_slow_ask(sp, COMPACT_ASYNC, BDT_SLOW_COMPACT);
	return bdt_slow_ask(sp, RECLAIM, BDT_SLOW_RECLAIM);
}

static enum bdt_slow_action try(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	if (a->yes)
		return bdt_slow_end(sp, sp->reclaimed ? BDT_SLOW_PAGE_RETRY : BDT_SLOW_PAGE_FIRST);
	if (!may_have_all(sp))
		return direct(sp);
	sp->alloc_flags |= BT_ALLOC_NO_WATERMARKS;
	return bdt_slow_ask(sp, TRY_RESERVES, BDT_SLOW_TRY);
}

static enum bdt_slow_action try_reserves(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	return a->yes ? bdt_slow_end(sp, BDT_SLOW_PAGE_RETRY) : direct(sp);
}

static enum bdt_slow_action compact_async(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	if (a->yes)
		return bdt_slow_end(sp, BDT_SLOW_PAGE_COMPACT_FIRST);
	sp->result = a->result;
	if (huge_page(sp) && (a->result == BDT_COMPACT_DEFERRED || a->result == BDT_COMPACT_CONTENDED))
		return bdt_slow_end(sp, BDT_SLOW_FAIL_COMPACT_FIRST);
	if (!huge_page(sp))
		sp->prio = BDT_COMPACT_PRIO_SYNC_LIGHT;
	return bdt_slow_ask(sp, RECLAIM, BDT_SLOW_RECLAIM);
}

/* cf. should_alloc_retry() */
static bool retries(const struct bdt_slowpath *sp)
{
	if (bdt_slow_has(sp, BT_GFP_NORETRY))
		return false;
	if (bdt_slow_has(sp, BT_GFP_NOFAIL) || sp->request.order <= BT_COSTLY_ORDER)
		return true;
	return bdt_slow_has(sp, BT_GFP_RETRY_MAYFAIL) && sp->reclaimed < 1ULL << sp->request.order;
}

static enum bdt_slow_action after_reclaim(struct bdt_slowpath *sp)
{
	if (!retries(sp)) {
		if (sp->request.order)
			return bdt_slow_ask(sp, COMPACT_LAST, BDT_SLOW_COMPACT);
		return bdt_slow_end(sp, BDT_SLOW_FAIL_NORETRY);
	}
	return sp->progress ? one_round(sp) : bdt_slow_ask(sp, OOM, BDT_SLOW_OOM);
}

static enum bdt_slow_action reclaim(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	sp->progress = a->pages;
	sp->reclaimed += a->pages;
	return a->pages ? bdt_slow_ask(sp, RECLAIM_TRY, BDT_SLOW_TRY) : after_reclaim(sp);
}

static enum bdt_slow_action reclaim_try(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	return a->yes ? bdt_slow_end(sp, BDT_SLOW_PAGE_RECLAIM) : bdt_slow_ask(sp, DRAIN, BDT_SLOW_UNRESERVE);
}

static enum bdt_slow_action drain(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	(void)a;
	return bdt_slow_ask(sp, TRY_AGAIN, BDT_SLOW_TRY);
}

static enum bdt_slow_action try_again(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	return a->yes ? bdt_slow_end(sp, BDT_SLOW_PAGE_RECLAIM) : after_reclaim(sp);
}

static enum bdt_slow_action oom(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	if (a->yes)
		return bdt_slow_end(sp, BDT_SLOW_PAGE_OOM);
	if (bdt_slow_has(sp, BT_GFP_NOFAIL) || (a->pages && bdt_oom_allowed(&sp->request)))
		return one_round(sp);
	return bdt_slow_end(sp, BDT_SLOW_FAIL_OOM);
}

static enum bdt_slow_action compact_last(struct bdt_slowpath *sp, const struct bdt_slow_answer *a)
{
	sp->result = a->result;
	return bdt_slow_end(sp, a->yes ? BDT_SLOW_PAGE_COMPACT : BDT_SLOW_FAIL_NORETRY);
}

bdt_slow_step *const bdt_slow_steps_old[] = {
	[BEGUN] = begun,
	[WAKE] = wake,
	[TRY] = try,
	[TRY_RESERVES] = try_reserves,
	[COMPACT_ASYNC] = compact_async,
	[RECLAIM] = reclaim,
	[RECLAIM_TRY] = reclaim_try,
	[DRAIN] = drain,
	[TRY_AGAIN] = try_again,
	[OOM] = oom,
	[COMPACT_LAST] = compact_last,
};
