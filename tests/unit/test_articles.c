/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What five published descriptions of the page allocator say, as far as it is right, for every profile that
 * it holds for: fallbacks between migratetypes (5.x), the slow path (5.0), allocating and freeing (4.0),
 * compaction (5.10), page migration and when compaction is worth it (4.x, 5.x).  Where a description is of
 * its kernel alone, the other kernels' behaviour is here, too.
 */
#include "small_machine.h"

#include "model/compact_run.h"
#include "model/fallback.h"
#include "model/fragmentation.h"
#include "model/isolate.h"
#include "model/rmqueue.h"
#include "model/slowpath.h"
#include <string.h>

struct world {
	struct bdt_profile p;
	struct bdt_zone *z;
};

static bool open_world(struct world *w, size_t i)
{
	const char *name = bdt_profile_name(i);

	if (!name)
		return false;
	assert_int_equal(bdt_profile_find(name, &w->p, NULL), 0);
	assert_int_equal(bdt_zone_create(&w->p, START, START + 16 * NPB, 10, 9, &w->z), 0);
	bdt_zone_name_types(w->z, true, true);
	return true;
}

static void close_world(struct world *w)
{
	assert_null(bdt_zone_validate(w->z));
	bdt_zone_destroy(w->z);
}

#define FOR_EACH_PROFILE(w)                                                      \
	for (struct world storage, *w = &storage, *once = NULL; !once; once = w) \
		for (size_t profile = 0; open_world(w, profile); close_world(w), profile++)

static void put(struct world *w, bdt_pfn page, bdt_order order, bdt_migratetype mt)
{
	bdt_zone_set_type(w->z, START + page, mt, false);
	bdt_zone_insert(w->z, START + page, order, mt, BDT_TAIL, true);
}

static bool ask(struct world *w, bdt_order order, bdt_migratetype mt, unsigned int flags,
		struct bdt_choice *c)
{
	struct bdt_request r = { order, mt, flags };
	enum bdt_rmqueue_mode mode = BDT_RMQUEUE_NORMAL;

	return bdt_rmqueue(w->z, &r, &mode, c);
}

/* ---- fallbacks between migratetypes ---- */

/* The table: each of the three types has the two others, in this order; no other type has any. */
static void fallbacks_table(void **state)
{
	(void)state;
	FOR_EACH_PROFILE(w)
	{
		const struct bdt_profile *p = &w->p;

		assert_int_equal(p->fallbacks[p->unmovable][0], p->reclaimable);
		assert_int_equal(p->fallbacks[p->unmovable][1], p->movable);
		assert_int_equal(p->fallbacks[p->movable][0], p->reclaimable);
		assert_int_equal(p->fallbacks[p->movable][1], p->unmovable);
		assert_int_equal(p->fallbacks[p->reclaimable][0], p->unmovable);
		assert_int_equal(p->fallbacks[p->reclaimable][1], p->movable);
		assert_int_equal(p->nr_fallback_types, 3);
	}
}

/* With ALLOC_NOFRAGMENT nothing below a pageblock is taken from another type. */
static void fallbacks_nofragment(void **state)
{
	(void)state;
	FOR_EACH_PROFILE(w)
	{
		struct bdt_choice c;

		if (w->p.nofragment < BDT_NOFRAGMENT_ALWAYS)
			continue;
		put(w, 0, 8, w->p.movable);
		assert_false(ask(w, 0, w->p.unmovable, BT_REQUEST_NOFRAGMENT, &c));
		put(w, 2 * NPB, 9, w->p.movable);
		assert_true(ask(w, 0, w->p.unmovable, BT_REQUEST_NOFRAGMENT, &c));
		assert_int_equal(c.fallback_order, 9);
	}
}

/* The largest block is taken, except by movable requests that may not take it over: the smallest then. */
static void fallbacks_largest_or_smallest(void **state)
{
	(void)state;
	FOR_EACH_PROFILE(w)
	{
		struct bdt_choice c;

		put(w, 0, 1, w->p.unmovable);
		put(w, 2 * NPB, 3, w->p.unmovable);
		assert_true(ask(w, 0, w->p.movable, 0, &c));
		/* 4.0 knows no smallest one */
		assert_int_equal(c.fallback_order, w->p.engine == BDT_ENGINE_STEAL_FIRST ? 3 : 1);
		put(w, 4 * NPB, 9, w->p.movable);
		put(w, 6 * NPB, 10, w->p.movable);
		while (ask(w, 0, w->p.unmovable, 0, &c) && c.source == BDT_FROM_OWN)
			;
		assert_int_equal(c.fallback_order, 10);
	}
}

/* All printed fields of mm_page_alloc_extfrag. */
static void fallbacks_event(void **state)
{
	(void)state;
	FOR_EACH_PROFILE(w)
	{
		struct bdt_request r = { 0, w->p.unmovable, 0 };
		struct bdt_extfrag e;
		struct bdt_choice c;

		put(w, 4 * NPB, 10, w->p.movable);
		bdt_zone_set_type(w->z, START + 5 * NPB, w->p.movable, false);
		assert_true(ask(w, r.order, r.mt, r.flags, &c));
		assert_true(bdt_fallback_event(w->z, &r, &c, &e));
		assert_int_equal(e.pfn, START + 4 * NPB);
		assert_int_equal(e.alloc_order, 0);
		assert_int_equal(e.fallback_order, 10);
		assert_int_equal(e.pageblock_order, 9);
		assert_int_equal(e.alloc_migratetype, w->p.unmovable);
		assert_int_equal(e.fallback_migratetype, w->p.movable);
		assert_false(e.fragmenting);
		assert_true(e.change_ownership);
	}
}

/* ---- the slow path ---- */

/* Compaction comes before reclaim for costly orders, and for higher ones that cannot be moved. */
static void slowpath_compacts_first(void **state)
{
	static const struct {
		uint32_t gfp;
		bdt_order order;
		bool memalloc, first;
	} cases[] = {
		{ USER, 4, false, true },    { USER, 1, false, false },   { KERNEL, 1, false, true },
		{ KERNEL, 0, false, false }, { ATOMIC, 4, false, false }, { KERNEL, 4, true, false },
	};

	(void)state;
	FOR_EACH_PROFILE(w)
	{
		for (size_t i = 0; !w->p.fair_zones && i < sizeof(cases) / sizeof(cases[0]); i++) {
			struct bdt_slow_request r = { .gfp = cases[i].gfp,
						      .order = cases[i].order,
						      .task.memalloc = cases[i].memalloc,
						      .grouping = true };
			struct bdt_slowpath sp;

			bdt_slowpath_begin(&sp, &w->p, &r);
			/* 7.2 has dropped the condition that the task may not use the reserves */
			assert_int_equal(sp.compact_first,
					 cases[i].first || (cases[i].memalloc && w->p.slowpath_loop));
		}
	}
}

static enum bdt_slow_exit refuse_all(const struct bdt_profile *p, const struct bdt_slow_request *r,
				     bool *harder)
{
	struct bdt_slow_answer no = { .result = BDT_COMPACT_COMPLETE };
	struct bdt_slowpath sp;

	bdt_slowpath_begin(&sp, p, r);
	*harder = false;
	for (int i = 0; i < 100 && bdt_slowpath_next(&sp, &no) != BDT_SLOW_DONE; i++)
		*harder |= sp.alloc_flags & (BT_ALLOC_HARDER | BT_ALLOC_HIGH);
	return sp.exit;
}

/* Who may not wait fails, who reclaims itself fails, and who must not fail gets at the reserves. */
static void slowpath_ends(void **state)
{
	(void)state;
	FOR_EACH_PROFILE(w)
	{
		struct bdt_slow_request r = { .gfp = BT_GFP_KSWAPD_RECLAIM, .grouping = true };
		bool harder;

		assert_int_equal(refuse_all(&w->p, &r, &harder), BDT_SLOW_FAIL_CANNOT_WAIT);
		r.gfp = KERNEL;
		r.task.memalloc = true;
		assert_int_equal(refuse_all(&w->p, &r, &harder), BDT_SLOW_FAIL_RECLAIMER);
		r.task.memalloc = false;
		assert_int_equal(refuse_all(&w->p, &r, &harder), BDT_SLOW_FAIL_OOM);
		assert_false(harder);
		r.gfp |= BT_GFP_NOFAIL;
		assert_int_equal(refuse_all(&w->p, &r, &harder), BDT_SLOW_RUNNING);
		assert_int_equal(harder, !w->p.fair_zones);
	}
}

/* ---- allocating and freeing ---- */

/* The masks and the formula for the migratetype are of 4.0 alone; the meaning is that of all kernels. */
static void allocating_gfp(void **state)
{
	(void)state;
	FOR_EACH_PROFILE(w)
	{
		const struct bdt_profile *p = &w->p;
		struct bdt_gfp_map map;

		assert_int_equal(bdt_gfp_migratetype(p, BT_GFP_MOVABLE, true), p->movable);
		assert_int_equal(bdt_gfp_migratetype(p, BT_GFP_RECLAIMABLE, true), p->reclaimable);
		assert_int_equal(bdt_gfp_migratetype(p, 0, true), p->unmovable);
		assert_int_equal(bdt_gfp_migratetype(p, BT_GFP_MOVABLE, false), p->unmovable);
		if (!p->fair_zones)
			continue;
		bdt_gfp_map_default(&map, p);
		assert_int_equal(bdt_gfp_decode(&map, 0x10 | 0x40 | 0x80), KERNEL);
		assert_int_equal(bdt_gfp_decode(&map, 0x20 | 0x80000 | 0x400000),
				 BT_GFP_HIGH | BT_GFP_RECLAIMABLE);
		for (uint32_t mask = 0; mask < 4; mask++) {
			uint64_t bits = (mask & 2 ? 0x8 : 0) | (mask & 1 ? 0x80000 : 0);

			if (mask < 3)
				assert_int_equal(bdt_gfp_migratetype(p, bdt_gfp_decode(&map, bits), true),
						 mask);
		}
		assert_int_equal(bdt_alloc_flags_fast(p, KERNEL, true),
				 BT_ALLOC_WMARK_LOW | BT_ALLOC_CPUSET | BT_ALLOC_FAIR);
		assert_int_equal(bdt_alloc_flags_fast(p, USER, true) & BT_ALLOC_CMA, BT_ALLOC_CMA);
	}
}

/* Merging goes on with the buddy, up to the largest block; in 4.0 what is isolated stays a pageblock. */
static void freeing_merges(void **state)
{
	(void)state;
	FOR_EACH_PROFILE(w)
	{
		struct bdt_block b;

		for (bdt_pfn p = 0; p < 1024; p++)
			b = bdt_buddy_free(w->z, START + (p ^ 5), 0, w->p.movable, 0);
		assert_int_equal(b.order, 10);
		assert_int_equal(b.pfn, START);
		for (unsigned int i = 0; i < 2; i++)
			bdt_isolate_pageblock(w->z, START + (2 + i) * NPB);
		for (unsigned int i = 0; i < 2; i++)
			b = bdt_buddy_free(w->z, START + (2 + i) * NPB, 9, w->z->isolate, 0);
		assert_int_equal(b.order, w->p.merge == BDT_MERGE_CAP_ISOLATED ? 9 : 10);
	}
}

/* A block whose next merge is likely goes last, but not from one below the largest order on. */
static void freeing_tail(void **state)
{
	(void)state;
	FOR_EACH_PROFILE(w)
	{
		bdt_migratetype mt = w->p.movable;
		struct bdt_block b;

		bdt_zone_insert(w->z, START + 64, 0, mt, BDT_TAIL, true);
		bdt_zone_insert(w->z, START + 2, 1, mt, BDT_TAIL, true);
		bdt_buddy_free(w->z, START, 0, mt, 0);
		assert_true(bdt_zone_first(w->z, 0, mt, &b));
		assert_int_equal(b.pfn, START + 64);
		bdt_buddy_free(w->z, START + 128, 0, mt, 0);
		assert_true(bdt_zone_first(w->z, 0, mt, &b));
		assert_int_equal(b.pfn, START + 128);
		/* order 9: its parent's buddy is a block of order 10, and still it goes first */
		bdt_zone_insert(w->z, START + 8 * NPB, 9, mt, BDT_TAIL, true);
		bdt_zone_insert(w->z, START + 6 * NPB, 10, mt, BDT_TAIL, true);
		bdt_buddy_free(w->z, START + 4 * NPB, 9, mt, 0);
		assert_true(bdt_zone_first(w->z, 9, mt, &b));
		assert_int_equal(b.pfn, START + 4 * NPB);
	}
}

/* ---- compaction ---- */

static void open_compaction(struct world *w, struct bdt_compact_zone *cz, struct bdt_watermarks *marks)
{
	assert_int_equal(bdt_compact_zone_init(cz, w->z, &w->p.compaction), 0);
	*marks = (struct bdt_watermarks){ .mark = { 100, 125, 150, 175 } };
	cz->marks = marks;
}

/* Not needed by hand, not needed where the watermark holds, useless without free pages. */
static void compaction_suitable(void **state)
{
	(void)state;
	FOR_EACH_PROFILE(w)
	{
		struct bdt_suitable_request r = { .order = BT_ORDER_ALL, .extfrag_threshold = 500 };
		struct bdt_compact_zone cz;
		struct bdt_watermarks marks;

		open_compaction(w, &cz, &marks);
		assert_int_equal(bdt_compact_suitable(&cz, &r, 0).result, BDT_COMPACT_CONTINUE);
		r.order = 4;
		assert_int_equal(bdt_compact_suitable(&cz, &r, 0).result, BDT_COMPACT_SKIPPED);
		put(w, 0, 9, w->p.movable);
		assert_int_equal(bdt_compact_suitable(&cz, &r, 512).result, BDT_COMPACT_SUCCESS);
		bdt_compact_zone_finish(&cz);
	}
}

/* One scanner goes up, the other down; when they have met it is over. */
static void compaction_scanners_meet(void **state)
{
	(void)state;
	FOR_EACH_PROFILE(w)
	{
		const struct bdt_suitable_request r = { .order = BT_ORDER_ALL };
		const struct bdt_compact_env env = { 0 };
		struct bdt_compact_report report;
		struct bdt_compact_control cc;
		struct bdt_compact_zone cz;
		struct bdt_watermarks marks;

		open_compaction(w, &cz, &marks);
		for (bdt_pfn p = 0; p < 16 * NPB; p += 2) {
			bdt_zone_mark(w->z, START + p, 0, BT_ZP_MOVABLE, 0);
			put(w, p + 1, 0, w->p.movable);
		}
		cc = bdt_compact_control(&cz, BDT_COMPACT_MEMORY, 0, BT_ORDER_ALL);
		bdt_compact_run(&cc, &r, &env, &report);
		assert_int_equal(report.begin_migrate, START);
		assert_int_equal(report.begin_free, START + 15 * NPB);
		assert_true(report.end_migrate > START && report.end_free < START + 15 * NPB);
		assert_true(bdt_compact_met(&cc));
		assert_int_equal(report.result, BDT_COMPACT_COMPLETE);
		/* the first part is one piece now */
		assert_int_equal(w->z->page_flags[START - w->z->base] & BT_ZP_MOVABLE, 0);
		assert_true(w->z->list[w->p.movable][10].nr_free >= 3);
		bdt_compact_zone_finish(&cz);
	}
}

/* The order of the results, which 4.7 gave them. */
static void compaction_results(void **state)
{
	static const char *const names[] = { "not_suitable_zone", "skipped",   "deferred",
					     "no_suitable_page",  "continue",  "complete",
					     "partial_skipped",   "contended", "success" };

	(void)state;
	for (int i = 0; i < BDT_COMPACT_NR; i++)
		assert_string_equal(bdt_compact_result_names[i], names[i]);
}

/* ---- migration, and when compaction is worth it ---- */

static void migration_modes_and_reasons(void **state)
{
	static const char *const modes[] = { "MIGRATE_ASYNC", "MIGRATE_SYNC_LIGHT", "MIGRATE_SYNC",
					     "MIGRATE_SYNC_NO_COPY" };
	static const char *const reasons[] = { "compaction",        "memory_failure",  "memory_hotplug",
					       "syscall_or_cpuset", "mempolicy_mbind", "numa_misplaced",
					       "contig_range" };

	(void)state;
	for (unsigned int i = 0; i < 4; i++)
		assert_string_equal(bdt_migrate_mode_names[i], modes[i]);
	for (unsigned int i = 0; i < 7; i++)
		assert_string_equal(bdt_migrate_reason_names[i], reasons[i]);
}

/* By hand: SYNC; kcompactd: SYNC_LIGHT; for a request: ASYNC or SYNC_LIGHT, as its priority says. */
static void migration_mode_of_the_trigger(void **state)
{
	(void)state;
	FOR_EACH_PROFILE(w)
	{
		struct bdt_compact_zone cz;
		struct bdt_watermarks marks;

		open_compaction(w, &cz, &marks);
		assert_int_equal(bdt_compact_control(&cz, BDT_COMPACT_MEMORY, 0, BT_ORDER_ALL).mode,
				 BDT_MIGRATE_SYNC);
		assert_int_equal(bdt_compact_control(&cz, BDT_COMPACT_KCOMPACTD, 0, 4).mode,
				 BDT_MIGRATE_SYNC_LIGHT);
		assert_int_equal(bdt_compact_control(&cz, BDT_COMPACT_DIRECT, BDT_COMPACT_PRIO_ASYNC, 4).mode,
				 BDT_MIGRATE_ASYNC);
		assert_int_equal(
			bdt_compact_control(&cz, BDT_COMPACT_DIRECT, BDT_COMPACT_PRIO_SYNC_LIGHT, 4).mode,
			BDT_MIGRATE_SYNC_LIGHT);
		bdt_compact_zone_finish(&cz);
	}
}

/* The larger extfrag_threshold, the less is compacted; from 4.8 on that is so for costly orders only. */
static void migration_threshold(void **state)
{
	(void)state;
	FOR_EACH_PROFILE(w)
	{
		struct bdt_suitable_request r = { .order = 9 };
		struct bdt_compact_zone cz;
		struct bdt_watermarks marks;
		struct bdt_free_counts counts;
		int index;

		open_compaction(w, &cz, &marks);
		for (bdt_pfn p = 0; p < 7; p++)
			put(w, p * NPB, 8, w->p.movable);
		bdt_free_counts_of(w->z, &counts);
		index = bdt_fragmentation_index(&counts, 9);
		assert_in_range(index, 1, 999);
		r.extfrag_threshold = (unsigned int)index - 1;
		assert_int_equal(bdt_compact_suitable(&cz, &r, bdt_zone_nr_free(w->z)).result,
				 BDT_COMPACT_CONTINUE);
		r.extfrag_threshold = (unsigned int)index;
		assert_int_equal(bdt_compact_suitable(&cz, &r, bdt_zone_nr_free(w->z)).traced,
				 BDT_COMPACT_NOT_SUITABLE_ZONE);
		bdt_compact_zone_finish(&cz);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fallbacks_table),
		cmocka_unit_test(fallbacks_nofragment),
		cmocka_unit_test(fallbacks_largest_or_smallest),
		cmocka_unit_test(fallbacks_event),
		cmocka_unit_test(slowpath_compacts_first),
		cmocka_unit_test(slowpath_ends),
		cmocka_unit_test(allocating_gfp),
		cmocka_unit_test(freeing_merges),
		cmocka_unit_test(freeing_tail),
		cmocka_unit_test(compaction_suitable),
		cmocka_unit_test(compaction_scanners_meet),
		cmocka_unit_test(compaction_results),
		cmocka_unit_test(migration_modes_and_reasons),
		cmocka_unit_test(migration_mode_of_the_trigger),
		cmocka_unit_test(migration_threshold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
