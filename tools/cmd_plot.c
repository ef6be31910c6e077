/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "charts.h"
#include "cmd.h"

static unsigned int format;
static bool json;

static const char *const formats[] = { "svg", "png", NULL };

static const struct bdt_option options[] = {
	{ "format", 'f', BDT_OPT_CHOICE, "svg|png", "kind of picture (default svg)", &format, formats },
	{ "json", 0, BDT_OPT_FLAG, NULL, "list the files that were written as JSON", &json, NULL },
	{ NULL },
};

static int run(int argc, char **argv)
{
	struct bdt_charts charts = { .dir = argv[0], .format = (enum bdt_plot_format)format };
	struct bdt_diag diag;
	int err;

	(void)argc;
	bdt_diag_clear(&diag);
	err = bdt_charts_draw(&charts, &diag);
	if (err)
		return bdt_fail(NULL, err, &diag);
	if (json)
		bdt_charts_json(&charts, NULL);
	else
		bdt_charts_list(&charts);
	return bdt_stdout_close();
}

const struct bdt_cmd bdt_cmd_plot = {
	.name = "plot",
	.args = "DIR",
	.help = "draw the charts of a replay directory",
	.about = "DIR was filled by buddytrace replay -o DIR.  Each chart leaves its gnuplot\n"
		 "script and its data beside the picture; without gnuplot only these are written.\n",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
