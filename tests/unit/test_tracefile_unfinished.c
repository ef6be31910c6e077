/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings whose writer died: at any of its system calls, or leaving any part of a file behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "faults.h"
#include "little_recording.h"
#include "tracefile_fixture.h"
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs `work` in a process of its own, which dies at call number `die_at`; false when it did not come to
 * that. */
static bool run_until(uint64_t die_at, void (*work)(const char *path), const char *path)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		faults.calls = 0;
		faults.die_at = die_at;
		work(path);
		_exit(1);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == 0;
}

static void check_pages(const struct bdt_tracefile *tf, size_t i, uint64_t least, uint64_t most)
{
	struct bdt_diag diag = { 0 };
	struct bdt_pages *pages;
	uint8_t want[FIXTURE_PAGE];
	const uint8_t *data;
	uint64_t seen = 0;
	size_t n;
	int ret;

	assert_int_equal(bdt_pages_open(tf, i, &pages, &diag), 0);
	while (!(ret = bdt_pages_next(pages, &data, &n, &diag)))
		for (size_t k = 0; k < n; k++, seen++) {
			fixture_page(want, bdt_tracefile_cpu(tf, i)->cpu / 2, (unsigned int)seen);
			assert_memory_equal(data + k * FIXTURE_PAGE, want, FIXTURE_PAGE);
		}
	if (ret != 1)
		fail_msg("%s", diag.text);
	if (seen < least || seen > most)
		fail_msg("CPU index %zu: %ju sub-buffers, want %ju to %ju", i, (uintmax_t)seen,
			 (uintmax_t)least, (uintmax_t)most);
	bdt_pages_close(pages);
}

static void check_facts(const struct bdt_tracefile *tf)
{
	const char *value = bdt_tracefile_machine(tf, "record.missed");
	size_t len;

	assert_string_equal(bdt_tracefile_machine(tf, "uname.release"), "6.18.44");
	assert_true(value && (!strcmp(value, "0") || (!little->fact && !strcmp(value, "?"))));
	assert_true(!little->fact || !strcmp(bdt_tracefile_machine(tf, "vmstat.pgfree.begin"), "7"));
	assert_true(bdt_tracefile_nsnapshots(tf) == 1 || !little->snapshot);
	assert_true(!little->snapshot || bdt_tracefile_snapshot(tf, 0)->has_pageflags);
	assert_string_equal(bdt_tracefile_info(tf)->clock, "mono");
	assert_string_equal(bdt_tracefile_info(tf)->uname, "Linux test");
	assert_int_equal(bdt_tracefile_info(tf)->tsc_mult, 5);
	assert_int_equal(bdt_tracefile_nformats(tf), 1);
	assert_string_equal(bdt_tracefile_kallsyms(tf, &len), "ffff0000 T here\n");
	assert_memory_equal(bdt_tracefile_cmdlines(tf, &len), "1 init\n", 7);
}

/* The index of a CPU in the file that was index `i` in the writer, -1 = not there. */
static int find_cpu(const struct bdt_tracefile *tf, size_t i)
{
	for (size_t k = 0; k < bdt_tracefile_ncpus(tf); k++)
		if (bdt_tracefile_cpu(tf, k)->cpu == little_cpus[i])
			return (int)k;
	return -1;
}

/* Everything that was flushed is there, and nothing that was not appended. */
static void check_file(const char *path, bool complete)
{
	struct bdt_diag diag = { 0 };
	struct bdt_tracefile *tf = NULL;
	int err = bdt_tracefile_open(path, &tf, &diag);

	if (err && little->started)
		fail_msg("%s", diag.text);
	if (err)
		return;
	assert_true(!complete || !bdt_tracefile_info(tf)->cut);
	for (size_t i = 0; i < LITTLE_CPUS; i++) {
		int k = find_cpu(tf, i);

		assert_true(k >= 0 || !little->flushed[i]);
		if (k >= 0)
			check_pages(tf, (size_t)k, little->flushed[i], little->appended[i]);
	}
	if (little->started)
		check_facts(tf);
	bdt_tracefile_close(tf);
}

static bool exists(const char *name)
{
	return !access(fixture_path(name), F_OK);
}

static void remove_all(void)
{
	static const char *const names[] = {
		"t",     "t.part",     "t.cpu0.part",     "t.cpu2.part",     "t.cpu5.part",
		"t.old", "t.old.part", "t.old.cpu0.part", "t.old.cpu2.part", "t.old.cpu5.part",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(fixture_path(names[i]));
	memset(little, 0, sizeof(*little));
}

static void work_all(const char *path)
{
	little_finish(little_record(path));
}

static void work_recover(const char *path)
{
	struct bdt_recovery done;

	little_must(bdt_tracefile_recover(path, &done, NULL, NULL));
}

/* As it is, then completed: in one go, or by a recovery that dies at each of its calls in turn. */
static void check_leftover(const char *path, bool interrupted)
{
	struct bdt_recovery done;
	struct bdt_diag diag = { 0 };
	int err;

	check_file(path, false);
	for (uint64_t call = 1; interrupted && little->started && exists("t.part"); call++)
		if (run_until(call, work_recover, path))
			check_file(path, false);
	if (exists("t.part")) {
		err = bdt_tracefile_recover(path, &done, NULL, &diag);
		if (err && little->started)
			fail_msg("%s", diag.text);
		if (err)
			return;
	}
	check_file(path, true);
	assert_false(exists("t.part") || exists("t.cpu0.part") || exists("t.cpu2.part"));
}

/* `step`: only each step-th call. */
static uint64_t die_everywhere(uint64_t step, bool interrupted)
{
	char path[512];
	uint64_t call;

	snprintf(path, sizeof(path), "%s", fixture_path("t"));
	for (call = 1;; call += step) {
		remove_all();
		if (!run_until(call, work_all, path))
			break;
		check_leftover(path, interrupted);
	}
	assert_true(little->finished);
	return call;
}

static void killed_at_any_call(void **state)
{
	(void)state;
	faults = (struct faults){ .copy_max = 600 };
	assert_true(die_everywhere(1, false) > 30);
}

static void killed_at_any_call_on_a_full_disk(void **state)
{
	(void)state;
	faults = (struct faults){ .copy_max = 600, .disk_is_full = true };
	assert_true(die_everywhere(1, false) > 40);
}

static void killed_without_copy_file_range(void **state)
{
	(void)state;
	faults = (struct faults){ .no_copy = true };
	assert_true(die_everywhere(1, false) > 30);
}

static void killed_while_recovering(void **state)
{
	(void)state;
	faults = (struct faults){ .copy_max = 600, .disk_is_full = true };
	die_everywhere(5, true);
}

/* Leaves a recording of which every file is on the disk. */
static void work_unfinished(const char *path)
{
	struct bdt_writer *w = little_record(path);

	little_flush(w, 0);
	little_flush(w, 1);
	_exit(0);
}

static void make_unfinished(char *path, size_t size)
{
	faults = (struct faults){ 0 };
	remove_all();
	snprintf(path, size, "%s", fixture_path("t"));
	assert_true(run_until(0, work_unfinished, path));
}

static uint64_t count_all(const char *path, bool *opened)
{
	struct bdt_tracefile *tf = NULL;
	struct bdt_diag diag = { 0 };
	int err = bdt_tracefile_open(path, &tf, &diag);
	uint64_t n;

	*opened = !err;
	if (err) {
		assert_true(err == -ENODATA || err == -EBADMSG);
		return 0;
	}
	assert_true(bdt_tracefile_info(tf)->unfinished);
	n = fixture_exercise(tf, &diag);
	if (diag.err && diag.err != -ENODATA)
		fail_msg("%s", diag.text);
	bdt_tracefile_close(tf);
	return n;
}

static void a_spool_cut_anywhere(void **state)
{
	char path[512];
	uint64_t before = 0;
	uint8_t *data;
	size_t size;
	bool opened;

	(void)state;
	make_unfinished(path, sizeof(path));
	data = fixture_read(fixture_path("t.cpu2.part"), &size);
	for (size_t left = 0; left <= size; left++) {
		uint64_t n;

		fixture_store(fixture_path("t.cpu2.part"), data, left);
		n = count_all(path, &opened);
		assert_true(opened && n >= before);
		assert_true(n == 6 || n == 6 + 64 || n == 6 + 70);
		before = n;
	}
	assert_int_equal(before, 6 + 70);
	/* What comes behind the last chunk may be anything, and so may be the end of the last one. */
	for (size_t at = size - 40; at < size; at++) {
		uint8_t saved = data[at];

		data[at] ^= 0x55;
		fixture_store(fixture_path("t.cpu2.part"), data, size);
		count_all(path, &opened);
		assert_true(opened);
		data[at] = saved;
	}
	free(data);
}

static void a_head_cut_anywhere(void **state)
{
	char path[512], part[512];
	bool opened, was = false;
	uint8_t *data;
	size_t size;

	(void)state;
	make_unfinished(path, sizeof(path));
	snprintf(part, sizeof(part), "%s", fixture_path("t.part"));
	data = fixture_read(part, &size);
	for (size_t left = 0; left <= size; left++) {
		fixture_store(part, data, left);
		count_all(part, &opened);
		/* Once it opens, more of it does not hurt. */
		assert_true(opened || !was);
		was = opened;
	}
	assert_true(was);
	assert_int_equal(count_all(part, &opened), 6 + 70);
	free(data);
}

static void recovery_takes_what_is_there(void **state)
{
	struct bdt_tracefile *tf;
	struct bdt_recovery done;
	uint8_t *data;
	char path[512];
	size_t size;

	(void)state;
	make_unfinished(path, sizeof(path));
	data = fixture_read(fixture_path("t.cpu2.part"), &size);
	fixture_store(fixture_path("t.cpu2.part"), data, size - 1);
	free(data);
	assert_int_equal(bdt_tracefile_recover(fixture_path("t.part"), &done, NULL, NULL), 0);
	assert_string_equal(done.path, path);
	assert_int_equal(done.subbuffers, 6 + 64);
	assert_true(done.left_out > 0);
	assert_int_equal(bdt_tracefile_open(path, &tf, NULL), 0);
	assert_int_equal(bdt_tracefile_info(tf)->file_bytes, done.file_bytes);
	assert_false(bdt_tracefile_info(tf)->cut);
	assert_int_equal(bdt_tracefile_ncpus(tf), 2);
	assert_non_null(bdt_tracefile_machine(tf, "record.recovered"));
	bdt_tracefile_close(tf);
	assert_int_equal(bdt_tracefile_recover(path, &done, NULL, NULL), -ENOENT);
}

static void nobody_recovers_what_is_being_written(void **state)
{
	struct bdt_recovery done;
	struct bdt_diag diag = { 0 };
	struct bdt_writer *w;

	(void)state;
	remove_all();
	w = little_record(fixture_path("t"));
	assert_int_equal(bdt_tracefile_recover(fixture_path("t"), &done, NULL, &diag), -EBUSY);
	assert_non_null(strstr(diag.text, "another process is writing it"));
	little_finish(w);
	check_file(fixture_path("t"), true);
}

static void a_leftover_is_kept(void **state)
{
	char path[512];

	(void)state;
	make_unfinished(path, sizeof(path));
	little_finish(little_writer(path));
	assert_true(exists("t.old.part") && exists("t.old.cpu0.part") && exists("t"));
	assert_false(exists("t.part") || exists("t.cpu0.part"));
	check_file(fixture_path("t.old"), false);
	/* A second one takes its place. */
	make_unfinished(path, sizeof(path));
	assert_false(exists("t.old.part"));
	little_finish(little_writer(path));
	check_file(fixture_path("t.old.part"), false);
}

static void a_file_per_cpu_with_events(void **state)
{
	struct bdt_writer *w;

	(void)state;
	remove_all();
	w = little_record(fixture_path("t"));
	assert_true(exists("t.cpu0.part") && exists("t.cpu2.part") && !exists("t.cpu5.part"));
	assert_true(bdt_writer_bytes(w) > 500);
	assert_int_equal(bdt_writer_format(w, "test", "x", 1), -EINVAL);
	assert_int_equal(bdt_writer_kallsyms(w, "x", 1), -EINVAL);
	bdt_writer_abandon(w);
	assert_false(exists("t.part") || exists("t.cpu0.part") || exists("t.cpu2.part") || exists("t"));
}

static int set_up(void **state)
{
	(void)state;
	fixture_open();
	little = mmap(NULL, sizeof(*little), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return little == MAP_FAILED;
}

static int tear_down(void **state)
{
	(void)state;
	faults = (struct faults){ 0 };
	fixture_close();
	return munmap(little, sizeof(*little));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(killed_at_any_call),
		cmocka_unit_test(killed_at_any_call_on_a_full_disk),
		cmocka_unit_test(killed_without_copy_file_range),
		cmocka_unit_test(killed_while_recovering),
		cmocka_unit_test(a_spool_cut_anywhere),
		cmocka_unit_test(a_head_cut_anywhere),
		cmocka_unit_test(recovery_takes_what_is_there),
		cmocka_unit_test(nobody_recovers_what_is_being_written),
		cmocka_unit_test(a_leftover_is_kept),
		cmocka_unit_test(a_file_per_cpu_with_events),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
