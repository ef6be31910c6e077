/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "tracefile_fixture.h"
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct bdt_tracefile *open_file(const char *name)
{
	struct bdt_tracefile *tf = NULL;
	struct bdt_diag diag = { 0 };
	int err = bdt_tracefile_open(fixture_path(name), &tf, &diag);

	if (err)
		fail_msg("%s", diag.text);
	return tf;
}

static void header(void **state)
{
	const char *name = *state;
	struct bdt_tracefile *tf = open_file(name);
	const struct bdt_tracefile_info *info = bdt_tracefile_info(tf);

	assert_int_equal(info->version, 7);
	assert_string_equal(info->compression, "zstd");
	assert_int_equal(info->big_endian, !strcmp(name, "big"));
	assert_int_equal(info->long_size, 8);
	assert_int_equal(info->page_size, FIXTURE_PAGE);
	assert_string_equal(info->clock, "mono");
	assert_string_equal(info->uname, "Linux test");
	assert_string_equal(info->buffer, "");
	assert_true(info->native);
	assert_int_equal(info->tsc_mult, 5);
	assert_int_equal(info->tsc_shift, 2);
	assert_int_equal(info->tsc_offset, 0);
	assert_false(info->cut);
	assert_string_equal(info->cut_reason, "");
	bdt_tracefile_close(tf);
}

static void metadata(void **state)
{
	struct bdt_tracefile *tf = open_file(*state);
	const char *system, *text;
	size_t len;

	assert_non_null(strstr(bdt_tracefile_header_page(tf, &len), "field: u64 timestamp;"));
	bdt_tracefile_header_event(tf, &len);
	assert_int_equal(len, strlen("# compressed entry header\n"));
	assert_int_equal(bdt_tracefile_nformats(tf), 1);
	text = bdt_tracefile_format(tf, 0, &system, &len);
	assert_string_equal(system, "test");
	assert_memory_equal(text, "name: tick\n", 11);
	text = bdt_tracefile_cmdlines(tf, &len);
	assert_int_equal(len, 7);
	assert_memory_equal(text, "1 init\n", 7);
	bdt_tracefile_kallsyms(tf, &len);
	assert_int_equal(len, 0);
	bdt_tracefile_close(tf);
}

static void machine(void **state)
{
	struct bdt_tracefile *tf = open_file(*state);
	const char *key, *value;

	assert_string_equal(bdt_tracefile_machine(tf, "uname.release"), "6.18.44");
	assert_string_equal(bdt_tracefile_machine(tf, "proc/cmdline"), "");
	assert_null(bdt_tracefile_machine(tf, "proc/version"));
	assert_true(bdt_tracefile_machine_at(tf, 1, &key, &value));
	assert_string_equal(key, "proc/cmdline");
	assert_false(bdt_tracefile_machine_at(tf, 2, &key, &value));
	bdt_tracefile_close(tf);
}

static void loss(void **state)
{
	struct bdt_tracefile *tf = open_file(*state);
	const struct bdt_loss_cpu want = { .cpu = 3, .written = UINT64_MAX, .read = 5, .dropped = 6 };

	assert_int_equal(bdt_tracefile_nloss(tf), 2);
	assert_int_equal(bdt_tracefile_loss(tf, 0)->overrun, 1);
	assert_memory_equal(bdt_tracefile_loss(tf, 1), &want, sizeof(want));
	bdt_tracefile_close(tf);
}

static void snapshots(void **state)
{
	struct bdt_tracefile *tf = open_file(*state);
	const struct bdt_snapshot *start, *end;
	const struct bdt_piece *piece;

	assert_int_equal(bdt_tracefile_nsnapshots(tf), 2);
	start = bdt_tracefile_snapshot(tf, 0);
	end = bdt_tracefile_snapshot(tf, 1);
	assert_string_equal(start->name, "start");
	assert_int_equal(start->begin_ns, 100);
	assert_int_equal(start->end_ns, 160);
	assert_true(start->has_pageflags);
	assert_false(start->unplaced);
	piece = bdt_snapshot_piece(start, "buddyinfo");
	assert_string_equal(piece->data, "Node 0, zone DMA 1 2\n");
	assert_int_equal(piece->end_ns, 110);
	assert_int_equal(bdt_snapshot_piece(start, "vmstat")->size, 0);
	assert_null(bdt_snapshot_piece(start, "zoneinfo"));
	assert_string_equal(end->name, "end");
	assert_false(end->has_pageflags);
	assert_memory_equal(bdt_snapshot_piece(end, "buddyinfo")->data, "a\0b", 4);
	bdt_tracefile_close(tf);
}

static void pageflags(void **state)
{
	struct bdt_tracefile *tf = open_file(*state);
	struct bdt_pageflags *flags = NULL;

	assert_int_equal(bdt_tracefile_pageflags(tf, 1, &flags, NULL), -ENODATA);
	assert_int_equal(bdt_tracefile_pageflags(tf, 0, &flags, NULL), 0);
	assert_int_equal(flags->nchunks, 2);
	assert_int_equal(flags->chunks[1].first, 200);
	assert_int_equal(flags->chunks[1].count, 300);
	assert_int_equal(flags->chunks[1].begin_ns, 130);
	assert_int_equal(flags->npages, 500);
	for (unsigned int pfn = 0; pfn < 500; pfn++) {
		unsigned int i = pfn < 200 ? pfn : pfn - 200;
		uint16_t want = i % 3 ? BT_PAGE_BUDDY : BT_PAGE_LRU | BT_PAGE_ANON;

		assert_int_equal(flags->flags[pfn], pfn >= 100 && pfn < 200 ? BT_PAGE_UNKNOWN : want);
	}
	bdt_pageflags_destroy(flags);
	bdt_tracefile_close(tf);
}

static void sub_buffers(void **state)
{
	struct bdt_tracefile *tf = open_file(*state);
	uint8_t want[FIXTURE_PAGE];
	struct bdt_pages *pages;
	const uint8_t *data;
	size_t n, seen = 0;

	assert_int_equal(bdt_tracefile_ncpus(tf), 3);
	assert_int_equal(bdt_tracefile_cpu(tf, 2)->cpu, 3);
	assert_string_equal(bdt_tracefile_cpu(tf, 2)->stats, "entries: 3\n");
	assert_string_equal(bdt_tracefile_cpu(tf, 1)->stats, "");
	assert_int_equal(bdt_pages_open(tf, 1, &pages, NULL), 0);
	assert_int_equal(bdt_pages_next(pages, &data, &n, NULL), 1);
	bdt_pages_close(pages);
	assert_int_equal(bdt_pages_open(tf, 2, &pages, NULL), 0);
	while (bdt_pages_next(pages, &data, &n, NULL) == 0)
		for (size_t i = 0; i < n; i++, seen++) {
			fixture_page(want, 3, (unsigned int)seen);
			assert_memory_equal(data + i * FIXTURE_PAGE, want, FIXTURE_PAGE);
		}
	assert_int_equal(seen, FIXTURE_PAGES);
	assert_int_equal(bdt_pages_position(pages), bdt_tracefile_cpu(tf, 2)->data_bytes);
	assert_int_equal(bdt_pages_next(pages, &data, &n, NULL), 1);
	bdt_pages_close(pages);
	bdt_tracefile_close(tf);
}

static void same_input_gives_same_bytes(void **state)
{
	const char *name = *state;
	size_t size, again;
	uint8_t *a = fixture_read(fixture_path(name), &size), *b;

	fixture_write(fixture_path("again"), !strcmp(name, "big"));
	b = fixture_read(fixture_path("again"), &again);
	assert_int_equal(size, again);
	assert_memory_equal(a, b, size);
	free(a);
	free(b);
}

static int write_both(void **state)
{
	(void)state;
	fixture_open();
	fixture_write(fixture_path("little"), false);
	fixture_write(fixture_path("big"), true);
	return 0;
}

static int remove_both(void **state)
{
	(void)state;
	fixture_close();
	return 0;
}

#define BOTH(test)                                                                    \
	{ #test " (little endian)", test, NULL, NULL, (void *)(uintptr_t) "little" }, \
	{                                                                             \
#test " (big endian)", test, NULL, NULL, (void *)(uintptr_t) "big"    \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(header),    BOTH(metadata),  BOTH(machine),     BOTH(loss),
		BOTH(snapshots), BOTH(pageflags), BOTH(sub_buffers), BOTH(same_input_gives_same_bytes),
	};

	return cmocka_run_group_tests_name("tracefile round trip", tests, write_both, remove_both);
}
