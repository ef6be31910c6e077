/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPORT_CANVAS_H
#define BT_REPORT_CANVAS_H

#include "report/tables.h"
#include <stdbool.h>
#include <stdio.h>

/*
 * A chart being written: its gnuplot script (NAME.gp) and its data (NAME.tsv).  Everything is placed in
 * pixels from the top left corner, so that nothing depends on how wide gnuplot thinks the letters are.
 * Text that came from outside must have gone through bdt_tsv_clean_word().
 */
#define BT_CANVAS_WIDTH 1000 /* pixels */
#define BT_CANVAS_LEFT  108
#define BT_CANVAS_TOP   64  /* below title and subtitle */
#define BT_CANVAS_RIGHT 790 /* leaves room for a key */
#define BT_CANVAS_BELOW 58  /* for the tics and the text of the x axis */

/* Okabe and Ito's colours, which people with any colour vision can tell apart. */
#define BT_COLOR_OBSERVED  "#0072B2" /* blue */
#define BT_COLOR_PREDICTED "#E69F00" /* orange */
#define BT_COLOR_MISSED    "#D55E00" /* vermillion: happened, not predicted */
#define BT_COLOR_FALSE     "#CC79A7" /* purple: predicted, did not happen */
#define BT_COLOR_GOOD      "#009E73" /* green */
#define BT_COLOR_LIGHT     "#56B4E9" /* sky blue */

struct bdt_canvas {
	FILE *gp, *tsv;
	const char *name;                      /* NAME of NAME.gp */
	unsigned int width, height;            /* pixels */
	unsigned int blocks;                   /* tables in the .tsv so far */
	unsigned int panels;                   /* plots in the .gp so far */
	unsigned int left, top, right, bottom; /* of the panel, pixels */
};

/*
 * Size, terminal, title and a subtitle in printf() form.  The script gets the font sizes TITLE, SUBTITLE and
 * SMALL, which are pixels for SVG and points for PNG.
 */
void bdt_canvas_begin(struct bdt_canvas *canvas, unsigned int height, const char *title, const char *subtitle,
		      ...) __attribute__((format(printf, 4, 5)));

/* Starts the next table of the .tsv and returns its index for gnuplot; `columns` is its first line. */
unsigned int bdt_canvas_table(struct bdt_canvas *canvas, const char *columns);

/* Borders of the next plot, pixels from the top left; the title goes with the first one only. */
void bdt_canvas_panel(struct bdt_canvas *canvas, unsigned int left, unsigned int top, unsigned int right,
		      unsigned int bottom);

/* The key of the next plot stands right of the panel, a line for each title. */
void bdt_canvas_key(struct bdt_canvas *canvas);

/* What the axes show; "" = nothing.  `below` is the distance of the lower text from the panel, pixels. */
void bdt_canvas_labels(struct bdt_canvas *canvas, const char *y, const char *x, unsigned int below);

/* Range and tics of "x" or "y" for values first < last; `step_min` is the smallest distance of tics. */
void bdt_canvas_axis(struct bdt_canvas *canvas, const char *axis, double first, double last, double step_min);
/* The x axis from `first` to `last` seconds, with a little room at both ends; with or without numbers. */
void bdt_canvas_time(struct bdt_canvas *canvas, double first, double last, bool labelled);

/*
 * A panel of counts from 0 to `top` below the one that ends at `split` pixels, over the same `seconds`, down
 * to the lower edge of the picture; `y` says what is counted.
 */
void bdt_canvas_lower(struct bdt_canvas *canvas, unsigned int split, double seconds, double top,
		      const char *y);

/* In place of a plot: a frame with this text in the middle.  gnuplot refuses to draw empty data. */
void bdt_canvas_nothing(struct bdt_canvas *canvas, const char *text);

/* Distance between tics, 1, 2 or 5 times a power of ten, that makes about `n` of them up to `range`. */
double bdt_nice_step(double range, unsigned int n);

#define BT_CANVAS_TIME "time since the first event [s]"

#endif
