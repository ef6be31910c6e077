/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_REPORTING_H
#define BT_MODEL_REPORTING_H

#include "model/buddy.h"

/*
 * Free page reporting: a guest tells its host which large blocks are free.  It leaves no event, but it moves
 * blocks to the tail of their list, and makes free blocks of pageblock size movable on the way.
 */

/* How long after the first unreported free the reporting runs, ns.  cf. PAGE_REPORTING_DELAY, 5.7 and later
 */
#define BT_REPORTING_DELAY_NS 2000000000ULL

/*
 * One pass over the zone; clears its request.  Returns true when blocks are left for the next pass.  Blocks
 * that moved count as not known: when exactly the pass ran was not seen.  O(blocks of the orders reported).
 * cf. page_reporting_process_zone(), page_reporting_cycle()
 */
bool bdt_reporting_pass(struct bdt_zone *z);

/* Declares all blocks that are free now reported: they were free long before the recording.  O(blocks). */
void bdt_reporting_settled(struct bdt_zone *z);

#endif
