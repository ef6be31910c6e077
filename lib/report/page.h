/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPORT_PAGE_H
#define BT_REPORT_PAGE_H

#include "report/tables.h"
#include <buddytrace/tracefile.h>
#include <stdio.h>

/* The parts of the report page, in their order; each writes one or more <section>s. */
struct bdt_page {
	FILE *out;
	const struct bdt_tables *tables;
	const struct bdt_tracefile *tf; /* NULL: the recording is not at hand */
};

/* What the score means in a few sentences. */
void bdt_page_verdict(const struct bdt_page *page);
/* The table of key figures. */
void bdt_page_figures(const struct bdt_page *page);
/* Fallbacks, tasks, mismatches, zones; 0 or the errors of bdt_page_misses(). */
int bdt_page_tables(const struct bdt_page *page, const struct bdt_log *log, struct bdt_diag *diag);
/*
 * Fallbacks that were not predicted or did not happen, the first ones of fallbacks.tsv.  0, also with a warning
 * when that is not there, or the errors of bdt_tsv_open() and bdt_tsv_next().
 */
int bdt_page_misses(const struct bdt_page *page, const struct bdt_log *log, struct bdt_diag *diag);
/* Behind a table that shows `shown` of `n` rows: how many there are of `what`, and `where`; nothing if it shows all. */
void bdt_page_rest(const struct bdt_page *page, size_t n, size_t shown, const char *what, const char *where);
/* In place of the rows of NAME.tsv: `text` (ours) when it has none, or that it is not there. */
void bdt_page_nothing(const struct bdt_page *page, const char *name, const char *text);
/*
 * Fallbacks by call site and task, stalls and compaction as they were observed: reads the recording once more.
 * Nothing without a tracefile.  0 or the errors of bdt_stat_add().
 */
int bdt_page_observed(const struct bdt_page *page, const struct bdt_log *log, struct bdt_diag *diag);
/* The recording: machine, clock, loss, snapshots; less without a tracefile. */
void bdt_page_recording(const struct bdt_page *page);
/* Glossary and how to read the score. */
void bdt_page_help(const struct bdt_page *page);

#endif
