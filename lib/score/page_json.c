/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/page.h"
#include "score/score.h"
#include <buddytrace/json.h>
#include <math.h>
#include <stddef.h>

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

/* Pearson's correlation over the windows of what the offsets say; -2 where nothing varies. */
static double correlation(const struct bdt_page_free *f, size_t observed, size_t predicted)
{
	double n = (double)f->nwindows, sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0, vx, vy;

	for (size_t i = 0; i < f->nwindows; i++) {
		double x = *(const uint32_t *)((const char *)&f->window[i] + observed);
		double y = *(const uint32_t *)((const char *)&f->window[i] + predicted);

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

static uint64_t sum(const struct bdt_page_free *f, size_t offset)
{
	uint64_t n = 0;

	for (size_t i = 0; i < f->nwindows; i++)
		n += *(const uint32_t *)((const char *)&f->window[i] + offset);
	return n;
}

/* How many there would be for each one that there was. */
static double count_ratio(const struct bdt_page_free *f, size_t observed, size_t predicted)
{
	return bdt_share(sum(f, predicted), sum(f, observed));
}

static void page_counts(struct bdt_json *j, const char *key, const struct bdt_page_free *f, size_t observed,
			size_t predicted)
{
	double ratio = count_ratio(f, observed, predicted);
	double r = correlation(f, observed, predicted);

	bdt_json_object(j, key);
	bdt_json_u64(j, "observed", sum(f, observed));
	bdt_json_u64(j, "predicted", sum(f, predicted));
	if (ratio >= 0)
		bdt_json_double(j, "count_ratio", ratio, 4);
	else
		bdt_json_null(j, "count_ratio");
	if (r >= -1)
		bdt_json_double(j, "correlation", r, 4);
	else
		bdt_json_null(j, "correlation");
	bdt_json_end(j);
}

#define WINDOW(member, i) offsetof(struct bdt_page_window, member[i])

static void page_free(struct bdt_json *j, const struct bdt_page_free *f)
{
	bdt_json_object(j, "free");
	bdt_json_u64(j, "resync_events", f->resync_events);
	bdt_json_u64(j, "resyncs", f->resyncs);
	bdt_json_u64(j, "allocations", f->allocs);
	bdt_json_u64(j, "allocations_slow", f->allocs_slow);
	bdt_json_u64(j, "allocations_failed", f->allocs_failed);
	bdt_json_ratio(j, "same_page", bdt_share(f->same_page, f->allocs));
	bdt_json_u64(j, "frees", f->frees);
	bdt_json_u64(j, "frees_unmapped", f->frees_unmapped);
	bdt_json_u64(j, "windows", f->nwindows);
	bdt_json_u64(j, "window_events", f->window_events);
	page_counts(j, "refills", f, WINDOW(refills, 0), WINDOW(refills, 1));
	page_counts(j, "drained_pages", f, WINDOW(drained, 0), WINDOW(drained, 1));
	page_counts(j, "fallbacks", f, WINDOW(fallbacks, 0), WINDOW(fallbacks, 1));
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
	out->free_refills = count_ratio(&page->free, WINDOW(refills, 0), WINDOW(refills, 1));
	out->free_drained = count_ratio(&page->free, WINDOW(drained, 0), WINDOW(drained, 1));
	out->free_fallbacks = count_ratio(&page->free, WINDOW(fallbacks, 0), WINDOW(fallbacks, 1));
}
