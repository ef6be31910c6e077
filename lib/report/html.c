/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/html.h"
#include "base/utf8.h"
#include "report/format.h"
#include <stdarg.h>
#include <string.h>

void bdt_html_text(FILE *out, const char *text)
{
	while (*text) {
		int n = bdt_utf8_length(text);

		if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '>')
			fputs("&gt;", out);
		else if (*text == '&')
			fputs("&amp;", out);
		else if (*text == '"')
			fputs("&quot;", out);
		else if (*text == '\'')
			fputs("&#39;", out);
		else if (!n || (n == 1 && ((unsigned char)*text < ' ' || *text == 0x7f)))
			fputs("\xef\xbf\xbd", out);
		else
			fwrite(text, 1, (size_t)n, out);
		text += n ? n : 1;
	}
}

void bdt_html_format(FILE *out, const char *format, ...)
{
	char text[2048];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	bdt_html_text(out, text);
}

void bdt_html_table(FILE *out, const char *columns)
{
	fputs("<div class=\"wide\"><table>\n<thead><tr>", out);
	while (*columns) {
		size_t n = strcspn(columns, "|");
		int right = *columns == '>';

		fprintf(out, "<th%s>%.*s</th>", right ? " class=\"n\"" : "", (int)n - right, columns + right);
		columns += n + (columns[n] == '|');
	}
	fputs("</tr></thead>\n<tbody>\n", out);
}

void bdt_html_row(FILE *out)
{
	fputs("<tr>", out);
}

void bdt_html_row_end(FILE *out)
{
	fputs("</tr>\n", out);
}

void bdt_html_cell(FILE *out, const char *text)
{
	fputs("<td>", out);
	bdt_html_text(out, text);
	fputs("</td>", out);
}

void bdt_html_number(FILE *out, const char *text)
{
	fputs("<td class=\"n\">", out);
	bdt_html_text(out, text);
	fputs("</td>", out);
}

void bdt_html_count(FILE *out, uint64_t n)
{
	struct bdt_format text;

	bdt_html_number(out, bdt_format_count(&text, n));
}

void bdt_html_table_end(FILE *out)
{
	fputs("</tbody></table></div>\n", out);
}
