/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The events that the dumb reference allocator would have traced, followed by the replay engine: from a known
 * start every removal must be predicted, and the free sets must be equal at the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "reference.h"
#include "replay/engine.h"
#include "rng.h"
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define NPAGES   (24U << REF_PB)
#define MAX_HELD 8192
#define BASE     0x40000U

struct tally {
	uint64_t removals, exact, known, lost, contradictions, fallbacks, predicted, partial;
};

static void count(void *user, const struct bdt_outcome *o)
{
	struct tally *t = user;

	t->removals++;
	t->exact += o->exact;
	t->known += o->known;
	t->lost += o->cause == BDT_CAUSE_LOST_EVENTS;
	t->contradictions += o->contradiction;
	t->fallbacks += bdt_source_is_fallback(o->observed.source);
	t->predicted += bdt_source_is_fallback(o->predicted.source);
	t->partial += o->observed.source == BDT_FROM_CLAIM && o->observed.fallback_order < REF_PB;
}

struct world {
	struct reference r;
	struct bdt_profile profile;
	struct bdt_state state;
	struct bdt_engine e;
	struct tally tally;
	uint64_t now, number;
	bool paused; /* nothing is recorded */
	struct {
		uint32_t page;
		unsigned int order;
	} held[MAX_HELD];
	size_t n;
};

static void feed(struct world *w, struct bdt_event ev)
{
	if (w->paused)
		return;
	ev.time_ns = w->now += 100;
	ev.number = w->number++;
	assert_int_equal(bdt_engine_event(&w->e, &ev), 0);
	/* its kernel stack */
	if (ev.kind == BDT_EV_EXTFRAG)
		feed(w, (struct bdt_event){ .kind = BDT_EV_OTHER, .cpu = ev.cpu });
}

static void trace_alloc(struct world *w, struct ref_page got, unsigned int order, unsigned int type)
{
	bool first = bdt_fallback_tells_first(&w->profile);
	uint32_t cpu = rng(2);
	struct bdt_event locked = { .kind = BDT_EV_ZONE_LOCKED, .cpu = cpu };
	struct bdt_event extfrag = { .kind = BDT_EV_EXTFRAG, .cpu = cpu }, ev;

	locked.zone_locked.pfn = BASE + got.page;
	locked.zone_locked.order = order;
	locked.zone_locked.migratetype = type;
	extfrag.extfrag.pfn = BASE + (first ? got.candidate : got.page);
	extfrag.extfrag.alloc_order = order;
	extfrag.extfrag.fallback_order = got.fallback_order;
	extfrag.extfrag.alloc_migratetype = type;
	extfrag.extfrag.fallback_migratetype = got.fallback_type;
	extfrag.extfrag.change_ownership = got.claimed;
	if (first && got.fallback)
		feed(w, extfrag);
	/* steals and whole claims of newer kernels tell of themselves by extfrag alone */
	if (!got.fallback || first || (got.claimed && got.fallback_order < REF_PB))
		feed(w, locked);
	if (!first && got.fallback)
		feed(w, extfrag);
	ev = (struct bdt_event){ .kind = BDT_EV_PAGE_ALLOC, .cpu = cpu };
	ev.alloc.pfn = BASE + got.page;
	ev.alloc.order = order;
	ev.alloc.migratetype = type;
	feed(w, ev);
}

static void trace_free(struct world *w, uint32_t page, unsigned int order)
{
	struct bdt_event ev = { .kind = BDT_EV_PAGE_FREE, .cpu = rng(2) };

	ev.free.pfn = BASE + page;
	ev.free.order = order;
	feed(w, ev);
	if (!bdt_profile_pcp_order(w->state.profile, order, REF_PB))
		return;
	ev = (struct bdt_event){ .kind = BDT_EV_PCPU_DRAIN, .cpu = ev.cpu };
	ev.drain.pfn = BASE + page;
	ev.drain.order = order;
	ev.drain.migratetype = w->r.type[page >> REF_PB];
	feed(w, ev);
}

static struct ref_page ask(struct world *w, unsigned int order, unsigned int type)
{
	int stage = 0;

	return ref_alloc(&w->r, order, type, 0, &stage);
}

static void step(struct world *w, bool filling)
{
	static const unsigned int orders[] = { 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 9 };
	size_t i;

	if (w->n < MAX_HELD && (w->n == 0 || rng(10) < (filling ? 7U : 3U))) {
		unsigned int order = orders[rng(12)];
		unsigned int type = rng(8) < 4 ? w->profile.movable : rng(3);
		struct ref_page got = ask(w, order, type);

		if (!got.ok)
			return;
		if (type == w->profile.movable)
			memset(w->r.movable + got.page, 1, (size_t)1 << order);
		trace_alloc(w, got, order, type);
		w->held[w->n].page = got.page;
		w->held[w->n++].order = order;
		return;
	}
	i = rng((uint32_t)w->n);
	trace_free(w, w->held[i].page, w->held[i].order);
	ref_free(&w->r, w->held[i].page, w->held[i].order, false);
	w->held[i] = w->held[--w->n];
}

/* It fills and empties in turn. */
static void steps(struct world *w, int n)
{
	for (int i = 0; i < n; i++)
		step(w, i / 3000 % 2 == 0);
}

static struct world *create(const char *kernel)
{
	struct world *w = calloc(1, sizeof(*w));
	struct bdt_zoneinfo zi = { .n = 1 };

	strcpy(zi.zones[0].name, "Normal");
	zi.zones[0].start_pfn = BASE;
	zi.zones[0].spanned = NPAGES;
	assert_int_equal(bdt_profile_find(kernel, &w->profile, NULL), 0);
	assert_true(ref_init(&w->r, NPAGES, kernel));
	assert_int_equal(bdt_state_create(&w->state, &w->profile, &zi, 10, REF_PB, NULL), 0);
	assert_int_equal(bdt_engine_init(&w->e, &w->state, (struct bdt_sink){ .removal = count, .user = &w->tally }, 32), 0);
	for (uint32_t p = 0; p < NPAGES; p += 1U << 10)
		ref_free(&w->r, p, 10, false);
	w->now = 1000000;
	return w;
}

static void destroy(struct world *w)
{
	bdt_engine_finish(&w->e);
	bdt_state_finish(&w->state);
	ref_finish(&w->r);
	free(w);
}

/* Gives the model the start state of the reference, in its order. */
static void seed(struct world *w)
{
	struct bdt_zone *z = w->state.zones[0];
	const bdt_migratetype mt = w->profile.movable;

	for (int o = 0; o < REF_ORDERS; o++)
		for (size_t i = 0; i < w->r.list[mt][o].n; i++)
			bdt_zone_insert(z, BASE + w->r.list[mt][o].block[i], (bdt_order)o, mt, BDT_TAIL,
					true);
	w->state.seeded = true;
}

static uint64_t differing_pages(const struct world *w)
{
	struct bdt_block b;
	uint64_t n = 0;

	for (uint32_t p = 0; p < NPAGES; p++)
		n += bdt_zone_find(w->state.zones[0], BASE + p, &b) != (w->r.free[p] != 0);
	return n;
}

static void known_start_predicts_everything(const char *kernel)
{
	struct world *w = create(kernel);

	seed(w);
	steps(w, 60000);
	bdt_engine_flush(&w->e);
	assert_true(w->tally.removals > 20000 && w->tally.fallbacks > 500 && w->tally.partial > 50);
	assert_int_equal(w->tally.exact, w->tally.removals);
	assert_int_equal(w->tally.known, w->tally.removals);
	assert_int_equal(w->tally.contradictions, 0);
	assert_int_equal(w->tally.fallbacks, w->tally.predicted);
	assert_int_equal(differing_pages(w), 0);
	assert_null(bdt_zone_validate(w->state.zones[0]));
	destroy(w);
}

/* Nothing known at the start: the engine has to find its way, and says of no page that it contradicts. */
static void unknown_start_learns(const char *kernel)
{
	struct world *w = create(kernel);
	struct tally before;

	steps(w, 60000);
	before = w->tally;
	steps(w, 60000);
	bdt_engine_flush(&w->e);
	assert_null(bdt_zone_validate(w->state.zones[0]));
	assert_true(w->tally.exact - before.exact > (w->tally.removals - before.removals) * 95 / 100);
	assert_true(differing_pages(w) < NPAGES / 50);
	destroy(w);
}

/* One removal in a thousand is not recorded: the model must come back to the truth and stay sound. */
static void holes_are_healed(const char *kernel)
{
	struct world *w = create(kernel);

	seed(w);
	for (int i = 0; i < 120000; i++) {
		if (i % 1000 == 999 && w->n < MAX_HELD) {
			struct ref_page got = ask(w, 0, 1);

			if (got.ok) {
				w->r.movable[got.page] = 1;
				w->held[w->n].page = got.page;
				w->held[w->n++].order = 0;
			}
		}
		step(w, i / 3000 % 2 == 0);
	}
	bdt_engine_flush(&w->e);
	assert_null(bdt_zone_validate(w->state.zones[0]));
	assert_true(w->tally.exact > w->tally.removals * 97 / 100);
	assert_true(differing_pages(w) < NPAGES / 50);
	destroy(w);
}

/* Much happens while nothing is recorded.  Told of it, the replay blames that, and comes back to the truth.
 */
static void a_pause_is_healed(const char *kernel)
{
	struct bdt_event gap = { .kind = BDT_EV_GAP, .gap.count = -1 };
	struct world *w = create(kernel);
	struct tally before;

	seed(w);
	steps(w, 20000);
	assert_int_equal(w->tally.exact, w->tally.removals);
	w->paused = true;
	for (int i = 0; i < 10000; i++)
		step(w, i / 2000 % 2 == 0);
	w->paused = false;
	before = w->tally;
	feed(w, gap);
	for (int i = 0; i < 300; i++)
		step(w, true);
	assert_true(w->tally.exact - before.exact < w->tally.removals - before.removals);
	assert_int_equal(w->tally.lost, w->tally.removals - w->tally.exact);
	before = w->tally;
	steps(w, 60000);
	bdt_engine_flush(&w->e);
	assert_null(bdt_zone_validate(w->state.zones[0]));
	assert_true(w->tally.exact - before.exact > (w->tally.removals - before.removals) * 95 / 100);
	assert_int_equal(differing_pages(w), 0);
	destroy(w);
}

#define FOR_KERNEL(test, name, kernel)       \
	static void test##name(void **state) \
	{                                    \
		(void)state;                 \
		test(kernel);                \
	}

FOR_KERNEL(known_start_predicts_everything, _7_2, "7.2")
FOR_KERNEL(known_start_predicts_everything, _6_18, "6.18")
FOR_KERNEL(known_start_predicts_everything, _6_12, "6.12")
FOR_KERNEL(known_start_predicts_everything, _6_10, "6.10")
FOR_KERNEL(known_start_predicts_everything, _6_1, "6.1")
FOR_KERNEL(known_start_predicts_everything, _5_10, "5.10")
FOR_KERNEL(known_start_predicts_everything, _5_0, "5.0")
FOR_KERNEL(known_start_predicts_everything, _4_0, "4.0")
FOR_KERNEL(unknown_start_learns, _6_18, "6.18")
FOR_KERNEL(unknown_start_learns, _6_1, "6.1")
FOR_KERNEL(holes_are_healed, _6_18, "6.18")
FOR_KERNEL(holes_are_healed, _6_1, "6.1")
FOR_KERNEL(a_pause_is_healed, _6_18, "6.18")
FOR_KERNEL(a_pause_is_healed, _6_1, "6.1")

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_start_predicts_everything_7_2),
		cmocka_unit_test(known_start_predicts_everything_6_18),
		cmocka_unit_test(known_start_predicts_everything_6_12),
		cmocka_unit_test(known_start_predicts_everything_6_10),
		cmocka_unit_test(known_start_predicts_everything_6_1),
		cmocka_unit_test(known_start_predicts_everything_5_10),
		cmocka_unit_test(known_start_predicts_everything_5_0),
		cmocka_unit_test(known_start_predicts_everything_4_0),
		cmocka_unit_test(unknown_start_learns_6_18),
		cmocka_unit_test(unknown_start_learns_6_1),
		cmocka_unit_test(holes_are_healed_6_18),
		cmocka_unit_test(holes_are_healed_6_1),
		cmocka_unit_test(a_pause_is_healed_6_18),
		cmocka_unit_test(a_pause_is_healed_6_1),
	};

	return cmocka_run_group_tests_name("follow_reference", tests, NULL, NULL);
}
