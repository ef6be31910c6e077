/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BUDDYTRACE_REPORT_H
#define BUDDYTRACE_REPORT_H

#include <buddytrace/diag.h>
#include <buddytrace/tracefile.h>
#include <stdbool.h>
#include <stddef.h>

enum bdt_plot_format { BDT_PLOT_SVG, BDT_PLOT_PNG };

/*
 * Draws the charts of a replay directory into it: NAME.gp, NAME.tsv and, when gnuplot can be run,
 * NAME.svg or NAME.png each.  `*drawn` becomes false when there is no gnuplot; the scripts are there then.
 */
int bdt_plot_run(const char *replay_dir, enum bdt_plot_format format, bool *drawn,
		 const struct bdt_log *log, struct bdt_diag *diag);

/*
 * The charts that bdt_plot_run() draws: NAME and heading of the i-th, static strings; false past the last.
 */
bool bdt_plot_chart(size_t i, const char **name, const char **heading);

/*
 * Writes one self-contained HTML page (inline SVG, no script, nothing fetched) from a replay directory that
 * was plotted as SVG.  `tf` may be NULL: the page then lacks the part on the recording.
 */
int bdt_report_write(const char *replay_dir, const struct bdt_tracefile *tf, const char *html,
		     const struct bdt_log *log, struct bdt_diag *diag);

#endif
