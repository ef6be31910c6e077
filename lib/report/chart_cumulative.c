/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/chart.h"
#include "report/format.h"
#include "report/series.h"
#include <stdlib.h>

/* Above the two sums, below the two kinds of misses, which the sums hide (they can cancel each other). */
#define MAX_BINS 400
#define HEIGHT   520
#define SPLIT    318 /* pixels: lower border of the upper panel */

static void write_sums(struct bdt_canvas *canvas, const struct bdt_series_row *bins, size_t n)
{
	struct bdt_series_row sum = { 0 };

	bdt_canvas_table(canvas, "time_s\tobserved\tpredicted\tobserved_only\tpredicted_only");
	fputs("0.000000000\t0\t0\t0\t0\n", canvas->tsv);
	for (size_t i = 0; i < n; i++) {
		bdt_series_add(&sum, &bins[i]);
		fprintf(canvas->tsv, "%.9f\t%llu\t%llu\t%llu\t%llu\n", bins[i].end_s,
			(unsigned long long)sum.observed, (unsigned long long)sum.predicted,
			(unsigned long long)sum.fn, (unsigned long long)sum.fp);
	}
}

static void draw(struct bdt_canvas *canvas, const struct bdt_tables *tables, uint64_t largest)
{
	uint64_t fn = BT_SERIES_SUM(tables, fn), fp = BT_SERIES_SUM(tables, fp);
	uint64_t misses = fn > fp ? fn : fp;
	const char *name = canvas->name;

	bdt_canvas_time(canvas, 0, tables->duration_s, false);
	bdt_canvas_axis(canvas, "y", 0, 1.05 * (double)largest, 1);
	bdt_canvas_key(canvas);
	bdt_canvas_labels(canvas, "fallbacks so far", "", 0);
	fprintf(canvas->gp,
		"plot '%s.tsv' index 0 using 1:2 with steps linewidth 6 linecolor rgb '%s' title 'observed', "
		"\\\n"
		"\t'' index 0 using 1:3 with steps linewidth 2 linecolor rgb '%s' title 'predicted'\n",
		name, BT_COLOR_OBSERVED, BT_COLOR_PREDICTED);
	bdt_canvas_lower(canvas, SPLIT, tables->duration_s, misses ? 1.1 * (double)misses : 1,
			 "misses so far");
	fprintf(canvas->gp,
		"plot '%s.tsv' index 0 using 1:4 with steps linewidth 2.5 linecolor rgb '%s' "
		"title 'observed only', \\\n"
		"\t'' index 0 using 1:5 with steps linewidth 2.5 linecolor rgb '%s' title 'predicted only'\n",
		name, BT_COLOR_MISSED, BT_COLOR_FALSE);
}

static int write(struct bdt_canvas *canvas, const struct bdt_tables *tables)
{
	uint64_t observed = BT_SERIES_SUM(tables, observed), predicted = BT_SERIES_SUM(tables, predicted);
	struct bdt_format text[4];
	struct bdt_series_row *bins;
	size_t n;
	int err = bdt_series_bins(tables, MAX_BINS, &bins, &n);

	if (err)
		return err;
	bdt_canvas_begin(canvas, HEIGHT, "Fallbacks added up: observed against predicted",
			 "Linux %s, n = %s observed, %s predicted; %s were observed only, %s predicted only",
			 tables->kernel, bdt_format_count(&text[0], observed),
			 bdt_format_count(&text[1], predicted),
			 bdt_format_count(&text[2], BT_SERIES_SUM(tables, fn)),
			 bdt_format_count(&text[3], BT_SERIES_SUM(tables, fp)));
	bdt_canvas_panel(canvas, BT_CANVAS_LEFT, BT_CANVAS_TOP, BT_CANVAS_RIGHT, SPLIT);
	if (observed || predicted) {
		write_sums(canvas, bins, n);
		draw(canvas, tables, observed > predicted ? observed : predicted);
	} else {
		bdt_canvas_nothing(canvas, n ? "no fallback was observed, and none was predicted"
					     : "nothing recorded");
	}
	free(bins);
	return 0;
}

const struct bdt_chart bdt_chart_cumulative = {
	.name = "chart_cumulative",
	.heading = "Fallbacks added up",
	.caption = "Above: number of fallbacks since the start. The thin line (predicted) should run inside "
		   "the thick one (observed). Below: misses since the start, in their own scale; a step is a"
		   " moment at which the model lost its way.",
	.write = write,
};
