/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page level, assisted: how many blocks a refill is expected to get, and which allocation is one. */
#include "page_level.h"

#define TASK  100
#define OTHER 200

/* GFP_HIGHUSER_MOVABLE */
#define USER_RECORDED 0x100cca

#define BATCH 63 /* of zone Normal */

static void put(struct bdt_zone *z, bdt_pfn pfn, bdt_order order, bdt_migratetype mt)
{
	bdt_zone_set_type(z, pfn, mt, false);
	bdt_zone_insert(z, pfn, order, mt, BDT_TAIL, true);
}

/* Of unmovable blocks of order 3 with gaps between them, from START on. */
static bdt_pfn of_large(unsigned int i)
{
	return START + 16 * (i / 8) + i % 8;
}

/* Of movable single pages, every other one from the second pageblock on. */
static bdt_pfn of_single(unsigned int i)
{
	return START + NPB + 2 * i;
}

/* Zone Normal has 32 unmovable blocks and `singles` movable pages, and a request is not kept from them. */
static void start(struct level *l, unsigned int singles, uint64_t low_pages)
{
	struct bdt_watermarks *marks;
	struct bdt_zone *z;

	level_start(l, NEWEST);
	marks = &l->p->truth->zones[NORMAL].marks;
	for (unsigned int mark = BT_ALLOC_WMARK_MIN; mark <= BT_ALLOC_WMARK_HIGH; mark++)
		marks->mark[mark] = 0;
	use_up(l->m, NORMAL, 0);
	use_up(l->m, DMA32, low_pages);
	z = l->m->zone[NORMAL];
	for (unsigned int i = 0; i < 32; i++)
		put(z, of_large(8 * i), 3, UNMOVABLE);
	for (unsigned int i = 0; i < singles; i++)
		put(z, of_single(i), 0, MOVABLE);
}

static void event(struct level *l, const struct bdt_event *like, bdt_pfn pfn)
{
	struct bdt_event ev = *like;

	ev.time_ns = l->now += 1000;
	ev.field[0] = (int64_t)pfn;
	if (ev.kind == BDT_EV_PAGE_ALLOC) {
		ev.alloc.gfp_flags = USER_RECORDED;
		ev.alloc.migratetype = MOVABLE;
	}
	if (ev.kind == BDT_EV_PCPU_DRAIN)
		ev.drain.migratetype = MOVABLE;
	bdt_page_event(l->p, &ev, true);
}

static void removed(struct level *l, unsigned int zone, bdt_pfn pfn, enum bdt_source source)
{
	struct bdt_outcome o = { .zone = l->m->zone[zone],
				 .mt = MOVABLE,
				 .observed = { .source = source, .free = true, .pfn = pfn } };

	o.observed.fallback_order = source == BDT_FROM_OWN ? 0 : 3;
	bdt_page_removal(l->p, &o);
	bdt_buddy_carve(l->m->zone[zone], pfn, 0);
}

static void allocated(struct level *l, bdt_pfn pfn)
{
	static const struct bdt_event alloc = { .kind = BDT_EV_PAGE_ALLOC, .pid = TASK };

	event(l, &alloc, pfn);
}

/* CPU 0 refills with `n` pages from the `first` on and hands all of them out. */
static void use_a_refill(struct level *l, bdt_pfn (*page)(unsigned int i), unsigned int first, unsigned int n,
			 enum bdt_source source)
{
	for (unsigned int i = first; i < first + n; i++)
		removed(l, NORMAL, page(i), source);
	for (unsigned int i = first; i < first + n; i++)
		allocated(l, page(i));
}

static void assert_sizes(struct level *l, uint64_t of, uint64_t exact)
{
	const struct bdt_page_assisted *a = &bdt_page_result(l->p)->assisted;

	assert_int_equal(a->refill_sizes, of);
	assert_int_equal(a->refill_sizes_exact, exact);
}

/* Pageblocks are not mixed while there is another way: what there is unmixed is less than what is asked. */
static void a_refill_ends_where_nothing_is_left(void **state)
{
	struct level l;

	(void)state;
	start(&l, 100, 0);
	use_a_refill(&l, of_single, 0, BATCH, BDT_FROM_OWN);
	assert_sizes(&l, 0, 0);
	use_a_refill(&l, of_single, BATCH, 100 - BATCH, BDT_FROM_OWN);
	assert_sizes(&l, 1, 1);
	level_stop(&l);
}

/* The pass that would not mix asked for a refill as well: the one after it asks for twice as many. */
static void a_refill_that_mixes_is_the_second_try(void **state)
{
	struct level l;

	(void)state;
	start(&l, BATCH, 0);
	use_a_refill(&l, of_single, 0, BATCH, BDT_FROM_OWN);
	use_a_refill(&l, of_large, 0, 4 * BATCH, BDT_FROM_STEAL);
	assert_sizes(&l, 1, 1);
	level_stop(&l);
}

/* So it is with a zone that was asked first and had nothing, whoever serves the request then. */
static void a_zone_passed_over_was_asked_for_a_refill(void **state)
{
	struct bdt_pcp *pcp;
	struct level l;

	(void)state;
	start(&l, 0, 4ULL * NPB);
	pcp = &l.p->truth->zones[NORMAL].pcp.cpu[0];
	pcp->free_count = 40;
	for (unsigned int i = 0; i < 4; i++)
		removed(&l, DMA32, LOW_START + i, BDT_FROM_OWN);
	allocated(&l, LOW_START);
	assert_int_equal(pcp->alloc_factor, 1);
	assert_int_equal(pcp->free_count, 20);
	allocated(&l, LOW_START + 1);
	assert_int_equal(pcp->alloc_factor, 2);
	assert_int_equal(pcp->free_count, 10);
	level_stop(&l);
}

/*
 * CPU 1 drains the lists of CPU 0 and is interrupted as soon as interrupts are on again: the lock of the
 * lists is taken until it goes on.
 */
static void an_interrupted_drain_holds_the_lock(void **state)
{
	static const struct bdt_event freed = { .kind = BDT_EV_PAGE_FREE, .pid = TASK };
	static const struct bdt_event drained = {
		.kind = BDT_EV_PCPU_DRAIN, .cpu = 1, .pid = OTHER, .preempt_count = 2
	};
	static const struct {
		uint8_t flags, depth;
		bool held;
	} cases[] = { { BT_EVENT_SOFTIRQ, 1, true }, { BT_EVENT_SOFTIRQ, 0, false }, { 0, 1, false } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bdt_event next = { .kind = BDT_EV_PAGE_ALLOC, .cpu = 1, .pid = OTHER };
		const struct bdt_page_assisted *a;
		struct level l;

		start(&l, 100, 0);
		a = &bdt_page_result(l.p)->assisted;
		use_a_refill(&l, of_single, 0, BATCH, BDT_FROM_OWN);
		event(&l, &freed, of_single(0));
		allocated(&l, BT_PFN_NONE);
		event(&l, &drained, of_single(0));
		next.flags = cases[i].flags;
		next.preempt_count = cases[i].depth;
		event(&l, &next, BT_PFN_NONE);
		/* the list is empty, and one page comes: from the buddy lists, or a refill of too few */
		use_a_refill(&l, of_single, BATCH, 1, BDT_FROM_OWN);
		assert_sizes(&l, cases[i].held ? 0 : 1, 0);
		assert_int_equal(a->refills.observed, cases[i].held ? 0 : 1);
		next.flags = 0;
		event(&l, &next, BT_PFN_NONE);
		use_a_refill(&l, of_single, BATCH + 1, 1, BDT_FROM_OWN);
		assert_int_equal(a->refills.observed, cases[i].held ? 1 : 2);
		level_stop(&l);
	}
}

/* A refill up to the limit tells how many pages are there that were not seen to come. */
static void a_refill_tells_the_count(void **state)
{
	const unsigned int most = 1000, unseen = 300, got = most - unseen - BATCH;
	struct bdt_pcp *pcp;
	struct level l;

	(void)state;
	start(&l, 3 * most, 0);
	use_a_refill(&l, of_single, 0, BATCH, BDT_FROM_OWN);
	pcp = &l.p->truth->zones[NORMAL].pcp.cpu[0];
	pcp->bounds.high_max = pcp->high = most;
	pcp->alloc_factor = 5;
	use_a_refill(&l, of_single, BATCH, got, BDT_FROM_OWN);
	assert_sizes(&l, 1, 0);
	use_a_refill(&l, of_single, BATCH + got, got, BDT_FROM_OWN);
	assert_sizes(&l, 2, 1);
	level_stop(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_refill_ends_where_nothing_is_left),
		cmocka_unit_test(a_refill_that_mixes_is_the_second_try),
		cmocka_unit_test(a_zone_passed_over_was_asked_for_a_refill),
		cmocka_unit_test(an_interrupted_drain_holds_the_lock),
		cmocka_unit_test(a_refill_tells_the_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
