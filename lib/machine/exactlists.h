/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MACHINE_EXACTLISTS_H
#define BT_MACHINE_EXACTLISTS_H

#include "base/buf.h"
#include "base/bytes.h"
#include <buddytrace/diag.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Free lists or per-CPU lists of a zone, in order, as the kernel held them at a marked place of the event
 * stream: one piece "exact" of a snapshot.  All numbers are little-endian.
 *
 *	u32 version	2
 *	u32 kind	0 free lists, 1 per-CPU lists
 *	u32 id		of the marker "buddytrace exact ID begin" in the event stream
 *	u32 cpu		that read them; for kind 1 their owner
 *	u32 locked	1: under the zone lock.  0: without it, twice, and nothing had changed
 *	u32 node, zone name NUL, u64 start pfn, u64 end pfn
 *	u64 duration	ns, interrupts off
 *	u64 pfn, u32 order, u32 migratetype	of the removal it belongs to (kind 0, locked)
 *	u32 n, n times u64	numbers: see enum bdt_exact_number
 *	u32 n, n times: a list
 *	  u32 order, u32 migratetype (kind 1: number of the list), u32 state, u32 first, u32 last
 *	  u32 after, u32 before		pfn or 0xffffffff; from version 2 on.  The entries are those between
 *	  the blocks `after` and `before` of the list: it was too long to be read in one go, and this goes on
 *	  in the middle that was missing.  Without `after` they begin at the head, without `before` they end
 *at the tail first + last times u32 pfn	in the order of the list; the middle is missing where state is
 *2 u64 block, u32 n, n times u8	pageblocks from number `block`: bits 0-2 migratetype, 4 isolated
 */

enum bdt_exact_list_state {
	BDT_EXACT_WHOLE = 1,
	BDT_EXACT_CUT = 2, /* both ends are there, the middle is missing */
};

/* Numbers that go with the lists; a kernel that has none gives 0. */
enum bdt_exact_number {
	BDT_XN_WMARK_MIN,
	BDT_XN_WMARK_LOW,
	BDT_XN_WMARK_HIGH,
	BDT_XN_WMARK_PROMO,
	BDT_XN_BOOST,
	BDT_XN_RESERVED_HIGHATOMIC,
	BDT_XN_ZONE_FLAGS,
	BDT_XN_CACHED_FREE_PFN,
	BDT_XN_CACHED_MIGRATE_PFN_ASYNC,
	BDT_XN_CACHED_MIGRATE_PFN_SYNC,
	BDT_XN_COMPACT_CONSIDERED,
	BDT_XN_COMPACT_DEFER_SHIFT,
	BDT_XN_COMPACT_ORDER_FAILED,
	/* kind 1 */
	BDT_XN_PCP_COUNT,
	BDT_XN_PCP_HIGH,
	BDT_XN_PCP_BATCH,
	BDT_XN_PCP_HIGH_MIN,
	BDT_XN_PCP_HIGH_MAX,
	BDT_XN_PCP_FLAGS,
	BDT_XN_PCP_ALLOC_FACTOR,
	BDT_XN_PCP_FREE_COUNT,
	BDT_XN_PCP_FREE_FACTOR,
	BDT_XN_NR
};

#define BT_EXACT_PIECE "exact"
/* Name of the snapshot that is the start state of a replay. */
#define BT_EXACT_START  "exact-start"
#define BT_EXACT_MARKER "buddytrace exact "
/*
 * In the event stream too: a softirq begins while its CPU holds the lock of the per-CPU lists of the zone
 * that begins at this pfn (hex), and the next one that begins without.  A recording has them when it has the
 * fact.
 */
#define BT_PCP_HELD_MARKER "buddytrace pcp held "
#define BT_PCP_FREE_MARKER "buddytrace pcp free"
#define BT_PCP_MARKER      "buddytrace pcp "
#define BT_EXACT_WATCHED   "exact.pcp_locks_watched"
/*
 * ... and the course of each pass of free page reporting: it begins, the N-th time (decimal, from 1) that a
 * batch was handed over to the host, it ends.
 */
#define BT_REPORTING_MARKER  "buddytrace reporting "
#define BT_REPORTING_BEGIN   "begin"
#define BT_REPORTING_STEP    "handed over "
#define BT_REPORTING_END     "end"
#define BT_REPORTING_WATCHED "exact.reporting_watched"
#define BT_EXACT_MAX_LISTS   128
#define BT_EXACT_NO_PFN      UINT32_MAX

struct bdt_exact_list {
	uint32_t order, type; /* type: migratetype, or number of the per-CPU list */
	uint32_t state;       /* enum bdt_exact_list_state */
	uint32_t first, last; /* blocks ahead of what is missing, and behind it */
	uint32_t after,
		before;       /* blocks of the list that enclose them, BT_EXACT_NO_PFN: its head, its tail */
	const uint32_t *pfns; /* first + last of them */
};

struct bdt_exact_lists {
	uint32_t version; /* of the piece that was decoded */
	bool pcp, locked;
	uint32_t id, cpu;
	int node;
	const char *zone;
	uint64_t start, end; /* pfns, end exclusive */
	uint64_t duration_ns;
	uint64_t event_pfn;
	uint32_t event_order, event_migratetype;
	uint64_t number[BDT_XN_NR];
	uint32_t nlists;
	struct bdt_exact_list list[BT_EXACT_MAX_LISTS];
	uint64_t first_block; /* pageblock number: pfn >> pageblock order */
	uint32_t nblocks;
	const uint8_t *blocks;
	uint32_t *storage; /* of the pfns, when it was decoded */
};

#define BT_EXACT_BLOCK_TYPE     0x07
#define BT_EXACT_BLOCK_ISOLATED 0x10

/* Adds the piece to `out`, which must be little-endian. */
void bdt_exact_encode(struct bdt_buf *out, const struct bdt_exact_lists *lists);
/*
 * Reads a piece; `data` must live as long.  Every pfn lies in the zone and every block within it.  0,
 * -EBADMSG, -EPROTONOSUPPORT for a newer version, -ENOMEM.  Free with bdt_exact_finish().
 */
int bdt_exact_decode(const void *data, size_t size, struct bdt_exact_lists *out, struct bdt_diag *diag);
void bdt_exact_finish(struct bdt_exact_lists *lists);
/* Do the entries go on in the middle of a list whose ends were read before? */
static inline bool bdt_exact_continued(const struct bdt_exact_list *list)
{
	return list->after != BT_EXACT_NO_PFN || list->before != BT_EXACT_NO_PFN;
}
/* The id of a piece without reading the rest; false if it is none. */
bool bdt_exact_peek_id(const void *data, size_t size, uint32_t *id, bool *pcp);

#endif
