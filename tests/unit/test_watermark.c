/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Watermarks, and what a request may do, each rule in the smallest case that shows it. */
#include "small_machine.h"
#include <string.h>

/* Numbers of a machine with 18 GiB in zone Normal. */
static void watermarks_follow_the_settings(void **state)
{
	struct bdt_watermark_input in = {
		.managed = 4653056, .min_pages = 67584 / 4, .scale = 10, .lowmem_zone = true
	};
	uint64_t managed[5] = { 3840, 765000, 4653056, 0, 0 };
	struct bdt_watermarks w;
	struct bdt_profile p;

	(void)state;
	assert_int_equal(bdt_profile_find(NEWEST, &p, NULL), 0);
	in.lowmem = in.managed * in.min_pages / 14480;
	bdt_watermarks_set(&p, &w, &in);
	assert_int_equal(w.mark[BT_ALLOC_WMARK_MIN], 14480);
	assert_int_equal(w.mark[BT_ALLOC_WMARK_LOW], 19133);
	assert_int_equal(w.mark[BT_ALLOC_WMARK_HIGH], 23786);
	assert_int_equal(w.mark[BT_ALLOC_WMARK_PROMO], 28439);
	bdt_watermarks_set_reserve(&w, 1, managed, 5, 256);
	assert_int_equal(w.reserve[1], 0);
	for (unsigned int class = 2; class < 5; class ++)
		assert_int_equal(w.reserve[class], 18176);
	in.lowmem_zone = false;
	bdt_watermarks_set(&p, &w, &in);
	assert_int_equal(w.mark[BT_ALLOC_WMARK_MIN], 128);
	assert_int_equal(w.mark[BT_ALLOC_WMARK_LOW], 128 + 4653);
	in.lowmem_zone = true;
	assert_int_equal(bdt_profile_find("4.0.5", &p, NULL), 0);
	bdt_watermarks_set(&p, &w, &in);
	assert_int_equal(w.mark[BT_ALLOC_WMARK_LOW], 14480 + 14480 / 4);
	assert_int_equal(w.mark[BT_ALLOC_WMARK_HIGH], 14480 + 14480 / 2);
}

static void default_minimum_is_bounded(void **state)
{
	struct bdt_profile p;

	(void)state;
	assert_int_equal(bdt_profile_find("5.0.0", &p, NULL), 0);
	assert_int_equal(bdt_watermark_min_free_kbytes(&p, 1 << 18, 12), 4096);
	assert_int_equal(bdt_watermark_min_free_kbytes(&p, 1ULL << 30, 12), 65536);
	assert_int_equal(bdt_watermark_min_free_kbytes(&p, 16, 12), 128);
	assert_int_equal(bdt_profile_find(NEWEST, &p, NULL), 0);
	assert_int_equal(bdt_watermark_min_free_kbytes(&p, 1ULL << 30, 12), 262144);
}

/* A zone with `pages` free single pages, min 1000: how much of the minimum must stay? */
static void reserves_are_for_some(void **state)
{
	static const struct {
		const char *release;
		unsigned int flags;
		uint64_t min; /* what is left of 1000 */
	} cases[] = {
		{ NEWEST, 0, 1000 },
		{ NEWEST, BT_ALLOC_HIGH, 500 },
		{ NEWEST, BT_ALLOC_HARDER, 1000 },
		{ NEWEST, BT_ALLOC_HIGH | BT_ALLOC_HARDER, 375 },
		{ NEWEST, BT_ALLOC_OOM, 500 },
		{ NEWEST, BT_ALLOC_OOM | BT_ALLOC_HIGH, 250 },
		{ "5.10.223", BT_ALLOC_HARDER, 750 },
		{ "5.10.223", BT_ALLOC_HIGH | BT_ALLOC_HARDER, 375 },
		{ "5.10.223", BT_ALLOC_OOM, 500 },
		{ "4.0.5", BT_ALLOC_HIGH | BT_ALLOC_HARDER, 375 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct machine *m = boot(cases[i].release, 1);
		const struct bdt_zone *z = m->zone[NORMAL];
		struct bdt_watermarks w = { .reserve = { [3] = 100 } };

		assert_false(bdt_watermark_ok(z, &w, 0, 1000, 2, cases[i].flags, cases[i].min));
		assert_true(bdt_watermark_ok(z, &w, 0, 1000, 2, cases[i].flags, cases[i].min + 1));
		assert_false(bdt_watermark_ok(z, &w, 0, 1000, 3, cases[i].flags, cases[i].min + 100));
		assert_true(bdt_watermark_ok(z, &w, 0, 1000, 3, cases[i].flags, cases[i].min + 101));
		halt(m);
	}
}

/* Enough pages are not enough: since 4.4 there must be a block, before enough in large blocks. */
static void high_orders_need_blocks(void **state)
{
	static const char *const releases[] = { NEWEST, "5.10.223" };
	struct bdt_watermarks w = { .mark = { 0 } };
	struct machine *m;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		m = boot(releases[i], 1);
		use_up(m, NORMAL, 0);
		bdt_zone_insert(m->zone[NORMAL], START, 2, MOVABLE, BDT_HEAD, true);
		assert_true(bdt_watermark_ok(m->zone[NORMAL], &w, 2, 0, 2, 0, 4));
		assert_false(bdt_watermark_ok(m->zone[NORMAL], &w, 3, 0, 2, 0, 4000));
		bdt_zone_set_type(m->zone[NORMAL], START + NPB, CMA, false);
		bdt_zone_insert(m->zone[NORMAL], START + NPB, 3, CMA, BDT_HEAD, true);
		assert_false(bdt_watermark_ok(m->zone[NORMAL], &w, 3, 0, 2, 0, 4000));
		assert_true(bdt_watermark_ok(m->zone[NORMAL], &w, 3, 0, 2, BT_ALLOC_CMA, 4000));
		halt(m);
	}
	m = boot("4.0.5", 1);
	use_up(m, NORMAL, 0);
	for (unsigned int i = 0; i < 100; i++)
		bdt_zone_insert(m->zone[NORMAL], START + 2 * i, 0, 2, BDT_TAIL, true);
	bdt_zone_insert(m->zone[NORMAL], START + 512, 2, 2, BDT_TAIL, true);
	/* without the single pages 4 - 3 are left, above a quarter of 4 and not of 8 */
	assert_true(bdt_watermark_ok(m->zone[NORMAL], &w, 2, 0, 2, 0, 104));
	assert_false(bdt_watermark_ok(m->zone[NORMAL], &w, 2, 8, 2, 0, 104));
	halt(m);
}

static void highatomic_pages_are_not_for_all(void **state)
{
	struct machine *m = boot(NEWEST, 1);
	struct bdt_watermarks w = { .mark = { 0 } };
	struct bdt_zone *z = m->zone[NORMAL];

	(void)state;
	use_up(m, NORMAL, 0);
	bdt_zone_set_type(z, START, HIGHATOMIC, false);
	bdt_zone_insert(z, START, 9, HIGHATOMIC, BDT_HEAD, true);
	assert_false(bdt_watermark_ok(z, &w, 0, 0, 2, 0, bdt_zone_nr_free(z)));
	assert_true(bdt_watermark_ok(z, &w, 0, 0, 2, BT_ALLOC_HARDER, bdt_zone_nr_free(z)));
	assert_false(bdt_watermark_ok(z, &w, 3, 0, 2, BT_ALLOC_HARDER, bdt_zone_nr_free(z)));
	assert_true(bdt_watermark_ok(z, &w, 3, 0, 2, BT_ALLOC_HIGHATOMIC, bdt_zone_nr_free(z)));
	halt(m);
}

static void urgent_pages_ignore_the_boost(void **state)
{
	static const struct {
		const char *release;
		uint32_t gfp;
		unsigned int flags;
		bool ok;
	} cases[] = { { NEWEST, 0, 0, false },
		      { NEWEST, BT_GFP_HIGH, BT_ALLOC_HIGH, true },
		      { "5.10.223", ATOMIC, BT_ALLOC_HIGH, true },
		      { "5.10.223", BT_GFP_HIGH, BT_ALLOC_HIGH, false },
		      { "5.0.0", ATOMIC, BT_ALLOC_HIGH, false } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct machine *m = boot(cases[i].release, 1);
		struct bdt_watermarks w = { .mark = { 1000 } };
		struct bdt_zone *z = m->zone[NORMAL];

		use_up(m, NORMAL, 1001);
		z->watermark_boost = 4000;
		assert_int_equal(bdt_watermark_fast(z, &w, 0, bdt_watermark_mark(z, &w, 0), 2, cases[i].flags,
						    cases[i].gfp, bdt_zone_nr_free(z)),
				 cases[i].ok);
		halt(m);
	}
}

static void gfp_is_what_is_asked_for(void **state)
{
	static const struct bdt_gfp_name names[] = {
		{ "GFP_KERNEL", 0xcc0 }, { "__GFP_HIGHMEM", 0x2 },          { "__GFP_MOVABLE", 0x8 },
		{ "__GFP_IO", 0x40 },    { "__GFP_DIRECT_RECLAIM", 0x400 }, { "__GFP_KSWAPD_RECLAIM", 0x800 }
	};
	struct bdt_gfp_map map;
	struct bdt_profile p;

	(void)state;
	bdt_gfp_map_init(&map, names, sizeof(names) / sizeof(names[0]));
	assert_int_equal(bdt_gfp_decode(&map, 0xc4a), BT_GFP_HIGHMEM | BT_GFP_MOVABLE | BT_GFP_IO |
							      BT_GFP_DIRECT_RECLAIM | BT_GFP_KSWAPD_RECLAIM);
	assert_int_equal(bdt_profile_find("4.0.5", &p, NULL), 0);
	bdt_gfp_map_default(&map, &p);
	/* GFP_KERNEL, GFP_ATOMIC, and one that leaves kswapd alone */
	assert_int_equal(bdt_gfp_decode(&map, 0xd0), KERNEL);
	assert_int_equal(bdt_gfp_decode(&map, 0x20), BT_GFP_HIGH | BT_GFP_KSWAPD_RECLAIM);
	assert_int_equal(bdt_gfp_decode(&map, 0x400020), BT_GFP_HIGH);
	assert_int_equal(bdt_gfp_decode(&map, 0x80000), BT_GFP_RECLAIMABLE | BT_GFP_KSWAPD_RECLAIM);
	assert_int_equal(bdt_gfp_migratetype(&p, BT_GFP_MOVABLE, true), 2);
	assert_int_equal(bdt_profile_find(NEWEST, &p, NULL), 0);
	assert_int_equal(bdt_gfp_migratetype(&p, BT_GFP_MOVABLE, true), MOVABLE);
	assert_int_equal(bdt_gfp_migratetype(&p, BT_GFP_MOVABLE, false), UNMOVABLE);
	assert_int_equal(bdt_gfp_zone(USER), BDT_ZONE_MOVABLE);
	assert_int_equal(bdt_gfp_zone(KERNEL), BDT_ZONE_NORMAL);
	assert_int_equal(bdt_gfp_zone(KERNEL | BT_GFP_DMA32), BDT_ZONE_DMA32);
	assert_int_equal(bdt_gfp_zone(BT_GFP_DMA), BDT_ZONE_DMA);
}

static void rights_follow_from_the_flags(void **state)
{
	static const struct bdt_task_rights any, realtime = { .realtime = true },
						 victim = { .oom_victim = true };
	static const struct {
		const char *release;
		uint32_t gfp;
		bdt_order order;
		unsigned int want; /* of the bits below */
	} cases[] = {
		{ NEWEST, KERNEL, 0, BT_ALLOC_CPUSET },
		{ NEWEST, ATOMIC, 0, BT_ALLOC_HIGH | BT_ALLOC_HARDER },
		{ NEWEST, ATOMIC, 1, BT_ALLOC_HIGH | BT_ALLOC_HARDER | BT_ALLOC_HIGHATOMIC },
		{ NEWEST, BT_GFP_KSWAPD_RECLAIM, 1, BT_ALLOC_CPUSET | BT_ALLOC_HARDER },
		{ "6.12.53", BT_GFP_KSWAPD_RECLAIM, 1,
		  BT_ALLOC_CPUSET | BT_ALLOC_HARDER | BT_ALLOC_HIGHATOMIC },
		{ NEWEST, ATOMIC | BT_GFP_NOMEMALLOC, 1, BT_ALLOC_HIGH },
		{ "5.10.223", ATOMIC, 1, BT_ALLOC_HIGH | BT_ALLOC_HARDER },
		{ "5.10.223", BT_GFP_KSWAPD_RECLAIM, 1, BT_ALLOC_CPUSET },
		{ "4.0.5", BT_GFP_KSWAPD_RECLAIM, 1, BT_ALLOC_HARDER },
		{ "4.0.5", 0, 1, BT_ALLOC_CPUSET },
	};
	const unsigned int bits = BT_ALLOC_CPUSET | BT_ALLOC_HIGH | BT_ALLOC_HARDER | BT_ALLOC_HIGHATOMIC;
	struct bdt_profile p;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(bdt_profile_find(cases[i].release, &p, NULL), 0);
		assert_int_equal(bdt_alloc_flags_slow(&p, cases[i].gfp, cases[i].order, &any, true) & bits,
				 cases[i].want);
	}
	assert_int_equal(bdt_profile_find(NEWEST, &p, NULL), 0);
	assert_int_equal(bdt_alloc_flags_slow(&p, KERNEL, 0, &realtime, true) & bits,
			 BT_ALLOC_CPUSET | BT_ALLOC_HIGH);
	assert_int_equal(bdt_alloc_flags_reserves(&p, KERNEL, &any), 0);
	assert_int_equal(bdt_alloc_flags_reserves(&p, KERNEL, &victim), BT_ALLOC_OOM);
	assert_int_equal(bdt_alloc_flags_reserves(&p, KERNEL | BT_GFP_MEMALLOC, &any),
			 BT_ALLOC_NO_WATERMARKS);
	assert_int_equal(bdt_alloc_flags_reserves(&p, KERNEL | BT_GFP_NOMEMALLOC, &victim), 0);
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(watermarks_follow_the_settings),
		T(default_minimum_is_bounded),
		T(reserves_are_for_some),
		T(high_orders_need_blocks),
		T(highatomic_pages_are_not_for_all),
		T(urgent_pages_ignore_the_boost),
		T(gfp_is_what_is_asked_for),
		T(rights_follow_from_the_flags),
	};

	return cmocka_run_group_tests_name("watermark", tests, NULL, NULL);
}
