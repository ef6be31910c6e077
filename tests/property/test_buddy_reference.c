/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random operations against the dumb reference, for each kernel profile: same page, same fallback, same lists
 * in the same order.  BUDDYTRACE_SEEDS and BUDDYTRACE_OPERATIONS set how long it runs; the seed of a failure
 * is printed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "model/cma.h"
#include "model/highatomic.h"
#include "model/isolate.h"
#include "model/rmqueue.h"
#include "reference.h"
#include "rng.h"
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#define NPAGES   (24U << REF_PB)
#define MANAGED  (NPAGES * 10) /* enough that pageblocks can be kept back */
#define MAX_HELD 8192
#define BASE     0x40000 /* first pfn of the zone */

struct held {
	uint32_t page;
	unsigned int order, type; /* of the pageblock when it was allocated */
};

/* One zone in both worlds. */
struct pair {
	struct bdt_profile profile;
	struct bdt_zone *z;
	struct reference r;
	struct held held[MAX_HELD];
	size_t n;
};

/* how often each way was taken: a run that never falls back proves nothing */
enum { OWN, WHOLE, PART, STEAL, FAIL, FROM_CMA, FROM_RESERVED, ISOLATED, RESERVED, GIVEN_UP, NR_WAYS };
static unsigned long ways[NR_WAYS];
static const char *const way_names[NR_WAYS] = { "own",      "whole claims", "partial claims", "steals",
						"failures", "from CMA",     "from reserved",  "isolated",
						"reserved", "given up" };

static long setting(const char *name, long standard)
{
	const char *text = getenv(name);

	return text ? strtol(text, NULL, 10) : standard;
}

/* Every list, block by block, every pageblock's type, and the pages kept back. */
static void compare(const struct pair *p)
{
	const struct bdt_zone *z = p->z;
	const struct reference *r = &p->r;

	for (unsigned int t = 0; t < REF_TYPES; t++)
		for (unsigned int o = 0; o < REF_ORDERS; o++) {
			uint32_t at = z->list[t][o].head;

			assert_int_equal(z->list[t][o].nr_free, r->list[t][o].n);
			for (size_t i = 0; i < r->list[t][o].n; i++, at = z->next[at])
				assert_int_equal(at, r->list[t][o].block[i]);
		}
	for (uint32_t b = 0; b < NPAGES >> REF_PB; b++)
		assert_int_equal(bdt_zone_type(z, BASE + ((bdt_pfn)b << REF_PB)), r->type[b]);
	assert_int_equal(z->nr_reserved_highatomic, r->reserved);
	assert_null(bdt_zone_validate(z));
}

static struct ref_page model_alloc(struct bdt_zone *z, unsigned int order, unsigned int type,
				   unsigned int flags, enum bdt_rmqueue_mode *mode)
{
	struct bdt_request request = { .order = order, .mt = type, .flags = BT_REQUEST_KSWAPD };
	uint64_t boost = z->watermark_boost;
	struct ref_page got = { .ok = false };
	struct bdt_choice c;

	request.flags |= flags & REF_NOFRAGMENT ? BT_REQUEST_NOFRAGMENT : 0;
	request.flags |= flags & REF_MAY_CMA ? BT_REQUEST_CMA : 0;
	request.flags |= flags & REF_RESERVED_FIRST ? BT_REQUEST_HIGHATOMIC : 0;
	request.flags |= flags & REF_RESERVED_LAST ? BT_REQUEST_RESERVES : 0;
	got.ok = bdt_rmqueue(z, &request, mode, &c);
	if (!got.ok)
		return got;
	got.page = (uint32_t)(c.pfn - BASE);
	got.fallback = c.source == BDT_FROM_CLAIM || c.source == BDT_FROM_STEAL;
	got.claimed = c.source == BDT_FROM_CLAIM;
	if (got.fallback) {
		got.fallback_order = c.fallback_order;
		got.fallback_type = c.fallback_mt;
		got.candidate = (uint32_t)(c.candidate - BASE);
		got.boosts = c.boosts;
		assert_int_equal((z->watermark_boost - boost) >> REF_PB, c.boosts);
		z->watermark_boost = 0;
	} else {
		got.from = c.source == BDT_FROM_OWN   ? type
			   : c.source == BDT_FROM_CMA ? z->cma
						      : z->profile->highatomic;
	}
	return got;
}

static void count(const struct ref_page *got, unsigned int type)
{
	if (!got->ok)
		ways[FAIL]++;
	else if (got->fallback)
		ways[!got->claimed ? STEAL : got->fallback_order >= REF_PB ? WHOLE : PART]++;
	else
		ways[got->from == type ? OWN : got->from == REF_CMA ? FROM_CMA : FROM_RESERVED]++;
}

static void same(const struct ref_page *got, const struct ref_page *want)
{
	assert_int_equal(got->ok, want->ok);
	if (!want->ok)
		return;
	assert_int_equal(got->page, want->page);
	assert_int_equal(got->fallback, want->fallback);
	assert_int_equal(got->from, want->fallback ? 0 : want->from);
	assert_int_equal(got->claimed, want->claimed);
	assert_int_equal(got->fallback_order, want->fallback_order);
	assert_int_equal(got->fallback_type, want->fallback_type);
	assert_int_equal(got->candidate, want->candidate);
	assert_int_equal(got->boosts, want->boosts);
}

/* A request, or the refill of a list: a few pages one after the other. */
static void allocate(struct pair *p)
{
	static const unsigned int orders[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 9, 0 };
	const unsigned int order = rng(40) ? orders[rng(20)] : 10, movable = p->profile.movable;
	unsigned int type = rng(8) < 4 ? movable : rng(3), flags = 0;
	enum bdt_rmqueue_mode mode = BDT_RMQUEUE_NORMAL;
	int stage = 0;

	if (p->r.no_groups)
		type = 0;
	flags |= rng(4) ? 0 : REF_NOFRAGMENT;
	flags |= type == movable && rng(4) ? REF_MAY_CMA : 0;
	flags |= order && !p->profile.reserve && !rng(8) ? REF_RESERVED_FIRST : 0;
	flags |= !p->profile.reserve && !rng(16) ? REF_RESERVED_LAST : 0;
	for (unsigned int left = order > 3 || rng(8) ? 1 : 8; left && p->n < MAX_HELD; left--) {
		struct ref_page want = ref_alloc(&p->r, order, type, flags, &stage);
		struct ref_page got = model_alloc(p->z, order, type, flags, &mode);

		same(&got, &want);
		count(&want, type);
		if (!want.ok)
			return;
		if (type == movable) {
			bdt_zone_mark(p->z, BASE + got.page, order, BT_ZP_MOVABLE, 0);
			for (uint32_t at = got.page; at < got.page + (1U << order); at++)
				p->r.movable[at] = 1;
		}
		p->held[p->n++] = (struct held){ want.page, order, p->r.type[want.page >> REF_PB] };
		if (flags & REF_RESERVED_FIRST && !p->profile.reserve) {
			bool kept = ref_reserve(&p->r, want.page, order);

			assert_int_equal(bdt_highatomic_reserve(p->z, BASE + got.page, order), kept);
			ways[RESERVED] += kept;
		}
	}
}

static void release(struct pair *p)
{
	size_t i = rng((uint32_t)p->n);
	struct held h = p->held[i];
	bool cold = !rng(16);

	p->held[i] = p->held[--p->n];
	bdt_zone_mark(p->z, BASE + h.page, h.order, 0, BT_ZP_MOVABLE);
	if (h.order == REF_PB && p->z->cma != BT_MT_NONE && !rng(8)) {
		ref_add_cma(&p->r, h.page);
		bdt_cma_add_pageblock(p->z, BASE + h.page);
	} else if (!p->profile.list_is_block_type && h.order <= 3 && rng(2)) {
		/* a per-CPU list remembers the type that the page had long ago */
		ref_free_as(&p->r, h.page, h.order, h.type, cold);
		bdt_buddy_free(p->z, BASE + h.page, h.order, h.type, cold ? BT_FREE_TO_TAIL : 0);
	} else {
		ref_free(&p->r, h.page, h.order, cold);
		bdt_buddy_free_by_type(p->z, BASE + h.page, h.order, cold ? BT_FREE_TO_TAIL : 0);
	}
}

/* A free block is taken off its list, to come back later. */
static void keep(struct pair *p)
{
	unsigned int t = rng(REF_TYPES), o = rng(REF_ORDERS);
	struct bdt_block b;
	uint32_t page;

	if (!p->r.list[t][o].n || p->n == MAX_HELD)
		return;
	page = p->r.list[t][o].block[rng((uint32_t)p->r.list[t][o].n)];
	assert_true(bdt_zone_head(p->z, BASE + page, &b));
	ref_take(&p->r, page);
	bdt_buddy_isolate(p->z, &b);
	p->held[p->n++] = (struct held){ page, o, p->r.type[page >> REF_PB] };
}

/* What happens once in a while to a pageblock. */
static void shake(struct pair *p)
{
	uint32_t page = rng(NPAGES >> REF_PB) << REF_PB;
	unsigned int type = p->r.no_groups ? 0 : rng(3);
	bool force = rng(2), yes;

	switch (rng(4)) {
	case 0:
		yes = ref_isolate(&p->r, page);
		assert_int_equal(bdt_isolate_pageblock(p->z, BASE + page), yes);
		ways[ISOLATED] += yes;
		break;
	case 1:
		for (page = 0; page < NPAGES && p->r.type[page >> REF_PB] != REF_ISOLATE;)
			page += 1U << REF_PB;
		page %= NPAGES;
		ref_unisolate(&p->r, page, type);
		bdt_unisolate_pageblock(p->z, BASE + page, type);
		break;
	case 2:
		if (p->profile.reserve)
			break;
		assert_int_equal(bdt_highatomic_unreserve(p->z, type, force) != 0,
				 yes = ref_unreserve(&p->r, type, force));
		ways[GIVEN_UP] += yes;
		break;
	default:
		keep(p);
	}
}

static void run_seed(struct pair *p, uint64_t seed, long operations)
{
	rng_state = seed * 0x9e3779b97f4a7c15ULL + 1;
	p->n = 0;
	assert_true(ref_init(&p->r, NPAGES, p->profile.name));
	assert_int_equal(bdt_zone_create(&p->profile, BASE, BASE + NPAGES, 10, REF_PB, &p->z), 0);
	bdt_zone_name_types(p->z, true, true);
	p->r.managed = p->z->managed = MANAGED;
	p->z->boost_limit = UINT64_MAX;
	p->r.no_groups = p->z->grouping_off = seed % 8 == 0;
	for (uint32_t at = 0; at < NPAGES; at += 1U << 10) {
		ref_free(&p->r, at, 10, true);
		bdt_buddy_free_by_type(p->z, BASE + at, 10, BT_FREE_TO_TAIL);
	}
	for (long op = 0; op < operations; op++) {
		/* tides: fill up, then empty, so that lists run dry in every way */
		bool filling = op / 3000 % 2 == 0;

		if (!rng(200))
			shake(p);
		if (p->n == 0 || (p->n < MAX_HELD && rng(10) < (filling ? 7U : 3U)))
			allocate(p);
		else
			release(p);
		if (op % 1000 == 0)
			compare(p);
	}
	compare(p);
	bdt_zone_destroy(p->z);
	ref_finish(&p->r);
}

static void model_equals_reference(void **state)
{
	long seeds = setting("BUDDYTRACE_SEEDS", 3), operations = setting("BUDDYTRACE_OPERATIONS", 30000);
	struct pair *p = calloc(1, sizeof(*p));

	(void)state;
	for (size_t i = 0; bdt_profile_name(i); i++) {
		assert_int_equal(bdt_profile_find(bdt_profile_name(i), &p->profile, NULL), 0);
		for (long seed = 1; seed <= seeds; seed++) {
			print_message("# profile %s seed %ld, %ld operations\n", p->profile.name, seed,
				      operations);
			run_seed(p, (uint64_t)seed, operations);
		}
		for (int way = 0; way < NR_WAYS; way++) {
			bool none = p->profile.reserve && (way == RESERVED || way == GIVEN_UP ||
							   way == FROM_RESERVED || way == FROM_CMA);

			print_message("#   %s %lu\n", way_names[way], ways[way]);
			if (!none)
				assert_true(ways[way] > 10);
			ways[way] = 0;
		}
	}
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(model_equals_reference) };

	return cmocka_run_group_tests_name("buddy_reference", tests, NULL, NULL);
}
