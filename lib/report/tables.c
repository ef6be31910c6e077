/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/tables.h"
#include "base/outfile.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ROWS 65536
/* No more combinations than there are; what compares each with each stays below a few seconds. */
#define MAX_CONFUSION (BT_MAX_MIGRATETYPES * BT_MAX_MIGRATETYPES * BT_MAX_ORDERS * BT_MAX_ORDERS)

/* A column and the member that it fills: of another name, of its own name, and a number of its own name. */
#define AS(type, name, kind, to)                                \
	{                                                       \
		name, BDT_TSV_##kind, offsetof(struct type, to) \
	}
#define FIELD(type, name, kind) AS(type, #name, kind, name)
#define COUNT(type, name)       FIELD(type, name, COUNT)
#define END                            \
	{                              \
		NULL, BDT_TSV_COUNT, 0 \
	}

static const struct bdt_tsv_field series_fields[] = {
	FIELD(bdt_series_row, begin_s, TIME),
	FIELD(bdt_series_row, end_s, TIME),
	COUNT(bdt_series_row, events),
	COUNT(bdt_series_row, removals),
	COUNT(bdt_series_row, exact),
	COUNT(bdt_series_row, known),
	COUNT(bdt_series_row, known_exact),
	COUNT(bdt_series_row, observed),
	COUNT(bdt_series_row, predicted),
	COUNT(bdt_series_row, tp),
	COUNT(bdt_series_row, fp),
	COUNT(bdt_series_row, fn),
	COUNT(bdt_series_row, onsets_observed),
	COUNT(bdt_series_row, onsets_predicted),
	COUNT(bdt_series_row, onsets_tp),
	COUNT(bdt_series_row, contradictions),
	COUNT(bdt_series_row, lost),
	END,
};

static const struct bdt_tsv_field free_fields[] = {
	FIELD(bdt_free_row, time_s, TIME),
	FIELD(bdt_free_row, node, INT),
	FIELD(bdt_free_row, zone, WORD),
	AS(bdt_free_row, "pages_order", ORDERS, pages),
	END,
};

static const struct bdt_tsv_field marks_fields[] = {
	FIELD(bdt_free_row, time_s, TIME),
	FIELD(bdt_free_row, node, INT),
	FIELD(bdt_free_row, zone, WORD),
	FIELD(bdt_free_row, snapshot, WORD),
	AS(bdt_free_row, "pages_order", ORDERS, pages),
	END,
};

static const struct bdt_tsv_field confusion_fields[] = {
	AS(bdt_confusion_row, "alloc_migratetype", WORD, alloc_mt),
	AS(bdt_confusion_row, "fallback_migratetype", WORD, fallback_mt),
	FIELD(bdt_confusion_row, alloc_order, INT),
	FIELD(bdt_confusion_row, fallback_order, INT),
	COUNT(bdt_confusion_row, observed),
	COUNT(bdt_confusion_row, predicted),
	COUNT(bdt_confusion_row, both),
	END,
};

static const struct bdt_tsv_field cause_fields[] = {
	FIELD(bdt_cause_row, class, WORD),
	FIELD(bdt_cause_row, cause, WORD),
	COUNT(bdt_cause_row, count),
	END,
};

static const struct bdt_tsv_field removals_fields[] = {
	FIELD(bdt_removals_row, node, INT),
	FIELD(bdt_removals_row, zone, WORD),
	FIELD(bdt_removals_row, order, INT),
	FIELD(bdt_removals_row, migratetype, WORD),
	COUNT(bdt_removals_row, removals),
	COUNT(bdt_removals_row, exact),
	COUNT(bdt_removals_row, known),
	COUNT(bdt_removals_row, known_exact),
	END,
};

static const struct bdt_tsv_field task_fields[] = {
	FIELD(bdt_task_row, task, TEXT),
	COUNT(bdt_task_row, fallbacks),
	COUNT(bdt_task_row, claims),
	COUNT(bdt_task_row, steals),
	END,
};

struct source {
	const char *name;
	const struct bdt_tsv_field *fields;
	size_t max;          /* rows */
	size_t size;         /* of a row, bytes */
	size_t rows, number; /* where they go in struct bdt_tables */
};

#define SOURCE(name, fields, rows, max)                                                                        \
	{                                                                                                      \
		name, fields, max, sizeof(*((struct bdt_tables *)0)->rows), offsetof(struct bdt_tables, rows), \
			offsetof(struct bdt_tables, n##rows)                                                   \
	}

static const struct source sources[] = {
	SOURCE("series", series_fields, series, MAX_ROWS),
	SOURCE("free", free_fields, free, MAX_ROWS),
	SOURCE("marks", marks_fields, marks, MAX_ROWS),
	SOURCE("confusion", confusion_fields, confusion, MAX_CONFUSION),
	SOURCE("causes", cause_fields, causes, MAX_ROWS),
	SOURCE("removals", removals_fields, removals, MAX_ROWS),
	SOURCE("tasks", task_fields, tasks, MAX_ROWS),
};

static int load(struct bdt_tables *tables, const struct source *source, const struct bdt_log *log,
		struct bdt_diag *diag)
{
	void *rows;
	size_t *n = (size_t *)((char *)tables + source->number);
	char *path = bdt_path_join(tables->dir, source->name, ".tsv");
	struct bdt_diag why;
	unsigned int norders;
	int err;

	bdt_diag_clear(&why);
	if (!path)
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
	err = bdt_tsv_load(path, source->fields, source->size, source->max, &rows, n, &norders, &why);
	if (err == -ENOENT) {
		bdt_log_warn(log, "%s is not there: what it would show is left out", path);
		err = 0;
	}
	if (err)
		bdt_diag_set(diag, err, BT_NO_OFFSET, "%s", why.text);
	else if (norders > tables->norders)
		tables->norders = norders;
	memcpy((char *)tables + source->rows, &rows, sizeof(rows));
	free(path);
	return err;
}

static void derive(struct bdt_tables *tables)
{
	const char *kernel = bdt_scorefile_text(&tables->score, "kernel");

	tables->page_size = bdt_scorefile_count(&tables->score, "page_size");
	if (!tables->page_size)
		tables->page_size = 4096;
	for (size_t i = 0; i < tables->nseries; i++)
		if (tables->series[i].end_s > tables->duration_s)
			tables->duration_s = tables->series[i].end_s;
	bdt_tsv_clean_word(tables->kernel, kernel && *kernel ? kernel : "?");
}

int bdt_tables_read(struct bdt_tables *tables, const char *dir, const struct bdt_log *log,
		    struct bdt_diag *diag)
{
	int err;

	*tables = (struct bdt_tables){ .dir = dir };
	err = bdt_scorefile_read(&tables->score, dir, diag);
	for (size_t i = 0; !err && i < sizeof(sources) / sizeof(sources[0]); i++)
		err = load(tables, &sources[i], log, diag);
	if (!err)
		derive(tables);
	return err;
}

void bdt_tables_finish(struct bdt_tables *tables)
{
	bdt_scorefile_finish(&tables->score);
	free(tables->series);
	free(tables->free);
	free(tables->marks);
	free(tables->confusion);
	free(tables->causes);
	free(tables->removals);
	free(tables->tasks);
	*tables = (struct bdt_tables){ 0 };
}

uint64_t bdt_series_sum(const struct bdt_tables *tables, size_t offset)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < tables->nseries; i++)
		sum += *(const uint64_t *)((const char *)&tables->series[i] + offset);
	return sum;
}

void bdt_series_add(struct bdt_series_row *sum, const struct bdt_series_row *row)
{
	if (row->begin_s < sum->begin_s)
		sum->begin_s = row->begin_s;
	if (row->end_s > sum->end_s)
		sum->end_s = row->end_s;
	for (const struct bdt_tsv_field *field = series_fields; field->name; field++)
		if (field->type == BDT_TSV_COUNT)
			*(uint64_t *)((char *)sum + field->offset) +=
				*(const uint64_t *)((const char *)row + field->offset);
}
