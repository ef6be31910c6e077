/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "tracefile/own.h"
#include "tracefile_build.h"
#include "tracefile_fixture.h"
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A small plain file and what stands where in it, for the tests that damage it. */
static struct bdt_buf damaged;
static struct build_places places;

static int plain(void **state)
{
	(void)state;
	damaged = (struct bdt_buf){ 0 };
	build_plain(&damaged, &places);
	return 0;
}

static int gone(void **state)
{
	(void)state;
	bdt_buf_free(&damaged);
	return 0;
}

/* Opens the bytes as a file; the diag must say something in one line exactly when there is an error. */
static int open_bytes(const void *data, size_t size, struct bdt_tracefile **tf, struct bdt_diag *diag)
{
	const char *path = fixture_memory(data, size);
	int err;

	*tf = NULL;
	bdt_diag_clear(diag);
	err = bdt_tracefile_open(path, tf, diag);
	assert_int_equal(err, diag->err);
	assert_true(err <= 0);
	if (err) {
		assert_true(strlen(diag->text) > strlen(path));
		assert_null(strchr(diag->text, '\n'));
	}
	return err;
}

static void refused(const void *data, size_t size, int want, const char *part)
{
	struct bdt_tracefile *tf;
	struct bdt_diag diag;
	int err = open_bytes(data, size, &tf, &diag);

	if (err != want || !strstr(diag.text, part))
		fail_msg("error %d, \"%s\"; want %d and \"%s\"", err, diag.text, want, part);
}

static struct bdt_tracefile *opened(const struct bdt_buf *b)
{
	struct bdt_tracefile *tf;
	struct bdt_diag diag;

	if (open_bytes(b->data, b->size, &tf, &diag))
		fail_msg("%s", diag.text);
	return tf;
}

/* All sub-buffers of all CPUs; *err becomes the first error that is met. */
static uint64_t all_pages(const struct bdt_tracefile *tf, int *err)
{
	struct bdt_diag diag = { 0 };
	uint64_t n = fixture_exercise(tf, &diag);

	*err = diag.err;
	return n;
}

static void not_a_trace_file(void **state)
{
	static const uint8_t zstd[] = { 0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };

	(void)state;
	refused("", 0, -EBADMSG, "empty");
	refused("hello, world, this is text\n", 27, -EBADMSG, "not a trace.dat");
	refused("\x17\x08", 2, -EBADMSG, "not a trace.dat");
	refused("\x17\x08\x44tracinX7\0\0\0\0\0\0\0\0\0\0\0", 22, -EBADMSG, "not a trace.dat");
	refused(zstd, sizeof(zstd), -EBADMSG, "zstd -d");
	refused(BT_MAGIC "7", 11, -ENODATA, "inside its header");
}

static void not_a_file(void **state)
{
	struct bdt_tracefile *tf;
	struct bdt_diag diag = { 0 };

	(void)state;
	assert_int_equal(bdt_tracefile_open("/", &tf, &diag), -EBADMSG);
	bdt_diag_clear(&diag);
	assert_int_equal(bdt_tracefile_open("/nonexistent/x.dat", &tf, &diag), -ENOENT);
	assert_non_null(strstr(diag.text, "/nonexistent/x.dat"));
}

static void unknown_versions(void **state)
{
	static const char *const versions[] = { "5", "8", "70", "", "x" };

	(void)state;
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		struct bdt_buf b = { 0 };

		build_v7_header(&b, versions[i], "zstd");
		refused(b.data, b.size, -EPROTONOSUPPORT, "version");
		bdt_buf_free(&b);
	}
}

static void unknown_compression(void **state)
{
	struct bdt_buf b = { 0 };

	(void)state;
	build_v7_header(&b, "7", "zlib");
	refused(b.data, b.size, -EPROTONOSUPPORT, "compression \"zlib\"");
	bdt_buf_free(&b);
}

static void compressed_without_an_algorithm(void **state)
{
	(void)state;
	build_patch(&damaged, places.formats + 2, 2, BT_SECTION_COMPRESSED);
	refused(damaged.data, damaged.size, -EPROTONOSUPPORT, "compressed");
	build_patch(&damaged, places.formats + 2, 2, 0);
	build_patch(&damaged, places.buffer + 2, 2, BT_SECTION_COMPRESSED);
	refused(damaged.data, damaged.size, -EPROTONOSUPPORT, "compressed");
}

static void plain_files_are_read(void **state)
{
	struct build_places at;
	struct bdt_tracefile *tf;
	struct bdt_buf b = { 0 };
	int err;

	(void)state;
	for (int version = 6; version <= 7; version++) {
		b.size = 0;
		if (version == 6)
			build_v6(&b);
		else
			build_plain(&b, &at);
		tf = opened(&b);
		assert_int_equal(bdt_tracefile_info(tf)->version, version);
		assert_string_equal(bdt_tracefile_info(tf)->clock, "mono");
		assert_false(bdt_tracefile_info(tf)->native);
		assert_false(bdt_tracefile_info(tf)->cut);
		assert_int_equal(bdt_tracefile_info(tf)->tsc_offset, version == 6 ? 2005 : 0);
		assert_int_equal(bdt_tracefile_nsnapshots(tf), 0);
		assert_int_equal(bdt_tracefile_nloss(tf), 0);
		assert_null(bdt_tracefile_machine(tf, "proc/version"));
		assert_int_equal(all_pages(tf, &err), 4);
		assert_int_equal(err, 0);
		bdt_tracefile_close(tf);
	}
	bdt_buf_free(&b);
}

static void no_cpus_is_valid(void **state)
{
	static const uint32_t none[1];
	struct bdt_writer_options options = {
		.long_size = 8, .page_size = 4096, .clock = "local", .cpus = none
	};
	const char *path = fixture_path("nothing");
	struct bdt_tracefile *tf;
	struct bdt_writer *w;

	(void)state;
	assert_int_equal(bdt_writer_create(path, &options, &w, NULL), 0);
	assert_int_equal(bdt_writer_header_info(w, "p", 1, "e", 1), 0);
	assert_int_equal(bdt_writer_finish(w, NULL, NULL), 0);
	assert_int_equal(bdt_tracefile_open(path, &tf, NULL), 0);
	assert_int_equal(bdt_tracefile_ncpus(tf), 0);
	assert_int_equal(bdt_tracefile_nformats(tf), 0);
	assert_int_equal(bdt_tracefile_nsnapshots(tf), 0);
	assert_false(bdt_tracefile_info(tf)->cut);
	bdt_tracefile_close(tf);
}

static void more_cpus_than_any_machine_has(void **state)
{
	static uint32_t cpus[BT_CPUS_MAX + 5];
	struct bdt_writer_options options = {
		.long_size = 8, .page_size = 4096, .clock = "local", .cpus = cpus, .ncpus = BT_CPUS_MAX + 5
	};
	const char *path = fixture_path("cpus");
	struct bdt_tracefile *tf;
	struct bdt_writer *w;

	(void)state;
	for (uint32_t i = 0; i < options.ncpus; i++)
		cpus[i] = i;
	assert_int_equal(bdt_writer_create(path, &options, &w, NULL), 0);
	assert_int_equal(bdt_writer_header_info(w, "p", 1, "e", 1), 0);
	assert_int_equal(bdt_writer_finish(w, NULL, NULL), 0);
	assert_int_equal(bdt_tracefile_open(path, &tf, NULL), 0);
	assert_int_equal(bdt_tracefile_ncpus(tf), BT_CPUS_MAX);
	assert_true(bdt_tracefile_info(tf)->cut);
	assert_non_null(strstr(bdt_tracefile_info(tf)->cut_reason, "more than 8192 CPUs"));
	bdt_tracefile_close(tf);
}

static void missing_header_page(void **state)
{
	(void)state;
	/* Option and section become one that nobody knows: skipped. */
	build_patch(&damaged, places.header_info, 2, 0x7000);
	build_patch(&damaged, places.options + BT_SECTION_HEADER, 2, 0x7000);
	refused(damaged.data, damaged.size, -EPROTONOSUPPORT, "header_page");
}

static void options_in_a_circle(void **state)
{
	(void)state;
	build_patch(&damaged, places.done, 8, places.options);
	refused(damaged.data, damaged.size, -EBADMSG, "circle");
}

static void an_option_that_names_another_section(void **state)
{
	(void)state;
	build_patch(&damaged, places.options + BT_SECTION_HEADER + 6, 8, places.formats);
	refused(damaged.data, damaged.size, -EBADMSG, "but 18 is there");
}

/* Every integer of the file in turn, set to values that break trust in sizes, counts and offsets. */
static void absurd_numbers(void **state)
{
	static const uint64_t values[] = { 0,          1,          0x7f,      0xffff,
					   0x7fffffff, 0xffffffff, INT64_MAX, UINT64_MAX - 7 };
	struct build_places at;
	struct bdt_buf b = { 0 };
	struct bdt_tracefile *tf;
	struct bdt_diag diag;
	int err;

	for (int kind = 0; kind < 6; kind++) {
		b = (struct bdt_buf){ .big_endian = kind & 1 };
		if (kind / 2 == 0)
			build_plain(&b, &at);
		else if (kind / 2 == 1)
			build_packed(&b, &at, NULL, 0);
		else
			build_v6(&b);
		for (size_t i = BT_MAGIC_SIZE; i + 8 <= b.size; i++)
			for (size_t v = 0; v < 2 * sizeof(values) / sizeof(values[0]); v++) {
				uint64_t saved;

				memcpy(&saved, b.data + i, 8);
				build_patch(&b, i, v & 1 ? 4 : 8, values[v / 2]);
				if (!open_bytes(b.data, b.size, &tf, &diag))
					all_pages(tf, &err);
				bdt_tracefile_close(tf);
				memcpy(b.data + i, &saved, 8);
			}
		bdt_buf_free(&b);
	}
	(void)state;
}

static void numbers_of_chunks(void **state)
{
	struct build_places at;
	struct bdt_buf b = { 0 };
	struct bdt_tracefile *tf;
	int err;

	(void)state;
	build_packed(&b, &at, NULL, 0);
	tf = opened(&b);
	assert_int_equal(all_pages(tf, &err), 6);
	assert_int_equal(err, 0);
	bdt_tracefile_close(tf);
	for (uint32_t n = 0; n < 4; n++) {
		if (n == 2)
			continue;
		build_patch(&b, at.chunks, 4, n);
		tf = opened(&b);
		all_pages(tf, &err);
		assert_int_equal(err, -EBADMSG);
		bdt_tracefile_close(tf);
	}
	bdt_buf_free(&b);
}

static void a_chunk_that_is_not_zstd(void **state)
{
	struct build_places at;
	struct bdt_buf b = { 0 };
	struct bdt_tracefile *tf;
	int err;

	(void)state;
	build_packed(&b, &at, NULL, 0);
	b.data[at.chunks + BT_CHUNK_COUNT + BT_CHUNK_HEADER] ^= 0xff;
	tf = opened(&b);
	assert_int_equal(all_pages(tf, &err), 0);
	assert_int_equal(err, -EBADMSG);
	bdt_tracefile_close(tf);
	bdt_buf_free(&b);
}

static void unknown_and_newer_sections_are_skipped(void **state)
{
	struct build_places at;
	static const uint16_t ids[] = { BDT_MACHINE, BDT_SNAPSHOT, BDT_PAGEFLAGS, BDT_LOSS, 0x9999 };
	struct bdt_tracefile *tf;
	int err;

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct bdt_buf b = { 0 }, own = { 0 };

		bdt_buf_uint(&own, 4, BT_OWN_VERSION + 1);
		bdt_buf_uint(&own, 4, 0xffffffff);
		build_packed(&b, &at, &own, ids[i]);
		tf = opened(&b);
		assert_null(bdt_tracefile_machine(tf, "k"));
		assert_int_equal(bdt_tracefile_nloss(tf), 0);
		assert_int_equal(bdt_tracefile_nsnapshots(tf), 0);
		assert_int_equal(all_pages(tf, &err), 6);
		assert_int_equal(err, 0);
		bdt_tracefile_close(tf);
		/* The same contents with the version that is known are corrupt: they are left out, the events
		 * stay. */
		build_patch(&own, 0, 4, BT_OWN_VERSION);
		b.size = 0;
		build_packed(&b, &at, &own, ids[i]);
		tf = opened(&b);
		assert_int_equal(bdt_tracefile_info(tf)->cut, ids[i] != 0x9999);
		assert_true(ids[i] == 0x9999 || strstr(bdt_tracefile_info(tf)->cut_reason, "corrupt"));
		assert_int_equal(bdt_tracefile_nsnapshots(tf), 0);
		assert_int_equal(all_pages(tf, &err), 6);
		bdt_tracefile_close(tf);
		bdt_buf_free(&b);
		bdt_buf_free(&own);
	}
}

/* A shorter file is refused or says that it is cut, and what can be read of it is a beginning. */
static void cut_everywhere(const char *whole, uint64_t pages, bool whole_is_cut_last)
{
	size_t size;
	uint8_t *data = fixture_read(fixture_path(whole), &size);
	uint64_t before = pages;

	for (size_t left = size - 1; left > 0; left--) {
		struct bdt_tracefile *tf;
		struct bdt_diag diag;
		uint64_t n;
		int err;

		if (open_bytes(data, left, &tf, &diag))
			continue;
		if (!bdt_tracefile_info(tf)->cut)
			fail_msg("cut to %zu of %zu bytes, not noticed", left, size);
		assert_true(strlen(bdt_tracefile_info(tf)->cut_reason) > 0);
		n = all_pages(tf, &err);
		assert_true(n <= before);
		assert_true(err == 0 || err == -ENODATA);
		if (whole_is_cut_last)
			before = n;
		bdt_tracefile_close(tf);
	}
	free(data);
}

static void cut_files(void **state)
{
	struct bdt_buf b = { 0 };
	struct build_places at;

	(void)state;
	cut_everywhere("little", FIXTURE_PAGES + 1, true);
	cut_everywhere("big", FIXTURE_PAGES + 1, true);
	build_plain(&b, &at);
	fixture_store(fixture_path("whole"), b.data, b.size);
	cut_everywhere("whole", 4, false);
	b.size = 0;
	build_packed(&b, &at, NULL, 0);
	fixture_store(fixture_path("whole"), b.data, b.size);
	cut_everywhere("whole", 6, false);
	b.size = 0;
	build_v6(&b);
	fixture_store(fixture_path("whole"), b.data, b.size);
	cut_everywhere("whole", 4, true);
	bdt_buf_free(&b);
}

/* A native file keeps everything but the events when its last part is missing. */
static void a_cut_native_file_keeps_its_snapshots(void **state)
{
	size_t size;
	uint8_t *data = fixture_read(fixture_path("little"), &size);
	struct bdt_tracefile *tf;
	struct bdt_diag diag;

	(void)state;
	assert_int_equal(open_bytes(data, size - 1, &tf, &diag), 0);
	assert_true(bdt_tracefile_info(tf)->cut);
	assert_true(bdt_tracefile_info(tf)->native);
	assert_int_equal(bdt_tracefile_nsnapshots(tf), 2);
	assert_int_equal(bdt_tracefile_nloss(tf), 2);
	assert_int_equal(bdt_tracefile_ncpus(tf), 3);
	bdt_tracefile_close(tf);
	free(data);
}

/* The list of contents of trace-cmd's files comes last: without it the sections are found by walking. */
static void a_lost_list_of_contents(void **state)
{
	struct build_places at;
	struct bdt_buf b = { 0 };
	struct bdt_tracefile *tf;
	int err;

	(void)state;
	build_packed(&b, &at, NULL, 0);
	build_patch(&b, at.header_options, 8, b.size);
	tf = opened(&b);
	assert_true(bdt_tracefile_info(tf)->cut);
	assert_int_equal(bdt_tracefile_nformats(tf), 1);
	assert_int_equal(all_pages(tf, &err), 6);
	assert_int_equal(err, 0);
	bdt_tracefile_close(tf);
	bdt_buf_free(&b);
}

static int setup(void **state)
{
	(void)state;
	fixture_open();
	fixture_write(fixture_path("little"), false);
	fixture_write(fixture_path("big"), true);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fixture_close();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_a_trace_file),
		cmocka_unit_test(not_a_file),
		cmocka_unit_test(unknown_versions),
		cmocka_unit_test(unknown_compression),
		cmocka_unit_test_setup_teardown(compressed_without_an_algorithm, plain, gone),
		cmocka_unit_test(plain_files_are_read),
		cmocka_unit_test(no_cpus_is_valid),
		cmocka_unit_test(more_cpus_than_any_machine_has),
		cmocka_unit_test_setup_teardown(missing_header_page, plain, gone),
		cmocka_unit_test_setup_teardown(options_in_a_circle, plain, gone),
		cmocka_unit_test_setup_teardown(an_option_that_names_another_section, plain, gone),
		cmocka_unit_test(absurd_numbers),
		cmocka_unit_test(numbers_of_chunks),
		cmocka_unit_test(a_chunk_that_is_not_zstd),
		cmocka_unit_test(unknown_and_newer_sections_are_skipped),
		cmocka_unit_test(cut_files),
		cmocka_unit_test(a_cut_native_file_keeps_its_snapshots),
		cmocka_unit_test(a_lost_list_of_contents),
	};

	return cmocka_run_group_tests_name("tracefile bad input", tests, setup, teardown);
}
