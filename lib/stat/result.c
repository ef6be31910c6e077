/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/array.h"
#include "stat/stat.h"
#include <stdlib.h>
#include <string.h>

const char *bdt_stat_trigger_name(enum bdt_stat_trigger trigger)
{
	static const char *const names[BDT_TRIGGER_NR] = {
		[BDT_TRIGGER_DIRECT] = "direct",
		[BDT_TRIGGER_KCOMPACTD] = "kcompactd",
		[BDT_TRIGGER_PROACTIVE] = "proactive",
		[BDT_TRIGGER_REQUESTED] = "requested",
	};

	return names[trigger];
}

static int descending(uint64_t a, uint64_t b)
{
	return a < b ? 1 : a > b ? -1 : 0;
}

/* Cells by their attributes, as a number. */
static uint64_t cell_key(const struct bdt_stat_cell *cell)
{
	uint64_t key = cell->alloc_migratetype;

	key = key * BT_MAX_MIGRATETYPES + cell->fallback_migratetype;
	key = key * BT_MAX_ORDERS + cell->alloc_order;
	key = key * BT_MAX_ORDERS + cell->fallback_order;
	return key * 2 + cell->owned;
}

static int by_cell(const void *a, const void *b)
{
	const struct bdt_stat_cell *x = a, *y = b;
	int order = descending(x->count, y->count);

	return order ? order : descending(cell_key(y), cell_key(x));
}

static int by_pair(const void *a, const void *b)
{
	const struct bdt_stat_pair *x = a, *y = b;
	int order = descending(x->count, y->count);

	order = order ? order : descending(y->alloc_migratetype, x->alloc_migratetype);
	return order ? order : descending(y->fallback_migratetype, x->fallback_migratetype);
}

static int by_runs(const void *a, const void *b)
{
	const struct bdt_stat_compaction *x = a, *y = b;
	int order = descending(y->trigger, x->trigger);

	order = order ? order : descending(x->runs, y->runs);
	return order ? order : strcmp(x->result, y->result);
}

static struct bdt_stat_pair *find_pair(struct bdt_stat *st, const struct bdt_stat_cell *cell)
{
	struct bdt_stat_pair *pair = st->pair_rows;

	for (; pair < st->pair_rows + st->result.npairs; pair++)
		if (pair->alloc_migratetype == cell->alloc_migratetype &&
		    pair->fallback_migratetype == cell->fallback_migratetype)
			return pair;
	*pair = (struct bdt_stat_pair){ .alloc_migratetype = cell->alloc_migratetype,
					.fallback_migratetype = cell->fallback_migratetype };
	st->result.npairs++;
	return pair;
}

static int add_cell(struct bdt_stat *st, const struct bdt_stat_cell *cell)
{
	struct bdt_stat_result *r = &st->result;
	bool fragmenting = r->pageblock_order >= 0 && (int)cell->fallback_order < r->pageblock_order;
	struct bdt_stat_cell *row = bdt_array_add(&st->cell_rows, &r->ncells, sizeof(*row));
	struct bdt_stat_pair *pair = find_pair(st, cell);

	if (!row)
		return -1;
	*row = *cell;
	pair->count += cell->count;
	r->fallbacks += cell->count;
	if (cell->owned) {
		pair->owned += cell->count;
		r->owned += cell->count;
	}
	if (fragmenting) {
		pair->fragmenting += cell->count;
		r->fragmenting += cell->count;
	}
	return 0;
}

static int sum_cells(struct bdt_stat *st)
{
	const uint64_t *counts = &st->cells[0][0][0][0][0];
	struct bdt_stat_result *r = &st->result;

	free(st->cell_rows);
	st->cell_rows = NULL;
	r->ncells = r->npairs = 0;
	r->fallbacks = r->owned = r->fragmenting = 0;
	for (size_t i = 0; i < sizeof(st->cells) / sizeof(*counts); i++) {
		struct bdt_stat_cell cell = { .owned = i % 2,
					      .fallback_order = i / 2 % BT_MAX_ORDERS,
					      .alloc_order = i / 2 / BT_MAX_ORDERS % BT_MAX_ORDERS,
					      .count = counts[i] };
		size_t types = i / 2 / BT_MAX_ORDERS / BT_MAX_ORDERS;

		cell.fallback_migratetype = types % BT_MAX_MIGRATETYPES;
		cell.alloc_migratetype = (bdt_migratetype)(types / BT_MAX_MIGRATETYPES);
		if (cell.count && add_cell(st, &cell))
			return -1;
	}
	if (r->ncells)
		qsort(st->cell_rows, r->ncells, sizeof(*st->cell_rows), by_cell);
	qsort(st->pair_rows, r->npairs, sizeof(*st->pair_rows), by_pair);
	r->cells = st->cell_rows;
	r->pairs = st->pair_rows;
	return 0;
}

static void add_run(struct bdt_stat *st, enum bdt_stat_trigger trigger, const char *result,
		    const struct bdt_compaction_count *count)
{
	if (!count->runs)
		return;
	st->compaction_rows[st->result.ncompactions++] =
		(struct bdt_stat_compaction){ .trigger = trigger,
					      .result = result,
					      .runs = count->runs,
					      .total_ns = count->total_ns,
					      .max_ns = count->max_ns,
					      .scanned = count->scanned,
					      .isolated = count->isolated,
					      .migrated = count->migrated,
					      .failed = count->failed,
					      .free_scanned = count->free_scanned,
					      .free_isolated = count->free_isolated };
}

static void sum_compactions(struct bdt_stat *st)
{
	struct bdt_stat_result *r = &st->result;

	r->ncompactions = 0;
	for (int trigger = 0; trigger < BDT_TRIGGER_NR; trigger++) {
		struct bdt_compaction_count open = st->compactions[trigger][BT_STAT_RESULTS];

		for (size_t i = 0; i < st->results.n; i++)
			add_run(st, trigger, st->results.text[i], &st->compactions[trigger][i]);
		for (size_t i = 0; i < st->tasks.npids; i++)
			open.runs += st->tasks.pids[i].run.open &&
				     st->tasks.pids[i].run.trigger == (enum bdt_stat_trigger)trigger;
		add_run(st, trigger, "no end seen", &open);
		r->compaction[trigger] = bdt_times_sum(&st->compaction[trigger]);
	}
	qsort(st->compaction_rows, r->ncompactions, sizeof(*st->compaction_rows), by_runs);
	r->compactions = st->compaction_rows;
}

static void sum_stalls(struct bdt_stat *st, uint64_t *open)
{
	struct bdt_times all = { 0 };

	for (bdt_order order = 0; order < BT_MAX_ORDERS; order++) {
		st->result.stalls[order] = bdt_times_sum(&st->stalls[order]);
		bdt_times_join(&all, &st->stalls[order]);
	}
	st->result.stall = bdt_times_sum(&all);
	*open = st->stalls_open;
	for (size_t i = 0; i < st->tasks.npids; i++)
		*open += st->tasks.pids[i].reclaiming;
}

const struct bdt_stat_result *bdt_stat_result(struct bdt_stat *st)
{
	struct bdt_stat_result *r = &st->result;

	if (sum_cells(st))
		return NULL;
	sum_compactions(st);
	sum_stalls(st, &r->stalls_open);
	r->sites = bdt_sites_rows(&st->sites, &r->nsites);
	r->tasks = bdt_stat_tasks_rows(&st->tasks, &r->ntasks);
	return r->sites && r->tasks ? r : NULL;
}

size_t bdt_stat_series(const struct bdt_stat *st, struct bdt_stat_bin *bins, size_t max)
{
	return bdt_stat_series_join(&st->series, st->result.last_ns, bins, max);
}
