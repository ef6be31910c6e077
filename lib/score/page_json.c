/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/page.h"
#include "score/score.h"
#include <buddytrace/json.h>
#include <math.h>

/* The object `page` of score.json: what the page level predicted. */

static void occurrences(struct bdt_json *j, const char *key, const struct bdt_page_count *c)
{
	bdt_json_object(j, key);
	bdt_json_u64(j, "observed", c->observed);
	bdt_json_u64(j, "predicted", c->predicted);
	bdt_json_u64(j, "both", c->tp);
	bdt_json_ratio(j, "precision", bdt_share(c->tp, c->predicted));
	bdt_json_ratio(j, "recall", bdt_share(c->tp, c->observed));
	bdt_json_end(j);
}

/* What was predicted from the per-CPU lists as observed. */
static void page_assisted(struct bdt_json *j, const struct bdt_page_assisted *a)
{
	bdt_json_object(j, "assisted");
	bdt_json_u64(j, "allocations", a->allocs);
	bdt_json_u64(j, "allocations_pcp", a->allocs_pcp);
	bdt_json_ratio(j, "known_share", bdt_share(a->scored_allocs, a->allocs_pcp));
	bdt_json_ratio(j, "list_head", bdt_share(a->head, a->head_known));
	bdt_json_u64(j, "list_head_of", a->head_known);
	occurrences(j, "refills", &a->refills);
	bdt_json_u64(j, "refills_first", a->refills_first);
	bdt_json_u64(j, "refills_bulk", a->bulk_refills);
	bdt_json_ratio(j, "refill_size_exact", bdt_share(a->refill_sizes_exact, a->refill_sizes));
	bdt_json_u64(j, "refill_size_of", a->refill_sizes);
	bdt_json_u64(j, "refill_blocks", a->refill_pages);
	bdt_json_u64(j, "refill_blocks_predicted", a->refill_pages_predicted);
	occurrences(j, "drains", &a->drains);
	bdt_json_ratio(j, "drain_size_exact", bdt_share(a->drain_sizes_exact, a->drain_sizes));
	bdt_json_u64(j, "drain_size_of", a->drain_sizes);
	bdt_json_ratio(j, "drain_size_constant", bdt_share(a->drains_constant, a->drains.observed));
	bdt_json_ratio(j, "drained_from_tail", bdt_share(a->drained_tail, a->drained_found));
	bdt_json_u64(j, "drained_blocks", a->drained_pages);
	bdt_json_u64(j, "drains_other", a->drains_other);
	bdt_json_ratio(j, "zone_exact", bdt_share(a->zones_exact, a->zones));
	bdt_json_u64(j, "zone_of", a->zones);
	bdt_json_u64(j, "zone_none", a->zones_none);
	bdt_json_u64(j, "slow_path", a->slow);
	bdt_json_ratio(j, "slow_path_predicted", bdt_share(a->slow_predicted, a->slow));
	bdt_json_u64(j, "slow_path_silent", a->slow_silent);
	bdt_json_end(j);
}

/* Pearson's correlation over the windows; -2 where nothing varies. */
static double correlation(const struct bdt_page_free *f, enum bdt_page_series series)
{
	double n = (double)f->nwindows, sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0, vx, vy;

	for (size_t i = 0; i < f->nwindows; i++) {
		double x = f->window[i].count[series][0], y = f->window[i].count[series][1];

		sx += x;
		sy += y;
		sxx += x * x;
		syy += y * y;
		sxy += x * y;
	}
	vx = n * sxx - sx * sx;
	vy = n * syy - sy * sy;
	return vx > 0 && vy > 0 ? (n * sxy - sx * sy) / sqrt(vx * vy) : -2;
}

static uint64_t total(const struct bdt_page_free *f, enum bdt_page_series series, bool predicted)
{
	uint64_t n = 0;

	for (size_t i = 0; i < f->nwindows; i++)
		n += f->window[i].count[series][predicted];
	return n;
}

/* How many there would be for each one that there was. */
static double count_ratio(const struct bdt_page_free *f, enum bdt_page_series series)
{
	return bdt_share(total(f, series, true), total(f, series, false));
}

static const char *const series_names[BDT_WINDOW_NR] = {
	[BDT_WINDOW_REFILLS] = "refills",
	[BDT_WINDOW_DRAINED] = "drained_pages",
	[BDT_WINDOW_FALLBACKS] = "fallbacks",
	[BDT_WINDOW_SLOW] = "slow_path",
	[BDT_WINDOW_WAKEUPS] = "kswapd_wakeups",
	[BDT_WINDOW_RUNS] = "compaction_runs",
	[BDT_WINDOW_RUNS_GIVEN] = "compaction_runs_given",
};

static void results(struct bdt_json *j, const uint64_t results[2][BDT_COMPACT_NR])
{
	bdt_json_object(j, "results");
	for (int result = 0; result < BDT_COMPACT_NR; result++) {
		if (!results[0][result] && !results[1][result])
			continue;
		bdt_json_object(j, bdt_compact_result_names[result]);
		bdt_json_u64(j, "observed", results[0][result]);
		bdt_json_u64(j, "predicted", results[1][result]);
		bdt_json_end(j);
	}
	bdt_json_end(j);
}

static void page_counts(struct bdt_json *j, const struct bdt_page_free *f, enum bdt_page_series series)
{
	double r = correlation(f, series), ratio = count_ratio(f, series);

	bdt_json_object(j, series_names[series]);
	bdt_json_u64(j, "observed", total(f, series, false));
	bdt_json_u64(j, "predicted", total(f, series, true));
	if (ratio >= 0)
		bdt_json_double(j, "count_ratio", ratio, 4);
	else
		bdt_json_null(j, "count_ratio");
	if (r >= -1)
		bdt_json_double(j, "correlation", r, 4);
	else
		bdt_json_null(j, "correlation");
	if (series == BDT_WINDOW_SLOW)
		bdt_json_u64(j, "both", f->slow.tp);
	if (series == BDT_WINDOW_RUNS)
		results(j, f->results);
	if (series == BDT_WINDOW_RUNS_GIVEN)
		results(j, f->results_given);
	bdt_json_end(j);
}

/* How the requests that the copy's fast path refused ended. */
static void slow_exits(struct bdt_json *j, const struct bdt_page_free *f)
{
	bdt_json_object(j, "slow_path_ends");
	for (int exit = 0; exit < BDT_SLOW_EXIT_NR; exit++)
		if (f->exits[exit])
			bdt_json_u64(j, bdt_slow_exit_names[exit], f->exits[exit]);
	bdt_json_end(j);
}

static void page_free(struct bdt_json *j, const struct bdt_page_free *f)
{
	bdt_json_object(j, "free");
	bdt_json_u64(j, "resync_events", f->resync_events);
	bdt_json_u64(j, "resyncs", f->resyncs);
	bdt_json_u64(j, "allocations", f->allocs);
	bdt_json_u64(j, "allocations_slow", f->allocs_slow);
	bdt_json_u64(j, "allocations_forced", f->allocs_forced);
	bdt_json_u64(j, "allocations_failed", f->allocs_failed);
	bdt_json_ratio(j, "same_page", bdt_share(f->same_page, f->allocs));
	bdt_json_u64(j, "frees", f->frees);
	bdt_json_u64(j, "frees_migrated", f->frees_migrated);
	bdt_json_u64(j, "frees_stray", f->frees_stray);
	bdt_json_u64(j, "frees_unmapped", f->frees_unmapped);
	bdt_json_u64(j, "frees_unseen", f->frees_unseen);
	bdt_json_u64(j, "compaction_moved", f->moved);
	occurrences(j, "failures", &f->failures);
	bdt_json_u64(j, "windows", f->nwindows);
	bdt_json_u64(j, "window_events", f->window_events);
	for (int series = 0; series < BDT_WINDOW_NR; series++)
		page_counts(j, f, (enum bdt_page_series)series);
	slow_exits(j, f);
	bdt_json_end(j);
}

void bdt_score_page_json(struct bdt_json *j, const struct bdt_page_result *page)
{
	if (!page)
		return;
	bdt_json_object(j, "page");
	page_assisted(j, &page->assisted);
	page_free(j, &page->free);
	bdt_json_end(j);
}

static struct bdt_prf prf(const struct bdt_page_count *c)
{
	const struct bdt_counts counts = { c->observed, c->predicted, c->tp };

	return bdt_counts_prf(&counts);
}

void bdt_score_page_summary(const struct bdt_page_result *page, struct bdt_replay_summary *out)
{
	const struct bdt_page_assisted *a = page ? &page->assisted : NULL;

	out->page_level = page;
	if (!page)
		return;
	out->refills = prf(&a->refills);
	out->refill_size_exact = bdt_share(a->refill_sizes_exact, a->refill_sizes);
	out->drains = prf(&a->drains);
	out->drain_size_exact = bdt_share(a->drain_sizes_exact, a->drain_sizes);
	out->list_head = bdt_share(a->head, a->head_known);
	out->zone_exact = bdt_share(a->zones_exact, a->zones);
	out->free_refills = count_ratio(&page->free, BDT_WINDOW_REFILLS);
	out->free_drained = count_ratio(&page->free, BDT_WINDOW_DRAINED);
	out->free_fallbacks = count_ratio(&page->free, BDT_WINDOW_FALLBACKS);
}
