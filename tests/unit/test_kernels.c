/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where kernels differ: the same small case for each profile, with what its kernel makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "model/cma.h"
#include "model/dump.h"
#include "model/grouping.h"
#include "model/highatomic.h"
#include "model/isolate.h"
#include "model/rmqueue.h"
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define BASE 0x100000ULL
#define NPB  512U
#define NR   8 /* profiles */

struct world {
	struct bdt_profile profile;
	struct bdt_zone *z;
	bdt_migratetype unmovable, movable, reclaimable;
};

/* Sixteen pageblocks, all busy and movable, with CMA and isolation built in. */
static void create(struct world *w, size_t profile)
{
	assert_int_equal(bdt_profile_find(bdt_profile_name(profile), &w->profile, NULL), 0);
	assert_int_equal(bdt_zone_create(&w->profile, BASE, BASE + 16 * NPB, 10, 9, &w->z), 0);
	bdt_zone_name_types(w->z, true, true);
	w->z->managed = 1 << 20;
	w->unmovable = w->profile.unmovable;
	w->movable = w->profile.movable;
	w->reclaimable = w->profile.reclaimable;
}

static void destroy(struct world *w)
{
	assert_null(bdt_zone_validate(w->z));
	bdt_zone_destroy(w->z);
}

#define FOR_EACH_KERNEL(w)                                   \
	for (struct world w, *once = NULL; !once; once = &w) \
		for (size_t kernel = 0; kernel < NR && (create(&w, kernel), 1); destroy(&w), kernel++)

static bool request(struct world *w, bdt_order order, bdt_migratetype mt, unsigned int flags,
		    struct bdt_choice *out)
{
	struct bdt_request rq = { order, mt, flags };
	enum bdt_rmqueue_mode mode = BDT_RMQUEUE_NORMAL;

	return bdt_rmqueue(w->z, &rq, &mode, out);
}

/* A free block in a pageblock of its type. */
static void put(struct world *w, bdt_pfn page, bdt_order order, bdt_migratetype mt)
{
	bdt_zone_set_type(w->z, BASE + page, mt, false);
	bdt_zone_insert(w->z, BASE + page, order, mt, BDT_TAIL, true);
}

static void there_are_eight(void **state)
{
	(void)state;
	assert_non_null(bdt_profile_name(NR - 1));
	assert_null(bdt_profile_name(NR));
}

static void ten_single_pages_ascend(void **state)
{
	struct bdt_choice c;

	(void)state;
	FOR_EACH_KERNEL(w)
	{
		put(&w, 0, 10, w.movable);
		for (unsigned int i = 0; i <= 10; i++) {
			assert_true(request(&w, 0, w.movable, 0, &c));
			assert_int_equal(c.pfn, BASE + i);
		}
	}
}

static void merge_likely_puts_last(void **state)
{
	(void)state;
	FOR_EACH_KERNEL(w)
	{
		put(&w, 64, 0, w.movable);
		put(&w, 2, 1, w.movable);
		bdt_buddy_free(w.z, BASE, 0, w.movable, 0);
		assert_int_equal(w.z->list[w.movable][0].tail, 0);
		bdt_zone_delete(w.z, BASE + 2);
		bdt_zone_delete(w.z, BASE);
		put(&w, 2, 0, w.movable);
		bdt_buddy_free(w.z, BASE, 0, w.movable, 0);
		assert_int_equal(w.z->list[w.movable][0].head, 0);
	}
}

/* A movable request that finds unmovable blocks of order 1 and 3 only. */
static void small_steal(void **state)
{
	/* where the page comes from, and the list that the rest of its block goes to */
	static const struct {
		bdt_pfn page;
		bool rest_movable;
	} want[NR] = { { 0, true },   { 16, true },  { 16, true },  { 16, true },
		       { 16, false }, { 16, false }, { 16, false }, { 16, false } };
	struct bdt_extfrag event;
	struct bdt_choice c;
	struct bdt_block b;

	(void)state;
	FOR_EACH_KERNEL(w)
	{
		struct bdt_request rq = { 0, w.movable, 0 };

		put(&w, 0, 3, w.unmovable);
		put(&w, 16, 1, w.unmovable);
		assert_true(request(&w, 0, w.movable, 0, &c));
		assert_int_equal(c.pfn, BASE + want[kernel].page);
		assert_int_equal(c.source, BDT_FROM_STEAL);
		assert_true(bdt_zone_head(w.z, c.pfn + 1, &b));
		assert_int_equal(b.mt, want[kernel].rest_movable ? w.movable : w.unmovable);
		assert_true(bdt_fallback_event(w.z, &rq, &c, &event));
		assert_true(event.fragmenting && !event.change_ownership);
		assert_int_equal(event.fallback_migratetype, w.unmovable);
		assert_int_equal(event.pfn, BASE + want[kernel].page);
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

		put(&w, 0, 10, w.movable);
		assert_true(request(&w, 0, w.unmovable, rq.flags, &c));
		assert_int_equal(c.pfn, BASE);
		assert_int_equal(c.source, BDT_FROM_CLAIM);
		assert_int_equal(c.fallback_order, 10);
		assert_int_equal(c.boosts, 0);
		assert_int_equal(bdt_zone_type(w.z, BASE), w.unmovable);
		assert_int_equal(bdt_zone_type(w.z, BASE + NPB), w.unmovable);
		assert_true(bdt_fallback_event(w.z, &rq, &c, &event));
		assert_true(!event.fragmenting && event.change_ownership);
		assert_true(request(&w, 0, w.unmovable, 0, &c));
		assert_int_equal(c.pfn, BASE + 1);
		assert_false(bdt_fallback_event(w.z, &rq, &c, &event));
	}
}

/* 300 pages of a movable pageblock are free, in blocks of order 8, 5, 3 and twice 1. */
static void partial_claim(void **state)
{
	/* 4.0 takes the candidate; later ones the smallest block, which is the last one where moves go to the
	 * head */
	static const bdt_pfn want[NR] = { 0, 336, 332, 332, 332, 332, 332, 332 };
	struct bdt_choice c;

	(void)state;
	FOR_EACH_KERNEL(w)
	{
		put(&w, 0, 8, w.movable);
		put(&w, 256, 5, w.movable);
		put(&w, 320, 3, w.movable);
		put(&w, 332, 1, w.movable);
		put(&w, 336, 1, w.movable);
		w.z->boost_limit = 10 * NPB;
		assert_true(request(&w, 0, w.unmovable, BT_REQUEST_KSWAPD, &c));
		assert_int_equal(c.pfn, BASE + want[kernel]);
		assert_int_equal(c.source, BDT_FROM_CLAIM);
		assert_int_equal(bdt_zone_type(w.z, BASE), w.unmovable);
		assert_int_equal(w.z->list[w.unmovable][5].nr_free, 1 + (kernel == 0));
		assert_int_equal(w.z->watermark_boost, kernel ? NPB : 0);
		assert_int_equal(w.z->boosted, kernel > 0);
	}
}

/* The same with 36 pages of order 5 and 2, and movable pages in the rest: not enough to claim. */
static void too_little_to_claim(void **state)
{
	static const bdt_pfn want[NR] = { 0, 64, 64, 64, 0, 64, 64, 64 };
	struct bdt_choice c;

	(void)state;
	FOR_EACH_KERNEL(w)
	{
		bool moves = !w.profile.list_is_block_type;

		put(&w, 0, 5, w.movable);
		put(&w, 64, 2, w.movable);
		bdt_zone_mark(w.z, BASE + 68, 8, BT_ZP_MOVABLE, 0);
		bdt_zone_mark(w.z, BASE + 324, 7, BT_ZP_MOVABLE, 0);
		assert_true(request(&w, 0, w.unmovable, 0, &c));
		assert_int_equal(c.pfn, BASE + want[kernel]);
		assert_int_equal(c.source, BDT_FROM_STEAL);
		assert_int_equal(bdt_zone_type(w.z, BASE), w.movable);
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

		put(&w, 0, 8, w.movable);
		assert_int_equal(request(&w, 0, w.unmovable, BT_REQUEST_NOFRAGMENT, &c), !knows);
		assert_int_equal(w.z->free_pages, knows ? 256 : 255);
	}
}

static void reserved_pageblocks_and_others(void **state)
{
	/* does a freed movable pageblock merge with one that is isolated, CMA or kept back? */
	static const struct {
		bool isolated, cma, kept;
	} want[NR] = { { true, true, true }, { false, true, true }, { false, true, true } };

	(void)state;
	FOR_EACH_KERNEL(w)
	{
		const bdt_migratetype types[] = { w.z->isolate, w.z->cma, w.profile.highatomic };
		const bool merges[] = { want[kernel].isolated, want[kernel].cma, want[kernel].kept };

		for (unsigned int i = 0; i < 3; i++) {
			bdt_pfn at = 2 * NPB * i;

			put(&w, at, 9, types[i]);
			bdt_buddy_free(w.z, BASE + at + NPB, 9, w.movable, 0);
			assert_int_equal(w.z->list[types[i]][9].nr_free, !merges[i]);
		}
	}
}

static void large_frees_are_cut(void **state)
{
	(void)state;
	FOR_EACH_KERNEL(w)
	{
		bdt_zone_set_type(w.z, BASE, w.z->cma, false);
		bdt_buddy_free_by_type(w.z, BASE, 10, 0);
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
		put(&w, 8, 0, w.movable);
		bdt_buddy_free(w.z, BASE, 0, w.movable, BT_FREE_TO_TAIL);
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

		bdt_cma_add_pageblock(w.z, BASE);
		assert_int_equal(w.z->nr_free_cma, NPB);
		assert_false(request(&w, 0, w.unmovable, BT_REQUEST_CMA * !apart, &c));
		put(&w, NPB, 6, w.movable);
		assert_true(request(&w, 0, w.movable, BT_REQUEST_CMA, &c));
		/* from 5.8 on CMA goes first as long as it has more than half */
		assert_int_equal(c.source, kernel < 2 ? BDT_FROM_OWN : BDT_FROM_CMA);
		while (w.z->nonempty[w.movable] &&
		       bdt_zone_first(w.z, bdt_zone_smallest(w.z, 0, w.movable), w.movable, &c.block))
			bdt_zone_delete(w.z, c.block.pfn);
		assert_int_equal(request(&w, 0, w.movable, 0, &c), !apart);
		assert_true(request(&w, 0, w.movable, BT_REQUEST_CMA, &c));
		assert_int_equal(c.source, apart ? BDT_FROM_CMA : BDT_FROM_STEAL);
		assert_int_equal(w.z->free_pages, w.z->nr_free_cma);
	}
}

static void highatomic_is_kept_and_given_up(void **state)
{
	static const uint64_t limits[2] = { 10485 + NPB, 21 * NPB };
	struct bdt_choice c;

	(void)state;
	FOR_EACH_KERNEL(w)
	{
		if (w.profile.reserve)
			continue;
		assert_int_equal(bdt_highatomic_limit(w.z), limits[w.profile.highatomic_aligned]);
		put(&w, 0, 8, w.movable);
		assert_true(request(&w, 2, w.movable, 0, &c));
		assert_true(bdt_highatomic_reserve(w.z, c.pfn, 2));
		assert_false(bdt_highatomic_reserve(w.z, c.pfn, 2));
		assert_int_equal(w.z->nr_reserved_highatomic, NPB);
		assert_int_equal(w.z->nr_free_highatomic, 252);
		assert_false(request(&w, 0, w.movable, 0, &c));
		assert_true(request(&w, 0, w.movable, BT_REQUEST_HIGHATOMIC, &c));
		assert_int_equal(c.source, BDT_FROM_RESERVED);
		assert_true(request(&w, 0, w.movable, BT_REQUEST_RESERVES, &c));
		assert_int_equal(bdt_highatomic_unreserve(w.z, w.unmovable, false), 0);
		assert_int_equal(bdt_highatomic_unreserve(w.z, w.unmovable, true), 250);
		assert_int_equal(w.z->nr_reserved_highatomic, 0);
		assert_int_equal(bdt_zone_type(w.z, BASE), w.unmovable);
		w.z->managed = 100 * NPB - 1;
		assert_int_equal(bdt_highatomic_limit(w.z), w.profile.highatomic_aligned ? 0 : 2 * NPB - 1);
	}
}

/* 4.0: two pageblocks at most, the first movable ones; only what fails everywhere else comes from there. */
static void reserve_is_the_last_resort(void **state)
{
	struct world w;
	struct bdt_choice c;

	(void)state;
	create(&w, 0);
	bdt_zone_set_type(w.z, BASE, w.unmovable, false);
	put(&w, NPB, 4, w.movable);
	bdt_highatomic_set_aside(w.z, 100000, NULL, NULL);
	assert_int_equal(w.z->nr_reserved_highatomic, 2);
	assert_int_equal(bdt_zone_type(w.z, BASE + NPB), 3);
	assert_int_equal(bdt_zone_type(w.z, BASE + 2 * NPB), 3);
	assert_int_equal(bdt_zone_type(w.z, BASE + 3 * NPB), w.movable);
	assert_true(request(&w, 0, w.reclaimable, 0, &c));
	assert_int_equal(c.source, BDT_FROM_RESERVED);
	bdt_highatomic_set_aside(w.z, 0, NULL, NULL);
	assert_int_equal(bdt_zone_type(w.z, BASE + NPB), w.movable);
	assert_true(request(&w, 0, w.movable, 0, &c));
	assert_int_equal(c.source, BDT_FROM_OWN);
	destroy(&w);
}

static void isolation_hides_a_pageblock(void **state)
{
	struct bdt_choice c;
	struct bdt_block b;

	(void)state;
	FOR_EACH_KERNEL(w)
	{
		put(&w, 0, 10, w.reclaimable);
		assert_true(bdt_isolate_pageblock(w.z, BASE));
		assert_false(bdt_isolate_pageblock(w.z, BASE));
		assert_int_equal(w.z->nr_isolate_pageblock, 1);
		/* before 6.10 the block goes as a whole */
		assert_int_equal(w.z->nr_free_isolate, kernel < 4 ? 2 * NPB : NPB);
		assert_int_equal(bdt_zone_nr_free(w.z), kernel < 4 ? 0 : NPB);
		assert_int_equal(request(&w, 10, w.reclaimable, 0, &c), false);
		bdt_unisolate_pageblock(w.z, BASE, w.movable);
		assert_int_equal(w.z->nr_isolate_pageblock, 0);
		assert_true(bdt_zone_find(w.z, BASE + NPB, &b));
		assert_int_equal(b.order, 10);
		assert_int_equal(bdt_zone_type(w.z, BASE), w.profile.isolate_bit ? w.reclaimable : w.movable);
	}
}

/* Without grouping everything is unmovable, and every pageblock is claimed. */
static void no_grouping(void **state)
{
	struct bdt_choice c;

	(void)state;
	FOR_EACH_KERNEL(w)
	{
		assert_false(bdt_grouping_is_off(w.z, 6 * NPB));
		assert_true(bdt_grouping_is_off(w.z, 6 * NPB - 1));
		w.z->grouping_off = true;
		assert_int_equal(bdt_grouping_type(w.z, w.movable), w.unmovable);
		assert_int_equal(bdt_grouping_type(w.z, w.z->cma), w.z->cma);
		bdt_zone_insert(w.z, BASE, 0, w.movable, BDT_HEAD, true);
		bdt_zone_mark(w.z, BASE + 1, 8, BT_ZP_MOVABLE, 0);
		assert_true(request(&w, 0, w.unmovable, 0, &c));
		assert_int_equal(c.source, BDT_FROM_CLAIM);
		assert_int_equal(bdt_zone_type(w.z, BASE), w.unmovable);
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
		bdt_zone_set_type(w.z, BASE, w.movable, false);
		for (bdt_pfn p = 0; p < 8; p++)
			b = bdt_buddy_free(w.z, BASE + p, 0, w.movable, 0);
		assert_int_equal(c.pfn, BASE);
		assert_int_equal(b.order, 3);
		assert_int_equal(w.z->free_pages, 0);
		/* another one goes its way */
		bdt_buddy_free(w.z, BASE + 16, 3, w.movable, 0);
		assert_int_equal(w.z->free_pages, 8);
		/* a request of another type would pollute a movable pageblock */
		c = (struct bdt_capture){ 3, w.unmovable, BT_PFN_NONE, 0 };
		bdt_buddy_free(w.z, BASE + 32, 3, w.movable, 0);
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
		for (bdt_pfn p = 0; p < 16 * NPB; p += 2 * NPB) {
			bdt_buddy_free(w.z, BASE + p, 10, w.movable, 0);
			heads += p && w.z->list[w.movable][10].head == p;
		}
	}
	assert_true(heads > NR && heads < NR * 6);
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

		put(&w, 0, 0, w.movable);
		put(&w, 8, 0, w.movable);
		one = bdt_zone_hash(w.z);
		first = dump(w.z);
		assert_non_null(strstr(first, "list: order=0 type="));
		assert_non_null(strstr(first, "\npageblocks: type="));
		bdt_zone_make_first(w.z, BASE + 8);
		two = bdt_zone_hash(w.z);
		second = dump(w.z);
		assert_true(one.set == two.set && one.ordered != two.ordered);
		assert_string_not_equal(first, second);
		assert_string_equal(strchr(strstr(second, "\nhash: set=") + 1, '\n'), "\n");
		free(second);
		bdt_zone_make_first(w.z, BASE);
		second = dump(w.z);
		assert_string_equal(first, second);
		bdt_zone_set_type(w.z, BASE + NPB, w.unmovable, false);
		assert_true(bdt_zone_hash(w.z).set != one.set);
		free(first);
		free(second);
	}
}

static void point_releases_have_their_backports(void **state)
{
	struct bdt_profile p;

	(void)state;
	assert_int_equal(bdt_profile_find("6.1.115", &p, NULL), 0);
	assert_false(p.min_reserve);
	assert_int_equal(bdt_profile_find("6.1.116", &p, NULL), 0);
	assert_true(p.min_reserve && p.highatomic_flag && !p.highatomic_high);
	assert_int_equal(bdt_profile_find("6.2.16", &p, NULL), 0);
	assert_false(p.min_reserve);
	assert_int_equal(bdt_profile_find("6.1.96", &p, NULL), 0);
	assert_int_equal(p.pcp_thp, 1);
	assert_int_equal(bdt_profile_find("6.1.97", &p, NULL), 0);
	assert_int_equal(p.pcp_thp, 2);
	assert_int_equal(bdt_profile_find("6.12.64", &p, NULL), 0);
	assert_false(p.merge_retags_all);
	assert_int_equal(bdt_profile_find("6.12.65", &p, NULL), 0);
	assert_true(p.merge_retags_all);
	assert_int_equal(bdt_profile_find("6.12.28", &p, NULL), 0);
	assert_int_equal(p.engine, BDT_ENGINE_STEAL_ONCE);
	assert_int_equal(bdt_profile_find("5.10.11", &p, NULL), 0);
	assert_int_equal(p.zone_locked, BDT_ZONE_LOCKED_ALWAYS);
	/* the distribution's revision stands where the point release is not told */
	assert_int_equal(bdt_profile_find("6.1.0-56-cloud-amd64", &p, NULL), 0);
	assert_int_equal(p.release, bdt_release_number("6.1.192"));
	assert_int_equal(bdt_profile_find("6.1.0", &p, NULL), 0);
	assert_int_equal(p.pcp_thp, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_are_eight),
		cmocka_unit_test(ten_single_pages_ascend),
		cmocka_unit_test(merge_likely_puts_last),
		cmocka_unit_test(small_steal),
		cmocka_unit_test(whole_claim),
		cmocka_unit_test(partial_claim),
		cmocka_unit_test(too_little_to_claim),
		cmocka_unit_test(nofragment_refuses_small_blocks),
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
		cmocka_unit_test(point_releases_have_their_backports),
	};

	return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
