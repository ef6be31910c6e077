/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/chart.h"
#include "report/format.h"
#include "report/series.h"
#include <math.h>
#include <stdlib.h>

#define MAX_BINS 256 /* of the lower panel */
#define LEVELS   100 /* about, of the upper panel */
#define HEIGHT   520
#define SPLIT    318 /* pixels: lower border of the upper panel */
#define NINES    5   /* top of the axis: nothing wrong */
#define MOST     4.9 /* where 99.999 % and more are drawn */

/*
 * Shares near 1 differ by their distance from 1, so the axis counts nines: 90 % is 1, 99 % is 2, 99.9 % is 3,
 * and nothing wrong at all is the top.
 */
static double nines(uint64_t part, uint64_t whole)
{
	return part >= whole ? NINES : fmin(-log10(1 - (double)part / (double)whole), MOST);
}

static void put(struct bdt_canvas *canvas, uint64_t part, uint64_t whole)
{
	if (whole)
		fprintf(canvas->tsv, "\t%.6g\t%.4f", (double)part / (double)whole, nines(part, whole));
	else
		fputs("\t.\t.", canvas->tsv);
}

/* *last_s: end of the level before; an empty line, which ends gnuplot's line, where nothing happened between.
 */
static void write_level(struct bdt_canvas *canvas, const struct bdt_series_row *sum, double *last_s)
{
	const double edges[] = { sum->begin_s, sum->end_s };

	if (*last_s >= 0 && sum->begin_s > *last_s)
		fputc('\n', canvas->tsv);
	*last_s = sum->end_s;
	for (size_t i = 0; i < 2; i++) {
		fprintf(canvas->tsv, "%.9f\t%llu", edges[i], (unsigned long long)sum->removals);
		put(canvas, sum->exact, sum->removals);
		put(canvas, sum->known_exact, sum->known);
		put(canvas, sum->known, sum->removals);
		fputc('\n', canvas->tsv);
	}
}

/*
 * Shares of a handful of removals would jump up and down: neighbouring bins are added up until they hold a
 * fair part of all removals.  Each sum is a level from its first to its last moment.
 */
static void write_levels(struct bdt_canvas *canvas, const struct bdt_tables *tables)
{
	uint64_t enough = BT_SERIES_SUM(tables, removals) / LEVELS + 1;
	struct bdt_series_row sum = { 0 };
	double last_s = -1;

	bdt_canvas_table(canvas,
			 "time_s\tremovals\texact_of_all\ty_all\texact_of_known\ty_known\tknown\ty_share");
	for (size_t i = 0; i < tables->nseries; i++) {
		const struct bdt_series_row *bin = &tables->series[i];

		if (!sum.removals)
			sum = *bin;
		else
			bdt_series_add(&sum, bin);
		if (sum.removals < enough)
			continue;
		write_level(canvas, &sum, &last_s);
		sum.removals = 0;
	}
	if (sum.removals)
		write_level(canvas, &sum, &last_s);
}

static uint64_t write_rate(struct bdt_canvas *canvas, const struct bdt_series_row *bins, size_t n)
{
	uint64_t largest = 0;

	bdt_canvas_table(canvas, "begin_s\tend_s\tremovals");
	for (size_t i = 0; i < n; i++) {
		if (bins[i].removals > largest)
			largest = bins[i].removals;
		fprintf(canvas->tsv, "%.9f\t%.9f\t%llu\n", bins[i].begin_s, bins[i].end_s,
			(unsigned long long)bins[i].removals);
	}
	return largest;
}

static void draw(struct bdt_canvas *canvas, const struct bdt_tables *tables,
		 const struct bdt_series_row *bins, size_t n)
{
	struct bdt_format text;
	uint64_t largest;

	write_levels(canvas, tables);
	largest = write_rate(canvas, bins, n);

	bdt_canvas_time(canvas, 0, tables->duration_s, false);
	bdt_canvas_key(canvas);
	bdt_canvas_labels(canvas, "share, in nines", "", 0);
	fprintf(canvas->gp,
		"set yrange [0:%d.15]\n"
		"set ytics ('0 %%%%' 0, '50 %%%%' 0.30103, '90 %%%%' 1, '99 %%%%' 2, '99.9 %%%%' 3, "
		"'99.99 %%%%' 4, '100 %%%%' %d)\n"
		"set grid ytics linecolor rgb '#d8d8d8'\n"
		"plot '%s.tsv' index 0 using 1:8 with linespoints pointtype 7 pointsize 0.5 linewidth "
		"5 linecolor rgb '%s' title 'position known', \\\n"
		"\t'' index 0 using 1:6 with linespoints pointtype 7 pointsize 0.35 linewidth 2.5 "
		"linecolor rgb '%s' title 'exact, of the known', \\\n"
		"\t'' index 0 using 1:4 with linespoints pointtype 7 pointsize 0.25 linewidth 1.5 "
		"linecolor rgb '%s' title 'exact, of all'\n",
		NINES, NINES, canvas->name, BT_COLOR_LIGHT, BT_COLOR_GOOD, "#000000");
	bdt_canvas_lower(canvas, SPLIT, tables->duration_s, 1.08 * (double)largest, "removals");
	fprintf(canvas->gp,
		"set style fill solid 1 noborder\n"
		"plot '%s.tsv' index 1 using (($1+$2)/2):3:($2-$1) with boxes linecolor rgb '#999999' "
		"title 'removals per %s'\n",
		canvas->name, bdt_format_seconds(&text, bins[0].end_s - bins[0].begin_s));
}

static int write(struct bdt_canvas *canvas, const struct bdt_tables *tables)
{
	uint64_t removals = BT_SERIES_SUM(tables, removals), known = BT_SERIES_SUM(tables, known);
	struct bdt_format text[4];
	struct bdt_series_row *bins;
	size_t n;
	int err = bdt_series_bins(tables, MAX_BINS, &bins, &n);

	if (err)
		return err;
	bdt_canvas_begin(canvas, HEIGHT, "How often the model named the exact page frame before it was taken",
			 "Linux %s, n = %s removals: %s exact; position known for %s, of these %s exact",
			 tables->kernel, bdt_format_count(&text[0], removals),
			 bdt_format_ratio(&text[1], BT_SERIES_SUM(tables, exact), removals),
			 bdt_format_ratio(&text[2], known, removals),
			 bdt_format_ratio(&text[3], BT_SERIES_SUM(tables, known_exact), known));
	bdt_canvas_panel(canvas, BT_CANVAS_LEFT, BT_CANVAS_TOP, BT_CANVAS_RIGHT, SPLIT);
	if (removals)
		draw(canvas, tables, bins, n);
	else
		bdt_canvas_nothing(canvas, "no block left the free lists: nothing recorded");
	free(bins);
	return 0;
}

const struct bdt_chart bdt_chart_exact = {
	.name = "chart_exact",
	.heading = "Exactness over time",
	.caption = "Each time a block left the free lists, the model had to say which one before looking. "
		   "The axis counts nines: every step up is ten times fewer misses. The black line counts "
		   "all removals, the green one only those whose place in the list the model could know, the"
		   " blue one says how large that share is: it starts low, because /proc tells which blocks "
		   "are free but not in which order, and rises as the lists turn over; where they were "
		   "recorded in order (record --exact) it starts at the top. Each level stands for about one"
		   " percent of all removals. Grey below: how many removals there were.",
	.write = write,
};
