/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPLAY_ENGINE_H
#define BT_REPLAY_ENGINE_H

#include "model/reporting.h"
#include "replay/adopt.h"
#include "replay/outcome.h"
#include "replay/state.h"
#include <buddytrace/event.h>

/*
 * Follows the recorded events on the modelled machine (buddy level).  For each removal it asks the model
 * first, hands the outcome to the sink, then forces the model to what was observed.
 */

#define BT_RECENT 16

/* What one CPU is in the middle of. */
struct bdt_cpu {
	/*
	 * half of a removal, not yet settled: a zone_locked that an extfrag of the same page would make a
	 * claim, or with the older engine an extfrag whose page the next zone_locked names
	 */
	bool pending;
	struct bdt_event half;
	struct bdt_choice predicted; /* for it, when it came */
	struct bdt_zone *half_zone;  /* where zones overlap, a look-up later may give another one */
	/* the refill that is running: its next page starts where the last one ended */
	const struct bdt_zone *zone;
	bdt_order order;
	bdt_migratetype mt;
	enum bdt_rmqueue_mode mode;
	/* exact lists read inside the removal that waits here; adopted when it is settled */
	struct bdt_exact_lists *adopt;
	struct bdt_exact_result *adopt_result;
	bool adopt_ahead; /* the event that they were read in is still to come */
	bdt_pfn removed;  /* by the last event of this CPU, markers left out; BT_PFN_NONE = it was none */
	/* its last page was not free in the model: the list holds more than is known, so it is not empty */
	bool blind;
};

/* An insertion whose event is written before the zone lock is taken. */
struct bdt_unlocked_free {
	bdt_pfn pfn;
	bdt_order order;
	uint32_t cpu;
	uint64_t time_ns;
};

struct bdt_sink {
	void (*removal)(void *user, const struct bdt_outcome *outcome);
	void *user;
	/* exact lists, while the model is as it was before it takes them over; NULL = not wanted */
	void (*lists)(void *user, const struct bdt_exact_lists *lists, const struct bdt_exact_result *result);
};

struct bdt_engine {
	struct bdt_state *state;
	struct bdt_sink sink;
	unsigned int heal; /* limit of bdt_zone_rotate() */
	struct bdt_cpu *cpus;
	size_t ncpus;
	size_t npending, nadopting;
	/* frees of other CPUs that wait for the zone lock while the lists are read under it */
	struct bdt_event waiting[BT_RECENT];
	size_t nwaiting;
	struct bdt_unlocked_free recent[BT_RECENT];
	unsigned int recent_at;
	/* by zone and migratetype: the block that was taken to be smaller than the model had it, of order
	 * `kept`; order 0 = none */
	struct bdt_doubt {
		bdt_pfn pfn;
		bdt_order order, kept;
	} doubts[BT_MAX_ZONES][BT_MAX_MIGRATETYPES];
	/* ... the known head of a list that was passed over last, and how often */
	struct bdt_passed {
		bdt_pfn pfn;
		unsigned int times;
	} passed[BT_MAX_ZONES][BT_MAX_MIGRATETYPES];
	uint8_t misses[BT_MAX_ZONES][BT_MAX_MIGRATETYPES]; /* known blocks in a row that were not taken */
	/* ... what came behind the block that was last taken from far down a list */
	bdt_pfn behind[BT_MAX_ZONES][BT_MAX_MIGRATETYPES];
	uint64_t compacted_ns[BT_MAX_ZONES]; /* last sign of compaction, by zone; 0 = never */
	struct bdt_reporting reporting;
	unsigned int reporting_step; /* batches that were handed over in the pass, as the recording tells */
	uint64_t reporting_ns;  /* when free pages are reported next by the timer, 0 = nothing to report */
	uint64_t lost_ns;       /* last loss of events, 0 = never */
	uint64_t forgot_number; /* event at which list order was last forgotten */
	bool forget;            /* events were lost since, list order is to be forgotten again */
	struct bdt_compaction_stats {
		uint64_t isolated_pages, isolate_events, isolate_exact; /* free scanner */
		uint64_t fast_pages, fast_events;
		uint64_t fast_resolved;    /* pages of fast searches for which the model found a block */
		uint64_t guesses, refuted; /* blocks that fast searches took, as the model has it */
		uint64_t migrated, failed, runs;
		uint64_t results[16]; /* by mm_compaction_end's status */
	} compaction;
	/* compaction just looked for a block of this order, for this type, and the zone had none; NULL = it
	 * did not */
	struct bdt_zone *lacking;
	bdt_order lacking_order;
	bdt_migratetype lacking_mt;
	bool search_followed; /* the lists follow the fast search that the next event tells of */
	uint64_t captures;    /* extfrag of a page handed over by a merge */
};

/* `state` and `sink` must live longer.  0 or -ENOMEM.  Release with bdt_engine_finish(). */
int bdt_engine_init(struct bdt_engine *e, struct bdt_state *state, struct bdt_sink sink, unsigned int heal);
void bdt_engine_finish(struct bdt_engine *e);

/* Settles what waits for another event than `ev` on its CPU; done by bdt_engine_event() otherwise. */
int bdt_engine_prepare(struct bdt_engine *e, const struct bdt_event *ev);
/* Applies one event.  Events must come in time order.  -ENOMEM for a CPU number that does not fit. */
int bdt_engine_event(struct bdt_engine *e, const struct bdt_event *ev);
/* Settles what is pending, at the end of the stream. */
void bdt_engine_flush(struct bdt_engine *e);

/*
 * adopting.c: exact lists were read at event `ev`; the engine frees them with bdt_exact_finish() and free().
 * Where the event is inside a removal whose other half is still to come, they are adopted behind that.
 */
void bdt_engine_adopt(struct bdt_engine *e, const struct bdt_event *ev, struct bdt_exact_lists *lists,
		      struct bdt_exact_result *result);
/* Before `ev` is applied: adopts what waited for a removal that `ev` does not belong to.  False when `ev` has
 * to wait itself, and is applied later. */
bool bdt_adopting_before(struct bdt_engine *e, const struct bdt_event *ev);
/* After `ev` was applied. */
void bdt_adopting_after(struct bdt_engine *e, const struct bdt_event *ev);

/*
 * reported.c: does what `ev` tells of free page reporting; without that, runs its timer.  Settles what is
 * pending before a list is touched.
 */
void bdt_reported_event(struct bdt_engine *e, const struct bdt_event *ev);

/*
 * The parts.  removal.c: predicts and compares one removal.  force.c: makes the model agree with it.
 * infer.c: what an observation proves about lists and types.  compaction.c: isolation without page events.
 */
struct bdt_removal {
	const struct bdt_event *ev; /* event that completes it */
	enum bdt_source source;
	bdt_pfn pfn;
	bdt_order order;
	bdt_migratetype mt;          /* list used, or type asked for when it fell back */
	bdt_migratetype fallback_mt; /* claim and steal */
	bdt_order fallback_order;
	bdt_pfn candidate; /* claim and steal: head of the block that was found, BT_PFN_NONE = not told */
	struct bdt_choice predicted; /* by bdt_engine_predict(), when the first event of the removal came */
};

/* What the model takes next for a request of this CPU, whose refill may have begun already. */
struct bdt_choice bdt_engine_predict(const struct bdt_engine *e, const struct bdt_zone *z, uint32_t cpu,
				     bdt_order order, bdt_migratetype mt);

/* Compares the prediction with the removal, hands the outcome to the sink, then forces the model. */
void bdt_engine_remove(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_removal *r);
/* Changes the model as the kernel was seen to change, and learns from it (force.c). */
void bdt_engine_force(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_removal *r);
/*
 * Zone of a block that lies in it completely; NULL for pfns and orders that no zone has.  O(zones) at worst.
 */
struct bdt_zone *bdt_engine_zone_of(struct bdt_engine *e, int64_t pfn, int64_t order);
/* Is it a migratetype that lists can have? */
static inline bool bdt_engine_valid_mt(int64_t mt)
{
	return mt >= 0 && mt < BT_MT_LIMBO;
}
/* Number of `z` in the state. */
size_t bdt_engine_zone(const struct bdt_engine *e, const struct bdt_zone *z);

/*
 * pair.c: two events of one CPU that make one removal.  Before each event bdt_pair_next() settles what waited
 * for another one, and before an event that changes zone `z` bdt_pair_settle() settles what waited there.
 */
void bdt_pair_next(struct bdt_engine *e, const struct bdt_event *ev);
void bdt_pair_settle(struct bdt_engine *e, const struct bdt_zone *z);
/* Would `ev` be the other half of what waits on its CPU? */
bool bdt_pair_completes(const struct bdt_engine *e, const struct bdt_event *ev);
/* Handlers of mm_page_alloc_zone_locked and mm_page_alloc_extfrag. */
void bdt_pair_zone_locked(struct bdt_engine *e, const struct bdt_event *ev);
void bdt_pair_extfrag(struct bdt_engine *e, const struct bdt_event *ev);

/* The pageblock of `pfn` is of type `mt`: moves its free blocks if the model thought otherwise. */
void bdt_infer_type(struct bdt_zone *z, bdt_pfn pfn, bdt_migratetype mt);
/*
 * The kernel found lists (order .. below `limit`, mt) empty.  What the model has there goes to type `to`
 * where the pageblock's type is a first assumption, else to limbo: it is probably not free.  What an unlocked
 * event freed less than 50 us before `time_ns` stays.
 */
void bdt_infer_empty(struct bdt_engine *e, struct bdt_zone *z, bdt_order order, bdt_order limit,
		     bdt_migratetype mt, bdt_migratetype to, uint64_t time_ns);
/*
 * The kernel took `b` with too many known blocks ahead of it to heal at once.  From the head of its list:
 * those of unknown position go to type `to` where their type is assumed, else to the tail (unless `b` is one
 * of them), and of the known ones 2^(misses - 4) to the tail, none at less than 4 misses, `misses` being the
 * known blocks of this type in a row that were not taken.  At most 4096 at once.
 */
void bdt_infer_ahead(struct bdt_zone *z, const struct bdt_block *b, bdt_migratetype to, unsigned int misses);
/*
 * Blocks on lists (order .. below `limit`, mt) whose pageblock's type is certain, counted up to 16; *smallest
 * is the lowest order that has one.  O(16 per list).
 */
unsigned int bdt_infer_certain(const struct bdt_zone *z, bdt_order order, bdt_order limit, bdt_migratetype mt,
			       bdt_order *smallest);
/*
 * The free block `b` is one of this order around `pfn` in truth; the rest of it goes to limbo, as a doubt
 * where `pfn` is the start of `b`.
 */
void bdt_infer_smaller(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_block *b, bdt_pfn pfn,
		       bdt_order order);
/*
 * A removal of (pfn, order) from the lists of `mt`: when it is what comes next of the block doubted last, the
 * doubt was wrong.  The smaller lists are empty then, and the rest goes back to them.
 */
void bdt_infer_refute(struct bdt_engine *e, struct bdt_zone *z, bdt_pfn pfn, bdt_order order,
		      bdt_migratetype mt, bdt_migratetype to, uint64_t time_ns);
/* The kernel held (pfn, order) as one free block on list mt: makes it so.  Returns pages that were not free.
 */
uint64_t bdt_infer_free(struct bdt_zone *z, bdt_pfn pfn, bdt_order order, bdt_migratetype mt);
/*
 * Would (order, mt) have been served from the block `taken`, had the frees of other CPUs than `cpu` in the 50
 * us before come behind it?  Such a free is written before it waits for the lock, so that may be.  It is so
 * when all that the model has ahead of `taken`, on the lists from that order on, are blocks of these frees.
 */
bool bdt_infer_reorder(const struct bdt_engine *e, const struct bdt_zone *z, const struct bdt_block *taken,
		       bdt_order order, bdt_migratetype mt, uint32_t cpu, uint64_t time_ns);

/* A free block becomes a migration target. */
void bdt_compaction_isolate(struct bdt_zone *z, const struct bdt_block *b);
/* Handlers of the compaction events. */
void bdt_compaction_isolate_freepages(struct bdt_engine *e, const struct bdt_event *ev);
void bdt_compaction_fast_isolate(struct bdt_engine *e, const struct bdt_event *ev);
void bdt_compaction_begin(struct bdt_engine *e, const struct bdt_event *ev);
void bdt_compaction_end(struct bdt_engine *e, const struct bdt_event *ev);
void bdt_compaction_finished(struct bdt_engine *e, const struct bdt_event *ev);
void bdt_compaction_migratepages(struct bdt_engine *e, const struct bdt_event *ev);

#endif
