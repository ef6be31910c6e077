/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPLAY_PAGE_H
#define BT_REPLAY_PAGE_H

#include "machine/exactlists.h"
#include "model/gfp.h"
#include "model/slowpath.h"
#include "model/system.h"
#include "replay/outcome.h"
#include "replay/state.h"
#include <buddytrace/event.h>

/*
 * Replay at page level: what the allocator does above the buddy lists is predicted from allocations and
 * frees.
 *
 * Assisted: the buddy lists and the per-CPU lists are those that the low-level events show.  Each refill,
 * drain, choice of a zone and slow path is predicted from them before its events are looked at; then they are
 * what was observed.  A list is scored once its content is known: from an exact snapshot, or from the first
 * refill, which proves that it was empty.
 *
 * Free: a copy of the machine is given allocations, frees, what reclaim did and who compacts unasked, and
 * picks its own pages, onto which the recorded ones are mapped.  Its slow path and its compaction are the
 * model's.  It is made anew from the observed state every N events, or never.
 */
struct bdt_page_level;

/* Observed and predicted occurrences, and those where both agree. */
struct bdt_page_count {
	uint64_t observed, predicted, tp;
};

struct bdt_page_assisted {
	uint64_t allocs, allocs_pcp;   /* of orders that the per-CPU lists serve */
	uint64_t scored_allocs;        /* ... from lists whose content is known */
	uint64_t head, head_known;     /* the page was at the head of the list, of those that were on it */
	struct bdt_page_count refills; /* at allocations from known lists */
	uint64_t refills_first;        /* that made a list known */
	uint64_t refill_sizes, refill_sizes_exact;
	uint64_t refill_pages, refill_pages_predicted;
	uint64_t bulk_refills; /* without an allocation: for requests of many pages, which have no event */
	struct bdt_page_count drains; /* after a free, of CPUs whose counts are known */
	uint64_t drain_sizes, drain_sizes_exact;
	uint64_t drained_pages, drained_tail, drained_found; /* blocks; at the tail of a list; on any list */
	uint64_t drains_constant;    /* drains of the most frequent size: what a constant guess gets right */
	uint64_t drains_other;       /* bursts that no free began: decay, reclaim, compaction */
	uint64_t zones, zones_exact; /* choice of the zone */
	uint64_t zones_none;         /* ... no zone by the model, on the slow path neither */
	uint64_t slow,
		slow_predicted; /* slow paths with reclaim or compaction of the task; fast path failed */
	uint64_t slow_silent;   /* allocations without, for which the fast path fails: they have no event */
};

#define BT_PAGE_WINDOWS 1024

/* What is counted in each window of the stream: observed, and predicted by the free run. */
enum bdt_page_series {
	BDT_WINDOW_REFILLS,
	BDT_WINDOW_DRAINED, /* pages */
	BDT_WINDOW_FALLBACKS,
	BDT_WINDOW_SLOW,       /* requests that reclaimed or compacted */
	BDT_WINDOW_WAKEUPS,    /* of kswapd, by requests */
	BDT_WINDOW_RUNS,       /* of compaction, for requests */
	BDT_WINDOW_RUNS_GIVEN, /* of compaction, whose begin the free run is told */
	BDT_WINDOW_NR
};

/* What happened in one window. */
struct bdt_page_window {
	uint32_t count[BDT_WINDOW_NR][2]; /* observed, predicted */
};

struct bdt_page_free {
	uint64_t resync_events; /* 0 = never */
	uint64_t resyncs;
	uint64_t allocs;                  /* that got a page as recorded */
	uint64_t allocs_slow;             /* requests that the copy's fast path refused */
	uint64_t exits[BDT_SLOW_EXIT_NR]; /* ... by the end of the slow path */
	struct bdt_page_count slow;       /* requests that reclaimed or compacted */
	struct bdt_page_count failures;   /* requests that came to nothing */
	uint64_t allocs_forced; /* failed in the copy, not as recorded: served without regard to watermarks */
	uint64_t allocs_failed; /* ... and there was no block either */
	uint64_t frees;         /* blocks, as recorded */
	uint64_t frees_migrated; /* of them sources of recorded migration: what they held is kept */
	uint64_t
		frees_stray; /* of pages that came without an event: something that had been kept was freed */
	uint64_t frees_unmapped; /* of pages that the copy does not hold */
	uint64_t frees_unseen; /* pages given back because a recorded page was allocated that still had one */
	uint64_t same_page;    /* allocations where the model picked the recorded page */
	uint64_t moved;        /* pages that the copy's compaction moved */
	uint64_t results[2][BDT_COMPACT_NR],
		results_given[2][BDT_COMPACT_NR]; /* of runs, as in the windows */
	uint64_t window_events;                   /* of one window */
	size_t nwindows;
	struct bdt_page_window window[BT_PAGE_WINDOWS];
};

struct bdt_page_result {
	struct bdt_page_assisted assisted;
	struct bdt_page_free free;
};

/* What the level is told of the machine. */
struct bdt_page_options {
	/* Makes the system of the zones of `state`, as the machine was at the start; called twice. */
	int (*make_system)(void *user, const struct bdt_state *state, struct bdt_system **out,
			   struct bdt_diag *diag);
	void *user;
	const struct bdt_gfp_map *gfp; /* copied */
	uint64_t resync_events;        /* of the free run; 0 = never */
};

/*
 * `state` holds the zones as the replay follows them, and must live longer.  0; -ENODATA without a zoneinfo,
 * -EBADMSG, -ENOMEM.  40 bytes of address space per page of the machine.
 */
int bdt_page_create(struct bdt_state *state, const struct bdt_page_options *options,
		    struct bdt_page_level **out, struct bdt_diag *diag);
void bdt_page_destroy(struct bdt_page_level *p); /* NULL is allowed */
/* An event, before the replay applies it, but behind the removals that it settles.  `scored`: it counts. */
void bdt_page_event(struct bdt_page_level *p, const struct bdt_event *ev, bool scored);
/* A removal from the buddy lists; before the replay applies it. */
void bdt_page_removal(struct bdt_page_level *p, const struct bdt_outcome *o);
/* The per-CPU lists as they were at this place. */
void bdt_page_adopt(struct bdt_page_level *p, const struct bdt_exact_lists *lists);
/* NULL when all lists of both machines are sound, else a static text.  O(memory). */
const char *bdt_page_validate(const struct bdt_page_level *p);
const struct bdt_page_result *bdt_page_result(struct bdt_page_level *p);

#endif
