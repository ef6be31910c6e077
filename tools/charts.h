/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BT_TOOLS_CHARTS_H
#define BT_TOOLS_CHARTS_H

#include <buddytrace/diag.h>
#include <buddytrace/report.h>
#include <stdbool.h>

/* What plot and report have in common: drawing the charts of a replay directory and telling about it. */
struct bdt_charts {
	const char *dir;
	enum bdt_plot_format format;
	bool drawn; /* false: there is no gnuplot */
};

/* Draws; a line on stderr says so when gnuplot is missing.  Errors: those of bdt_plot_run(). */
int bdt_charts_draw(struct bdt_charts *charts, struct bdt_diag *diag);
/* A line on stdout for each file that was written. */
void bdt_charts_list(const struct bdt_charts *charts);
/* The same as JSON; `html` is the report page, NULL = none was written. */
void bdt_charts_json(const struct bdt_charts *charts, const char *html);

#endif
