/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page level, assisted: which zone an allocation is expected from, and what is learnt from the one it got. */
#include "page_level.h"

#define TASK 100

/* GFP_HIGHUSER_MOVABLE */
#define USER_RECORDED 0x100cca

#define LOW  2000 /* marks of zone Normal, pages */
#define HIGH 3000

#define NCPUS 2

static void start(struct level *l, uint64_t free)
{
	struct bdt_watermarks *marks;

	level_start(l, NEWEST);
	marks = &l->p->truth->zones[NORMAL].marks;
	marks->mark[BT_ALLOC_WMARK_MIN] = 1000;
	marks->mark[BT_ALLOC_WMARK_LOW] = LOW;
	marks->mark[BT_ALLOC_WMARK_HIGH] = HIGH;
	use_up(l->m, NORMAL, free);
}

/* A single page of the zone is allocated; was the zone foreseen? */
static bool foreseen(struct level *l, unsigned int zone, bdt_pfn pfn)
{
	const struct bdt_page_assisted *a = &bdt_page_result(l->p)->assisted;
	struct bdt_event ev = { .kind = BDT_EV_PAGE_ALLOC, .pid = TASK, .time_ns = l->now += 1000 };
	uint64_t before = a->zones_exact, all = a->zones;

	ev.alloc.pfn = (int64_t)(pfn ? pfn : zone == NORMAL ? START + PAGES - 1 : LOW_END - 1);
	ev.alloc.gfp_flags = USER_RECORDED;
	ev.alloc.migratetype = MOVABLE;
	bdt_page_event(l->p, &ev, true);
	assert_int_equal(a->zones, all + 1);
	return a->zones_exact > before;
}

/* What the kernel did not find on its lists is not among the pages that it counts. */
static void limbo_is_not_counted(void **state)
{
	struct bdt_zone *z;
	struct bdt_block b;
	struct level l;

	(void)state;
	start(&l, LOW + NPB);
	z = l.m->zone[NORMAL];
	assert_true(foreseen(&l, NORMAL, 0));
	for (bdt_order o = 0; bdt_zone_nr_free(z) > LOW; o = 0) {
		while (!bdt_zone_first(z, o, MOVABLE, &b))
			o++;
		bdt_zone_move(z, b.pfn, BT_MT_LIMBO, BDT_TAIL, false);
	}
	assert_int_equal(z->free_pages, LOW + NPB);
	assert_true(foreseen(&l, DMA32, 0));
	level_stop(&l);
}

/* What a refill took for the allocation was there when the zone was chosen for it. */
static void a_refill_comes_after_the_choice(void **state)
{
	struct bdt_outcome o = { .mt = MOVABLE, .observed = { .source = BDT_FROM_OWN, .free = true } };
	bdt_pfn first = BT_PFN_NONE;
	struct bdt_block b;
	struct level l;

	(void)state;
	start(&l, LOW + 10);
	o.zone = l.m->zone[NORMAL];
	for (unsigned int i = 0; i < 20; i++) {
		bdt_buddy_next(o.zone, START, START + PAGES, &b);
		o.observed.pfn = b.pfn;
		bdt_page_removal(l.p, &o);
		bdt_buddy_carve(l.m->zone[NORMAL], b.pfn, 0);
		if (!i)
			first = b.pfn;
	}
	assert_true(foreseen(&l, NORMAL, first));
	/* the others of it are on a list: no matter, the zone is below its mark now */
	assert_true(foreseen(&l, DMA32, 0));
	level_stop(&l);
}

/* CPUs add up what they took and gave back now and then: a choice tells the count, but not more than that. */
static void a_choice_tells_the_count(void **state)
{
	static const struct {
		int64_t off;
		bool learnt;
	} cases[] = {
		{ 100, true }, { -100, true }, { 125 * NCPUS + 1, false }, { -125 * NCPUS - 1, false }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned int got = cases[i].off > 0 ? DMA32 : NORMAL;
		struct level l;

		start(&l, (uint64_t)(LOW + cases[i].off));
		assert_false(foreseen(&l, got, 0));
		assert_int_equal(foreseen(&l, got, 0), cases[i].learnt);
		level_stop(&l);
	}
}

/* Above the high mark, too, a zone is passed over that has no page of the type. */
static void a_zone_passed_over_lacks_the_type(void **state)
{
	struct bdt_outcome o = { .mt = MOVABLE, .observed = { .source = BDT_FROM_OWN, .free = true } };
	const bdt_pfn single = START + PAGES - NPB;
	struct level l;

	(void)state;
	start(&l, HIGH + 4 * NPB);
	o.zone = l.m->zone[NORMAL];
	for (bdt_pfn p = START; p < START + PAGES; p += NPB)
		bdt_buddy_retype(l.m->zone[NORMAL], p, UNMOVABLE, true, false);
	bdt_zone_set_type(l.m->zone[NORMAL], single, MOVABLE, false);
	/* less than a pageblock of its own, and no whole one to take over */
	for (bdt_pfn p = START; p < START + PAGES / 2; p += NPB)
		if (bdt_buddy_carve(l.m->zone[NORMAL], p, 0))
			bdt_zone_insert(l.m->zone[NORMAL], single + 2 * (p - START) / NPB % NPB, 0, MOVABLE,
					BDT_TAIL, true);
	assert_false(foreseen(&l, DMA32, 0));
	assert_true(foreseen(&l, DMA32, 0));
	/* one of them leaves: they are there after all */
	o.observed.pfn = single;
	bdt_page_removal(l.p, &o);
	bdt_buddy_carve(l.m->zone[NORMAL], single, 0);
	assert_true(foreseen(&l, NORMAL, single));
	assert_true(foreseen(&l, NORMAL, 0));
	level_stop(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limbo_is_not_counted),
		cmocka_unit_test(a_refill_comes_after_the_choice),
		cmocka_unit_test(a_choice_tells_the_count),
		cmocka_unit_test(a_zone_passed_over_lacks_the_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
