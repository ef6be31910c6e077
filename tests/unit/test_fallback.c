/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a request takes from the lists of other types: the same small case for each profile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel_world.h"
#include "model/fallback.h"
#include <cmocka.h>

/* A movable request that finds unmovable blocks of order 1 and 3 only. */
static void small_steal(void **state)
{
	/* where the page comes from, and the list that the rest of its block goes to */
	static const struct {
		bdt_pfn page;
		bool rest_movable;
	} want[KERNELS] = { { 0, true },   { 16, true },  { 16, true },  { 16, true },
			    { 16, false }, { 16, false }, { 16, false }, { 16, false } };
	struct bdt_extfrag event;
	struct bdt_choice c;
	struct bdt_block b;

	(void)state;
	FOR_EACH_KERNEL(w)
	{
		struct bdt_request rq = { 0, w.movable, 0 };

		world_put(&w, 0, 3, w.unmovable);
		world_put(&w, 16, 1, w.unmovable);
		assert_true(world_request(&w, 0, w.movable, 0, &c));
		assert_int_equal(c.pfn, WORLD_BASE + want[kernel].page);
		assert_int_equal(c.source, BDT_FROM_STEAL);
		assert_true(bdt_zone_head(w.z, c.pfn + 1, &b));
		assert_int_equal(b.mt, want[kernel].rest_movable ? w.movable : w.unmovable);
		assert_true(bdt_fallback_event(w.z, &rq, &c, &event));
		assert_true(event.fragmenting && !event.change_ownership);
		assert_int_equal(event.fallback_migratetype, w.unmovable);
		assert_int_equal(event.pfn, WORLD_BASE + want[kernel].page);
	}
}

/* An unmovable request and one movable block of order 10. */
static void whole_claim(void **state)
{
	struct bdt_extfrag event;
	struct bdt_choice c;

	(void)state;
	FOR_EACH_KERNEL(w)
	{
		struct bdt_request rq = { 0, w.unmovable, BT_REQUEST_NOFRAGMENT };

		world_put(&w, 0, 10, w.movable);
		assert_true(world_request(&w, 0, w.unmovable, rq.flags, &c));
		assert_int_equal(c.pfn, WORLD_BASE);
		assert_int_equal(c.source, BDT_FROM_CLAIM);
		assert_int_equal(c.fallback_order, 10);
		assert_int_equal(c.boosts, 0);
		assert_int_equal(bdt_zone_type(w.z, WORLD_BASE), w.unmovable);
		assert_int_equal(bdt_zone_type(w.z, WORLD_BASE + WORLD_PB), w.unmovable);
		assert_true(bdt_fallback_event(w.z, &rq, &c, &event));
		assert_true(!event.fragmenting && event.change_ownership);
		assert_true(world_request(&w, 0, w.unmovable, 0, &c));
		assert_int_equal(c.pfn, WORLD_BASE + 1);
		assert_false(bdt_fallback_event(w.z, &rq, &c, &event));
	}
}

/* 300 pages of a movable pageblock are free, in blocks of order 8, 5, 3 and twice 1. */
static void partial_claim(void **state)
{
	/* 4.0 takes the candidate; later ones the smallest block, which is the last one where moves go to the
	 * head */
	static const bdt_pfn want[KERNELS] = { 0, 336, 332, 332, 332, 332, 332, 332 };
	struct bdt_choice c;

	(void)state;
	FOR_EACH_KERNEL(w)
	{
		world_put(&w, 0, 8, w.movable);
		world_put(&w, 256, 5, w.movable);
		world_put(&w, 320, 3, w.movable);
		world_put(&w, 332, 1, w.movable);
		world_put(&w, 336, 1, w.movable);
		w.z->boost_limit = 10 * WORLD_PB;
		assert_true(world_request(&w, 0, w.unmovable, BT_REQUEST_KSWAPD, &c));
		assert_int_equal(c.pfn, WORLD_BASE + want[kernel]);
		assert_int_equal(c.source, BDT_FROM_CLAIM);
		assert_int_equal(bdt_zone_type(w.z, WORLD_BASE), w.unmovable);
		assert_int_equal(w.z->list[w.unmovable][5].nr_free, 1 + (kernel == 0));
		assert_int_equal(w.z->watermark_boost, kernel ? WORLD_PB : 0);
		assert_int_equal(w.z->boosted, kernel > 0);
	}
}

/* The same with 36 pages of order 5 and 2, and movable pages in the rest: not enough to claim. */
static void too_little_to_claim(void **state)
{
	static const bdt_pfn want[KERNELS] = { 0, 64, 64, 64, 0, 64, 64, 64 };
	struct bdt_choice c;

	(void)state;
	FOR_EACH_KERNEL(w)
	{
		bool moves = !w.profile.list_is_block_type;

		world_put(&w, 0, 5, w.movable);
		world_put(&w, 64, 2, w.movable);
		bdt_zone_mark(w.z, WORLD_BASE + 68, 8, BT_ZP_MOVABLE, 0);
		bdt_zone_mark(w.z, WORLD_BASE + 324, 7, BT_ZP_MOVABLE, 0);
		assert_true(world_request(&w, 0, w.unmovable, 0, &c));
		assert_int_equal(c.pfn, WORLD_BASE + want[kernel]);
		assert_int_equal(c.source, BDT_FROM_STEAL);
		assert_int_equal(bdt_zone_type(w.z, WORLD_BASE), w.movable);
		/* the other block stays, or changes lists without the pageblock */
		assert_int_equal(w.z->nonempty[w.movable] != 0, !moves);
		assert_int_equal(w.z->nonempty[w.unmovable] != 0, moves);
	}
}

static void nofragment_refuses_small_blocks(void **state)
{
	struct bdt_choice c;

	(void)state;
	FOR_EACH_KERNEL(w)
	{
		bool knows = w.profile.nofragment >= BDT_NOFRAGMENT_ALWAYS;

		world_put(&w, 0, 8, w.movable);
		assert_int_equal(world_request(&w, 0, w.unmovable, BT_REQUEST_NOFRAGMENT, &c), !knows);
		assert_int_equal(w.z->free_pages, knows ? 256 : 255);
	}
}

/* Blocks of all sizes and types, those of whole pageblocks too. */
static void put_some_of_all(struct world *w)
{
	const bdt_migratetype last = w->profile.highatomic;

	world_put(w, 0, 3, w->movable);
	world_put(w, 64, 1, w->movable);
	world_put(w, WORLD_PB, 8, w->unmovable);
	world_put(w, WORLD_PB + 300, 2, w->unmovable);
	world_put(w, 2 * WORLD_PB, 9, w->reclaimable);
	world_put(w, 3 * WORLD_PB + 16, 4, w->reclaimable);
	world_put(w, 4 * WORLD_PB, 10, w->movable);
	world_put(w, 6 * WORLD_PB, 0, w->unmovable);
	world_put(w, 7 * WORLD_PB, 5, last);
}

/* A refill ends where it was said that no more is to be had. */
static void obtainable_is_what_a_refill_gets(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 4 * 3 * 2; i++) {
		FOR_EACH_KERNEL(w)
		{
			const bdt_migratetype types[] = { w.unmovable, w.movable, w.reclaimable };
			struct bdt_request rq = { i % 4, types[i / 4 % 3],
						  i / 12 ? BT_REQUEST_NOFRAGMENT : 0 };
			enum bdt_rmqueue_mode mode = BDT_RMQUEUE_NORMAL;
			uint64_t want, got = 0;

			put_some_of_all(&w);
			want = bdt_fallback_obtainable(w.z, &rq);
			assert_true(want > 0);
			while (bdt_rmqueue(w.z, &rq, &mode, NULL))
				got++;
			assert_int_equal(got, want);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_steal),
		cmocka_unit_test(whole_claim),
		cmocka_unit_test(partial_claim),
		cmocka_unit_test(too_little_to_claim),
		cmocka_unit_test(nofragment_refuses_small_blocks),
		cmocka_unit_test(obtainable_is_what_a_refill_gets),
	};

	return cmocka_run_group_tests_name("fallback", tests, NULL, NULL);
}
