/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "charts.h"
#include "cmd.h"
#include <buddytrace/replay.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *output, *kernel;
static bool json;

static const struct bdt_option options[] = {
	{ "output", 'o', BDT_OPT_STRING, "FILE", "the page to write (default: the input's name with .html)",
	  &output, NULL },
	{ "kernel", 0, BDT_OPT_STRING, "RELEASE", "replay as this kernel instead of the recorded one",
	  &kernel, NULL },
	{ "json", 0, BDT_OPT_FLAG, NULL, "list the files that were written as JSON", &json, NULL },
	{ NULL },
};

/* `path` without the ending `old` (if it has it) and with `new`, in a new string; NULL without memory. */
static char *renamed(const char *path, const char *old, const char *new)
{
	size_t n = strlen(path), end = strlen(old), size;
	char *out;

	while (n > 1 && path[n - 1] == '/')
		n--;
	if (n > end && !strncmp(path + n - end, old, end))
		n -= end;
	size = n + strlen(new) + 1;
	out = malloc(size);
	if (out)
		snprintf(out, size, "%.*s%s", (int)n, path, new);
	return out;
}

static bool is_directory(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* "." and the like: no page can be named after it. */
static bool is_nameless(const char *path)
{
	size_t n = strlen(path);

	while (n && path[n - 1] == '/')
		n--;
	while (n && path[n - 1] == '.')
		n--;
	return !n || path[n - 1] == '/';
}

static bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static int replay(const char *file, const char *dir, struct bdt_tracefile **tf, struct bdt_diag *diag)
{
	struct bdt_replay_options opts = { .kernel = kernel, .heal = BT_REPLAY_HEAL, .output = dir };
	struct bdt_replay_summary summary;
	int err = bdt_open_recording(file, tf, diag);

	if (!err)
		err = bdt_replay_run(*tf, &opts, &summary, bdt_tool_log(), diag);
	bdt_progress_clear();
	return err;
}

/* Replays unless `input` is a replay directory, plots, writes; returns an exit code. */
static int make(const char *input, const char *html, const char *dir)
{
	struct bdt_charts charts = { .dir = dir, .format = BDT_PLOT_SVG };
	struct bdt_tracefile *tf = NULL;
	struct bdt_diag diag;
	int err = 0;

	bdt_diag_clear(&diag);
	if (input != dir)
		err = replay(input, dir, &tf, &diag);
	if (err) {
		bdt_tracefile_close(tf);
		return bdt_fail(input, err, &diag);
	}
	err = bdt_charts_draw(&charts, &diag);
	if (!err)
		err = bdt_report_write(dir, tf, html, bdt_tool_log(), &diag);
	bdt_tracefile_close(tf);
	if (err)
		return bdt_fail(NULL, err, &diag);
	if (json)
		bdt_charts_json(&charts, html);
	else
		printf("%s\n", html);
	return bdt_stdout_close();
}

static int run(int argc, char **argv)
{
	bool directory = is_directory(argv[0]);
	char *html, *dir;
	int code;

	(void)argc;
	if (directory && kernel)
		return bdt_usage_error(&bdt_cmd_report, "--kernel goes with a recording: %s is not replayed again", argv[0]);
	if (directory && !output && is_nameless(argv[0]))
		return bdt_usage_error(&bdt_cmd_report, "'%s' gives the page no name: name one with --output", argv[0]);
	html = output ? strdup(output) : renamed(argv[0], directory ? ".replay" : ".dat", ".html");
	dir = html ? renamed(html, ".html", ".replay") : NULL;
	if (!dir)
		code = bdt_fail(argv[0], -ENOMEM, NULL);
	else if (same_file(argv[0], html))
		code = bdt_usage_error(&bdt_cmd_report, "%s would be replaced by its page: name another", html);
	else
		code = make(argv[0], html, directory ? argv[0] : dir);
	free(html);
	free(dir);
	return code;
}

const struct bdt_cmd bdt_cmd_report = {
	.name = "report",
	.args = "FILE|DIR",
	.help = "replay a recording and write a page with its figures and charts",
	.about = "FILE is a recording: it is replayed into a directory beside the page\n"
		 "(PAGE.replay).  DIR is such a directory: it is only plotted.  The page is one\n"
		 "HTML file without scripts that loads nothing.\n",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
