/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Compaction: the figures of fragmentation, deferral, when a run begins and ends, migration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "compact_fixture.h"
#include "model/fragmentation.h"
#include <cmocka.h>
#include <string.h>

static struct bdt_free_counts counts(bdt_order order, uint64_t n)
{
	struct bdt_free_counts c = { .max_order = 10 };

	c.nr_free[order] = n;
	return c;
}

static void fragmentation_index(void **state)
{
	struct bdt_free_counts c = counts(0, 0);

	(void)state;
	assert_int_equal(bdt_fragmentation_index(&c, 9), 0);
	c = counts(0, 1);
	assert_int_equal(bdt_fragmentation_index(&c, 9), -1);
	c = counts(0, 4096);
	assert_int_equal(bdt_fragmentation_index(&c, 9), 998);
	c = counts(8, 1);
	assert_int_equal(bdt_fragmentation_index(&c, 9), -500);
	c = counts(8, 3);
	assert_int_equal(bdt_fragmentation_index(&c, 9), 167);
	c = counts(9, 1);
	assert_int_equal(bdt_fragmentation_index(&c, 9), -1000);
	assert_int_equal(bdt_fragmentation_index(&c, 3), -1000);
}

static void unusable_index(void **state)
{
	struct bdt_free_counts c = counts(0, 0);

	(void)state;
	assert_int_equal(bdt_unusable_free_index(&c, 3), 1000);
	assert_int_equal(bdt_extfrag_for_order(&c, 3), 0);
	c = counts(0, 8);
	c.nr_free[4] = 1;
	assert_int_equal(bdt_unusable_free_index(&c, 0), 0);
	assert_int_equal(bdt_unusable_free_index(&c, 3), 333);
	assert_int_equal(bdt_unusable_free_index(&c, 5), 1000);
	assert_int_equal(bdt_extfrag_for_order(&c, 3), 33);
	assert_int_equal(bdt_fragmentation_score(33, 1000, 1999), 16);
}

static void proactive_thresholds(void **state)
{
	(void)state;
	assert_int_equal(bdt_proactive_marks(20, false).low, 80);
	assert_int_equal(bdt_proactive_marks(20, false).high, 90);
	assert_int_equal(bdt_proactive_marks(100, false).low, 5);
	assert_int_equal(bdt_proactive_marks(100, true).low, 0);
	assert_int_equal(bdt_proactive_marks(100, true).high, 0);
	assert_int_equal(bdt_proactive_marks(90, true).high, 15);
}

static void deferral_doubles(void **state)
{
	struct bdt_deferral d = { .order_failed = 9 };

	(void)state;
	for (int i = 0; i < 8; i++)
		bdt_deferral_defer(&d, 9);
	assert_int_equal(d.shift, 6);
	assert_false(bdt_deferral_deferred(&d, 8));
	for (int i = 1; i < 64; i++)
		assert_true(bdt_deferral_deferred(&d, 9));
	assert_false(bdt_deferral_restarting(&d, 9));
	assert_false(bdt_deferral_deferred(&d, 9));
	assert_int_equal(d.considered, 64);
	assert_true(bdt_deferral_restarting(&d, 9));
	assert_false(bdt_deferral_restarting(&d, -1));
	bdt_deferral_reset(&d, 9, false);
	assert_int_equal(d.order_failed, 10);
	assert_int_equal(d.shift, 6);
	bdt_deferral_reset(&d, 9, true);
	assert_int_equal(d.shift, 0);
	assert_int_equal(d.considered, 0);
	bdt_deferral_defer(&d, 4);
	assert_int_equal(d.order_failed, 4);
	assert_int_equal(d.shift, 1);
}

static void result_numbers(void **state)
{
	(void)state;
	assert_int_equal(bdt_compact_result_from(8, false), BDT_COMPACT_SUCCESS);
	assert_int_equal(bdt_compact_result_from(3, true), BDT_COMPACT_SUCCESS);
	assert_int_equal(bdt_compact_result_from(2, true), BDT_COMPACT_CONTINUE);
	assert_int_equal(bdt_compact_result_from(0, true), BDT_COMPACT_DEFERRED);
	assert_int_equal(bdt_compact_result_from(9, false), BDT_COMPACT_NR);
	assert_int_equal(bdt_compact_result_from(-1, true), BDT_COMPACT_NR);
	assert_int_equal(bdt_compact_result_number(BDT_COMPACT_PARTIAL_SKIPPED, true), -1);
	for (int i = 0; i < BDT_COMPACT_NR; i++)
		assert_int_equal(bdt_compact_result_number(bdt_compact_result_from(i, false), false), i);
}

static enum bdt_compact_result ask(const struct fixture *f, int order, uint64_t free)
{
	struct bdt_suitable_request r = { .order = order, .extfrag_threshold = 500 };

	return bdt_compact_suitable(&f->cz, &r, free).traced;
}

/* The watermark below the run: low for costly orders, min for others, both and the gap. */
static void suitable_needs_the_gap(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, "6.1.50");
	for (bdt_pfn p = 0; p < 8192; p += 2)
		bdt_zone_insert(f.z, BASE + p, 0, MOVABLE, BDT_TAIL, true);
	assert_int_equal(ask(&f, BT_ORDER_ALL, 0), BDT_COMPACT_CONTINUE);
	assert_int_equal(ask(&f, 9, 125 + 1024), BDT_COMPACT_SKIPPED);
	assert_int_equal(ask(&f, 9, 125 + 1024 + 1), BDT_COMPACT_CONTINUE);
	assert_int_equal(ask(&f, 3, 100 + 16), BDT_COMPACT_SKIPPED);
	assert_int_equal(ask(&f, 3, 100 + 16 + 1), BDT_COMPACT_CONTINUE);
	close_fixture(&f);
	/* 4.0 asks the low mark for every order */
	open_fixture(&f, "4.0.5");
	for (bdt_pfn p = 0; p < 8192; p += 2)
		bdt_zone_insert(f.z, BASE + p, 0, 2, BDT_TAIL, true);
	assert_int_equal(ask(&f, 3, 125 + 16), BDT_COMPACT_SKIPPED);
	assert_int_equal(ask(&f, 3, 125 + 16 + 1), BDT_COMPACT_CONTINUE);
	close_fixture(&f);
	/* 7.2 wants no more than a cluster */
	open_fixture(&f, "7.2.13");
	for (bdt_pfn p = 0; p < 8192; p += 2)
		bdt_zone_insert(f.z, BASE + p, 0, MOVABLE, BDT_TAIL, true);
	assert_int_equal(ask(&f, 9, 125 + 32), BDT_COMPACT_SKIPPED);
	assert_int_equal(ask(&f, 9, 125 + 32 + 1), BDT_COMPACT_CONTINUE);
	assert_int_equal(ask(&f, 3, 100 + 16), BDT_COMPACT_SKIPPED);
	assert_int_equal(ask(&f, 3, 100 + 16 + 1), BDT_COMPACT_CONTINUE);
	close_fixture(&f);
}

static void suitable_asks_the_index(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, "6.1.50");
	for (bdt_pfn p = 0; p < 3; p++)
		bdt_zone_insert(f.z, BASE + 2 * p * 256, 8, MOVABLE, BDT_TAIL, true);
	assert_int_equal(ask(&f, 9, 100000), BDT_COMPACT_NOT_SUITABLE_ZONE);
	bdt_zone_insert(f.z, BASE + 4 * NPB, 9, MOVABLE, BDT_TAIL, true);
	assert_int_equal(ask(&f, 9, 100000), BDT_COMPACT_SUCCESS);
	close_fixture(&f);
}

static void run_ends(void **state)
{
	struct fixture f;
	struct bdt_compact_control cc;

	(void)state;
	open_fixture(&f, "6.1.50");
	cc = bdt_compact_control(&f.cz, BDT_COMPACT_DIRECT, BDT_COMPACT_PRIO_SYNC_LIGHT, 9);
	cc.migratetype = MOVABLE;
	bdt_compact_begin(&cc);
	assert_int_equal(cc.migrate_pfn, BASE);
	assert_int_equal(cc.free_pfn, BASE + 15 * NPB);
	assert_int_equal(bdt_compact_finished(&cc), BDT_COMPACT_NO_SUITABLE_PAGE);
	cc.migrate_pfn = BASE + 32;
	assert_int_equal(bdt_compact_finished(&cc), BDT_COMPACT_CONTINUE);
	bdt_zone_insert(f.z, BASE + 2 * NPB, 9, UNMOVABLE, BDT_TAIL, true);
	cc.migrate_pfn = BASE;
	assert_int_equal(bdt_compact_finished(&cc), BDT_COMPACT_SUCCESS);
	cc.free_pfn = cc.migrate_pfn + 8;
	assert_int_equal(bdt_compact_finished(&cc), BDT_COMPACT_PARTIAL_SKIPPED);
	assert_true(f.cz.blockskip_flush);
	assert_int_equal(f.cz.cached_free, BASE + 15 * NPB);
	close_fixture(&f);
}

static void full_run_is_complete(void **state)
{
	struct fixture f;
	struct bdt_compact_control cc;

	(void)state;
	open_fixture(&f, "6.18.44");
	cc = bdt_compact_control(&f.cz, BDT_COMPACT_MEMORY, 0, BT_ORDER_ALL);
	bdt_compact_begin(&cc);
	assert_int_equal(bdt_compact_finished(&cc), BDT_COMPACT_CONTINUE);
	cc.free_pfn = cc.migrate_pfn;
	assert_int_equal(bdt_compact_finished(&cc), BDT_COMPACT_COMPLETE);
	assert_false(f.cz.blockskip_flush);
	close_fixture(&f);
}

/* defrag_mode: kcompactd goes on until the high mark holds in whole free pageblocks. */
static void defrag_mode_wants_blocks(void **state)
{
	struct bdt_suitable_request r = { .order = 9, .highest = 2, .extfrag_threshold = 500 };
	struct bdt_compact_control cc;
	struct fixture f;

	(void)state;
	open_fixture(&f, "6.18.44");
	cc = bdt_compact_control(&f.cz, BDT_COMPACT_KCOMPACTD, 0, 9);
	cc.migratetype = UNMOVABLE;
	bdt_compact_begin(&cc);
	bdt_zone_insert(f.z, BASE + 2 * NPB, 9, UNMOVABLE, BDT_TAIL, true);
	assert_int_equal(bdt_compact_finished(&cc), BDT_COMPACT_SUCCESS);
	cc.blocks = true;
	assert_int_equal(bdt_compact_finished(&cc), BDT_COMPACT_CONTINUE);
	r.alloc_flags = BT_ALLOC_WMARK_HIGH;
	assert_int_equal(bdt_compact_suitable(&f.cz, &r, 100000).result, BDT_COMPACT_SUCCESS);
	r.blocks = true;
	assert_int_not_equal(bdt_compact_suitable(&f.cz, &r, 100000).result, BDT_COMPACT_SUCCESS);
	bdt_zone_insert(f.z, BASE + 4 * NPB, 9, UNMOVABLE, BDT_TAIL, true);
	assert_int_equal(bdt_compact_finished(&cc), BDT_COMPACT_SUCCESS);
	assert_int_equal(bdt_compact_suitable(&f.cz, &r, 100000).result, BDT_COMPACT_SUCCESS);
	close_fixture(&f);
}

static void migration_waits_by_mode(void **state)
{
	(void)state;
	assert_int_equal(bdt_migrate_attempt(BDT_MIGRATE_ASYNC, BDT_OBSTACLE_LOCKED, false),
			 BDT_MIGRATE_AGAIN);
	assert_int_equal(bdt_migrate_attempt(BDT_MIGRATE_SYNC_LIGHT, BDT_OBSTACLE_LOCKED, false),
			 BDT_MIGRATE_MOVED);
	assert_int_equal(bdt_migrate_attempt(BDT_MIGRATE_SYNC_LIGHT, BDT_OBSTACLE_LOCKED, true),
			 BDT_MIGRATE_AGAIN);
	assert_int_equal(bdt_migrate_attempt(BDT_MIGRATE_SYNC_LIGHT, BDT_OBSTACLE_WRITEBACK, false),
			 BDT_MIGRATE_FAILED);
	assert_int_equal(bdt_migrate_attempt(BDT_MIGRATE_SYNC, BDT_OBSTACLE_WRITEBACK, false),
			 BDT_MIGRATE_MOVED);
	assert_int_equal(bdt_migrate_passes(BDT_MIGRATE_SYNC, true).async, 3);
	assert_int_equal(bdt_migrate_passes(BDT_MIGRATE_SYNC, true).sync, 7);
	assert_int_equal(bdt_migrate_passes(BDT_MIGRATE_ASYNC, false).async, 10);
}

/* The share of failures is kept, by whole batches, and learnt from what was observed. */
static void migration_failures_are_calibrated(void **state)
{
	struct bdt_migrate_failures f;
	uint64_t failed = 0;

	(void)state;
	bdt_migrate_failures_init(&f);
	for (int i = 0; i < 1000; i++) {
		uint64_t now = bdt_migrate_failures_next(&f, BDT_MIGRATE_ASYNC, 10);

		assert_true(!now || now == 10);
		failed += now;
	}
	assert_int_equal(failed, 200);
	bdt_migrate_failures_learn(&f, BDT_MIGRATE_SYNC, 135647, 156);
	assert_true(f.mode[BDT_MIGRATE_SYNC].failed == 161);
	failed = 0;
	for (int i = 0; i < 17101; i++)
		failed += bdt_migrate_failures_next(&f, BDT_MIGRATE_SYNC, 32);
	assert_int_equal(failed, 160 * 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fragmentation_index),
		cmocka_unit_test(unusable_index),
		cmocka_unit_test(proactive_thresholds),
		cmocka_unit_test(deferral_doubles),
		cmocka_unit_test(result_numbers),
		cmocka_unit_test(suitable_needs_the_gap),
		cmocka_unit_test(suitable_asks_the_index),
		cmocka_unit_test(run_ends),
		cmocka_unit_test(full_run_is_complete),
		cmocka_unit_test(defrag_mode_wants_blocks),
		cmocka_unit_test(migration_waits_by_mode),
		cmocka_unit_test(migration_failures_are_calibrated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
