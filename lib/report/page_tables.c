/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/outfile.h"
#include "report/format.h"
#include "report/html.h"
#include "report/page.h"
#include "report/words.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_PAIRS 40
#define MAX_TASKS 20
#define MAX_ZONES 15

/* A sorted copy of `n` rows, free(); NULL when there is nothing to sort or no memory to do it in. */
static void *sorted(const void *rows, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	void *copy = n ? malloc(n * size) : NULL;

	if (copy) {
		memcpy(copy, rows, n * size);
		qsort(copy, n, size, compare);
	}
	return copy;
}

static int descending(uint64_t a, uint64_t b)
{
	return a < b ? 1 : a > b ? -1 : 0;
}

static int by_observed(const void *a, const void *b)
{
	const struct bdt_confusion_row *left = a, *right = b;
	int order = descending(left->observed, right->observed);

	if (!order)
		order = descending(left->predicted, right->predicted);
	return order ? order : memcmp(left, right, sizeof(*left));
}

static int by_fallbacks(const void *a, const void *b)
{
	const struct bdt_task_row *left = a, *right = b;
	int order = descending(left->fallbacks, right->fallbacks);

	return order ? order : strcmp(left->task, right->task);
}

static int by_misses(const void *a, const void *b)
{
	const struct bdt_removals_row *left = a, *right = b;
	int order = descending(left->removals - left->exact, right->removals - right->exact);

	return order ? order : memcmp(left, right, sizeof(*left));
}

static void section(FILE *out, const char *id, const char *title)
{
	fprintf(out, "<section id=\"%s\">\n<h2>%s</h2>\n", id, title);
}

void bdt_page_rest(const struct bdt_page *page, size_t n, size_t shown, const char *what, const char *where)
{
	if (n > shown)
		fprintf(page->out, "<p class=\"note\">The first %zu of %zu %s; %s.</p>\n", shown, n, what, where);
}

void bdt_page_nothing(const struct bdt_page *page, const char *name, const char *text)
{
	char *path = bdt_path_join(page->tables->dir, name, ".tsv");

	if (path && access(path, F_OK))
		fprintf(page->out, "<p>Nothing recorded: %s.tsv is not there.</p>\n", name);
	else
		fprintf(page->out, "<p>%s</p>\n", text);
	free(path);
}

static void order_cell(FILE *out, int64_t order)
{
	char text[24];

	snprintf(text, sizeof(text), order < 0 ? "?" : "%" PRId64, order);
	bdt_html_number(out, text);
}

static void fallback_table(const struct bdt_page *page)
{
	const struct bdt_tables *tables = page->tables;
	struct bdt_confusion_row *rows =
		sorted(tables->confusion, tables->nconfusion, sizeof(*rows), by_observed);
	struct bdt_format share;

	section(page->out, "pairs", "Fallbacks by migratetype and order");
	if (rows)
		bdt_html_table(page->out,
			       "requested|>order|taken from|>order taken|>observed|>share|>predicted|>both");
	else
		bdt_page_nothing(page, "confusion", "There were none.");
	for (size_t i = 0; rows && i < tables->nconfusion && i < MAX_PAIRS; i++) {
		bdt_html_row(page->out);
		bdt_html_cell(page->out, rows[i].alloc_mt);
		order_cell(page->out, rows[i].alloc_order);
		bdt_html_cell(page->out, rows[i].fallback_mt);
		order_cell(page->out, rows[i].fallback_order);
		bdt_html_count(page->out, rows[i].observed);
		bdt_html_number(page->out,
				bdt_format_ratio(&share, rows[i].observed,
						 bdt_scorefile_count(&tables->score, "fallbacks.observed")));
		bdt_html_count(page->out, rows[i].predicted);
		bdt_html_count(page->out, rows[i].both);
		bdt_html_row_end(page->out);
	}
	if (rows)
		bdt_html_table_end(page->out);
	bdt_page_rest(page, tables->nconfusion, MAX_PAIRS, "combinations", "all of them are in confusion.tsv");
	fputs("</section>\n", page->out);
	free(rows);
}

static void task_table(const struct bdt_page *page)
{
	const struct bdt_tables *tables = page->tables;
	struct bdt_task_row *rows = sorted(tables->tasks, tables->ntasks, sizeof(*rows), by_fallbacks);
	struct bdt_format share;

	section(page->out, "tasks", "Tasks that caused fallbacks");
	if (rows)
		bdt_html_table(page->out, "task|>fallbacks|>share|>claims|>steals");
	else
		bdt_page_nothing(page, "tasks", "There were none.");
	for (size_t i = 0; rows && i < tables->ntasks && i < MAX_TASKS; i++) {
		bdt_html_row(page->out);
		bdt_html_cell(page->out, rows[i].task);
		bdt_html_count(page->out, rows[i].fallbacks);
		bdt_html_number(page->out,
				bdt_format_ratio(&share, rows[i].fallbacks,
						 bdt_scorefile_count(&tables->score, "fallbacks.observed")));
		bdt_html_count(page->out, rows[i].claims);
		bdt_html_count(page->out, rows[i].steals);
		bdt_html_row_end(page->out);
	}
	if (rows)
		bdt_html_table_end(page->out);
	bdt_page_rest(page, tables->ntasks, MAX_TASKS, "tasks", "the others are in tasks.tsv, which has at most 50");
	fputs("</section>\n", page->out);
	free(rows);
}

static void cause_table(const struct bdt_page *page)
{
	const struct bdt_tables *tables = page->tables;

	section(page->out, "causes", "What did not match, by cause");
	if (!tables->ncauses) {
		bdt_page_nothing(page, "causes", "Nothing was counted.");
		fputs("</section>\n", page->out);
		return;
	}
	bdt_html_table(page->out, "class|cause|>number|meaning of the cause");
	for (size_t i = 0; i < tables->ncauses; i++) {
		const struct bdt_cause_row *row = &tables->causes[i];

		bdt_html_row(page->out);
		bdt_html_cell(page->out, bdt_word_class(row->class));
		bdt_html_cell(page->out, strcmp(row->cause, ".") ? row->cause : "matched");
		bdt_html_count(page->out, row->count);
		bdt_html_cell(page->out, bdt_word_cause(row->cause));
		bdt_html_row_end(page->out);
	}
	bdt_html_table_end(page->out);
	fputs("</section>\n", page->out);
}

static void zone_table(const struct bdt_page *page)
{
	const struct bdt_tables *tables = page->tables;
	struct bdt_removals_row *rows = sorted(tables->removals, tables->nremovals, sizeof(*rows), by_misses);
	struct bdt_format text;

	section(page->out, "zones", "Where page frames were missed most");
	if (rows)
		bdt_html_table(page->out,
			       "node|zone|migratetype|>order|>removals|>missed|>exact|>position known|"
			       ">exact of the known");
	else
		bdt_page_nothing(page, "removals", "No removal was recorded.");
	for (size_t i = 0; rows && i < tables->nremovals && i < MAX_ZONES; i++) {
		const struct bdt_removals_row *row = &rows[i];

		bdt_html_row(page->out);
		order_cell(page->out, row->node);
		bdt_html_cell(page->out, row->zone);
		bdt_html_cell(page->out, row->migratetype);
		order_cell(page->out, row->order);
		bdt_html_count(page->out, row->removals);
		bdt_html_count(page->out, row->removals > row->exact ? row->removals - row->exact : 0);
		bdt_html_number(page->out, bdt_format_ratio(&text, row->exact, row->removals));
		bdt_html_number(page->out, bdt_format_ratio(&text, row->known, row->removals));
		bdt_html_number(page->out, bdt_format_ratio(&text, row->known_exact, row->known));
		bdt_html_row_end(page->out);
	}
	if (rows)
		bdt_html_table_end(page->out);
	bdt_page_rest(page, tables->nremovals, MAX_ZONES, "free lists", "all of them are in removals.tsv");
	fputs("</section>\n", page->out);
	free(rows);
}

int bdt_page_tables(const struct bdt_page *page, const struct bdt_log *log, struct bdt_diag *diag)
{
	int err;

	fallback_table(page);
	task_table(page);
	cause_table(page);
	err = bdt_page_misses(page, log, diag);
	zone_table(page);
	return err;
}
