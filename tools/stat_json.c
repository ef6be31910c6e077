/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stat_print.h"
#include <buddytrace/json.h>
#include <stdio.h>

/* null when the event that tells it was not recorded. */
static void json_if(struct bdt_json *j, const struct bdt_stat_result *r, enum bdt_event_kind kind,
		    const char *key, uint64_t value)
{
	bdt_json_u64_if(j, key, r->has[kind], value);
}

static void json_pairs(struct bdt_json *j, const struct bdt_stat_result *r)
{
	bdt_json_array(j, "pairs");
	for (size_t i = 0; i < r->npairs; i++) {
		const struct bdt_stat_pair *pair = &r->pairs[i];

		bdt_json_object(j, NULL);
		bdt_json_string(j, "alloc_migratetype", r->migratetype[pair->alloc_migratetype]);
		bdt_json_string(j, "fallback_migratetype", r->migratetype[pair->fallback_migratetype]);
		bdt_json_u64(j, "count", pair->count);
		bdt_json_u64(j, "owned", pair->owned);
		bdt_json_u64_if(j, "fragmenting", r->pageblock_order >= 0, pair->fragmenting);
		bdt_json_end(j);
	}
	bdt_json_end(j);
}

static void json_combinations(struct bdt_json *j, const struct bdt_stat_result *r)
{
	bdt_json_array(j, "combinations");
	for (size_t i = 0; i < r->ncells; i++) {
		const struct bdt_stat_cell *cell = &r->cells[i];

		bdt_json_object(j, NULL);
		bdt_json_string(j, "alloc_migratetype", r->migratetype[cell->alloc_migratetype]);
		bdt_json_string(j, "fallback_migratetype", r->migratetype[cell->fallback_migratetype]);
		bdt_json_u64(j, "alloc_order", cell->alloc_order);
		bdt_json_u64(j, "fallback_order", cell->fallback_order);
		bdt_json_bool(j, "change_ownership", cell->owned);
		bdt_json_u64(j, "count", cell->count);
		bdt_json_end(j);
	}
	bdt_json_end(j);
}

static void json_sites(struct bdt_json *j, const struct bdt_stat_result *r)
{
	bdt_json_array(j, "sites");
	for (size_t i = 0; i < r->nsites; i++) {
		const struct bdt_stat_site *site = &r->sites[i];

		bdt_json_object(j, NULL);
		bdt_json_string(j, "through", *site->via ? site->via : "pages");
		bdt_json_array(j, "callers");
		for (int f = 0; f < BT_SITE_FRAMES && *site->frame[f]; f++)
			bdt_json_string(j, NULL, site->frame[f]);
		bdt_json_end(j);
		bdt_json_u64(j, "count", site->count);
		bdt_json_u64(j, "owned", site->owned);
		bdt_json_end(j);
	}
	bdt_json_end(j);
}

static void json_fallbacks(struct bdt_json *j, const struct bdt_stat_result *r)
{
	if (!r->has[BDT_EV_EXTFRAG]) {
		bdt_json_null(j, "fallbacks");
		return;
	}
	bdt_json_object(j, "fallbacks");
	bdt_json_u64(j, "count", r->fallbacks);
	bdt_json_u64(j, "owned", r->owned);
	bdt_json_u64_if(j, "fragmenting", r->pageblock_order >= 0, r->fragmenting);
	bdt_json_double(j, "per_second",
			r->observed_ns ? (double)r->fallbacks * 1e9 / (double)r->observed_ns : 0, 3);
	bdt_json_u64(j, "with_callers", r->stacks);
	json_pairs(j, r);
	json_combinations(j, r);
	json_sites(j, r);
	bdt_json_end(j);
}

static void json_tasks(struct bdt_json *j, const struct bdt_stat_result *r)
{
	bdt_json_array(j, "tasks");
	for (size_t i = 0; i < r->ntasks; i++) {
		const struct bdt_stat_task *task = &r->tasks[i];

		bdt_json_object(j, NULL);
		bdt_json_string(j, "task", task->name);
		bdt_json_u64(j, "fallbacks", task->fallbacks);
		bdt_json_u64(j, "owned", task->owned);
		bdt_json_u64(j, "stalls", task->stalls);
		bdt_json_u64(j, "stall_ns", task->stall_ns);
		bdt_json_u64(j, "compactions", task->compactions);
		bdt_json_u64(j, "compaction_ns", task->compaction_ns);
		json_if(j, r, BDT_EV_PAGE_ALLOC, "allocations", task->allocations);
		json_if(j, r, BDT_EV_PAGE_ALLOC, "pages", task->pages);
		json_if(j, r, BDT_EV_PAGE_FREE, "frees", task->frees);
		bdt_json_end(j);
	}
	bdt_json_end(j);
}

static void json_times(struct bdt_json *j, const struct bdt_stat_times *times)
{
	bdt_json_u64(j, "count", times->count);
	bdt_json_u64(j, "total_ns", times->total_ns);
	bdt_json_u64(j, "p50_ns", times->p50_ns);
	bdt_json_u64(j, "p90_ns", times->p90_ns);
	bdt_json_u64(j, "p99_ns", times->p99_ns);
	bdt_json_u64(j, "max_ns", times->max_ns);
}

static void json_stalls(struct bdt_json *j, const struct bdt_stat_result *r)
{
	if (!r->has[BDT_EV_DIRECT_RECLAIM_BEGIN]) {
		bdt_json_null(j, "direct_reclaim");
		return;
	}
	bdt_json_object(j, "direct_reclaim");
	json_times(j, &r->stall);
	bdt_json_u64(j, "reclaimed_pages", r->reclaimed);
	bdt_json_u64(j, "unpaired", r->stalls_open);
	bdt_json_u64(j, "kswapd_wakes", r->kswapd_wakes);
	bdt_json_array(j, "by_order");
	for (bdt_order order = 0; order < BT_MAX_ORDERS; order++) {
		if (!r->stalls[order].count)
			continue;
		bdt_json_object(j, NULL);
		bdt_json_u64(j, "order", order);
		json_times(j, &r->stalls[order]);
		bdt_json_end(j);
	}
	bdt_json_end(j);
	bdt_json_end(j);
}

static void json_compaction(struct bdt_json *j, const struct bdt_stat_result *r)
{
	if (!r->has[BDT_EV_COMPACTION_BEGIN]) {
		bdt_json_null(j, "compaction");
		return;
	}
	bdt_json_object(j, "compaction");
	json_if(j, r, BDT_EV_COMPACTION_DEFERRED, "deferred", r->deferred);
	bdt_json_array(j, "by_trigger");
	for (int trigger = 0; trigger < BDT_TRIGGER_NR; trigger++) {
		if (!r->compaction[trigger].count)
			continue;
		bdt_json_object(j, NULL);
		bdt_json_string(j, "trigger", bdt_stat_trigger_name(trigger));
		json_times(j, &r->compaction[trigger]);
		bdt_json_end(j);
	}
	bdt_json_end(j);
	bdt_json_array(j, "by_result");
	for (size_t i = 0; i < r->ncompactions; i++) {
		const struct bdt_stat_compaction *row = &r->compactions[i];

		bdt_json_object(j, NULL);
		bdt_json_string(j, "trigger", bdt_stat_trigger_name(row->trigger));
		bdt_json_string(j, "result", row->result);
		bdt_json_u64(j, "runs", row->runs);
		bdt_json_u64(j, "total_ns", row->total_ns);
		bdt_json_u64(j, "max_ns", row->max_ns);
		json_if(j, r, BDT_EV_COMPACTION_ISOLATE_MIGRATEPAGES, "scanned_pages", row->scanned);
		json_if(j, r, BDT_EV_COMPACTION_ISOLATE_MIGRATEPAGES, "isolated_pages", row->isolated);
		json_if(j, r, BDT_EV_COMPACTION_MIGRATEPAGES, "migrated_pages", row->migrated);
		json_if(j, r, BDT_EV_COMPACTION_MIGRATEPAGES, "failed_pages", row->failed);
		json_if(j, r, BDT_EV_COMPACTION_ISOLATE_FREEPAGES, "free_scanned_pages", row->free_scanned);
		json_if(j, r, BDT_EV_COMPACTION_ISOLATE_FREEPAGES, "free_isolated_pages", row->free_isolated);
		bdt_json_end(j);
	}
	bdt_json_end(j);
	bdt_json_end(j);
}

static void json_orders(struct bdt_json *j, const struct bdt_stat_result *r)
{
	if (!r->has[BDT_EV_PAGE_ALLOC]) {
		bdt_json_null(j, "allocations");
		return;
	}
	bdt_json_array(j, "allocations");
	for (bdt_order order = 0; order < BT_MAX_ORDERS; order++) {
		bdt_json_object(j, NULL);
		bdt_json_u64(j, "order", order);
		bdt_json_object(j, "by_migratetype");
		for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++)
			if (r->allocations[order][mt])
				bdt_json_u64(j, r->migratetype[mt], r->allocations[order][mt]);
		bdt_json_end(j);
		bdt_json_u64(j, "failed", r->failed[order]);
		bdt_json_u64(j, "frees", r->frees[order]);
		bdt_json_u64(j, "from_free_lists", r->removals[order]);
		bdt_json_u64(j, "to_free_lists", r->drains[order]);
		bdt_json_end(j);
	}
	bdt_json_end(j);
}

static void json_series(struct bdt_json *j, const struct bdt_stat_view *view)
{
	bdt_json_array(j, "over_time");
	for (size_t i = 0; i < view->nbins; i++) {
		const struct bdt_stat_bin *bin = &view->bins[i];

		bdt_json_object(j, NULL);
		bdt_json_u64(j, "begin_ns", bin->begin_ns);
		bdt_json_u64(j, "end_ns", bin->end_ns);
		bdt_json_u64(j, "events", bin->events);
		bdt_json_u64(j, "lost", bin->lost);
		bdt_json_u64(j, "fallbacks", bin->fallbacks);
		bdt_json_u64(j, "owned", bin->owned);
		bdt_json_u64(j, "compactions", bin->compactions);
		bdt_json_u64(j, "stalls", bin->stalls);
		bdt_json_u64(j, "stall_ns", bin->stall_ns);
		bdt_json_u64(j, "allocations", bin->allocations);
		bdt_json_end(j);
	}
	bdt_json_end(j);
}

void bdt_stat_json(const struct bdt_stat_view *view)
{
	const struct bdt_stat_result *r = view->result;
	struct bdt_json j;

	bdt_json_init(&j, stdout);
	bdt_json_object(&j, NULL);
	bdt_json_array(&j, "files");
	for (size_t i = 0; i < view->nfiles; i++)
		bdt_json_string(&j, NULL, view->files[i]);
	bdt_json_end(&j);
	bdt_json_u64(&j, "events", r->events);
	bdt_json_u64(&j, "lost", r->lost);
	bdt_json_u64(&j, "gaps", r->gaps);
	bdt_json_u64(&j, "gaps_of_unknown_length", r->gaps_unknown);
	bdt_json_u64(&j, "events_left_out", r->strange);
	bdt_json_u64(&j, "first_ns", r->first_ns);
	bdt_json_u64(&j, "last_ns", r->last_ns);
	bdt_json_u64(&j, "observed_ns", r->observed_ns);
	bdt_json_u64_if(&j, "pageblock_order", r->pageblock_order >= 0, (uint64_t)r->pageblock_order);
	json_fallbacks(&j, r);
	json_tasks(&j, r);
	json_stalls(&j, r);
	json_compaction(&j, r);
	json_orders(&j, r);
	json_series(&j, view);
	bdt_json_end(&j);
	bdt_json_finish(&j);
}
