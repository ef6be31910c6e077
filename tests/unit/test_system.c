/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Watermarks, zones, per-CPU lists and the fast path, each rule in the smallest case that shows it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "model/allocate.h"
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define UNMOVABLE   0
#define MOVABLE     1
#define RECLAIMABLE 2
#define CMA         4
#define DMA32_START 0x1000ULL
#define DMA32_END   0x9000ULL
#define START       0x100000ULL /* of zone Normal */
#define PAGES       0x40000ULL  /* of zone Normal: 1 GiB */

#define KERNEL  (BT_GFP_DIRECT_RECLAIM | BT_GFP_KSWAPD_RECLAIM | BT_GFP_IO | BT_GFP_FS)
#define USER    (KERNEL | BT_GFP_HIGHMEM | BT_GFP_MOVABLE)
#define ATOMIC  (BT_GFP_HIGH | BT_GFP_ATOMIC | BT_GFP_KSWAPD_RECLAIM)
#define FACTORY "6.18.44"

/* What the observer was told. */
struct seen {
	unsigned int removals, insertions, refills, drains, wakeups;
	unsigned int asked[64], got[64]; /* by refill */
	unsigned int drained[64];
	bdt_pfn inserted[4096];
};

struct machine {
	struct bdt_profile profile;
	struct bdt_zone *zone[2]; /* DMA32 and Normal */
	struct bdt_system *s;
	struct seen seen;
};

static void removal(void *user, const struct bdt_seen_removal *seen)
{
	(void)seen;
	((struct seen *)user)->removals++;
}

static void insertion(void *user, const struct bdt_seen_insertion *seen)
{
	struct seen *all = user;

	all->inserted[all->insertions++ % 4096] = seen->pfn;
}

static void refill(void *user, const struct bdt_seen_refill *seen)
{
	struct seen *all = user;

	all->asked[all->refills % 64] = seen->asked;
	all->got[all->refills++ % 64] = seen->got;
}

static void drain(void *user, const struct bdt_seen_drain *seen)
{
	struct seen *all = user;

	all->drained[all->drains++ % 64] = seen->got;
}

static void wakeup(void *user, const struct bdt_seen_wakeup *seen)
{
	(void)seen;
	((struct seen *)user)->wakeups++;
}

/* Two zones of one node, all of it free; NULL zone config makes no difference to who owns what. */
static struct machine *boot(const char *release, unsigned int ncpus)
{
	struct machine *m = calloc(1, sizeof(*m));
	struct bdt_system_zone_config zones[2];
	struct bdt_system_config config = { .zones = zones, .nzones = 2, .ncpus = ncpus, .thp = true };
	struct bdt_observer observer = { &m->seen, removal, insertion, refill, drain, NULL, wakeup };

	assert_non_null(m);
	assert_int_equal(bdt_profile_find(release, &m->profile, NULL), 0);
	assert_int_equal(bdt_zone_create(&m->profile, DMA32_START, DMA32_END, 10, 9, &m->zone[0]), 0);
	assert_int_equal(bdt_zone_create(&m->profile, START, START + PAGES, 10, 9, &m->zone[1]), 0);
	for (unsigned int i = 0; i < 2; i++) {
		struct bdt_zone *z = m->zone[i];

		strcpy(z->name, i ? "Normal" : "DMA32");
		z->index = i + 1;
		for (bdt_pfn p = z->start; p < z->end; p += 1024)
			bdt_zone_insert(z, p, 10, m->profile.movable, BDT_TAIL, true);
		zones[i] = (struct bdt_system_zone_config){ z, z->end - z->start, z->end - z->start };
	}
	config.vm = bdt_vm_settings_default(&m->profile);
	config.vm.min_free_kbytes = 67584;
	assert_int_equal(bdt_system_create(&m->profile, &config, &m->s), 0);
	bdt_system_observe(m->s, &observer);
	return m;
}

static void halt(struct machine *m)
{
	assert_null(bdt_system_validate(m->s));
	bdt_system_destroy(m->s);
	bdt_zone_destroy(m->zone[0]);
	bdt_zone_destroy(m->zone[1]);
	free(m);
}

/* Takes one block; its pfn. */
static bdt_pfn take(struct machine *m, unsigned int cpu, bdt_order order, uint32_t gfp)
{
	struct bdt_alloc_request request = { .cpu = cpu, .node = BT_NODE_OF_CPU, .order = order, .gfp = gfp };
	struct bdt_alloc_result result;

	assert_true(bdt_system_alloc(m->s, &request, &result));
	return result.pfn;
}

/* Numbers of a machine with 18 GiB in zone Normal. */
static void watermarks_follow_the_settings(void **state)
{
	struct bdt_watermark_input in = {
		.managed = 4653056, .min_pages = 67584 / 4, .scale = 10, .lowmem_zone = true
	};
	uint64_t managed[5] = { 3840, 765000, 4653056, 0, 0 };
	struct bdt_watermarks w;
	struct bdt_profile p;

	(void)state;
	assert_int_equal(bdt_profile_find(FACTORY, &p, NULL), 0);
	in.lowmem = (uint64_t)(4653056.0 * 16896 / 14480);
	bdt_watermarks_set(&p, &w, &in);
	assert_int_equal(w.mark[BT_ALLOC_WMARK_MIN], 14480);
	assert_int_equal(w.mark[BT_ALLOC_WMARK_LOW], 19133);
	assert_int_equal(w.mark[BT_ALLOC_WMARK_HIGH], 23786);
	assert_int_equal(w.mark[BT_ALLOC_WMARK_PROMO], 28439);
	bdt_watermarks_set_reserve(&w, 1, managed, 5, 256);
	assert_int_equal(w.reserve[1], 0);
	for (unsigned int class = 2; class < 5; class ++)
		assert_int_equal(w.reserve[class], 18176);
	assert_int_equal(bdt_profile_find("4.0.5", &p, NULL), 0);
	bdt_watermarks_set(&p, &w, &in);
	assert_int_equal(w.mark[BT_ALLOC_WMARK_LOW], 14480 + 14480 / 4);
	assert_int_equal(w.mark[BT_ALLOC_WMARK_HIGH], 14480 + 14480 / 2);
}

static void lists_are_bounded_as_the_release_does(void **state)
{
	static const struct {
		const char *release;
		uint64_t managed;
		unsigned int fraction;
		struct bdt_pcp_bounds bounds;
	} cases[] = {
		{ "6.18.44", 4653056, 0, { 63, 9566, 290816 } },
		{ "6.12.107", 4653056, 8, { 63, 290816, 290816 } },
		{ "6.1.192", 4653056, 0, { 63, 9566, 9566 } },
		{ "5.10.223", 4653056, 0, { 63, 378, 378 } },
		{ "5.10.223", 4653056, 100000, { 11, 46, 46 } },
		{ "5.0.0", 100000, 0, { 31, 186, 186 } },
		{ "4.0.5", 4653056, 0, { 31, 186, 186 } },
		{ "5.10.223", 3840, 0, { 1, 0, 0 } },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bdt_pcp_input in = { cases[i].managed, 19133, 2, cases[i].fraction, 12 };
		struct bdt_pcp_bounds b;
		struct bdt_profile p;

		assert_int_equal(bdt_profile_find(cases[i].release, &p, NULL), 0);
		b = bdt_pcp_bounds(&p, &in);
		assert_int_equal(b.batch, cases[i].bounds.batch);
		assert_int_equal(b.high_min, cases[i].bounds.high_min);
		assert_int_equal(b.high_max, cases[i].bounds.high_max);
	}
}

/* Nothing is freed meanwhile: each refill of a list that tunes itself is twice the last one. */
static void refills_double(void **state)
{
	static const unsigned int sizes[] = { 63, 126, 252, 504, 1008, 2016, 2016 };
	struct machine *m = boot(FACTORY, 1);
	unsigned int taken = 0;

	(void)state;
	for (unsigned int i = 0; i < 7; i++) {
		assert_int_equal(m->seen.refills, i);
		for (unsigned int n = 0; n < sizes[i]; n++, taken++)
			/* ascending, since all come from the same large blocks */
			assert_int_equal(take(m, 0, 0, USER), START + taken);
		assert_int_equal(m->seen.refills, i + 1);
		assert_int_equal(m->seen.asked[i], sizes[i]);
		assert_int_equal(m->seen.got[i], sizes[i]);
	}
	halt(m);
}

static void refills_of_large_blocks_are_small(void **state)
{
	static const struct {
		const char *release;
		bdt_order order;
		unsigned int asked;
	} cases[] = { { FACTORY, 1, 31 },   { FACTORY, 2, 15 },   { FACTORY, 3, 7 },    { FACTORY, 9, 2 },
		      { "6.1.192", 0, 63 }, { "6.1.192", 1, 31 }, { "5.10.223", 0, 63 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct machine *m = boot(cases[i].release, 1);

		take(m, 0, cases[i].order, USER);
		assert_int_equal(m->seen.refills, 1);
		assert_int_equal(m->seen.asked[0], cases[i].asked);
		halt(m);
	}
}

#define T(f) cmocka_unit_test(f)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(watermarks_follow_the_settings),
		T(lists_are_bounded_as_the_release_does),
		T(refills_double),
		T(refills_of_large_blocks_are_small),
	};

	return cmocka_run_group_tests_name("system", tests, NULL, NULL);
}
