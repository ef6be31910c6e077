/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The per-CPU lists, each rule in the smallest case that shows it. */
#include "small_machine.h"
#include <string.h>

static void bounds_are_those_of_the_release(void **state)
{
	static const struct {
		const char *release;
		uint64_t managed;
		unsigned int fraction;
		struct bdt_pcp_bounds bounds;
	} cases[] = {
		{ NEWEST, 4653056, 0, { 63, 9566, 290816 } },
		{ "6.12.107", 4653056, 8, { 63, 290816, 290816 } },
		{ "6.1.192", 4653056, 0, { 63, 9566, 9566 } },
		{ "5.10.223", 4653056, 0, { 63, 378, 378 } },
		{ "5.10.223", 4653056, 100000, { 11, 46, 46 } },
		{ "5.10.223", 3840, 0, { 1, 0, 0 } },
		{ "5.0.0", 100000, 0, { 31, 186, 186 } },
		{ "4.0.5", 4653056, 0, { 31, 186, 186 } },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bdt_pcp_input in = { cases[i].managed, 19133, 2, cases[i].fraction, 12 };
		struct bdt_pcp_bounds b;
		struct bdt_profile p;

		assert_int_equal(bdt_profile_find(cases[i].release, &p, NULL), 0);
		b = bdt_pcp_bounds(&p, &in);
		assert_int_equal(b.batch, cases[i].bounds.batch);
		assert_int_equal(b.high_min, cases[i].bounds.high_min);
		assert_int_equal(b.high_max, cases[i].bounds.high_max);
	}
}

/* Nothing is freed meanwhile: each refill of a list that tunes itself is twice the last one. */
static void refills_double(void **state)
{
	static const unsigned int sizes[] = { 63, 126, 252, 504, 1008, 2016, 2016 };
	struct machine *m = boot(NEWEST, 1);
	unsigned int taken = 0;

	(void)state;
	for (unsigned int i = 0; i < 7; i++) {
		assert_int_equal(m->seen.refills, i);
		for (unsigned int n = 0; n < sizes[i]; n++, taken++)
			/* ascending, since all come from the same large blocks */
			assert_int_equal(take(m, 0, 0, USER), START + taken);
		assert_int_equal(m->seen.refills, i + 1);
		assert_int_equal(m->seen.asked[i], sizes[i]);
		assert_int_equal(m->seen.got[i], sizes[i]);
	}
	halt(m);
}

static void a_free_halves_the_next_refill(void **state)
{
	struct machine *m = boot(NEWEST, 1);

	(void)state;
	for (unsigned int n = 0; n < 63 + 126; n++)
		take(m, 0, 0, USER);
	/* the factor was 2: one free makes it 1, and its page is taken first */
	bdt_system_free(m->s, 0, START, 0, BDT_FREE_NORMAL);
	assert_int_equal(take(m, 0, 0, USER), START);
	take(m, 0, 0, USER);
	assert_int_equal(m->seen.asked[2], 126);
	halt(m);
}

static void refills_of_large_blocks_are_small(void **state)
{
	static const struct {
		const char *release;
		bdt_order order;
		unsigned int asked;
	} cases[] = { { NEWEST, 1, 31 },    { NEWEST, 2, 15 },    { NEWEST, 3, 7 },     { NEWEST, 9, 2 },
		      { "6.1.192", 0, 63 }, { "6.1.192", 1, 31 }, { "5.10.223", 0, 63 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct machine *m = boot(cases[i].release, 1);

		take(m, 0, cases[i].order, USER);
		assert_int_equal(m->seen.refills, 1);
		assert_int_equal(m->seen.asked[0], cases[i].asked);
		halt(m);
	}
}

static void only_some_orders_have_lists(void **state)
{
	static const struct {
		const char *release;
		bdt_order order;
		bool pcp;
	} cases[] = { { NEWEST, 3, true },   { NEWEST, 4, false },     { NEWEST, 9, true },
		      { NEWEST, 10, false }, { "5.10.223", 1, false }, { "4.0.5", 0, true } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct machine *m = boot(cases[i].release, 1);
		struct bdt_alloc_result result;

		assert_true(try_take(m, 0, cases[i].order, USER, &result));
		assert_int_equal(result.from_pcp, cases[i].pcp);
		halt(m);
	}
}

/* Puts pages on the lists as their types say: `n` pages from START on, one per pageblock of type i % 3. */
static void fill_lists(struct machine *m, unsigned int n)
{
	struct bdt_zone *z = m->zone[NORMAL];

	for (unsigned int i = 0; i < n; i++) {
		bdt_pfn pfn = START + (i % 3) * NPB + i / 3;

		bdt_buddy_carve(z, pfn, 0);
		bdt_pcp_insert(&m->s->zones[NORMAL].pcp, 0, pfn, 0, i % 3, BDT_HEAD);
	}
}

/* Up to 5.16 the lists take turns, from the second on; a list that was passed doubles what the next gives. */
static void old_drains_take_turns(void **state)
{
	/* list 0 is empty: pages of type 1, then two of type 2 since list 0 was passed by, and so on */
	static const bdt_pfn want[] = { NPB, 2 * NPB, NPB + 1, NPB + 2, 2 * NPB + 1 };
	struct machine *m = boot("5.10.223", 1);
	struct bdt_pcpset *pcp = &m->s->zones[NORMAL].pcp;

	(void)state;
	fill_lists(m, 12);
	for (unsigned int i = 0; i < 4; i++)
		assert_true(bdt_pcp_remove(pcp, START + i, NULL));
	assert_int_equal(bdt_pcp_drain(pcp, 0, 5, 0), 5);
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(m->seen.inserted[i], START + want[i]);
	halt(m);
}

/* Later each gives all it has, from the list on that was freed to, oldest first. */
static void new_drains_empty_list_by_list(void **state)
{
	struct machine *m = boot("6.1.192", 1);
	struct bdt_pcpset *pcp = &m->s->zones[NORMAL].pcp;

	(void)state;
	fill_lists(m, 12);
	assert_int_equal(bdt_pcp_drain(pcp, 0, 6, 2), 6);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(m->seen.inserted[i], START + 2 * NPB + i);
	assert_int_equal(m->seen.inserted[4], START);
	assert_int_equal(m->seen.inserted[5], START + 1);
	assert_int_equal(pcp->cpu[0].count, 6);
	halt(m);
}

/* Before 6.10 a page goes where it remembers to belong, later where its pageblock belongs. */
static void drains_go_by_page_or_by_block(void **state)
{
	static const struct {
		const char *release;
		bdt_migratetype mt;
	} cases[] = { { "5.10.223", RECLAIMABLE }, { "6.1.192", RECLAIMABLE }, { "6.12.107", MOVABLE } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct machine *m = boot(cases[i].release, 1);
		struct bdt_pcpset *pcp = &m->s->zones[NORMAL].pcp;

		bdt_buddy_carve(m->zone[NORMAL], START, 0);
		bdt_pcp_insert(pcp, 0, START, 0, RECLAIMABLE, BDT_HEAD);
		bdt_pcp_drain(pcp, 0, 1, 0);
		assert_int_equal(m->seen.inserted_mt[0], cases[i].mt);
		halt(m);
	}
}

static void types_without_lists_are_kept_with_movable_ones(void **state)
{
	struct machine *m = boot(NEWEST, 1);
	struct bdt_pcpset *pcp = &m->s->zones[NORMAL].pcp;
	struct bdt_pcp_place place;

	(void)state;
	assert_int_equal(bdt_pcp_list_of(pcp, 0, CMA), MOVABLE);
	assert_int_equal(bdt_pcp_list_of(pcp, 2, HIGHATOMIC), 3 * 2 + MOVABLE);
	assert_int_equal(bdt_pcp_list_of(pcp, 9, RECLAIMABLE), 12);
	assert_int_equal(bdt_pcp_list_of(pcp, 9, MOVABLE), 13);
	assert_int_equal(bdt_pcp_list_order(pcp, 12), 9);
	bdt_buddy_carve(m->zone[NORMAL], START, 3);
	bdt_pcp_insert(pcp, 0, START, 3, CMA, BDT_HEAD);
	assert_true(bdt_pcp_find(pcp, START + 7, &place));
	assert_int_equal(place.pfn, START);
	assert_int_equal(place.order, 3);
	assert_int_equal(place.mt, CMA);
	assert_int_equal(place.list, 3 * 3 + MOVABLE);
	assert_false(bdt_pcp_find(pcp, START + 8, &place));
	halt(m);
}

/* A page of an isolated pageblock is not kept: it goes to the isolated list at once. */
static void isolated_pages_go_past_the_lists(void **state)
{
	struct machine *m = boot(NEWEST, 1);

	(void)state;
	use_up(m, NORMAL, PAGES - 4 * NPB);
	bdt_zone_set_type(m->zone[NORMAL], START + PAGES - NPB, ISOLATE, false);
	bdt_system_free(m->s, 0, START + PAGES - NPB, 0, BDT_FREE_NORMAL);
	assert_int_equal(m->s->zones[NORMAL].pcp.cpu[0].count, 0);
	assert_int_equal(m->seen.inserted_mt[0], ISOLATE);
	assert_int_equal(bdt_zone_nr_free(m->zone[NORMAL]), PAGES - 4 * NPB);
	halt(m);
}

/* Frees pages from the end of what use_up() took until something is drained; pages freed. */
static unsigned int free_until_drained(struct machine *m, bdt_order order, unsigned int most)
{
	for (unsigned int i = 0; i < most; i++)
		if (bdt_system_free(m->s, 0, START + PAGES - ((i + 1ULL) << order), order, BDT_FREE_NORMAL))
			return i + 1;
	return 0;
}

static void old_lists_drain_a_batch_at_high(void **state)
{
	struct machine *m = boot("5.10.223", 1);

	(void)state;
	use_up(m, NORMAL, PAGES / 2);
	assert_int_equal(free_until_drained(m, 0, 1000), 378);
	assert_int_equal(m->seen.drained[0], 63);
	assert_int_equal(m->s->zones[NORMAL].pcp.cpu[0].count, 378 - 63);
	halt(m);
}

/* 6.1: each drain is twice the one before while nothing is allocated. */
static void drains_double(void **state)
{
	struct machine *m = boot("6.1.192", 1);
	struct bdt_pcp *pcp = &m->s->zones[NORMAL].pcp.cpu[0];

	(void)state;
	use_up(m, NORMAL, PAGES / 2);
	assert_int_equal(pcp->high, m->s->zones[NORMAL].marks.mark[BT_ALLOC_WMARK_LOW]);
	assert_int_equal(free_until_drained(m, 0, 3000), pcp->high);
	assert_int_equal(m->seen.drained[0], 63);
	for (bdt_pfn p = START + PAGES / 2; m->seen.drains < 3; p++)
		bdt_system_free(m->s, 0, p, 0, BDT_FREE_NORMAL);
	assert_int_equal(m->seen.drained[1], 126);
	assert_int_equal(m->seen.drained[2], 252);
	assert_int_equal(pcp->free_count, 3);
	take(m, 0, 0, USER);
	assert_int_equal(pcp->free_count, 1);
	halt(m);
}

/* While kswapd works, lists are short. */
static void reclaim_shortens_the_lists(void **state)
{
	static const char *const releases[] = { "6.1.192", "6.12.107", NEWEST };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct machine *m = boot(releases[i], 1);

		use_up(m, NORMAL, PAGES / 2);
		bdt_system_kswapd_begin(m->s, 0, 3);
		assert_int_equal(free_until_drained(m, 0, 3000), 4 * 63);
		bdt_system_kswapd_end(m->s, 0, 3);
		halt(m);
	}
}

/* A run of high-order frees is drained as a whole; 6.18 waits longer before it thinks so. */
static void runs_of_high_order_frees_are_not_kept(void **state)
{
	static const struct {
		const char *release;
		unsigned int freed; /* blocks of order 3 */
	} cases[] = { { "6.12.107", 9 }, { NEWEST, 0 } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct machine *m = boot(cases[i].release, 1);
		struct bdt_pcp *pcp = &m->s->zones[NORMAL].pcp.cpu[0];
		/* before the free that is drained, free_count has reached the threshold */
		unsigned int want =
			cases[i].freed ? cases[i].freed : (63 + pcp->bounds.high_min / 2 + 7) / 8 + 1;

		use_up(m, NORMAL, PAGES / 2);
		assert_int_equal(free_until_drained(m, 3, 1000), want);
		assert_int_equal(pcp->count, 0);
		halt(m);
	}
}

/* The zone is below its high mark: what is kept gets less with each drain, down to the lower bound. */
static void below_high_lowers_high(void **state)
{
	struct machine *m = boot(NEWEST, 1);
	struct bdt_system_zone *z = &m->s->zones[NORMAL];
	struct bdt_pcp *pcp = &z->pcp.cpu[0];

	(void)state;
	pcp->high = pcp->bounds.high_max;
	use_up(m, NORMAL, 300);
	z->flags |= BT_SZ_BELOW_HIGH;
	for (bdt_pfn p = START + PAGES - 1; z->flags & BT_SZ_BELOW_HIGH; p--)
		bdt_system_free(m->s, 0, p, 0, BDT_FREE_NORMAL);
	assert_int_equal(pcp->high, pcp->bounds.high_min);
	assert_true(m->seen.drains > 0);
	/* what was drained last brought the zone above its mark */
	assert_true(bdt_zone_nr_free(m->zone[NORMAL]) > z->marks.mark[BT_ALLOC_WMARK_HIGH]);
	halt(m);
}

static void idle_lists_decay(void **state)
{
	struct machine *m = boot("6.12.107", 1);
	struct bdt_pcp *pcp = &m->s->zones[NORMAL].pcp.cpu[0];

	(void)state;
	fill_lists(m, 1000);
	pcp->high = 8000;
	assert_int_equal(bdt_system_refresh(m->s, 0), 0);
	assert_int_equal(pcp->high, 7000);
	for (unsigned int i = 0; i < 100; i++)
		bdt_system_refresh(m->s, 0);
	assert_int_equal(pcp->high, pcp->bounds.high_min);
	assert_int_equal(pcp->count, 1000);
	pcp->bounds.high_min = 100;
	while (pcp->high > 100)
		bdt_system_refresh(m->s, 0);
	assert_int_equal(pcp->count, 100);
	/* in portions of a batch since 6.12.67 */
	assert_in_range(m->seen.drained[(m->seen.drains - 1) % WATCHED], 1, 63);
	halt(m);
}

/* What was on a list before is behind what has a number: taken last, drained first. */
static void unknown_pages_are_the_oldest(void **state)
{
	struct machine *m = boot(NEWEST, 1);
	struct bdt_pcpset *pcp = &m->s->zones[NORMAL].pcp;
	uint64_t free = bdt_zone_nr_free(m->zone[NORMAL]);

	(void)state;
	bdt_pcp_set_unknown(pcp, 0, MOVABLE, 3);
	bdt_buddy_carve(m->zone[NORMAL], START, 0);
	bdt_pcp_insert(pcp, 0, START, 0, MOVABLE, BDT_HEAD);
	assert_int_equal(pcp->cpu[0].count, 4);
	bdt_pcp_drain(pcp, 0, 1, 0);
	assert_int_equal(m->seen.inserted[0], BT_PFN_NONE);
	assert_int_equal(bdt_zone_nr_free(m->zone[NORMAL]), free - 1);
	assert_int_equal(take(m, 0, 0, USER), START);
	assert_int_equal(take(m, 0, 0, USER), BT_PFN_NONE);
	assert_int_equal(pcp->cpu[0].count, 1);
	assert_int_equal(m->seen.refills, 0);
	halt(m);
}

static void pages_are_found_moved_and_counted(void **state)
{
	struct machine *m = boot(NEWEST, 2);
	struct bdt_pcpset *pcp = &m->s->zones[NORMAL].pcp;
	struct bdt_pcp_place was;

	(void)state;
	fill_lists(m, 9);
	assert_int_equal(bdt_pcp_at(pcp, 0, MOVABLE, 0), START + NPB + 2);
	assert_int_equal(bdt_pcp_position(pcp, START + NPB), 2);
	assert_int_equal(bdt_pcp_at(pcp, 0, MOVABLE, 3), BT_PFN_NONE);
	assert_true(bdt_pcp_remove(pcp, START + NPB + 1, &was));
	assert_int_equal(was.cpu, 0);
	assert_int_equal(was.list, MOVABLE);
	assert_false(bdt_pcp_remove(pcp, START + NPB + 1, &was));
	bdt_pcp_insert(pcp, 1, START + NPB + 1, 0, MOVABLE, BDT_TAIL);
	assert_int_equal(pcp->cpu[0].count, 8);
	assert_int_equal(pcp->cpu[1].count, 1);
	assert_int_equal(bdt_pcp_position(pcp, START + NPB), 1);
	assert_null(bdt_pcpset_validate(pcp));
	pcp->cpu[1].count++;
	assert_non_null(strstr(bdt_pcpset_validate(pcp), "count"));
	pcp->cpu[1].count--;
	assert_int_equal(bdt_system_drain(m->s, BT_ALL_ZONES, BT_ALL_CPUS), 9);
	halt(m);
}

#define T(f) cmocka_unit_test(f)

/* The last block of a portion may be larger than what is left of it: what is said beforehand is what comes.
 */
static void a_drain_gives_what_was_said(void **state)
{
	static const char *const releases[] = { "5.10.223", "6.1.192", NEWEST, "7.2.13" };
	(void)state;

	for (size_t r = 0; r < sizeof(releases) / sizeof(releases[0]); r++)
		for (unsigned int pages = 1; pages < 90; pages += 4) {
			struct machine *m = boot(releases[r], 1);
			struct bdt_pcpset *set = &m->s->zones[NORMAL].pcp;
			unsigned int left = pages, batch, said, got = 0;
			bdt_pfn pfn = START;

			batch = set->cpu[0].bounds.batch = 31;
			for (bdt_order order = 0; order <= m->profile.pcp_max_order; order++)
				for (unsigned int i = 0; i < 9; i++, pfn += 8) {
					bdt_buddy_carve(m->zone[NORMAL], pfn, order);
					bdt_pcp_insert(set, 0, pfn, order, MOVABLE, BDT_HEAD);
				}
			said = bdt_pcp_would_drain(set, 0, pages, MOVABLE);
			for (; m->profile.pcp_drain_batched && left > batch; left -= batch)
				got += bdt_pcp_drain(set, 0, batch, MOVABLE);
			got += bdt_pcp_drain(set, 0, left, MOVABLE);
			assert_int_equal(said, got);
			assert_true(r || said == (pages < 9 ? pages : 9));
			halt(m);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(bounds_are_those_of_the_release),
		T(a_drain_gives_what_was_said),
		T(refills_double),
		T(a_free_halves_the_next_refill),
		T(refills_of_large_blocks_are_small),
		T(only_some_orders_have_lists),
		T(old_drains_take_turns),
		T(new_drains_empty_list_by_list),
		T(drains_go_by_page_or_by_block),
		T(types_without_lists_are_kept_with_movable_ones),
		T(isolated_pages_go_past_the_lists),
		T(old_lists_drain_a_batch_at_high),
		T(drains_double),
		T(reclaim_shortens_the_lists),
		T(runs_of_high_order_frees_are_not_kept),
		T(below_high_lowers_high),
		T(idle_lists_decay),
		T(unknown_pages_are_the_oldest),
		T(pages_are_found_moved_and_counted),
	};

	return cmocka_run_group_tests_name("pcp", tests, NULL, NULL);
}
