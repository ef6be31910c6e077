/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_COMPACT_RUN_H
#define BT_MODEL_COMPACT_RUN_H

#include "model/scanner.h"

/*
 * A whole run of compaction on the model's own state: both scanners, migration, the end, capture.  What is
 * moved is what is marked BT_ZP_MOVABLE, or what the caller says is movable.
 */

/* Who runs, and what is done with pages.  All functions may be NULL. */
struct bdt_compact_env {
	const struct bdt_pages *pages;         /* NULL: what the zone's page flags say */
	struct bdt_migrate_failures *failures; /* which share of the pages cannot be moved; NULL: none */
	/* What was at `from` is at `to` now. */
	void (*moved)(void *user, struct bdt_zone *z, bdt_pfn from, bdt_pfn to, bdt_order order);
	/* The task frees a page; NULL: straight to the buddy lists. */
	void (*free)(void *user, struct bdt_zone *z, bdt_pfn pfn, bdt_order order);
	/* It gives back what is on its own per-CPU lists of the zone.  cf. lru_add_drain_cpu_zone() */
	void (*drain)(void *user, struct bdt_zone *z);
	void *user;
};

/* What a run did.  Unit: pages, where nothing else is said. */
struct bdt_compact_report {
	enum bdt_compact_result result; /* what the caller gets */
	enum bdt_compact_result suitable; /* as mm_compaction_suitable shows it, BDT_COMPACT_NR = no event */
	bool ran;                         /* it was begun.  cf. mm_compaction_begin */
	bdt_pfn begin_migrate, begin_free; /* positions at the begin ... */
	bdt_pfn end_migrate, end_free;     /* ... and at the end */
	uint64_t migrate_scanned, free_scanned; /* cf. compact_migrate_scanned, compact_free_scanned */
	uint64_t migrated, failed;
	uint64_t released;    /* targets that were not needed */
	unsigned int batches; /* cf. mm_compaction_migratepages */
	unsigned int drains;
	bdt_pfn captured; /* block that the run made for its own request, BT_PFN_NONE */
	bdt_migratetype captured_mt;
};

/* Outcome of one step of the migration scanner.  cf. isolate_migrate_t */
enum bdt_isolate {
	BDT_ISOLATE_ABORT,   /* given up, pages are put back */
	BDT_ISOLATE_NONE,    /* a range without pages, or the end */
	BDT_ISOLATE_SUCCESS, /* there are pages to migrate */
};

/*
 * Runs with a control of bdt_compact_control() whose request is `request` (its order that of the control).
 * *report is filled completely; it is CONTENDED, too, when memory for its list of pages is missing, or when
 * it goes round far more often than the zone has pageblocks.  O(zone).  cf. compact_zone(), 4.0 - 7.2
 */
void bdt_compact_run(struct bdt_compact_control *cc, const struct bdt_suitable_request *request,
		     const struct bdt_compact_env *env, struct bdt_compact_report *report);

#endif
