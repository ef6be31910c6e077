/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_RMQUEUE_H
#define BT_MODEL_RMQUEUE_H

#include "model/fallback.h"

/* Removal of one block from the free lists: the choice and all that follows from it. */

/*
 * Takes a block for the request.  `*mode` is BDT_RMQUEUE_NORMAL for the first page of a refill and for single
 * requests, and is kept by the caller until the refill ends.  *taken (may be NULL) tells what was chosen; its
 * source is BDT_FROM_NOWHERE when it returns false.  Cost as bdt_fallback_choose().
 * cf. __rmqueue(), with what rmqueue_buddy() and rmqueue() add for highatomic requests, 4.0 - 7.2.
 */
bool bdt_rmqueue(struct bdt_zone *z, const struct bdt_request *request, enum bdt_rmqueue_mode *mode,
		 struct bdt_choice *taken);

/* The stage where the next page of a refill starts, after one of this source.  cf. enum rmqueue_mode */
enum bdt_rmqueue_mode bdt_rmqueue_next_mode(const struct bdt_zone *z, enum bdt_source source,
					    enum bdt_rmqueue_mode mode);

/* The same from the lists of one type alone.  O(orders).  cf. __rmqueue_smallest(), 4.0 - 7.2. */
bool bdt_rmqueue_smallest(struct bdt_zone *z, bdt_order order, bdt_migratetype mt, bdt_pfn *pfn);

#endif
