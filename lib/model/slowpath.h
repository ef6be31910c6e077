/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_SLOWPATH_H
#define BT_MODEL_SLOWPATH_H

#include "model/alloc_flags.h"
#include "model/compact_result.h"

/*
 * What a request does that no zone could serve at the low watermark.  The machine says what comes next, the
 * caller does it - on the model, or by looking at the recording - and answers; so reclaim can be given while
 * the decisions are the model's.  cf. __alloc_pages_slowpath(), 4.0, 5.0 - 6.18 and 7.2 each with its order
 */

enum bdt_slow_action {
	BDT_SLOW_WAKE_KSWAPD, /* wake the reclaim threads of all nodes; no answer */
	BDT_SLOW_TRY,         /* a pass over the zones with sp->alloc_flags; yes = got the page */
	BDT_SLOW_COMPACT,     /* direct compaction with sp->prio, then a pass; yes = got it, and the result */
	BDT_SLOW_RECLAIM,     /* direct reclaim; the pages that it freed */
	BDT_SLOW_UNRESERVE,   /* give back a highatomic pageblock and drain all per-CPU lists; no answer */
	BDT_SLOW_UNRESERVE_LAST, /* the same with the last pageblock; yes = there was one */
	BDT_SLOW_ZONES, /* would a zone pass at the min mark if all that can be reclaimed were free? */
	BDT_SLOW_COMPACT_ZONES, /* would a zone be suitable then?  cf. compaction_zonelist_suitable() */
	BDT_SLOW_OOM,  /* kill a task, after a pass at the high mark; yes = got it, pages != 0 = go on */
	BDT_SLOW_DONE, /* sp->exit says why */
};

/* How a request ended, and at which step. */
enum bdt_slow_exit {
	BDT_SLOW_RUNNING,
	BDT_SLOW_PAGE_FIRST,         /* the first pass at the min mark */
	BDT_SLOW_PAGE_COMPACT_FIRST, /* compaction before any reclaim */
	BDT_SLOW_PAGE_RETRY,         /* a later pass, or one with access to the reserves */
	BDT_SLOW_PAGE_RECLAIM,       /* after direct reclaim */
	BDT_SLOW_PAGE_COMPACT,       /* after direct compaction */
	BDT_SLOW_PAGE_OOM,           /* somebody else freed it before the kill */
	BDT_SLOW_PAGE_NOFAIL,        /* by access to the reserves, because it must not fail */
	BDT_SLOW_FAIL_CANNOT_WAIT,   /* no direct reclaim allowed */
	BDT_SLOW_FAIL_RECLAIMER,     /* the task reclaims itself, PF_MEMALLOC */
	BDT_SLOW_FAIL_COMPACT_FIRST, /* costly, must not retry, and compaction was left out */
	BDT_SLOW_FAIL_THISNODE,      /* a huge page of this node is not worth reclaim */
	BDT_SLOW_FAIL_NORETRY,
	BDT_SLOW_FAIL_COSTLY, /* costly, and not to be retried */
	BDT_SLOW_FAIL_VICTIM, /* the task is being killed itself */
	BDT_SLOW_FAIL_OOM,    /* nothing helps, and nobody was or may be killed */
	BDT_SLOW_EXIT_NR
};

extern const char *const bdt_slow_exit_names[BDT_SLOW_EXIT_NR];

struct bdt_slow_request {
	uint32_t gfp; /* BT_GFP_* */
	bdt_order order;
	struct bdt_task_rights task;
	bool cannot_oom;  /* vm.oom, PF_DUMPCORE or a fatal signal: no kill for this task */
	bool defrag_mode; /* vm.defrag_mode */
	bool grouping;    /* pages are grouped by mobility */
};

struct bdt_slow_answer {
	bool yes;
	uint64_t pages;
	enum bdt_compact_result result;
};

struct bdt_slowpath {
	const struct bdt_profile *profile;
	struct bdt_slow_request request;
	unsigned int state; /* where the machine is, its own business */
	enum bdt_slow_exit exit;
	unsigned int alloc_flags;       /* for the pass that is asked for */
	enum bdt_compact_priority prio; /* for the compaction that is asked for */
	enum bdt_compact_result result; /* of the last one */
	unsigned int no_progress_loops, compaction_retries;
	uint64_t progress;  /* pages of the last reclaim */
	uint64_t reclaimed; /* of all of them */
	bool compact_first;
	bool retried;            /* 7.2: at once, because more than before is allowed */
	unsigned int kept_flags; /* those of the rounds, while a pass has others */
};

/* Begins; flags and everything else follow from the request. */
void bdt_slowpath_begin(struct bdt_slowpath *sp, const struct bdt_profile *profile,
			const struct bdt_slow_request *request);
/*
 * Takes the answer to the last action (ignored at first) and says the next one.  O(1).  It ends on its own
 * unless reclaim makes progress for ever, or the request must not fail.
 */
enum bdt_slow_action bdt_slowpath_next(struct bdt_slowpath *sp, const struct bdt_slow_answer *answer);

/*
 * Counts a reclaim without progress (orders that are not costly only are believed), and says whether it is
 * worth asking the zones: false after 16 loops.  cf. should_reclaim_retry(), 4.7 - 7.2
 */
bool bdt_reclaim_may_retry(bdt_order order, bool progress, unsigned int *loops);

/* What should_compact_retry() decides. */
enum bdt_compact_retry {
	BDT_COMPACT_GIVE_UP,
	BDT_COMPACT_RETRY,
	BDT_COMPACT_ASK_ZONES, /* it depends on BDT_SLOW_COMPACT_ZONES */
};
/* *retries and *prio change.  cf. should_compact_retry(), 4.7 - 7.2 */
enum bdt_compact_retry bdt_compact_may_retry(const struct bdt_profile *profile, bdt_order order,
					     enum bdt_compact_result result, unsigned int *retries,
					     enum bdt_compact_priority *prio);

/*
 * Does a request that nothing helped go on, because a task is killed for it or might have been?  cf.
 * __alloc_pages_may_oom(), 4.0 - 7.2
 */
bool bdt_oom_allowed(const struct bdt_slow_request *request);
/* Is a task killed?  Not for one that may not wait for file systems: it goes on without.  cf. out_of_memory()
 */
bool bdt_oom_kills(const struct bdt_slow_request *request);

#endif
