/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPLAY_COMPACTION_TRACK_H
#define BT_REPLAY_COMPACTION_TRACK_H

#include "model/fragmentation.h"
#include "model/gfp.h"
#include "replay/compaction_score.h"

/* The inside of bdt_compaction_score: zones and tasks as the compaction events leave them. */

struct bdt_track_zone {
	struct bdt_compact_zone cz;
	struct bdt_watermarks marks;
	uint64_t boost_begun; /* boost when kswapd began its run */
	uint64_t flush_since; /* trace clock, ns: when the skip bits were asked to be cleared */
	uint8_t *compound;    /* by page: order of the compound page that it heads; 0 = none */
	uint64_t hidden;     /* free pages of the model that migration used: a fast search took them unseen */
	bool deferral_known; /* an event showed the counters */
	bool positions_known; /* a run showed where the scanners begin */
};

/* Who a task is, by the events that only it writes. */
enum bdt_task_role { BDT_TASK_ANY, BDT_TASK_KSWAPD, BDT_TASK_KCOMPACTD };

struct bdt_track_task {
	int32_t pid;
	uint64_t heard; /* number of its last compaction event; 0 = the place is free */
	enum bdt_task_role role;
	/* what it compacts for: an allocation or a wake-up of kcompactd; zones that it came to */
	bool asked;
	enum bdt_compact_trigger trigger;
	enum bdt_compact_priority prio;
	int order;
	uint32_t gfp;         /* BT_GFP_* */
	unsigned int highest; /* zone index */
	uint32_t seen;        /* bit i: the deferral of zone index i was asked */
	uint32_t tested;      /* bit i: kcompactd's own test of zone index i is over */
	bool reset_once;      /* a reset without an allocation was seen for this run */
	/* direct reclaim, or kswapd's request */
	bool reclaiming;
	unsigned int reclaim_highest;
	bdt_order reclaim_order;
	bool awake; /* kswapd did not say that it sleeps since it woke ... */
	bool reset; /* ... and cleared the skip bits since */
	/* the run in a zone */
	struct bdt_track_zone *running;
	struct bdt_compact_control cc;
	bdt_pfn last_migrated, iteration_start;
	bool walking; /* a call for targets is going on */
	struct bdt_target_walk walk;
	bool isolated; /* sources of this step are isolated, and not migrated yet */
	bool looked;   /* a step began after the last mm_compaction_finished */
	bool rescans;  /* the step goes on in the same pageblock */
	enum bdt_compact_result last;
	uint64_t targets; /* pages isolated for this run, as the events say */
	uint64_t used;    /* of them, pages that content was moved to */
	bdt_pfn released; /* highest page freed since the last step, BT_PFN_NONE = none */
};

struct bdt_compaction_score {
	struct bdt_state *state;
	const struct bdt_compact_rules *rules;
	struct bdt_gfp_map gfp;
	unsigned int extfrag_threshold;
	struct bdt_proactive_marks proactive;
	bool has_marks;
	struct bdt_track_zone zones[BT_MAX_ZONES];
	struct bdt_track_task tasks[BT_COMPACT_TASKS];
	bool followed;            /* by the last event */
	struct bdt_zone *lacking; /* a block for a request, as the last event says */
	bdt_order lacking_order;
	bdt_migratetype lacking_mt;
	uint64_t number; /* of compaction events */
	struct bdt_compaction_scores scores;
};

/* Counts one prediction; returns whether it agreed. */
static inline bool bdt_agree(struct bdt_agreement *a, bool agreed)
{
	a->n++;
	a->agreed += agreed;
	return agreed;
}

/* What a skip bit goes back to: an earlier run, the run that is going on, or where a fast search did not
 * stop. */
#define BT_MARK_OLD      1
#define BT_MARK_NEW      2
#define BT_MARK_INFERRED 3

/* Skip bits are marks of earlier runs from here on.  O(pageblocks). */
void bdt_track_age_marks(struct bdt_compact_zone *cz);
/*
 * The run is where it would not be if the skip bits of [from, to) still stood: they were cleared, which no
 * event tells.  Those of this run stay.  O(pageblocks).
 */
void bdt_track_lose_marks(struct bdt_compact_zone *cz, bdt_pfn from, bdt_pfn to);
/* Content was moved to more pages than events tell of: fast searches found them. */
void bdt_track_unseen_targets(struct bdt_compaction_score *s, struct bdt_track_task *t);

/* What an event of an isolation tells of its scan. */
static inline struct bdt_scan bdt_track_scan(const struct bdt_event *ev)
{
	return (struct bdt_scan){ .start = (bdt_pfn)ev->isolate.start_pfn,
				  .end = (bdt_pfn)ev->isolate.end_pfn,
				  .scanned = (uint64_t)ev->isolate.nr_scanned,
				  .taken = (uint64_t)ev->isolate.nr_taken };
}

/* The zone's pages as the replay knows them. */
struct bdt_pages bdt_track_pages(const struct bdt_track_zone *tz);
/* Free pages of the zone, as far as it is known: what is probably not free does not count. */
uint64_t bdt_track_free(const struct bdt_track_zone *tz);

/* The handlers of a run's own events (compaction_track_run.c, _sources.c, _targets.c). */
void bdt_track_begin(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev);
void bdt_track_end(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev);
void bdt_track_finished(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev);
void bdt_track_sources(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev);
void bdt_track_targets(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev);
void bdt_track_fast(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev);
void bdt_track_migrated(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev);

/* The handlers of the decisions around runs (compaction_track_ask.c). */
void bdt_track_try(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev);
void bdt_track_suitable(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev);
void bdt_track_deferred(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev);
void bdt_track_defer(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev);
void bdt_track_defer_reset(struct bdt_compaction_score *s, struct bdt_track_task *t,
			   const struct bdt_event *ev);
void bdt_track_kcompactd_wake(struct bdt_compaction_score *s, struct bdt_track_task *t,
			      const struct bdt_event *ev);
void bdt_track_kcompactd_sleep(struct bdt_compaction_score *s, struct bdt_track_task *t,
			       const struct bdt_event *ev);
void bdt_track_reclaim(struct bdt_compaction_score *s, struct bdt_track_task *t, const struct bdt_event *ev);
void bdt_track_reclaim_end(struct bdt_compaction_score *s, struct bdt_track_task *t,
			   const struct bdt_event *ev);
void bdt_track_kswapd_wake(struct bdt_compaction_score *s, struct bdt_track_task *t,
			   const struct bdt_event *ev);
void bdt_track_kswapd_sleep(struct bdt_compaction_score *s, struct bdt_track_task *t,
			    const struct bdt_event *ev);
/* Zone of a node by its index, NULL if there is none. */
struct bdt_track_zone *bdt_track_zone(struct bdt_compaction_score *s, int64_t nid, int64_t index);
/* A zone is asked for the first time in this request: counts a silent answer of the deferral. */
void bdt_track_not_deferred(struct bdt_compaction_score *s, struct bdt_track_task *t,
			    struct bdt_track_zone *tz);

#endif
