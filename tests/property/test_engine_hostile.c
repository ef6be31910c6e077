/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events that no kernel writes, on zones that no machine has: the engine must not crash, and its lists must
 * stay lists.  Numbers are drawn near the limits of what is valid, so that most of them get past the first
 * checks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "replay/engine.h"
#include "replay/page.h"
#include "rng.h"
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define PAGES 16384U

/* A number of some field: mostly small, at times absurd. */
static int64_t number(uint32_t below)
{
	static const int64_t absurd[] = { -1, INT64_MIN, INT64_MAX, 1LL << 31, 1LL << 32, 1LL << 52, 63, 64 };

	return rng(100) ? rng(below) : absurd[rng(sizeof(absurd) / sizeof(absurd[0]))];
}

/* Pages come back, at all alignments. */
static int64_t page(void)
{
	static int64_t recent[8];
	int64_t pfn = rng(3) ? number(PAGES) & ~((1LL << rng(11)) - 1) : recent[rng(8)];

	recent[rng(8)] = pfn;
	return pfn;
}

/* What tasks ask with: GFP_KERNEL, GFP_HIGHUSER_MOVABLE and GFP_ATOMIC of 6.18, or any bits. */
static int64_t gfp(void)
{
	static const int64_t usual[] = { 0xcc0, 0x140cca, 0x820 };

	return rng(4) ? usual[rng(3)] : number(UINT32_MAX);
}

/* Of reclaim and compaction. */
static void draw_slow_path(struct bdt_event *ev)
{
	static const int64_t zone_starts[] = { 1, 4001, 6900, 6950, 11000, 16003, 77 };

	switch (ev->kind) {
	case BDT_EV_COMPACTION_BEGIN:
	case BDT_EV_COMPACTION_END:
		ev->compaction.zone_start = zone_starts[rng(7)];
		ev->compaction.migrate_pfn = page();
		ev->compaction.free_pfn = page();
		ev->compaction.sync = rng(2);
		ev->compaction.status = number(10);
		break;
	case BDT_EV_DIRECT_RECLAIM_BEGIN:
		ev->reclaim_begin.order = number(12);
		ev->reclaim_begin.gfp_flags = gfp();
		break;
	case BDT_EV_COMPACTION_TRY_TO_COMPACT:
		ev->try_to_compact.order = number(12);
		ev->try_to_compact.gfp_mask = gfp();
		ev->try_to_compact.prio = number(3);
		break;
	case BDT_EV_DIRECT_RECLAIM_END:
	case BDT_EV_COMPACTION_MIGRATEPAGES:
	case BDT_EV_COMPACTION_KCOMPACTD_WAKE:
	case BDT_EV_KSWAPD_WAKE:
	case BDT_EV_KSWAPD_SLEEP:
		for (int i = 0; i < 3; i++)
			ev->field[i] = number(4);
		break;
	default:
		break;
	}
}

static struct bdt_event draw_event(void)
{
	struct bdt_event ev = {
		.kind = rng(BDT_EV_NR), .cpu = rng(5), .pid = (int32_t)rng(80), .flags = (uint8_t)rng(256)
	};

	ev.preempt_count = (uint8_t)rng(5);
	switch (ev.kind) {
	case BDT_EV_PAGE_ALLOC:
		ev.alloc.pfn = rng(20) ? page() : (int64_t)BT_PFN_NONE;
		ev.alloc.gfp_flags = gfp();
		ev.alloc.order = number(12);
		ev.alloc.migratetype = number(8);
		break;
	case BDT_EV_PAGE_FREE:
		ev.free.pfn = page();
		ev.free.order = number(12);
		break;
	case BDT_EV_ZONE_LOCKED:
		ev.zone_locked.pfn = page();
		ev.zone_locked.order = number(12);
		ev.zone_locked.migratetype = number(8);
		break;
	case BDT_EV_PCPU_DRAIN:
		ev.drain.pfn = page();
		ev.drain.order = number(12);
		ev.drain.migratetype = number(8);
		break;
	case BDT_EV_EXTFRAG:
		ev.extfrag.pfn = page();
		ev.extfrag.alloc_order = number(12);
		ev.extfrag.fallback_order = number(12);
		ev.extfrag.alloc_migratetype = number(4);
		ev.extfrag.fallback_migratetype = number(8);
		ev.extfrag.change_ownership = rng(2);
		break;
	case BDT_EV_COMPACTION_ISOLATE_FREEPAGES:
	case BDT_EV_COMPACTION_FAST_ISOLATE_FREEPAGES:
		ev.isolate.start_pfn = page();
		ev.isolate.end_pfn = rng(50) ? (ev.isolate.start_pfn & INT32_MAX) + rng(1024) : page();
		ev.isolate.nr_scanned = number(600);
		ev.isolate.nr_taken = number(100);
		break;
	default:
		draw_slow_path(&ev);
		break;
	}
	return ev;
}

struct watcher {
	uint64_t removals;
	struct bdt_page_level *page;
};

static void watch(void *user, const struct bdt_outcome *o)
{
	struct watcher *w = user;

	assert_non_null(o->zone);
	w->removals++;
	bdt_page_removal(w->page, o);
}

static struct bdt_profile profile;
static uint64_t moved; /* pages, by the compaction of the free run */

/* Zones whose edges cut through pageblocks, that touch, that overlap, and one of less than a block. */
static void make_zones(struct bdt_state *state, bdt_order max_order, bdt_order pageblock_order)
{
	static const struct {
		uint64_t start, spanned;
	} spans[] = {
		{ 1, 4000 }, { 4001, 3003 }, { 6900, 5 }, { 6950, 5000 }, { 11000, 5000 }, { 16003, 9 }
	};
	struct bdt_zoneinfo zi = { .n = sizeof(spans) / sizeof(spans[0]) };

	for (size_t i = 0; i < zi.n; i++) {
		zi.zones[i].name[0] = (char)('A' + i);
		zi.zones[i].start_pfn = spans[i].start;
		zi.zones[i].spanned = spans[i].spanned;
	}
	assert_int_equal(bdt_profile_find("6.18", &profile, NULL), 0);
	assert_int_equal(bdt_state_create(state, &profile, &zi, max_order, pageblock_order, NULL), 0);
}

/* A machine of these zones; CPUs beyond the third are not known. */
static int make_system(void *user, const struct bdt_state *state, struct bdt_system **out,
		       struct bdt_diag *diag)
{
	struct bdt_system_zone_config zones[BT_MAX_ZONES];
	struct bdt_system_config config = {
		.zones = zones, .nzones = state->nzones, .ncpus = 3, .thp = true
	};

	(void)user;
	(void)diag;
	for (size_t i = 0; i < state->nzones; i++)
		zones[i] = (struct bdt_system_zone_config){ state->zones[i], 4096, 4096 };
	config.vm = bdt_vm_settings_default(state->profile);
	config.vm.min_free_kbytes = 256;
	return bdt_system_create(state->profile, &config, out);
}

static struct bdt_page_level *make_page_level(struct bdt_state *state, uint64_t resync)
{
	struct bdt_page_options options = { .make_system = make_system, .resync_events = resync };
	struct bdt_page_level *page;
	struct bdt_gfp_map gfp;

	bdt_gfp_map_default(&gfp, state->profile);
	options.gfp = &gfp;
	assert_int_equal(bdt_page_create(state, &options, &page, NULL), 0);
	return page;
}

/* Impossible events may tell two types of one pageblock. */
static void assert_sound(uint64_t seed, const char *broken)
{
	if (broken && strcmp(broken, "block: on a list of another type than its pageblock"))
		fail_msg("seed %llu: %s", (unsigned long long)seed, broken);
}

static void replay_noise(uint64_t seed, bdt_order max_order, bdt_order pageblock_order)
{
	struct bdt_state state = { .seeded = seed & 1 };
	struct bdt_engine e;
	struct watcher watcher = { .removals = 0 };
	uint64_t now = 1;

	rng_state = seed;
	make_zones(&state, max_order, pageblock_order);
	assert_int_equal(bdt_engine_init(&e, &state, (struct bdt_sink){ .removal = watch, .user = &watcher }, 32), 0);
	if (seed & 2)
		bdt_state_set_reporting(&state, pageblock_order - 1, seed & 4);
	watcher.page = make_page_level(&state, seed & 8 ? 777 : 0);
	for (uint64_t i = 0; i < 20000; i++) {
		struct bdt_event ev = draw_event();

		ev.number = i;
		ev.time_ns = now += rng(1000) ? rng(20000) : 1500000000;
		assert_int_equal(bdt_engine_prepare(&e, &ev), 0);
		bdt_page_event(watcher.page, &ev, true);
		assert_int_equal(bdt_engine_event(&e, &ev), 0);
	}
	bdt_engine_flush(&e);
	assert_true(watcher.removals > 100);
	assert_true(bdt_page_result(watcher.page)->assisted.allocs > 100);
	assert_true(bdt_page_result(watcher.page)->free.allocs_slow > 100);
	moved += bdt_page_result(watcher.page)->free.moved;
	assert_sound(seed, bdt_page_validate(watcher.page));
	bdt_page_destroy(watcher.page);
	for (size_t i = 0; i < state.nzones; i++)
		assert_sound(seed, bdt_zone_validate(state.zones[i]));
	bdt_engine_finish(&e);
	bdt_state_finish(&state);
}

static void noise_leaves_the_lists_sound(void **unused)
{
	(void)unused;
	for (uint64_t seed = 1; seed <= 16; seed++) {
		replay_noise(seed, 10, 9);
		replay_noise(seed, 10, 10);
		replay_noise(seed, 4, 1);
	}
	assert_true(moved > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(noise_leaves_the_lists_sound) };

	return cmocka_run_group_tests_name("engine_hostile", tests, NULL, NULL);
}
