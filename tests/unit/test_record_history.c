/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "fakeroot.h"
#include <cmocka.h>
#include <record/history.h>
#include <string.h>

/* Texts of /proc that are read again and again: those that cost much are read less often. */

#define MS UINT64_C(1000000)

static uint64_t now;

static uint64_t read_clock(const struct bdt_clock *clock)
{
	(void)clock;
	return now;
}

static const struct bdt_clock clock_of_test = { .name = "test", .read = read_clock };

static void a_text_costs_one_percent_at_most(void **state)
{
	(void)state;
	assert_int_equal(bdt_snapshotter_pause(0), 0);
	assert_int_equal(bdt_snapshotter_pause(8 * MS), 800 * MS);
	/* Not as rarely as one likes. */
	assert_int_equal(bdt_snapshotter_pause(600 * MS), 60000 * MS);
	assert_int_equal(bdt_snapshotter_pause(UINT64_MAX), 60000 * MS);
}

static void a_text_that_is_not_due_is_left_out(void **state)
{
	struct bdt_snapshotter s = { .root = fakeroot, .clock = &clock_of_test };
	static struct bdt_history h;
	size_t dear = 0;

	(void)state;
	while (strcmp(bdt_snapshotter_text(dear), "pagetypeinfo") != 0)
		dear++;
	fakeroot_put("proc/buddyinfo", "Node 0\n");
	fakeroot_put("proc/pagetypeinfo", "Page block order: 9\n");
	now = 1000 * MS;
	bdt_history_add(&h, &s);
	assert_int_equal(h.moments[0].texts[0].text.size, 7);
	assert_int_equal(h.moments[0].texts[dear].text.size, 20);
	/* Reading it took time, if only a little. */
	assert_true(s.due_ns[dear] > now && !bdt_snapshotter_due(&s, dear));

	s.due_ns[0] = 0;
	s.due_ns[dear] = 3000 * MS;
	now = 2000 * MS;
	bdt_history_add(&h, &s);
	assert_int_equal(h.moments[1].begin_ns, now);
	assert_int_equal(h.moments[1].texts[0].text.size, 7);
	assert_int_equal(h.moments[1].texts[dear].text.size, 0);
	now = 3000 * MS;
	bdt_history_add(&h, &s);
	assert_int_equal(h.moments[2].texts[dear].text.size, 20);
	assert_int_equal(h.n, 3);
	bdt_history_finish(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_costs_one_percent_at_most),
		cmocka_unit_test_setup_teardown(a_text_that_is_not_due_is_left_out, fakeroot_make,
						fakeroot_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
