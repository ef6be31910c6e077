/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_DEFERRAL_H
#define BT_MODEL_DEFERRAL_H

#include <stdbool.h>

/*
 * After compaction failed in a zone it is left out there for a number of requests that doubles with each
 * failure.  cf. compact_considered, compact_defer_shift and compact_order_failed of struct zone; 4.0 - 7.2.
 * Orders are int: -1, which compacts everything, is never deferred.
 */

#define BT_MAX_DEFER_SHIFT 6

struct bdt_deferral {
	unsigned int considered; /* requests since the last failure, 2^shift at most */
	unsigned int shift;      /* 0 to BT_MAX_DEFER_SHIFT */
	int order_failed;        /* smallest order that failed: smaller ones are not deferred */
};

/* Compaction for `order` failed.  cf. defer_compaction() */
void bdt_deferral_defer(struct bdt_deferral *d, int order);
/* Is this request to be left out?  It counts as considered.  cf. compaction_deferred() */
bool bdt_deferral_deferred(struct bdt_deferral *d, int order);
/*
 * Compaction for `order` is believed to have helped, or (`allocated`) the allocation did succeed.
 * cf. compaction_defer_reset()
 */
void bdt_deferral_reset(struct bdt_deferral *d, int order, bool allocated);
/* Is this the first run after as many were left out as ever are?  cf. compaction_restarting() */
bool bdt_deferral_restarting(const struct bdt_deferral *d, int order);

#endif
