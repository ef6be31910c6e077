/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Free page reporting: which blocks a pass takes, where they come back to, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "replay/engine.h"
#include <cmocka.h>
#include <string.h>

#define UNMOVABLE 0
#define MOVABLE   1
#define BASE      0x100000ULL
#define NPB       512U
/* Pageblocks; every other one is used, so that none merges. */
#define PLACES 240
/* ... the last ones hold blocks too small to be reported: with less free memory nothing is. */
#define SMALL 70

struct fixture {
	struct bdt_profile profile;
	struct bdt_state state;
	struct bdt_engine engine;
	struct bdt_reporting pass;
	struct bdt_zone *z;
};

static void no_removal(void *user, const struct bdt_outcome *outcome)
{
	(void)user;
	(void)outcome;
}

static int open_fixture(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	assert_int_equal(bdt_profile_find("6.18.44", &f.profile, NULL), 0);
	f.state.profile = &f.profile;
	f.state.nzones = 1;
	assert_int_equal(bdt_zone_create(&f.profile, BASE, BASE + 2 * PLACES * NPB, 10, 9, &f.state.zones[0]),
			 0);
	f.z = f.state.zones[0];
	assert_int_equal(bdt_engine_init(&f.engine, &f.state, (struct bdt_sink){ .removal = no_removal }, 0),
			 0);
	bdt_state_set_reporting(&f.state, 9, false);
	for (unsigned int i = PLACES - SMALL; i < PLACES; i++)
		bdt_zone_insert(f.z, BASE + 2ULL * i * NPB, 8, MOVABLE, BDT_HEAD, true);
	*state = &f;
	return 0;
}

static int close_fixture(void **state)
{
	struct fixture *f = *state;

	assert_null(bdt_zone_validate(f->z));
	bdt_engine_finish(&f->engine);
	bdt_state_finish(&f->state);
	return 0;
}

static bdt_pfn place(unsigned int i)
{
	return BASE + 2ULL * i * NPB;
}

/* Frees the blocks of order 9 at places from to end - 1, one after another: the last one is the first. */
static void release(struct fixture *f, unsigned int from, unsigned int end)
{
	for (unsigned int i = from; i < end; i++)
		bdt_buddy_free(f->z, place(i), 9, MOVABLE, 0);
}

static bool reported(const struct fixture *f, unsigned int i)
{
	return f->z->page_flags[place(i) - f->z->base] & BT_ZP_REPORTED;
}

/* Place of the block that is `n`-th on its list. */
static unsigned int nth(const struct fixture *f, unsigned int n)
{
	uint32_t at = f->z->list[MOVABLE][9].head;

	while (n--)
		at = f->z->next[at];
	return at / NPB / 2;
}

static uint32_t on_list(const struct fixture *f)
{
	return f->z->list[MOVABLE][9].nr_free;
}

/* What was freed becomes movable and goes last; what was reported before stays where it is. */
static void makes_large_blocks_movable(void **state)
{
	struct fixture *f = *state;

	release(f, 0, 1);
	bdt_reporting_settled(f->z);
	bdt_zone_set_type(f->z, place(1), UNMOVABLE, false);
	bdt_buddy_free(f->z, place(1), 9, UNMOVABLE, 0);
	bdt_buddy_free(f->z, place(2), 8, MOVABLE, 0);
	assert_true(f->z->reporting_requested);
	bdt_reporting_begin(&f->pass, f->state.zones, 1);
	assert_false(f->z->reporting_requested);
	assert_int_equal(f->z->list[UNMOVABLE][9].nr_free, 0);
	assert_int_equal(f->pass.n, 1);
	assert_false(bdt_reporting_end(&f->pass, true));
	assert_int_equal(bdt_zone_type(f->z, place(1)), MOVABLE);
	assert_int_equal(nth(f, 0), 0);
	assert_int_equal(nth(f, 1), 1);
	assert_true(reported(f, 1));
	assert_true(f->z->page_flags[place(1) - f->z->base] & BT_ZP_KNOWN);
	/* too small to be reported */
	assert_int_equal(f->z->list[MOVABLE][8].nr_free, SMALL + 1);
	assert_false(f->z->reporting_requested);
}

/* A batch comes back from its end; without an observation the places are not known. */
static void last_taken_comes_back_first(void **state)
{
	struct fixture *f = *state;

	release(f, 0, 3);
	bdt_reporting_begin(&f->pass, f->state.zones, 1);
	assert_int_equal(on_list(f), 0);
	bdt_reporting_next(&f->pass, false);
	assert_false(f->pass.running);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(nth(f, i), i);
		assert_false(f->z->page_flags[place(i) - f->z->base] & BT_ZP_KNOWN);
	}
}

/* A full batch is handed over while the next block waits at the head. */
static void goes_on_behind_a_full_batch(void **state)
{
	struct fixture *f = *state;

	release(f, 0, 4);
	bdt_reporting_settled(f->z);
	release(f, 4, 4 + BT_REPORTING_BATCH + 2);
	/* two that are reported get ahead of the last two that are not */
	bdt_zone_make_first(f->z, place(3));
	bdt_zone_make_first(f->z, place(4 + BT_REPORTING_BATCH + 1));
	bdt_reporting_begin(&f->pass, f->state.zones, 1);
	assert_int_equal(f->pass.n, BT_REPORTING_BATCH);
	assert_true(f->pass.running);
	assert_int_equal(nth(f, 0), 5);
	bdt_reporting_next(&f->pass, true);
	assert_int_equal(f->pass.n, 2);
	bdt_reporting_next(&f->pass, true);
	assert_false(f->pass.running);
	assert_false(f->pass.more);
	/* those that were reported before were skipped, the batches came behind them, each from its end */
	assert_int_equal(nth(f, 0), 3);
	assert_int_equal(nth(f, 4), 6);
	assert_int_equal(nth(f, on_list(f) - 2), 4);
	assert_int_equal(nth(f, on_list(f) - 1), 5);
}

/* A sixteenth of the order and one batch more is all that one pass takes. */
static void leaves_the_rest_to_another_pass(void **state)
{
	struct fixture *f = *state;
	const unsigned int n = 2 * BT_REPORTING_BATCH + 5;

	release(f, 0, n);
	bdt_reporting_begin(&f->pass, f->state.zones, 1);
	assert_true(bdt_reporting_end(&f->pass, true));
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(reported(f, i), i >= 5);
	assert_int_equal(nth(f, 0), 4);
	bdt_reporting_begin(&f->pass, f->state.zones, 1);
	assert_false(bdt_reporting_end(&f->pass, true));
	assert_true(reported(f, 0));
}

static void nothing_where_memory_is_short(void **state)
{
	struct fixture *f = *state;

	release(f, 0, 2);
	f->z->watermark_low = (SMALL / 2 + 2 - BT_REPORTING_BATCH) * NPB;
	bdt_reporting_begin(&f->pass, f->state.zones, 1);
	assert_false(f->pass.running);
	assert_false(reported(f, 0));
	f->z->watermark_low--;
	bdt_reporting_begin(&f->pass, f->state.zones, 1);
	assert_true(f->pass.running);
}

/* Somebody has a block of the batch, as it turns out: it was not taken. */
static void what_others_took_is_not_put_back(void **state)
{
	struct fixture *f = *state;
	struct bdt_block b;

	release(f, 0, 3);
	bdt_reporting_begin(&f->pass, f->state.zones, 1);
	bdt_reporting_spare(&f->pass, place(1) + 4, 2);
	assert_int_equal(on_list(f), 1);
	assert_true(bdt_zone_find(f->z, place(1) + 4, &b));
	bdt_buddy_take(f->z, &b, place(1) + 4, 2, MOVABLE);
	/* parts of another one are freed, which it cannot be while it waits */
	bdt_buddy_free(f->z, place(2) + 8, 3, MOVABLE, 0);
	bdt_reporting_end(&f->pass, true);
	assert_int_equal(on_list(f), 1);
	assert_true(reported(f, 0));
	assert_true(bdt_zone_find(f->z, place(2) + 8, &b));
	assert_int_equal(b.order, 3);
}

static void halves_inherit(void **state)
{
	struct fixture *f = *state;

	for (unsigned int inherits = 0; inherits < 2; inherits++) {
		bdt_pfn pfn = BASE + 1024 * (4 + inherits), fresh = BASE + 1024 * (8 + inherits);
		struct bdt_block b;

		bdt_state_set_reporting(&f->state, 9, inherits);
		bdt_buddy_free(f->z, pfn, 10, MOVABLE, 0);
		bdt_reporting_settled(f->z);
		bdt_buddy_free(f->z, fresh, 10, MOVABLE, 0);
		assert_true(bdt_zone_head(f->z, pfn, &b));
		bdt_buddy_take(f->z, &b, pfn, 0, MOVABLE);
		assert_int_equal(!!(f->z->page_flags[pfn + 512 - f->z->base] & BT_ZP_REPORTED), inherits);
		assert_true(bdt_zone_head(f->z, fresh, &b));
		bdt_buddy_take(f->z, &b, fresh, 0, MOVABLE);
		assert_false(f->z->page_flags[fresh + 512 - f->z->base] & BT_ZP_REPORTED);
	}
}

/* Exact lists do not tell what was reported: whoever is where he was stays so. */
static void exact_lists_leave_it(void **state)
{
	struct fixture *f = *state;
	const uint32_t pfns[] = { (uint32_t)place(1), (uint32_t)place(2), (uint32_t)place(0) };
	struct bdt_exact_lists lists = { .zone = "", .start = BASE, .end = f->z->end, .nlists = 1 };
	struct bdt_exact_result result = { 0 };

	release(f, 0, 1);
	bdt_reporting_settled(f->z);
	release(f, 1, 2);
	lists.list[0] = (struct bdt_exact_list){
		.order = 9,
		.type = MOVABLE,
		.state = BDT_EXACT_WHOLE,
		.first = 3,
		.after = BT_EXACT_NO_PFN,
		.before = BT_EXACT_NO_PFN,
		.pfns = pfns,
	};
	bdt_adopt(&f->state, &lists, &result);
	assert_int_equal(result.parts, 1);
	assert_int_equal(nth(f, 2), 0);
	assert_true(reported(f, 0));
	assert_false(reported(f, 1));
	assert_false(reported(f, 2));
}

/* What a snapshot tells is not doubted; when it tells nothing all were free for long. */
static void start_is_told_or_assumed(void **state)
{
	struct fixture *f = *state;

	release(f, 0, 2);
	bdt_state_set_reporting(&f->state, 9, false);
	assert_true(reported(f, 0) && reported(f, 1));
	release(f, 2, 3);
	bdt_state_set_reporting(&f->state, 9, false);
	assert_false(reported(f, 2));
}

static void event(struct fixture *f, enum bdt_event_kind kind, uint64_t time_ns, const char *text)
{
	struct bdt_event ev = { .kind = kind,
				.time_ns = time_ns,
				.raw = (const uint8_t *)text,
				.raw_size = (uint16_t)(text ? strlen(text) + 1 : 0) };

	if (kind == BDT_EV_PAGE_FREE)
		ev.free.pfn = (int64_t)place(PLACES - 1) + NPB; /* order 0: for a per-CPU list */
	assert_int_equal(bdt_engine_event(&f->engine, &ev), 0);
}

static void say(struct fixture *f, const char *text)
{
	event(f, BDT_EV_BPF_MARKER, 0, text);
}

/* Each step is made once, however many recorders tell of it. */
static void replay_follows_the_markers(void **state)
{
	struct fixture *f = *state;

	f->state.reporting_watched = true;
	say(f, "buddytrace reporting handed over 1"); /* of a pass that began before */
	release(f, 0, BT_REPORTING_BATCH + 3);
	event(f, BDT_EV_PAGE_FREE, 10 * BT_REPORTING_DELAY_NS, NULL);
	event(f, BDT_EV_PAGE_FREE, 20 * BT_REPORTING_DELAY_NS, NULL);
	assert_int_equal(on_list(f), BT_REPORTING_BATCH + 3);
	say(f, "....buddytrace reporting begin\n");
	say(f, "buddytrace reporting begin");
	assert_int_equal(on_list(f), 3);
	say(f, "buddytrace reporting handed over 1");
	say(f, "buddytrace reporting handed over 1");
	assert_int_equal(on_list(f), BT_REPORTING_BATCH);
	assert_true(reported(f, 3));
	assert_false(reported(f, 2));
	say(f, "buddytrace reporting end");
	assert_true(reported(f, 0));
	say(f, "buddytrace reporting end");
	/* a pass whose end was lost ends with the next one */
	release(f, 100, 101);
	say(f, "buddytrace reporting begin");
	say(f, "buddytrace reporting handed over 1");
	say(f, "buddytrace reporting begin");
	assert_true(reported(f, 100));
	say(f, "buddytrace reporting nonsense");
	say(f, "buddytrace reporting end");
}

static void timer_without_markers(void **state)
{
	struct fixture *f = *state;

	release(f, 0, 1);
	say(f, "buddytrace reporting begin"); /* of a recorder that began later */
	event(f, BDT_EV_PAGE_FREE, 5, NULL);
	event(f, BDT_EV_PAGE_FREE, BT_REPORTING_DELAY_NS + 4, NULL);
	assert_false(reported(f, 0));
	event(f, BDT_EV_PAGE_FREE, BT_REPORTING_DELAY_NS + 5, NULL);
	assert_true(reported(f, 0));
	assert_int_equal(f->engine.reporting_ns, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(makes_large_blocks_movable),
		T(last_taken_comes_back_first),
		T(goes_on_behind_a_full_batch),
		T(leaves_the_rest_to_another_pass),
		T(nothing_where_memory_is_short),
		T(what_others_took_is_not_put_back),
		T(halves_inherit),
		T(exact_lists_leave_it),
		T(start_is_told_or_assumed),
		T(replay_follows_the_markers),
		T(timer_without_markers),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
