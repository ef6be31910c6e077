/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPORT_TSV_H
#define BT_REPORT_TSV_H

#include <buddytrace/diag.h>
#include <buddytrace/event.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads the tables of a replay directory (doc/replay-directory.md) row by row: tab-separated, names of the
 * columns in the first line, "." for "no value".  A table of any length needs the memory of one line.
 * Errors name the file and the line: -EBADMSG for a missing column, a row with too few or too many cells, a
 * cell that is no number or a number that is too large, a line that is cut or too long.
 */
#define BT_TSV_COLUMNS 64
#define BT_TSV_NAME    64 /* bytes of a name, with its NUL; longer ones are cut */

/* Largest count that is taken: sums of them stay exact in a double. */
#define BT_TSV_MAX UINT64_C(4000000000000000)

enum bdt_tsv_type {
	BDT_TSV_COUNT, /* uint64_t; "." = 0 */
	BDT_TSV_INT,   /* int64_t; "." = -1 */
	BDT_TSV_TIME,  /* double, seconds; "." = 0 */
	BDT_TSV_WORD,  /* char[BT_TSV_NAME]: a kernel or model word, see bdt_tsv_clean_word() */
	BDT_TSV_TEXT,  /* char[BT_TSV_NAME]: any text of the recording (task names), as it is */
	BDT_TSV_ORDERS /* uint64_t[BT_MAX_ORDERS]: columns NAME0, NAME1, ...; missing ones are 0 */
};

/* Where a column goes in the row struct; the table of fields ends with a NULL name. */
struct bdt_tsv_field {
	const char *name;
	enum bdt_tsv_type type;
	size_t offset;
};

struct bdt_tsv;

/* 0, or errno values of fopen(3) and the errors above.  Free with bdt_tsv_close() (NULL is allowed). */
int bdt_tsv_open(const char *path, const struct bdt_tsv_field *fields, struct bdt_tsv **out,
		 struct bdt_diag *diag);
void bdt_tsv_close(struct bdt_tsv *tsv);
/* Fills the fields of `row`; 1 at the end. */
int bdt_tsv_next(struct bdt_tsv *tsv, void *row, struct bdt_diag *diag);
/* Number of columns of an ORDERS field, 0 if there is none. */
unsigned int bdt_tsv_orders(const struct bdt_tsv *tsv);

/*
 * Copies `text` into out[BT_TSV_NAME] so that it can stand in a gnuplot script: what is not plain ASCII, and
 * what means something there, becomes '?'.
 */
void bdt_tsv_clean_word(char *out, const char *text);

/*
 * Reads all rows into an array of `size`-byte structs (*rows, free()).  More than `max` rows: -EFBIG.
 * *norders may be NULL.
 */
int bdt_tsv_load(const char *path, const struct bdt_tsv_field *fields, size_t size, size_t max, void **rows,
		 size_t *n, unsigned int *norders, struct bdt_diag *diag);

#endif
