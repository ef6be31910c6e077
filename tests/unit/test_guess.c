/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Free blocks that compaction is taken to have isolated, or not to have found, without an event that names
 * them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "replay/engine.h"
#include "replay/guess.h"
#include <cmocka.h>
#include <string.h>

#define UNMOVABLE 0
#define MOVABLE   1
#define BASE      0x100000ULL

struct fixture {
	struct bdt_profile profile;
	struct bdt_state state;
	struct bdt_zone *z;
};

/* A block of order 2 that is a guess, and its free buddy. */
static void open_fixture(struct fixture *f)
{
	struct bdt_block b;

	memset(f, 0, sizeof(*f));
	assert_int_equal(bdt_profile_find("6.1.0", &f->profile, NULL), 0);
	f->state.profile = &f->profile;
	f->state.nzones = 1;
	assert_int_equal(bdt_zone_create(&f->profile, BASE, BASE + 1024, 10, 9, &f->state.zones[0]), 0);
	f->z = f->state.zones[0];
	bdt_zone_insert(f->z, BASE, 2, MOVABLE, BDT_HEAD, true);
	assert_true(bdt_zone_head(f->z, BASE, &b));
	bdt_guess_take(&f->state, f->z, &b);
	bdt_zone_insert(f->z, BASE + 4, 2, MOVABLE, BDT_HEAD, true);
	assert_int_equal(f->z->free_pages, 4);
}

static void close_fixture(struct fixture *f)
{
	assert_null(bdt_zone_validate(f->z));
	bdt_state_finish(&f->state);
}

static void whole_guess_is_taken_back(void **state)
{
	struct fixture f;
	struct bdt_block b;

	(void)state;
	open_fixture(&f);
	assert_true(bdt_guess_holds(f.z, BASE + 3));
	assert_false(bdt_guess_holds(f.z, BASE + 4));
	bdt_guess_refute(&f.state, f.z, BASE + 3);
	assert_false(bdt_guess_holds(f.z, BASE));
	assert_int_equal(f.z->free_pages, 8);
	assert_true(bdt_zone_head(f.z, BASE, &b));
	assert_int_equal(b.order, 3);
	assert_int_equal(f.state.guessed, 1);
	assert_int_equal(f.state.refuted, 1);
	close_fixture(&f);
}

static void page_that_an_event_named_stays(void **state)
{
	struct fixture f;
	struct bdt_block b;

	(void)state;
	open_fixture(&f);
	bdt_zone_mark(f.z, BASE, 0, BT_ZP_SEEN, 0);
	assert_false(bdt_guess_holds(f.z, BASE));
	bdt_guess_refute(&f.state, f.z, BASE + 2);
	assert_false(bdt_zone_find(f.z, BASE, &b));
	assert_true(bdt_zone_find(f.z, BASE + 1, &b));
	assert_int_equal(b.order, 0);
	assert_int_equal(f.z->free_pages, 7);
	close_fixture(&f);
}

/* Of a guess too long ago only the page itself is known to be part. */
static void old_guess_is_forgotten(void **state)
{
	struct fixture f;
	struct bdt_block b;

	(void)state;
	open_fixture(&f);
	for (int i = 0; i < BT_GUESSES; i++) {
		assert_true(bdt_zone_head(f.z, BASE + 4, &b));
		bdt_guess_take(&f.state, f.z, &b);
		bdt_guess_refute(&f.state, f.z, BASE + 4);
	}
	bdt_guess_refute(&f.state, f.z, BASE + 1);
	assert_true(bdt_guess_holds(f.z, BASE));
	assert_true(bdt_guess_holds(f.z, BASE + 2));
	assert_int_equal(f.z->free_pages, 5);
	close_fixture(&f);
}

/* A run that goes on found nothing that a request could have: smaller blocks may be there all the same. */
static void lacking_blocks_are_not_free(void **state)
{
	struct bdt_event ev = { .kind = BDT_EV_COMPACTION_FINISHED, .time_ns = 1 };
	struct bdt_engine e = { 0 };
	struct fixture f;
	struct bdt_block b;

	(void)state;
	open_fixture(&f);
	bdt_zone_insert(f.z, BASE + 512, 9, MOVABLE, BDT_HEAD, true);
	e.state = &f.state;
	bdt_compaction_finished(&e, &ev);
	assert_true(bdt_zone_head(f.z, BASE + 512, &b));
	assert_int_equal(b.mt, MOVABLE);
	e.lacking = f.z;
	e.lacking_order = 9;
	e.lacking_mt = UNMOVABLE;
	bdt_compaction_finished(&e, &ev);
	assert_true(bdt_zone_head(f.z, BASE + 512, &b));
	assert_int_equal(b.mt, BT_MT_LIMBO);
	assert_true(bdt_zone_head(f.z, BASE + 4, &b));
	assert_int_equal(b.mt, MOVABLE);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_guess_is_taken_back),
		cmocka_unit_test(page_that_an_event_named_stays),
		cmocka_unit_test(old_guess_is_forgotten),
		cmocka_unit_test(lacking_blocks_are_not_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
