/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which zone and list serve a request, each rule in the smallest case that shows it. */
#include "small_machine.h"
#include <stdlib.h>
#include <string.h>

static void the_highest_zone_is_preferred(void **state)
{
	struct machine *m = boot(NEWEST, 1);
	struct bdt_alloc_result r;

	(void)state;
	assert_true(try_take(m, 0, 0, USER, &r));
	assert_int_equal(r.zone, NORMAL);
	assert_true(try_take(m, 0, 0, KERNEL | BT_GFP_DMA32, &r));
	assert_int_equal(r.zone, DMA32);
	halt(m);
}

static void below_the_low_mark_the_next_zone_serves(void **state)
{
	struct machine *m = boot(NEWEST, 1);
	const struct bdt_system_zone *z = &m->s->zones[NORMAL];
	struct bdt_alloc_result r;

	(void)state;
	assert_int_equal(z->flags & BT_SZ_BELOW_HIGH, 0);
	use_up(m, NORMAL, z->marks.mark[BT_ALLOC_WMARK_LOW] + 1);
	assert_true(try_take(m, 0, 0, USER, &r));
	assert_int_equal(r.zone, NORMAL);
	assert_int_equal(z->flags & BT_SZ_BELOW_HIGH, BT_SZ_BELOW_HIGH);
	bdt_system_drain(m->s, NORMAL, 0);
	use_up(m, NORMAL, z->marks.mark[BT_ALLOC_WMARK_LOW]);
	assert_int_equal(
		bdt_system_would_use(m->s, &(struct bdt_alloc_request){ .node = BT_NODE_OF_CPU, .gfp = USER },
				     NULL),
		DMA32);
	assert_true(try_take(m, 0, 0, USER, &r));
	assert_int_equal(r.zone, DMA32);
	/* the lower zone keeps its reserve from requests for the higher one */
	use_up(m, DMA32,
	       m->s->zones[DMA32].marks.mark[BT_ALLOC_WMARK_LOW] + m->s->zones[DMA32].marks.reserve[3]);
	assert_false(try_take(m, 0, 0, USER, &r));
	assert_true(try_take(m, 0, 0, KERNEL | BT_GFP_DMA32, &r));
	halt(m);
}

/* The slow path comes with flags of its own. */
static void flags_open_the_reserves(void **state)
{
	struct machine *m = boot(NEWEST, 1);
	struct bdt_alloc_request request = { .node = BT_NODE_OF_CPU, .order = 4, .gfp = USER };
	struct bdt_alloc_result r;

	(void)state;
	use_up(m, DMA32, 0);
	use_up(m, NORMAL, 64);
	request.alloc_flags = BT_ALLOC_WMARK_MIN;
	assert_false(bdt_system_alloc_flags(m->s, &request, &r));
	request.alloc_flags = BT_ALLOC_NO_WATERMARKS;
	assert_true(bdt_system_alloc_flags(m->s, &request, &r));
	assert_int_equal(r.zone, NORMAL);
	assert_false(r.from_pcp);
	halt(m);
}

/* Only small unmovable blocks are left in Normal. */
static void fragment(struct machine *m)
{
	struct bdt_zone *z = m->zone[NORMAL];

	use_up(m, NORMAL, 0);
	for (bdt_pfn p = START; p < START + 16 * NPB; p += 16) {
		bdt_zone_set_type(z, p, UNMOVABLE, false);
		bdt_zone_insert(z, p, 3, UNMOVABLE, BDT_TAIL, true);
	}
}

/* A fallback that would mix pageblocks comes only after the lower zone could not serve the request. */
static void unmixed_pageblocks_come_before_zones(void **state)
{
	static const struct {
		const char *release;
		size_t zone;
	} cases[] = { { NEWEST, DMA32 }, { "5.10.223", DMA32 }, { "5.0.0", NORMAL }, { "6.1.192", DMA32 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct machine *m = boot(cases[i].release, 1);
		struct bdt_alloc_result r;

		fragment(m);
		assert_true(try_take(m, 0, 0, USER, &r));
		assert_int_equal(r.zone, cases[i].zone);
		/* nowhere else: then it is mixed, and the flag is gone */
		use_up(m, DMA32, 0);
		bdt_system_drain(m->s, BT_ALL_ZONES, BT_ALL_CPUS);
		use_up(m, DMA32, 0);
		assert_true(try_take(m, 0, 0, USER, &r));
		assert_int_equal(r.zone, NORMAL);
		assert_int_equal(r.alloc_flags & BT_ALLOC_NOFRAGMENT, 0);
		if (cases[i].zone == DMA32)
			assert_int_equal(r.source, BDT_FROM_STEAL);
		halt(m);
	}
}

static void defrag_mode_never_mixes_on_the_fast_path(void **state)
{
	struct machine *m = boot(NEWEST, 1);
	struct bdt_alloc_result r;

	(void)state;
	m->s->vm.defrag_mode = true;
	fragment(m);
	use_up(m, DMA32, 0);
	assert_false(try_take(m, 0, 0, USER, &r));
	assert_true(try_take(m, 0, 0, KERNEL, &r));
	halt(m);
}

/* A fallback to a small block raises the marks, and the next request wakes kswapd. */
static void boosts_wake_kswapd(void **state)
{
	struct machine *m = boot(NEWEST, 1);
	struct bdt_zone *z = m->zone[NORMAL];
	struct bdt_alloc_result r;

	(void)state;
	use_up(m, NORMAL, 0);
	use_up(m, DMA32, 0);
	for (bdt_pfn p = START; p < START + 16 * NPB; p += NPB) {
		bdt_zone_set_type(z, p, UNMOVABLE, false);
		bdt_zone_insert(z, p, 8, UNMOVABLE, BDT_TAIL, true);
	}
	assert_true(try_take(m, 0, 0, USER, &r));
	assert_int_equal(r.source, BDT_FROM_CLAIM);
	assert_int_equal(z->watermark_boost, NPB);
	assert_int_equal(m->seen.wakeups, 1);
	assert_int_equal(m->seen.woken_order, 0);
	assert_false(z->boosted);
	bdt_system_kswapd_begin(m->s, 0, 3);
	bdt_system_kswapd_end(m->s, 0, 3);
	assert_int_equal(z->watermark_boost, 0);
	halt(m);
}

/* 4.0: zones of a node take turns, each for as many pages as its marks are apart. */
static void fair_zones_take_turns(void **state)
{
	struct machine *m = boot("4.0.5", 1);
	uint64_t from[2] = { 0, 0 }, batch[2];
	struct bdt_alloc_result r;

	(void)state;
	for (unsigned int i = 0; i < 2; i++)
		batch[i] = (uint64_t)m->s->zones[i].fair_batch;
	for (uint64_t i = 0; i < 3 * (batch[0] + batch[1]); i++) {
		assert_true(try_take(m, 0, 0, USER, &r));
		from[r.zone]++;
	}
	assert_int_equal(from[DMA32], 3 * batch[DMA32]);
	assert_int_equal(from[NORMAL], 3 * batch[NORMAL]);
	halt(m);
}

/* The lock of the lists is taken: the page comes from the buddy lists, and goes there. */
static void a_taken_lock_is_gone_past(void **state)
{
	struct machine *m = boot(NEWEST, 1);
	struct bdt_alloc_request request = { .node = BT_NODE_OF_CPU, .gfp = USER, .trylock_fails = true };
	struct bdt_alloc_result r;

	(void)state;
	take(m, 0, 0, USER);
	assert_true(bdt_system_alloc(m->s, &request, &r));
	assert_false(r.from_pcp);
	assert_int_equal(r.pfn, START + 63);
	bdt_system_free(m->s, 0, r.pfn, 0, BDT_FREE_DIRECT);
	assert_int_equal(m->seen.inserted[0], r.pfn);
	assert_int_equal(m->s->zones[NORMAL].pcp.cpu[0].count, 62);
	halt(m);
}

/* An urgent high-order request keeps its pageblock for the next one; 7.2 not if a list had the page. */
static void urgent_requests_reserve(void **state)
{
	static const struct {
		const char *release;
		bdt_order order;
		bool reserved;
	} cases[] = { { NEWEST, 1, true },
		      { "7.2.13", 1, true },
		      { "5.10.223", 4, true },
		      { NEWEST, 0, false },
		      { "4.0.5", 4, false } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		static const struct bdt_task_rights any;
		struct machine *m = boot(cases[i].release, 1);
		struct bdt_alloc_request request = { .node = BT_NODE_OF_CPU,
						     .order = cases[i].order,
						     .gfp = ATOMIC };
		struct bdt_alloc_result r;

		request.alloc_flags = bdt_alloc_flags_slow(&m->profile, ATOMIC, request.order, &any, true);
		assert_true(bdt_system_alloc_flags(m->s, &request, &r));
		assert_int_equal(bdt_zone_type(m->zone[NORMAL], r.pfn) == HIGHATOMIC, cases[i].reserved);
		assert_int_equal(r.from_pcp, request.order <= m->profile.pcp_max_order &&
						     !m->profile.highatomic_on_buddy);
		halt(m);
	}
}

static void bulk_takes_from_one_zone(void **state)
{
	struct machine *m = boot(NEWEST, 1);
	struct bdt_alloc_request request = { .node = BT_NODE_OF_CPU, .gfp = KERNEL };
	bdt_pfn pfns[100];

	(void)state;
	assert_int_equal(bdt_system_alloc_bulk(m->s, &request, pfns, 100), 100);
	for (unsigned int i = 0; i < 100; i++)
		assert_int_equal(pfns[i], START + i);
	assert_int_equal(bdt_system_alloc_bulk(m->s, &request, pfns, 1), 0);
	use_up(m, NORMAL, m->s->zones[NORMAL].marks.mark[BT_ALLOC_WMARK_LOW] + 100);
	assert_int_equal(bdt_system_alloc_bulk(m->s, &request, pfns, 100), 100);
	assert_int_equal(bdt_system_zone_of(m->s, pfns[0]), DMA32);
	halt(m);
	m = boot("5.10.223", 1);
	assert_int_equal(bdt_system_alloc_bulk(m->s, &request, pfns, 100), 0);
	halt(m);
}

/* 7.2: a run of single pages is freed in the largest blocks that it is made of. */
static void runs_are_freed_as_blocks(void **state)
{
	struct machine *m = boot("7.2.13", 1);
	const struct bdt_pcpset *pcp = &m->s->zones[NORMAL].pcp;
	struct bdt_pcp_place place;

	(void)state;
	use_up(m, NORMAL, PAGES / 2);
	/* 1 + 2 + 4 + 8 in front of 16, then 1 */
	bdt_system_free_run(m->s, 0, START + PAGES - 511, 32);
	assert_true(bdt_pcp_find(pcp, START + PAGES - 504, &place));
	assert_int_equal(place.order, 3);
	assert_int_equal(pcp->cpu[0].count, 16);
	assert_int_equal(m->seen.inserted[0], START + PAGES - 496);
	halt(m);
}

/* What is known to be allocated leaves every list it is on, and can be freed again. */
static void expelled_pages_are_on_no_list(void **state)
{
	struct machine *m = boot(NEWEST, 1);
	struct bdt_expelled found;

	(void)state;
	take(m, 0, 0, USER);
	/* one page in use, 62 on the list, the last in the buddy lists */
	found = bdt_system_expel(m->s, START, 6);
	assert_int_equal(found.pcp, 62);
	assert_int_equal(found.buddy, 1);
	found = bdt_system_expel(m->s, START, 6);
	assert_int_equal(found.pcp + found.buddy, 0);
	bdt_system_free(m->s, 0, START, 6, BDT_FREE_NORMAL);
	assert_int_equal(bdt_zone_nr_free(m->zone[NORMAL]), PAGES);
	assert_int_equal(bdt_system_expel(m->s, 0, 3).buddy, 0);
	halt(m);
}

/* Free pages that no request may wait for are waited for by kswapd. */
static void kswapd_is_woken_when_needed(void **state)
{
	struct machine *m = boot(NEWEST, 1);

	(void)state;
	assert_int_equal(bdt_system_wake_kswapd(m->s, NORMAL, 0, 3, KERNEL), BDT_WAKE_NOBODY);
	use_up(m, NORMAL, 2000);
	use_up(m, DMA32, 1000);
	/* above the high marks, but no block of this order */
	assert_int_equal(bdt_system_wake_kswapd(m->s, NORMAL, 0, 3, BT_GFP_KSWAPD_RECLAIM),
			 BDT_WAKE_KCOMPACTD);
	assert_true(bdt_system_balanced(m->s, 0, 0, 3));
	use_up(m, NORMAL, 0);
	use_up(m, DMA32, 0);
	assert_false(bdt_system_balanced(m->s, 0, 0, 3));
	assert_int_equal(bdt_system_wake_kswapd(m->s, NORMAL, 2, 3, KERNEL), BDT_WAKE_KSWAPD);
	assert_int_equal(m->seen.wakeups, 1);
	bdt_system_kswapd_begin(m->s, 0, 3);
	assert_int_equal(bdt_system_wake_kswapd(m->s, NORMAL, 2, 3, KERNEL), BDT_WAKE_NOBODY);
	bdt_system_kswapd_end(m->s, 0, 3);
	m->s->kswapd[0].hopeless = true;
	assert_int_equal(bdt_system_wake_kswapd(m->s, NORMAL, 2, 3, KERNEL), BDT_WAKE_NOBODY);
	halt(m);
}

/* Nodes 0 to 3 on a ring: neighbours first, the next by number before the last. */
static void nodes_come_by_distance(void **state)
{
	static const uint8_t distance[16] = {
		10, 20, 30, 20, 20, 10, 20, 30, 30, 20, 10, 20, 20, 30, 20, 10
	};
	static const struct bdt_zonelist_zone zones[] = { { 0, 0 }, { 0, 2 }, { 1, 2 },
							  { 2, 2 }, { 3, 1 }, { 3, 2 } };
	static const int want[4][6] = {
		{ 1, 0, 2, 5, 4, 3 }, { 2, 3, 1, 0, 5, 4 }, { 3, 5, 4, 2, 1, 0 }, { 5, 4, 1, 0, 3, 2 }
	};
	struct bdt_zonelist *lists;

	(void)state;
	assert_int_equal(bdt_zonelists_create(zones, 6, 4, distance, &lists), 0);
	for (unsigned int node = 0; node < 4; node++) {
		assert_int_equal(lists[node].n, 6);
		for (unsigned int i = 0; i < 6; i++)
			assert_int_equal(lists[node].entry[i].zone, want[node][i]);
	}
	bdt_zonelists_destroy(lists, 4);
}

/* Two nodes of one zone each. */
static void the_own_node_is_preferred(void **state)
{
	static const int cpu_node[] = { 0, 1 };
	struct bdt_system_zone_config zones[2];
	struct bdt_system_config config = { .zones = zones, .nzones = 2, .ncpus = 2, .cpu_node = cpu_node };
	struct bdt_alloc_request request = { .cpu = 1, .node = BT_NODE_OF_CPU, .gfp = KERNEL };
	struct bdt_alloc_result r;
	struct bdt_zone *zone[2];
	struct bdt_profile p;
	struct bdt_system *s;

	(void)state;
	assert_int_equal(bdt_profile_find(NEWEST, &p, NULL), 0);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(
			bdt_zone_create(&p, START + i * PAGES, START + (i + 1) * PAGES, 10, 9, &zone[i]), 0);
		strcpy(zone[i]->name, "Normal");
		zone[i]->index = 2;
		zone[i]->node = (int)i;
		bdt_zone_insert(zone[i], zone[i]->start, 10, MOVABLE, BDT_HEAD, true);
		zones[i] = (struct bdt_system_zone_config){ zone[i], PAGES, PAGES };
	}
	config.vm = bdt_vm_settings_default(&p);
	assert_int_equal(bdt_system_create(&p, &config, &s), 0);
	assert_true(s->multi_node);
	assert_true(bdt_system_alloc(s, &request, &r));
	assert_int_equal(r.zone, 1);
	/* its kswapd runs: the other node is asked first */
	bdt_system_kswapd_begin(s, 1, 3);
	assert_true(bdt_system_alloc(s, &request, &r));
	assert_int_equal(r.zone, 0);
	request.gfp |= BT_GFP_THISNODE;
	assert_true(bdt_system_alloc(s, &request, &r));
	assert_int_equal(r.zone, 1);
	/* pages of another node are not kept for long */
	assert_int_equal(bdt_system_refresh(s, 1), 0);
	assert_int_equal(bdt_system_refresh(s, 1), 0);
	assert_int_equal(bdt_system_refresh(s, 1), s->zones[0].pcp.cpu[1].bounds.batch - 1);
	assert_null(bdt_system_validate(s));
	bdt_system_destroy(s);
	bdt_zone_destroy(zone[0]);
	bdt_zone_destroy(zone[1]);
}

/* Random requests and frees, with the rules of every profile: nothing is ever lost or doubled. */
static void everything_adds_up(void **state)
{
	static const uint32_t gfps[] = { USER, KERNEL, KERNEL | BT_GFP_RECLAIMABLE, KERNEL | BT_GFP_DMA32,
					 ATOMIC };
	const unsigned int nblocks = 20000;
	struct held {
		bdt_pfn pfn;
		bdt_order order;
	} *held = calloc(nblocks, sizeof(*held));

	(void)state;
	for (size_t i = 0; bdt_profile_name(i); i++) {
		struct machine *m = boot(bdt_profile_name(i), 3);
		uint64_t before = m->zone[0]->free_pages + m->zone[1]->free_pages,
			 random = 88172645463325252ULL, out = 0;
		unsigned int n = 0;

		for (unsigned int step = 0; step < 60000; step++) {
			struct bdt_alloc_result r;
			unsigned int cpu;

			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			cpu = random % 3;
			if (n < nblocks && random >> 8 & 3) {
				bdt_order order = random >> 16 & 7 ? 0 : random >> 20 & 0xf;

				order = order > 10 ? 9 : order;
				if (!try_take(m, cpu, order, gfps[(random >> 32) % 5], &r))
					continue;
				held[n++] = (struct held){ r.pfn, order };
				out += 1ULL << order;
			} else if (n) {
				unsigned int at = (unsigned int)(random >> 24) % n;

				bdt_system_free(m->s, cpu, held[at].pfn, held[at].order,
						random >> 60 ? BDT_FREE_NORMAL : BDT_FREE_DIRECT);
				out -= 1ULL << held[at].order;
				held[at] = held[--n];
			}
			if (step % 1000 == 0)
				bdt_system_refresh(m->s, cpu);
		}
		assert_null(bdt_system_validate(m->s));
		bdt_system_drain(m->s, BT_ALL_ZONES, BT_ALL_CPUS);
		assert_int_equal(m->zone[0]->free_pages + m->zone[1]->free_pages + out, before);
		halt(m);
	}
	free(held);
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_highest_zone_is_preferred),
		T(below_the_low_mark_the_next_zone_serves),
		T(flags_open_the_reserves),
		T(unmixed_pageblocks_come_before_zones),
		T(defrag_mode_never_mixes_on_the_fast_path),
		T(boosts_wake_kswapd),
		T(fair_zones_take_turns),
		T(a_taken_lock_is_gone_past),
		T(urgent_requests_reserve),
		T(bulk_takes_from_one_zone),
		T(runs_are_freed_as_blocks),
		T(expelled_pages_are_on_no_list),
		T(kswapd_is_woken_when_needed),
		T(nodes_come_by_distance),
		T(the_own_node_is_preferred),
		T(everything_adds_up),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
