/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json_read.h"
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All tokens of `text`: "{", "}", "[", "]", k:key s:string n:number t f 0, then "." at the end or "!" at an
 * error. */
static void expect_size(const char *text, size_t size, const char *want)
{
	static const char marks[] = "{}[]ksntf0";
	struct bdt_json_reader json;
	char got[512] = "";
	size_t used = 0;
	int err;

	bdt_json_reader_init(&json, text, size);
	while (!(err = bdt_json_reader_next(&json, NULL)) && used < sizeof(got) - 64) {
		got[used++] = marks[json.type];
		if (json.type == BDT_JSONR_KEY || json.type == BDT_JSONR_STRING ||
		    json.type == BDT_JSONR_NUMBER)
			used += (size_t)snprintf(got + used, 60, ":%s ", json.text);
	}
	snprintf(got + used, 3, "%s", err == 1 ? "." : "!");
	assert_string_equal(got, want);
}

static void expect(const char *text, const char *want)
{
	expect_size(text, strlen(text), want);
}

static void values(void **state)
{
	(void)state;
	expect("{}", "{}.");
	expect(" [ ] ", "[].");
	expect("{\"a\": 1, \"b\": [true, false, null]}", "{k:a n:1 k:b [tf0]}.");
	expect("[-0.5e+3, 12]", "[n:-0.5e+3 n:12 ].");
	expect("\"x\"", "s:x .");
	expect("{\"o\":{\"p\":{}},\"q\":[[],[{}]]}", "{k:o {k:p {}}k:q [[][{}]]}.");
}

static void strings(void **state)
{
	(void)state;
	expect("\"a\\n\\\"\\\\\\/\"", "s:a\n\"\\/ .");
	expect("\"\\u00e4\\u20ac\\ud83d\\ude00\"", "s:\u00e4\u20ac\U0001F600 .");
	expect("\"\\ud83dx\"", "s:\uFFFDx .");
	expect("\"\\u0000\"", "!");
	expect("\"\\x\"", "!");
	expect("\"a\tb\"", "!");
	expect("\"\\u12g4\"", "!");
}

static void what_is_no_json(void **state)
{
	static const char *const bad[] = { "",           "{",    "[",     "{\"a\"", "{\"a\":",  "{\"a\":1",
					   "{\"a\":1,}", "[1,]", "[1 2]", "{1:2}",  "tru",      "nul",
					   "-",          ".5",   "1.",    "1e",     "01x",      "[}",
					   "{]",         "\"a",  "\"\\",  "\"\\u1", "[\"a\",,", ",",
					   "}",          "]",    "nan" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct bdt_json_reader json;
		struct bdt_diag diag;
		int err;

		bdt_diag_clear(&diag);
		bdt_json_reader_init(&json, bad[i], strlen(bad[i]));
		do
			err = bdt_json_reader_next(&json, &diag);
		while (!err);
		assert_int_equal(err, -EBADMSG);
		assert_true(diag.offset <= strlen(bad[i]));
	}
	expect("{} {}", "{}!");
	expect_size("[1]\0", 4, "[n:1 ]!");
}

static void depth_and_length_are_bounded(void **state)
{
	char text[BT_JSON_READER_TEXT + 16];
	struct bdt_json_reader json;
	int err, n = 0;

	(void)state;
	memset(text, '[', sizeof(text));
	bdt_json_reader_init(&json, text, sizeof(text));
	while (!(err = bdt_json_reader_next(&json, NULL)))
		n++;
	assert_int_equal(err, -EBADMSG);
	assert_int_equal(n, BT_JSON_READER_DEPTH);
	memset(text, 'x', sizeof(text));
	text[0] = text[sizeof(text) - 1] = '"';
	bdt_json_reader_init(&json, text, sizeof(text));
	assert_int_equal(bdt_json_reader_next(&json, NULL), -EBADMSG);
	memset(text, '1', sizeof(text));
	bdt_json_reader_init(&json, text, sizeof(text));
	assert_int_equal(bdt_json_reader_next(&json, NULL), -EBADMSG);
}

/* Any bytes: the reader ends, inside the text (the sanitizers look). */
static void any_bytes(void **state)
{
	static const char seed_text[] =
		"{\"a\": [1, -2.5e3, \"x\\u00e4\\n\", true, null], \"b\": {\"c\": false}}";
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t size = sizeof(seed_text) - 1;
		struct bdt_json_reader json;
		char *text = malloc(size);

		assert_non_null(text);
		memcpy(text, seed_text, size);
		for (int k = 0; k < 3; k++) {
			seed = seed * 1664525 + 1013904223;
			text[(seed >> 8) % size] = k ? seed_text[(seed >> 16) % size] : (char)(seed >> 24);
		}
		size -= seed % 7;
		bdt_json_reader_init(&json, text, size);
		for (size_t tokens = 0; !bdt_json_reader_next(&json, NULL); tokens++)
			assert_true(tokens <= size);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),          cmocka_unit_test(strings),
		cmocka_unit_test(what_is_no_json), cmocka_unit_test(depth_and_length_are_bounded),
		cmocka_unit_test(any_bytes),
	};

	return cmocka_run_group_tests_name("json_read", tests, NULL, NULL);
}
