/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPORT_CHART_H
#define BT_REPORT_CHART_H

#include "report/canvas.h"
#include "report/tables.h"

/* A chart of a replay directory: NAME.gp, NAME.tsv and NAME.svg or NAME.png. */
struct bdt_chart {
	const char *name;
	const char *heading; /* in the report, above the chart */
	const char *caption; /* in the report, below: how to read it; plain text */
	/* Writes script and data; 0 or -ENOMEM. */
	int (*write)(struct bdt_canvas *canvas, const struct bdt_tables *tables);
};

extern const struct bdt_chart bdt_chart_fallbacks;
extern const struct bdt_chart bdt_chart_cumulative;
extern const struct bdt_chart bdt_chart_confusion;
extern const struct bdt_chart bdt_chart_free;
extern const struct bdt_chart bdt_chart_exact;
extern const struct bdt_chart bdt_chart_causes;

/* All of them in the order of the report; ends with NULL. */
extern const struct bdt_chart *const bdt_charts[];

#endif
