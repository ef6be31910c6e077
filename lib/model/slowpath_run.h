/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_SLOWPATH_RUN_H
#define BT_MODEL_SLOWPATH_RUN_H

#include "model/compactor.h"
#include "model/slowpath.h"

/*
 * The slow path on the model's own state: the steps of slowpath.h are done with the system and its compactor,
 * and what only the machine knows - what reclaim frees, whether a kill helps - is asked.
 */
struct bdt_slow_env {
	struct bdt_compactor *compactor; /* of the same system; NULL: all compaction is skipped */
	/* What it says is free must be free (bdt_system_free()) when it returns.  Each may be NULL: 0, no. */
	uint64_t (*reclaim)(void *user, const struct bdt_alloc_request *request); /* pages, direct reclaim */
	uint64_t (*reclaimable)(void *user, size_t zone);                         /* pages that could be */
	bool (*kill)(void *user, const struct bdt_alloc_request *request);        /* the OOM killer */
	/* Told of each step, with what is to be done; may be NULL. */
	void (*step)(void *user, const struct bdt_slowpath *sp, enum bdt_slow_action action);
	void *user;
	bool cannot_oom; /* see bdt_slow_request */
};

/* Steps after which a request that goes on for ever is left: it must not fail, or reclaim always frees. */
#define BT_SLOW_STEPS 512

/* A request on its way.  What it holds but the result is its own business. */
struct bdt_slow_walk {
	struct bdt_system *s;
	struct bdt_alloc_request request;
	const struct bdt_slow_env *env;
	struct bdt_slowpath sp;
	const struct bdt_zonelist *list;
	unsigned int highest, steps;
	struct bdt_slow_answer answer;
	struct bdt_alloc_result result;
};

/* Begins; see bdt_system_alloc_slow().  `s` and `env` must live as long; env->reclaim is not called. */
void bdt_slow_begin(struct bdt_slow_walk *w, struct bdt_system *s, const struct bdt_alloc_request *request,
		    const struct bdt_task_rights *task, const struct bdt_slow_env *env);
/*
 * Goes on until the task has to reclaim (true) - call it again with the pages that this freed - or until the
 * request ends (false).  `reclaimed` is not looked at in the first call.
 */
bool bdt_slow_goes_on(struct bdt_slow_walk *w, uint64_t reclaimed);
/* Why it ended; BDT_SLOW_RUNNING until then, and after BT_SLOW_STEPS. */
static inline enum bdt_slow_exit bdt_slow_end_of(const struct bdt_slow_walk *w)
{
	return w->sp.exit;
}

/*
 * Serves a request that bdt_system_alloc() refused; request->alloc_flags is not looked at.  With a page
 * *result is as after bdt_system_alloc().  Returns why it ended: bdt_slow_served() says which of them come
 * with a page; BDT_SLOW_RUNNING after BT_SLOW_STEPS.  cf. __alloc_pages_slowpath(), 4.0 - 7.2
 */
enum bdt_slow_exit bdt_system_alloc_slow(struct bdt_system *s, const struct bdt_alloc_request *request,
					 const struct bdt_task_rights *task, const struct bdt_slow_env *env,
					 struct bdt_alloc_result *result);

static inline bool bdt_slow_served(enum bdt_slow_exit exit)
{
	return exit >= BDT_SLOW_PAGE_FIRST && exit <= BDT_SLOW_PAGE_NOFAIL;
}

#endif
