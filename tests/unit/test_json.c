/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <buddytrace/json.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *text;
static size_t size;
static struct bdt_json json;

static void start(void)
{
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	bdt_json_init(&json, out);
}

static void expect(const char *want)
{
	assert_int_equal(bdt_json_finish(&json), 0);
	fclose(json.out);
	assert_string_equal(text, want);
	free(text);
}

static void nesting_and_commas(void **state)
{
	(void)state;
	start();
	bdt_json_object(&json, NULL);
	bdt_json_u64(&json, "big", UINT64_MAX);
	bdt_json_array(&json, "list");
	bdt_json_i64(&json, NULL, INT64_MIN);
	bdt_json_bool(&json, NULL, true);
	bdt_json_object(&json, NULL);
	bdt_json_end(&json);
	bdt_json_end(&json);
	bdt_json_array(&json, "none");
	bdt_json_end(&json);
	bdt_json_string(&json, "s", NULL);
	bdt_json_end(&json);
	expect("{\n  \"big\": 18446744073709551615,\n  \"list\": [\n    -9223372036854775808,\n    true,\n   "
	       " {}\n  ],\n"
	       "  \"none\": [],\n  \"s\": null\n}\n");
}

static void strings_are_escaped(void **state)
{
	(void)state;
	start();
	bdt_json_string(&json, NULL, "a\"b\\c\n\t\x01\x7f");
	expect("\"a\\\"b\\\\c\\n\\t\\u0001\\u007f\"\n");
}

static void bad_utf8_is_replaced(void **state)
{
	(void)state;
	start();
	bdt_json_string(&json, NULL, "\xc3\xa4\xff\xc3|\xe2\x82\xac|\xed\xa0\x80|\xf0\x9f\x98\x80|\xc0\x80");
	expect("\"\xc3\xa4\\ufffd\\ufffd|\xe2\x82\xac|\\ufffd\\ufffd\\ufffd|\xf0\x9f\x98\x80|"
	       "\\ufffd\\ufffd\"\n");
}

static void numbers_have_fixed_form(void **state)
{
	(void)state;
	start();
	bdt_json_array(&json, NULL);
	bdt_json_double(&json, NULL, 0.1, 6);
	bdt_json_double(&json, NULL, -2.5, 0);
	bdt_json_double(&json, NULL, NAN, 6);
	bdt_json_double(&json, NULL, INFINITY, 6);
	bdt_json_double(&json, NULL, 1e300, 1);
	bdt_json_end(&json);
	assert_int_equal(bdt_json_finish(&json), 0);
	fclose(json.out);
	assert_ptr_equal(strstr(text, "[\n  0.100000,\n  -2,\n  null,\n  null,\n  1"), text);
	assert_string_equal(text + strlen(text) - 5, ".0\n]\n");
	free(text);
}

static void what_is_not_known_is_null(void **state)
{
	(void)state;
	start();
	bdt_json_array(&json, NULL);
	bdt_json_ratio(&json, NULL, 0);
	bdt_json_ratio(&json, NULL, 1.25);
	bdt_json_ratio(&json, NULL, 1 - 4e-8);
	bdt_json_ratio(&json, NULL, 4e-8);
	bdt_json_ratio(&json, NULL, -1);
	bdt_json_u64_if(&json, NULL, true, 7);
	bdt_json_u64_if(&json, NULL, false, 7);
	bdt_json_end(&json);
	expect("[\n  0.000000,\n  1.250000,\n  0.99999996,\n  0.00000004,\n  null,\n  7,\n  null\n]\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nesting_and_commas),
		cmocka_unit_test(strings_are_escaped),
		cmocka_unit_test(bad_utf8_is_replaced),
		cmocka_unit_test(numbers_have_fixed_form),
		cmocka_unit_test(what_is_not_known_is_null),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
