/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_MIGRATION_H
#define BT_MODEL_MIGRATION_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Moving the content of pages to other pages.  What decides whether a single page can be moved - locks, pins,
 * writeback - is not known to the model: it takes a share of failures that is calibrated by what was
 * observed, and lets them fail in a fixed order.
 */

/* How long migration may wait.  cf. enum migrate_mode */
enum bdt_migrate_mode {
	BDT_MIGRATE_ASYNC,        /* never */
	BDT_MIGRATE_SYNC_LIGHT,   /* for locks, not for writeback */
	BDT_MIGRATE_SYNC,         /* for anything */
	BDT_MIGRATE_SYNC_NO_COPY, /* the caller copies: 4.14 to 6.10 */
	BDT_MIGRATE_MODE_NR
};

/* Why pages are moved.  cf. enum migrate_reason; the numbers are the recorded ones of all versions */
enum bdt_migrate_reason {
	BDT_MR_COMPACTION,
	BDT_MR_MEMORY_FAILURE,
	BDT_MR_MEMORY_HOTPLUG,
	BDT_MR_SYSCALL, /* and cpusets */
	BDT_MR_MEMPOLICY_MBIND,
	BDT_MR_NUMA_MISPLACED,
	BDT_MR_CONTIG_RANGE, /* 4.0: MR_CMA */
	BDT_MR_LONGTERM_PIN,
	BDT_MR_DEMOTION, /* 5.15 on */
	BDT_MR_DAMON,    /* 6.11 on */
	BDT_MR_NR
};

/* Names as mm_migrate_pages prints them. */
extern const char *const bdt_migrate_mode_names[BDT_MIGRATE_MODE_NR];
extern const char *const bdt_migrate_reason_names[BDT_MR_NR];

/* Attempts at pages that could not be locked or were in use for a moment. */
struct bdt_migrate_passes {
	unsigned int async, sync; /* of a list in MIGRATE_ASYNC; of a page in the modes that wait */
};

/*
 * How often a page is tried.  `batched`: modes that wait first try the whole list as ASYNC does, then page by
 * page: 6.3 and later.  cf. NR_MAX_MIGRATE_PAGES_RETRY, migrate_pages_sync()
 */
struct bdt_migrate_passes bdt_migrate_passes(enum bdt_migrate_mode mode, bool batched);

/* What stands in the way of a page. */
enum bdt_migrate_obstacle {
	BDT_OBSTACLE_NONE,
	BDT_OBSTACLE_LOCKED,    /* somebody else holds the page lock */
	BDT_OBSTACLE_WRITEBACK, /* it is being written */
	BDT_OBSTACLE_DIRTY,     /* dirty, of a file system that cannot move it without writing */
	BDT_OBSTACLE_PINNED,    /* more references than mappings */
};

enum bdt_migrate_outcome {
	BDT_MIGRATE_MOVED,
	BDT_MIGRATE_AGAIN,  /* -EAGAIN: tried again as long as there are passes left */
	BDT_MIGRATE_FAILED, /* -EBUSY and others: put back */
};

/*
 * One attempt.  `reclaiming`: by a task with PF_MEMALLOC, which never waits for a page lock.
 * cf. migrate_folio_unmap(), __unmap_and_move()
 */
enum bdt_migrate_outcome bdt_migrate_attempt(enum bdt_migrate_mode mode, enum bdt_migrate_obstacle obstacle,
					     bool reclaiming);

/* The share of failures, by mode, and which pages fail. */
struct bdt_migrate_failures {
	struct {
		uint64_t migrated, failed; /* pages, observed; they begin with a guess */
		uint64_t debt;             /* failures due, in units of 1/(migrated + failed) page */
	} mode[BDT_MIGRATE_MODE_NR];
};

/* Begins with the prior: 2 % of the pages fail in ASYNC mode, 0.5 % in the others. */
void bdt_migrate_failures_init(struct bdt_migrate_failures *f);
/* Learns from a run: the fields of mm_compaction_migratepages or mm_migrate_pages, pages. */
void bdt_migrate_failures_learn(struct bdt_migrate_failures *f, enum bdt_migrate_mode mode, uint64_t migrated,
				uint64_t failed);
/*
 * How many of the next `pages` pages, a batch, fail: none or all, the same on each run; the share is kept in
 * the long run.  What cannot be moved lies together (a file that is written, a buffer that is pinned): of the
 * pages that failed in recordings of 5.10 to 6.12 four fifths and more were in batches of which none moved.
 */
uint64_t bdt_migrate_failures_next(struct bdt_migrate_failures *f, enum bdt_migrate_mode mode,
				   uint64_t pages);

#endif
