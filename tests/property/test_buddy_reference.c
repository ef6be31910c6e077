/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random allocations and frees against the dumb reference: same page, same fallback, same lists in the same
 * order.  BUDDYTRACE_SEEDS and BUDDYTRACE_OPERATIONS set how long it runs; the seed of a failure is printed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "model/rmqueue.h"
#include "reference.h"
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#define NPAGES   (24U << REF_PB)
#define MAX_HELD 8192
#define BASE     0x40000 /* first pfn of the zone */

struct held {
	uint32_t page;
	unsigned int order;
};

static uint64_t rng_state;
/* how often each way to serve a request was taken: a run that never falls back proves nothing */
static unsigned long n_own, n_whole, n_part, n_steal, n_fail;

/* xorshift64*: the same numbers everywhere. */
static uint32_t rng(uint32_t below)
{
	rng_state ^= rng_state >> 12;
	rng_state ^= rng_state << 25;
	rng_state ^= rng_state >> 27;
	return (uint32_t)((rng_state * 0x2545f4914f6cdd1dULL) >> 33) % below;
}

static long setting(const char *name, long standard)
{
	const char *text = getenv(name);

	return text ? strtol(text, NULL, 10) : standard;
}

/* Every list, block by block, and every pageblock's type. */
static void compare(const struct bdt_zone *z, const struct reference *r)
{
	for (unsigned int t = 0; t < REF_TYPES; t++)
		for (unsigned int o = 0; o < REF_ORDERS; o++) {
			uint32_t at = z->list[t][o].head;

			assert_int_equal(z->list[t][o].nr_free, r->list[t][o].n);
			for (size_t i = 0; i < r->list[t][o].n; i++, at = z->next[at])
				assert_int_equal(at, r->list[t][o].block[i]);
		}
	for (uint32_t b = 0; b < NPAGES >> REF_PB; b++)
		assert_int_equal(bdt_zone_type(z, BASE + ((bdt_pfn)b << REF_PB)), r->type[b]);
	assert_null(bdt_zone_validate(z));
}

static bool model_alloc(struct bdt_zone *z, unsigned int order, unsigned int type, struct ref_page *got)
{
	struct bdt_request request = { .order = order, .mt = type };
	enum bdt_rmqueue_mode mode = BDT_RMQUEUE_NORMAL;
	struct bdt_choice c;

	*got = (struct ref_page){ .ok = bdt_rmqueue(z, &request, &mode, &c) };
	if (!got->ok)
		return false;
	got->page = (uint32_t)(c.pfn - BASE);
	got->fallback = c.source != BDT_FROM_OWN;
	got->claimed = c.source == BDT_FROM_CLAIM;
	got->fallback_order = got->fallback ? c.fallback_order : 0;
	got->fallback_type = got->fallback ? c.fallback_mt : 0;
	return true;
}

static void one_alloc(struct bdt_zone *z, struct reference *r, struct held *held, size_t *n)
{
	static const unsigned int orders[] = { 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 9 };
	unsigned int order = orders[rng(12)], type = rng(8) < 4 ? 1 : rng(3);
	struct ref_page want = ref_alloc(r, order, type), got;

	model_alloc(z, order, type, &got);
	assert_int_equal(got.ok, want.ok);
	n_fail += !want.ok;
	n_own += want.ok && !want.fallback;
	n_steal += want.fallback && want.ok && !want.claimed;
	n_whole += want.claimed && want.fallback_order >= REF_PB;
	n_part += want.claimed && want.fallback_order < REF_PB;
	if (!want.ok)
		return;
	assert_int_equal(got.page, want.page);
	assert_int_equal(got.fallback, want.fallback);
	assert_int_equal(got.claimed, want.claimed);
	assert_int_equal(got.fallback_order, want.fallback ? want.fallback_order : 0);
	assert_int_equal(got.fallback_type, want.fallback ? want.fallback_type : 0);
	if (type == 1) {
		bdt_zone_mark(z, BASE + got.page, order, BT_ZP_MOVABLE, 0);
		for (uint32_t p = got.page; p < got.page + (1U << order); p++)
			r->movable[p] = 1;
	}
	held[(*n)++] = (struct held){ want.page, order };
}

static void one_free(struct bdt_zone *z, struct reference *r, struct held *held, size_t *n)
{
	size_t i = rng((uint32_t)*n);
	struct held h = held[i];

	held[i] = held[--*n];
	ref_free(r, h.page, h.order);
	bdt_zone_mark(z, BASE + h.page, h.order, 0, BT_ZP_MOVABLE);
	bdt_buddy_free_by_type(z, BASE + h.page, h.order, 0);
}

static void run_seed(const struct bdt_profile *profile, uint64_t seed, long operations)
{
	struct held *held = malloc(MAX_HELD * sizeof(*held));
	struct reference r;
	struct bdt_zone *z;
	size_t n = 0;

	rng_state = seed * 0x9e3779b97f4a7c15ULL + 1;
	ref_init(&r, NPAGES, profile->engine == BDT_ENGINE_STEAL_RETRY);
	assert_int_equal(bdt_zone_create(profile, BASE, BASE + NPAGES, 10, REF_PB, &z), 0);
	for (uint32_t p = 0; p < NPAGES; p += 1U << 10) {
		ref_free(&r, p, 10);
		bdt_buddy_free_by_type(z, BASE + p, 10, 0);
	}
	for (long op = 0; op < operations; op++) {
		/* tides: fill up, then empty, so that lists run dry in every way */
		bool filling = op / 3000 % 2 == 0;

		if (n < MAX_HELD && (n == 0 || rng(10) < (filling ? 7U : 3U)))
			one_alloc(z, &r, held, &n);
		else
			one_free(z, &r, held, &n);
		if (op % 1000 == 0)
			compare(z, &r);
	}
	compare(z, &r);
	bdt_zone_destroy(z);
	ref_finish(&r);
	free(held);
}

static void model_equals_reference(void **state)
{
	long seeds = setting("BUDDYTRACE_SEEDS", 3), operations = setting("BUDDYTRACE_OPERATIONS", 30000);

	(void)state;
	for (size_t i = 0; bdt_profile_name(i); i++) {
		struct bdt_profile profile;

		assert_int_equal(bdt_profile_find(bdt_profile_name(i), &profile, NULL), 0);
		if (profile.engine == BDT_ENGINE_STEAL_FIRST || profile.engine == BDT_ENGINE_STEAL_ONCE ||
		    !profile.move_to_tail)
			continue;
		for (long seed = 1; seed <= seeds; seed++) {
			print_message("# profile %s seed %ld, %ld operations\n", profile.name, seed,
				      operations);
			run_seed(&profile, (uint64_t)seed, operations);
		}
	}
	print_message("# own %lu, whole claims %lu, partial claims %lu, steals %lu, failures %lu\n", n_own,
		      n_whole, n_part, n_steal, n_fail);
	assert_true(n_own > 1000 && n_whole > 100 && n_part > 100 && n_steal > 100 && n_fail > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(model_equals_reference) };

	return cmocka_run_group_tests_name("buddy_reference", tests, NULL, NULL);
}
