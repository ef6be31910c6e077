/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "tracefile/own.h"
#include "tracefile_build.h"
#include "tracefile_fixture.h"
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct bdt_pair pairs[] = { { "uname.release", "6.18.44" } };
static const struct bdt_piece pieces[] = { { "buddyinfo", 1000, 1500, "Node 0\n", 7 } };
static const struct bdt_loss_cpu loss[] = { { .cpu = 3, .written = 10, .read = 8, .overrun = 2 } };
static const struct bdt_pageflags_chunk chunk = { 256, 4, 1600, 1700 };
static const uint16_t flags[] = { BT_PAGE_BUDDY, BT_PAGE_BUDDY, BT_PAGE_LRU | BT_PAGE_ANON,
				  BT_PAGE_RESERVED };

/* The bytes of the example in the man page: pairs of hex digits up to the ';' of each line. */
static void read_example(struct bdt_buf *b)
{
	char path[4096], line[512];
	const char *top = getenv("top_srcdir");
	bool inside = false;
	FILE *f;

	snprintf(path, sizeof(path), "%s/doc/man/buddytrace-trace.dat.5", top ? top : ".");
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		char *save = NULL, *comment = strchr(line, ';');

		if (strstr(line, "EXAMPLE "))
			inside = strstr(line, "BEGIN");
		if (!inside || !comment)
			continue;
		*comment = 0;
		for (char *byte = strtok_r(line, " ", &save); byte; byte = strtok_r(NULL, " ", &save))
			bdt_buf_uint(b, 1, strtoul(byte, NULL, 16));
	}
	fclose(f);
	assert_true(b->size > 200);
}

/* The sections of the example as a file: they are announced by walking over them. */
static struct bdt_tracefile *open_example(void)
{
	struct bdt_buf b = { 0 }, options = { 0 }, content = { 0 }, example = { 0 };
	struct bdt_tracefile *tf = NULL;
	struct bdt_diag diag = { 0 };
	size_t header_options = build_v7_header(&b, "7", "zstd");

	read_example(&example);
	build_header_info(&content);
	build_option(&options, BDT_HEADER_INFO, 8, build_section(&b, BDT_HEADER_INFO, 0, &content));
	for (size_t at = 0; at < example.size;) {
		build_option(&options, (uint16_t)bdt_load(example.data + at, 2, false), 8, b.size + at);
		at += BT_SECTION_HEADER + (size_t)bdt_load(example.data + at + 8, 8, false);
	}
	bdt_buf_put(&b, example.data, example.size);
	build_option(&options, BDT_OPTIONS, 8, 0);
	build_patch(&b, header_options, 8, build_section(&b, BDT_OPTIONS, 0, &options));
	if (bdt_tracefile_open(fixture_memory(b.data, b.size), &tf, &diag))
		fail_msg("%s", diag.text);
	bdt_buf_free(&b);
	bdt_buf_free(&options);
	bdt_buf_free(&content);
	bdt_buf_free(&example);
	return tf;
}

static void the_example_is_decoded(void **state)
{
	struct bdt_tracefile *tf = open_example();
	const struct bdt_snapshot *snap = bdt_tracefile_snapshot(tf, 0);
	struct bdt_pageflags *pf;

	(void)state;
	assert_false(bdt_tracefile_info(tf)->cut);
	assert_string_equal(bdt_tracefile_machine(tf, "uname.release"), "6.18.44");
	assert_int_equal(bdt_tracefile_nsnapshots(tf), 1);
	assert_string_equal(snap->name, "start");
	assert_int_equal(snap->begin_ns, 1000);
	assert_int_equal(snap->end_ns, 1700);
	assert_string_equal(bdt_snapshot_piece(snap, "buddyinfo")->data, "Node 0\n");
	assert_int_equal(bdt_tracefile_pageflags(tf, 0, &pf, NULL), 0);
	assert_int_equal(pf->npages, 260);
	assert_memory_equal(pf->flags + 256, flags, sizeof(flags));
	assert_int_equal(pf->flags[255], BT_PAGE_UNKNOWN);
	bdt_pageflags_destroy(pf);
	assert_int_equal(bdt_tracefile_nloss(tf), 1);
	assert_memory_equal(bdt_tracefile_loss(tf, 0), loss, sizeof(loss));
	bdt_tracefile_close(tf);
}

/* Except for PAGEFLAGS, whose frame depends on the version of zstd. */
static void the_example_is_what_we_write(void **state)
{
	struct bdt_buf example = { 0 }, content = { 0 }, want = { 0 };

	(void)state;
	read_example(&example);
	bdt_machine_encode(&content, pairs, 1);
	build_section(&want, BDT_MACHINE, 0, &content);
	content.size = 0;
	bdt_snapshot_encode(&content, "start", pieces, 1);
	build_section(&want, BDT_SNAPSHOT, 0, &content);
	assert_memory_equal(example.data, want.data, want.size);
	want.size = content.size = 0;
	bdt_loss_encode(&content, loss, 1);
	build_section(&want, BDT_LOSS, 0, &content);
	assert_memory_equal(example.data + example.size - want.size, want.data, want.size);
	bdt_buf_free(&example);
	bdt_buf_free(&content);
	bdt_buf_free(&want);
}

/* Every cut of the contents is corrupt, and nothing behind them matters. */
static void cut_contents_are_corrupt(void **state)
{
	struct bdt_buf b = { 0 };
	struct bdt_pair *got;
	struct bdt_snapshot snap;
	size_t n;

	(void)state;
	bdt_machine_encode(&b, pairs, 1);
	for (size_t left = 0; left < b.size; left++) {
		struct bdt_cursor c = { .data = b.data, .size = left };

		assert_int_equal(bdt_machine_decode(&c, &got, &n), -EBADMSG);
	}
	b.size = 0;
	bdt_snapshot_encode(&b, "start", pieces, 1);
	for (size_t left = 0; left < b.size; left++) {
		struct bdt_cursor c = { .data = b.data, .size = left };

		assert_int_equal(bdt_snapshot_decode(&c, &snap), -EBADMSG);
	}
	bdt_buf_free(&b);
}

static void page_flags_of_a_gap(void **state)
{
	static const struct bdt_pageflags_chunk bad[] = { { 259, 1, 0, 0 },
							  { 300, 0, 0, 0 },
							  { 1ull << 30, 1, 0, 0 } };
	struct bdt_pageflags_encoder e;

	(void)state;
	bdt_pageflags_begin(&e, true, 0);
	assert_int_equal(bdt_pageflags_add(&e, &chunk, flags), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(bdt_pageflags_add(&e, &bad[i], flags), -EINVAL);
	bdt_buf_free(&e.out);
}

/* A chunk longer than the format allows is stored in parts that carry the same stamps. */
static void long_chunks_are_split(void **state)
{
	const struct bdt_pageflags_chunk big = { 5, 2 * BT_PAGEFLAGS_CHUNK + 1, 7, 8 };
	uint16_t *many = calloc(big.count, sizeof(*many));
	struct bdt_pageflags_encoder e;
	struct bdt_pageflags *pf;
	struct bdt_cursor c = { 0 };

	(void)state;
	assert_non_null(many);
	many[big.count - 1] = BT_PAGE_SLAB;
	bdt_pageflags_begin(&e, false, 0);
	assert_int_equal(bdt_pageflags_add(&e, &big, many), 0);
	bdt_pageflags_end(&e);
	c.data = e.out.data;
	c.size = e.out.size;
	assert_int_equal(bdt_pageflags_decode(&c, &pf), 0);
	assert_int_equal(pf->nchunks, 3);
	assert_int_equal(pf->chunks[2].count, 1);
	assert_int_equal(pf->chunks[2].end_ns, 8);
	assert_int_equal(pf->npages, big.first + big.count);
	assert_int_equal(pf->flags[pf->npages - 1], BT_PAGE_SLAB);
	bdt_pageflags_destroy(pf);
	bdt_buf_free(&e.out);
	free(many);
}

static void kernel_bits(void **state)
{
	static const struct {
		unsigned int kpf;
		uint16_t want;
	} bits[] = {
		{ 10, BT_PAGE_BUDDY },
		{ 5, BT_PAGE_LRU },
		{ 7, BT_PAGE_SLAB },
		{ 12, BT_PAGE_ANON },
		{ 11, BT_PAGE_MMAP },
		{ 15, BT_PAGE_COMPOUND_HEAD },
		{ 17, BT_PAGE_HUGE },
		{ 22, BT_PAGE_HUGE },
		{ 16, BT_PAGE_COMPOUND_TAIL },
		{ 19, BT_PAGE_NOPAGE },
		{ 20, BT_PAGE_NOPAGE },
		{ 18, BT_PAGE_UNEVICTABLE },
		{ 23, BT_PAGE_NOPAGE },
		{ 26, BT_PAGE_PGTABLE },
		{ 32, BT_PAGE_RESERVED },
		{ 0, 0 },
		{ 3, 0 },
		{ 24, 0 },
		{ 63, 0 },
	};
	uint64_t all = 0;
	uint16_t want = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		assert_int_equal(bdt_pageflags_from_kpf(1ull << bits[i].kpf), bits[i].want);
		all |= 1ull << bits[i].kpf;
		want |= bits[i].want;
	}
	/* contents that are valid are none on a free page */
	assert_int_equal(bdt_pageflags_from_kpf(1 << 10 | 1 << 3), BT_PAGE_BUDDY | BT_PAGE_REPORTED);
	assert_int_equal(bdt_pageflags_from_kpf(all), want | BT_PAGE_REPORTED);
}

/* Without stamps the first snapshot belongs before the events, others behind them. */
static void snapshots_without_a_place(void **state)
{
	static const struct bdt_writer_options options = { .long_size = 8,
							   .page_size = 4096,
							   .clock = "local" };
	const char *path;
	struct bdt_writer *w;
	struct bdt_tracefile *tf;

	(void)state;
	fixture_open();
	path = fixture_path("unplaced");
	assert_int_equal(bdt_writer_create(path, &options, &w, NULL), 0);
	assert_int_equal(bdt_writer_header_info(w, "p", 1, "e", 1), 0);
	assert_int_equal(bdt_writer_snapshot(w, "a"), 0);
	assert_int_equal(bdt_writer_piece(w, "vmstat", 0, 0, "x", 1), 0);
	assert_int_equal(bdt_writer_snapshot(w, "b"), 0);
	assert_int_equal(bdt_writer_piece(w, "vmstat", 0, 0, "x", 1), 0);
	assert_int_equal(bdt_writer_snapshot(w, "c"), 0);
	assert_int_equal(bdt_writer_piece(w, "vmstat", 50, 60, "x", 1), 0);
	assert_int_equal(bdt_writer_piece(w, "vmstat", 60, 50, "x", 1), -EINVAL);
	assert_int_equal(bdt_writer_finish(w, NULL, NULL), 0);
	assert_int_equal(bdt_tracefile_open(path, &tf, NULL), 0);
	assert_string_equal(bdt_tracefile_snapshot(tf, 0)->name, "a");
	assert_true(bdt_tracefile_snapshot(tf, 0)->unplaced);
	assert_int_equal(bdt_tracefile_snapshot(tf, 0)->end_ns, 0);
	assert_string_equal(bdt_tracefile_snapshot(tf, 1)->name, "c");
	assert_false(bdt_tracefile_snapshot(tf, 1)->unplaced);
	assert_string_equal(bdt_tracefile_snapshot(tf, 2)->name, "b");
	assert_true(bdt_tracefile_snapshot(tf, 2)->begin_ns == UINT64_MAX);
	bdt_tracefile_close(tf);
	fixture_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_is_decoded),    cmocka_unit_test(the_example_is_what_we_write),
		cmocka_unit_test(cut_contents_are_corrupt),  cmocka_unit_test(page_flags_of_a_gap),
		cmocka_unit_test(long_chunks_are_split),     cmocka_unit_test(kernel_bits),
		cmocka_unit_test(snapshots_without_a_place),
	};

	return cmocka_run_group_tests_name("tracefile own sections", tests, NULL, NULL);
}
