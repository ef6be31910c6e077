/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "machine/exactlists.h"
#include "replay/adopt.h"
#include "tracefile_fixture.h"
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define START 0x100000U

static const uint32_t some[] = { START + 8, START + 16, START + 4, START + 12 };
static const uint8_t blocks[] = { 0, 1, 0x12, 2 };

static void make(struct bdt_exact_lists *l)
{
	*l = (struct bdt_exact_lists){ .locked = true,
				       .id = 7,
				       .cpu = 3,
				       .node = 1,
				       .zone = "Normal",
				       .start = START,
				       .end = START + 1024,
				       .duration_ns = 4999,
				       .event_pfn = START + 1,
				       .event_order = 2,
				       .event_migratetype = 1,
				       .nlists = 2,
				       .first_block = START >> 9,
				       .nblocks = sizeof(blocks),
				       .blocks = blocks };
	for (int i = 0; i < BDT_XN_NR; i++)
		l->number[i] = (uint64_t)i * 1000;
	l->list[0] = (struct bdt_exact_list){ .order = 2,
					      .type = 1,
					      .state = BDT_EXACT_CUT,
					      .first = 1,
					      .last = 2,
					      .after = START + 20,
					      .before = BT_EXACT_NO_PFN,
					      .pfns = some };
	l->list[1] = (struct bdt_exact_list){ .order = 2,
					      .state = BDT_EXACT_WHOLE,
					      .first = 1,
					      .after = BT_EXACT_NO_PFN,
					      .before = BT_EXACT_NO_PFN,
					      .pfns = some + 3 };
}

static void encode(struct bdt_buf *buf, const struct bdt_exact_lists *l)
{
	*buf = (struct bdt_buf){ NULL };
	bdt_exact_encode(buf, l);
	assert_int_equal(buf->err, 0);
}

static int decode(const struct bdt_exact_lists *l)
{
	struct bdt_exact_lists out;
	struct bdt_buf buf;
	struct bdt_diag diag;
	int err;

	bdt_diag_clear(&diag);
	encode(&buf, l);
	err = bdt_exact_decode(buf.data, buf.size, &out, &diag);
	assert_true(err ? *diag.text : !*diag.text);
	if (!err)
		bdt_exact_finish(&out);
	bdt_buf_free(&buf);
	return err;
}

static void test_what_goes_in_comes_out(void **state)
{
	struct bdt_exact_lists in, out;
	struct bdt_buf buf, again;
	uint32_t id;
	bool pcp;

	(void)state;
	make(&in);
	encode(&buf, &in);
	assert_true(bdt_exact_peek_id(buf.data, buf.size, &id, &pcp));
	assert_int_equal(id, 7);
	assert_false(pcp);
	assert_int_equal(bdt_exact_decode(buf.data, buf.size, &out, NULL), 0);
	assert_int_equal(out.duration_ns, 4999);
	assert_int_equal(out.number[BDT_XN_BOOST], BDT_XN_BOOST * 1000);
	assert_string_equal(out.zone, "Normal");
	assert_int_equal(out.nlists, 2);
	assert_int_equal(out.list[0].after, START + 20);
	assert_memory_equal(out.list[0].pfns, some, 3 * sizeof(some[0]));
	assert_true(bdt_exact_continued(&out.list[0]));
	assert_false(bdt_exact_continued(&out.list[1]));
	encode(&again, &out);
	assert_int_equal(again.size, buf.size);
	assert_memory_equal(again.data, buf.data, buf.size);
	bdt_exact_finish(&out);
	bdt_buf_free(&buf);
	bdt_buf_free(&again);
}

/* Version 1 has no neighbours. */
static void test_the_first_version(void **state)
{
	static const uint8_t none[8] = { 255, 255, 255, 255, 255, 255, 255, 255 };
	struct bdt_exact_lists in, out;
	struct bdt_buf buf;
	uint8_t *at;

	(void)state;
	make(&in);
	in.nlists = 1;
	in.list[0].after = BT_EXACT_NO_PFN;
	encode(&buf, &in);
	at = memmem(buf.data, buf.size, none, sizeof(none));
	assert_non_null(at);
	memmove(at, at + sizeof(none), (size_t)(buf.data + buf.size - at) - sizeof(none));
	buf.data[0] = 1;
	assert_int_equal(bdt_exact_decode(buf.data, buf.size - sizeof(none), &out, NULL), 0);
	assert_int_equal(out.list[0].before, BT_EXACT_NO_PFN);
	assert_memory_equal(out.list[0].pfns, some, 3 * sizeof(some[0]));
	assert_memory_equal(out.blocks, blocks, sizeof(blocks));
	bdt_exact_finish(&out);
	buf.data[0] = 3;
	assert_int_equal(bdt_exact_decode(buf.data, buf.size, &out, NULL), -EPROTONOSUPPORT);
	bdt_buf_free(&buf);
}

static void test_bounds(void **state)
{
	struct bdt_exact_lists l;
	uint32_t pfn = START + 1024;

	(void)state;
	make(&l);
	assert_int_equal(decode(&l), 0);
	l.list[1].pfns = &pfn; /* behind the zone */
	assert_int_equal(decode(&l), -EBADMSG);
	pfn = START + 2; /* not at a multiple of its size */
	assert_int_equal(decode(&l), -EBADMSG);
	pfn = START + 1020;
	assert_int_equal(decode(&l), 0);
	l.list[0].after = START + 1024;
	assert_int_equal(decode(&l), -EBADMSG);
	make(&l);
	l.list[0].before = START - 4;
	assert_int_equal(decode(&l), -EBADMSG);
	make(&l);
	l.list[0].order = 64;
	assert_int_equal(decode(&l), -EBADMSG);
	make(&l);
	l.list[0].type = 200;
	assert_int_equal(decode(&l), -EBADMSG);
	make(&l);
	l.list[0].state = 9;
	assert_int_equal(decode(&l), -EBADMSG);
	make(&l);
	l.end = l.start;
	assert_int_equal(decode(&l), -EBADMSG);
	make(&l);
	l.pcp = true; /* they are never read in parts */
	assert_int_equal(decode(&l), -EBADMSG);
}

/* Every truncation is noticed; every other byte is accepted or refused, and nothing else happens. */
static void test_hostile_bytes(void **state)
{
	struct bdt_exact_lists l, out;
	struct bdt_buf buf;

	(void)state;
	make(&l);
	encode(&buf, &l);
	for (size_t size = 0; size < buf.size; size++) {
		uint8_t *copy = malloc(size + 1);

		memcpy(copy, buf.data, size);
		assert_int_equal(bdt_exact_decode(copy, size, &out, NULL), -EBADMSG);
		free(copy);
	}
	for (size_t i = 0; i < buf.size; i++)
		for (int value = 0; value < 256; value += 15) {
			uint8_t was = buf.data[i];

			buf.data[i] = (uint8_t)value;
			if (!bdt_exact_decode(buf.data, buf.size, &out, NULL))
				bdt_exact_finish(&out);
			buf.data[i] = was;
		}
	bdt_buf_free(&buf);
}

/* Every recorder that runs writes its markers into the stream, and ids can be the same. */
static void test_markers_of_others(void **state)
{
	static const struct bdt_writer_options options = { .long_size = 8,
							   .page_size = FIXTURE_PAGE,
							   .clock = "local" };
	struct bdt_exact_lists l;
	struct bdt_buf buf = { 0 };
	struct bdt_exact_index *index;
	struct bdt_tracefile *tf;
	struct bdt_writer *w;
	const char *path, *name;
	size_t snapshot;

	(void)state;
	make(&l);
	bdt_exact_encode(&buf, &l);
	assert_int_equal(buf.err, 0);
	fixture_open();
	path = fixture_path("exact");
	assert_int_equal(bdt_writer_create(path, &options, &w, NULL), 0);
	assert_int_equal(bdt_writer_header_info(w, "p", 1, "e", 1), 0);
	assert_int_equal(bdt_writer_snapshot(w, BT_EXACT_START), 0);
	assert_int_equal(bdt_writer_piece(w, BT_EXACT_PIECE, 100, 200, buf.data, buf.size), 0);
	assert_int_equal(bdt_writer_finish(w, NULL, NULL), 0);
	assert_int_equal(bdt_tracefile_open(path, &tf, NULL), 0);
	assert_int_equal(bdt_exact_index_create(tf, &index), 0);
	assert_non_null(bdt_exact_index_find(index, 7, 100, &snapshot, &name));
	assert_non_null(bdt_exact_index_find(index, 7, 200, &snapshot, &name));
	assert_string_equal(name, BT_EXACT_START);
	assert_null(bdt_exact_index_find(index, 7, 99, &snapshot, &name));
	assert_null(bdt_exact_index_find(index, 7, 201, &snapshot, &name));
	assert_null(bdt_exact_index_find(index, 8, 150, &snapshot, &name));
	bdt_exact_index_destroy(index);
	bdt_tracefile_close(tf);
	fixture_close();
	bdt_buf_free(&buf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_goes_in_comes_out),
		cmocka_unit_test(test_the_first_version),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_hostile_bytes),
		cmocka_unit_test(test_markers_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
