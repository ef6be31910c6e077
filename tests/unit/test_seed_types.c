/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which type each pageblock has at the start, by what its pages hold and by the counts of pagetypeinfo. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "replay/seed.h"
#include <buddytrace/tracefile.h>
#include <cmocka.h>
#include <string.h>

#define NPB    512 /* pages of a pageblock */
#define BLOCKS 16

enum { UNMOVABLE, MOVABLE, RECLAIMABLE };

struct world {
	struct bdt_profile profile;
	struct bdt_zone *z;
	uint16_t flags[BLOCKS * NPB];
	struct bdt_pagetypeinfo pti;
};

/* All is memory that user space has, until something else is said. */
static void open_world(struct world *w)
{
	memset(w, 0, sizeof(*w));
	assert_int_equal(bdt_profile_find("6.1.0", &w->profile, NULL), 0);
	assert_int_equal(bdt_zone_create(&w->profile, 0, BLOCKS * NPB, 10, 9, &w->z), 0);
	w->z->node = 0;
	strcpy(w->z->name, "Normal");
	for (int i = 0; i < BLOCKS * NPB; i++)
		w->flags[i] = BT_PAGE_LRU | BT_PAGE_ANON;
	w->pti.n = 1;
	w->pti.zones[0].has_free = w->pti.zones[0].has_blocks = true;
	strcpy(w->pti.zones[0].name, "Normal");
}

static void close_world(struct world *w)
{
	assert_null(bdt_zone_validate(w->z));
	bdt_zone_destroy(w->z);
}

static void hold(struct world *w, int block, uint16_t flags)
{
	for (int i = block * NPB; i < (block + 1) * NPB; i++)
		w->flags[i] = flags;
}

/* A free block at the beginning of that pageblock. */
static void free_block(struct world *w, int block, bdt_order order)
{
	for (int i = 0; i < 1 << order; i++)
		w->flags[block * NPB + i] = BT_PAGE_BUDDY;
	bdt_zone_insert(w->z, (bdt_pfn)block * NPB, order, MOVABLE, BDT_TAIL, false);
}

/* What pagetypeinfo has of that type: pageblocks, and free blocks of one order. */
static void record(struct world *w, bdt_migratetype mt, uint64_t blocks, bdt_order order, uint64_t nr_free)
{
	w->pti.zones[0].blocks[mt] = blocks;
	w->pti.zones[0].nr_free[mt][order] = nr_free;
}

static bdt_migratetype type(const struct world *w, int block)
{
	return bdt_zone_type(w->z, (bdt_pfn)block * NPB);
}

static void seed(struct world *w)
{
	bdt_seed_types(w->z, w->flags, BLOCKS * NPB, &w->pti);
}

/* Two halves are free, of pageblocks that are told apart by the sizes of their free blocks. */
static void free_half_has_the_type_of_the_other(void **state)
{
	struct world w;

	(void)state;
	open_world(&w);
	hold(&w, 0, BT_PAGE_SLAB);
	free_block(&w, 0, 1);
	free_block(&w, 1, 9);
	hold(&w, 2, BT_PAGE_SLAB);
	free_block(&w, 2, 0);
	free_block(&w, 3, 9);
	record(&w, RECLAIMABLE, 2, 1, 1);
	record(&w, RECLAIMABLE, 2, 9, 1);
	record(&w, UNMOVABLE, 2, 0, 1);
	record(&w, UNMOVABLE, 2, 9, 1);
	seed(&w);
	assert_int_equal(type(&w, 0), RECLAIMABLE);
	assert_int_equal(type(&w, 1), RECLAIMABLE);
	assert_int_equal(type(&w, 2), UNMOVABLE);
	assert_int_equal(type(&w, 3), UNMOVABLE);
	assert_int_equal(w.z->list[RECLAIMABLE][9].nr_free, 1);
	assert_int_equal(w.z->list[UNMOVABLE][9].nr_free, 1);
	close_world(&w);
}

/* One of two is unmovable, and both may be: neither is taken for it. */
static void halves_that_look_alike_stay_movable(void **state)
{
	struct world w;

	(void)state;
	open_world(&w);
	for (int block = 0; block < 4; block += 2) {
		hold(&w, block, BT_PAGE_SLAB);
		free_block(&w, block + 1, 9);
	}
	record(&w, UNMOVABLE, 3, 9, 1);
	record(&w, MOVABLE, 13, 9, 1);
	seed(&w);
	assert_int_equal(type(&w, 0), UNMOVABLE);
	assert_int_equal(type(&w, 2), UNMOVABLE);
	assert_int_equal(w.z->list[MOVABLE][9].nr_free, 2);
	close_world(&w);
}

static void all_of_an_order_have_the_type_that_is_recorded(void **state)
{
	struct world w;

	(void)state;
	open_world(&w);
	free_block(&w, 4, 10);
	free_block(&w, 8, 10);
	record(&w, UNMOVABLE, 4, 10, 2);
	seed(&w);
	for (int block = 0; block < BLOCKS; block++)
		assert_int_equal(type(&w, block), block / 2 == 2 || block / 2 == 4 ? UNMOVABLE : MOVABLE);
	assert_int_equal(w.z->list[UNMOVABLE][10].nr_free, 2);
	close_world(&w);
}

/* They are unmovable since boot, and count: what user space has is not taken instead. */
static void reserved_pageblocks_may_be_the_unmovable_ones(void **state)
{
	struct world w;
	int reclaimable = 0;

	(void)state;
	open_world(&w);
	for (int block = 0; block < 4; block++)
		hold(&w, block, BT_PAGE_SLAB);
	for (int block = 8; block < 12; block++)
		hold(&w, block, BT_PAGE_RESERVED);
	record(&w, UNMOVABLE, 6, 0, 0);
	record(&w, RECLAIMABLE, 1, 0, 0);
	seed(&w);
	for (int block = 0; block < 4; block++)
		reclaimable += type(&w, block) == RECLAIMABLE;
	assert_int_equal(reclaimable, 1);
	for (int block = 0; block < 8; block++)
		assert_true((type(&w, block) == MOVABLE) == (block >= 4));
	close_world(&w);
}

/* Without reserved memory there are as many as recorded, whatever they look like. */
static void as_many_as_recorded(void **state)
{
	struct world w;
	int unmovable = 0;

	(void)state;
	open_world(&w);
	hold(&w, 0, BT_PAGE_SLAB);
	record(&w, UNMOVABLE, 3, 0, 0);
	seed(&w);
	for (int block = 0; block < BLOCKS; block++)
		unmovable += type(&w, block) == UNMOVABLE;
	assert_int_equal(unmovable, 3);
	close_world(&w);
}

static void counts_that_cannot_be_are_not_believed(void **state)
{
	struct world w;

	(void)state;
	open_world(&w);
	hold(&w, 0, BT_PAGE_SLAB);
	free_block(&w, 1, 9);
	record(&w, UNMOVABLE, UINT64_MAX, 9, UINT64_MAX);
	record(&w, RECLAIMABLE, UINT64_MAX, 9, 1);
	record(&w, UNMOVABLE, UINT64_MAX, 10, UINT64_MAX / 2);
	seed(&w);
	assert_int_equal(type(&w, 1), MOVABLE);
	close_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(free_half_has_the_type_of_the_other),
		cmocka_unit_test(halves_that_look_alike_stay_movable),
		cmocka_unit_test(all_of_an_order_have_the_type_that_is_recorded),
		cmocka_unit_test(reserved_pageblocks_may_be_the_unmovable_ones),
		cmocka_unit_test(as_many_as_recorded),
		cmocka_unit_test(counts_that_cannot_be_are_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
