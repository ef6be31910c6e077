/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <buddytrace/record.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * record_root ROOT OUTPUT SECONDS: records the running kernel, with /proc and /sys read below ROOT: so that a
 * test can let CPUs come.
 */
int main(int argc, char **argv)
{
	struct bdt_record_options options = { .clock = "mono", .no_snapshots = true };
	struct bdt_record_summary summary;
	struct bdt_diag diag;

	if (argc < 4)
		return 2;
	options.root = argv[1];
	options.output = argv[2];
	options.duration_ns = strtoull(argv[3], NULL, 10) * 1000000000;
	bdt_diag_clear(&diag);
	if (!bdt_record_run(&options, &summary, NULL, &diag))
		return 0;
	fprintf(stderr, "%s\n", diag.text);
	return 1;
}
