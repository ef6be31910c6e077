/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPLAY_COMPACTION_SCORE_H
#define BT_REPLAY_COMPACTION_SCORE_H

#include "model/gfp.h"
#include "model/scanner.h"
#include "model/system.h"
#include "replay/outcome.h"
#include "replay/state.h"
#include <buddytrace/event.h>

/*
 * Predicts each decision of compaction that an event shows, from the zones as the replay holds them and from
 * the compaction events before, then goes on from what was observed.  Of the zones only the watermark boost
 * is changed: it rises with fallbacks and falls when kswapd is done.
 */

/* Agreement of one kind of decision. */
struct bdt_agreement {
	uint64_t n, agreed;
};

/* Runs that can be going on at the same time; one more takes the place of the oldest. */
#define BT_COMPACT_TASKS 64

struct bdt_compaction_scores {
	struct bdt_agreement suitable; /* result of mm_compaction_suitable */
	struct bdt_agreement finished; /* result of mm_compaction_finished */
	struct bdt_agreement deferred; /* is a zone left out, and the counters of the deferral events */
	struct bdt_agreement begin;    /* both positions of mm_compaction_begin */
	struct bdt_agreement end;      /* result of mm_compaction_end */
	struct bdt_agreement migrate_ranges, free_ranges; /* start and end of the scanners' ranges */
	struct bdt_agreement migrate_starts, free_starts; /* start alone */
	struct bdt_agreement migrate_taken, free_taken;   /* pages isolated, of ranges that agree */
	struct bdt_agreement fast; /* a fast search for targets: range, blocks looked at and pages */
	/* by result observed and predicted */
	uint64_t suitable_confusion[BDT_COMPACT_NR][BDT_COMPACT_NR];
	uint64_t finished_confusion[BDT_COMPACT_NR][BDT_COMPACT_NR];
};

struct bdt_compaction_score;

/* What the scores need to know of the machine; all of it is copied. */
struct bdt_compaction_machine {
	struct bdt_gfp_map gfp; /* of the recorded kernel */
	const struct bdt_zoneinfo
		*zoneinfo;         /* of the start, NULL: nothing that needs watermarks is predicted */
	struct bdt_vm_settings vm; /* as recorded */
};

/* `state` must stay as long; its zones exist.  0 or -ENOMEM.  1 byte of address space per page. */
int bdt_compaction_score_create(struct bdt_state *state, const struct bdt_compaction_machine *machine,
				struct bdt_compaction_score **out);
void bdt_compaction_score_destroy(struct bdt_compaction_score *s); /* NULL is allowed */
/*
 * An event, before the replay applies it.  True when it is of a fast search that was foreseen exactly: then
 * the lists are as the search left them.  O(1), but for compaction events: O(pageblocks) at worst.
 */
bool bdt_compaction_score_event(struct bdt_compaction_score *s, const struct bdt_event *ev);
/* A removal from the buddy lists, before the replay applies it: fallbacks boost the watermarks.  O(1). */
void bdt_compaction_score_removal(struct bdt_compaction_score *s, const struct bdt_outcome *o);
/*
 * Zone in which that event, an mm_compaction_finished, found no block for a request of the order and type;
 * NULL if it did not say so.
 */
struct bdt_zone *bdt_compaction_score_lacking(const struct bdt_compaction_score *s, bdt_order *order,
					      bdt_migratetype *mt);
/* What was counted until now; belongs to `s`, and changes with it. */
const struct bdt_compaction_scores *bdt_compaction_score_result(const struct bdt_compaction_score *s);

#endif
