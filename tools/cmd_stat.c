/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd.h"
#include "stat_print.h"
#include <errno.h>
#include <stdlib.h>

#define MAX_BINS 1024

static struct {
	bool json;
	uint64_t top, bins;
} opt = { .top = 10, .bins = 20 };

static const struct bdt_option options[] = {
	{ "top", 'n', BDT_OPT_NUMBER, "N", "rows of each table, the rest is added up; 0 = all (default 10)",
	  &opt.top, NULL },
	{ "bins", 0, BDT_OPT_NUMBER, "N", "spans of time to tell apart, 0 = none (default 20, at most 1024)",
	  &opt.bins, NULL },
	{ "json", 0, BDT_OPT_FLAG, NULL, "print as JSON, with all rows", &opt.json, NULL },
	{ 0 },
};

static int add_file(struct bdt_stat *stat, const char *path, struct bdt_diag *diag)
{
	struct bdt_tracefile *file = NULL;
	int ret = bdt_open_recording(path, &file, diag);

	if (!ret)
		ret = bdt_stat_add(stat, file, bdt_tool_log(), diag);
	bdt_progress_clear();
	bdt_tracefile_close(file);
	return ret;
}

/* Of `files` the first ones were counted. */
static int print(struct bdt_stat *stat, char **files)
{
	static struct bdt_stat_bin bins[MAX_BINS];
	struct bdt_stat_view view = { .result = bdt_stat_result(stat),
				      .bins = bins,
				      .files = files,
				      .top = opt.top };

	if (!view.result)
		return -ENOMEM;
	view.nfiles = view.result->files;
	view.nbins = bdt_stat_series(stat, bins, opt.bins);
	if (opt.json)
		bdt_stat_json(&view);
	else
		bdt_stat_text(&view);
	return 0;
}

static int run(int argc, char **argv)
{
	struct bdt_stat *stat = NULL;
	struct bdt_diag diag;
	int i, ret, code, err;

	if (opt.bins > MAX_BINS)
		return bdt_usage_error(&bdt_cmd_stat, "--bins is at most %d", MAX_BINS);
	bdt_diag_clear(&diag);
	ret = bdt_stat_create(&stat, &diag);
	for (i = 0; !ret && i < argc; i++)
		ret = add_file(stat, argv[i], &diag);
	/* What was read before an error is told too, unless there is nothing. */
	err = stat && (!ret || bdt_stat_result(stat)->files) ? print(stat, argv) : 0;
	code = bdt_stdout_close();
	if (ret || err)
		code = bdt_fail(i ? argv[i - 1] : NULL, ret ? ret : err, &diag);
	bdt_stat_destroy(stat);
	return code;
}

const struct bdt_cmd bdt_cmd_stat = {
	.name = "stat",
	.args = "FILE...",
	.help = "count what was observed: fallbacks, compaction, direct reclaim, allocations",
	.about = "Reads recordings and counts their events, without any model.  Several FILEs are\n"
		 "the files of one series, in their order.  Call sites are known when the\n"
		 "recording has stack traces (record --stacks).\n",
	.options = options,
	.min_args = 1,
	.max_args = 1 << 20,
	.run = run,
};
