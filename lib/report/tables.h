/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPORT_TABLES_H
#define BT_REPORT_TABLES_H

#include "report/scorefile.h"
#include "report/tsv.h"
#include <buddytrace/diag.h>
#include <buddytrace/event.h>
#include <stddef.h>
#include <stdint.h>

/* A replay directory in memory: score.json and all tables but fallbacks.tsv, which has no bound. */

struct bdt_series_row {
	double begin_s, end_s; /* seconds since the first event */
	uint64_t events, removals, exact, known, known_exact;
	uint64_t observed, predicted, tp, fp, fn; /* fallbacks */
	uint64_t onsets_observed, onsets_predicted, onsets_tp;
	uint64_t contradictions, lost;
};

/* Free pages of a zone by order; from the model (free.tsv) or from a snapshot's buddyinfo (marks.tsv). */
struct bdt_free_row {
	double time_s;
	int64_t node;
	char zone[BT_TSV_NAME];
	char snapshot[BT_TSV_NAME]; /* marks only */
	uint64_t pages[BT_MAX_ORDERS];
};

struct bdt_confusion_row {
	char alloc_mt[BT_TSV_NAME], fallback_mt[BT_TSV_NAME];
	int64_t alloc_order, fallback_order;
	uint64_t observed, predicted, both;
};

struct bdt_cause_row {
	char class[BT_TSV_NAME], cause[BT_TSV_NAME];
	uint64_t count;
};

struct bdt_removals_row {
	int64_t node, order;
	char zone[BT_TSV_NAME], migratetype[BT_TSV_NAME];
	uint64_t removals, exact, known, known_exact;
};

struct bdt_task_row {
	char task[BT_TSV_NAME];
	uint64_t fallbacks, claims, steals;
};

struct bdt_tables {
	const char *dir; /* borrowed */
	struct bdt_scorefile score;
	size_t nseries, nfree, nmarks, nconfusion, ncauses, nremovals, ntasks;
	unsigned int norders; /* of free and marks */
	struct bdt_series_row *series;
	struct bdt_free_row *free, *marks;
	struct bdt_confusion_row *confusion;
	struct bdt_cause_row *causes;
	struct bdt_removals_row *removals;
	struct bdt_task_row *tasks;
	/* Sums and names that several charts need. */
	double duration_s;        /* end of the last bin */
	uint64_t page_size;       /* bytes; 4096 when score.json does not say */
	char kernel[BT_TSV_NAME]; /* release of the recorded kernel, cleaned; "?" if unknown */
};

/*
 * Reads the directory.  A table that is not there is empty, with a warning; without score.json it is no
 * replay directory (-ENOENT).  Other errors: those of bdt_tsv_load().  Free with bdt_tables_finish(), after
 * an error too.
 */
int bdt_tables_read(struct bdt_tables *tables, const char *dir, const struct bdt_log *log,
		    struct bdt_diag *diag);
void bdt_tables_finish(struct bdt_tables *tables);

/* Sum of one column of the series; `offset` is that of a uint64_t in struct bdt_series_row.  O(bins). */
uint64_t bdt_series_sum(const struct bdt_tables *tables, size_t offset);
#define BT_SERIES_SUM(tables, member) bdt_series_sum(tables, offsetof(struct bdt_series_row, member))

/* Adds the counts of `row` to `sum` and stretches its time span over it. */
void bdt_series_add(struct bdt_series_row *sum, const struct bdt_series_row *row);

#endif
