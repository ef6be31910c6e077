/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A miss is put down to the order of events only when the other order would have been right: a free of another CPU is
 * written before it waits for the zone lock, so that a removal ahead of it in time can stand behind it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "replay/engine.h"
#include <cmocka.h>
#include <string.h>

#define MOVABLE 1
#define BASE    0x100000U
#define ORDER   5 /* no per-CPU list has it */
/* blocks that are no buddies */
#define BLOCK(i) (BASE + (2U << ORDER) * (i))

struct fixture {
	struct bdt_profile profile;
	struct bdt_state state;
	struct bdt_zone *z;
	struct bdt_engine e;
	uint64_t number, time_ns;
	bool exact;
	enum bdt_cause cause;
};

static void note(void *user, const struct bdt_outcome *o)
{
	struct fixture *f = user;

	f->exact = o->exact;
	f->cause = o->cause;
}

/* Blocks 0 and 1 on the list, in that order. */
static void open_fixture(struct fixture *f)
{
	struct bdt_sink sink = { .removal = note, .user = f };

	memset(f, 0, sizeof(*f));
	assert_int_equal(bdt_profile_find("6.18.0", &f->profile, NULL), 0);
	f->state.profile = &f->profile;
	f->state.nzones = 1;
	f->state.seeded = true;
	assert_int_equal(bdt_zone_create(&f->profile, BASE, BASE + 1024, 10, 9, &f->state.zones[0]), 0);
	f->z = f->state.zones[0];
	for (unsigned int i = 0; i < 2; i++) {
		bdt_zone_set_type(f->z, BASE + 512 * i, MOVABLE, false);
		bdt_zone_insert(f->z, BLOCK(i), ORDER, MOVABLE, BDT_TAIL, true);
	}
	assert_int_equal(bdt_engine_init(&f->e, &f->state, sink, 32), 0);
	f->time_ns = 1000000;
}

static void close_fixture(struct fixture *f)
{
	assert_null(bdt_zone_validate(f->z));
	bdt_engine_finish(&f->e);
	bdt_state_finish(&f->state);
}

static void event(struct fixture *f, struct bdt_event ev, uint32_t cpu, uint64_t after_ns)
{
	ev.cpu = cpu;
	ev.number = ++f->number;
	ev.time_ns = f->time_ns += after_ns;
	assert_int_equal(bdt_engine_prepare(&f->e, &ev), 0);
	assert_int_equal(bdt_engine_event(&f->e, &ev), 0);
}

static void frees(struct fixture *f, bdt_pfn pfn, uint32_t cpu)
{
	event(f, (struct bdt_event){ .kind = BDT_EV_PAGE_FREE, .free = { .pfn = (int64_t)pfn, .order = ORDER } }, cpu,
	      1000);
}

/* CPU 0 takes the block; true when that is put down to the order of events. */
static bool reordered(struct fixture *f, bdt_pfn pfn, uint64_t after_ns)
{
	struct bdt_event ev = { .kind = BDT_EV_ZONE_LOCKED };

	ev.zone_locked.pfn = (int64_t)pfn;
	ev.zone_locked.order = ORDER;
	ev.zone_locked.migratetype = MOVABLE;
	event(f, ev, 0, after_ns);
	bdt_engine_flush(&f->e);
	assert_false(f->exact);
	return f->cause == BDT_CAUSE_REORDER;
}

static void free_of_another_cpu_came_later(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f);
	frees(&f, BLOCK(3), 1);
	frees(&f, BLOCK(4), 1);
	assert_true(reordered(&f, BLOCK(0), 1000));
	close_fixture(&f);
}

static void one_cpu_has_one_order(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f);
	frees(&f, BLOCK(3), 0);
	assert_false(reordered(&f, BLOCK(0), 1000));
	close_fixture(&f);
}

static void nobody_waits_that_long(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f);
	frees(&f, BLOCK(3), 1);
	assert_false(reordered(&f, BLOCK(0), 60000));
	close_fixture(&f);
}

/* Without the free the first block would have been taken, not the second: the order of events does not explain that. */
static void other_order_would_be_wrong_as_well(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f);
	frees(&f, BLOCK(3), 1);
	assert_false(reordered(&f, BLOCK(1), 1000));
	assert_int_equal(f.cause, BDT_CAUSE_MODEL);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(free_of_another_cpu_came_later),
		cmocka_unit_test(one_cpu_has_one_order),
		cmocka_unit_test(nobody_waits_that_long),
		cmocka_unit_test(other_order_would_be_wrong_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
