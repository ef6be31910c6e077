/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <buddytrace/record.h>
#include <signal.h>
#include <stdio.h>

/*
 * record_root ROOT OUTPUT: records the running kernel until a Ctrl-C, with /proc and /sys read below ROOT: so
 * that a test can let CPUs come.
 */

static volatile sig_atomic_t stop;

static void request_stop(int sig)
{
	(void)sig;
	stop = 1;
}

int main(int argc, char **argv)
{
	struct bdt_record_options options = { .clock = "mono", .no_snapshots = true, .stop = &stop };
	struct sigaction action = { .sa_handler = request_stop };
	struct bdt_record_summary summary;
	struct bdt_diag diag;

	if (argc < 3)
		return 2;
	options.root = argv[1];
	options.output = argv[2];
	sigaction(SIGINT, &action, NULL);
	bdt_diag_clear(&diag);
	if (!bdt_record_run(&options, &summary, NULL, &diag))
		return 0;
	fprintf(stderr, "%s\n", diag.text);
	return 1;
}
