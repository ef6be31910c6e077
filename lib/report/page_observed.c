/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/format.h"
#include "report/html.h"
#include "report/page.h"
#include <buddytrace/stat.h>
#include <errno.h>
#include <inttypes.h>

#define MAX_SITES 20
#define MAX_TASKS 15

static void seconds_cell(FILE *out, uint64_t ns)
{
	struct bdt_format text;

	bdt_html_number(out, bdt_format_seconds(&text, (double)ns / 1e9));
}

static void site_table(const struct bdt_page *page, const struct bdt_stat_result *r)
{
	FILE *out = page->out;
	struct bdt_format share;

	fputs("<h3>Call sites of fallbacks</h3>\n", out);
	if (!r->stacks) {
		fputs(r->fallbacks ? "<p>The callers were not recorded (record --stacks).</p>\n"
				   : "<p>There were no fallbacks.</p>\n",
		      out);
		return;
	}
	bdt_html_table(out,
		       "caller outside of the allocator|called by|then|through|>fallbacks|>share|>ownership "
		       "changed");
	for (size_t i = 0; i < r->nsites && i < MAX_SITES; i++) {
		const struct bdt_stat_site *site = &r->sites[i];

		bdt_html_row(out);
		for (int f = 0; f < BT_SITE_FRAMES; f++)
			bdt_html_cell(out, site->frame[f]);
		bdt_html_cell(out, *site->via ? site->via : "pages");
		bdt_html_count(out, site->count);
		bdt_html_number(out, bdt_format_ratio(&share, site->count, r->stacks));
		bdt_html_count(out, site->owned);
		bdt_html_row_end(out);
	}
	bdt_html_table_end(out);
	bdt_page_rest(page, r->nsites, MAX_SITES, "call sites", "buddytrace stat --top 0 prints all of them");
	if (r->stacks < r->fallbacks)
		fprintf(out,
			"<p class=\"note\">The callers of %" PRIu64 " of %" PRIu64
			" fallbacks were recorded.</p>\n",
			r->stacks, r->fallbacks);
}

static void task_table(const struct bdt_page *page, const struct bdt_stat_result *r)
{
	FILE *out = page->out;

	fputs("<h3>Tasks: fallbacks, and time they had to wait for memory</h3>\n", out);
	if (!r->ntasks) {
		fputs("<p>No task did any of it.</p>\n", out);
		return;
	}
	bdt_html_table(
		out,
		"task|>fallbacks|>ownership changed|>direct reclaims|>time in them|>compactions|>time in "
		"them|>pages allocated");
	for (size_t i = 0; i < r->ntasks && i < MAX_TASKS; i++) {
		const struct bdt_stat_task *task = &r->tasks[i];

		bdt_html_row(out);
		bdt_html_cell(out, task->name);
		bdt_html_count(out, task->fallbacks);
		bdt_html_count(out, task->owned);
		bdt_html_count(out, task->stalls);
		seconds_cell(out, task->stall_ns);
		bdt_html_count(out, task->compactions);
		seconds_cell(out, task->compaction_ns);
		bdt_html_count(out, task->pages);
		bdt_html_row_end(out);
	}
	bdt_html_table_end(out);
	bdt_page_rest(page, r->ntasks, MAX_TASKS, "tasks", "buddytrace stat --top 0 prints all of them");
}

static void times_row(FILE *out, const char *name, const struct bdt_stat_times *times)
{
	if (!times->count)
		return;
	bdt_html_row(out);
	bdt_html_cell(out, name);
	bdt_html_count(out, times->count);
	seconds_cell(out, times->total_ns);
	seconds_cell(out, times->p50_ns);
	seconds_cell(out, times->p99_ns);
	seconds_cell(out, times->max_ns);
	bdt_html_row_end(out);
}

static void stall_table(FILE *out, const struct bdt_stat_result *r)
{
	char name[24];

	fputs("<h3>Direct reclaim: allocations that had to free pages first</h3>\n", out);
	if (!r->stall.count) {
		fputs(r->has[BDT_EV_DIRECT_RECLAIM_BEGIN] ? "<p>There was none.</p>\n"
							  : "<p>It was not recorded.</p>\n",
		      out);
		return;
	}
	bdt_html_table(out,
		       "order that was wanted|>stalls|>time in all|>half are below|>99 % are below|>longest");
	for (bdt_order order = 0; order < BT_MAX_ORDERS; order++) {
		snprintf(name, sizeof(name), "%u", order);
		times_row(out, name, &r->stalls[order]);
	}
	times_row(out, "all", &r->stall);
	bdt_html_table_end(out);
}

static void compaction_table(FILE *out, const struct bdt_stat_result *r)
{
	fputs("<h3>Compaction by trigger</h3>\n", out);
	if (!r->ncompactions) {
		fputs(r->has[BDT_EV_COMPACTION_BEGIN] ? "<p>There was none.</p>\n"
						      : "<p>It was not recorded.</p>\n",
		      out);
		return;
	}
	bdt_html_table(out, "trigger|result|>runs|>time in all|>longest");
	for (size_t i = 0; i < r->ncompactions; i++) {
		const struct bdt_stat_compaction *row = &r->compactions[i];

		bdt_html_row(out);
		bdt_html_cell(out, bdt_stat_trigger_name(row->trigger));
		bdt_html_cell(out, row->result);
		bdt_html_count(out, row->runs);
		seconds_cell(out, row->total_ns);
		seconds_cell(out, row->max_ns);
		bdt_html_row_end(out);
	}
	bdt_html_table_end(out);
	fputs("<p class=\"note\">Runs over one zone. direct: a task for an allocation of its own; kcompactd: "
	      "the kernel thread, woken for an order; proactive: the kernel thread by itself; "
	      "requested: from user space.</p>\n",
	      out);
}

int bdt_page_observed(const struct bdt_page *page, const struct bdt_log *log, struct bdt_diag *diag)
{
	const struct bdt_stat_result *r;
	struct bdt_stat *stat;
	int err;

	if (!page->tf)
		return 0;
	err = bdt_stat_create(&stat, diag);
	if (err)
		return err;
	err = bdt_stat_add(stat, page->tf, log, diag);
	r = err ? NULL : bdt_stat_result(stat);
	if (!err && !r)
		err = bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
	if (!err) {
		fputs("<section id=\"observed\">\n<h2>What was observed</h2>\n<p>Counts of the recorded "
		      "events, without the model.</p>\n",
		      page->out);
		site_table(page, r);
		task_table(page, r);
		stall_table(page->out, r);
		compaction_table(page->out, r);
		fputs("</section>\n", page->out);
	}
	bdt_stat_destroy(stat);
	return err;
}
