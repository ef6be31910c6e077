/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/canvas.h"
#include "report/format.h"
#include <math.h>
#include <stdarg.h>

static void terminal(struct bdt_canvas *canvas)
{
	fprintf(canvas->gp,
		"# buddytrace: draws %s.svg from %s.tsv. To draw it again: gnuplot -d %s.gp\n"
		"# For a PNG: gnuplot -d -e \"FMT='png'\" %s.gp\n"
		"if (!exists('FMT')) FMT = 'svg'\n"
		"if (FMT eq 'png') {\n"
		"\tset terminal pngcairo size %u,%u noenhanced font 'DejaVu Sans,10' fontscale 2 linewidth 2 "
		"pointscale 2 background rgb 'white'\n"
		"\tTITLE = ',13'; SUBTITLE = ',10'; SMALL = ',9'\n"
		"} else {\n"
		"\tset terminal svg size %u,%u noenhanced font 'sans-serif,13' name '%s' background rgb "
		"'white'\n"
		"\tTITLE = ',17'; SUBTITLE = ',13'; SMALL = ',12'\n"
		"}\n"
		"set output '%s.' . FMT\n"
		"set encoding utf8\n"
		"set datafile separator tab\n"
		"set datafile columnheaders\n"
		"set datafile missing '.'\n"
		"set border linecolor rgb '#606060'\n"
		"set tics nomirror out scale 0.5 textcolor rgb '#303030'\n",
		canvas->name, canvas->name, canvas->name, canvas->name, 2 * canvas->width, 2 * canvas->height,
		canvas->width, canvas->height, canvas->name, canvas->name);
}

void bdt_canvas_begin(struct bdt_canvas *canvas, unsigned int height, const char *title, const char *subtitle,
		      ...)
{
	char text[512];
	va_list args;

	canvas->width = BT_CANVAS_WIDTH;
	canvas->height = height;
	va_start(args, subtitle);
	vsnprintf(text, sizeof(text), subtitle, args);
	va_end(args);
	terminal(canvas);
	fprintf(canvas->gp,
		"set multiplot\n"
		"set label 1 '%s' at screen 0.012, screen %.4f left font TITLE\n"
		"set label 2 '%s' at screen 0.012, screen %.4f left font SUBTITLE textcolor rgb '#505050'\n",
		title, 1 - 18.0 / height, text, 1 - 41.0 / height);
}

unsigned int bdt_canvas_table(struct bdt_canvas *canvas, const char *columns)
{
	fprintf(canvas->tsv, "%s%s\n", canvas->blocks ? "\n\n" : "", columns);
	return canvas->blocks++;
}

void bdt_canvas_panel(struct bdt_canvas *canvas, unsigned int left, unsigned int top, unsigned int right,
		      unsigned int bottom)
{
	/* What stands at screen coordinates is drawn with every plot of a page. */
	if (canvas->panels++ == 1)
		fputs("unset label 1\nunset label 2\n", canvas->gp);
	canvas->left = left;
	canvas->top = top;
	canvas->right = right;
	canvas->bottom = bottom;
	fprintf(canvas->gp,
		"\nset lmargin at screen %.4f\nset rmargin at screen %.4f\n"
		"set tmargin at screen %.4f\nset bmargin at screen %.4f\n",
		(double)left / canvas->width, (double)right / canvas->width, 1 - (double)top / canvas->height,
		1 - (double)bottom / canvas->height);
}

void bdt_canvas_key(struct bdt_canvas *canvas)
{
	fprintf(canvas->gp,
		"set key at screen %.4f,%.4f left top vertical Left reverse samplen 1.5 spacing 1.15\n",
		(double)(canvas->right + 14) / canvas->width, 1 - (double)canvas->top / canvas->height);
}

void bdt_canvas_labels(struct bdt_canvas *canvas, const char *y, const char *x, unsigned int below)
{
	fprintf(canvas->gp,
		"set label 4 '%s' at screen 0.014, screen %.4f center rotate\n"
		"set label 5 '%s' at screen %.4f, screen %.4f center\n",
		y, 1 - (canvas->top + canvas->bottom) / 2.0 / canvas->height, x,
		(canvas->left + canvas->right) / 2.0 / canvas->width,
		1 - (double)(canvas->bottom + below) / canvas->height);
}

double bdt_nice_step(double range, unsigned int n)
{
	double raw = range / n, power = pow(10, floor(log10(raw))), mantissa = raw / power;

	return (mantissa <= 1 ? 1 : mantissa <= 2 ? 2 : mantissa <= 5 ? 5 : 10) * power;
}

static void tic_text(FILE *gp, double at)
{
	struct bdt_format count;

	if (fabs(at) >= 1000)
		fprintf(gp, "'%s%s'", at < 0 ? "-" : "", bdt_format_count(&count, (uint64_t)fabs(at)));
	else
		fprintf(gp, "'%.6g'", at);
}

static void axis_tics(struct bdt_canvas *canvas, const char *axis, double first, double last, double step,
		      bool labelled)
{
	const char *comma = "";

	fprintf(canvas->gp, "set %srange [%.9g:%.9g]\nset %stics (", axis, first, last, axis);
	for (long i = (long)ceil(first / step); (double)i * step <= last; i++) {
		fputs(comma, canvas->gp);
		if (labelled)
			tic_text(canvas->gp, (double)i * step);
		else
			fputs("''", canvas->gp);
		fprintf(canvas->gp, " %.9g", (double)i * step);
		comma = ", ";
	}
	fputs(")\n", canvas->gp);
}

void bdt_canvas_axis(struct bdt_canvas *canvas, const char *axis, double first, double last, double step_min)
{
	axis_tics(canvas, axis, first, last, fmax(bdt_nice_step(last - first, 7), step_min), true);
}

void bdt_canvas_time(struct bdt_canvas *canvas, double first, double last, bool labelled)
{
	double range = last > first ? last - first : 1, pad = range * 0.008;

	axis_tics(canvas, "x", first - pad, first + range + pad, bdt_nice_step(range, 10), labelled);
}

void bdt_canvas_lower(struct bdt_canvas *canvas, unsigned int split, double seconds, double top,
		      const char *y)
{
	bdt_canvas_panel(canvas, BT_CANVAS_LEFT, split + 30, BT_CANVAS_RIGHT,
			 canvas->height - BT_CANVAS_BELOW);
	bdt_canvas_time(canvas, 0, seconds, true);
	bdt_canvas_axis(canvas, "y", 0, top, 1);
	bdt_canvas_key(canvas);
	bdt_canvas_labels(canvas, y, BT_CANVAS_TIME, 43);
}

void bdt_canvas_nothing(struct bdt_canvas *canvas, const char *text)
{
	fprintf(canvas->gp,
		"unset tics\nunset key\n"
		"set label 3 '%s' at graph 0.5,0.5 center font TITLE textcolor rgb '#505050'\n"
		"plot [0:1] [0:1] 2 notitle\n",
		text);
}
