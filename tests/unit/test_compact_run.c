/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole runs of compaction on a small zone: what is moved where, how runs end, capture, drains and deferral. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "model/buddy.h"
#include "model/compact_run.h"
#include <cmocka.h>
#include <string.h>

#define BASE   0x100000ULL
#define NPB    512U
#define BLOCKS 16U

struct fixture {
	struct bdt_profile profile;
	struct bdt_zone *z;
	struct bdt_compact_zone cz;
	struct bdt_watermarks marks;
	struct bdt_migrate_failures failures;
	struct bdt_compact_env env;
	unsigned int drains, moves;
	bdt_pfn last_from, last_to;
};

static void moved(void *user, struct bdt_zone *z, bdt_pfn from, bdt_pfn to, bdt_order order)
{
	struct fixture *f = user;
	struct bdt_block b;

	assert_int_equal(order, 0);
	assert_false(bdt_zone_find(z, to, &b));
	f->moves++;
	f->last_from = from;
	f->last_to = to;
}

static void drain(void *user, struct bdt_zone *z)
{
	struct fixture *f = user;

	(void)z;
	f->drains++;
}

/* The lower half of the zone: every second page movable, the others free.  The upper half is all free. */
static void open_fixture(struct fixture *f, const char *release)
{
	memset(f, 0, sizeof(*f));
	assert_int_equal(bdt_profile_find(release, &f->profile, NULL), 0);
	assert_int_equal(bdt_zone_create(&f->profile, BASE, BASE + BLOCKS * NPB, 10, 9, &f->z), 0);
	assert_int_equal(bdt_compact_zone_init(&f->cz, f->z, &f->profile.compaction), 0);
	f->marks = (struct bdt_watermarks){ .mark = { 100, 125, 150, 175 } };
	f->cz.marks = &f->marks;
	f->env = (struct bdt_compact_env){ .moved = moved, .drain = drain, .user = f };
}

static void close_fixture(struct fixture *f)
{
	assert_null(bdt_zone_validate(f->z));
	bdt_compact_zone_finish(&f->cz);
	bdt_zone_destroy(f->z);
}

static void half_used(struct fixture *f, bdt_pfn from, bdt_pfn to)
{
	for (bdt_pfn p = from; p < to; p += 2) {
		bdt_zone_mark(f->z, p, 0, BT_ZP_MOVABLE, 0);
		bdt_zone_insert(f->z, p + 1, 0, f->profile.movable, BDT_TAIL, true);
	}
}

static uint64_t movable_pages(const struct fixture *f, bdt_pfn from, bdt_pfn to)
{
	uint64_t n = 0;

	for (bdt_pfn p = from; p < to; p++)
		n += !!(f->z->page_flags[p - f->z->base] & BT_ZP_MOVABLE);
	return n;
}

static struct bdt_compact_report run(struct fixture *f, enum bdt_compact_trigger trigger,
				     enum bdt_compact_priority prio, int order)
{
	struct bdt_compact_control cc = bdt_compact_control(&f->cz, trigger, prio, order);
	struct bdt_suitable_request request = { .order = order, .extfrag_threshold = 500 };
	struct bdt_compact_report report;

	cc.migratetype = f->profile.movable;
	bdt_compact_run(&cc, &request, &f->env, &report);
	assert_null(bdt_zone_validate(f->z));
	return report;
}

/* Releases of each way to compact. */
static const char *const releases[] = { "4.0.5",   "5.0.21",   "5.10.223", "6.1.192",
					"6.10.14", "6.12.107", "6.18.44",  "7.2.13" };

#define NR(table) (sizeof(table) / sizeof((table)[0]))

/* All of it: whatever can be moved is in the upper part, in as few pageblocks as it needs. */
static void compact_memory_packs(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(releases); i++) {
		struct bdt_compact_report r;
		struct fixture f;
		uint64_t pages, free;

		open_fixture(&f, releases[i]);
		half_used(&f, BASE, BASE + BLOCKS * NPB);
		pages = movable_pages(&f, BASE, BASE + BLOCKS * NPB);
		free = f.z->free_pages;
		r = run(&f, BDT_COMPACT_MEMORY, 0, BT_ORDER_ALL);
		assert_true(r.ran);
		assert_int_equal(r.result, BDT_COMPACT_COMPLETE);
		assert_int_equal(r.begin_migrate, BASE);
		assert_int_equal(r.begin_free, BASE + (BLOCKS - 1) * NPB);
		assert_int_equal(r.migrated, f.moves);
		assert_int_equal(f.z->free_pages, free);
		assert_int_equal(movable_pages(&f, BASE, BASE + BLOCKS * NPB), pages);
		/* half of the memory was in use: the lower part is empty now, up to where the scanners met */
		assert_in_range(r.migrated, pages / 2 - NPB, pages / 2 + NPB);
		assert_int_equal(movable_pages(&f, BASE, BASE + 6 * NPB), 0);
		assert_true(f.z->list[f.profile.movable][10].nr_free >= 3);
		close_fixture(&f);
	}
}

/* A request ends its run as soon as there is a block for it; a deterministic one, the same each time. */
static void direct_stops_at_the_page(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(releases); i++) {
		struct bdt_compact_report r, again;
		struct fixture f;

		for (int k = 0; k < 2; k++) {
			open_fixture(&f, releases[i]);
			half_used(&f, BASE, BASE + BLOCKS * NPB);
			r = run(&f, BDT_COMPACT_DIRECT, BDT_COMPACT_PRIO_SYNC_LIGHT, 4);
			assert_int_equal(r.result, BDT_COMPACT_SUCCESS);
			assert_true(r.migrated > 0 && r.migrated < BLOCKS * NPB / 4);
			if (k)
				assert_memory_equal(&r, &again, sizeof(r));
			again = r;
			if (f.profile.capture) {
				assert_int_not_equal(r.captured, BT_PFN_NONE);
				assert_int_equal(f.z->free_pages, BLOCKS * NPB / 2 - 16);
			} else {
				assert_int_equal(r.captured, BT_PFN_NONE);
			}
			close_fixture(&f);
		}
	}
}

static void full_zone_is_skipped(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(releases); i++) {
		struct bdt_compact_report r;
		struct fixture f;

		open_fixture(&f, releases[i]);
		half_used(&f, BASE, BASE + 128);
		r = run(&f, BDT_COMPACT_DIRECT, BDT_COMPACT_PRIO_SYNC_LIGHT, 4);
		assert_int_equal(r.result, BDT_COMPACT_SKIPPED);
		assert_false(r.ran);
		assert_int_equal(r.migrated, 0);
		close_fixture(&f);
	}
}

/* Nothing can be moved: the scanners meet.  Whether that was all of the zone depends on where they began. */
static void nothing_to_move(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(releases); i++) {
		struct bdt_compact_report r;
		struct fixture f;

		open_fixture(&f, releases[i]);
		for (bdt_pfn p = BASE; p < BASE + BLOCKS * NPB; p += 2)
			bdt_zone_insert(f.z, p, 0, f.profile.movable, BDT_TAIL, true);
		r = run(&f, BDT_COMPACT_KCOMPACTD, 0, 4);
		assert_true(r.result == BDT_COMPACT_COMPLETE || r.result == BDT_COMPACT_PARTIAL_SKIPPED);
		assert_int_equal(r.migrated, 0);
		assert_int_equal(f.z->free_pages, BLOCKS * NPB / 2);
		r = run(&f, BDT_COMPACT_MEMORY, 0, BT_ORDER_ALL);
		assert_int_equal(r.result, BDT_COMPACT_COMPLETE);
		close_fixture(&f);
	}
}

/* Pages that cannot be moved stay, those that can are moved: the share is kept. */
static void failures_stay(void **state)
{
	struct bdt_compact_report r;
	struct fixture f;
	uint64_t pages;

	(void)state;
	open_fixture(&f, "6.18.44");
	half_used(&f, BASE, BASE + BLOCKS * NPB);
	pages = movable_pages(&f, BASE, BASE + BLOCKS * NPB);
	bdt_migrate_failures_init(&f.failures);
	bdt_migrate_failures_learn(&f.failures, BDT_MIGRATE_SYNC, 0, 1000);
	f.env.failures = &f.failures;
	r = run(&f, BDT_COMPACT_MEMORY, 0, BT_ORDER_ALL);
	assert_int_equal(movable_pages(&f, BASE, BASE + BLOCKS * NPB), pages);
	assert_true(r.failed > 0);
	/* 1005 of 2000 */
	assert_in_range(r.failed * 1000 / (r.failed + r.migrated), 480, 520);
	close_fixture(&f);
}

/* The lists of the CPU are given back when the scanner leaves the block in which pages were freed. */
static void drains_behind_the_block(void **state)
{
	struct bdt_compact_report r;
	struct fixture f;

	(void)state;
	open_fixture(&f, "6.12.107");
	half_used(&f, BASE, BASE + BLOCKS * NPB);
	r = run(&f, BDT_COMPACT_KCOMPACTD, 0, 9);
	assert_int_equal(r.result, BDT_COMPACT_SUCCESS);
	assert_int_equal(r.drains, f.drains);
	assert_true(f.drains >= 1);
	close_fixture(&f);
}

/* Unneeded targets go back, and the next search begins at them. */
static void targets_are_released(void **state)
{
	struct bdt_compact_report r;
	struct fixture f;

	(void)state;
	open_fixture(&f, "6.1.192");
	/* 32 pages of the 256 are to be moved, and there are targets of 128 pages only */
	for (bdt_pfn p = BASE; p < BASE + 8 * NPB; p += 8) {
		bdt_zone_mark(f.z, p, 0, BT_ZP_MOVABLE, 0);
		for (bdt_order o = 0; o < 3; o++)
			bdt_zone_insert(f.z, p + (1U << o), o, f.profile.movable, BDT_TAIL, true);
	}
	for (bdt_pfn p = BASE + 8 * NPB; p < BASE + BLOCKS * NPB; p += 256)
		bdt_zone_insert(f.z, p, 7, f.profile.movable, BDT_TAIL, true);
	r = run(&f, BDT_COMPACT_DIRECT, BDT_COMPACT_PRIO_SYNC_LIGHT, 8);
	assert_int_equal(r.result, BDT_COMPACT_SUCCESS);
	assert_int_equal(r.released, 96);
	assert_true(f.cz.cached_free > BASE + 8 * NPB);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compact_memory_packs), cmocka_unit_test(direct_stops_at_the_page),
		cmocka_unit_test(full_zone_is_skipped), cmocka_unit_test(nothing_to_move),
		cmocka_unit_test(failures_stay),        cmocka_unit_test(drains_behind_the_block),
		cmocka_unit_test(targets_are_released),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
