/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of the buddy allocator, each in the smallest case that shows it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "model/rmqueue.h"
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#define UNMOVABLE   0
#define MOVABLE     1
#define RECLAIMABLE 2
#define BASE        0x100000ULL
#define NPB         512U

struct fixture {
	struct bdt_profile profile;
	struct bdt_zone *z;
};

static int setup(void **state)
{
	static struct fixture f;
	bool exact;

	if (bdt_profile_find("6.18.44", &f.profile, &exact) || !exact ||
	    bdt_zone_create(&f.profile, BASE, BASE + 16 * NPB, 10, 9, &f.z))
		return -1;
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	bdt_zone_destroy(((struct fixture *)*state)->z);
	return 0;
}

/* A zone of so many pageblocks, all busy, as `release` has it. */
static struct bdt_zone *make_zone(const char *release, struct bdt_profile *profile, unsigned int pageblocks)
{
	struct bdt_zone *z;

	assert_int_equal(bdt_profile_find(release, profile, NULL), 0);
	assert_int_equal(bdt_zone_create(profile, BASE, BASE + pageblocks * NPB, 10, 9, &z), 0);
	return z;
}

/* Allocates as the model chooses; the page. */
static bdt_pfn alloc(struct bdt_zone *z, bdt_order order, bdt_migratetype mt, struct bdt_choice *out)
{
	struct bdt_request request = { .order = order, .mt = mt };
	enum bdt_rmqueue_mode mode = BDT_RMQUEUE_NORMAL;

	assert_true(bdt_rmqueue(z, &request, &mode, out));
	assert_null(bdt_zone_validate(z));
	return out->pfn;
}

static void split_leaves_upper_halves(void **state)
{
	struct bdt_zone *z = ((struct fixture *)*state)->z;
	struct bdt_choice c;
	struct bdt_block b;

	bdt_zone_insert(z, BASE, 10, MOVABLE, BDT_HEAD, true);
	assert_int_equal(alloc(z, 0, MOVABLE, &c), BASE);
	for (bdt_order o = 0; o < 10; o++) {
		assert_true(bdt_zone_first(z, o, MOVABLE, &b));
		assert_int_equal(b.pfn, BASE + (1ULL << o));
		assert_int_equal(z->list[MOVABLE][o].nr_free, 1);
	}
	for (unsigned int i = 1; i <= 10; i++)
		assert_int_equal(alloc(z, 0, MOVABLE, &c), BASE + i);
}

static void free_goes_to_tail_when_merge_is_likely(void **state)
{
	struct bdt_zone *z = ((struct fixture *)*state)->z;

	/* page 1 busy, pages 2-3 one free block: page 0 cannot merge now, its parent's buddy is free */
	bdt_zone_insert(z, BASE + 2, 1, MOVABLE, BDT_HEAD, true);
	bdt_zone_insert(z, BASE + 64, 0, MOVABLE, BDT_HEAD, true);
	bdt_buddy_free(z, BASE, 0, MOVABLE, 0);
	assert_int_equal(z->list[MOVABLE][0].tail, 0);
	assert_int_equal(z->list[MOVABLE][0].head, 64);
}

static void free_goes_to_head_otherwise(void **state)
{
	struct bdt_zone *z = ((struct fixture *)*state)->z;

	bdt_zone_insert(z, BASE + 2, 0, MOVABLE, BDT_HEAD, true);
	bdt_buddy_free(z, BASE, 0, MOVABLE, 0);
	assert_int_equal(z->list[MOVABLE][0].head, 0);
	assert_int_equal(z->list[MOVABLE][0].tail, 2);
}

static void free_to_tail_flag(void **state)
{
	struct bdt_zone *z = ((struct fixture *)*state)->z;

	bdt_zone_insert(z, BASE + 8, 0, MOVABLE, BDT_HEAD, true);
	bdt_buddy_free(z, BASE, 0, MOVABLE, BT_FREE_TO_TAIL);
	assert_int_equal(z->list[MOVABLE][0].tail, 0);
}

static void buddies_merge_up_to_the_largest_order(void **state)
{
	struct bdt_zone *z = ((struct fixture *)*state)->z;
	struct bdt_block b;

	for (bdt_pfn p = 0; p < 4 * NPB; p++)
		bdt_buddy_free(z, BASE + p, 0, MOVABLE, 0);
	assert_int_equal(z->list[MOVABLE][10].nr_free, 2);
	assert_true(bdt_zone_find(z, BASE + 1500, &b));
	assert_int_equal(b.pfn, BASE + 1024);
	assert_int_equal(b.order, 10);
	assert_null(bdt_zone_validate(z));
}

static void merge_across_pageblocks_retypes_the_buddy(void **state)
{
	struct bdt_zone *z = ((struct fixture *)*state)->z;

	bdt_zone_set_type(z, BASE, UNMOVABLE, false);
	bdt_zone_insert(z, BASE, 9, UNMOVABLE, BDT_HEAD, true);
	bdt_buddy_free(z, BASE + NPB, 9, MOVABLE, 0);
	assert_int_equal(z->list[MOVABLE][10].nr_free, 1);
	assert_int_equal(bdt_zone_type(z, BASE), MOVABLE);
	assert_null(bdt_zone_validate(z));
}

static void highatomic_does_not_merge_with_others(void **state)
{
	struct bdt_zone *z = ((struct fixture *)*state)->z;

	bdt_zone_set_type(z, BASE, 3, false);
	bdt_zone_insert(z, BASE, 9, 3, BDT_HEAD, true);
	bdt_buddy_free(z, BASE + NPB, 9, MOVABLE, 0);
	assert_int_equal(z->list[MOVABLE][10].nr_free, 0);
	assert_int_equal(z->list[MOVABLE][9].nr_free, 1);
}

static void large_free_takes_each_pageblocks_type(void **state)
{
	struct bdt_zone *z = ((struct fixture *)*state)->z;

	bdt_zone_set_type(z, BASE, 3, false);
	bdt_buddy_free_by_type(z, BASE, 10, 0);
	assert_int_equal(z->list[3][9].nr_free, 1);
	assert_int_equal(z->list[MOVABLE][9].nr_free, 1);
}

static void movable_steals_the_smallest(void **state)
{
	struct bdt_zone *z = ((struct fixture *)*state)->z;
	struct bdt_choice c;
	struct bdt_block b;

	bdt_zone_set_type(z, BASE, UNMOVABLE, false);
	bdt_zone_insert(z, BASE, 3, UNMOVABLE, BDT_HEAD, true);
	bdt_zone_insert(z, BASE + 16, 2, UNMOVABLE, BDT_HEAD, true);
	assert_int_equal(alloc(z, 0, MOVABLE, &c), BASE + 16);
	assert_int_equal(c.source, BDT_FROM_STEAL);
	assert_int_equal(c.fallback_order, 2);
	assert_true(bdt_zone_find(z, BASE + 18, &b));
	assert_int_equal(b.mt, UNMOVABLE);
	assert_int_equal(bdt_zone_type(z, BASE), UNMOVABLE);
}

static void reclaimable_is_asked_before_unmovable(void **state)
{
	struct bdt_zone *z = ((struct fixture *)*state)->z;
	struct bdt_choice c;

	bdt_zone_set_type(z, BASE, UNMOVABLE, false);
	bdt_zone_set_type(z, BASE + NPB, RECLAIMABLE, false);
	bdt_zone_insert(z, BASE, 2, UNMOVABLE, BDT_HEAD, true);
	bdt_zone_insert(z, BASE + NPB, 2, RECLAIMABLE, BDT_HEAD, true);
	alloc(z, 0, MOVABLE, &c);
	assert_int_equal(c.fallback_mt, RECLAIMABLE);
}

static void whole_claim_takes_the_largest(void **state)
{
	struct bdt_zone *z = ((struct fixture *)*state)->z;
	struct bdt_choice c;

	bdt_zone_insert(z, BASE + 4 * NPB, 9, MOVABLE, BDT_HEAD, true);
	bdt_zone_insert(z, BASE, 10, MOVABLE, BDT_TAIL, true);
	assert_int_equal(alloc(z, 0, UNMOVABLE, &c), BASE);
	assert_int_equal(c.source, BDT_FROM_CLAIM);
	assert_int_equal(c.fallback_order, 10);
	assert_int_equal(bdt_zone_type(z, BASE), UNMOVABLE);
	assert_int_equal(bdt_zone_type(z, BASE + NPB), UNMOVABLE);
	/* ascending from here, as a refill shows it */
	assert_int_equal(alloc(z, 0, UNMOVABLE, &c), BASE + 1);
	assert_int_equal(c.source, BDT_FROM_OWN);
}

static void partial_claim_moves_the_whole_pageblock(void **state)
{
	struct bdt_zone *z = ((struct fixture *)*state)->z;
	struct bdt_choice c;

	/* 256 + 32 + 8 + 4 = 300 free pages, the rest of the movable pageblock is movable */
	bdt_zone_insert(z, BASE, 8, MOVABLE, BDT_HEAD, true);
	bdt_zone_insert(z, BASE + 256, 5, MOVABLE, BDT_HEAD, true);
	bdt_zone_insert(z, BASE + 320, 3, MOVABLE, BDT_HEAD, true);
	bdt_zone_insert(z, BASE + 332, 2, MOVABLE, BDT_HEAD, true);
	bdt_zone_mark(z, BASE + 384, 7, BT_ZP_MOVABLE, 0);
	/* the smallest block that is large enough, not the candidate */
	assert_int_equal(alloc(z, 0, UNMOVABLE, &c), BASE + 332);
	assert_int_equal(c.source, BDT_FROM_CLAIM);
	assert_int_equal(c.fallback_order, 8);
	assert_int_equal(bdt_zone_type(z, BASE), UNMOVABLE);
	assert_int_equal(z->list[MOVABLE][5].nr_free, 0);
	assert_int_equal(z->list[UNMOVABLE][8].nr_free, 1);
}

static void claim_needs_half_a_pageblock(void **state)
{
	struct bdt_zone *z = ((struct fixture *)*state)->z;
	struct bdt_choice c;

	/* 32 free, 225 movable: 255 alike pages make 287 >= 256; one movable page more than 480 - 224 refuses
	 */
	bdt_zone_insert(z, BASE, 5, MOVABLE, BDT_HEAD, true);
	for (bdt_pfn p = 32; p < 32 + 256; p++)
		bdt_zone_mark(z, BASE + p, 0, BT_ZP_MOVABLE, 0);
	assert_int_equal(bdt_fallback_claim_margin(z, BASE, UNMOVABLE), 0);
	bdt_zone_mark(z, BASE + 32 + 256, 0, BT_ZP_MOVABLE, 0);
	assert_int_equal(bdt_fallback_claim_margin(z, BASE, UNMOVABLE), -1);
	alloc(z, 0, UNMOVABLE, &c);
	assert_int_equal(c.source, BDT_FROM_STEAL);
	assert_int_equal(bdt_zone_type(z, BASE), MOVABLE);
}

static void refill_goes_on_stealing(void **state)
{
	struct bdt_zone *z = ((struct fixture *)*state)->z;
	struct bdt_request request = { .order = 0, .mt = UNMOVABLE };
	struct bdt_choice c;

	/* claimable, but the refill has reached the stealing stage already */
	bdt_zone_insert(z, BASE, 9, MOVABLE, BDT_HEAD, true);
	c = bdt_fallback_choose(z, &request, BDT_RMQUEUE_STEAL);
	assert_int_equal(c.source, BDT_FROM_STEAL);
	c = bdt_fallback_choose(z, &request, BDT_RMQUEUE_NORMAL);
	assert_int_equal(c.source, BDT_FROM_CLAIM);
}

static void pageblock_over_the_edge_is_not_claimed(void **state)
{
	struct bdt_profile profile;
	struct bdt_zone *z;
	struct bdt_choice c;

	(void)state;
	assert_int_equal(bdt_profile_find("6.18", &profile, NULL), 0);
	assert_int_equal(bdt_zone_create(&profile, BASE + 64, BASE + 4 * NPB, 10, 9, &z), 0);
	bdt_zone_insert(z, BASE + 256, 8, MOVABLE, BDT_HEAD, true);
	alloc(z, 0, UNMOVABLE, &c);
	assert_int_equal(c.source, BDT_FROM_STEAL);
	bdt_zone_destroy(z);
}

/* 6.1: all free blocks of the pageblock go to the lists asked for, the pageblock keeps its type */
static void retry_moves_without_claiming(void **state)
{
	struct bdt_profile profile;
	struct bdt_zone *z = make_zone("6.1", &profile, 4);
	struct bdt_choice c;

	(void)state;
	bdt_zone_insert(z, BASE, 5, MOVABLE, BDT_HEAD, true);
	bdt_zone_insert(z, BASE + 64, 2, MOVABLE, BDT_HEAD, true);
	for (bdt_pfn p = 128; p < NPB; p++)
		bdt_zone_mark(z, BASE + p, 0, BT_ZP_MOVABLE, 0);
	assert_int_equal(alloc(z, 0, UNMOVABLE, &c), BASE + 64);
	assert_int_equal(c.source, BDT_FROM_STEAL);
	assert_int_equal(c.candidate, BASE);
	assert_int_equal(c.fallback_order, 5);
	assert_int_equal(z->list[UNMOVABLE][5].nr_free, 1);
	assert_int_equal(z->list[MOVABLE][5].nr_free, 0);
	assert_int_equal(bdt_zone_type(z, BASE), MOVABLE);
	bdt_zone_destroy(z);
}

/* 6.1: a movable request that finds only small blocks takes the smallest, alone */
static void retry_takes_the_smallest_for_movable(void **state)
{
	struct bdt_profile profile;
	struct bdt_zone *z = make_zone("6.1", &profile, 4);
	struct bdt_choice c;

	(void)state;
	bdt_zone_set_type(z, BASE, UNMOVABLE, false);
	bdt_zone_insert(z, BASE, 3, UNMOVABLE, BDT_HEAD, true);
	bdt_zone_insert(z, BASE + 16, 1, UNMOVABLE, BDT_HEAD, true);
	assert_int_equal(alloc(z, 0, MOVABLE, &c), BASE + 16);
	assert_int_equal(c.fallback_order, 1);
	assert_int_equal(z->list[MOVABLE][0].nr_free, 1);
	assert_int_equal(z->list[UNMOVABLE][3].nr_free, 1);
	bdt_zone_destroy(z);
}

static void isolation_makes_the_pageblock_movable(void **state)
{
	struct bdt_zone *z = ((struct fixture *)*state)->z;
	struct bdt_block b;

	for (unsigned int i = 0; i < 2; i++) {
		bdt_zone_set_type(z, BASE + i * NPB, UNMOVABLE, false);
		bdt_zone_insert(z, BASE + i * NPB, 8 - i, UNMOVABLE, BDT_HEAD, true);
		bdt_zone_insert(z, BASE + i * NPB + 256, 2, UNMOVABLE, BDT_HEAD, true);
		assert_true(bdt_zone_head(z, BASE + i * NPB, &b));
		bdt_buddy_isolate(z, &b);
		assert_false(bdt_zone_find(z, BASE + i * NPB, &b));
		assert_null(bdt_zone_validate(z));
	}
	/* half a pageblock takes the rest of it along, less does not */
	assert_true(bdt_zone_first(z, 2, MOVABLE, &b));
	assert_int_equal(b.pfn, BASE + 256);
	assert_true(bdt_zone_first(z, 2, UNMOVABLE, &b));
	assert_int_equal(b.pfn, BASE + NPB + 256);
}

static void rotate_moves_what_is_ahead(void **state)
{
	struct bdt_zone *z = ((struct fixture *)*state)->z;
	struct bdt_block b;

	for (bdt_pfn p = 0; p < 5; p++)
		bdt_zone_insert(z, BASE + 2 * p, 0, MOVABLE, BDT_TAIL, true);
	bdt_zone_rotate(z, BASE + 6, 2);
	assert_int_equal(z->list[MOVABLE][0].head, 0);
	bdt_zone_rotate(z, BASE + 6, 3);
	assert_true(bdt_zone_first(z, 0, MOVABLE, &b));
	assert_int_equal(b.pfn, BASE + 6);
	assert_int_equal(z->list[MOVABLE][0].tail, 4);
	assert_true(bdt_zone_head(z, BASE, &b));
	assert_false(b.known);
	assert_null(bdt_zone_validate(z));
}

static void validate_finds_what_is_broken(void **state)
{
	struct bdt_zone *z = ((struct fixture *)*state)->z;

	bdt_zone_insert(z, BASE, 3, MOVABLE, BDT_HEAD, true);
	assert_null(bdt_zone_validate(z));
	bdt_zone_set_type(z, BASE, UNMOVABLE, false);
	assert_non_null(strstr(bdt_zone_validate(z), "another type"));
	bdt_zone_set_type(z, BASE, MOVABLE, false);
	z->free_pages++;
	assert_non_null(strstr(bdt_zone_validate(z), "free_pages"));
	z->free_pages--;
	bdt_zone_insert(z, BASE + 4, 0, MOVABLE, BDT_HEAD, true);
	assert_non_null(strstr(bdt_zone_validate(z), "overlaps"));
}

static void profiles_follow_the_release(void **state)
{
	static const struct {
		const char *release, *name;
		bool exact;
	} cases[] = {
		{ "6.12.107+deb13-cloud-amd64", "6.12", true },
		{ "6.12.29", "6.12", true },
		{ "6.18.44-vendor", "6.18", true },
		{ "6.16.1", "6.18", false },
		{ "7.2.13+deb14-cloud-amd64", "7.2", true },
		{ "7.2", "7.2", true },
		{ "6.18", "6.18", true },
		{ "6.12", "6.12", true },
		{ "6.10", "6.10", true },
		{ "7.0.1", "7.2", false },
		{ "6.1.192-2", "6.1", true },
		{ "5.10.223", "5.10", true },
		{ "6.6.32", "6.1", false },
		{ "6.12.28", "6.10", false },
		{ "6.13.5", "6.10", false },
		{ "5.15.3", "5.10", false },
		{ "5.4.0-150-generic", "5.0", false },
		{ "4.0.5", "4.0", true },
		{ "4.4.0-21-generic", "4.0", false },
		{ "4.9.0-19-amd64", "4.0", false },
		{ "4.14.336", "5.0", false },
		{ "4.19.0-27-amd64", "5.0", false },
		{ "4.20.17", "5.0", false },
	};
	static const char *const none[] = { "3.19", "3.10", "", "x", "6" };
	struct bdt_profile p;
	bool exact;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(bdt_profile_find(cases[i].release, &p, &exact), 0);
		assert_string_equal(p.name, cases[i].name);
		assert_int_equal(exact, cases[i].exact);
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(bdt_profile_find(none[i], &p, NULL), -ENOENT);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(split_leaves_upper_halves),
		T(free_goes_to_tail_when_merge_is_likely),
		T(free_goes_to_head_otherwise),
		T(free_to_tail_flag),
		T(buddies_merge_up_to_the_largest_order),
		T(merge_across_pageblocks_retypes_the_buddy),
		T(highatomic_does_not_merge_with_others),
		T(large_free_takes_each_pageblocks_type),
		T(movable_steals_the_smallest),
		T(reclaimable_is_asked_before_unmovable),
		T(whole_claim_takes_the_largest),
		T(partial_claim_moves_the_whole_pageblock),
		T(claim_needs_half_a_pageblock),
		T(refill_goes_on_stealing),
		cmocka_unit_test(pageblock_over_the_edge_is_not_claimed),
		cmocka_unit_test(retry_moves_without_claiming),
		cmocka_unit_test(retry_takes_the_smallest_for_movable),
		T(isolation_makes_the_pageblock_movable),
		T(rotate_moves_what_is_ahead),
		T(validate_finds_what_is_broken),
		cmocka_unit_test(profiles_follow_the_release),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
