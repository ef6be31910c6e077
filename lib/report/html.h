/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPORT_HTML_H
#define BT_REPORT_HTML_H

#include <stdint.h>
#include <stdio.h>

/*
 * Writers of HTML.  Whatever comes out of a recording goes through bdt_html_text() or bdt_html_format();
 * fputs() is for our own markup.
 */

/* Text with <, >, &, quotes escaped; control characters and what is not UTF-8 become U+FFFD. */
void bdt_html_text(FILE *out, const char *text);
/* The same for a formatted text of up to 2 KiB. */
void bdt_html_format(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Start of a table; `columns` are the headings, separated by '|', a leading '>' aligns numbers to the right.
 */
void bdt_html_table(FILE *out, const char *columns);
/* Start and end of a row; its cells come between them, in order. */
void bdt_html_row(FILE *out);
void bdt_html_row_end(FILE *out);
/* A cell of text (escaped). */
void bdt_html_cell(FILE *out, const char *text);
/* A cell of a number, aligned to the right: formatted text (escaped), and a count with separators. */
void bdt_html_number(FILE *out, const char *text);
void bdt_html_count(FILE *out, uint64_t n);
/* End of the table. */
void bdt_html_table_end(FILE *out);

#endif
