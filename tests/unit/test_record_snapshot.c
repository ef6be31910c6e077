/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "fakeroot.h"
#include <cmocka.h>
#include <fcntl.h>
#include <record/snapshot.h>
#include <stdio.h>
#include <string.h>
#include <tracefile/format.h>
#include <unistd.h>

/* Snapshots of machines that are not like others. */

static unsigned int warnings;

static uint64_t read_clock(const struct bdt_clock *clock)
{
	(void)clock;
	return 1000;
}

static void warn(void *user, const char *text)
{
	(void)user;
	warnings += strstr(text, "0x40000000") != NULL;
}

/* A file of flags that are all 0 and take no room on the disk; false where that cannot be. */
static bool put_pageflags(uint64_t pages)
{
	char path[320];
	int fd;
	bool done;

	fakeroot_put("proc/kpageflags", "");
	snprintf(path, sizeof(path), "%s/proc/kpageflags", fakeroot);
	fd = open(path, O_WRONLY);
	done = fd >= 0 && !ftruncate(fd, (off_t)(pages * sizeof(uint64_t)));
	if (fd >= 0)
		close(fd);
	return done;
}

static void memory_above_what_a_file_can_hold_is_left_out(void **state)
{
	static const struct bdt_clock clock = { .name = "test", .read = read_clock };
	static const struct bdt_log log = { .warn = warn };
	static const uint32_t cpu;
	const struct bdt_writer_options options = {
		.long_size = 8, .page_size = 4096, .clock = "mono", .cpus = &cpu, .ncpus = 1
	};
	struct bdt_snapshotter s = { .root = fakeroot, .clock = &clock, .log = &log };
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), top = BT_PAGEFLAGS_PFNS * page;
	struct bdt_tracefile *tf = NULL;
	char iomem[256], path[320];

	(void)state;
	snprintf(iomem, sizeof(iomem), "%llx-%llx : System RAM\n%llx-%llx : System RAM\n", 16ull * page,
		 32ull * page - 1, (unsigned long long)(top - page), (unsigned long long)(top + page - 1));
	fakeroot_put("proc/iomem", iomem);
	if (!put_pageflags(BT_PAGEFLAGS_PFNS + 16))
		skip();
	assert_int_equal(bdt_snapshotter_prepare(&s, true), 0);
	assert_int_equal(warnings, 1);
	snprintf(path, sizeof(path), "%s/a.dat", fakeroot);
	assert_int_equal(bdt_writer_create(path, &options, &s.writer, NULL), 0);
	bdt_writer_header_info(s.writer, "p", 1, "e", 1);
	assert_int_equal(bdt_snapshotter_start(&s), 0);
	bdt_snapshotter_finish(&s);
	assert_int_equal(bdt_writer_finish(s.writer, NULL, NULL), 0);

	assert_int_equal(bdt_tracefile_open(path, &tf, NULL), 0);
	assert_int_equal(bdt_tracefile_nsnapshots(tf), 1);
	assert_true(bdt_tracefile_snapshot(tf, 0)->has_pageflags);
	bdt_tracefile_close(tf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(memory_above_what_a_file_can_hold_is_left_out, fakeroot_make,
						fakeroot_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
