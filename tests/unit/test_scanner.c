/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scanners of compaction: where they go, what they take, which pageblocks they mark. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "compact_fixture.h"
#include "model/scanner.h"
#include <cmocka.h>

static bool all_movable(const void *user, bdt_pfn pfn)
{
	(void)user;
	(void)pfn;
	return true;
}

static const struct bdt_pages movable_pages = { .movable = all_movable };

static void source_scan_takes_a_cluster(void **state)
{
	struct fixture f;
	struct bdt_compact_control cc;
	struct bdt_fast_source fast;
	struct bdt_scan s;
	bdt_pfn start, end;

	(void)state;
	open_fixture(&f, "6.12.107");
	bdt_zone_insert(f.z, BASE + 8, 3, MOVABLE, BDT_TAIL, true);
	cc = bdt_compact_control(&f.cz, BDT_COMPACT_KCOMPACTD, 0, 3);
	bdt_compact_begin(&cc);
	assert_true(bdt_source_next(&cc, &movable_pages, &start, &end, &fast));
	s = bdt_source_scan(&cc, &movable_pages, start, end, NULL);
	assert_int_equal(s.start, BASE);
	assert_int_equal(s.end, BASE + 40);
	assert_int_equal(s.taken, 32);
	assert_int_equal(s.scanned, 40);
	bdt_source_scanned(&cc, &s, end);
	assert_int_equal(cc.migrate_pfn, BASE + 40);
	/* the rest of the pageblock in one go */
	cc.finish_pageblock = true;
	cc.nr_migratepages = 0;
	s = bdt_source_scan(&cc, &movable_pages, BASE + 40, end, NULL);
	assert_int_equal(s.taken, NPB - 40);
	close_fixture(&f);
}

/* The fast search of 6.1 marks the pageblock that it finds, and the scanner then leaves it out. */
static void fast_source_of_6_1_is_left_out(void **state)
{
	struct fixture f;
	struct bdt_compact_control cc;
	struct bdt_fast_source fast;
	struct bdt_scan s;
	bdt_pfn start, end;

	(void)state;
	open_fixture(&f, "6.1.50");
	bdt_zone_insert(f.z, BASE + 4 * NPB, 4, MOVABLE, BDT_TAIL, true);
	cc = bdt_compact_control(&f.cz, BDT_COMPACT_KCOMPACTD, 0, 9);
	bdt_compact_begin(&cc);
	assert_true(bdt_source_next(&cc, &movable_pages, &start, &end, &fast));
	assert_true(fast.found);
	assert_int_equal(start, BASE + 4 * NPB);
	s = bdt_source_scan(&cc, &movable_pages, start, end, NULL);
	assert_int_equal(s.taken, 0);
	assert_int_equal(s.scanned, 1);
	assert_int_equal(s.end, end);
	close_fixture(&f);
}

static void target_stride_doubles(void **state)
{
	struct fixture f;
	struct bdt_compact_control cc;
	struct bdt_target_walk w;
	struct bdt_scan s;

	(void)state;
	open_fixture(&f, "6.1.50");
	bdt_zone_insert(f.z, BASE + 12 * NPB + 4, 0, MOVABLE, BDT_TAIL, true);
	cc = bdt_compact_control(&f.cz, BDT_COMPACT_MEMORY, 0, BT_ORDER_ALL);
	bdt_compact_begin(&cc);
	cc.nr_migratepages = 32;
	bdt_target_begin(&cc, &w);
	for (unsigned int scanned = NPB; scanned > NPB / 8; scanned /= 2) {
		assert_true(bdt_target_next(&cc, &w));
		s = bdt_target_scan(&cc, &movable_pages, &w, NULL, NULL);
		assert_int_equal(s.scanned, scanned);
		bdt_target_scanned(&cc, &w, &s);
	}
	assert_int_equal(w.stride, 8);
	assert_true(bdt_target_next(&cc, &w));
	/* page 4 is between those that are looked at */
	assert_int_equal(bdt_target_scan(&cc, &movable_pages, &w, NULL, NULL).taken, 0);
	close_fixture(&f);
}

static void fast_target_prefers_the_upper_quarter(void **state)
{
	struct fixture f;
	struct bdt_compact_control cc;
	struct bdt_fast_target t;

	(void)state;
	open_fixture(&f, "6.12.107");
	bdt_zone_insert(f.z, BASE + 14 * NPB, 2, MOVABLE, BDT_TAIL, true);
	bdt_zone_insert(f.z, BASE + 9 * NPB, 2, MOVABLE, BDT_TAIL, true);
	cc = bdt_compact_control(&f.cz, BDT_COMPACT_KCOMPACTD, 0, 9);
	bdt_compact_begin(&cc);
	cc.nr_migratepages = 32;
	t = bdt_target_fast(&cc);
	assert_true(t.found && t.preferred);
	assert_int_equal(t.pfn, BASE + 14 * NPB);
	/* two blocks looked at, and the three other pages of the one taken */
	assert_int_equal(t.scan.scanned, 5);
	assert_int_equal(t.scan.taken, 4);
	assert_int_equal(t.n, 1);
	bdt_target_fast_done(&cc, &t);
	assert_int_equal(cc.nr_freepages, 4);
	assert_int_equal(cc.search_order, 2);
	close_fixture(&f);
}

/* How many blocks of a list a fast search for targets looks at, and what it does with what it saw. */
static struct bdt_fast_target search(const char *release, bdt_pfn init_free, bool direct,
				     void (*prepare)(struct fixture *f))
{
	struct bdt_compact_control cc;
	struct bdt_fast_target t;
	struct fixture f;

	open_fixture(&f, release);
	f.cz.init_free = init_free;
	prepare(&f);
	cc = bdt_compact_control(&f.cz, direct ? BDT_COMPACT_DIRECT : BDT_COMPACT_KCOMPACTD,
				 BDT_COMPACT_PRIO_SYNC_LIGHT, 9);
	bdt_compact_begin(&cc);
	cc.nr_migratepages = 32;
	t = bdt_target_fast(&cc);
	bdt_target_fast_done(&cc, &t);
	/* the scanner goes on where the search says */
	if (!t.found)
		assert_int_equal(cc.free_pfn, t.free_pfn == BT_PFN_NONE ? BASE + 15 * NPB : t.free_pfn);
	close_fixture(&f);
	return t;
}

/* The last block of the list lies low, the one before it where targets are wanted. */
static void low_behind_high(struct fixture *f)
{
	bdt_zone_insert(f->z, BASE + 14 * NPB, 2, MOVABLE, BDT_TAIL, true);
	bdt_zone_insert(f->z, BASE + 1 * NPB, 2, MOVABLE, BDT_TAIL, true);
}

static void fast_target_of_5_10_looks_once(void **state)
{
	(void)state;
	assert_false(search("5.10.223", BASE + 16 * NPB, false, low_behind_high).found);
	assert_true(search("6.1.192", BASE + 16 * NPB, false, low_behind_high).found);
	/* from where the scanner began once all look at half a pageblock's worth */
	assert_true(search("5.10.223", 0, false, low_behind_high).found);
}

static void low_only(struct fixture *f)
{
	bdt_zone_insert(f->z, BASE + 1 * NPB, 2, MOVABLE, BDT_TAIL, true);
	bdt_zone_set_type(f->z, BASE + 7 * NPB, UNMOVABLE, false);
}

/* Nothing was found: what is searched next, when the scanner is where it began once. */
static void fast_target_goes_on(void **state)
{
	struct bdt_fast_target t;

	(void)state;
	/* the highest that was seen, before 5.19 however low */
	t = search("5.10.223", 0, true, low_only);
	assert_int_equal(t.around, BASE + NPB);
	t = search("6.1.192", 0, false, low_only);
	assert_int_equal(t.around, BT_PFN_NONE);
	assert_int_equal(t.free_pfn, BT_PFN_NONE);
	/* else the lowest that was wanted, from 6.8 on only if it can give targets */
	t = search("6.1.192", 0, true, low_only);
	assert_int_equal(t.around, BASE + 7 * NPB);
	t = search("6.12.107", 0, true, low_only);
	assert_int_equal(t.around, BT_PFN_NONE);
	assert_int_equal(t.free_pfn, BASE + 7 * NPB);
}

static bool odd_movable(const void *user, bdt_pfn pfn)
{
	(void)user;
	return pfn & 1;
}

static bool ninth_movable(const void *user, bdt_pfn pfn)
{
	(void)user;
	return pfn % NPB == 8;
}

static bool first_movable(const void *user, bdt_pfn pfn)
{
	(void)user;
	return pfn % NPB == 0;
}

static bool marks(const char *release, enum bdt_compact_trigger trigger,
		  bool (*movable)(const void *user, bdt_pfn pfn))
{
	const struct bdt_pages pages = { .movable = movable };
	struct bdt_compact_control cc;
	struct bdt_fast_source fast;
	struct fixture f;
	bdt_pfn start, end;
	struct bdt_scan s;
	bool marked;

	open_fixture(&f, release);
	cc = bdt_compact_control(&f.cz, trigger, BDT_COMPACT_PRIO_ASYNC, 3);
	cc.migratetype = MOVABLE;
	bdt_compact_begin(&cc);
	assert_true(bdt_source_next(&cc, &pages, &start, &end, &fast));
	s = bdt_source_scan(&cc, &pages, start, end, NULL);
	bdt_source_scanned(&cc, &s, end);
	marked = *bdt_compact_skip(&f.cz, start);
	close_fixture(&f);
	return marked;
}

/* Who isolates a page marks the pageblock; before 6.5 only with the very first page of it. */
static void source_scan_marks(void **state)
{
	(void)state;
	assert_true(marks("6.1.192", BDT_COMPACT_KCOMPACTD, all_movable));
	assert_false(marks("6.1.192", BDT_COMPACT_KCOMPACTD, odd_movable));
	assert_true(marks("6.12.107", BDT_COMPACT_KCOMPACTD, odd_movable));
	/* an async direct run puts back what it cannot complete: that counts, too */
	assert_false(marks("6.1.192", BDT_COMPACT_DIRECT, ninth_movable));
	assert_true(marks("6.1.192", BDT_COMPACT_DIRECT, first_movable));
	assert_true(marks("6.12.107", BDT_COMPACT_DIRECT, ninth_movable));
}

static bdt_order fills_the_third(const void *user, bdt_pfn pfn)
{
	(void)user;
	return pfn == BASE + 3 * NPB ? 9 : 0;
}

/* Which skip bits are cleared when kswapd goes to sleep, and where the next run begins. */
static void skip_bits_are_reset(void **state)
{
	const struct bdt_pages pages = { .movable = first_movable, .compound = fills_the_third };
	struct fixture f;

	(void)state;
	open_fixture(&f, "6.1.192");
	memset(f.cz.skip, 1, f.z->nblocks);
	bdt_zone_insert(f.z, BASE + 12 * NPB, 10, MOVABLE, BDT_TAIL, true);
	bdt_zone_set_type(f.z, BASE + 15 * NPB, UNMOVABLE, false);
	/* nobody asked for it */
	bdt_compact_reset_skip(&f.cz, &pages);
	assert_true(*bdt_compact_skip(&f.cz, BASE));
	f.cz.blockskip_flush = true;
	bdt_compact_reset_skip(&f.cz, &pages);
	assert_false(f.cz.blockskip_flush);
	assert_false(*bdt_compact_skip(&f.cz, BASE));
	assert_int_equal(f.cz.init_migrate, BASE);
	/* a huge page fills it */
	assert_true(*bdt_compact_skip(&f.cz, BASE + 3 * NPB));
	/* of a free block only the first page counts; the search comes down from the zone's last page */
	assert_true(*bdt_compact_skip(&f.cz, BASE + 15 * NPB));
	assert_false(*bdt_compact_skip(&f.cz, BASE + 12 * NPB));
	assert_int_equal(f.cz.init_free, BASE + 13 * NPB - 1);
	assert_int_equal(f.cz.cached_free, f.cz.init_free);
	close_fixture(&f);
}

static bool source_is_cma(const char *release, unsigned int alloc_flags, enum bdt_compact_priority prio)
{
	struct bdt_compact_control cc;
	struct bdt_fast_source fast;
	struct fixture f;
	bdt_pfn start, end;
	bool found;

	open_fixture(&f, release);
	bdt_zone_name_types(f.z, true, false);
	for (bdt_pfn p = BASE; p < BASE + 16 * NPB; p += NPB)
		bdt_zone_set_type(f.z, p, f.z->cma, false);
	cc = bdt_compact_control(&f.cz, BDT_COMPACT_DIRECT, prio, 3);
	cc.migratetype = MOVABLE;
	cc.alloc_flags = alloc_flags;
	bdt_compact_begin(&cc);
	found = bdt_source_next(&cc, &movable_pages, &start, &end, &fast);
	close_fixture(&f);
	return found;
}

/* CMA pageblocks are there for movable pages: sources, targets, and what is free in them ends a run. */
static void cma_counts_as_movable(void **state)
{
	struct bdt_compact_control cc;
	struct bdt_target_walk w;
	struct fixture f;

	(void)state;
	assert_true(source_is_cma("6.1.192", 0, BDT_COMPACT_PRIO_ASYNC));
	assert_true(source_is_cma("7.2.13", BT_ALLOC_CMA, BDT_COMPACT_PRIO_ASYNC));
	/* from 7.0 on not for requests that may not have them, however hard they try */
	assert_false(source_is_cma("7.2.13", 0, BDT_COMPACT_PRIO_ASYNC));
	assert_false(source_is_cma("7.2.13", 0, BDT_COMPACT_PRIO_SYNC_LIGHT));
	assert_true(source_is_cma("6.12.107", 0, BDT_COMPACT_PRIO_SYNC_LIGHT));

	open_fixture(&f, "6.1.192");
	bdt_zone_name_types(f.z, true, false);
	bdt_zone_set_type(f.z, BASE + 15 * NPB, f.z->cma, false);
	cc = bdt_compact_control(&f.cz, BDT_COMPACT_DIRECT, BDT_COMPACT_PRIO_SYNC_LIGHT, 9);
	cc.migratetype = MOVABLE;
	bdt_compact_begin(&cc);
	cc.nr_migratepages = 32;
	bdt_target_begin(&cc, &w);
	assert_true(bdt_target_next(&cc, &w));
	assert_int_equal(w.block_start, BASE + 15 * NPB);
	assert_int_equal(bdt_compact_finished(&cc), BDT_COMPACT_NO_SUITABLE_PAGE);
	bdt_zone_insert(f.z, BASE + 15 * NPB, 9, f.z->cma, BDT_TAIL, true);
	assert_int_equal(bdt_compact_finished(&cc), BDT_COMPACT_SUCCESS);
	cc.migratetype = UNMOVABLE;
	assert_int_equal(bdt_compact_finished(&cc), BDT_COMPACT_NO_SUITABLE_PAGE);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(source_scan_takes_a_cluster),
		cmocka_unit_test(fast_source_of_6_1_is_left_out),
		cmocka_unit_test(target_stride_doubles),
		cmocka_unit_test(fast_target_prefers_the_upper_quarter),
		cmocka_unit_test(fast_target_of_5_10_looks_once),
		cmocka_unit_test(fast_target_goes_on),
		cmocka_unit_test(source_scan_marks),
		cmocka_unit_test(skip_bits_are_reset),
		cmocka_unit_test(cma_counts_as_movable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
