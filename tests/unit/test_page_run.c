/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The free run of the page level: what it makes of pages that the recorded kernel moved, and of requests that
 * had to reclaim. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "model/buddy.h"
#include "replay/page.h"
#include <cmocka.h>
#include <stdio.h>

#define START 4096ULL
#define END   (START + 8192)

/* Masks of 6.18. */
#define GFP_KERNEL           0xcc0
#define GFP_HIGHUSER_MOVABLE 0x140cca

static struct bdt_profile profile;

struct fixture {
	struct bdt_state state;
	struct bdt_page_level *page;
	const struct bdt_page_free *got;
	uint64_t time_ns;
};

static int make_system(void *user, const struct bdt_state *state, struct bdt_system **out,
		       struct bdt_diag *diag)
{
	const struct bdt_system_zone_config zone = { state->zones[0], END - START, END - START };
	struct bdt_system_config config = { .zones = &zone, .nzones = 1, .ncpus = 2 };

	(void)user;
	(void)diag;
	config.vm = bdt_vm_settings_default(state->profile);
	config.vm.min_free_kbytes = 512;
	return bdt_system_create(state->profile, &config, out);
}

/* A machine whose pages from `free_from` on are free. */
static void open_run(struct fixture *f, bdt_pfn free_from)
{
	struct bdt_page_options options = { .make_system = make_system };
	struct bdt_zoneinfo zi = { .n = 1 };
	struct bdt_gfp_map gfp;

	*f = (struct fixture){ .state = { .seeded = true } };
	snprintf(zi.zones[0].name, sizeof(zi.zones[0].name), "Normal");
	zi.zones[0].start_pfn = START;
	zi.zones[0].spanned = END - START;
	assert_int_equal(bdt_profile_find("6.18", &profile, NULL), 0);
	assert_int_equal(bdt_state_create(&f->state, &profile, &zi, 10, 9, NULL), 0);
	f->state.zones[0]->index = 2;
	for (bdt_pfn pfn = free_from; pfn < END; pfn++)
		bdt_buddy_free(f->state.zones[0], pfn, 0, bdt_zone_type(f->state.zones[0], pfn), 0);
	bdt_gfp_map_default(&gfp, f->state.profile);
	options.gfp = &gfp;
	assert_int_equal(bdt_page_create(&f->state, &options, &f->page, NULL), 0);
	f->got = &bdt_page_result(f->page)->free;
}

static void close_run(struct fixture *f)
{
	assert_null(bdt_page_validate(f->page));
	bdt_page_destroy(f->page);
	bdt_state_finish(&f->state);
}

static void tell(struct fixture *f, struct bdt_event ev)
{
	ev.time_ns = f->time_ns += 1000;
	bdt_page_event(f->page, &ev, true);
}

static void alloc(struct fixture *f, int32_t pid, bdt_pfn pfn, int64_t order, int64_t gfp)
{
	struct bdt_event ev = { .kind = BDT_EV_PAGE_ALLOC, .pid = pid };

	ev.alloc.pfn = (int64_t)pfn;
	ev.alloc.order = order;
	ev.alloc.gfp_flags = gfp;
	ev.alloc.migratetype = gfp == GFP_HIGHUSER_MOVABLE;
	tell(f, ev);
}

/* Of order 0; an event of another kind makes sure that the free does not wait for its batch. */
static void free_page(struct fixture *f, int32_t pid, bdt_pfn pfn, uint8_t flags)
{
	struct bdt_event ev = { .kind = BDT_EV_PAGE_FREE, .pid = pid, .flags = flags };

	ev.free.pfn = (int64_t)pfn;
	tell(f, ev);
	ev.kind = BDT_EV_PAGE_FREE_BATCHED;
	tell(f, ev);
}

/* A run of a zone that the machine does not have: only the recorded kernel compacts. */
static void compaction(struct fixture *f, int32_t pid, enum bdt_event_kind kind)
{
	struct bdt_event ev = { .kind = (uint8_t)kind, .pid = pid };

	ev.compaction.zone_start = 77;
	tell(f, ev);
}

static void what_was_moved_is_kept_until_a_page_is_freed_that_nobody_got(void **unused)
{
	struct fixture f;

	(void)unused;
	open_run(&f, START + 4096);
	alloc(&f, 9, END - 1, 0, GFP_HIGHUSER_MOVABLE);
	compaction(&f, 7, BDT_EV_COMPACTION_BEGIN);
	free_page(&f, 7, END - 1, 0);
	assert_int_equal(f.got->frees_migrated, 1);
	/* a target that was not needed */
	free_page(&f, 7, END - 100, 0);
	compaction(&f, 7, BDT_EV_COMPACTION_END);
	assert_int_equal(f.got->frees_stray + f.got->frees_unmapped, 0);
	/* the target: no event told that it was taken */
	free_page(&f, 9, END - 101, 0);
	assert_int_equal(f.got->frees_stray, 1);
	free_page(&f, 9, END - 102, 0);
	assert_int_equal(f.got->frees_stray, 1);
	assert_int_equal(f.got->frees_unmapped, 1);
	close_run(&f);
}

static void an_interrupt_frees_nothing_that_is_moved(void **unused)
{
	struct fixture f;

	(void)unused;
	open_run(&f, START + 4096);
	compaction(&f, 7, BDT_EV_COMPACTION_BEGIN);
	free_page(&f, 7, START + 1, BT_EVENT_HARDIRQ);
	free_page(&f, 8, START + 2, 0);
	assert_int_equal(f.got->frees_migrated, 0);
	free_page(&f, 7, START + 3, 0);
	assert_int_equal(f.got->frees_migrated, 1);
	assert_int_equal(f.got->frees_unmapped, 0);
	close_run(&f);
}

static void a_page_that_is_allocated_twice_was_freed_unseen(void **unused)
{
	struct fixture f;

	(void)unused;
	open_run(&f, START + 4096);
	alloc(&f, 9, END - 1, 0, GFP_KERNEL);
	assert_int_equal(f.got->frees_unseen, 0);
	alloc(&f, 9, END - 1, 0, GFP_KERNEL);
	assert_int_equal(f.got->frees_unseen, 1);
	close_run(&f);
}

static void a_page_that_was_free_from_the_start_was_not(void **unused)
{
	struct fixture f;

	(void)unused;
	open_run(&f, END - 1024);
	for (bdt_pfn pfn = END - 1024; pfn < END - 512; pfn++)
		alloc(&f, 9, pfn, 0, GFP_HIGHUSER_MOVABLE);
	assert_true(f.got->same_page > 0);
	assert_int_equal(f.got->frees_unseen, 0);
	close_run(&f);
}

static void a_request_that_failed_leaves_nothing_behind(void **unused)
{
	struct fixture f;

	(void)unused;
	open_run(&f, END - 1024);
	for (int i = 0; i < 20; i++)
		alloc(&f, 9, BT_PFN_NONE, 9, GFP_HIGHUSER_MOVABLE);
	/* there is memory for one of them at a time */
	assert_int_equal(f.got->failures.observed, 20);
	assert_int_equal(f.got->failures.predicted, 0);
	assert_int_equal(f.got->allocs, 0);
	close_run(&f);
}

/* vm.compact_memory moves what the copy holds, and it is found again when it is freed. */
static void compaction_of_the_copy_loses_no_page(void **unused)
{
	struct bdt_event begin = { .kind = BDT_EV_COMPACTION_BEGIN, .pid = 5 };
	struct fixture f;

	(void)unused;
	open_run(&f, START);
	for (bdt_pfn pfn = START; pfn < END - 1024; pfn++)
		alloc(&f, 9, pfn, 0, pfn % 64 ? GFP_HIGHUSER_MOVABLE : GFP_KERNEL);
	for (bdt_pfn pfn = START; pfn < END - 1024; pfn++)
		if (pfn % 3)
			free_page(&f, 9, pfn, 0);
	begin.compaction.zone_start = START;
	tell(&f, begin);
	compaction(&f, 5, BDT_EV_COMPACTION_END);
	assert_int_equal(f.got->window[0].count[BDT_WINDOW_RUNS_GIVEN][true] +
				 f.got->window[f.got->nwindows - 1].count[BDT_WINDOW_RUNS_GIVEN][true],
			 1);
	assert_true(f.got->moved > 500);
	assert_null(bdt_page_validate(f.page));
	for (bdt_pfn pfn = START; pfn < END - 1024; pfn++)
		if (pfn % 3 == 0)
			free_page(&f, 9, pfn, 0);
	assert_int_equal(f.got->frees_unmapped, 0);
	assert_int_equal(f.got->frees_migrated, 0);
	assert_int_equal(f.got->frees_unseen, 0);
	close_run(&f);
}

static void reclaim_event(struct fixture *f, int32_t pid, int64_t freed)
{
	struct bdt_event ev = { .kind = freed < 0 ? BDT_EV_DIRECT_RECLAIM_BEGIN : BDT_EV_DIRECT_RECLAIM_END,
				.pid = pid };

	ev.field[0] = freed < 0 ? 0 : freed;
	if (freed < 0)
		ev.reclaim_begin.gfp_flags = GFP_KERNEL;
	tell(f, ev);
}

static void a_request_waits_for_what_its_task_reclaims(void **unused)
{
	struct fixture f;

	(void)unused;
	open_run(&f, END - 32);
	reclaim_event(&f, 9, -1);
	assert_int_equal(f.got->slow.observed, 1);
	assert_int_equal(f.got->slow.tp, 1);
	assert_int_equal(f.got->allocs_slow, 1);
	for (bdt_pfn pfn = START; pfn < START + 512; pfn++)
		free_page(&f, 9, pfn, 0);
	reclaim_event(&f, 9, 512);
	assert_int_equal(f.got->exits[BDT_SLOW_PAGE_RECLAIM], 1);
	alloc(&f, 9, START, 0, GFP_KERNEL);
	assert_int_equal(f.got->allocs, 1);
	assert_int_equal(f.got->allocs_forced, 0);
	assert_int_equal(f.got->allocs_slow, 1);
	close_run(&f);
}

static void without_reclaim_the_reserves_are_the_last_resort(void **unused)
{
	struct fixture f;

	(void)unused;
	open_run(&f, END - 32);
	alloc(&f, 9, END - 1, 0, GFP_KERNEL);
	assert_int_equal(f.got->slow.predicted, 1);
	assert_int_equal(f.got->slow.observed, 0);
	assert_int_equal(f.got->exits[BDT_SLOW_FAIL_OOM], 1);
	assert_int_equal(f.got->allocs_forced, 1);
	assert_int_equal(f.got->failures.predicted, 1);
	close_run(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_moved_is_kept_until_a_page_is_freed_that_nobody_got),
		cmocka_unit_test(an_interrupt_frees_nothing_that_is_moved),
		cmocka_unit_test(a_page_that_is_allocated_twice_was_freed_unseen),
		cmocka_unit_test(a_page_that_was_free_from_the_start_was_not),
		cmocka_unit_test(a_request_that_failed_leaves_nothing_behind),
		cmocka_unit_test(compaction_of_the_copy_loses_no_page),
		cmocka_unit_test(a_request_waits_for_what_its_task_reclaims),
		cmocka_unit_test(without_reclaim_the_reserves_are_the_last_resort),
	};

	return cmocka_run_group_tests_name("page_run", tests, NULL, NULL);
}
