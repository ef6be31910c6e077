/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "stream/constant.h"
#include "stream/fields.h"
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static void expressions(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
	} good[] = {
		{ "9", 9 },
		{ " ( 21 - 12 ) ", 9 },
		{ "0x1fUL + 010 + 1ull", 40 },
		{ "2 + 3 * 4 - 20 / 5 % 3", 13 },
		{ "10 - 4 - 3", 3 },
		{ "1 << 4 >> 1 | 3 & 6 ^ 1", 11 },
		{ "~0 & 0xff", 255 },
		{ "!5 + !0", 1 },
		{ "- -3", 3 },
		{ "1 < 2 == 2 > 1", 1 },
		{ "3 <= 2 || 2 >= 2 && 1 != 1", 0 },
		{ "0 ? 1 : 1 ? 2 : 3", 2 },
		{ "(unsigned char)0x1ff", 255 },
		{ "(short)0xffff", -1 },
		{ "(unsigned int)-1", UINT32_MAX },
		{ "(unsigned long int)-1 == (u64)-1", 1 },
		{ "((int)(unsigned short)70000)", 4464 },
		{ "(((unsigned int)((21 - 12))) < ((unsigned int)(11 - 1)) ? "
		  "((unsigned int)((21 - 12))) : ((unsigned int)(11 - 1)))",
		  9 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		int64_t value = -77;

		if (!bdt_constant_eval(good[i].text, strlen(good[i].text), &value) || value != good[i].value)
			fail_msg("%s: %lld", good[i].text, (long long)value);
	}
}

static void what_is_no_constant(void **state)
{
	static const char *const bad[] = { "",
					   " ",
					   "(",
					   "1)",
					   "1 +",
					   "REC->pfn",
					   "1 2",
					   "1 / 0",
					   "1 % 0",
					   "1 << 64",
					   "1 << -1",
					   "09",
					   "0x",
					   "1a",
					   "1 ? 2",
					   "(foo)1",
					   "(int",
					   "(int)",
					   "18446744073709551616",
					   "1 = 1",
					   "\"9\"",
					   "(-9223372036854775807 - 1) / -1" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int64_t value = -77;

		if (bdt_constant_eval(bad[i], strlen(bad[i]), &value) || value != -77)
			fail_msg("%s: %lld", bad[i], (long long)value);
	}
}

static void nesting_is_bounded(void **state)
{
	static const char *const pieces[] = { "(", "-", "1?2:", "1?", "(int)", "1+(" };
	const size_t n = 1 << 20;
	char *text = malloc(n + 8);
	int64_t value = -77;

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		char *at = text;

		while (at < text + n)
			at = stpcpy(at, pieces[i]);
		assert_false(bdt_constant_eval(text, (size_t)(at - text), &value));
	}
	free(text);
	assert_true(bdt_constant_eval("((((((((((((((((((((9))))))))))))))))))))", 41, &value));
	assert_int_equal(value, 9);
}

#define HEAD "name: e\nID: 7\nformat:\n\tfield:int a;\toffset:8;\tsize:4;\tsigned:1;\n"

/* What the kernels 5.10, 6.1 and 6.12 to 7.2 print, and texts that only look like it. */
static void flags_of_a_print_format(void **state)
{
	static const char text[] =
		"name: x\nID: 1\nformat:\n\nprint fmt: \"order=%d gfp_flags=%s\", REC->order, "
		"(REC->gfp_flags) ? "
		"__print_flags(REC->gfp_flags, \"|\", {( unsigned long)((( gfp_t)((((1UL))) << (6))) | "
		"(( gfp_t)0x80u)), \"GFP_TWO\"}, {( unsigned long)(( gfp_t)((((1UL))) << (5))), "
		"\"__GFP_HIGH\"}, "
		"{REC->order, \"NONE\"}, { 0x10u, \"a long word that does not fit in the place\" }) : "
		"\"none\"\n";
	struct bdt_format_flag flags[4];
	char *copy = malloc(sizeof(text) - 1);

	(void)state;
	memcpy(copy, text, sizeof(text) - 1);
	assert_int_equal(bdt_format_find_flags(copy, sizeof(text) - 1, "gfp_flags", flags, 4), 3);
	assert_string_equal(flags[0].name, "GFP_TWO");
	assert_int_equal(flags[0].mask, 0xc0);
	assert_string_equal(flags[1].name, "__GFP_HIGH");
	assert_int_equal(flags[1].mask, 0x20);
	assert_int_equal(strlen(flags[2].name), sizeof(flags[2].name) - 1);
	assert_int_equal(bdt_format_find_flags(copy, sizeof(text) - 1, "order", flags, 4), 0);
	assert_int_equal(bdt_format_find_flags(copy, 150, "gfp_flags", flags, 4), 0);
	assert_int_equal(bdt_format_find_flags(copy, sizeof(text) - 1, "gfp_flags", flags, 1), 1);
	free(copy);
}

static void pageblock_orders(void **state)
{
#define FMT "\nprint fmt: \"page=%p pfn=%lu alloc_order=%d pageblock_order=%d alloc_migratetype=%d\", "
#define ARG "(((struct page *)vmemmap_base) + (REC->pfn)), REC->pfn, REC->alloc_order, "
	static const struct {
		const char *text;
		long long value; /* 0 = none */
	} texts[] = {
		{ HEAD FMT ARG "(21 - 12), REC->alloc_migratetype\n", 9 },
		{ HEAD FMT ARG "(((unsigned int)((21 - 12))) < ((unsigned int)(11 - 1)) ? ((unsigned int)"
			       "((21 - 12))) : ((unsigned int)(11 - 1))), REC->alloc_migratetype\n",
		  9 },
		{ HEAD FMT ARG "(((unsigned int)((21 - 12))) < ((unsigned int)(8)) ? ((unsigned int)((21 - "
			       "12))) : ((unsigned int)(8))), REC->alloc_migratetype",
		  8 },
		{ HEAD FMT "f(\"a,\\\",b\", 1), {2, 3}, 4, 9", 9 },
		{ HEAD FMT ARG "pageblock_order, REC->alloc_migratetype\n", 0 },
		{ HEAD FMT "1, 2\n", 0 },
		{ HEAD FMT "1, 2, 3, \n", 0 },
		{ HEAD FMT "1, \"2, 3, 9\n", 0 },
		{ HEAD "\nprint fmt: \"%*d pageblock_order=%d\", 1, 2, 9\n", 0 },
		{ HEAD "\nprint fmt: \"%% pageblock_order=%d\", 9\n", 9 },
		{ HEAD "\nprint fmt: \"pageblock_order=\", 9\n", 0 },
		{ HEAD "\nprint fmt: \"pageblock_order=%d, 9\n", 0 },
		{ HEAD, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t len = strlen(texts[i].text);
		char *copy = memcpy(malloc(len), texts[i].text, len);
		long long value = 0;

		bdt_format_find_constant(copy, len, "pageblock_order=", &value);
		if (value != texts[i].value)
			fail_msg("%s: %lld", texts[i].text, value);
		free(copy);
	}
}

static void fields(void **state)
{
	static const char text[] = HEAD "\tfield:unsigned long args[6];\toffset:16;\tsize:48;\tsigned:0;\n"
					"\tfield:struct page * page;\toffset:64;\tsize:8;\tsigned:0;\n"
					"\tfield:char buf[];\toffset:72;\tsize:0;\tsigned:0;\n"
					"\tfield:int far;\toffset:65535;\tsize:4;\tsigned:1;\n"
					"\tfield:int back;\toffset:-4;\tsize:4;\tsigned:1;\n"
					"\nprint fmt: \"\n\tfield:int x;\toffset:0;\tsize:4;\tsigned:1;\n";
	struct bdt_format_field f;
	unsigned int id;
	char name[128];

	(void)state;
	assert_true(bdt_format_identify(text, sizeof(text), name, &id));
	assert_string_equal(name, "e");
	assert_int_equal(id, 7);
	assert_true(bdt_format_find_field(text, sizeof(text), "a", &f));
	assert_int_equal(f.offset, 8);
	assert_int_equal(f.size, 4);
	assert_true(f.is_signed);
	assert_true(bdt_format_find_field(text, sizeof(text), "args", &f));
	assert_int_equal(f.size, 48);
	assert_true(bdt_format_find_field(text, sizeof(text), "page", &f));
	assert_int_equal(f.offset, 64);
	assert_false(f.is_signed);
	assert_true(bdt_format_find_field(text, sizeof(text), "buf", &f));
	assert_int_equal(f.offset, 72);
	assert_false(bdt_format_find_field(text, sizeof(text), "far", &f));
	assert_false(bdt_format_find_field(text, sizeof(text), "back", &f));
	assert_false(bdt_format_find_field(text, sizeof(text), "ge", &f));
	assert_false(bdt_format_find_field(text, sizeof(text), "x", &f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expressions),        cmocka_unit_test(what_is_no_constant),
		cmocka_unit_test(nesting_is_bounded), cmocka_unit_test(flags_of_a_print_format),
		cmocka_unit_test(pageblock_orders),   cmocka_unit_test(fields),
	};

	return cmocka_run_group_tests_name("constant", tests, NULL, NULL);
}
