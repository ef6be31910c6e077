/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/chart.h"
#include "report/format.h"
#include "report/words.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A bar per class and cause of a mismatch, the largest first, with its number behind it. */
#define MAX_BARS   14 /* more are added up in a last one */
#define BAR_HEIGHT 30 /* pixels */
#define LEFT       330

static int by_count(const void *a, const void *b)
{
	const struct bdt_cause_row *left = a, *right = b;

	if (left->count != right->count)
		return left->count < right->count ? 1 : -1;
	return strcmp(left->class, right->class) ? strcmp(left->class, right->class)
						 : strcmp(left->cause, right->cause);
}

/* Rows that name a cause, sorted; the last of MAX_BARS stands for all that follow.  NULL: none, or no memory.
 */
static struct bdt_cause_row *collect(const struct bdt_tables *tables, size_t *n, uint64_t *total)
{
	struct bdt_cause_row *rows = calloc(tables->ncauses + 1, sizeof(*rows));

	*n = 0;
	*total = 0;
	for (size_t i = 0; rows && i < tables->ncauses; i++) {
		if (!strcmp(tables->causes[i].cause, ".") || !tables->causes[i].count)
			continue;
		rows[(*n)++] = tables->causes[i];
		*total += tables->causes[i].count;
	}
	if (*n)
		qsort(rows, *n, sizeof(*rows), by_count);
	if (*n <= MAX_BARS)
		return rows;
	for (size_t i = MAX_BARS; i < *n; i++)
		rows[MAX_BARS - 1].count += rows[i].count;
	strcpy(rows[MAX_BARS - 1].class, "others");
	strcpy(rows[MAX_BARS - 1].cause, "all");
	*n = MAX_BARS;
	return rows;
}

static void draw(struct bdt_canvas *canvas, const struct bdt_cause_row *rows, size_t n, uint64_t total)
{
	struct bdt_format count, share;

	bdt_canvas_table(canvas, "bar\tcount\tcolor\ttext\tclass\tcause");
	fprintf(canvas->gp, "set yrange [%zu.5:-0.5]\nset ytics scale 0 (", n - 1);
	for (size_t i = 0; i < n; i++) {
		fprintf(canvas->gp, "%s'%s: %s' %zu", i ? ", " : "", bdt_word_class(rows[i].class),
			rows[i].cause, i);
		fprintf(canvas->tsv, "%zu\t%llu\t0x%06x\t%s (%s)\t%s\t%s\n", i,
			(unsigned long long)rows[i].count, bdt_word_cause_color(rows[i].cause),
			bdt_format_count(&count, rows[i].count),
			bdt_format_ratio(&share, rows[i].count, total), rows[i].class, rows[i].cause);
	}
	fputs(")\n", canvas->gp);
	bdt_canvas_labels(canvas, "", "mismatches", 43);
	bdt_canvas_axis(canvas, "x", 0, 1.3 * (double)rows[0].count, 1);
	fprintf(canvas->gp,
		"unset key\nset style fill solid 1 noborder\n"
		"plot '%s.tsv' index 0 using ($2/2):1:(0):2:($1-0.33):($1+0.33):3 with boxxyerror "
		"linecolor rgb variable, \\\n"
		"\t'' index 0 using 2:1:4 with labels left offset 0.6,0 font SMALL\n",
		canvas->name);
}

static int write(struct bdt_canvas *canvas, const struct bdt_tables *tables)
{
	struct bdt_format text;
	uint64_t total;
	size_t n;
	struct bdt_cause_row *rows = collect(tables, &n, &total);
	unsigned int bars = n ? (unsigned int)n : 4;

	bdt_canvas_begin(canvas, BT_CANVAS_TOP + bars * BAR_HEIGHT + BT_CANVAS_BELOW,
			 "What did not match, and why", "Linux %s, n = %s mismatches, by class and cause",
			 tables->kernel, bdt_format_count(&text, total));
	bdt_canvas_panel(canvas, n ? LEFT : BT_CANVAS_LEFT, BT_CANVAS_TOP, BT_CANVAS_WIDTH - 30,
			 BT_CANVAS_TOP + bars * BAR_HEIGHT);
	if (n)
		draw(canvas, rows, n, total);
	else
		bdt_canvas_nothing(canvas, "no mismatch was counted");
	free(rows);
	return 0;
}

const struct bdt_chart bdt_chart_causes = {
	.name = "chart_causes",
	.heading = "What did not match, and why",
	.caption = "Every wrong prediction gets the cause that the replay could make out; the table of "
		   "mismatches below says what each of them means. Only model-wrong speaks against the "
		   "model: the other causes say that the recording could not tell.",
	.write = write,
};
