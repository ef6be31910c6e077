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
/* Fallbacks, tasks, mismatches, end state, zones. */
void bdt_page_tables(const struct bdt_page *page);
/* Fallbacks that were not predicted or did not happen, the first ones of fallbacks.tsv. */
void bdt_page_misses(const struct bdt_page *page);
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
