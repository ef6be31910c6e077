/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recorded pages on pages of the copy, and the reverse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "replay/page_map.h"
#include <cmocka.h>

static struct bdt_profile profile;

struct fixture {
	struct bdt_state state;
	struct bdt_page_map map;
};

/* Two zones with a hole between them. */
static void open_map(struct fixture *f)
{
	struct bdt_zoneinfo zi = { .n = 2 };

	zi.zones[0].start_pfn = 1;
	zi.zones[0].spanned = 4095;
	zi.zones[1].start_pfn = 8192;
	zi.zones[1].spanned = 4096;
	*f = (struct fixture){ 0 };
	assert_int_equal(bdt_profile_find("6.18", &profile, NULL), 0);
	assert_int_equal(bdt_state_create(&f->state, &profile, &zi, 10, 9, NULL), 0);
	assert_int_equal(bdt_page_map_init(&f->map, &f->state), 0);
}

static void close_map(struct fixture *f)
{
	assert_null(bdt_page_map_validate(&f->map));
	bdt_page_map_finish(&f->map);
	bdt_state_finish(&f->state);
}

static void at_first_every_page_is_itself(void **unused)
{
	struct fixture f;

	(void)unused;
	open_map(&f);
	assert_int_equal(bdt_page_map_own(&f.map, 100), 100);
	assert_int_equal(bdt_page_map_whose(&f.map, 8200), 8200);
	assert_true(bdt_page_map_own(&f.map, 5000) == BT_PFN_NONE);
	assert_true(bdt_page_map_whose(&f.map, 20000) == BT_PFN_NONE);
	close_map(&f);
}

static void a_block_is_on_other_pages_and_they_are_its_own(void **unused)
{
	struct fixture f;

	(void)unused;
	open_map(&f);
	bdt_page_map_set(&f.map, 64, 8256, 2, true);
	for (bdt_pfn i = 0; i < 4; i++) {
		assert_int_equal(bdt_page_map_own(&f.map, 64 + i), 8256 + i);
		assert_int_equal(bdt_page_map_whose(&f.map, 8256 + i), 64 + i);
		/* the recorded page of that number has none now, and the page 64 is nobody's */
		assert_true(bdt_page_map_own(&f.map, 8256 + i) == BT_PFN_NONE);
		assert_true(bdt_page_map_whose(&f.map, 64 + i) == BT_PFN_NONE);
	}
	assert_int_equal(bdt_page_map_compound(&f.map, 8256), 2);
	assert_false(bdt_page_map_is_tail(&f.map, 8256));
	assert_true(bdt_page_map_is_tail(&f.map, 8259));
	assert_false(bdt_page_map_is_tail(&f.map, 8260));
	bdt_page_map_forget(&f.map, 65, 0);
	assert_true(bdt_page_map_own(&f.map, 65) == BT_PFN_NONE);
	assert_int_equal(bdt_page_map_own(&f.map, 66), 8258);
	assert_int_equal(bdt_page_map_compound(&f.map, 8256), 0);
	assert_false(bdt_page_map_is_tail(&f.map, 8259));
	close_map(&f);
}

static void what_is_moved_is_found_at_its_new_place(void **unused)
{
	struct fixture f;

	(void)unused;
	open_map(&f);
	bdt_page_map_set(&f.map, 64, 8256, 1, true);
	bdt_page_map_move(&f.map, 8256, 9000, 1);
	assert_int_equal(bdt_page_map_own(&f.map, 65), 9001);
	assert_true(bdt_page_map_whose(&f.map, 8257) == BT_PFN_NONE);
	assert_int_equal(bdt_page_map_compound(&f.map, 9000), 1);
	assert_int_equal(bdt_page_map_compound(&f.map, 8256), 0);
	/* one that was itself */
	bdt_page_map_move(&f.map, 300, 9010, 0);
	assert_int_equal(bdt_page_map_own(&f.map, 300), 9010);
	bdt_page_map_move(&f.map, 9010, 300, 0);
	assert_int_equal(bdt_page_map_own(&f.map, 300), 300);
	close_map(&f);
}

static void a_stray_block_is_found_again_wherever_it_was_moved(void **unused)
{
	struct fixture f;

	(void)unused;
	open_map(&f);
	bdt_page_map_set(&f.map, 64, 8256, 0, false);
	assert_int_equal(bdt_page_map_stray(&f.map, 64, 8256, 0), 0);
	assert_int_equal(bdt_page_map_stray(&f.map, 512, 512, 3), 0);
	assert_true(bdt_page_map_own(&f.map, 64) == BT_PFN_NONE);
	assert_true(bdt_page_map_whose(&f.map, 8256) == BT_PFN_NONE);
	assert_null(bdt_page_map_validate(&f.map));
	bdt_page_map_move(&f.map, 8256, 9000, 0);
	bdt_page_map_move(&f.map, 512, 9008, 3);
	assert_null(bdt_page_map_validate(&f.map));
	assert_true(bdt_page_map_take_stray(&f.map, 1) == BT_PFN_NONE);
	assert_int_equal(bdt_page_map_take_stray(&f.map, 3), 9008);
	assert_int_equal(bdt_page_map_take_stray(&f.map, 0), 9000);
	assert_true(bdt_page_map_take_stray(&f.map, 0) == BT_PFN_NONE);
	close_map(&f);
}

static void a_reset_makes_every_page_itself(void **unused)
{
	struct fixture f;

	(void)unused;
	open_map(&f);
	bdt_page_map_set(&f.map, 64, 8256, 2, true);
	bdt_page_map_stray(&f.map, 64, 8256, 2);
	bdt_page_map_hold(&f.map, 700, 1);
	bdt_page_map_reset(&f.map);
	assert_int_equal(bdt_page_map_own(&f.map, 64), 64);
	assert_int_equal(bdt_page_map_own(&f.map, 701), 701);
	assert_int_equal(bdt_page_map_compound(&f.map, 8256), 0);
	assert_true(bdt_page_map_take_stray(&f.map, 2) == BT_PFN_NONE);
	close_map(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_first_every_page_is_itself),
		cmocka_unit_test(a_block_is_on_other_pages_and_they_are_its_own),
		cmocka_unit_test(what_is_moved_is_found_at_its_new_place),
		cmocka_unit_test(a_stray_block_is_found_again_wherever_it_was_moved),
		cmocka_unit_test(a_reset_makes_every_page_itself),
	};

	return cmocka_run_group_tests_name("page_map", tests, NULL, NULL);
}
