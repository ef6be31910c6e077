/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/outfile.h"
#include "report/html.h"
#include "report/page.h"
#include "report/words.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MAX_MISSES 25

struct miss {
	double time_s;
	int64_t cpu, order, onset;
	char task[BT_TSV_NAME], zone[BT_TSV_NAME], class[BT_TSV_NAME], cause[BT_TSV_NAME];
	char obs_alloc[BT_TSV_NAME], obs_fallback[BT_TSV_NAME], pred_alloc[BT_TSV_NAME],
		pred_fallback[BT_TSV_NAME];
};

#define COLUMN(name, type, member)                                  \
	{                                                           \
		name, BDT_TSV_##type, offsetof(struct miss, member) \
	}

static const struct bdt_tsv_field fields[] = {
	COLUMN("time_s", TIME, time_s),
	COLUMN("cpu", INT, cpu),
	COLUMN("order", INT, order),
	COLUMN("onset", INT, onset),
	COLUMN("task", TEXT, task),
	COLUMN("zone", WORD, zone),
	COLUMN("class", WORD, class),
	COLUMN("cause", WORD, cause),
	COLUMN("obs_alloc_mt", WORD, obs_alloc),
	COLUMN("obs_fallback_mt", WORD, obs_fallback),
	COLUMN("pred_alloc_mt", WORD, pred_alloc),
	COLUMN("pred_fallback_mt", WORD, pred_fallback),
	{ NULL, BDT_TSV_COUNT, 0 },
};

static void write_row(FILE *out, const struct miss *miss)
{
	bool observed = strcmp(miss->obs_fallback, ".") != 0;
	char text[3 * BT_TSV_NAME];

	bdt_html_row(out);
	snprintf(text, sizeof(text), "%.6f", miss->time_s);
	bdt_html_number(out, text);
	snprintf(text, sizeof(text), "%" PRId64, miss->cpu);
	bdt_html_number(out, text);
	bdt_html_cell(out, miss->task);
	bdt_html_cell(out, miss->zone);
	snprintf(text, sizeof(text), "%" PRId64, miss->order);
	bdt_html_number(out, text);
	snprintf(text, sizeof(text), "%s → %s", observed ? miss->obs_alloc : miss->pred_alloc,
		 observed ? miss->obs_fallback : miss->pred_fallback);
	bdt_html_cell(out, text);
	bdt_html_cell(out, bdt_word_class(miss->class));
	bdt_html_cell(out, miss->cause);
	bdt_html_cell(out, miss->onset == 1 ? "yes" : "no");
	bdt_html_row_end(out);
}

/* The first rows of the table; 0 or the errors of bdt_tsv_next(). */
static int write_rows(FILE *out, struct bdt_tsv *tsv, struct bdt_diag *diag)
{
	struct miss miss = { 0 };
	size_t n = 0;
	int err = 0;

	while (n < MAX_MISSES && !(err = bdt_tsv_next(tsv, &miss, diag))) {
		if (!strcmp(miss.class, "tp"))
			continue;
		if (!n++)
			bdt_html_table(
				out,
				">time [s]|>CPU|task|zone|>order|requested → taken|class|cause|onset");
		write_row(out, &miss);
	}
	if (n)
		bdt_html_table_end(out);
	else
		fputs("<p>There are none.</p>\n", out);
	if (n == MAX_MISSES)
		fprintf(out, "<p class=\"note\">The first %d; all of them are in fallbacks.tsv.</p>\n",
			MAX_MISSES);
	return err < 0 ? err : 0;
}

int bdt_page_misses(const struct bdt_page *page, const struct bdt_log *log, struct bdt_diag *diag)
{
	char *path = bdt_path_join(page->tables->dir, "fallbacks", ".tsv");
	struct bdt_tsv *tsv = NULL;
	struct bdt_diag why;
	int err;

	if (!path)
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
	bdt_diag_clear(&why);
	fputs("<section id=\"misses\">\n<h2>Fallbacks that the model got wrong</h2>\n", page->out);
	err = bdt_tsv_open(path, fields, &tsv, &why);
	if (!err)
		err = write_rows(page->out, tsv, &why);
	if (err == -ENOENT) {
		bdt_log_warn(log, "%s is not there: what it would show is left out", path);
		bdt_page_nothing(page, "fallbacks", "");
		err = 0;
	}
	if (err)
		bdt_diag_set(diag, err, BT_NO_OFFSET, "%s", why.text);
	fputs("</section>\n", page->out);
	bdt_tsv_close(tsv);
	free(path);
	return err;
}
