/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/array.h"
#include "report/chart.h"
#include "report/format.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * A heat map: a row for each (requested migratetype, requested order, migratetype taken from), a column for
 * each order of the block that was taken.  One cell says what was observed and, if it differs, predicted.
 */
#define MAX_LINES   14 /* more are added up in a last one */
#define LINE_HEIGHT 34 /* pixels */
#define LEFT        262
#define RIGHT       802
#define MIN_COLUMNS 11

struct cell {
	uint64_t observed, predicted, both;
};

struct line {
	char name[2 * BT_TSV_NAME + 32];
	uint64_t weight; /* observed and predicted */
	struct cell total, cells[BT_MAX_ORDERS];
};

struct matrix {
	size_t nlines;
	struct line *lines;
	unsigned int columns;
	uint64_t largest; /* observed in one cell */
	struct cell total;
};

static void cell_add(struct cell *sum, const struct cell *more)
{
	sum->observed += more->observed;
	sum->predicted += more->predicted;
	sum->both += more->both;
}

static bool same(const struct cell *cell)
{
	return cell->observed == cell->predicted && cell->both == cell->observed;
}

static struct line *find_line(struct matrix *m, const struct bdt_confusion_row *row)
{
	char name[sizeof(m->lines->name)];
	struct line *line;

	snprintf(name, sizeof(name), "%s, order %lld → %s", row->alloc_mt, (long long)row->alloc_order,
		 row->fallback_mt);
	for (size_t i = 0; i < m->nlines; i++)
		if (!strcmp(m->lines[i].name, name))
			return &m->lines[i];
	line = bdt_array_add(&m->lines, &m->nlines, sizeof(*line));
	if (line)
		memcpy(line->name, name, sizeof(name));
	return line;
}

static int by_weight(const void *a, const void *b)
{
	const struct line *left = a, *right = b;

	if (left->weight != right->weight)
		return left->weight < right->weight ? 1 : -1;
	return strcmp(left->name, right->name);
}

static void pool_rest(struct matrix *m)
{
	struct line *pool;

	if (m->nlines <= MAX_LINES)
		return;
	pool = &m->lines[MAX_LINES - 1];
	for (size_t i = MAX_LINES; i < m->nlines; i++) {
		cell_add(&pool->total, &m->lines[i].total);
		for (size_t k = 0; k < BT_MAX_ORDERS; k++)
			cell_add(&pool->cells[k], &m->lines[i].cells[k]);
	}
	snprintf(pool->name, sizeof(pool->name), "%zu more combinations", m->nlines - MAX_LINES + 1);
	m->nlines = MAX_LINES;
}

static int build(struct matrix *m, const struct bdt_tables *tables)
{
	m->columns = MIN_COLUMNS;
	for (size_t i = 0; i < tables->nconfusion; i++) {
		const struct bdt_confusion_row *row = &tables->confusion[i];
		struct cell cell = { row->observed, row->predicted, row->both };
		struct line *line;

		if (row->fallback_order < 0 || row->fallback_order >= BT_MAX_ORDERS)
			continue;
		line = find_line(m, row);
		if (!line)
			return -ENOMEM;
		line->weight += cell.observed + cell.predicted;
		cell_add(&line->cells[row->fallback_order], &cell);
		cell_add(&line->total, &cell);
		cell_add(&m->total, &cell);
		if (row->fallback_order >= m->columns)
			m->columns = (unsigned int)row->fallback_order + 1;
	}
	if (m->nlines)
		qsort(m->lines, m->nlines, sizeof(*m->lines), by_weight);
	pool_rest(m);
	for (size_t i = 0; i < m->nlines; i++)
		for (size_t k = 0; k < BT_MAX_ORDERS; k++)
			if (m->lines[i].cells[k].observed > m->largest)
				m->largest = m->lines[i].cells[k].observed;
	return 0;
}

static double shade(uint64_t n)
{
	return n ? log10((double)n) + 1 : 0;
}

static void count_text(char *out, size_t size, uint64_t n)
{
	struct bdt_format text;

	if (n < 100000)
		snprintf(out, size, "%s", bdt_format_count(&text, n));
	else if (n < 999500)
		snprintf(out, size, "%.0f k", (double)n / 1e3);
	else
		snprintf(out, size, "%.3g M", (double)n / 1e6);
}

/* Text of the cells: dark on light cells first, then white on dark ones.  Returns the number of labels. */
static size_t write_labels(struct bdt_canvas *canvas, const struct matrix *m, bool white)
{
	size_t written = 0;

	bdt_canvas_table(canvas, "x\ty\ttext");
	for (size_t i = 0; i < m->nlines; i++) {
		for (unsigned int k = 0; k < m->columns; k++) {
			const struct cell *cell = &m->lines[i].cells[k];
			char observed[32], predicted[32];

			if ((!cell->observed && !cell->predicted) ||
			    (shade(cell->observed) > 0.68 * shade(m->largest)) != white)
				continue;
			count_text(observed, sizeof(observed), cell->observed);
			count_text(predicted, sizeof(predicted), cell->predicted);
			if (same(cell))
				fprintf(canvas->tsv, "%u\t%zu\t%s\n", k, i, observed);
			else
				fprintf(canvas->tsv, "%u\t%.2f\t%s\n%u\t%.2f\t%s\n", k, (double)i - 0.2,
					observed, k, (double)i + 0.22, predicted);
			written++;
		}
	}
	return written;
}

/* The coloured boxes: all of them first, then outlines of those with a difference.  Returns their number. */
static size_t write_boxes(struct bdt_canvas *canvas, const struct matrix *m, bool different)
{
	size_t written = 0;

	bdt_canvas_table(canvas, "fallback_order\tline\tobserved\tpredicted\tboth\tshade\tname");
	for (size_t i = 0; i < m->nlines; i++) {
		for (unsigned int k = 0; k < m->columns; k++) {
			const struct cell *cell = &m->lines[i].cells[k];

			if ((!cell->observed && !cell->predicted) || (different && same(cell)))
				continue;
			fprintf(canvas->tsv, "%u\t%zu\t%llu\t%llu\t%llu\t%.4f\t%s\n", k, i,
				(unsigned long long)cell->observed, (unsigned long long)cell->predicted,
				(unsigned long long)cell->both, shade(cell->observed), m->lines[i].name);
			written++;
		}
	}
	return written;
}

static void write_axes(struct bdt_canvas *canvas, const struct matrix *m)
{
	struct bdt_format text;

	fprintf(canvas->gp, "set xrange [-0.5:%u.5]\nset yrange [%zu.5:-0.5]\nset xtics scale 0 (",
		m->columns - 1, m->nlines - 1);
	for (unsigned int k = 0; k < m->columns; k++)
		fprintf(canvas->gp, "%s'%u' %u", k ? ", " : "", k, k);
	fputs(")\nset ytics scale 0 (", canvas->gp);
	for (size_t i = 0; i < m->nlines; i++)
		fprintf(canvas->gp, "%s'%s' %zu", i ? ", " : "", m->lines[i].name, i);
	fputs(")\n", canvas->gp);
	bdt_canvas_labels(canvas, "", "order of the block that was taken (2^order pages)", 42);
	for (size_t i = 0; i < m->nlines; i++)
		fprintf(canvas->gp, "set label %zu 'n = %s' at graph 1.012, first %zu left font SMALL\n",
			i + 10, bdt_format_count(&text, m->lines[i].total.observed), i);
	fprintf(canvas->gp,
		"set palette defined (0 '#eef6fb', 0.45 '#56B4E9', 1 '#004a75')\n"
		"set cbrange [1:%.4f]\nset cbtics (",
		fmax(shade(m->largest), 2));
	for (int power = 0; power < fmax(shade(m->largest), 2); power++)
		fprintf(canvas->gp, "%s'%s' %d", power ? ", " : "",
			bdt_format_count(&text, (uint64_t)pow(10, power)), power + 1);
	fprintf(canvas->gp,
		")\nset label 6 \"observed,\\nlog scale\" at screen 0.99, screen %.4f right font SMALL\n"
		"set colorbox user origin screen 0.916, screen %.4f size screen 0.014, screen %.4f\n",
		1 - 70.0 / canvas->height, 22.0 / canvas->height, 1 - 122.0 / canvas->height);
}

static void draw(struct bdt_canvas *canvas, const struct matrix *m)
{
	size_t different, dark, light;

	write_axes(canvas, m);
	write_boxes(canvas, m, false);
	different = write_boxes(canvas, m, true);
	dark = write_labels(canvas, m, false);
	light = write_labels(canvas, m, true);
	fprintf(canvas->gp,
		"unset key\n"
		"plot '%s.tsv' index 0 using 1:2:($1-0.48):($1+0.48):($2-0.46):($2+0.46):($6 < 1 ? 1 : $6) "
		"with boxxyerror fillstyle solid noborder linecolor palette",
		canvas->name);
	if (different)
		fprintf(canvas->gp,
			", \\\n"
			"\t'' index 1 using 1:2:($1-0.47):($1+0.47):($2-0.44):($2+0.44) with "
			"boxxyerror linecolor rgb '%s' linewidth 2.5 fillstyle empty",
			BT_COLOR_MISSED);
	if (dark)
		fputs(", \\\n\t'' index 2 using 1:2:3 with labels font SMALL", canvas->gp);
	if (light)
		fputs(", \\\n\t'' index 3 using 1:2:3 with labels font SMALL textcolor rgb '#ffffff'",
		      canvas->gp);
	fputc('\n', canvas->gp);
}

static int write(struct bdt_canvas *canvas, const struct bdt_tables *tables)
{
	struct matrix m = { 0 };
	struct bdt_format text[3];
	int err = build(&m, tables);
	unsigned int lines = m.nlines < 5 ? 5 : (unsigned int)m.nlines;

	if (err)
		goto out;
	bdt_canvas_begin(
		canvas, BT_CANVAS_TOP + lines * LINE_HEIGHT + BT_CANVAS_BELOW,
		"Who took from whom: requested type and order, type and order that was taken",
		"Linux %s, n = %s observed, %s predicted, %s equal in all; outlined cells differ: above "
		"observed, below predicted",
		tables->kernel, bdt_format_count(&text[0], m.total.observed),
		bdt_format_count(&text[1], m.total.predicted), bdt_format_count(&text[2], m.total.both));
	if (m.nlines) {
		bdt_canvas_panel(canvas, LEFT, BT_CANVAS_TOP, RIGHT,
				 BT_CANVAS_TOP + (unsigned int)m.nlines * LINE_HEIGHT);
		draw(canvas, &m);
	} else {
		bdt_canvas_panel(canvas, BT_CANVAS_LEFT, BT_CANVAS_TOP, BT_CANVAS_WIDTH - 30,
				 canvas->height - BT_CANVAS_BELOW);
		bdt_canvas_nothing(canvas, "no fallback was observed, and none was predicted");
	}
out:
	free(m.lines);
	return err;
}

const struct bdt_chart bdt_chart_confusion = {
	.name = "chart_confusion",
	.heading = "Who took from whom",
	.caption = "A row is a kind of request (migratetype and order asked for) and the migratetype it fell"
		   " back to, a column the order of the free block that was taken. A cell with one number "
		   "was observed and predicted that often, event by event; an outlined cell has the observed"
		   " number above the predicted one.",
	.write = write,
};
