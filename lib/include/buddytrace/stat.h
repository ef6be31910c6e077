/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BUDDYTRACE_STAT_H
#define BUDDYTRACE_STAT_H

#include <buddytrace/diag.h>
#include <buddytrace/event.h>
#include <buddytrace/tracefile.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What was observed, without any model: counts of the events of one recording, or of the files of a series
 * one after another.  Memory is bounded, whatever the length and the contents: names beyond a limit are
 * counted together.
 */
struct bdt_stat;

/* Lengths of the same kind of interval, ns.  The quantiles are upper bounds, at most 12.5 % too large. */
struct bdt_stat_times {
	uint64_t count; /* intervals whose begin and end were seen */
	uint64_t total_ns, max_ns, p50_ns, p90_ns, p99_ns;
};

/* Fallbacks with the same four attributes and the same change_ownership. */
struct bdt_stat_cell {
	bdt_migratetype alloc_migratetype, fallback_migratetype;
	bdt_order alloc_order, fallback_order;
	bool owned; /* change_ownership: the pageblock became one of the requested type */
	uint64_t count;
};

/* Fallbacks from one migratetype to another. */
struct bdt_stat_pair {
	bdt_migratetype alloc_migratetype, fallback_migratetype;
	uint64_t count;
	uint64_t owned;       /* of these: change_ownership */
	uint64_t fragmenting; /* of these: from a block smaller than a pageblock */
};

#define BT_SITE_FRAMES 3

/* Fallbacks with the same callers outside of the allocator. */
struct bdt_stat_site {
	const char *via;                   /* "slab", "vmalloc", ...: what the caller used; "" = pages */
	const char *frame[BT_SITE_FRAMES]; /* functions, innermost first; "" behind the outermost */
	uint64_t count, owned;
};

/* What tasks of one name did.  Work in interrupts is counted under names of its own, in parentheses. */
struct bdt_stat_task {
	const char *name;
	uint64_t fallbacks, owned;
	uint64_t allocations, frees;         /* mm_page_alloc without the failed ones, mm_page_free */
	uint64_t pages;                      /* of the allocations */
	uint64_t stalls, stall_ns;           /* direct reclaim */
	uint64_t compactions, compaction_ns; /* compaction of a zone, whatever the trigger */
};

/* Why a zone is compacted. */
enum bdt_stat_trigger {
	BDT_TRIGGER_DIRECT,    /* an allocation waits for it */
	BDT_TRIGGER_KCOMPACTD, /* the kernel thread was woken for an order */
	BDT_TRIGGER_PROACTIVE, /* the kernel thread by itself (vm.compaction_proactiveness) */
	BDT_TRIGGER_REQUESTED, /* /proc/sys/vm/compact_memory and the like */
	BDT_TRIGGER_NR
};

/* Compaction runs of a zone with the same trigger and result. */
struct bdt_stat_compaction {
	enum bdt_stat_trigger trigger;
	const char *result; /* word of the kernel; "no end seen" when the recording ends before it does */
	uint64_t runs;
	uint64_t total_ns, max_ns;
	uint64_t scanned, isolated, migrated, failed; /* pages, by the migration scanner */
	uint64_t free_scanned, free_isolated;         /* pages, by the free scanner */
};

/* A span of time, since the first event. */
struct bdt_stat_bin {
	uint64_t begin_ns, end_ns;
	uint64_t events, lost;
	uint64_t fallbacks, owned;
	uint64_t allocations;
	uint64_t compactions;      /* begun */
	uint64_t stalls, stall_ns; /* ended */
};

/* Events of all files; the arrays are sorted by what matters most, largest first. */
struct bdt_stat_result {
	size_t files;
	uint64_t events, lost, gaps, gaps_unknown; /* as in bdt_stream_stats */
	/* Of the first and last event; time that the files cover, with the span of their snapshots. */
	uint64_t first_ns, last_ns, observed_ns;
	bool has[BDT_EV_NR]; /* some file has this kind of event (its format was recorded) */
	int pageblock_order; /* -1 = unknown */
	char migratetype[BT_MAX_MIGRATETYPES][16];

	uint64_t fallbacks, owned, fragmenting;
	uint64_t stacks;  /* fallbacks whose callers were recorded */
	uint64_t strange; /* events with an order or migratetype that no kernel has; counted nowhere else */
	const struct bdt_stat_cell *cells;
	size_t ncells;
	const struct bdt_stat_pair *pairs;
	size_t npairs;
	const struct bdt_stat_site *sites;
	size_t nsites;
	const struct bdt_stat_task *tasks;
	size_t ntasks;

	uint64_t allocations[BT_MAX_ORDERS][BT_MAX_MIGRATETYPES]; /* mm_page_alloc, without the failed ones */
	uint64_t failed[BT_MAX_ORDERS];
	uint64_t frees[BT_MAX_ORDERS]; /* mm_page_free */
	/* Blocks that left and entered the free lists: mm_page_alloc_zone_locked, mm_page_pcpu_drain. */
	uint64_t removals[BT_MAX_ORDERS], drains[BT_MAX_ORDERS];

	const struct bdt_stat_compaction *compactions;
	size_t ncompactions;
	struct bdt_stat_times compaction[BDT_TRIGGER_NR];
	uint64_t deferred; /* mm_compaction_deferred: not tried, because it failed lately */

	/* Direct reclaim by the order of the allocation that waits; all orders together. */
	struct bdt_stat_times stalls[BT_MAX_ORDERS], stall;
	uint64_t reclaimed;   /* pages, by these */
	uint64_t stalls_open; /* begin without end, or the other way round */
	uint64_t kswapd_wakes;
};

/* 0 or -ENOMEM.  Free with bdt_stat_destroy() (NULL is allowed). */
int bdt_stat_create(struct bdt_stat **out, struct bdt_diag *diag);
void bdt_stat_destroy(struct bdt_stat *stat);
/*
 * Reads one file to its end.  Files of a series must come in their order; intervals go on from one to the
 * next.  A warning is given when a file of the series is missing between two.  `log` may be NULL.  0, -EINVAL
 * (the file was recorded before the last one), -ENOMEM, -EBADMSG (corrupt; what came before is counted).
 */
int bdt_stat_add(struct bdt_stat *stat, const struct bdt_tracefile *tf, const struct bdt_log *log,
		 struct bdt_diag *diag);
/*
 * Sums up; the result is borrowed, until the next call with `stat`.  NULL without memory.
 */
const struct bdt_stat_result *bdt_stat_result(struct bdt_stat *stat);
/*
 * What happened over time, in at most `max` spans of equal length, from the first event to the last.  Returns
 * their number.
 */
size_t bdt_stat_series(const struct bdt_stat *stat, struct bdt_stat_bin *bins, size_t max);

/* "direct", "kcompactd", "proactive", "requested"; static. */
const char *bdt_stat_trigger_name(enum bdt_stat_trigger trigger);

#endif
