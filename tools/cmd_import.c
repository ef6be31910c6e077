/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd.h"
#include <buddytrace/import.h>
#include <inttypes.h>

static struct {
	const char *output;
} opt;

static const struct bdt_option options[] = {
	{ "output", 'o', BDT_OPT_STRING, "FILE", "trace file to write; has to be given", &opt.output, NULL },
	{ 0 },
};

static int run(int argc, char **argv)
{
	struct bdt_import_summary summary;
	struct bdt_diag diag;
	int ret;

	(void)argc;
	if (!opt.output)
		return bdt_usage_error(&bdt_cmd_import, "option --output is missing");
	bdt_diag_clear(&diag);
	ret = bdt_import_run(argv[0], opt.output, &summary, bdt_tool_log(), &diag);
	if (ret)
		return bdt_fail(argv[0], ret, &diag);
	bdt_progress_clear();
	fprintf(stderr,
		"buddytrace: %s: %u CPUs, %" PRIu64 " sub-buffers, %u event formats, %u snapshots, %" PRIu64
		" bytes\n",
		opt.output, summary.cpus, summary.subbuffers, summary.formats, summary.snapshots,
		summary.file_bytes);
	return BDT_EXIT_OK;
}

const struct bdt_cmd bdt_cmd_import = {
	.name = "import",
	.args = "DIR",
	.help = "make a trace file from a captured machine (a directory of plain files)",
	.about = "For hosts where only cat and cp can be used.  DIR holds tracing/ (trace_clock,\n"
		 "saved_cmdlines, events/, per_cpu/cpuN/trace_pipe_raw), one directory per\n"
		 "snapshot with the files of its /proc, and uname.  Each file may be compressed\n"
		 "(.zst).\n",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
