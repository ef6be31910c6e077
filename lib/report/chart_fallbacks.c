/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/chart.h"
#include "report/format.h"
#include "report/series.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>

/*
 * Observed fallbacks grow upwards, predicted ones downwards, so that equal bins are mirror images; bins with
 * a miss get a mark in a lane of their own, because one miss among ten thousand hits is no visible bar.
 */
#define MAX_BINS 256
#define HEIGHT   400

struct scale {
	bool log;
	double top; /* largest bar, in units of the axis */
	uint64_t largest;
};

/* Bars of one and of thousands in the same picture need a logarithmic axis: n is drawn as log10(n) + 1. */
static double height(const struct scale *scale, uint64_t n)
{
	if (!scale->log)
		return (double)n;
	return n ? log10((double)n) + 1 : 0;
}

static struct scale choose_scale(const struct bdt_series_row *bins, size_t n)
{
	struct scale scale = { 0 };
	uint64_t smallest = UINT64_MAX;

	for (size_t i = 0; i < n; i++) {
		const uint64_t both[] = { bins[i].observed, bins[i].predicted };

		for (size_t k = 0; k < 2; k++) {
			if (both[k] > scale.largest)
				scale.largest = both[k];
			if (both[k] && both[k] < smallest)
				smallest = both[k];
		}
	}
	scale.log = scale.largest / 50 > smallest;
	scale.top = height(&scale, scale.largest);
	return scale;
}

static void log_tics(struct bdt_canvas *canvas, const struct scale *scale)
{
	fprintf(canvas->gp, "set yrange [%.9g:%.9g]\nset ytics ('0' 0", -1.24 * scale->top,
		1.24 * scale->top);
	for (int power = 0; power + 1 <= scale->top; power++) {
		struct bdt_format text;

		bdt_format_count(&text, (uint64_t)pow(10, power));
		fprintf(canvas->gp, ", '%s' %d, '%s' %d", text.text, power + 1, text.text, -power - 1);
	}
	fputs(")\n", canvas->gp);
}

static void linear_tics(struct bdt_canvas *canvas, const struct scale *scale)
{
	double step = fmax(bdt_nice_step(scale->top, 4), 1);

	fprintf(canvas->gp, "set yrange [%.9g:%.9g]\nset ytics ('0' 0", -1.24 * scale->top,
		1.24 * scale->top);
	for (int i = 1; i * step <= scale->top; i++) {
		struct bdt_format text;

		bdt_format_count(&text, (uint64_t)(i * step));
		fprintf(canvas->gp, ", '%s' %.9g, '%s' %.9g", text.text, i * step, text.text, -i * step);
	}
	fputs(")\n", canvas->gp);
}

static void write_bins(struct bdt_canvas *canvas, const struct bdt_series_row *bins, size_t n,
		       const struct scale *scale)
{
	bdt_canvas_table(canvas, "begin_s\tend_s\tobserved\tpredicted\tup\tdown");
	for (size_t i = 0; i < n; i++)
		if (bins[i].observed || bins[i].predicted)
			fprintf(canvas->tsv, "%.9f\t%.9f\t%llu\t%llu\t%.6g\t%.6g\n", bins[i].begin_s,
				bins[i].end_s, (unsigned long long)bins[i].observed,
				(unsigned long long)bins[i].predicted, height(scale, bins[i].observed),
				-height(scale, bins[i].predicted));
}

/* Returns the number of bins with a miss. */
static size_t write_misses(struct bdt_canvas *canvas, const struct bdt_series_row *bins, size_t n,
			   const char *column, size_t offset, double lane)
{
	size_t marks = 0;

	fprintf(canvas->tsv, "\n\ntime_s\t%s\tlane\n", column);
	canvas->blocks++;
	for (size_t i = 0; i < n; i++) {
		uint64_t count = *(const uint64_t *)((const char *)&bins[i] + offset);

		if (!count)
			continue;
		fprintf(canvas->tsv, "%.9f\t%llu\t%.6g\n", (bins[i].begin_s + bins[i].end_s) / 2,
			(unsigned long long)count, lane);
		marks++;
	}
	return marks;
}

static void draw(struct bdt_canvas *canvas, const struct bdt_tables *tables,
		 const struct bdt_series_row *bins, size_t n, const struct scale *scale)
{
	uint64_t fn = BT_SERIES_SUM(tables, fn), fp = BT_SERIES_SUM(tables, fp);
	struct bdt_format text;
	size_t fn_marks, fp_marks;
	char what[96];

	bdt_canvas_time(canvas, 0, tables->duration_s, true);
	(scale->log ? log_tics : linear_tics)(canvas, scale);
	snprintf(what, sizeof(what), "fallbacks per %s%s",
		 bdt_format_seconds(&text, bins[0].end_s - bins[0].begin_s), scale->log ? ", log scale" : "");
	bdt_canvas_labels(canvas, what, BT_CANVAS_TIME, 43);
	write_bins(canvas, bins, n, scale);
	fn_marks = write_misses(canvas, bins, n, "observed_only", offsetof(struct bdt_series_row, fn),
				1.12 * scale->top);
	fp_marks = write_misses(canvas, bins, n, "predicted_only", offsetof(struct bdt_series_row, fp),
				-1.12 * scale->top);
	bdt_canvas_key(canvas);
	fprintf(canvas->gp,
		"set style fill solid 1 noborder\n"
		"set arrow 1 from graph 0, first 0 to graph 1, first 0 nohead linecolor rgb '#606060' front\n"
		"plot '%s.tsv' index 0 using (($1+$2)/2):5:($2-$1) with boxes linecolor rgb '%s' title "
		"'observed (up)', \\\n"
		"\t'' index 0 using (($1+$2)/2):6:($2-$1) with boxes linecolor rgb '%s' title 'predicted "
		"(down)'",
		canvas->name, BT_COLOR_OBSERVED, BT_COLOR_PREDICTED);
	if (fn_marks)
		fprintf(canvas->gp,
			", \\\n"
			"\t'' index 1 using 1:3 with points pointtype 11 pointsize 0.9 linecolor rgb "
			"'%s' title 'observed only: %s'",
			BT_COLOR_MISSED, bdt_format_count(&text, fn));
	if (fp_marks)
		fprintf(canvas->gp,
			", \\\n"
			"\t'' index 2 using 1:3 with points pointtype 9 pointsize 0.9 linecolor rgb "
			"'%s' title 'predicted only: %s'",
			BT_COLOR_FALSE, bdt_format_count(&text, fp));
	fputc('\n', canvas->gp);
}

static int write(struct bdt_canvas *canvas, const struct bdt_tables *tables)
{
	struct bdt_format observed, predicted, both;
	struct bdt_series_row *bins;
	struct scale scale;
	size_t n;
	int err = bdt_series_bins(tables, MAX_BINS, &bins, &n);

	if (err)
		return err;
	scale = choose_scale(bins, n);
	bdt_canvas_begin(canvas, HEIGHT,
			 "Fallbacks over time: what the kernel did and what the model predicted",
			 "Linux %s, n = %s observed, %s predicted, %s of them the same", tables->kernel,
			 bdt_format_count(&observed, BT_SERIES_SUM(tables, observed)),
			 bdt_format_count(&predicted, BT_SERIES_SUM(tables, predicted)),
			 bdt_format_count(&both, BT_SERIES_SUM(tables, tp)));
	bdt_canvas_panel(canvas, BT_CANVAS_LEFT, BT_CANVAS_TOP, BT_CANVAS_RIGHT, HEIGHT - BT_CANVAS_BELOW);
	if (scale.largest)
		draw(canvas, tables, bins, n, &scale);
	else
		bdt_canvas_nothing(canvas, n ? "no fallback was observed, and none was predicted"
					     : "nothing recorded");
	free(bins);
	return 0;
}

const struct bdt_chart bdt_chart_fallbacks = {
	.name = "chart_fallbacks",
	.heading = "Fallbacks over time",
	.caption = "Bars upwards: fallbacks that the kernel made in each time bin; bars downwards: fallbacks"
		   " that the model predicted before looking at the event. Equal heights on both sides mean "
		   "agreement. A triangle at the upper edge marks a bin with a fallback that was not "
		   "predicted, one at the lower edge a bin with a predicted fallback that did not happen.",
	.write = write,
};
