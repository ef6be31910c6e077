/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPLAY_OUTCOME_H
#define BT_REPLAY_OUTCOME_H

#include "model/fallback.h"

/* One removal from the free lists: what the model said before it was looked at, and what the kernel did. */

/* Why a prediction missed. */
enum bdt_cause {
	BDT_CAUSE_NONE,          /* it did not */
	BDT_CAUSE_STATE_UNKNOWN, /* list order or pageblock type was never observed */
	BDT_CAUSE_LOST_EVENTS,   /* events were lost shortly before */
	BDT_CAUSE_COMPACTION, /* the zone was being compacted: pages move and lists rotate without events */
	BDT_CAUSE_PCP_BYPASS, /* the page was freed past the per-CPU lists, which no event tells */
	BDT_CAUSE_UNRECORDED, /* the page became free without any recorded event */
	BDT_CAUSE_REORDER,    /* an unlocked event of another CPU close by may have been recorded early */
	BDT_CAUSE_MODEL,      /* none of the above: the model is wrong */
	BDT_CAUSE_NR
};

/* Names by enum bdt_cause: "state-unknown", ... */
extern const char *const bdt_cause_names[BDT_CAUSE_NR];

struct bdt_outcome {
	uint64_t number, time_ns; /* of the event that completed the removal */
	uint32_t cpu;
	int32_t pid;
	const struct bdt_zone *zone;
	bdt_order order;    /* the request */
	bdt_migratetype mt; /* list that served it (own), or that was asked for (claim, steal) */
	struct {
		enum bdt_source source; /* never BDT_FROM_NOWHERE */
		bdt_pfn pfn;
		bool free;             /* the model held the page free */
		bdt_order block_order; /* of the model's free block it was in; order when not free there */
		bdt_migratetype fallback_mt; /* claim and steal */
		bdt_order fallback_order;
		bdt_pfn candidate; /* claim and steal: block the search found, BT_PFN_NONE = not told */
	} observed;
	struct bdt_choice predicted;
	bool exact;         /* same page, and both or neither a fallback */
	bool known;         /* the observed block's list position was knowable */
	bool contradiction; /* the model held the page not free */
	enum bdt_cause cause;
};

static inline bool bdt_source_is_fallback(enum bdt_source s)
{
	return s == BDT_FROM_CLAIM || s == BDT_FROM_STEAL;
}

#endif
