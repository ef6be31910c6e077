/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_COMPACT_RESULT_H
#define BT_MODEL_COMPACT_RESULT_H

#include <stdbool.h>

/*
 * What became of a request to compact a zone.  cf. enum compact_result, 4.7 - 7.2, whose numbers these are; a
 * result of more use has a larger number, so that the result for several zones is the largest one.
 */
enum bdt_compact_result {
	BDT_COMPACT_NOT_SUITABLE_ZONE, /* an event says so; callers get SKIPPED */
	BDT_COMPACT_SKIPPED,           /* too few free pages even for migration targets */
	BDT_COMPACT_DEFERRED,          /* it failed lately.  cf. COMPACT_INACTIVE */
	BDT_COMPACT_NO_SUITABLE_PAGE,  /* an event says so; callers get CONTINUE */
	BDT_COMPACT_CONTINUE,
	BDT_COMPACT_COMPLETE,        /* the scanners met after a whole zone: no page of the order was made */
	BDT_COMPACT_PARTIAL_SKIPPED, /* they met, having begun in the middle */
	BDT_COMPACT_CONTENDED,       /* given up because of a lock, a signal or lack of targets */
	BDT_COMPACT_SUCCESS,         /* the allocation should succeed now.  4.x: COMPACT_PARTIAL */
	BDT_COMPACT_NR
};

/* Names as the events print them: "skipped", "no_suitable_page" ... */
extern const char *const bdt_compact_result_names[BDT_COMPACT_NR];

/*
 * Result with the recorded number, BDT_COMPACT_NR if there is none.  `old`: the numbers of 4.0 - 4.6, where
 * SKIPPED is 1, CONTINUE 2, PARTIAL 3, COMPLETE 4.
 */
enum bdt_compact_result bdt_compact_result_from(long long number, bool old);
/* The reverse; -1 for a result that the numbering lacks. */
int bdt_compact_result_number(enum bdt_compact_result result, bool old);

/* How hard direct compaction tries; smaller is harder.  cf. enum compact_priority, 4.8 - 7.2 */
enum bdt_compact_priority {
	BDT_COMPACT_PRIO_SYNC_FULL,  /* the most for orders that are not costly */
	BDT_COMPACT_PRIO_SYNC_LIGHT, /* the default, and the most for costly orders */
	BDT_COMPACT_PRIO_ASYNC,      /* first attempt */
};

#endif
