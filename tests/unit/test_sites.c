/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "stat/allocator.h"
#include "stat/sites.h"
#include "stat/symbols.h"
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void symbols_are_found(void **state)
{
	static const char text[] = "ffffffff81000000 T _stext\nffffffff81000000 T _text\n"
				   "ffffffff81000100 t first\nffffffff81000200 T second\t[mod]\n"
				   "ffffffff81000300 d data\n0000000000000000 T hidden\n"
				   "rubbish\nffffffffa0000000 t later\nffffffff81000180 W between\n"
				   "ffffffff81000400 t bad\x1b[31m\nffffffff81000500 t last";
	static const struct {
		uint64_t address;
		const char *name;
	} cases[] = {
		{ 0xffffffff81000001, "_stext" },
		{ 0xffffffff81000101, "first" },
		{ 0xffffffff81000100, "_stext" }, /* returns behind the end of the one before */
		{ 0xffffffff81000181, "between" },
		{ 0xffffffff81000350, "second" },
		{ 0xffffffff81000401, "bad?[31m" },
		{ 0xffffffff81000600, "last" },
		{ 0xffffffffa0000010, "later" },
		{ 0xffffffff90000000, "0xffffffff90000000" },
		{ 1, "0x1" },
	};
	struct bdt_symbols symbols;
	char name[BT_SYMBOL_NAME];

	(void)state;
	assert_int_equal(bdt_symbols_init(&symbols, text, strlen(text)), 0);
	assert_int_equal(symbols.n, 8);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bdt_symbols_name(&symbols, cases[i].address, name);
		assert_string_equal(name, cases[i].name);
	}
	bdt_symbols_finish(&symbols);
	assert_int_equal(bdt_symbols_init(&symbols, "", 0), 0);
	bdt_symbols_name(&symbols, 0xffff, name);
	assert_string_equal(name, "0xffff");
	bdt_symbols_finish(&symbols);
}

static void allocator_is_known(void **state)
{
	(void)state;
	assert_int_equal(bdt_frame_kind("get_page_from_freelist"), BDT_FRAME_PAGES);
	assert_int_equal(bdt_frame_kind("__alloc_pages_noprof"), BDT_FRAME_PAGES);
	assert_int_equal(bdt_frame_kind("allocate_slab.isra.0"), BDT_FRAME_SLAB);
	assert_int_equal(bdt_frame_kind("__kmalloc_node_noprof.constprop.3"), BDT_FRAME_SLAB);
	assert_int_equal(bdt_frame_kind("get_page"), BDT_FRAME_CALLER);
	assert_int_equal(bdt_frame_kind("alloc_inode"), BDT_FRAME_CALLER);
	assert_int_equal(bdt_frame_kind(""), BDT_FRAME_CALLER);
	assert_int_equal(bdt_frame_kind("_noprof"), BDT_FRAME_CALLER);
}

/* A stack of functions, which lie 0x100 apart, innermost first. */
static const char functions[] =
	"1000 T trace_event_raw_event_mm_page_alloc_extfrag\n1100 T __rmqueue_pcplist\n"
	"1200 T get_page_from_freelist\n1300 T alloc_pages_noprof\n1400 t allocate_slab\n"
	"1500 T kmem_cache_alloc_noprof\n1600 t alloc_inode\n1700 T new_inode\n"
	"1800 T vfs_create\n1900 T do_syscall_64\n1a00 t inlined_helper\n";

static void sites_begin_behind_the_allocator(void **state)
{
	static const struct {
		uint64_t stack[8];
		const char *via, *first, *third;
	} cases[] = {
		{ { 0x1010, 0x1110, 0x1210, 0x1310, 0x1610, 0x1710, 0x1810, 0x1910 },
		  "",
		  "alloc_inode",
		  "vfs_create" },
		{ { 0x1010, 0x1210, 0x1310, 0x1410, 0x1510, 0x1610, 0x1710, 0x1810 },
		  "slab",
		  "alloc_inode",
		  "vfs_create" },
		/* A name in front of the allocator that the table does not have. */
		{ { 0x1010, 0x1a10, 0x1210, 0x1310, 0x1710 }, "", "new_inode", "" },
		/* No frame of the allocator at all. */
		{ { 0x1010, 0x1710, 0x1810 }, "", "new_inode", "" },
		/* Nothing else. */
		{ { 0x1110, 0x1210 }, "", "", "" },
		{ { 0x1310, 0xabcdef }, "", "0xabcdef", "" },
	};
	const struct bdt_stat_site *rows;
	struct bdt_sites *sites;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t depth = 0;

		sites = calloc(1, sizeof(*sites));
		assert_non_null(sites);
		assert_int_equal(bdt_sites_init(sites), 0);
		bdt_sites_file(sites, functions, strlen(functions));
		while (depth < 8 && cases[i].stack[depth])
			depth++;
		for (int k = 0; k < 3; k++)
			assert_int_equal(bdt_sites_add(sites, cases[i].stack, depth, k == 0), 0);
		rows = bdt_sites_rows(sites, &n);
		assert_int_equal(n, 1);
		assert_int_equal(rows->count, 3);
		assert_int_equal(rows->owned, 1);
		assert_string_equal(rows->via, cases[i].via);
		assert_string_equal(rows->frame[0], cases[i].first);
		assert_string_equal(rows->frame[2], cases[i].third);
		bdt_sites_finish(sites);
		free(sites);
	}
}

static void sites_are_limited(void **state)
{
	struct bdt_sites *sites = calloc(1, sizeof(*sites));
	const struct bdt_stat_site *rows;
	uint64_t total = 0;
	size_t n;

	(void)state;
	assert_non_null(sites);
	assert_int_equal(bdt_sites_init(sites), 0);
	bdt_sites_file(sites, "", 0);
	for (uint64_t i = 0; i < 3 * BT_SITES_MAX; i++)
		assert_int_equal(bdt_sites_add(sites, &(uint64_t){ 0x10000 + i }, 1, false), 0);
	rows = bdt_sites_rows(sites, &n);
	assert_int_equal(n, BT_SITES_MAX + 1);
	assert_string_equal(rows[0].frame[0], "(others)");
	for (size_t i = 0; i < n; i++)
		total += rows[i].count;
	assert_int_equal(total, 3 * BT_SITES_MAX);
	bdt_sites_finish(sites);
	free(sites);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(symbols_are_found),
		cmocka_unit_test(allocator_is_known),
		cmocka_unit_test(sites_begin_behind_the_allocator),
		cmocka_unit_test(sites_are_limited),
	};

	return cmocka_run_group_tests_name("sites", tests, NULL, NULL);
}
