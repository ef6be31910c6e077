/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where kernels differ: the same small case for each profile, with what its kernel makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel_world.h"
#include "model/cma.h"
#include "model/dump.h"
#include "model/grouping.h"
#include "model/highatomic.h"
#include "model/isolate.h"
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void ten_single_pages_ascend(void **state)
{
	struct bdt_choice c;

	(void)state;
	FOR_EACH_KERNEL(w)
	{
		world_put(&w, 0, 10, w.movable);
		for (unsigned int i = 0; i <= 10; i++) {
			assert_true(world_request(&w, 0, w.movable, 0, &c));
			assert_int_equal(c.pfn, WORLD_BASE + i);
		}
	}
}

static void merge_likely_puts_last(void **state)
{
	(void)state;
	FOR_EACH_KERNEL(w)
	{
		world_put(&w, 64, 0, w.movable);
		world_put(&w, 2, 1, w.movable);
		bdt_buddy_free(w.z, WORLD_BASE, 0, w.movable, 0);
		assert_int_equal(w.z->list[w.movable][0].tail, 0);
		bdt_zone_delete(w.z, WORLD_BASE + 2);
		bdt_zone_delete(w.z, WORLD_BASE);
		world_put(&w, 2, 0, w.movable);
		bdt_buddy_free(w.z, WORLD_BASE, 0, w.movable, 0);
		assert_int_equal(w.z->list[w.movable][0].head, 0);
	}
}

static void reserved_pageblocks_and_others(void **state)
{
	/* does a freed movable pageblock merge with one that is isolated, CMA or kept back? */
	static const struct {
		bool isolated, cma, kept;
	} want[KERNELS] = { { true, true, true }, { false, true, true }, { false, true, true } };

	(void)state;
	FOR_EACH_KERNEL(w)
	{
		const bdt_migratetype types[] = { w.z->isolate, w.z->cma, w.profile.highatomic };
		const bool merges[] = { want[kernel].isolated, want[kernel].cma, want[kernel].kept };

		for (unsigned int i = 0; i < 3; i++) {
			bdt_pfn at = 2 * WORLD_PB * i;

			world_put(&w, at, 9, types[i]);
			bdt_buddy_free(w.z, WORLD_BASE + at + WORLD_PB, 9, w.movable, 0);
			assert_int_equal(w.z->list[types[i]][9].nr_free, !merges[i]);
		}
	}
}

static void large_frees_are_cut(void **state)
{
	(void)state;
	FOR_EACH_KERNEL(w)
	{
		bdt_zone_set_type(w.z, WORLD_BASE, w.z->cma, false);
		bdt_buddy_free_by_type(w.z, WORLD_BASE, 10, 0);
		assert_int_equal(w.z->list[w.z->cma][10].nr_free, kernel < 4);
		assert_int_equal(w.z->list[w.z->cma][9].nr_free, kernel >= 4);
		assert_int_equal(w.z->list[w.movable][9].nr_free, kernel >= 4);
	}
}

static void free_to_the_tail(void **state)
{
	(void)state;
	FOR_EACH_KERNEL(w)
	{
		world_put(&w, 8, 0, w.movable);
		bdt_buddy_free(w.z, WORLD_BASE, 0, w.movable, BT_FREE_TO_TAIL);
		assert_int_equal(w.z->list[w.movable][0].head, kernel < 2 ? 0 : 8);
	}
}

static void cma_serves_movable_requests(void **state)
{
	struct bdt_choice c;

	(void)state;
	FOR_EACH_KERNEL(w)
	{
		bool apart = bdt_cma_apart(w.z);

		bdt_cma_add_pageblock(w.z, WORLD_BASE);
		assert_int_equal(w.z->nr_free_cma, WORLD_PB);
		assert_false(world_request(&w, 0, w.unmovable, BT_REQUEST_CMA * !apart, &c));
		world_put(&w, WORLD_PB, 6, w.movable);
		assert_true(world_request(&w, 0, w.movable, BT_REQUEST_CMA, &c));
		/* from 5.8 on CMA goes first as long as it has more than half */
		assert_int_equal(c.source, kernel < 2 ? BDT_FROM_OWN : BDT_FROM_CMA);
		while (w.z->nonempty[w.movable] &&
		       bdt_zone_first(w.z, bdt_zone_smallest(w.z, 0, w.movable), w.movable, &c.block))
			bdt_zone_delete(w.z, c.block.pfn);
		assert_int_equal(world_request(&w, 0, w.movable, 0, &c), !apart);
		assert_true(world_request(&w, 0, w.movable, BT_REQUEST_CMA, &c));
		assert_int_equal(c.source, apart ? BDT_FROM_CMA : BDT_FROM_STEAL);
		assert_int_equal(w.z->free_pages, w.z->nr_free_cma);
	}
}

static void highatomic_is_kept_and_given_up(void **state)
{
	static const uint64_t limits[2] = { 10485 + WORLD_PB, 21 * WORLD_PB };
	struct bdt_choice c;

	(void)state;
	FOR_EACH_KERNEL(w)
	{
		if (w.profile.reserve)
			continue;
		assert_int_equal(bdt_highatomic_limit(w.z), limits[w.profile.highatomic_aligned]);
		world_put(&w, 0, 8, w.movable);
		assert_true(world_request(&w, 2, w.movable, 0, &c));
		assert_true(bdt_highatomic_reserve(w.z, c.pfn, 2));
		assert_false(bdt_highatomic_reserve(w.z, c.pfn, 2));
		assert_int_equal(w.z->nr_reserved_highatomic, WORLD_PB);
		assert_int_equal(w.z->nr_free_highatomic, 252);
		assert_false(world_request(&w, 0, w.movable, 0, &c));
		assert_true(world_request(&w, 0, w.movable, BT_REQUEST_HIGHATOMIC, &c));
		assert_int_equal(c.source, BDT_FROM_RESERVED);
		assert_true(world_request(&w, 0, w.movable, BT_REQUEST_RESERVES, &c));
		assert_int_equal(bdt_highatomic_unreserve(w.z, w.unmovable, false), 0);
		assert_int_equal(bdt_highatomic_unreserve(w.z, w.unmovable, true), 250);
		assert_int_equal(w.z->nr_reserved_highatomic, 0);
		assert_int_equal(bdt_zone_type(w.z, WORLD_BASE), w.unmovable);
		w.z->managed = 100 * WORLD_PB - 1;
		assert_int_equal(bdt_highatomic_limit(w.z),
				 w.profile.highatomic_aligned ? 0 : 2 * WORLD_PB - 1);
	}
}

/* 4.0: two pageblocks at most, the first movable ones; only what fails everywhere else comes from there. */
static void reserve_is_the_last_resort(void **state)
{
	struct world w;
	struct bdt_choice c;

	(void)state;
	world_create(&w, 0);
	bdt_zone_set_type(w.z, WORLD_BASE, w.unmovable, false);
	world_put(&w, WORLD_PB, 4, w.movable);
	bdt_highatomic_set_aside(w.z, 100000, NULL, NULL);
	assert_int_equal(w.z->nr_reserved_highatomic, 2);
	assert_int_equal(bdt_zone_type(w.z, WORLD_BASE + WORLD_PB), 3);
	assert_int_equal(bdt_zone_type(w.z, WORLD_BASE + 2 * WORLD_PB), 3);
	assert_int_equal(bdt_zone_type(w.z, WORLD_BASE + 3 * WORLD_PB), w.movable);
	assert_true(world_request(&w, 0, w.reclaimable, 0, &c));
	assert_int_equal(c.source, BDT_FROM_RESERVED);
	bdt_highatomic_set_aside(w.z, 0, NULL, NULL);
	assert_int_equal(bdt_zone_type(w.z, WORLD_BASE + WORLD_PB), w.movable);
	assert_true(world_request(&w, 0, w.movable, 0, &c));
	assert_int_equal(c.source, BDT_FROM_OWN);
	world_destroy(&w);
}

static void isolation_hides_a_pageblock(void **state)
{
	struct bdt_choice c;
	struct bdt_block b;

	(void)state;
	FOR_EACH_KERNEL(w)
	{
		world_put(&w, 0, 10, w.reclaimable);
		assert_true(bdt_isolate_pageblock(w.z, WORLD_BASE));
		assert_false(bdt_isolate_pageblock(w.z, WORLD_BASE));
		assert_int_equal(w.z->nr_isolate_pageblock, 1);
		/* before 6.10 the block goes as a whole */
		assert_int_equal(w.z->nr_free_isolate, kernel < 4 ? 2 * WORLD_PB : WORLD_PB);
		assert_int_equal(bdt_zone_nr_free(w.z), kernel < 4 ? 0 : WORLD_PB);
		assert_int_equal(world_request(&w, 10, w.reclaimable, 0, &c), false);
		bdt_unisolate_pageblock(w.z, WORLD_BASE, w.movable);
		assert_int_equal(w.z->nr_isolate_pageblock, 0);
		assert_true(bdt_zone_find(w.z, WORLD_BASE + WORLD_PB, &b));
		assert_int_equal(b.order, 10);
		assert_int_equal(bdt_zone_type(w.z, WORLD_BASE),
				 w.profile.isolate_bit ? w.reclaimable : w.movable);
	}
}

/* Without grouping everything is unmovable, and every pageblock is claimed. */
static void no_grouping(void **state)
{
	struct bdt_choice c;

	(void)state;
	FOR_EACH_KERNEL(w)
	{
		assert_false(bdt_grouping_is_off(w.z, 6 * WORLD_PB));
		assert_true(bdt_grouping_is_off(w.z, 6 * WORLD_PB - 1));
		w.z->grouping_off = true;
		assert_int_equal(bdt_grouping_type(w.z, w.movable), w.unmovable);
		assert_int_equal(bdt_grouping_type(w.z, w.z->cma), w.z->cma);
		bdt_zone_insert(w.z, WORLD_BASE, 0, w.movable, BDT_HEAD, true);
		bdt_zone_mark(w.z, WORLD_BASE + 1, 8, BT_ZP_MOVABLE, 0);
		assert_true(world_request(&w, 0, w.unmovable, 0, &c));
		assert_int_equal(c.source, BDT_FROM_CLAIM);
		assert_int_equal(bdt_zone_type(w.z, WORLD_BASE), w.unmovable);
	}
}

static void capture_takes_what_merges(void **state)
{
	(void)state;
	FOR_EACH_KERNEL(w)
	{
		struct bdt_capture c = { 3, w.movable, BT_PFN_NONE, 0 };
		struct bdt_block b;

		w.z->capture = &c;
		bdt_zone_set_type(w.z, WORLD_BASE, w.movable, false);
		for (bdt_pfn p = 0; p < 8; p++)
			b = bdt_buddy_free(w.z, WORLD_BASE + p, 0, w.movable, 0);
		assert_int_equal(c.pfn, WORLD_BASE);
		assert_int_equal(b.order, 3);
		assert_int_equal(w.z->free_pages, 0);
		/* another one goes its way */
		bdt_buddy_free(w.z, WORLD_BASE + 16, 3, w.movable, 0);
		assert_int_equal(w.z->free_pages, 8);
		/* a request of another type would pollute a movable pageblock */
		c = (struct bdt_capture){ 3, w.unmovable, BT_PFN_NONE, 0 };
		bdt_buddy_free(w.z, WORLD_BASE + 32, 3, w.movable, 0);
		assert_int_equal(c.pfn, BT_PFN_NONE);
	}
}

static void shuffling_picks_either_end(void **state)
{
	unsigned int heads = 0;

	(void)state;
	FOR_EACH_KERNEL(w)
	{
		w.z->shuffle = 1;
		for (bdt_pfn p = 0; p < 16 * WORLD_PB; p += 2 * WORLD_PB) {
			bdt_buddy_free(w.z, WORLD_BASE + p, 10, w.movable, 0);
			heads += p && w.z->list[w.movable][10].head == p;
		}
	}
	assert_true(heads > KERNELS && heads < KERNELS * 6);
}

static char *dump(const struct bdt_zone *z)
{
	struct bdt_buf text = { 0 };

	assert_int_equal(bdt_zone_dump(z, &text), 0);
	bdt_buf_put(&text, "", 1);
	return (char *)text.data;
}

static void dump_tells_lists_apart(void **state)
{
	char *first, *second;

	(void)state;
	FOR_EACH_KERNEL(w)
	{
		struct bdt_zone_hash one, two;

		world_put(&w, 0, 0, w.movable);
		world_put(&w, 8, 0, w.movable);
		one = bdt_zone_hash(w.z);
		first = dump(w.z);
		assert_non_null(strstr(first, "list: order=0 type="));
		assert_non_null(strstr(first, "\npageblocks: type="));
		bdt_zone_make_first(w.z, WORLD_BASE + 8);
		two = bdt_zone_hash(w.z);
		second = dump(w.z);
		assert_true(one.set == two.set && one.ordered != two.ordered);
		assert_string_not_equal(first, second);
		assert_string_equal(strchr(strstr(second, "\nhash: set=") + 1, '\n'), "\n");
		free(second);
		bdt_zone_make_first(w.z, WORLD_BASE);
		second = dump(w.z);
		assert_string_equal(first, second);
		bdt_zone_set_type(w.z, WORLD_BASE + WORLD_PB, w.unmovable, false);
		assert_true(bdt_zone_hash(w.z).set != one.set);
		free(first);
		free(second);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_single_pages_ascend),
		cmocka_unit_test(merge_likely_puts_last),
		cmocka_unit_test(reserved_pageblocks_and_others),
		cmocka_unit_test(large_frees_are_cut),
		cmocka_unit_test(free_to_the_tail),
		cmocka_unit_test(cma_serves_movable_requests),
		cmocka_unit_test(highatomic_is_kept_and_given_up),
		cmocka_unit_test(reserve_is_the_last_resort),
		cmocka_unit_test(isolation_hides_a_pageblock),
		cmocka_unit_test(no_grouping),
		cmocka_unit_test(capture_takes_what_merges),
		cmocka_unit_test(shuffling_picks_either_end),
		cmocka_unit_test(dump_tells_lists_apart),
	};

	return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
