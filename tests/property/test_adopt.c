/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A zone with random lists stands for the kernel, and another one, with other lists, for the model.  The
 * lists are read as the recorder reads them, long ones in parts while the kernel goes on; when the model has
 * taken over all of them it must be equal, block by block.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "model/buddy.h"
#include "replay/adopt.h"
#include "rng.h"
#include <cmocka.h>
#include <string.h>

#define START     0x1000U
#define PAGES     4096U
#define TYPES     4U
#define MAX_ORDER 5U
#define PB_ORDER  5U
#define ROUNDS    300

struct world {
	struct bdt_profile profile;
	struct bdt_zone *kernel, *model;
	struct bdt_state state;
	struct bdt_exact_result result;
	/* the list that is read: blocks from its head and from its tail, outwards in */
	uint32_t front[PAGES], back[PAGES];
	uint32_t nfront, nback;
	uint32_t pfns[PAGES]; /* of one part */
	uint8_t types[PAGES >> PB_ORDER];
	bool types_told;
};

static struct bdt_zone *make_zone(const struct bdt_profile *profile)
{
	struct bdt_zone *z;

	assert_int_equal(bdt_zone_create(profile, START, START + PAGES, MAX_ORDER, PB_ORDER, &z), 0);
	strcpy(z->name, "Normal");
	return z;
}

static void fill(struct bdt_zone *z, uint32_t density)
{
	for (bdt_pfn pfn = START; pfn < START + PAGES; pfn += 1U << PB_ORDER)
		bdt_zone_set_type(z, pfn, rng(TYPES), rng(2));
	for (bdt_pfn pfn = START; pfn < START + PAGES;) {
		bdt_order order = rng(MAX_ORDER + 1);

		while (pfn & ((1U << order) - 1))
			order--;
		if (rng(100) < density)
			bdt_zone_insert(z, pfn, order, bdt_zone_type(z, pfn), rng(2) ? BDT_HEAD : BDT_TAIL,
					rng(2));
		pfn += 1U << order;
	}
}

static void begin(struct world *w, const char *release, uint32_t kernel_density, uint32_t model_density)
{
	bool exact;

	memset(w, 0, sizeof(*w));
	assert_int_equal(bdt_profile_find(release, &w->profile, &exact), 0);
	w->kernel = make_zone(&w->profile);
	w->model = make_zone(&w->profile);
	fill(w->kernel, kernel_density);
	fill(w->model, model_density);
	for (uint32_t i = 0; i < PAGES >> PB_ORDER; i++)
		w->types[i] = (uint8_t)bdt_zone_type(w->kernel, START + ((bdt_pfn)i << PB_ORDER));
	w->state = (struct bdt_state){ .profile = &w->profile, .nzones = 1, .zones = { w->model } };
}

static void end(struct world *w)
{
	bdt_zone_destroy(w->kernel);
	bdt_zone_destroy(w->model);
}

/* Allocations and frees that both see, as events tell of them. */
static void go_on(struct world *w, uint32_t n)
{
	while (n--) {
		bdt_order order = rng(MAX_ORDER + 1);
		bdt_migratetype mt = rng(TYPES);
		bdt_pfn pfn = START + (rng(PAGES) & ~((1U << order) - 1));
		struct bdt_block b;

		if (rng(2)) { /* of the head, or of any place, as a merge does */
			if (!(rng(2) ? bdt_zone_first(w->kernel, order, mt, &b)
				     : bdt_zone_find(w->kernel, pfn, &b)))
				continue;
			bdt_zone_delete(w->kernel, b.pfn);
			bdt_buddy_carve(w->model, b.pfn, b.order);
		} else if (!bdt_zone_find(w->kernel, pfn, &b) &&
			   !bdt_buddy_next(w->kernel, pfn, pfn + (1U << order), &b)) {
			enum bdt_place place = rng(2) ? BDT_HEAD : BDT_TAIL;

			mt = bdt_zone_type(w->kernel, pfn);
			bdt_zone_insert(w->kernel, pfn, order, mt, place, true);
			bdt_buddy_carve(w->model, pfn, order);
			bdt_zone_insert(w->model, pfn, order, mt, place, true);
		}
	}
}

/* The last one that was read and still is on the list. */
static uint32_t anchor(const struct world *w, const uint32_t *pfns, uint32_t n, bdt_order order,
		       bdt_migratetype mt)
{
	struct bdt_block b;

	while (n--)
		if (bdt_zone_head(w->kernel, pfns[n], &b) && b.order == order && b.mt == mt)
			return pfns[n];
	return BT_EXACT_NO_PFN;
}

/* Reads at most `room` blocks of what is missing of a list. */
static struct bdt_exact_list read_part(struct world *w, bdt_order order, bdt_migratetype mt, uint32_t room)
{
	const struct bdt_zone *z = w->kernel;
	struct bdt_exact_list l = { .order = order, .type = mt, .state = BDT_EXACT_WHOLE, .pfns = w->pfns };
	uint32_t at, n = 0;

	l.after = anchor(w, w->front, w->nfront, order, mt);
	l.before = anchor(w, w->back, w->nback, order, mt);
	at = l.after == BT_EXACT_NO_PFN ? z->list[mt][order].head : z->next[l.after - z->base];
	for (; at != BT_PAGE_NIL && z->base + at != l.before; at = z->next[at])
		w->pfns[n++] = (uint32_t)(z->base + at);
	l.first = n;
	if (n > room) {
		l.first = rng(room + 1);
		l.last = room - l.first;
		l.state = BDT_EXACT_CUT;
		memmove(w->pfns + l.first, w->pfns + n - l.last, l.last * sizeof(w->pfns[0]));
	} else if (n && rng(2)) { /* whole lists are read from both ends as well */
		l.last = rng(n);
		l.first = n - l.last;
	}
	for (uint32_t i = 0; i < l.first; i++)
		w->front[w->nfront++] = w->pfns[i];
	for (uint32_t i = l.first + l.last; i-- > l.first;)
		w->back[w->nback++] = w->pfns[i];
	return l;
}

static void adopt(struct world *w, const struct bdt_exact_list *list)
{
	struct bdt_exact_lists *lists = test_calloc(1, sizeof(*lists));

	*lists = (struct bdt_exact_lists){ .locked = true, .zone = "Normal", .start = START, .nlists = 1 };
	lists->end = START + PAGES;
	lists->list[0] = *list;
	if (!w->types_told) {
		lists->first_block = START >> PB_ORDER;
		lists->nblocks = PAGES >> PB_ORDER;
		lists->blocks = w->types;
		w->types_told = true;
	}
	bdt_adopt(&w->state, lists, &w->result);
	test_free(lists);
	assert_null(bdt_zone_validate(w->model));
}

static void adopt_all(struct world *w, uint32_t room, uint32_t operations)
{
	for (bdt_order order = 0; order <= MAX_ORDER; order++)
		for (bdt_migratetype mt = 0; mt < TYPES; mt++) {
			struct bdt_exact_list l;

			w->nfront = w->nback = 0;
			do {
				l = read_part(w, order, mt, room);
				adopt(w, &l);
				go_on(w, operations);
			} while (l.state == BDT_EXACT_CUT);
		}
}

static void assert_same_lists(const struct world *w)
{
	for (bdt_order order = 0; order <= MAX_ORDER; order++)
		for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++) {
			uint32_t a = w->kernel->list[mt][order].head, b = w->model->list[mt][order].head;

			for (; a != BT_PAGE_NIL && a == b; a = w->kernel->next[a], b = w->model->next[b])
				assert_true(w->model->page_flags[b] & BT_ZP_KNOWN);
			assert_int_equal(a, b);
		}
	assert_int_equal(w->kernel->free_pages, w->model->free_pages);
}

static void test_a_standing_kernel(void **state)
{
	static struct world w;

	(void)state;
	for (uint32_t i = 0; i < ROUNDS; i++) {
		begin(&w, i % 2 ? "6.18.44" : "6.1.0", 100 - i % 90, i * 7 % 100);
		adopt_all(&w, 1 + rng(60), 0);
		assert_same_lists(&w);
		assert_int_equal(w.result.cut, 0);
		/* once more: everything is as predicted */
		memset(&w.result, 0, sizeof(w.result));
		adopt_all(&w, 1 + rng(60), 0);
		assert_int_equal(w.result.same_position, w.result.entries);
		assert_int_equal(w.result.lists_equal, w.result.lists);
		assert_int_equal(w.result.pages_both, w.result.pages_kernel);
		assert_int_equal(w.result.pages_both, w.result.pages_model);
		assert_same_lists(&w);
		end(&w);
	}
}

static void test_a_busy_kernel(void **state)
{
	static struct world w;

	(void)state;
	for (uint32_t i = 0; i < ROUNDS; i++) {
		begin(&w, i % 2 ? "6.18.44" : "6.1.0", 100 - i % 90, 0);
		adopt_all(&w, 20 + rng(100), 1 + rng(5));
		assert_same_lists(&w);
		/* what is free changes while it is read */
		memset(&w.result, 0, sizeof(w.result));
		adopt_all(&w, 20 + rng(100), 1 + rng(5));
		assert_true(w.result.pages_both <= w.result.pages_kernel);
		assert_true(w.result.pages_both <= w.result.pages_model);
		end(&w);
	}
}

static void test_differences_are_counted(void **state)
{
	static struct world w;
	struct bdt_exact_list l = { .order = 0, .state = BDT_EXACT_WHOLE, .first = 2, .last = 1 };

	(void)state;
	begin(&w, "6.1.0", 0, 0);
	for (uint32_t i = 0; i < 3; i++)
		w.pfns[i] = START + 2 * i;
	l.pfns = w.pfns;
	l.after = l.before = BT_EXACT_NO_PFN;
	bdt_zone_insert(w.model, START, 0, 0, BDT_TAIL, true);
	bdt_zone_insert(w.model, START + 4, 0, 0, BDT_TAIL, true);
	bdt_zone_insert(w.model, START + 2, 0, 0, BDT_TAIL, true);
	adopt(&w, &l);
	assert_int_equal(w.result.entries, 3);
	assert_int_equal(w.result.same_position, 1);
	assert_int_equal(w.result.lists, 1);
	assert_int_equal(w.result.lists_equal, 0);
	adopt(&w, &l);
	assert_int_equal(w.result.same_position, 4);
	assert_int_equal(w.result.lists_equal, 1);
	end(&w);
}

/* Pieces of any content leave a sound zone. */
static void test_nonsense(void **state)
{
	static struct world w;

	(void)state;
	for (uint32_t i = 0; i < ROUNDS; i++) {
		begin(&w, "6.1.0", 50, 80);
		for (uint32_t k = 0; k < 20; k++) {
			struct bdt_exact_list l = { .order = rng(MAX_ORDER + 1),
						    .type = rng(TYPES),
						    .pfns = w.pfns };
			uint32_t mask = ~((1U << l.order) - 1);

			l.state = rng(2) ? BDT_EXACT_WHOLE : BDT_EXACT_CUT;
			l.first = rng(20);
			l.last = rng(20);
			for (uint32_t n = 0; n < l.first + l.last; n++)
				w.pfns[n] = (START + rng(rng(2) ? 64 : PAGES)) & mask;
			l.after = rng(2) ? BT_EXACT_NO_PFN : (START + rng(PAGES)) & mask;
			l.before = rng(2) ? BT_EXACT_NO_PFN : rng(2) ? l.after : (START + rng(PAGES)) & mask;
			adopt(&w, &l);
		}
		end(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_standing_kernel),
		cmocka_unit_test(test_a_busy_kernel),
		cmocka_unit_test(test_differences_are_counted),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
