/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A later snapshot says which pages are free: the model is compared with it, and takes it over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "model/buddy.h"
#include "replay/checkpoint.h"
#include "tracefile_fixture.h"
#include <cmocka.h>
#include <string.h>

#define BASE    0x1000ULL
#define PAGES   1024
#define MOVABLE 1

/* The kernel has these free: the model lacks the first four, and has the next four besides. */
static bool kernel_has(size_t i)
{
	return i < 8 || i >= 16;
}

static void write_snapshot(const char *path)
{
	static const struct bdt_writer_options options = { .long_size = 8,
							   .page_size = FIXTURE_PAGE,
							   .clock = "local" };
	static uint16_t flags[PAGES];
	struct bdt_writer *w;

	for (size_t i = 0; i < PAGES; i++)
		flags[i] = kernel_has(i) ? BT_PAGE_BUDDY : 0;
	assert_int_equal(bdt_writer_create(path, &options, &w, NULL), 0);
	assert_int_equal(bdt_writer_header_info(w, "p", 1, "e", 1), 0);
	assert_int_equal(bdt_writer_snapshot(w, "between"), 0);
	assert_int_equal(bdt_writer_pageflags(w, BASE, PAGES, flags, 100, 200), 0);
	assert_int_equal(bdt_writer_finish(w, NULL, NULL), 0);
}

static void the_model_takes_over_what_did_not_change(void **unused)
{
	struct bdt_profile profile;
	struct bdt_state s = { .profile = &profile, .nzones = 1 };
	struct bdt_checkpoint_result r;
	struct bdt_checkpoint *c;
	struct bdt_tracefile *tf;
	struct bdt_block b;
	struct bdt_zone *z;
	const char *path;

	(void)unused;
	fixture_open();
	path = fixture_path("between");
	write_snapshot(path);
	assert_int_equal(bdt_profile_find("6.12.107", &profile, NULL), 0);
	assert_int_equal(bdt_zone_create(&profile, BASE, BASE + PAGES, 10, 9, &s.zones[0]), 0);
	z = s.zones[0];
	bdt_buddy_free(z, BASE, 10, MOVABLE, 0);
	bdt_buddy_carve(z, BASE, 2);      /* wrongly: the kernel has them free */
	bdt_buddy_carve(z, BASE + 32, 5); /* and comes back while the flags are read: nothing can be said */
	bdt_zone_mark(z, BASE, 2, BT_ZP_PCP, 0);

	assert_int_equal(bdt_tracefile_open(path, &tf, NULL), 0);
	assert_int_equal(bdt_checkpoint_create(tf, 0, &c, NULL), 0);
	bdt_checkpoint_advance(c, &s, 150);
	bdt_buddy_free(z, BASE + 32, 5, MOVABLE, 0);
	bdt_checkpoint_advance(c, &s, 250);
	r = bdt_checkpoint_result(c);
	assert_int_equal(r.pages_excluded, 32);
	assert_int_equal(r.pages_kernel, 4);
	assert_int_equal(r.pages_model, 8);
	assert_int_equal(r.pages_both, PAGES - 32 - 8 - 4);

	for (size_t i = 0; i < PAGES; i++)
		assert_int_equal(bdt_zone_find(z, BASE + i, &b), kernel_has(i));
	assert_int_equal(z->free_pages, PAGES - 8);
	assert_false(z->page_flags[BASE - z->base] & BT_ZP_PCP);
	assert_true(bdt_zone_find(z, BASE, &b));
	assert_int_equal(b.order, 3); /* merged, at a place that is not known */
	assert_false(b.known);
	assert_null(bdt_zone_validate(z));

	bdt_checkpoint_destroy(c);
	bdt_tracefile_close(tf);
	bdt_state_finish(&s);
	fixture_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(the_model_takes_over_what_did_not_change) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
