/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <config.h>

#include "table.h"
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

void bdt_table_init(struct bdt_table *table, const char *columns)
{
	*table = (struct bdt_table){ 0 };
	for (; table->ncolumns < BT_TABLE_COLUMNS; columns++) {
		size_t n = strcspn(columns, "|"), right = *columns == '>';

		table->right[table->ncolumns++] = (int)right;
		bdt_table_cell(table, "%.*s", (int)(n - right), columns + right);
		columns += n;
		if (!*columns)
			break;
	}
}

/* Names out of a recording stand in cells: nothing may move the cursor or end the line. */
static void clean(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

void bdt_table_cell(struct bdt_table *table, const char *format, ...)
{
	char **cells = table->cells;
	va_list args;

	/* Room for the next power of two. */
	if (!(table->ncells & (table->ncells - 1)))
		cells = realloc(cells, (table->ncells ? 2 * table->ncells : 1) * sizeof(*cells));
	if (!cells) {
		table->failed = 1;
		return;
	}
	table->cells = cells;
	va_start(args, format);
	if (vasprintf(&cells[table->ncells], format, args) < 0)
		table->failed = 1;
	else
		clean(cells[table->ncells++]);
	va_end(args);
}

/* Columns of the terminal that the text takes. */
static int width(const char *text)
{
	mbstate_t state = { 0 };
	int columns = 0;

	while (*text) {
		wchar_t wide;
		size_t n = mbrtowc(&wide, text, MB_LEN_MAX, &state);

		if (n == (size_t)-1 || n == (size_t)-2) {
			memset(&state, 0, sizeof(state));
			columns++;
			text++;
			continue;
		}
		columns += wcwidth(wide) > 0 ? wcwidth(wide) : 0;
		text += n;
	}
	return columns;
}

void bdt_table_print(struct bdt_table *table, int indent, FILE *out)
{
	int widths[BT_TABLE_COLUMNS] = { 0 };

	for (size_t i = 0; i < table->ncells; i++) {
		int w = width(table->cells[i]);

		if (w > widths[i % table->ncolumns])
			widths[i % table->ncolumns] = w;
	}
	for (size_t i = 0; !table->failed && i < table->ncells; i++) {
		size_t column = i % table->ncolumns;
		int pad = widths[column] - width(table->cells[i]);
		bool last = column == table->ncolumns - 1;

		fprintf(out, "%*s%*s%s", column ? 2 : indent, "", table->right[column] ? pad : 0, "",
			table->cells[i]);
		if (last)
			fputc('\n', out);
		else if (!table->right[column])
			fprintf(out, "%*s", pad, "");
	}
	if (table->failed)
		fprintf(out, "%*s(out of memory)\n", indent, "");
	bdt_table_drop(table);
}

void bdt_table_drop(struct bdt_table *table)
{
	for (size_t i = 0; i < table->ncells; i++)
		free(table->cells[i]);
	free(table->cells);
	*table = (struct bdt_table){ 0 };
}
