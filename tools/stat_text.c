/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stat_print.h"
#include "table.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static double ms(uint64_t ns)
{
	return (double)ns / 1e6;
}

static double seconds(uint64_t ns)
{
	return (double)ns / 1e9;
}

static void share(struct bdt_table *table, uint64_t part, uint64_t whole)
{
	if (whole)
		bdt_table_cell(table, "%.1f", 100.0 * (double)part / (double)whole);
	else
		bdt_table_cell(table, "-");
}

static void count(struct bdt_table *table, uint64_t n)
{
	bdt_table_cell(table, "%" PRIu64, n);
}

/* "-" when the event that tells it was not recorded. */
static void count_if(struct bdt_table *table, const struct bdt_stat_result *r, enum bdt_event_kind kind,
		     uint64_t n)
{
	if (r->has[kind])
		count(table, n);
	else
		bdt_table_cell(table, "-");
}

static size_t limit(const struct bdt_stat_view *view, size_t n)
{
	return view->top && view->top < n ? (size_t)view->top : n;
}

static void heading(const char *text)
{
	printf("\n%s\n", text);
}

/* Says why a section is empty; false when it is not. */
static bool nothing(const struct bdt_stat_view *view, enum bdt_event_kind kind, bool seen)
{
	if (seen)
		return false;
	puts(view->result->has[kind] ? "  none" : "  not recorded");
	return true;
}

static void print_head(const struct bdt_stat_view *view)
{
	const struct bdt_stat_result *r = view->result;

	printf("files      %zu: %s", r->files, view->files[0]);
	if (view->nfiles > 1)
		printf(" to %s", view->files[view->nfiles - 1]);
	printf("\nobserved   %.3f s, %" PRIu64 " events", seconds(r->observed_ns), r->events);
	printf("\nlost       %" PRIu64 " events at %" PRIu64 " places, %" PRIu64
	       " of which do not say how many\n",
	       r->lost, r->gaps, r->gaps_unknown);
	if (r->strange)
		printf("left out   %" PRIu64 " events with an impossible order or migratetype\n", r->strange);
}

static void pair_row(struct bdt_table *table, const struct bdt_stat_view *view, const char *from,
		     const char *to, const struct bdt_stat_pair *pair)
{
	bdt_table_cell(table, "%s", from);
	bdt_table_cell(table, "%s", to);
	count(table, pair->count);
	share(table, pair->count, view->result->fallbacks);
	count(table, pair->owned);
	if (view->result->pageblock_order >= 0)
		count(table, pair->fragmenting);
	else
		bdt_table_cell(table, "?");
}

static void print_pairs(const struct bdt_stat_view *view)
{
	const struct bdt_stat_result *r = view->result;
	size_t n = limit(view, r->npairs);
	struct bdt_stat_pair rest = { 0 };
	struct bdt_table table;
	char more[32];

	bdt_table_init(&table, "requested|taken from|>fallbacks|>share %|>owned|>fragmenting");
	for (size_t i = 0; i < r->npairs; i++) {
		const struct bdt_stat_pair *pair = &r->pairs[i];

		rest.count += i >= n ? pair->count : 0;
		rest.owned += i >= n ? pair->owned : 0;
		rest.fragmenting += i >= n ? pair->fragmenting : 0;
		if (i < n)
			pair_row(&table, view, r->migratetype[pair->alloc_migratetype],
				 r->migratetype[pair->fallback_migratetype], pair);
	}
	snprintf(more, sizeof(more), "(%zu more)", r->npairs - n);
	if (n < r->npairs)
		pair_row(&table, view, more, "", &rest);
	bdt_table_print(&table, 2, stdout);
}

/* Requested order against the order of the block taken. */
static void print_orders(const struct bdt_stat_result *r)
{
	uint64_t sums[BT_MAX_ORDERS][BT_MAX_ORDERS] = { 0 };
	bool asked[BT_MAX_ORDERS] = { 0 }, taken[BT_MAX_ORDERS] = { 0 };
	char columns[16 * (BT_MAX_ORDERS + 1)] = ">order";
	struct bdt_table table;

	for (size_t i = 0; i < r->ncells; i++) {
		sums[r->cells[i].alloc_order][r->cells[i].fallback_order] += r->cells[i].count;
		asked[r->cells[i].alloc_order] = taken[r->cells[i].fallback_order] = true;
	}
	for (bdt_order o = 0; o < BT_MAX_ORDERS; o++)
		if (taken[o])
			snprintf(columns + strlen(columns), sizeof(columns) - strlen(columns), "|>from %u",
				 o);
	putchar('\n');
	bdt_table_init(&table, columns);
	for (bdt_order a = 0; a < BT_MAX_ORDERS; a++) {
		if (!asked[a])
			continue;
		bdt_table_cell(&table, "%u", a);
		for (bdt_order f = 0; f < BT_MAX_ORDERS; f++)
			if (taken[f])
				count(&table, sums[a][f]);
	}
	bdt_table_print(&table, 2, stdout);
}

static void site_row(struct bdt_table *table, const struct bdt_stat_view *view,
		     const struct bdt_stat_site *site, const char *callers)
{
	count(table, site->count);
	share(table, site->count, view->result->stacks);
	count(table, site->owned);
	bdt_table_cell(table, "%s", *site->via ? site->via : "pages");
	bdt_table_cell(table, "%s", callers);
}

static void print_sites(const struct bdt_stat_view *view)
{
	const struct bdt_stat_result *r = view->result;
	size_t n = limit(view, r->nsites);
	struct bdt_stat_site rest = { .via = "" };
	struct bdt_table table;
	char callers[512];

	heading("call sites of fallbacks (callers outside of the allocator, innermost first)");
	if (!r->stacks) {
		puts(r->fallbacks ? "  not recorded (record --stacks)" : "  none");
		return;
	}
	if (r->stacks < r->fallbacks)
		printf("  known for %" PRIu64 " of %" PRIu64 " fallbacks\n", r->stacks, r->fallbacks);
	bdt_table_init(&table, ">fallbacks|>share %|>owned|through|call site");
	for (size_t i = 0; i < r->nsites; i++) {
		const struct bdt_stat_site *site = &r->sites[i];
		size_t used = 0;

		rest.count += i >= n ? site->count : 0;
		rest.owned += i >= n ? site->owned : 0;
		if (i >= n)
			continue;
		callers[0] = '\0';
		for (int f = 0; f < BT_SITE_FRAMES && *site->frame[f]; f++)
			used += (size_t)snprintf(callers + used, sizeof(callers) - used, "%s%s",
						 f ? " < " : "", site->frame[f]);
		site_row(&table, view, site, callers);
	}
	snprintf(callers, sizeof(callers), "(%zu more)", r->nsites - n);
	if (n < r->nsites)
		site_row(&table, view, &rest, callers);
	bdt_table_print(&table, 2, stdout);
}

static void print_fallbacks(const struct bdt_stat_view *view)
{
	const struct bdt_stat_result *r = view->result;

	heading("fallbacks (mm_page_alloc_extfrag)");
	if (nothing(view, BDT_EV_EXTFRAG, r->fallbacks))
		return;
	printf("  %" PRIu64, r->fallbacks);
	if (r->observed_ns)
		printf(", %.3f per second", (double)r->fallbacks / seconds(r->observed_ns));
	puts("\n");
	print_pairs(view);
	fputs("  owned: the pageblock became one of the requested type; fragmenting: taken from less than a "
	      "pageblock",
	      stdout);
	if (r->pageblock_order >= 0)
		printf(" (order %d)", r->pageblock_order);
	putchar('\n');
	print_orders(r);
	print_sites(view);
}

static void task_row(struct bdt_table *table, const struct bdt_stat_result *r,
		     const struct bdt_stat_task *task, const char *name)
{
	bdt_table_cell(table, "%s", name);
	count(table, task->fallbacks);
	count(table, task->owned);
	count(table, task->stalls);
	bdt_table_cell(table, "%.3f", ms(task->stall_ns));
	count(table, task->compactions);
	bdt_table_cell(table, "%.3f", ms(task->compaction_ns));
	count_if(table, r, BDT_EV_PAGE_ALLOC, task->allocations);
	count_if(table, r, BDT_EV_PAGE_ALLOC, task->pages);
	count_if(table, r, BDT_EV_PAGE_FREE, task->frees);
}

static void add_task(struct bdt_stat_task *to, const struct bdt_stat_task *from)
{
	to->fallbacks += from->fallbacks;
	to->owned += from->owned;
	to->stalls += from->stalls;
	to->stall_ns += from->stall_ns;
	to->compactions += from->compactions;
	to->compaction_ns += from->compaction_ns;
	to->allocations += from->allocations;
	to->pages += from->pages;
	to->frees += from->frees;
}

static void print_tasks(const struct bdt_stat_view *view)
{
	const struct bdt_stat_result *r = view->result;
	size_t n = limit(view, r->ntasks);
	struct bdt_stat_task rest = { 0 };
	struct bdt_table table;
	char more[32];

	heading("tasks (by fallbacks, then time in direct reclaim and compaction, then pages allocated)");
	if (!r->ntasks) {
		puts("  none");
		return;
	}
	bdt_table_init(&table, "task|>fallbacks|>owned|>stalls|>stall ms|>compactions|>comp. ms|>allocations|"
			       ">pages|>frees");
	for (size_t i = 0; i < r->ntasks; i++) {
		if (i < n)
			task_row(&table, r, &r->tasks[i], r->tasks[i].name);
		else
			add_task(&rest, &r->tasks[i]);
	}
	snprintf(more, sizeof(more), "(%zu more)", r->ntasks - n);
	if (n < r->ntasks)
		task_row(&table, r, &rest, more);
	bdt_table_print(&table, 2, stdout);
}

static void times_cells(struct bdt_table *table, const struct bdt_stat_times *times)
{
	count(table, times->count);
	bdt_table_cell(table, "%.3f", ms(times->total_ns));
	bdt_table_cell(table, "%.3f", ms(times->p50_ns));
	bdt_table_cell(table, "%.3f", ms(times->p90_ns));
	bdt_table_cell(table, "%.3f", ms(times->p99_ns));
	bdt_table_cell(table, "%.3f", ms(times->max_ns));
}

static void print_stalls(const struct bdt_stat_view *view)
{
	const struct bdt_stat_result *r = view->result;
	struct bdt_table table;

	heading("direct reclaim: allocations that had to free pages first");
	if (nothing(view, BDT_EV_DIRECT_RECLAIM_BEGIN, r->stall.count || r->stalls_open))
		return;
	bdt_table_init(&table, ">order|>stalls|>total ms|>p50 ms|>p90 ms|>p99 ms|>max ms");
	for (bdt_order order = 0; order < BT_MAX_ORDERS; order++) {
		if (!r->stalls[order].count)
			continue;
		bdt_table_cell(&table, "%u", order);
		times_cells(&table, &r->stalls[order]);
	}
	bdt_table_cell(&table, "all");
	times_cells(&table, &r->stall);
	bdt_table_print(&table, 2, stdout);
	printf("  %" PRIu64 " pages reclaimed; %" PRIu64
	       " begins or ends without the other; kswapd woke %" PRIu64 " times\n",
	       r->reclaimed, r->stalls_open, r->kswapd_wakes);
}

static void print_triggers(const struct bdt_stat_result *r)
{
	struct bdt_table table;

	bdt_table_init(&table, "trigger|>runs|>total ms|>p50 ms|>p90 ms|>p99 ms|>max ms");
	for (int trigger = 0; trigger < BDT_TRIGGER_NR; trigger++) {
		if (!r->compaction[trigger].count)
			continue;
		bdt_table_cell(&table, "%s", bdt_stat_trigger_name(trigger));
		times_cells(&table, &r->compaction[trigger]);
	}
	bdt_table_print(&table, 2, stdout);
	putchar('\n');
}

static void print_compaction(const struct bdt_stat_view *view)
{
	const struct bdt_stat_result *r = view->result;
	struct bdt_table table;

	heading("compaction (runs over a zone)");
	if (nothing(view, BDT_EV_COMPACTION_BEGIN, r->ncompactions))
		return;
	print_triggers(r);
	bdt_table_init(&table, "trigger|result|>runs|>total ms|>max ms|>scanned|>isolated|>migrated|>failed|"
			       ">free scanned|>free isolated");
	for (size_t i = 0; i < r->ncompactions; i++) {
		const struct bdt_stat_compaction *row = &r->compactions[i];

		bdt_table_cell(&table, "%s", bdt_stat_trigger_name(row->trigger));
		bdt_table_cell(&table, "%s", row->result);
		count(&table, row->runs);
		bdt_table_cell(&table, "%.3f", ms(row->total_ns));
		bdt_table_cell(&table, "%.3f", ms(row->max_ns));
		count_if(&table, r, BDT_EV_COMPACTION_ISOLATE_MIGRATEPAGES, row->scanned);
		count_if(&table, r, BDT_EV_COMPACTION_ISOLATE_MIGRATEPAGES, row->isolated);
		count_if(&table, r, BDT_EV_COMPACTION_MIGRATEPAGES, row->migrated);
		count_if(&table, r, BDT_EV_COMPACTION_MIGRATEPAGES, row->failed);
		count_if(&table, r, BDT_EV_COMPACTION_ISOLATE_FREEPAGES, row->free_scanned);
		count_if(&table, r, BDT_EV_COMPACTION_ISOLATE_FREEPAGES, row->free_isolated);
	}
	bdt_table_print(&table, 2, stdout);
	fputs("  pages from scanned on", stdout);
	if (r->has[BDT_EV_COMPACTION_DEFERRED])
		printf("; %" PRIu64 " times deferred: not tried, because it failed lately", r->deferred);
	putchar('\n');
}

static bool type_used(const struct bdt_stat_result *r, bdt_migratetype mt)
{
	for (bdt_order order = 0; order < BT_MAX_ORDERS; order++)
		if (r->allocations[order][mt])
			return true;
	return false;
}

static bool order_used(const struct bdt_stat_result *r, bdt_order order)
{
	for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++)
		if (r->allocations[order][mt])
			return true;
	return r->failed[order] || r->frees[order] || r->removals[order] || r->drains[order];
}

static void print_allocations(const struct bdt_stat_view *view)
{
	const struct bdt_stat_result *r = view->result;
	char columns[20 * (BT_MAX_MIGRATETYPES + 5)] = ">order";
	struct bdt_table table;
	bool any = false;

	for (bdt_order order = 0; order < BT_MAX_ORDERS; order++)
		any |= order_used(r, order);
	heading("allocations by order and migratetype (blocks of 2^order pages)");
	if (nothing(view, BDT_EV_PAGE_ALLOC, any))
		return;
	for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++)
		if (type_used(r, mt))
			snprintf(columns + strlen(columns), sizeof(columns) - strlen(columns), "|>%s",
				 r->migratetype[mt]);
	strcat(columns, "|>failed|>frees|>from lists|>to lists");
	bdt_table_init(&table, columns);
	for (bdt_order order = 0; order < BT_MAX_ORDERS; order++) {
		if (!order_used(r, order))
			continue;
		bdt_table_cell(&table, "%u", order);
		for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++)
			if (type_used(r, mt))
				count(&table, r->allocations[order][mt]);
		count(&table, r->failed[order]);
		count(&table, r->frees[order]);
		count(&table, r->removals[order]);
		count(&table, r->drains[order]);
	}
	bdt_table_print(&table, 2, stdout);
	puts("  from lists: blocks that left the free lists (mm_page_alloc_zone_locked); to lists: blocks "
	     "that the\n"
	     "  per-CPU lists gave back (mm_page_pcpu_drain)");
}

static void print_series(const struct bdt_stat_view *view)
{
	struct bdt_table table;

	if (!view->nbins)
		return;
	heading("over time (seconds since the first event)");
	bdt_table_init(&table,
		       ">from s|>to s|>events|>lost|>fallbacks|>owned|>per second|>compactions|>stalls|"
		       ">stall ms|>allocations");
	for (size_t i = 0; i < view->nbins; i++) {
		const struct bdt_stat_bin *bin = &view->bins[i];
		double length = seconds(bin->end_ns - bin->begin_ns);

		bdt_table_cell(&table, "%.3f", seconds(bin->begin_ns));
		bdt_table_cell(&table, "%.3f", seconds(bin->end_ns));
		count(&table, bin->events);
		count(&table, bin->lost);
		count(&table, bin->fallbacks);
		count(&table, bin->owned);
		bdt_table_cell(&table, "%.2f", length > 0 ? (double)bin->fallbacks / length : 0);
		count(&table, bin->compactions);
		count(&table, bin->stalls);
		bdt_table_cell(&table, "%.3f", ms(bin->stall_ns));
		count_if(&table, view->result, BDT_EV_PAGE_ALLOC, bin->allocations);
	}
	bdt_table_print(&table, 2, stdout);
	puts("  per second: fallbacks");
}

void bdt_stat_text(const struct bdt_stat_view *view)
{
	print_head(view);
	print_fallbacks(view);
	print_tasks(view);
	print_stalls(view);
	print_compaction(view);
	print_allocations(view);
	print_series(view);
}
