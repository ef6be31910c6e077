/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "subbuf.h"
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>

static struct subbuf b;
static struct bdt_walk c;

static int step(void)
{
	return bdt_walk_step(&c, &b.layout, b.layout.big_endian, NULL);
}

static void load(void)
{
	c = (struct bdt_walk){ .cpu = 3 };
	bdt_walk_load(&c, &b.layout, b.data, 1);
}

static void expect_record(uint64_t stamp, uint32_t tag)
{
	assert_int_equal(step(), 0);
	assert_int_equal(c.stamp, stamp);
	assert_int_equal(bdt_load32(c.data, b.layout.big_endian), tag);
}

/* Every kind of record, in both byte orders and with both sizes of long. */
static void all_record_types(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		subbuf_start(&b, i & 1, i & 2 ? 4 : 8, 4096, 1000);
		subbuf_record(&b, 0, 2, 0xa1);
		subbuf_record(&b, 5, 28, 0xa2);
		subbuf_header(&b, BDT_RECORD_TIME_EXTEND, 7);
		subbuf_u32(&b, 2);
		subbuf_record(&b, 1, 1, 0xa3);
		subbuf_header(&b, 0, 10);
		subbuf_u32(&b, 4 + 6);
		subbuf_u32(&b, 0xa4);
		subbuf_u32(&b, 0);
		subbuf_header(&b, BDT_RECORD_PADDING, 1);
		subbuf_u32(&b, 8);
		subbuf_u32(&b, 0xbad);
		subbuf_record(&b, 2, 3, 0xa5);
		subbuf_header(&b, BDT_RECORD_TIME_STAMP, 9);
		subbuf_u32(&b, 1);
		subbuf_record(&b, 0, 1, 0xa6);
		subbuf_header(&b, BDT_RECORD_PADDING, 0);
		subbuf_u32(&b, 0xffffffff);
		subbuf_commit(&b, 0, -1);
		load();
		expect_record(1000, 0xa1);
		expect_record(1005, 0xa2);
		assert_int_equal(c.size, 28 * 4);
		expect_record(1005 + 7 + (2u << 27) + 1, 0xa3);
		expect_record(1005 + 7 + (2u << 27) + 11, 0xa4);
		assert_int_equal(c.size, 8);
		expect_record(1005 + 7 + (2u << 27) + 13, 0xa5);
		expect_record(9 + (1u << 27), 0xa6);
		assert_int_equal(step(), 1);
		assert_false(c.gap);
	}
}

static void absolute_stamps_keep_the_upper_bits(void **state)
{
	(void)state;
	subbuf_start(&b, false, 8, 4096, 0xf800000000000123);
	subbuf_header(&b, BDT_RECORD_TIME_STAMP, 1);
	subbuf_u32(&b, 0);
	subbuf_record(&b, 1, 1, 1);
	subbuf_commit(&b, 0, -1);
	load();
	expect_record(0xf800000000000002, 1);
}

static void lost_events(void **state)
{
	static const struct {
		uint32_t flags;
		int64_t stored, want;
	} cases[] = { { BT_COMMIT_LOST_EVENTS, -1, -1 },
		      { BT_COMMIT_LOST_EVENTS | BT_COMMIT_LOST_STORED, 168, 168 },
		      { BT_COMMIT_LOST_EVENTS, 168, -1 } };

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		size_t k = i % 3;

		subbuf_start(&b, i & 1, i & 2 ? 4 : 8, 4096, 50);
		subbuf_record(&b, 0, 2, 1);
		subbuf_commit(&b, cases[k].flags, cases[k].stored);
		load();
		expect_record(50, 1);
		assert_true(c.gap);
		assert_int_equal(c.lost, cases[k].want);
	}
}

/* A kernel extends the sign of the flag into the upper half of a long. */
static void commit_with_sign_extension(void **state)
{
	(void)state;
	subbuf_start(&b, false, 8, 4096, 50);
	subbuf_record(&b, 0, 2, 1);
	subbuf_commit(&b, BT_COMMIT_LOST_EVENTS | BT_COMMIT_LOST_STORED, 7);
	memset(b.data + 12, 0xff, 4);
	load();
	expect_record(50, 1);
	assert_int_equal(c.lost, 7);
}

/* No room behind the data: the number cannot be there, whatever the flag says. */
static void lost_count_past_the_end(void **state)
{
	(void)state;
	subbuf_start(&b, false, 8, 64, 50);
	while (b.used < 48)
		subbuf_record(&b, 0, 1, 1);
	subbuf_commit(&b, BT_COMMIT_LOST_EVENTS | BT_COMMIT_LOST_STORED, -1);
	load();
	expect_record(50, 1);
	assert_int_equal(c.lost, -1);
}

static void losses_of_empty_subbuffers_add_up(void **state)
{
	uint8_t pages[3 * 64];

	(void)state;
	for (int i = 0; i < 3; i++) {
		subbuf_start(&b, false, 8, 64, 50);
		if (i == 2)
			subbuf_record(&b, 0, 2, 1);
		subbuf_commit(&b, BT_COMMIT_LOST_EVENTS | BT_COMMIT_LOST_STORED, 5);
		memcpy(pages + 64 * i, b.data, 64);
	}
	c = (struct bdt_walk){ 0 };
	bdt_walk_load(&c, &b.layout, pages, 3);
	expect_record(50, 1);
	assert_int_equal(c.lost, 15);
}

static void expect_corrupt(void)
{
	struct bdt_diag diag = { 0 };
	int ret;

	load();
	do
		ret = bdt_walk_step(&c, &b.layout, b.layout.big_endian, &diag);
	while (!ret);
	assert_int_equal(ret, -EBADMSG);
	assert_non_null(strstr(diag.text, "CPU 3, sub-buffer 0, byte"));
}

static void corrupt_records(void **state)
{
	static const struct {
		uint32_t type, delta, word;
	} cases[] = {
		{ 20, 0, 0 }, /* longer than what is committed */
		{ 0, 0, 3 },  /* shorter than its own length word */
		{ 0, 0, 100 },
		{ 0, 0, 0xffffffff },
		{ BDT_RECORD_PADDING, 1, 100 },
		{ BDT_RECORD_PADDING, 1, 0xfffffffc },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		subbuf_start(&b, false, 8, 4096, 1);
		subbuf_record(&b, 0, 2, 1);
		subbuf_header(&b, cases[i].type, cases[i].delta);
		subbuf_u32(&b, cases[i].word);
		subbuf_commit(&b, 0, -1);
		expect_corrupt();
	}
	for (uint32_t type = 0; type < 32; type++) {
		if (type == BDT_RECORD_PADDING)
			continue;
		subbuf_start(&b, false, 8, 4096, 1);
		subbuf_header(&b, type, 1);
		subbuf_commit(&b, 0, -1);
		expect_corrupt();
	}
}

static void commit_past_the_subbuffer(void **state)
{
	(void)state;
	subbuf_start(&b, false, 8, 64, 1);
	b.used = 49;
	subbuf_commit(&b, 0, -1);
	expect_corrupt();
	b.used = 0x3fffffff;
	subbuf_commit(&b, 0, -1);
	expect_corrupt();
	subbuf_start(&b, false, 8, 64, 1);
	subbuf_record(&b, 0, 2, 1);
	b.used += 2;
	subbuf_commit(&b, 0, -1);
	expect_corrupt();
}

/* Random bytes in a sub-buffer of exactly its size on the heap: whatever happens stays inside (sanitizers).
 */
static void random_bytes(void **state)
{
	uint8_t *page = malloc(256);
	unsigned int seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		int steps = 0;

		subbuf_start(&b, round & 1, round & 2 ? 4 : 8, 256, 1);
		for (int i = 0; i < 256; i++)
			page[i] = (uint8_t)((seed = seed * 1103515245 + 12345) >> 16);
		if (round & 4) {
			memset(page + b.layout.commit_offset, 0, b.layout.commit_size);
			page[b.layout.commit_offset + (round & 1 ? b.layout.commit_size - 1 : 0)] = 200;
		}
		c = (struct bdt_walk){ 0 };
		bdt_walk_load(&c, &b.layout, page, 1);
		while (!step()) {
			assert_true(c.data >= page && c.data + c.size <= page + 256);
			steps++;
		}
		assert_true(steps < 64);
	}
	free(page);
}

static void header_page_texts(void **state)
{
	static const char old[] = "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
				  "\tfield: local_t commit;\toffset:8;\tsize:4;\tsigned:1;\n"
				  "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
				  "\tfield: char data;\toffset:12;\tsize:4084;\tsigned:1;\n";
	struct bdt_layout l;

	(void)state;
	assert_int_equal(bdt_layout_parse(&l, old, sizeof(old) - 1, 8, 4096, false, NULL), 0);
	assert_int_equal(l.commit_size, 4);
	assert_int_equal(l.data_offset, 12);
	assert_int_equal(bdt_layout_parse(&l, "", 0, 8, 65536, false, NULL), 0);
	assert_int_equal(l.data_offset, 16);
	assert_int_equal(bdt_layout_parse(&l, "x", 1, 8, 4096, false, NULL), -EBADMSG);
	assert_int_equal(bdt_layout_parse(&l, "", 0, 8, 16, false, NULL), -EBADMSG);
	assert_int_equal(bdt_layout_parse(&l, "", 0, 3, 4096, false, NULL), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_record_types),
		cmocka_unit_test(absolute_stamps_keep_the_upper_bits),
		cmocka_unit_test(lost_events),
		cmocka_unit_test(commit_with_sign_extension),
		cmocka_unit_test(lost_count_past_the_end),
		cmocka_unit_test(losses_of_empty_subbuffers_add_up),
		cmocka_unit_test(corrupt_records),
		cmocka_unit_test(commit_past_the_subbuffer),
		cmocka_unit_test(random_bytes),
		cmocka_unit_test(header_page_texts),
	};

	return cmocka_run_group_tests_name("walk", tests, NULL, NULL);
}
