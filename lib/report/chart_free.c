/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/array.h"
#include "report/chart.h"
#include "report/format.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A panel per zone: free memory stacked by order, as the model holds it, with the snapshots as rings. */
#define MAX_ZONES  64
#define MAX_PANELS 8   /* the largest zones */
#define MAX_MARKS  100 /* snapshots in one panel */
#define MAX_RINGS  10  /* snapshots of all zones with a ring for each order; more get one for the sum only */
#define KEY_LINE   20  /* pixels */
/* Points of all panels and layers together: they decide the size of the picture. */
#define MAX_POINTS 7000

struct zone {
	int64_t node;
	const char *name;
	double most;  /* bytes free, at any time */
	size_t place; /* in the order of the tables */
	size_t nrows;
	const struct bdt_free_row **rows; /* of free.tsv, where the state changes */
};

struct view {
	const struct bdt_tables *tables;
	size_t nall, nzones; /* zones in the tables, and in the chart */
	size_t points;       /* of a layer, at most */
	struct zone zones[MAX_ZONES];
	double first_s, last_s; /* of bins and marks */
	double unit;            /* bytes */
	const char *unit_name;
};

static double total_bytes(const struct bdt_tables *tables, const struct bdt_free_row *row)
{
	double pages = 0;

	for (unsigned int k = 0; k < BT_MAX_ORDERS; k++)
		pages += (double)row->pages[k];
	return pages * (double)tables->page_size;
}

static bool is_zone(const struct zone *zone, const struct bdt_free_row *row)
{
	return zone->node == row->node && !strcmp(zone->name, row->zone);
}

static void note_rows(struct view *view, const struct bdt_free_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double bytes = total_bytes(view->tables, &rows[i]);
		size_t z = 0;

		if (rows[i].time_s < view->first_s)
			view->first_s = rows[i].time_s;
		if (rows[i].time_s > view->last_s)
			view->last_s = rows[i].time_s;
		while (z < view->nzones && !is_zone(&view->zones[z], &rows[i]))
			z++;
		if (z == MAX_ZONES || bytes <= 0)
			continue;
		if (z == view->nzones)
			view->zones[view->nzones++] =
				(struct zone){ rows[i].node, rows[i].zone, 0, z, 0, NULL };
		if (bytes > view->zones[z].most)
			view->zones[z].most = bytes;
	}
}

static bool add_row(struct zone *zone, const struct bdt_free_row *row)
{
	const struct bdt_free_row **slot = bdt_array_add(&zone->rows, &zone->nrows, sizeof(*slot));

	if (slot)
		*slot = row;
	return slot != NULL;
}

/*
 * The rows of a zone without those that equal both neighbours: a zone in which nothing happens needs two
 * points, and leaves the others to those where much happens.
 */
static int collect(const struct view *view, struct zone *zone)
{
	const struct bdt_free_row *last = NULL, *held = NULL;

	for (size_t i = 0; i < view->tables->nfree; i++) {
		const struct bdt_free_row *row = &view->tables->free[i];
		bool same;

		if (!is_zone(zone, row))
			continue;
		same = last && !memcmp(last->pages, row->pages, sizeof(row->pages));
		if (same) {
			held = row;
			continue;
		}
		if (held && !add_row(zone, held))
			return -ENOMEM;
		if (!add_row(zone, row))
			return -ENOMEM;
		last = row;
		held = NULL;
	}
	if (held && !add_row(zone, held))
		return -ENOMEM;
	return 0;
}

static int by_size(const void *a, const void *b)
{
	const struct zone *left = a, *right = b;

	if (left->most != right->most)
		return left->most < right->most ? 1 : -1;
	return left->place < right->place ? -1 : 1;
}

static int by_place(const void *a, const void *b)
{
	const struct zone *left = a, *right = b;

	return left->place < right->place ? -1 : 1;
}

static void choose_zones(struct view *view)
{
	view->nall = view->nzones;
	if (view->nzones <= MAX_PANELS)
		return;
	qsort(view->zones, view->nzones, sizeof(view->zones[0]), by_size);
	view->nzones = MAX_PANELS;
	qsort(view->zones, view->nzones, sizeof(view->zones[0]), by_place);
}

/* Every zone gets the same, but what quiet zones leave goes to the others. */
static void share_points(struct view *view)
{
	size_t points = MAX_POINTS / (view->tables->norders + 1), busy = view->nzones;
	size_t each = busy ? points / busy : 0;

	for (size_t z = 0; z < view->nzones; z++) {
		if (view->zones[z].nrows > each)
			continue;
		points -= view->zones[z].nrows;
		busy--;
	}
	view->points = busy ? points / busy : points;
}

static int look(struct view *view, const struct bdt_tables *tables)
{
	int err = 0;

	*view = (struct view){ .tables = tables, .last_s = tables->duration_s };
	note_rows(view, tables->free, tables->nfree);
	note_rows(view, tables->marks, tables->nmarks);
	choose_zones(view);
	for (size_t z = 0; !err && z < view->nzones; z++)
		err = collect(view, &view->zones[z]);
	share_points(view);
	return err;
}

/* Sums from order 0 up, in the unit of the panel: the upper edges of the layers.  NULL: no pages at all. */
static void put_sums(struct bdt_canvas *canvas, const struct view *view, double time_s, const uint64_t *pages)
{
	double sum = 0;

	fprintf(canvas->tsv, "%.9f", time_s);
	for (unsigned int k = 0; k < view->tables->norders; k++) {
		sum += pages ? (double)pages[k] * (double)view->tables->page_size / view->unit : 0;
		fprintf(canvas->tsv, "\t%.5g", sum);
	}
	fputc('\n', canvas->tsv);
}

static unsigned int begin_table(struct bdt_canvas *canvas, const struct view *view)
{
	char columns[512] = "time_s";
	size_t used = strlen(columns);

	for (unsigned int k = 0; k < view->tables->norders; k++)
		used += (size_t)snprintf(columns + used, sizeof(columns) - used, "\tto_order%u_%s", k,
					 view->unit_name);
	return bdt_canvas_table(canvas, columns);
}

/* Of the rows of one column of the picture those with the least and most free memory, and the last. */
static void put_column(struct bdt_canvas *canvas, const struct view *view, const struct bdt_free_row **rows,
		       size_t from, size_t to)
{
	size_t low = from, high = from;

	for (size_t i = from; i <= to; i++) {
		if (total_bytes(view->tables, rows[i]) < total_bytes(view->tables, rows[low]))
			low = i;
		if (total_bytes(view->tables, rows[i]) > total_bytes(view->tables, rows[high]))
			high = i;
	}
	for (size_t i = from; i <= to; i++)
		if (i == low || i == high || i == to)
			put_sums(canvas, view, rows[i]->time_s, rows[i]->pages);
}

static double column(const struct view *view, const struct bdt_free_row *row)
{
	double span = view->last_s - view->first_s;

	return span > 0 ? floor((row->time_s - view->first_s) / span * (double)(view->points / 3)) : 0;
}

static unsigned int write_zone(struct bdt_canvas *canvas, const struct view *view, const struct zone *zone)
{
	const struct bdt_free_row **rows = zone->rows;
	bool all = zone->nrows <= view->points;
	size_t n = zone->nrows, first = 0;
	unsigned int index = begin_table(canvas, view);

	/* The layers are closed shapes that begin and end on the axis. */
	put_sums(canvas, view, n ? rows[0]->time_s : 0, NULL);
	for (size_t i = 0; i < n; i++) {
		if (!all && i + 1 < n && column(view, rows[i + 1]) <= column(view, rows[first]))
			continue;
		put_column(canvas, view, rows, first, i);
		first = i + 1;
	}
	put_sums(canvas, view, n ? rows[n - 1]->time_s : 0, NULL);
	return index;
}

/* Evenly picked when there are more than their rings could be told apart.  Returns the number of rows. */
static size_t write_marks(struct bdt_canvas *canvas, const struct view *view, const struct zone *zone,
			  unsigned int *index)
{
	size_t step = view->tables->nmarks / view->nzones / MAX_MARKS + 1, seen = 0, n = 0;

	*index = begin_table(canvas, view);
	for (size_t i = 0; i < view->tables->nmarks; i++) {
		if (!is_zone(zone, &view->tables->marks[i]) || seen++ % step)
			continue;
		put_sums(canvas, view, view->tables->marks[i].time_s, view->tables->marks[i].pages);
		n++;
	}
	return n;
}

/* Dark to light with the order (viridis), by equal steps. */
static void layer_color(char out[8], unsigned int order, unsigned int norders)
{
	static const unsigned char anchors[][3] = { { 68, 1, 84 },    { 72, 40, 120 },  { 62, 74, 137 },
						    { 49, 104, 142 }, { 38, 130, 142 }, { 31, 158, 137 },
						    { 53, 183, 121 }, { 109, 205, 89 }, { 180, 222, 44 },
						    { 253, 231, 37 } };
	double at = norders > 1 ? 9.0 * order / (norders - 1) : 0;
	size_t low = at >= 9 ? 8 : (size_t)at;
	unsigned int rgb[3];

	for (size_t i = 0; i < 3; i++)
		rgb[i] = (unsigned int)(anchors[low][i] +
					(at - (double)low) * (anchors[low + 1][i] - anchors[low][i]));
	snprintf(out, 8, "#%02x%02x%02x", rgb[0] & 0xff, rgb[1] & 0xff, rgb[2] & 0xff);
}

static void plot_layers(struct bdt_canvas *canvas, const struct view *view, unsigned int index)
{
	/* From the top edge down: each layer paints over the lower part of the one before. */
	for (unsigned int k = view->tables->norders; k-- > 0;) {
		char color[8];

		layer_color(color, k, view->tables->norders);
		fprintf(canvas->gp, "%s index %u using 1:%u with filledcurves closed fillcolor rgb '%s'",
			k + 1 == view->tables->norders ? "" : ", \\\n\t''", index, k + 2, color);
	}
}

static void plot_marks(struct bdt_canvas *canvas, const struct view *view, unsigned int index)
{
	unsigned int norders = view->tables->norders;

	for (unsigned int k = view->tables->nmarks > MAX_RINGS ? norders - 1 : 0; k < norders; k++)
		fprintf(canvas->gp,
			", \\\n\t'' index %u using 1:%u with points pointtype 7 pointsize 0.6 linecolor rgb "
			"'#ffffff', \\\n\t'' index %u using 1:%u with points pointtype 6 pointsize 0.6 "
			"linewidth 1.5 linecolor rgb '#000000'",
			index, k + 2, index, k + 2);
}

/* gnuplot drops the lines of a key that is higher than its panel, so this one is drawn by hand. */
static void draw_key(struct bdt_canvas *canvas, const struct view *view)
{
	unsigned int norders = view->tables->norders;
	double x = (double)(BT_CANVAS_RIGHT + 18) / canvas->width, y;

	for (unsigned int k = 0; k < norders; k++) {
		struct bdt_format size;
		char color[8];

		y = 1 - (BT_CANVAS_TOP + 8.0 + KEY_LINE * (norders - 1 - k)) / canvas->height;
		layer_color(color, k, norders);
		fprintf(canvas->gp,
			"set object %u rectangle center screen %.4f, screen %.4f size screen 0.024, "
			"screen %.4f fillcolor rgb '%s' fillstyle solid 1 noborder\n"
			"set label %u 'order %u (%s)' at screen %.4f, screen %.4f left\n",
			k + 1, x + 0.012, y, 11.0 / canvas->height, color, k + 10, k,
			bdt_format_bytes(&size, (double)(view->tables->page_size << k)), x + 0.034, y);
	}
	y = 1 - (BT_CANVAS_TOP + 8.0 + KEY_LINE * norders) / canvas->height;
	if (view->tables->nmarks)
		fprintf(canvas->gp,
			"set label %u '' at screen %.4f, screen %.4f point pointtype 6 pointsize 0.6 "
			"linewidth 1.5\n"
			"set label %u 'buddyinfo snapshot' at screen %.4f, screen %.4f left\n",
			norders + 10, x + 0.012, y, norders + 11, x + 0.034, y);
}

static void remove_key(struct bdt_canvas *canvas, const struct view *view)
{
	for (unsigned int k = 0; k < view->tables->norders; k++)
		fprintf(canvas->gp, "unset object %u\nunset label %u\n", k + 1, k + 10);
	if (view->tables->nmarks)
		fprintf(canvas->gp, "unset label %u\nunset label %u\n", view->tables->norders + 10,
			view->tables->norders + 11);
}

static void draw_zone(struct bdt_canvas *canvas, struct view *view, size_t z, unsigned int top,
		      unsigned int bottom)
{
	const struct zone *zone = &view->zones[z];
	bool gib = zone->most >= 2147483648.0, last = z + 1 == view->nzones;
	unsigned int layers, marks;
	size_t nmarks;

	view->unit = gib ? 1073741824.0 : 1048576.0;
	view->unit_name = gib ? "GiB" : "MiB";
	layers = write_zone(canvas, view, zone);
	nmarks = write_marks(canvas, view, zone, &marks);
	bdt_canvas_panel(canvas, BT_CANVAS_LEFT, top, BT_CANVAS_RIGHT, bottom);
	bdt_canvas_time(canvas, view->first_s, view->last_s, last);
	bdt_canvas_axis(canvas, "y", 0, 1.14 * zone->most / view->unit, 0);
	bdt_canvas_labels(canvas, gib ? "free memory [GiB]" : "free memory [MiB]", last ? BT_CANVAS_TIME : "",
			  43);
	if (z == 0)
		draw_key(canvas, view);
	else if (z == 1)
		remove_key(canvas, view);
	fprintf(canvas->gp,
		"unset key\nset style fill solid 1 noborder\n"
		"set label 3 'node %lld, zone %s' at screen %.4f, screen %.4f left front\n"
		"plot '%s.tsv'",
		(long long)zone->node, zone->name, (BT_CANVAS_LEFT + 8.0) / canvas->width,
		1 - (top + 13.0) / canvas->height, canvas->name);
	if (zone->nrows)
		plot_layers(canvas, view, layers);
	else
		fprintf(canvas->gp, " index %u using 1:2 with dots linecolor rgb '#ffffff'", marks);
	if (nmarks)
		plot_marks(canvas, view, marks);
	fputc('\n', canvas->gp);
}

static int write(struct bdt_canvas *canvas, const struct bdt_tables *tables)
{
	unsigned int panel, step, height;
	struct view view;
	struct bdt_format bytes, states, marks;
	int err = look(&view, tables);

	panel = view.nzones > 3 ? 170 : 250;
	step = panel + 22;
	height = BT_CANVAS_TOP + (unsigned int)view.nzones * step - 22 + BT_CANVAS_BELOW;
	if (height < BT_CANVAS_TOP + (tables->norders + 1) * KEY_LINE + 20)
		height = BT_CANVAS_TOP + (tables->norders + 1) * KEY_LINE + 20;
	bdt_canvas_begin(
		canvas, height, "Free memory by order of the free blocks",
		"Linux %s, pages of %s, n = %s states of the model and %s of buddyinfo in %zu zone%s%s",
		tables->kernel, bdt_format_bytes(&bytes, (double)tables->page_size),
		bdt_format_count(&states, tables->nfree), bdt_format_count(&marks, tables->nmarks), view.nall,
		view.nall == 1 ? "" : "s", view.nall > view.nzones ? ", the largest are shown" : "");
	if (!view.nzones) {
		bdt_canvas_panel(canvas, BT_CANVAS_LEFT, BT_CANVAS_TOP, BT_CANVAS_WIDTH - 30,
				 canvas->height - 30);
		bdt_canvas_nothing(canvas, "nothing recorded: no state of the free lists");
	}
	for (size_t z = 0; !err && z < view.nzones; z++) {
		unsigned int top = BT_CANVAS_TOP + (unsigned int)z * step;

		draw_zone(canvas, &view, z, top, top + panel);
	}
	for (size_t z = 0; z < view.nzones; z++)
		free(view.zones[z].rows);
	return err;
}

const struct bdt_chart bdt_chart_free = {
	.name = "chart_free",
	.heading = "Free memory by order",
	.caption = "Each layer is the free memory in blocks of one order, as the model holds it after "
		   "following all events. Rings are what /proc/buddyinfo said when a snapshot was taken, "
		   "added up in the same way: they should sit on the edges of the layers. Light layers that "
		   "melt into dark ones are memory that falls into small pieces. The model begins with the "
		   "first snapshot: before it nothing is drawn.",
	.write = write,
};
