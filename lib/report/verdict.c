/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/format.h"
#include "report/html.h"
#include "report/page.h"
#include <string.h>

#define FEW 20 /* fallbacks: below that, shares of them say little */

static double number(const struct bdt_page *page, const char *path)
{
	return bdt_scorefile_number(&page->tables->score, path);
}

static uint64_t count(const struct bdt_page *page, const char *path)
{
	return bdt_scorefile_count(&page->tables->score, path);
}

/* The worst of the figures that were measured; 2 when none was. */
static double worst(const struct bdt_page *page)
{
	static const char *const paths[] = { "fallbacks.precision", "fallbacks.recall",
					     "fallbacks.onsets.precision", "fallbacks.onsets.recall" };
	double low = 2;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		double share = number(page, paths[i]);

		if (share >= 0 && share < low)
			low = share;
	}
	return low;
}

static const char *grade(double share)
{
	static const struct {
		double from;
		const char *words;
	} grades[] = {
		{ 0.99, "The model explains this recording very well." },
		{ 0.95, "The model explains this recording well." },
		{ 0.80, "The model explains most of this recording." },
		{ 0.00, "The model explains this recording poorly." },
	};
	size_t i = 0;

	while (share < grades[i].from)
		i++;
	return grades[i].words;
}

static void what_happened(const struct bdt_page *page)
{
	uint64_t removals = count(page, "removals"), observed = count(page, "fallbacks.observed");
	struct bdt_format seconds, all, some, share;

	bdt_html_format(page->out, "In %s the kernel took %s blocks from its free lists. ",
			bdt_format_seconds(&seconds, (double)count(page, "duration_ns") / 1e9),
			bdt_format_count(&all, removals));
	if (observed)
		bdt_html_format(page->out,
				"%s of these removals (%s) were fallbacks: the wanted kind of memory "
				"had run out, and a block of another migratetype was taken. ",
				bdt_format_count(&some, observed),
				bdt_format_ratio(&share, observed, removals));
	else
		fputs("None of these removals was a fallback: every request found memory of its own "
		      "migratetype. ",
		      page->out);
}

static const struct bdt_confusion_row *largest_pair(const struct bdt_tables *tables, uint64_t *sum)
{
	const struct bdt_confusion_row *best = NULL;

	*sum = 0;
	for (size_t i = 0; i < tables->nconfusion; i++) {
		const struct bdt_confusion_row *row = &tables->confusion[i];
		uint64_t n = 0;

		for (size_t k = 0; k < tables->nconfusion; k++)
			if (!strcmp(tables->confusion[k].alloc_mt, row->alloc_mt) &&
			    !strcmp(tables->confusion[k].fallback_mt, row->fallback_mt))
				n += tables->confusion[k].observed;
		if (n > *sum) {
			*sum = n;
			best = row;
		}
	}
	return best;
}

static void who(const struct bdt_page *page)
{
	const struct bdt_tables *tables = page->tables;
	uint64_t observed = count(page, "fallbacks.observed"), sum;
	const struct bdt_confusion_row *pair = largest_pair(tables, &sum);
	const struct bdt_task_row *top = NULL;
	struct bdt_format share;

	if (pair)
		bdt_html_format(page->out,
				"The most common kind was a request for %s memory that took %s memory (%s). ",
				pair->alloc_mt, pair->fallback_mt, bdt_format_ratio(&share, sum, observed));
	for (size_t i = 0; i < tables->ntasks; i++)
		if (!top || tables->tasks[i].fallbacks > top->fallbacks)
			top = &tables->tasks[i];
	if (!top || !top->fallbacks)
		return;
	fputs("The task that caused the most was <b class=\"task\">", page->out);
	bdt_html_text(page->out, top->task);
	fputs("</b>", page->out);
	bdt_html_format(page->out, " (%s). ", bdt_format_ratio(&share, top->fallbacks, observed));
}

static void predictions(const struct bdt_page *page)
{
	double precision = number(page, "fallbacks.precision"), recall = number(page, "fallbacks.recall");
	double baseline = number(page, "fallbacks.baseline_f1"),
	       onsets = number(page, "fallbacks.onsets.recall");
	double f1 = number(page, "fallbacks.f1");
	struct bdt_format a, b, c, d;

	bdt_html_format(page->out, "The model predicted %s fallbacks before looking",
			bdt_format_count(&a, count(page, "fallbacks.predicted")));
	if (recall >= 0)
		bdt_html_format(page->out, "; %s of the observed ones were predicted (recall)",
				bdt_format_share(&b, recall));
	if (precision >= 0)
		bdt_html_format(page->out, "; %s of the predicted ones happened (precision)",
				bdt_format_share(&c, precision));
	fputs(". ", page->out);
	if (baseline >= 0 && f1 >= 0)
		bdt_html_format(
			page->out,
			"That is an F1 of %.4f; merely repeating what happened last would reach %.4f. ", f1,
			baseline);
	if (onsets >= 0)
		bdt_html_format(page->out,
				"Of the %s beginnings of a run of fallbacks, which are the hard ones, %s "
				"were predicted. ",
				bdt_format_count(&d, count(page, "fallbacks.onsets.observed")),
				bdt_format_share(&a, onsets));
}

static void coverage(const struct bdt_page *page)
{
	uint64_t removals = count(page, "removals"), lost = count(page, "lost_events");
	double jaccard = number(page, "end_state.free_jaccard"), known = number(page, "known");
	struct bdt_format a, b;

	if (known >= 0 && removals)
		bdt_html_format(page->out,
				"For %s of the removals the model could know the position of the block "
				"in its list; of those it named the exact page frame in %s. ",
				bdt_format_ratio(&a, count(page, "known"), removals),
				bdt_format_share(&b, number(page, "pfn_exact_known")));
	if (jaccard >= 0)
		bdt_html_format(page->out,
				"At the end the free memory of the model and that of the closing snapshot "
				"agree to %s. ",
				bdt_format_share(&a, jaccard));
	if (number(page, "lost_events") < 0)
		fputs("Whether events were lost was not measured.", page->out);
	else if (lost)
		bdt_html_format(page->out,
				"%s events were lost while recording: figures near the gaps are in doubt.",
				bdt_format_count(&a, lost));
	else
		fputs("No event was reported lost.", page->out);
}

static void headline(const struct bdt_page *page, uint64_t observed)
{
	const char *start = bdt_scorefile_text(&page->tables->score, "start_state");
	double low = worst(page);

	fputs("<p class=\"verdict\">", page->out);
	if (observed)
		bdt_html_text(page->out, low > 1 ? "Predictions were not measured." : grade(low));
	else if (count(page, "fallbacks.predicted"))
		fputs("The model predicted fallbacks, but none happened.", page->out);
	else
		fputs("No fallback happened, and none was predicted.", page->out);
	if (observed && observed < FEW)
		fputs(" But with so few fallbacks, this may be luck.", page->out);
	fputs("</p>\n", page->out);
	if (start && !strcmp(start, "unknown"))
		fputs("<p><b>The recording has no snapshot of the memory at its start</b>, so the replay "
		      "knew nothing and learnt the state on the way. The figures say more about that "
		      "than about the model.</p>\n",
		      page->out);
}

void bdt_page_verdict(const struct bdt_page *page)
{
	uint64_t observed = count(page, "fallbacks.observed");

	fputs("<section id=\"verdict\">\n<h2>In short</h2>\n", page->out);
	headline(page, observed);
	fputs("<p>", page->out);
	what_happened(page);
	if (observed)
		who(page);
	fputs("</p>\n<p>", page->out);
	if (observed || count(page, "fallbacks.predicted"))
		predictions(page);
	coverage(page);
	fputs("</p>\n</section>\n", page->out);
}
