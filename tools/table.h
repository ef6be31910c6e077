/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BT_TOOLS_TABLE_H
#define BT_TOOLS_TABLE_H

#include <stddef.h>
#include <stdio.h>

#define BT_TABLE_COLUMNS 24

/* A table of text whose columns are as wide as what is in them, up to a limit for those that are aligned
 * left. */
struct bdt_table {
	size_t ncolumns;
	int right[BT_TABLE_COLUMNS]; /* aligned to the right */
	char **cells;                /* row after row; the first row are the headings */
	size_t ncells;
	int failed; /* out of memory */
};

/* Starts a table; `columns` are the headings, separated by '|', a leading '>' aligns to the right. */
void bdt_table_init(struct bdt_table *table, const char *columns);
/* The next cell; rows fill from left to right. */
void bdt_table_cell(struct bdt_table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Prints the table, each line after `indent` blanks, and frees it. */
void bdt_table_print(struct bdt_table *table, int indent, FILE *out);
/* Frees the table without printing it. */
void bdt_table_drop(struct bdt_table *table);

#endif
