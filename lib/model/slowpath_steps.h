/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_SLOWPATH_STEPS_H
#define BT_MODEL_SLOWPATH_STEPS_H

#include "model/gfp.h"
#include "model/slowpath.h"

/* What the slow paths of the kernels are made of: a step takes the answer of its action and says the next. */
typedef enum bdt_slow_action bdt_slow_step(struct bdt_slowpath *sp, const struct bdt_slow_answer *answer);

/* By sp->state; 0 is the begin.  cf. __alloc_pages_slowpath(), 4.0 */
extern bdt_slow_step *const bdt_slow_steps_old[];

/* Goes to the step `state`, whose answer the action asks for. */
static inline enum bdt_slow_action bdt_slow_ask(struct bdt_slowpath *sp, unsigned int state,
						enum bdt_slow_action action)
{
	sp->state = state;
	return action;
}

/* Ends the request; it says so again whenever it is asked. */
static inline enum bdt_slow_action bdt_slow_end(struct bdt_slowpath *sp, enum bdt_slow_exit exit)
{
	sp->exit = exit;
	return BDT_SLOW_DONE;
}

/* Are all these bits set in the request's flags? */
static inline bool bdt_slow_has(const struct bdt_slowpath *sp, uint32_t gfp)
{
	return (sp->request.gfp & gfp) == gfp;
}

#endif
