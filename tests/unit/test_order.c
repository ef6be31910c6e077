/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a removal that was not foreseen says of the order of a list, and what it does not say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "replay/engine.h"
#include <cmocka.h>
#include <string.h>

#define MOVABLE 1
#define BASE    0x100000U
/* single pages that are no buddies */
#define PAGE(i) (BASE + 2U * (i))
#define BLOCK   (BASE + 64U)

struct fixture {
	struct bdt_profile profile;
	struct bdt_state state;
	struct bdt_zone *z;
	struct bdt_engine e;
	uint64_t number;
	unsigned int exact;
};

static void count(void *user, const struct bdt_outcome *o)
{
	((struct fixture *)user)->exact += o->exact;
}

static void open_fixture(struct fixture *f)
{
	struct bdt_sink sink = { .removal = count, .user = f };

	memset(f, 0, sizeof(*f));
	assert_int_equal(bdt_profile_find("6.18.0", &f->profile, NULL), 0);
	f->state.profile = &f->profile;
	f->state.nzones = 1;
	f->state.seeded = true;
	assert_int_equal(bdt_zone_create(&f->profile, BASE, BASE + 1024, 10, 9, &f->state.zones[0]), 0);
	f->z = f->state.zones[0];
	bdt_zone_set_type(f->z, BASE, MOVABLE, false);
	assert_int_equal(bdt_engine_init(&f->e, &f->state, sink, 32), 0);
}

static void close_fixture(struct fixture *f)
{
	assert_null(bdt_zone_validate(f->z));
	bdt_engine_finish(&f->e);
	bdt_state_finish(&f->state);
}

/* The kernel takes a single page from the movable lists. */
static void takes(struct fixture *f, bdt_pfn pfn)
{
	struct bdt_event ev = { .time_ns = 1000 * (f->number + 1),
				.number = f->number,
				.kind = BDT_EV_ZONE_LOCKED };

	f->number++;
	ev.zone_locked.pfn = (int64_t)pfn;
	ev.zone_locked.migratetype = MOVABLE;
	assert_int_equal(bdt_engine_event(&f->e, &ev), 0);
	bdt_engine_flush(&f->e);
}

/* Pages 0 .. n-1 from head to tail. */
static void fill(struct fixture *f, unsigned int n, bool known)
{
	for (unsigned int i = 0; i < n; i++)
		bdt_zone_insert(f->z, PAGE(i), 0, MOVABLE, BDT_TAIL, known);
}

static bdt_pfn first(const struct fixture *f, bdt_order order)
{
	struct bdt_block b;

	return bdt_zone_first(f->z, order, MOVABLE, &b) && b.known ? b.pfn : BT_PFN_NONE;
}

static void one_misplaced_block_says_nothing_of_the_others(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f);
	fill(&f, 10, true);
	bdt_zone_insert(f.z, PAGE(20), 0, MOVABLE, BDT_TAIL, false);
	takes(&f, PAGE(20));
	for (unsigned int i = 0; i < 10; i++)
		takes(&f, PAGE(i));
	assert_int_equal(f.exact, 10);
	close_fixture(&f);
}

/* A known head that is gone in truth. */
static void head_that_is_passed_over_gives_way(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f);
	bdt_zone_insert(f.z, PAGE(30), 0, MOVABLE, BDT_HEAD, true);
	fill(&f, 20, false);
	for (unsigned int i = 0; i < 20; i++)
		takes(&f, PAGE(i));
	assert_true(f.exact >= 12 && f.exact < 20);
	close_fixture(&f);
}

/* A block of eight pages that was taken though there are known single ones. */
static void open_doubt(struct fixture *f)
{
	open_fixture(f);
	fill(f, 4, true);
	bdt_zone_insert(f->z, BLOCK, 3, MOVABLE, BDT_HEAD, true);
	takes(f, BLOCK);
	assert_int_equal(first(f, 0), PAGE(0));
	assert_int_equal(f->z->list[BT_MT_LIMBO][2].nr_free, 1);
}

static void another_page_of_the_block_was_free_by_itself(void **state)
{
	struct fixture f;

	(void)state;
	open_doubt(&f);
	takes(&f, BLOCK + 5);
	assert_int_equal(first(&f, 0), PAGE(0));
	assert_int_equal(f.z->list[MOVABLE][0].nr_free, 4);
	close_fixture(&f);
}

static void next_page_of_the_block_proves_that_it_was_split(void **state)
{
	struct fixture f;

	(void)state;
	open_doubt(&f);
	takes(&f, BLOCK + 1);
	assert_int_equal(f.z->list[MOVABLE][0].nr_free, 0);
	assert_int_equal(first(&f, 1), BLOCK + 2);
	assert_int_equal(first(&f, 2), BLOCK + 4);
	takes(&f, BLOCK + 2);
	assert_int_equal(f.exact, 1);
	close_fixture(&f);
}

/* One single page is enough: the kernel takes a block at its start. */
static void page_inside_of_a_block_is_not_of_that_block(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f);
	fill(&f, 1, true);
	bdt_zone_insert(f.z, BLOCK, 3, MOVABLE, BDT_HEAD, true);
	takes(&f, BLOCK + 6);
	assert_int_equal(first(&f, 0), PAGE(0));
	takes(&f, PAGE(0));
	assert_int_equal(f.exact, 1);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_misplaced_block_says_nothing_of_the_others),
		cmocka_unit_test(head_that_is_passed_over_gives_way),
		cmocka_unit_test(another_page_of_the_block_was_free_by_itself),
		cmocka_unit_test(next_page_of_the_block_proves_that_it_was_split),
		cmocka_unit_test(page_inside_of_a_block_is_not_of_that_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
