/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <record/bounds.h>
#include <record/hotplug.h>
#include <record/self.h>
#include <record/series.h>
#include <record/stats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names, bounds and book-keeping of a recording that is a series of files. */

#define NOON 1750507200 /* 2025-06-21 12:00:00 UTC */

static void a_single_file_has_the_name_that_was_given(void **state)
{
	struct bdt_series s;

	(void)state;
	assert_int_equal(bdt_series_init(&s, "dir/a.dat", false), 0);
	assert_int_equal(bdt_series_next(&s, NOON), 0);
	assert_string_equal(s.path, "dir/a.dat");
	assert_null(s.previous);
	bdt_series_finish(&s);
}

static void files_of_a_series_have_time_and_number(void **state)
{
	static const char *const outputs[] = { "dir.dat/a.dat", "dir.dat/a" };
	struct bdt_series s;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(bdt_series_init(&s, outputs[i], true), 0);
		assert_int_equal(bdt_series_next(&s, NOON), 0);
		assert_string_equal(s.path, "dir.dat/a-20250621T120000Z-0001.dat");
		assert_null(s.previous);
		/* The clock of the machine was set back: names do not go with it. */
		assert_int_equal(bdt_series_next(&s, NOON - 3600), 0);
		assert_string_equal(s.path, "dir.dat/a-20250621T120000Z-0002.dat");
		assert_string_equal(s.previous, "a-20250621T120000Z-0001.dat");
		assert_int_equal(bdt_series_next(&s, NOON + 1), 0);
		assert_string_equal(s.path, "dir.dat/a-20250621T120001Z-0003.dat");
		/* It could not be created: the one before stays the previous one. */
		bdt_series_drop(&s);
		assert_int_equal(bdt_series_next(&s, NOON + 2), 0);
		assert_string_equal(s.path, "dir.dat/a-20250621T120002Z-0004.dat");
		assert_string_equal(s.previous, "a-20250621T120000Z-0002.dat");
		bdt_series_finish(&s);
	}
	assert_int_equal(bdt_series_init(&s, ".dat", true), 0);
	assert_string_equal(s.stem, ".dat");
	bdt_series_finish(&s);
}

static void names_are_recognised(void **state)
{
	static const char *const others[] = {
		"a.dat",
		"a-20250621T120000Z-0001.dat.part",
		"a-20250621T120000Z-0001.dat.cpu0.part",
		"a-20250621T120000Z-0001.dat.old",
		"a-20250621T120000Z-001.dat",
		"a-20250621T120000Z-000x.dat",
		"a-20250621 120000Z-0001.dat",
		"a-2025062xT120000Z-0001.dat",
		"b-20250621T120000Z-0001.dat",
		"a-b-20250621T120000Z-0001.dat",
		"a-20250621T120000Z-0001",
		"a-",
		"a",
		"",
	};
	struct bdt_series_file file;

	(void)state;
	assert_true(bdt_series_match("a", "a-20250621T120000Z-0001.dat", &file));
	assert_string_equal(file.time, "20250621T120000Z");
	assert_int_equal(file.number, 1);
	assert_true(bdt_series_match("a", "a-20250621T120000Z-123456.dat", &file));
	assert_int_equal(file.number, 123456);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(bdt_series_match("a", others[i], &file));
}

static void make_file(const char *dir, const char *name, off_t size)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_CREAT | O_WRONLY, 0666);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	close(fd);
}

static void the_oldest_files_go_first(void **state)
{
	char dir[] = "test_series.XXXXXX", output[64], command[64];
	struct bdt_series_list list;
	struct bdt_series s;
	uint32_t deleted = 0;

	(void)state;
	assert_non_null(mkdtemp(dir));
	make_file(dir, "a-20250621T120000Z-10000.dat", 400);
	make_file(dir, "a-20250621T120000Z-9999.dat", 300);
	make_file(dir, "a-20250621T120001Z-0001.dat", 500);
	make_file(dir, "a-20250101T000000Z-0007.dat", 200);
	make_file(dir, "a-20250621T120001Z-0002.dat.part", 1000);
	make_file(dir, "b-20250621T120000Z-0001.dat", 1000);
	snprintf(output, sizeof(output), "%s/a.dat", dir);
	assert_int_equal(bdt_series_init(&s, output, true), 0);
	/* The name of a file that is being written is taken as well. */
	s.number = 1;
	assert_int_equal(bdt_series_next(&s, NOON + 1), 0);
	assert_non_null(strstr(s.path, "/a-20250621T120001Z-0003.dat"));

	assert_int_equal(bdt_series_list(&s, &list), 0);
	assert_int_equal(list.n, 4);
	assert_int_equal(list.bytes, 1400);
	assert_string_equal(list.files[0].name, "a-20250101T000000Z-0007.dat");
	assert_string_equal(list.files[1].name, "a-20250621T120000Z-9999.dat");
	assert_string_equal(list.files[2].name, "a-20250621T120000Z-10000.dat");
	assert_string_equal(list.files[3].name, "a-20250621T120001Z-0001.dat");

	assert_int_equal(bdt_series_excess(&list, 0, 0), 0);
	assert_int_equal(bdt_series_excess(&list, 4, 0), 0);
	assert_int_equal(bdt_series_excess(&list, 3, 0), 1);
	assert_int_equal(bdt_series_excess(&list, 1, 0), 3);
	assert_int_equal(bdt_series_excess(&list, 0, 1400), 0);
	assert_int_equal(bdt_series_excess(&list, 0, 1399), 1);
	assert_int_equal(bdt_series_excess(&list, 0, 900), 2);
	assert_int_equal(bdt_series_excess(&list, 3, 900), 2);
	/* The newest stays, however large it is. */
	assert_int_equal(bdt_series_excess(&list, 0, 1), 3);

	bdt_series_delete(&s, &list, 2, &deleted, NULL);
	assert_int_equal(deleted, 2);
	bdt_series_list_finish(&list);
	assert_int_equal(bdt_series_list(&s, &list), 0);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.files[0].name, "a-20250621T120000Z-10000.dat");
	bdt_series_list_finish(&list);
	bdt_series_finish(&s);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

static void an_empty_series_has_nothing_to_delete(void **state)
{
	struct bdt_series_list none = { NULL, 0, 0 };

	(void)state;
	assert_int_equal(bdt_series_excess(&none, 1, 1), 0);
}

static void expect(const struct bdt_record_options *o, const struct bdt_bounds_state *state,
		   enum bdt_bounds_action action, const char *why)
{
	const char *got = "";

	assert_int_equal(bdt_bounds_check(o, state, &got), action);
	assert_string_equal(got, why);
}

static void bounds_are_met_by_what_waits_as_well(void **state)
{
	struct bdt_record_options o = { .max_bytes = 1000, .rotate_bytes = 300, .rotate_ns = 50 };
	struct bdt_bounds_state s = { .file_bytes = 200, .free_bytes = UINT64_MAX, .may_cut = true };

	(void)state;
	expect(&o, &s, BDT_BOUNDS_GO_ON, "");
	s.pending_bytes = 100;
	expect(&o, &s, BDT_BOUNDS_CUT, "--rotate-size");
	s.may_cut = false;
	expect(&o, &s, BDT_BOUNDS_GO_ON, "");
	s.other_bytes = 700;
	expect(&o, &s, BDT_BOUNDS_STOP, "--max-size");
	s.other_bytes = s.pending_bytes = 0;
	s.file_ns = 50;
	expect(&o, &s, BDT_BOUNDS_GO_ON, "");
	s.may_cut = true;
	expect(&o, &s, BDT_BOUNDS_CUT, "--rotate-time");
}

static void a_full_disk_costs_old_files_first(void **state)
{
	struct bdt_record_options o = { .min_free_bytes = 100 };
	struct bdt_bounds_state s = { .free_bytes = 100, .may_cut = true, .may_delete = true };

	(void)state;
	expect(&o, &s, BDT_BOUNDS_GO_ON, "");
	s.free_bytes = 99;
	expect(&o, &s, BDT_BOUNDS_DELETE, "--min-free");
	s.may_delete = false;
	expect(&o, &s, BDT_BOUNDS_STOP, "--min-free");
	o.min_free_bytes = 0;
	expect(&o, &s, BDT_BOUNDS_GO_ON, "");
}

static void readers_stop_at_the_nearest_bound(void **state)
{
	struct bdt_record_options o = { .max_bytes = 1000, .rotate_bytes = 300 };
	struct bdt_bounds_state s = { .may_cut = true };

	(void)state;
	assert_int_equal(bdt_bounds_limit(&o, &s), 300);
	/* Late files may become larger than they should, all together not. */
	assert_int_equal(bdt_bounds_most(&o, &s), 1000);
	s.other_bytes = 900;
	assert_int_equal(bdt_bounds_limit(&o, &s), 100);
	s.other_bytes = 1100;
	assert_int_equal(bdt_bounds_limit(&o, &s), 0);
	assert_int_equal(bdt_bounds_most(&o, &s), 0);
	s.other_bytes = 0;
	s.may_cut = false;
	assert_int_equal(bdt_bounds_limit(&o, &s), 1000);
	o.max_bytes = 0;
	assert_true(bdt_bounds_limit(&o, &s) == UINT64_MAX);
	assert_true(bdt_bounds_most(&o, &s) == UINT64_MAX);
}

static void lists_of_cpus(void **state)
{
	struct bdt_cpus cpus = { NULL, 0 };

	(void)state;
	assert_int_equal(bdt_cpus_parse(&cpus, "0-2,5,8-9\n"), 0);
	assert_int_equal(cpus.n, 6);
	assert_int_equal(cpus.ids[3], 5);
	assert_true(bdt_cpus_has(&cpus, 0));
	assert_true(bdt_cpus_has(&cpus, 9));
	assert_false(bdt_cpus_has(&cpus, 4));
	/* What makes no sense ends the list. */
	assert_int_equal(bdt_cpus_parse(&cpus, "3,2-1,7"), 0);
	assert_int_equal(cpus.n, 1);
	assert_int_equal(bdt_cpus_parse(&cpus, "0-4000000000"), 0);
	assert_int_equal(cpus.n, 0);
	assert_false(bdt_cpus_has(&cpus, 0));
	assert_int_equal(bdt_cpus_parse(&cpus, ""), 0);
	assert_int_equal(cpus.n, 0);
	bdt_cpus_finish(&cpus);
}

static void a_file_has_its_part_of_the_statistics(void **state)
{
	static const char text[] = "entries: 3\noverrun: 10\ncommit overrun: 2\nbytes: 99\n"
				   "now ts:  2.000000\ndropped events: 5\nread events: 100";
	struct bdt_ring_stats begin = { .overrun = 4, .commit_overrun = 1, .dropped = 5, .read = 60 }, end;
	struct bdt_text out = { NULL, 0, 0 };
	struct bdt_loss_cpu loss;

	(void)state;
	assert_int_equal(bdt_ring_stats_since(&begin, text, &out), 0);
	assert_string_equal(out.data, "entries: 3\noverrun: 6\ncommit overrun: 1\nbytes: 99\n"
				      "now ts:  2.000000\ndropped events: 0\nread events: 40\n");
	assert_int_equal(out.size, strlen(out.data));
	bdt_text_finish(&out);
	bdt_ring_stats_parse(&end, text);
	assert_int_equal(end.bytes, 99);
	/* What is left in the ring is the next file's, unless there is none. */
	loss = bdt_ring_stats_loss(&begin, &end, 0, 40, false);
	assert_int_equal(loss.written, 47);
	assert_int_equal(loss.overrun, 6);
	assert_int_equal(loss.dropped, 1);
	loss = bdt_ring_stats_loss(&begin, &end, 0, 40, true);
	assert_int_equal(loss.written, 50);
}

static void the_recorder_knows_its_threads(void **state)
{
	static struct bdt_self self;
	char list[64], pid[16];

	(void)state;
	bdt_self_begin(&self);
	assert_true(bdt_self_has(&self, (int)getpid()));
	assert_false(bdt_self_has(&self, 1));
	assert_false(bdt_self_has(&self, 0));
	assert_false(bdt_self_has(&self, -1));
	/* Another thread whose id falls on the same place. */
	atomic_store(&self.tids[0][((unsigned int)getpid() + 1) % BDT_SELF_SLOTS],
		     (int)getpid() + BDT_SELF_SLOTS);
	assert_true(bdt_self_has(&self, (int)getpid() + BDT_SELF_SLOTS));
	bdt_self_list(&self, list, sizeof(list));
	snprintf(pid, sizeof(pid), "%ld", (long)getpid());
	assert_non_null(strstr(list, pid));
	assert_true(bdt_self_rss_kb() > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_single_file_has_the_name_that_was_given),
		cmocka_unit_test(files_of_a_series_have_time_and_number),
		cmocka_unit_test(names_are_recognised),
		cmocka_unit_test(the_oldest_files_go_first),
		cmocka_unit_test(an_empty_series_has_nothing_to_delete),
		cmocka_unit_test(bounds_are_met_by_what_waits_as_well),
		cmocka_unit_test(a_full_disk_costs_old_files_first),
		cmocka_unit_test(readers_stop_at_the_nearest_bound),
		cmocka_unit_test(lists_of_cpus),
		cmocka_unit_test(a_file_has_its_part_of_the_statistics),
		cmocka_unit_test(the_recorder_knows_its_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
