/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_DUMP_H
#define BT_MODEL_DUMP_H

#include "base/buf.h"
#include "model/zone.h"

/* The state of a zone as text and as a number: two models agree when both do. */

struct bdt_zone_hash {
	uint64_t set;     /* free blocks with their lists, and pageblock types; any order of the lists */
	uint64_t ordered; /* the same, the order of each list included */
};

/* Neither counts what is only known or assumed: flags of pages, certainty of types.  O(zone). */
struct bdt_zone_hash bdt_zone_hash(const struct bdt_zone *z);

/*
 * Adds the canonical text of the zone, without a NUL: the zone, its counters, one line for each list that is
 * not empty, by order and migratetype, one for each type that pageblocks have, and last
 *	hash: set=0123456789abcdef ordered=0123456789abcdef
 * A list's line has hashes of its own.  Counts are of blocks, of pages for the counters.  0 or -ENOMEM.
 * O(zone).
 */
int bdt_zone_dump(const struct bdt_zone *z, struct bdt_buf *out);

#endif
