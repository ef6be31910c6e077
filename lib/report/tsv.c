/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/tsv.h"
#include "base/array.h"
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LINE 65536

struct bdt_tsv {
	FILE *f;
	char *path;
	uint64_t line;
	const struct bdt_tsv_field *fields;
	size_t ncolumns;
	unsigned int norders;
	/* What to do with each column: a field, or NULL for a column nobody asked for. */
	const struct bdt_tsv_field *column[BT_TSV_COLUMNS];
	unsigned int order[BT_TSV_COLUMNS]; /* of an ORDERS column */
	char *cell[BT_TSV_COLUMNS];
	char text[MAX_LINE];
};

static int bad(const struct bdt_tsv *tsv, const char *what, const char *name, struct bdt_diag *diag)
{
	return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET, "%s: line %llu: %s%s%s", tsv->path,
			    (unsigned long long)tsv->line, what, *name ? " " : "", name);
}

/* Cuts the next line into tsv->cell; 1 at the end of the file. */
static int split_line(struct bdt_tsv *tsv, size_t *ncells, struct bdt_diag *diag)
{
	size_t length, n = 0;

	tsv->line++;
	if (!fgets(tsv->text, sizeof(tsv->text), tsv->f))
		return ferror(tsv->f) ? bad(tsv, "cannot be read", "", diag) : 1;
	length = strlen(tsv->text);
	if (!length || tsv->text[length - 1] != '\n')
		return bad(tsv, length == sizeof(tsv->text) - 1 ? "too long" : "the line is cut", "", diag);
	tsv->text[length - 1] = '\0';
	for (char *at = tsv->text; at;) {
		char *tab = strchr(at, '\t');

		if (n == BT_TSV_COLUMNS)
			return bad(tsv, "too many columns", "", diag);
		tsv->cell[n++] = at;
		if (tab)
			*tab++ = '\0';
		at = tab;
	}
	*ncells = n;
	return 0;
}

static bool order_column(const struct bdt_tsv_field *field, const char *name, unsigned int *order)
{
	size_t n = strlen(field->name);
	char *end;

	if (strncmp(name, field->name, n) || name[n] < '0' || name[n] > '9')
		return false;
	*order = (unsigned int)strtoul(name + n, &end, 10);
	return !*end && *order < BT_MAX_ORDERS;
}

static void bind_column(struct bdt_tsv *tsv, size_t i)
{
	for (const struct bdt_tsv_field *field = tsv->fields; field->name; field++) {
		if (field->type == BDT_TSV_ORDERS) {
			if (!order_column(field, tsv->cell[i], &tsv->order[i]))
				continue;
			if (tsv->order[i] >= tsv->norders)
				tsv->norders = tsv->order[i] + 1;
		} else if (strcmp(field->name, tsv->cell[i])) {
			continue;
		}
		tsv->column[i] = field;
		return;
	}
}

static int read_header(struct bdt_tsv *tsv, struct bdt_diag *diag)
{
	int err = split_line(tsv, &tsv->ncolumns, diag);

	if (err)
		return err == 1 ? bad(tsv, "the table is empty, not even column names", "", diag) : err;
	for (size_t i = 0; i < tsv->ncolumns; i++)
		bind_column(tsv, i);
	for (const struct bdt_tsv_field *field = tsv->fields; field->name; field++) {
		bool found = false;

		for (size_t i = 0; i < tsv->ncolumns; i++)
			found |= tsv->column[i] == field;
		if (!found)
			return bad(tsv, "no column", field->name, diag);
	}
	return 0;
}

int bdt_tsv_open(const char *path, const struct bdt_tsv_field *fields, struct bdt_tsv **out,
		 struct bdt_diag *diag)
{
	struct bdt_tsv *tsv = calloc(1, sizeof(*tsv));
	int err = -ENOMEM;

	if (!tsv)
		goto fail;
	tsv->fields = fields;
	tsv->path = strdup(path);
	if (!tsv->path)
		goto fail;
	tsv->f = fopen(path, "re");
	if (!tsv->f) {
		err = -errno;
		goto fail;
	}
	err = read_header(tsv, diag);
	if (err)
		goto fail;
	*out = tsv;
	return 0;
fail:
	bdt_tsv_close(tsv);
	return bdt_diag_set(diag, err, BT_NO_OFFSET, "%s: %s", path, strerror(-err));
}

void bdt_tsv_close(struct bdt_tsv *tsv)
{
	if (!tsv)
		return;
	if (tsv->f)
		fclose(tsv->f);
	free(tsv->path);
	free(tsv);
}

unsigned int bdt_tsv_orders(const struct bdt_tsv *tsv)
{
	return tsv->norders;
}

static bool parse_count(const char *text, uint64_t *out)
{
	char *end;

	*out = 0;
	if (!strcmp(text, "."))
		return true;
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*out = strtoull(text, &end, 10);
	return !*end && !errno && *out <= BT_TSV_MAX;
}

static bool parse_int(const char *text, int64_t *out)
{
	bool negative = *text == '-';
	uint64_t value;

	*out = -1;
	if (!strcmp(text, "."))
		return true;
	if (!parse_count(text + negative, &value))
		return false;
	*out = negative ? -(int64_t)value : (int64_t)value;
	return true;
}

static bool parse_time(const char *text, double *out)
{
	char *end;

	*out = 0;
	if (!strcmp(text, "."))
		return true;
	/* strtod() takes more than a table may hold: hexadecimal, infinities, leading blanks. */
	if (text[strspn(text, "0123456789.eE+-")])
		return false;
	*out = strtod(text, &end);
	return end != text && !*end && fabs(*out) <= 1e10;
}

void bdt_tsv_clean_word(char *out, const char *text)
{
	size_t i;

	for (i = 0; text[i] && i < BT_TSV_NAME - 1; i++)
		out[i] = text[i] > ' ' && text[i] < 0x7f && !strchr("\"'`\\#$@%", text[i]) ? text[i] : '?';
	out[i] = '\0';
}

static bool store(const struct bdt_tsv *tsv, size_t i, char *row)
{
	const struct bdt_tsv_field *field = tsv->column[i];
	const char *text = tsv->cell[i];
	void *to = row + field->offset;

	switch (field->type) {
	case BDT_TSV_COUNT:
		return parse_count(text, to);
	case BDT_TSV_INT:
		return parse_int(text, to);
	case BDT_TSV_TIME:
		return parse_time(text, to);
	case BDT_TSV_ORDERS:
		return parse_count(text, (uint64_t *)to + tsv->order[i]);
	case BDT_TSV_WORD:
		bdt_tsv_clean_word(to, text);
		return true;
	case BDT_TSV_TEXT:
		snprintf(to, BT_TSV_NAME, "%s", text);
		return true;
	}
	return false;
}

int bdt_tsv_next(struct bdt_tsv *tsv, void *row, struct bdt_diag *diag)
{
	size_t n;
	int err = split_line(tsv, &n, diag);

	if (err)
		return err;
	if (n != tsv->ncolumns)
		return bad(tsv, n < tsv->ncolumns ? "cells are missing" : "more cells than columns", "",
			   diag);
	for (size_t i = 0; i < n; i++)
		if (tsv->column[i] && !store(tsv, i, row))
			return bad(tsv, "not a number, or too large, in column", tsv->column[i]->name, diag);
	return 0;
}

int bdt_tsv_load(const char *path, const struct bdt_tsv_field *fields, size_t size, size_t max, void **rows,
		 size_t *n, unsigned int *norders, struct bdt_diag *diag)
{
	struct bdt_tsv *tsv;
	int err = bdt_tsv_open(path, fields, &tsv, diag);

	*rows = NULL;
	*n = 0;
	if (err)
		return err;
	if (norders)
		*norders = bdt_tsv_orders(tsv);
	while (!err) {
		void *row = bdt_array_add(rows, n, size);

		if (!row)
			err = bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "%s: out of memory", path);
		else if (*n > max)
			err = bdt_diag_set(diag, -EFBIG, BT_NO_OFFSET, "%s: more than %zu rows", path, max);
		else
			err = bdt_tsv_next(tsv, row, diag);
	}
	bdt_tsv_close(tsv);
	if (err == 1) {
		--*n;
		return 0;
	}
	free(*rows);
	*rows = NULL;
	*n = 0;
	return err;
}
