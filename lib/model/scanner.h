/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_SCANNER_H
#define BT_MODEL_SCANNER_H

#include "model/compact.h"

/*
 * The two scanners of compaction.  One goes up and isolates pages that can be moved, the other goes down and
 * isolates free blocks for them.  Each step is a question (which range comes next, what is taken in it) that
 * changes nothing, and a call that accepts an answer - the model's own, or the one that was observed.
 */

/* What is known of pages that are not free.  Either function may be NULL: no page is then. */
struct bdt_pages {
	bool (*movable)(const void *user, bdt_pfn pfn);       /* on the LRU, or driver-movable */
	bdt_order (*compound)(const void *user, bdt_pfn pfn); /* order of the compound page it heads, or 0 */
	const void *user;
};

/* What the zone's own page flags say.  `z` must live longer. */
struct bdt_pages bdt_pages_marked(const struct bdt_zone *z);

/* One range that was looked at, as mm_compaction_isolate_*pages show it. */
struct bdt_scan {
	bdt_pfn start, end; /* end: where the scanner goes on */
	uint64_t scanned;   /* pages looked at */
	uint64_t taken;     /* pages isolated */
	/* of sources: pages were isolated, if only to be put back; the first page of the range was one */
	bool any, first;
};

/* What a fast search for sources found and did. */
struct bdt_fast_source {
	unsigned int n; /* lists that the search turned */
	struct {
		bdt_order order;
		bdt_pfn last; /* the blocks up to and with this one go to the tail of the movable list */
	} turned[BT_MAX_ORDERS];
	bdt_pfn pfn; /* pageblock found, or where a linear search goes on */
	bool found;
};
/*
 * Where the migration scanner goes on: finds the next pageblock that it looks at from cc->migrate_pfn, by a
 * fast search of the free lists first.  False if it reached the free scanner.  cc, its zone's cached
 * positions and, by the fast search, skip bits change; the rotations of free lists are in `fast`.
 * O(pageblocks). cf. isolate_migratepages(), 4.0 - 7.2
 */
bool bdt_source_next(struct bdt_compact_control *cc, const struct bdt_pages *pages, bdt_pfn *start,
		     bdt_pfn *end, struct bdt_fast_source *fast);
/* The fast search alone; cc->fast_search_fail and fast_start_pfn change.  cf. fast_find_migrateblock() */
void bdt_source_fast(struct bdt_compact_control *cc, struct bdt_fast_source *fast);

/* The pages that a scan isolates, ascending.  cf. compact_control.migratepages */
struct bdt_sources {
	size_t n;
	struct bdt_source_page {
		bdt_pfn pfn;
		bdt_order order;
	} * page; /* room for the pages of a pageblock */
};

/*
 * What the migration scanner takes in [start, end) of one pageblock; `sources` (may be NULL) becomes the list
 * of it.  O(pages).  cf. isolate_migratepages_block(), 4.0 - 7.2
 */
struct bdt_scan bdt_source_scan(const struct bdt_compact_control *cc, const struct bdt_pages *pages,
				bdt_pfn start, bdt_pfn end, struct bdt_sources *sources);
/* Turns the free lists as a fast search did. */
void bdt_source_turn(struct bdt_zone *z, const struct bdt_fast_source *fast);
/* Accepts a scan whose pageblock ends at `end`: skip bit, cached positions, cc->migrate_pfn and number. */
void bdt_source_scanned(struct bdt_compact_control *cc, const struct bdt_scan *scan, bdt_pfn end);

/* Blocks that a fast search looks at: half as many after each failure.  cf. freelist_scan_limit() */
static inline unsigned int bdt_fast_limit(const struct bdt_compact_control *cc)
{
	return (BT_COMPACT_CLUSTER >> (cc->fast_search_fail < 31 ? cc->fast_search_fail : 31)) + 1;
}

/* What a fast search for targets does.  cf. fast_isolate_freepages(), 5.1 - 7.2 */
struct bdt_fast_target {
	bool ran;             /* orders above 0 only */
	struct bdt_scan scan; /* as mm_compaction_fast_isolate_freepages shows it */
	bool found;
	bool preferred; /* in the upper quarter of what is left to scan */
	bdt_pfn pfn;    /* block that is isolated */
	bdt_order order;
	unsigned int n; /* lists that it turned */
	struct {
		bdt_order order;
		bdt_pfn first; /* the blocks ahead of this one go to the tail of the movable list */
	} turned[BT_MAX_ORDERS];
	bdt_pfn around;   /* the pageblock of this page is searched next, BT_PFN_NONE = none */
	bdt_pfn free_pfn; /* where the scanner goes on when nothing was found, BT_PFN_NONE = where it is */
	bdt_pfn highest;  /* highest pageblock seen, 0 = none */
	int search_order; /* of cc, afterwards */
};
/* The question; nothing changes.  O(blocks looked at): at most half a pageblock's pages per order. */
struct bdt_fast_target bdt_target_fast(const struct bdt_compact_control *cc);
/* Turns the free lists as it did. */
void bdt_target_turn(struct bdt_zone *z, const struct bdt_fast_target *fast);
/* The answer for the control: positions, counts, search order and failures.  Lists are the caller's. */
void bdt_target_fast_done(struct bdt_compact_control *cc, const struct bdt_fast_target *fast);

/*
 * May the pageblock that begins at `block` give targets?  Movable and CMA ones do unless a block that is
 * large enough begins it.  cf. suitable_migration_target()
 */
bool bdt_target_suitable(const struct bdt_compact_control *cc, bdt_pfn block);

/* The free scanner during one call for targets.  cf. isolate_freepages(), 4.0 - 7.2 */
struct bdt_target_walk {
	bdt_pfn block_start, block_end; /* pageblock */
	bdt_pfn start;                  /* in it */
	bdt_pfn low;                    /* not below this */
	unsigned int stride;            /* pages from one that is looked at to the next */
	bool around; /* of the pageblock of a fast search only.  cf. fast_isolate_around() */
	bool over;
};
/* Begins a call: where the last one ended, in cc. */
void bdt_target_begin(const struct bdt_compact_control *cc, struct bdt_target_walk *w);
/* The pageblock of a fast search; false if it is not looked at. */
bool bdt_target_begin_around(const struct bdt_compact_control *cc, bdt_pfn pfn, struct bdt_target_walk *w);
/* Finds the next pageblock to look at from where the walk is; false at the end of the call.  O(pageblocks).
 */
bool bdt_target_next(struct bdt_compact_control *cc, struct bdt_target_walk *w);
/*
 * What is taken in the walk's pageblock; `take` (may be NULL) is called for each free block.  It may take the
 * block off its list.  O(pages).  cf. isolate_freepages_block()
 */
struct bdt_scan bdt_target_scan(const struct bdt_compact_control *cc, const struct bdt_pages *pages,
				const struct bdt_target_walk *w,
				void (*take)(void *user, const struct bdt_block *b), void *user);
/* Accepts a scan: counts, skip bit, cached position, stride; w->over when there are enough targets. */
void bdt_target_scanned(struct bdt_compact_control *cc, struct bdt_target_walk *w,
			const struct bdt_scan *scan);

#endif
