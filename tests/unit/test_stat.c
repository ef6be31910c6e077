/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "stat/names.h"
#include "stat/series.h"
#include "stat/times.h"
#include "subbuf_file.h"
#include "tracefile_fixture.h"
#include <buddytrace/stat.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void names_are_numbered(void **state)
{
	struct bdt_names names;
	char text[16];

	(void)state;
	assert_int_equal(bdt_names_init(&names, 100), 0);
	for (unsigned int round = 0; round < 2; round++)
		for (unsigned int i = 0; i < 100; i++) {
			snprintf(text, sizeof(text), "name %u", i);
			assert_int_equal(bdt_names_add(&names, text), i);
		}
	assert_int_equal(bdt_names_add(&names, "one more"), 100);
	assert_int_equal(bdt_names_add(&names, "name 99"), 99);
	assert_int_equal(names.n, 100);
	bdt_names_finish(&names);
}

static void quantiles_are_upper_bounds(void **state)
{
	struct bdt_times times = { 0 };
	struct bdt_stat_times sum;

	(void)state;
	sum = bdt_times_sum(&times);
	assert_int_equal(sum.count, 0);
	assert_int_equal(sum.p99_ns, 0);
	for (uint64_t ns = 1; ns <= 100000; ns++)
		bdt_times_add(&times, ns);
	sum = bdt_times_sum(&times);
	assert_int_equal(sum.count, 100000);
	assert_int_equal(sum.max_ns, 100000);
	assert_int_equal(sum.total_ns, UINT64_C(100000) * 100001 / 2);
	assert_in_range(sum.p50_ns, 50000, 56250);
	assert_in_range(sum.p90_ns, 90000, 100000);
	assert_in_range(sum.p99_ns, 99000, 100000);
	bdt_times_add(&times, UINT64_MAX);
	assert_true(bdt_times_sum(&times).max_ns == UINT64_MAX);
}

static void series_keep_their_sums(void **state)
{
	static struct bdt_stat_series series;
	struct bdt_stat_bin bins[7];
	uint64_t sum = 0;
	size_t n;

	(void)state;
	bdt_stat_series_init(&series, 1000);
	/* Times from before the start belong to the first bin. */
	bdt_stat_series_at(&series, 0)->fallbacks++;
	for (uint64_t i = 0; i < 10000; i++)
		bdt_stat_series_at(&series, 1000 + i * 1000000)->fallbacks++;
	n = bdt_stat_series_join(&series, 1000 + UINT64_C(9999) * 1000000, bins, 7);
	assert_in_range(n, 6, 7);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(bins[i].begin_ns, i ? bins[i - 1].end_ns : 0);
		sum += bins[i].fallbacks;
	}
	assert_int_equal(sum, 10001);
	assert_int_equal(bins[n - 1].end_ns, UINT64_C(9999) * 1000000);
	assert_int_equal(bdt_stat_series_join(&series, 0, bins, 0), 0);
}

/* Recordings made by hand. */

#define INT(name, offset) "\tfield:int " name ";\toffset:" #offset ";\tsize:4;\tsigned:1;\n"

enum { EXTFRAG = 100, STACK, LOCATED, BEGIN, END, TRY, WAKE, FINISHED, RECLAIM, RECLAIMED };

static const struct {
	const char *system, *text;
} formats[] = {
	{ "kmem", "name: mm_page_alloc_extfrag\nID: 100\nformat:\n" SUBBUF_COMMON INT("alloc_order", 8) INT(
			  "fallback_order", 12) INT("alloc_migratetype", 16) INT("fallback_migratetype", 20)
			  INT("change_ownership", 24) "\nprint fmt: \"pageblock_order=%d\", 9\n" },
	{ "compaction",
	  "name: mm_compaction_begin\nID: 103\nformat:\n" SUBBUF_COMMON INT("sync", 8) "\nprint fmt: \"\"\n" },
	{ "compaction",
	  "name: mm_compaction_end\nID: 104\nformat:\n" SUBBUF_COMMON INT(
		  "status",
		  8) "\nprint fmt: \"mode=%s status=%s\", REC->sync ? \"sync, {3, \\\"no\\\"}\" : \"async\", "
		     "__print_symbolic(REC->status, {1, \"skipped\"}, {(2 << 2), \"success\"}, {ENUM, "
		     "\"odd\"})\n" },
	{ "compaction", "name: mm_compaction_try_to_compact_pages\nID: 105\nformat:\n" SUBBUF_COMMON INT(
				"order", 8) "\nprint fmt: \"\"\n" },
	{ "compaction", "name: mm_compaction_kcompactd_wake\nID: 106\nformat:\n" SUBBUF_COMMON INT(
				"nid", 8) "\nprint fmt: \"\"\n" },
	{ "compaction",
	  "name: mm_compaction_finished\nID: 107\nformat:\n" SUBBUF_COMMON INT("order", 8) "\nprint fmt: \"\"\n" },
	{ "vmscan", "name: mm_vmscan_direct_reclaim_begin\nID: 108\nformat:\n" SUBBUF_COMMON INT(
			    "order", 8) "\nprint fmt: \"\"\n" },
	{ "vmscan", "name: mm_vmscan_direct_reclaim_end\nID: 109\nformat:\n" SUBBUF_COMMON INT(
			    "nr_reclaimed", 8) "\nprint fmt: \"\"\n" },
};
static const char stack_array[] = "name: kernel_stack\nID: 101\nformat:\n" SUBBUF_COMMON INT(
	"size", 8) "\tfield:unsigned long caller[8];\toffset:16;\tsize:64;\tsigned:0;\n\nprint fmt: \"\"\n";
static const char stack_array32[] = "name: kernel_stack\nID: 101\nformat:\n" SUBBUF_COMMON INT(
	"size", 8) "\tfield:unsigned long caller[8];\toffset:12;\tsize:32;\tsigned:0;\n\nprint fmt: \"\"\n";
static const char stack_located[] = "name: kernel_stack\nID: 101\nformat:\n" SUBBUF_COMMON INT(
	"size",
	8) "\tfield:__data_loc unsigned long[] caller;\toffset:12;\tsize:4;\tsigned:0;\n\nprint fmt: \"\"\n";

/* The functions on the stacks, which lie 0x100 apart. */
static const char functions[] = "1000 T trace_event_raw_event_mm_page_alloc_extfrag\n"
				"1200 T get_page_from_freelist\n1300 T alloc_pages_noprof\n"
				"1600 t alloc_inode\n1700 T new_inode\n1800 T vfs_create\n"
				"1900 T do_syscall_64\n";

static struct subbuf cpus[2];
static const char *stack_format;
static const char *facts[4]; /* pairs of key and value */

static void start(bool big, unsigned int long_size, uint64_t stamp)
{
	for (int c = 0; c < 2; c++)
		subbuf_start(&cpus[c], big, long_size, 4096, stamp);
	stack_format = long_size == 8 ? stack_array : stack_array32;
	memset(facts, 0, sizeof(facts));
}

static void event(int cpu, uint32_t delta, uint32_t id, uint32_t flags, int32_t pid, uint32_t words)
{
	struct subbuf *b = &cpus[cpu];

	subbuf_header(b, 2 + words, delta);
	subbuf_u32(b, b->layout.big_endian ? id << 16 | flags << 8 : id | flags << 16);
	subbuf_u32(b, (uint32_t)pid);
}

/* An event with one number. */
static void event1(int cpu, uint32_t delta, uint32_t id, int32_t pid, int32_t value)
{
	event(cpu, delta, id, 0, pid, 1);
	subbuf_u32(&cpus[cpu], (uint32_t)value);
}

static void fallback(int cpu, uint32_t flags, int32_t pid, uint32_t taken, bool owned)
{
	event(cpu, 10, EXTFRAG, flags, pid, 5);
	subbuf_u32(&cpus[cpu], 0);
	subbuf_u32(&cpus[cpu], taken);
	subbuf_u32(&cpus[cpu], 0);
	subbuf_u32(&cpus[cpu], 1);
	subbuf_u32(&cpus[cpu], owned);
}

/* A stack of `n` addresses, whose record says that there are `size`. */
static void stack(int cpu, uint32_t flags, int32_t pid, const uint64_t *addresses, uint32_t n, uint32_t size)
{
	struct subbuf *b = &cpus[cpu];
	unsigned int words = b->layout.commit_size / 4;
	bool located = stack_format == stack_located;

	event(cpu, 0, STACK, flags, pid, words == 2 || located ? 2 + words * n : 1 + n);
	subbuf_u32(b, size);
	if (located)
		subbuf_u32(b, 16 | n * 8 << 16);
	else if (words == 2)
		subbuf_u32(b, 0);
	for (uint32_t i = 0; i < n; i++) {
		if (words == 2)
			subbuf_u64(b, addresses[i]);
		else
			subbuf_u32(b, (uint32_t)addresses[i]);
	}
}

/* Writes what was built and counts it. */
static int count(struct bdt_stat *stat, struct bdt_diag *diag)
{
	static const uint32_t numbers[] = { 0, 3 };
	static const char tasks[] = "42 worker\n43 worker\n7 kcompactd0\n";
	const char *path = fixture_path("stat.dat");
	struct bdt_tracefile *file;
	struct bdt_writer *w = subbuf_file(path, &cpus[0].layout, numbers, 2);
	int ret;

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		assert_int_equal(
			bdt_writer_format(w, formats[i].system, formats[i].text, strlen(formats[i].text)), 0);
	assert_int_equal(bdt_writer_format(w, "ftrace", stack_format, strlen(stack_format)), 0);
	assert_int_equal(bdt_writer_kallsyms(w, functions, strlen(functions)), 0);
	assert_int_equal(bdt_writer_cmdlines(w, tasks, strlen(tasks)), 0);
	for (int i = 0; i < 4 && facts[i]; i += 2)
		assert_int_equal(bdt_writer_machine(w, facts[i], facts[i + 1]), 0);
	for (size_t c = 0; c < 2; c++) {
		subbuf_commit(&cpus[c], 0, -1);
		assert_int_equal(bdt_writer_append(w, c, cpus[c].data, 1, NULL), 0);
	}
	assert_int_equal(bdt_writer_finish(w, NULL, NULL), 0);
	assert_int_equal(bdt_tracefile_open(path, &file, NULL), 0);
	ret = bdt_stat_add(stat, file, NULL, diag);
	bdt_tracefile_close(file);
	return ret;
}

static struct bdt_stat *stat;

static int setup(void **state)
{
	(void)state;
	return bdt_stat_create(&stat, NULL);
}

static int teardown(void **state)
{
	(void)state;
	bdt_stat_destroy(stat);
	return 0;
}

static const uint64_t callers[] = { 0x1010, 0x1210, 0x1310, 0x1610, 0x1710, 0x1810, 0x1910 };

static void stacks_of_all_machines(void **state)
{
	for (int i = 0; i < 5; i++) {
		const struct bdt_stat_result *r;

		setup(state);
		start(i & 1, i & 2 ? 4 : 8, 1000);
		if (i == 4)
			stack_format = stack_located;
		fallback(0, 0, 42, 10, true);
		stack(0, 0, 42, callers, 7, 7);
		assert_int_equal(count(stat, NULL), 0);
		r = bdt_stat_result(stat);
		assert_int_equal(r->fallbacks, 1);
		assert_int_equal(r->stacks, 1);
		assert_int_equal(r->nsites, 1);
		assert_string_equal(r->sites[0].frame[0], "alloc_inode");
		assert_string_equal(r->sites[0].frame[1], "new_inode");
		assert_string_equal(r->sites[0].frame[2], "vfs_create");
		teardown(state);
	}
}

static void stacks_that_lie(void **state)
{
	static const uint64_t odd[] = { UINT64_MAX, 0, 0x1210, UINT64_MAX, 0x1610 };
	const struct bdt_stat_result *r;

	(void)state;
	start(false, 8, 1000);
	fallback(0, 0, 42, 10, true);
	stack(0, 0, 42, callers, 4, 0x7fffffff);
	fallback(0, 0, 42, 10, true);
	stack(0, 0, 42, callers, 7, 4);
	fallback(0, 0, 42, 10, true);
	stack(0, 0, 42, odd, 5, 5);
	fallback(0, 0, 42, 10, true);
	stack(0, 0, 42, callers, 0, 8);
	fallback(0, 0, 42, 10, true);
	stack(0, 0, 42, callers, 4, 0xffffffff);
	assert_int_equal(count(stat, NULL), 0);
	r = bdt_stat_result(stat);
	assert_int_equal(r->stacks, 4);
	assert_int_equal(r->nsites, 1);
	assert_string_equal(r->sites[0].frame[0], "alloc_inode");
}

/* A stack is that of the event right before it, on its CPU and in its context. */
static void stacks_go_with_their_event(void **state)
{
	const struct bdt_stat_result *r;

	(void)state;
	start(false, 8, 1000);
	stack(0, 0, 42, callers, 7, 7);
	fallback(0, 0, 42, 10, true);
	event1(0, 0, TRY, 42, 0);
	stack(0, 0, 42, callers, 7, 7);
	fallback(0, 0, 42, 10, true);
	fallback(1, 0, 43, 3, false);
	stack(1, 0, 43, callers, 7, 7);
	/* An interrupt between the two. */
	fallback(0, 0, 42, 10, true);
	fallback(0, BT_EVENT_SOFTIRQ, 42, 10, false);
	stack(0, BT_EVENT_SOFTIRQ, 42, callers, 7, 7);
	stack(0, 0, 42, callers + 1, 6, 6);
	stack(0, 0, 42, callers, 7, 7);
	assert_int_equal(count(stat, NULL), 0);
	r = bdt_stat_result(stat);
	assert_int_equal(r->fallbacks, 5);
	assert_int_equal(r->owned, 3);
	assert_int_equal(r->fragmenting, 1);
	assert_int_equal(r->stacks, 3);
	assert_int_equal(r->sites[0].count, 3);
	assert_int_equal(r->sites[0].owned, 1);
	assert_int_equal(r->ntasks, 2);
	assert_string_equal(r->tasks[0].name, "worker");
	assert_int_equal(r->tasks[0].fallbacks, 4);
	assert_string_equal(r->tasks[1].name, "(soft interrupt)");
	assert_int_equal(r->npairs, 1);
	assert_int_equal(r->pairs[0].count, 5);
	assert_int_equal(r->ncells, 3);
	assert_int_equal(r->cells[0].count, 3);
}

static void reclaim_and_compaction(void **state)
{
	const struct bdt_stat_result *r;

	(void)state;
	start(false, 8, 1000);
	event1(0, 0, RECLAIM, 42, 3);
	event1(0, 50, TRY, 42, 3);
	event1(0, 50, BEGIN, 42, 0);
	event1(0, 50, FINISHED, 42, 3);
	event1(0, 50, END, 42, 8);
	event1(1, 300, RECLAIMED, 42, 17); /* it has moved to another CPU */
	event1(1, 0, RECLAIMED, 43, 17);
	event1(1, 0, BEGIN, 43, 0);
	event1(1, 10, FINISHED, 43, -1);
	event1(1, 10, END, 43, 1);
	event1(1, 0, WAKE, 7, 0);
	event1(1, 0, BEGIN, 7, 0);
	event1(1, 30, END, 7, 3);
	event1(1, 0, BEGIN, 7, 0);
	event1(1, 0, FINISHED, 7, -1);
	event1(1, 30, END, 7, 77);
	event1(1, 0, BEGIN, 43, 0);
	assert_int_equal(count(stat, NULL), 0);
	r = bdt_stat_result(stat);
	assert_int_equal(r->stall.count, 1);
	assert_int_equal(r->stall.total_ns, 300);
	assert_int_equal(r->stalls[3].count, 1);
	assert_int_equal(r->reclaimed, 17);
	assert_int_equal(r->stalls_open, 1);
	assert_int_equal(r->ncompactions, 5);
	assert_int_equal(r->compactions[0].trigger, BDT_TRIGGER_DIRECT);
	assert_string_equal(r->compactions[0].result, "success");
	assert_int_equal(r->compactions[0].total_ns, 100);
	assert_int_equal(r->compactions[1].trigger, BDT_TRIGGER_KCOMPACTD);
	assert_string_equal(r->compactions[1].result, "?");
	assert_int_equal(r->compactions[2].trigger, BDT_TRIGGER_PROACTIVE);
	assert_int_equal(r->compactions[3].trigger, BDT_TRIGGER_REQUESTED);
	assert_string_equal(r->compactions[3].result, "no end seen");
	assert_string_equal(r->compactions[4].result, "skipped");
	assert_int_equal(r->compaction[BDT_TRIGGER_KCOMPACTD].count, 1);
}

static void files_of_a_series(void **state)
{
	const struct bdt_stat_result *r;
	struct bdt_diag diag;

	(void)state;
	start(false, 8, 1000);
	facts[0] = "series.name", facts[1] = "s", facts[2] = "series.number", facts[3] = "1";
	event1(0, 0, RECLAIM, 42, 0);
	assert_int_equal(count(stat, NULL), 0);
	/* The next file: an interval goes on, and CPUs may overlap a little. */
	start(false, 8, 990);
	facts[0] = "series.name", facts[1] = "s", facts[2] = "series.number", facts[3] = "2";
	event1(0, 510, RECLAIMED, 42, 1);
	event1(0, 0, RECLAIM, 43, 0);
	assert_int_equal(count(stat, NULL), 0);
	/* One is missing: what is open cannot be trusted. */
	start(false, 8, 3000);
	facts[0] = "series.name", facts[1] = "s", facts[2] = "series.number", facts[3] = "4";
	event1(0, 0, RECLAIMED, 43, 1);
	assert_int_equal(count(stat, NULL), 0);
	r = bdt_stat_result(stat);
	assert_int_equal(r->files, 3);
	assert_int_equal(r->events, 4);
	assert_int_equal(r->first_ns, 1000);
	assert_int_equal(r->last_ns, 3000);
	assert_int_equal(r->stall.count, 1);
	assert_int_equal(r->stall.total_ns, 500);
	assert_int_equal(r->stalls_open, 1);
	/* A file from before. */
	start(false, 8, 2000);
	event1(0, 0, RECLAIM, 42, 0);
	bdt_diag_clear(&diag);
	assert_int_equal(count(stat, &diag), -EINVAL);
	assert_non_null(strstr(diag.text, "in their order"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_numbered),
		cmocka_unit_test(quantiles_are_upper_bounds),
		cmocka_unit_test(series_keep_their_sums),
		cmocka_unit_test(stacks_of_all_machines),
		cmocka_unit_test_setup_teardown(stacks_that_lie, setup, teardown),
		cmocka_unit_test_setup_teardown(stacks_go_with_their_event, setup, teardown),
		cmocka_unit_test_setup_teardown(reclaim_and_compaction, setup, teardown),
		cmocka_unit_test_setup_teardown(files_of_a_series, setup, teardown),
	};
	int failed;

	fixture_open();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	fixture_close();
	return failed;
}
