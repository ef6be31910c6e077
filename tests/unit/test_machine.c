/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <buddytrace/machine.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kernels[] = { "5.10", "6.1", "6.12", "7.2" };

#define NKERNELS (sizeof(kernels) / sizeof(kernels[0]))

/* A file of tests/unit/data; the caller frees. */
static char *read_data(const char *kernel, const char *file, size_t *size)
{
	const char *dir = getenv("top_srcdir");
	char path[1024], *text = malloc(65536);
	FILE *in;

	snprintf(path, sizeof(path), "%s/tests/unit/data/%s.%s", dir ? dir : ".", kernel, file);
	in = fopen(path, "r");
	assert_non_null(in);
	*size = fread(text, 1, 65536, in);
	fclose(in);
	return realloc(text, *size);
}

/* What bdt_..._parse() makes of a file of tests/unit/data, of which nothing is needed afterwards. */
#define PARSE(parse, kernel, file, out)                            \
	do {                                                       \
		size_t size;                                       \
		char *text = read_data(kernel, file, &size);       \
                                                                   \
		assert_int_equal(parse(text, size, out, NULL), 0); \
		free(text);                                        \
	} while (0)

static void zoneinfo_of_all_kernels(void **state)
{
	static const uint64_t managed[NKERNELS] = { 117731, 116407, 115040, 114121 };
	static const uint64_t nr_free[NKERNELS] = { 62395, 62324, 62372, 61066 };

	(void)state;
	for (size_t i = 0; i < NKERNELS; i++) {
		struct bdt_zoneinfo info;

		PARSE(bdt_zoneinfo_parse, kernels[i], "zoneinfo", &info);
		assert_int_equal(info.n, 2);
		assert_string_equal(info.zones[0].name, "DMA");
		assert_int_equal(info.zones[0].start_pfn, 1);
		assert_int_equal(info.zones[0].spanned, 4095);
		assert_int_equal(info.zones[0].present, 3998);
		assert_string_equal(info.zones[1].name, "DMA32");
		assert_int_equal(info.zones[1].index, 1);
		assert_int_equal(info.zones[1].start_pfn, 4096);
		assert_int_equal(info.zones[1].managed, managed[i]);
		assert_int_equal(info.zones[1].free, nr_free[i]);
		assert_int_equal(info.zones[1].npcp, 2);
	}
}

static void zoneinfo_numbers(void **state)
{
	struct bdt_zoneinfo info;
	struct bdt_zoneinfo_zone *dma32 = &info.zones[1];

	(void)state;
	PARSE(bdt_zoneinfo_parse, "7.2", "zoneinfo", &info);
	assert_int_equal(dma32->min, 5656);
	assert_int_equal(dma32->low, 7070);
	assert_int_equal(dma32->high, 8484);
	assert_int_equal(dma32->promo, 9898);
	assert_int_equal(info.zones[0].pcp_high, 118);
	assert_int_equal(info.zones[0].pcp_batch, 1);
}

static void zoneinfo_reserves_and_names(void **state)
{
	struct bdt_zoneinfo info;

	(void)state;
	PARSE(bdt_zoneinfo_parse, "7.2", "zoneinfo", &info);
	assert_int_equal(info.nclasses, 5);
	assert_string_equal(info.class_name[2], "Normal");
	assert_string_equal(info.class_name[4], "Device");
	assert_int_equal(info.zones[0].nprotection, 5);
	assert_int_equal(info.zones[0].protection[0], 0);
	assert_int_equal(info.zones[0].protection[4], 445);
}

static void pagesets_of_all_kernels(void **state)
{
	static const uint64_t high[NKERNELS] = { 186, 3606, 4555, 3566 };

	(void)state;
	for (size_t i = 0; i < NKERNELS; i++) {
		struct bdt_pagesets sets;

		PARSE(bdt_pagesets_parse, kernels[i], "zoneinfo", &sets);
		assert_int_equal(sets.n, 4);
		assert_string_equal(sets.sets[1].zone, "DMA");
		assert_int_equal(sets.sets[1].cpu, 1);
		assert_string_equal(sets.sets[2].zone, "DMA32");
		assert_int_equal(sets.sets[2].batch, 31);
		assert_int_equal(sets.sets[2].high, high[i]);
		assert_int_equal(sets.sets[2].has_bounds, i == 3);
		assert_int_equal(sets.sets[2].high_max, i == 3 ? 7132 : 0);
		bdt_pagesets_finish(&sets);
	}
}

static void pagesets_without_a_zone(void **state)
{
	static const char text[] = " cpu: 0\n count: 3\n", many[] = "Node 0, zone DMA\n cpu: 70000\n";
	struct bdt_pagesets sets;

	(void)state;
	assert_int_equal(bdt_pagesets_parse(text, sizeof(text) - 1, &sets, NULL), -EBADMSG);
	assert_int_equal(bdt_pagesets_parse(many, sizeof(many) - 1, &sets, NULL), -EBADMSG);
	assert_null(sets.sets);
}

static void zones_without_memory_keep_their_index(void **state)
{
	static const char text[] = "Node 0, zone DMA\n pages free 0\n spanned 0\n present 0\n managed 0\n"
				   "Node 0, zone Normal\n pages free 5\n spanned 9\n present 8\n managed 7\n"
				   " cpu: 0\n count: 3\n high: 6\n batch: 1\n cpu: 1\n count: 4\n high: 7\n"
				   " start_pfn: 100\n"
				   "Node 1, zone Normal\n pages free 6\n spanned 9\n present 8\n managed 7\n";
	struct bdt_zoneinfo info;

	(void)state;
	assert_int_equal(bdt_zoneinfo_parse(text, sizeof(text) - 1, &info, NULL), 0);
	assert_int_equal(info.n, 2);
	assert_int_equal(info.zones[0].index, 1);
	assert_int_equal(info.zones[0].start_pfn, 100);
	assert_int_equal(info.zones[0].pcp_count, 7);
	assert_int_equal(info.zones[0].pcp_high, 6);
	assert_int_equal(info.zones[1].node, 1);
	assert_int_equal(info.zones[1].index, 0);
}

static void buddyinfo_of_all_kernels(void **state)
{
	static const uint64_t order0[NKERNELS] = { 1138, 140, 614, 4320 };

	(void)state;
	for (size_t i = 0; i < NKERNELS; i++) {
		struct bdt_buddyinfo info;

		PARSE(bdt_buddyinfo_parse, kernels[i], "buddyinfo", &info);
		assert_int_equal(info.n, 2);
		assert_int_equal(info.norders, 11);
		assert_string_equal(info.zones[1].name, "DMA32");
		assert_int_equal(info.zones[1].nr_free[0], order0[i]);
	}
}

static void pagetypeinfo_of_all_kernels(void **state)
{
	(void)state;
	for (size_t i = 0; i < NKERNELS; i++) {
		struct bdt_pagetypeinfo info;

		PARSE(bdt_pagetypeinfo_parse, kernels[i], "pagetypeinfo", &info);
		assert_int_equal(info.pageblock_order, 9);
		assert_int_equal(info.norders, 11);
		assert_int_equal(info.nmigratetypes, strcmp(kernels[i], "7.2") ? 5 : 6);
		assert_string_equal(info.migratetype[1], "Movable");
		assert_int_equal(info.n, 2);
		assert_true(info.zones[1].has_free && info.zones[1].has_blocks);
	}
}

static void pagetypeinfo_numbers(void **state)
{
	struct bdt_pagetypeinfo info;

	(void)state;
	PARSE(bdt_pagetypeinfo_parse, "7.2", "pagetypeinfo", &info);
	assert_string_equal(info.migratetype[4], "CMA");
	assert_int_equal(info.zones[1].nr_free[1][0], 3970);
	assert_int_equal(info.zones[1].nr_free[1][10], 21);
	assert_int_equal(info.zones[1].blocks[0], 60);
	assert_int_equal(info.zones[1].blocks[1], 180);
	assert_int_equal(info.zones[1].blocks[2], 8);
}

/* Two nodes, counts that the kernel capped, and the extra table of kernels with page owner. */
static void pagetypeinfo_headers_repeat(void **state)
{
	static const char text[] = "Page block order: 9\nPages per block:  512\n\n"
				   "Free pages count per migrate type at order 0 1\n"
				   "Node 0, zone Normal, type Unmovable >100000 2\n"
				   "Node 0, zone Normal, type Movable 3 4\n\n"
				   "Number of blocks type Unmovable Movable\nNode 0, zone Normal 10 20\n\n"
				   "Number of mixed blocks Unmovable Movable\nNode 0, zone Normal 8 9\n"
				   "Page block order: 9\nPages per block:  512\n\n"
				   "Free pages count per migrate type at order 0 1\n"
				   "Node 1, zone Normal, type Unmovable 5 6\n"
				   "Node 1, zone Normal, type Movable 7 8\n\n"
				   "Number of blocks type Unmovable Movable\nNode 1, zone Normal 30 40\n";
	struct bdt_pagetypeinfo info;

	(void)state;
	assert_int_equal(bdt_pagetypeinfo_parse(text, sizeof(text) - 1, &info, NULL), 0);
	assert_int_equal(info.n, 2);
	assert_int_equal(info.zones[0].nr_free[0][0], 100000);
	assert_int_equal(info.zones[0].nr_free[0][1], 2);
	assert_int_equal(info.zones[0].blocks[1], 20);
	assert_int_equal(info.zones[1].node, 1);
	assert_int_equal(info.zones[1].nr_free[1][1], 8);
	assert_int_equal(info.zones[1].blocks[0], 30);
}

static void vmstat_finds_whole_words(void **state)
{
	static const char text[] = "pgfree_x 1\npgfree 2\nnumber 99999999999999999999\nlast 3";
	uint64_t value = 0;

	(void)state;
	assert_true(bdt_vmstat_get(text, sizeof(text) - 1, "pgfree", &value));
	assert_int_equal(value, 2);
	assert_true(bdt_vmstat_get(text, sizeof(text) - 1, "last", &value));
	assert_int_equal(value, 3);
	assert_false(bdt_vmstat_get(text, sizeof(text) - 1, "number", &value));
	assert_false(bdt_vmstat_get(text, sizeof(text) - 1, "pgalloc", &value));
}

static void refuses_other_text(void **state)
{
	static const char *const texts[] = { "",
					     "hello\n",
					     "Node 0, zone\n",
					     "Node x, zone DMA 1\n",
					     "Node 0, zone DMA 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n",
					     "Node 0, zone DMA 99999999999999999999999\n" };
	struct bdt_diag diag;
	struct {
		struct bdt_zoneinfo zone;
		struct bdt_buddyinfo buddy;
		struct bdt_pagetypeinfo type;
	} out;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t size = strlen(texts[i]);

		bdt_diag_clear(&diag);
		assert_int_equal(bdt_buddyinfo_parse(texts[i], size, &out.buddy, &diag), -EBADMSG);
		assert_true(diag.text[0]);
		assert_int_equal(bdt_zoneinfo_parse(texts[i], size, &out.zone, NULL), -EBADMSG);
		assert_int_equal(bdt_pagetypeinfo_parse(texts[i], size, &out.type, NULL), -EBADMSG);
	}
}

/* Any cut and any changed byte of real files: an answer or an error, never a crash (run under sanitizers). */
static void survives_damage(void **state)
{
	static const char *const files[] = { "zoneinfo", "buddyinfo", "pagetypeinfo" };
	struct {
		struct bdt_zoneinfo zone;
		struct bdt_buddyinfo buddy;
		struct bdt_pagetypeinfo type;
	} out;

	(void)state;
	for (size_t f = 0; f < 3; f++) {
		size_t size;
		char *text = read_data("7.2", files[f], &size);

		for (size_t i = 0; i < 2 * size; i += 3) {
			size_t used = i < size ? i : size;
			char *copy = malloc(used + 1);

			memcpy(copy, text, used);
			copy = realloc(copy, used ? used : 1);
			if (i >= size)
				copy[i - size] = (char)(i * 31);
			bdt_zoneinfo_parse(copy, used, &out.zone, NULL);
			bdt_buddyinfo_parse(copy, used, &out.buddy, NULL);
			bdt_pagetypeinfo_parse(copy, used, &out.type, NULL);
			free(copy);
		}
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zoneinfo_of_all_kernels),
		cmocka_unit_test(zoneinfo_numbers),
		cmocka_unit_test(zoneinfo_reserves_and_names),
		cmocka_unit_test(pagesets_of_all_kernels),
		cmocka_unit_test(pagesets_without_a_zone),
		cmocka_unit_test(zones_without_memory_keep_their_index),
		cmocka_unit_test(buddyinfo_of_all_kernels),
		cmocka_unit_test(pagetypeinfo_of_all_kernels),
		cmocka_unit_test(pagetypeinfo_numbers),
		cmocka_unit_test(pagetypeinfo_headers_repeat),
		cmocka_unit_test(vmstat_finds_whole_words),
		cmocka_unit_test(refuses_other_text),
		cmocka_unit_test(survives_damage),
	};

	return cmocka_run_group_tests_name("machine", tests, NULL, NULL);
}
