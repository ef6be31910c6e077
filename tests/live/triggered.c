/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <buddytrace/record.h>
#include <glob.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * triggered DIR: a flight recorder of the running kernel that believes the /proc/vmstat in DIR, where
 * allocations stall, more and more, until there is a file.  Prints its name.
 */

#define PATIENCE 1200 /* tenths of a second */

static volatile sig_atomic_t stop;
static char vmstat[4096];

/* At once, since a counter that is missing for a moment looks as if it had risen. */
static void write_vmstat(unsigned int stalls)
{
	char path[sizeof(vmstat) + 8];
	FILE *file;

	snprintf(path, sizeof(path), "%s.new", vmstat);
	file = fopen(path, "w");
	if (!file)
		exit(2);
	fprintf(file, "pgfree 1\nallocstall_normal %u\nallocstall_movable 7\ncompact_fail 7\n", stalls);
	if (fclose(file) || rename(path, vmstat))
		exit(2);
}

static bool is_written(const char *dir)
{
	char pattern[4096];
	glob_t found;
	bool any;

	snprintf(pattern, sizeof(pattern), "%s/flight-*.dat", dir);
	any = !glob(pattern, 0, NULL, &found);
	globfree(&found);
	return any;
}

static void *stall(void *arg)
{
	for (unsigned int i = 0; i < PATIENCE && !is_written(arg); i++) {
		write_vmstat(5 * i);
		usleep(100000);
	}
	stop = 1;
	return NULL;
}

/* All is as it is, but for vmstat. */
static void make_root(const char *root)
{
	static const char *const real[] = { "/sys",           "/proc/buddyinfo", "/proc/pagetypeinfo",
					    "/proc/zoneinfo", "/proc/iomem",     "/proc/kpageflags",
					    "/proc/version",  "/proc/cmdline" };
	char path[4096];

	snprintf(path, sizeof(path), "%s/proc", root);
	if (mkdir(root, 0700) || mkdir(path, 0700))
		exit(2);
	for (size_t i = 0; i < sizeof(real) / sizeof(real[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", root, real[i]);
		if (symlink(real[i], path))
			exit(2);
	}
	snprintf(vmstat, sizeof(vmstat), "%s/proc/vmstat", root);
	write_vmstat(0);
}

int main(int argc, char **argv)
{
	static const char *const triggers[] = { "compact-fail=1/s", "stall=10/s", NULL };
	struct bdt_record_options options = {
		.profile = "flight", .triggers = triggers, .after_ns = 200000000, .stop = &stop
	};
	struct bdt_record_summary summary;
	char root[3072], output[3072];
	struct bdt_diag diag;
	pthread_t thread;

	if (argc != 2)
		return 2;
	snprintf(root, sizeof(root), "%s/root", argv[1]);
	snprintf(output, sizeof(output), "%s/flight.dat", argv[1]);
	make_root(root);
	options.root = root;
	options.output = output;
	bdt_diag_clear(&diag);
	pthread_create(&thread, NULL, stall, argv[1]);
	if (bdt_record_run(&options, &summary, NULL, &diag)) {
		fprintf(stderr, "%s\n", diag.text);
		return 1;
	}
	pthread_join(thread, NULL);
	puts(summary.last_file);
	return 0;
}
