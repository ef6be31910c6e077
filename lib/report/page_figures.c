/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/format.h"
#include "report/html.h"
#include "report/page.h"

/*
 * The key figures.  A share never stands alone: its row says of how many, and precision and recall stand next
 * to the persistence baseline, because under pressure runs of fallbacks make any predictor look good.
 */
enum kind { HEADING, COUNT, SHARE, SHARE_OF, SECONDS_OF_NS, RATIO_NUMBER, PAGES, BYTES, TEXT };

static const struct figure {
	enum kind kind;
	const char *label, *path;
	const char *of; /* path of the number that the share is of; NULL = none */
	const char *of_what;
} figures[] = {
	{ HEADING, "Fallbacks", NULL, NULL, NULL },
	{ COUNT, "observed", "fallbacks.observed", NULL, NULL },
	{ COUNT, "predicted", "fallbacks.predicted", NULL, NULL },
	{ COUNT, "predicted and observed", "fallbacks.tp", NULL, NULL },
	{ COUNT, "predicted, did not happen", "fallbacks.fp", NULL, NULL },
	{ COUNT, "observed, not predicted", "fallbacks.fn", NULL, NULL },
	{ SHARE, "precision", "fallbacks.precision", "fallbacks.predicted", "predicted fallbacks" },
	{ SHARE, "recall", "fallbacks.recall", "fallbacks.observed", "observed fallbacks" },
	{ RATIO_NUMBER, "F1 of the model", "fallbacks.f1", "fallbacks.observed", "observed fallbacks" },
	{ RATIO_NUMBER, "F1 of the persistence baseline", "fallbacks.baseline_f1", "fallbacks.observed",
	  "observed fallbacks; the model should be well above" },
	{ SHARE, "order, migratetype and ownership all right", "fallbacks.attributes_exact", "fallbacks.tp",
	  "fallbacks predicted and observed" },
	{ SHARE, "page frame right too", "fallbacks.pfn_exact", "fallbacks.tp",
	  "fallbacks predicted and observed" },
	{ HEADING, "Onsets: beginnings of a run of fallbacks", NULL, NULL, NULL },
	{ SHARE, "precision", "fallbacks.onsets.precision", "fallbacks.onsets.predicted",
	  "predicted onsets" },
	{ SHARE, "recall", "fallbacks.onsets.recall", "fallbacks.onsets.observed", "observed onsets" },
	{ HEADING, "Removals: blocks taken from the free lists", NULL, NULL, NULL },
	{ SHARE, "exact page frame", "pfn_exact", "removals", "removals" },
	{ SHARE_OF, "position in the list could be known", "known", "removals", "removals" },
	{ SHARE, "exact page frame where it could be known", "pfn_exact_known", "known",
	  "removals with a known position" },
	{ SHARE, "right order of the free block", "block_order_exact", "removals", "removals" },
	{ COUNT, "removals that contradict the model", "contradictions", "removals", "removals" },
	{ HEADING, "End state", NULL, NULL, NULL },
	{ SHARE, "free memory, model against snapshot (Jaccard)", "end_state.free_jaccard", NULL, NULL },
	{ PAGES, "free in the model only", "end_state.free_pages_only_model", NULL, NULL },
	{ PAGES, "free in the snapshot only", "end_state.free_pages_only_kernel", NULL, NULL },
	{ PAGES, "difference of the columns of buddyinfo", "end_state.nr_free_abs_error_pages", NULL, NULL },
	{ COUNT, "exact columns of buddyinfo", "end_state.buddyinfo_exact_columns",
	  "end_state.buddyinfo_columns", "columns (zone and order)" },
	{ HEADING, "Compaction", NULL, NULL, NULL },
	{ COUNT, "runs", "compaction.runs", NULL, NULL },
	{ SHARE, "isolated free pages found exactly", "compaction.isolate_exact", "compaction.isolate_events",
	  "events that name a range" },
	{ COUNT, "isolations that name no page", "compaction.fast_isolate_events", NULL, NULL },
	{ HEADING, "Recording and replay", NULL, NULL, NULL },
	{ SECONDS_OF_NS, "length", "duration_ns", NULL, NULL },
	{ COUNT, "events", "events", NULL, NULL },
	{ COUNT, "events reported lost", "lost_events", NULL, NULL },
	{ TEXT, "start state", "start_state", NULL, NULL },
	{ TEXT, "kernel", "kernel", NULL, NULL },
	{ TEXT, "rules of the model", "profile", NULL, NULL },
	{ COUNT, "replayed events per CPU second", "events_per_cpu_second", NULL, NULL },
	{ BYTES, "memory of the replay, at most", "peak_rss_bytes", NULL, NULL },
};

static void value(const struct bdt_page *page, const struct figure *figure, struct bdt_format *out)
{
	const struct bdt_scorefile *score = &page->tables->score;
	double number = bdt_scorefile_number(score, figure->path);
	const char *text = bdt_scorefile_text(score, figure->path);
	struct bdt_format pages, bytes;

	if (figure->kind == TEXT)
		snprintf(out->text, sizeof(out->text), "%s", text ? text : "not measured");
	else if (number < 0)
		snprintf(out->text, sizeof(out->text), "not measured");
	else if (figure->kind == SHARE)
		bdt_format_share(out, number);
	else if (figure->kind == SHARE_OF)
		bdt_format_ratio(out, (uint64_t)number, bdt_scorefile_count(score, figure->of));
	else if (figure->kind == SECONDS_OF_NS)
		bdt_format_seconds(out, number / 1e9);
	else if (figure->kind == RATIO_NUMBER)
		snprintf(out->text, sizeof(out->text), "%.4f", number);
	else if (figure->kind == BYTES)
		bdt_format_bytes(out, number);
	else if (figure->kind == PAGES)
		snprintf(out->text, sizeof(out->text), "%s pages (%s)",
			 bdt_format_count(&pages, (uint64_t)number),
			 bdt_format_bytes(&bytes, number * (double)page->tables->page_size));
	else
		bdt_format_count(out, (uint64_t)number);
}

static void row(const struct bdt_page *page, const struct figure *figure)
{
	struct bdt_format text;

	bdt_html_row(page->out);
	if (figure->kind == HEADING) {
		fputs("<th colspan=\"3\" class=\"group\">", page->out);
		bdt_html_text(page->out, figure->label);
		fputs("</th>", page->out);
	} else {
		bdt_html_cell(page->out, figure->label);
		value(page, figure, &text);
		bdt_html_number(page->out, text.text);
		fputs("<td>", page->out);
		if (figure->of && bdt_scorefile_number(&page->tables->score, figure->of) >= 0)
			bdt_html_format(page->out, "of %s %s",
					bdt_format_count(
						&text, bdt_scorefile_count(&page->tables->score, figure->of)),
					figure->of_what);
		fputs("</td>", page->out);
	}
	bdt_html_row_end(page->out);
}

void bdt_page_figures(const struct bdt_page *page)
{
	fputs("<section id=\"figures\">\n<h2>Key figures</h2>\n", page->out);
	bdt_html_table(page->out, "figure|>value|coverage");
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		row(page, &figures[i]);
	bdt_html_table_end(page->out);
	fputs("</section>\n", page->out);
}
