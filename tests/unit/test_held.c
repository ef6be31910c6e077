/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frees by softirqs that found the lock of their CPU's lists taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "replay/state.h"
#include <cmocka.h>
#include <string.h>

#define LOW    0x1000ULL
#define NORMAL 0x100000ULL

struct fixture {
	struct bdt_profile profile;
	struct bdt_state state;
};

static int open_fixture(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	assert_int_equal(bdt_profile_find("6.18.44", &f.profile, NULL), 0);
	f.state.profile = &f.profile;
	f.state.nzones = 2;
	assert_int_equal(bdt_zone_create(&f.profile, LOW, LOW + 1024, 10, 9, &f.state.zones[0]), 0);
	assert_int_equal(bdt_zone_create(&f.profile, NORMAL, NORMAL + 1024, 10, 9, &f.state.zones[1]), 0);
	f.state.pcp_watched = true;
	*state = &f;
	return 0;
}

static int close_fixture(void **state)
{
	bdt_state_finish(&((struct fixture *)*state)->state);
	return 0;
}

static void say(struct fixture *f, uint32_t cpu, const char *text)
{
	struct bdt_event ev = { .kind = BDT_EV_BPF_MARKER,
				.cpu = cpu,
				.raw = (const uint8_t *)text,
				.raw_size = (uint16_t)(strlen(text) + 1) };

	bdt_state_pcp_marker(&f->state, &ev);
}

/* A free at the depth that a held pcp lock gives, which other locks give as well. */
static bool direct(struct fixture *f, uint32_t cpu, uint8_t flags, size_t zone, int64_t order)
{
	struct bdt_event ev = { .kind = BDT_EV_PAGE_FREE,
				.cpu = cpu,
				.flags = flags,
				.preempt_count = 2,
				.free = { .order = order } };

	return bdt_state_frees_directly(&f->state, f->state.zones[zone], &ev);
}

static void only_what_the_cpu_holds(void **state)
{
	struct fixture *f = *state;

	assert_false(direct(f, 1, BT_EVENT_SOFTIRQ, 1, 0));
	say(f, 1, "....buddytrace pcp held 100000");
	assert_true(direct(f, 1, BT_EVENT_SOFTIRQ, 1, 0));
	assert_false(direct(f, 1, BT_EVENT_SOFTIRQ, 0, 0));
	assert_false(direct(f, 0, BT_EVENT_SOFTIRQ, 1, 0));
	assert_false(direct(f, 1, 0, 1, 0)); /* a task takes the lock itself */
	say(f, 0, "buddytrace pcp held 1000");
	assert_true(direct(f, 0, BT_EVENT_SOFTIRQ, 0, 0));
	say(f, 1, "buddytrace pcp free");
	assert_false(direct(f, 1, BT_EVENT_SOFTIRQ, 1, 0));
	assert_true(direct(f, 0, BT_EVENT_SOFTIRQ, 0, 0));
}

static void other_lines_say_nothing(void **state)
{
	struct fixture *f = *state;

	say(f, 1, "buddytrace pcp held 100000");
	say(f, 1, "buddytrace exact 7 begin");
	say(f, 1, "somebody else");
	assert_true(direct(f, 1, BT_EVENT_SOFTIRQ, 1, 0));
	say(f, 1, "buddytrace pcp held 4"); /* of no zone */
	assert_false(direct(f, 1, BT_EVENT_SOFTIRQ, 1, 0));
	say(f, BT_MAX_CPUS, "buddytrace pcp held 100000"); /* must not write there */
	assert_true(direct(f, 1, BT_EVENT_SOFTIRQ, 1, 10));
}

static void without_a_watcher_the_last_event_decides(void **state)
{
	struct fixture *f = *state;

	f->state.pcp_watched = false;
	assert_false(direct(f, 0, BT_EVENT_SOFTIRQ, 1, 0));
	bdt_state_bypass(&f->state, 0)->held = 2;
	assert_true(direct(f, 0, BT_EVENT_SOFTIRQ, 1, 0));
	assert_false(direct(f, 1, BT_EVENT_SOFTIRQ, 1, 0));
	f->state.pcp_watched = true;
	assert_false(direct(f, 0, BT_EVENT_SOFTIRQ, 1, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_what_the_cpu_holds, open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(other_lines_say_nothing, open_fixture, close_fixture),
		cmocka_unit_test_setup_teardown(without_a_watcher_the_last_event_decides, open_fixture,
						close_fixture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
