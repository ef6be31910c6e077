/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frees of interrupts that go past the per-CPU lists, which no event tells. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "replay/engine.h"
#include <cmocka.h>
#include <string.h>

#define MOVABLE 1
#define BASE    0x100000U

struct fixture {
	struct bdt_profile profile;
	struct bdt_state state;
	struct bdt_zone *z;
	struct bdt_engine e;
	uint64_t number;
};

static void ignore(void *user, const struct bdt_outcome *o)
{
	(void)user;
	(void)o;
}

static void open_fixture(struct fixture *f, const char *kernel)
{
	struct bdt_sink sink = { .removal = ignore };

	memset(f, 0, sizeof(*f));
	assert_int_equal(bdt_profile_find(kernel, &f->profile, NULL), 0);
	f->state.profile = &f->profile;
	f->state.nzones = 1;
	assert_int_equal(bdt_zone_create(&f->profile, BASE, BASE + 1024, 10, 9, &f->state.zones[0]), 0);
	f->z = f->state.zones[0];
	assert_int_equal(bdt_engine_init(&f->e, &f->state, sink, 32), 0);
}

static void close_fixture(struct fixture *f)
{
	assert_null(bdt_zone_validate(f->z));
	bdt_engine_finish(&f->e);
	bdt_state_finish(&f->state);
}

/* An event of CPU 0 about a page; all kinds used here have pfn, order and type in this order. */
static void tell(struct fixture *f, enum bdt_event_kind kind, bdt_pfn pfn, uint8_t flags, uint8_t depth)
{
	struct bdt_event ev = {
		.time_ns = 1000 * f->number,
		.number = f->number++,
		.kind = (uint8_t)kind,
		.flags = flags,
		.preempt_count = depth,
	};

	ev.field[0] = (int64_t)pfn;
	ev.field[kind == BDT_EV_PAGE_ALLOC ? 3 : 2] = MOVABLE;
	assert_int_equal(bdt_engine_event(&f->e, &ev), 0);
}

static void process(struct fixture *f, enum bdt_event_kind kind, bdt_pfn pfn, uint8_t depth)
{
	tell(f, kind, pfn, 0, depth);
}

/* An interrupt frees three single pages that are no buddies. */
static void interrupt_frees(struct fixture *f, uint8_t depth)
{
	for (bdt_pfn pfn = BASE; pfn < BASE + 6; pfn += 2)
		tell(f, BDT_EV_PAGE_FREE, pfn, BT_EVENT_SOFTIRQ, depth);
}

static void lock_shows_in_the_last_event(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, "7.2.0");
	process(&f, BDT_EV_PAGE_FREE, BASE + 100, 0);
	process(&f, BDT_EV_PAGE_FREE_BATCHED, BASE + 100, 2);
	interrupt_frees(&f, 2);
	assert_int_equal(f.z->free_pages, 3);
	close_fixture(&f);
}

static void shallow_interrupt_finds_no_lock(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, "7.2.0");
	process(&f, BDT_EV_PAGE_FREE_BATCHED, BASE + 100, 2);
	interrupt_frees(&f, 1);
	process(&f, BDT_EV_PAGE_FREE, BASE + 200, 0);
	interrupt_frees(&f, 1);
	assert_int_equal(f.z->free_pages, 0);
	close_fixture(&f);
}

/* Kernels that disable interrupts with the lock. */
static void older_kernels_never(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, "5.10.0");
	process(&f, BDT_EV_PAGE_FREE_BATCHED, BASE + 100, 2);
	interrupt_frees(&f, 4);
	process(&f, BDT_EV_PAGE_ALLOC, BASE + 300, 0);
	assert_int_equal(f.z->free_pages, 0);
	close_fixture(&f);
}

static void other_page_handed_out(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, "7.2.0");
	process(&f, BDT_EV_PAGE_ALLOC, BASE + 100, 0);
	interrupt_frees(&f, 2);
	assert_int_equal(f.z->free_pages, 0);
	process(&f, BDT_EV_PAGE_ALLOC, BASE + 300, 0);
	assert_int_equal(f.z->free_pages, 3);
	close_fixture(&f);
}

static void same_page_handed_out(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, "7.2.0");
	interrupt_frees(&f, 2);
	/* what was freed later is handed out first */
	process(&f, BDT_EV_PAGE_FREE, BASE + 100, 0);
	process(&f, BDT_EV_PAGE_ALLOC, BASE + 100, 0);
	process(&f, BDT_EV_PAGE_ALLOC, BASE + 4, 0);
	process(&f, BDT_EV_PAGE_ALLOC, BASE + 300, 0);
	assert_int_equal(f.z->free_pages, 0);
	close_fixture(&f);
}

static void drained_page_was_on_the_list(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f, "7.2.0");
	interrupt_frees(&f, 2);
	process(&f, BDT_EV_PCPU_DRAIN, BASE, 1);
	process(&f, BDT_EV_PAGE_ALLOC, BASE + 300, 0);
	assert_int_equal(f.z->free_pages, 1);
	close_fixture(&f);
}

/* Whoever takes one of them from the buddy lists tells of the others. */
static void removed_page_was_past_the_list(void **state)
{
	struct fixture f;
	struct bdt_block b;

	(void)state;
	open_fixture(&f, "7.2.0");
	interrupt_frees(&f, 2);
	process(&f, BDT_EV_ZONE_LOCKED, BASE + 2, 3);
	bdt_engine_flush(&f.e);
	assert_false(bdt_zone_find(f.z, BASE + 2, &b));
	assert_int_equal(f.z->free_pages, 2);
	close_fixture(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(lock_shows_in_the_last_event),
		cmocka_unit_test(shallow_interrupt_finds_no_lock),
		cmocka_unit_test(older_kernels_never),
		cmocka_unit_test(other_page_handed_out),
		cmocka_unit_test(same_page_handed_out),
		cmocka_unit_test(drained_page_was_on_the_list),
		cmocka_unit_test(removed_page_was_past_the_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
