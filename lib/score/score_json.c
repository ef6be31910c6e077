/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "score/score.h"
#include <buddytrace/json.h>

static void counts(struct bdt_json *j, const struct bdt_counts *c)
{
	struct bdt_prf prf = bdt_counts_prf(c);

	bdt_json_u64(j, "observed", c->observed);
	bdt_json_u64(j, "predicted", c->predicted);
	bdt_json_u64(j, "tp", c->tp);
	bdt_json_u64(j, "fp", c->predicted - c->tp);
	bdt_json_u64(j, "fn", c->observed - c->tp);
	bdt_json_ratio(j, "precision", prf.precision);
	bdt_json_ratio(j, "recall", prf.recall);
}

static void fallbacks(struct bdt_json *j, const struct bdt_score *s)
{
	const struct bdt_tally *t = &s->total;

	bdt_json_object(j, "fallbacks");
	counts(j, &t->fallbacks);
	bdt_json_ratio(j, "f1", bdt_counts_f1(&t->fallbacks));
	bdt_json_ratio(j, "baseline_f1", bdt_counts_f1(&s->baseline));
	bdt_json_ratio(j, "attributes_exact", bdt_share(s->attributes_exact, t->fallbacks.tp));
	bdt_json_ratio(j, "pfn_exact", bdt_share(s->fallback_pfn_exact, t->fallbacks.tp));
	bdt_json_object(j, "onsets");
	counts(j, &t->onsets);
	bdt_json_end(j);
	bdt_json_end(j);
}

static void confusion(struct bdt_json *j, const struct bdt_score *s)
{
	bdt_json_array(j, "confusion");
	for (bdt_migratetype a = 0; a < BT_MAX_MIGRATETYPES; a++)
		for (bdt_migratetype f = 0; f < BT_MAX_MIGRATETYPES; f++)
			for (bdt_order ao = 0; ao < BT_MAX_ORDERS; ao++)
				for (bdt_order fo = 0; fo < BT_MAX_ORDERS; fo++) {
					const struct bdt_confusion_cell *c = &s->confusion[a][f][ao][fo];

					if (!c->observed && !c->predicted)
						continue;
					bdt_json_object(j, NULL);
					bdt_json_string(j, "alloc_migratetype",
							bdt_stream_migratetype_name(s->stream, a));
					bdt_json_string(j, "fallback_migratetype",
							bdt_stream_migratetype_name(s->stream, f));
					bdt_json_u64(j, "alloc_order", ao);
					bdt_json_u64(j, "fallback_order", fo);
					bdt_json_u64(j, "observed", c->observed);
					bdt_json_u64(j, "predicted", c->predicted);
					bdt_json_u64(j, "both", c->both);
					bdt_json_end(j);
				}
	bdt_json_end(j);
}

static void checkpoint(struct bdt_json *j, const char *key, const struct bdt_checkpoint_result *c)
{
	bdt_json_object(j, key);
	bdt_json_string(j, "snapshot", c->name);
	bdt_json_ratio(j, "free_jaccard", c->free_jaccard);
	bdt_json_u64(j, "free_pages_both", c->pages_both);
	bdt_json_u64(j, "free_pages_only_model", c->pages_model);
	bdt_json_u64(j, "free_pages_only_kernel", c->pages_kernel);
	bdt_json_u64(j, "pages_compared", c->pages_compared);
	bdt_json_u64(j, "pages_excluded", c->pages_excluded);
	bdt_json_u64(j, "nr_free_abs_error_pages", c->nr_free_abs_error);
	bdt_json_u64(j, "buddyinfo_exact_columns", c->buddyinfo_exact);
	bdt_json_u64(j, "buddyinfo_columns", c->buddyinfo_columns);
	bdt_json_end(j);
}

static void checkpoints(struct bdt_json *j, const struct bdt_replay_result *r)
{
	if (r->ncheckpoints)
		checkpoint(j, "end_state", &r->checkpoints[r->ncheckpoints - 1]);
	else
		bdt_json_null(j, "end_state");
	bdt_json_array(j, "checkpoints");
	for (size_t i = 0; i < r->ncheckpoints; i++)
		checkpoint(j, NULL, &r->checkpoints[i]);
	bdt_json_end(j);
}

static void agreement(struct bdt_json *j, const char *key, const struct bdt_agreement *a)
{
	bdt_json_object(j, key);
	bdt_json_u64(j, "decisions", a->n);
	bdt_json_u64(j, "agreed", a->agreed);
	bdt_json_ratio(j, "agreement", bdt_share(a->agreed, a->n));
	bdt_json_end(j);
}

/* Results that were observed, with what was predicted in their place. */
static void results(struct bdt_json *j, const char *key, const uint64_t table[][BDT_COMPACT_NR])
{
	bdt_json_array(j, key);
	for (int got = 0; got < BDT_COMPACT_NR; got++)
		for (int said = 0; said < BDT_COMPACT_NR; said++) {
			if (!table[got][said])
				continue;
			bdt_json_object(j, NULL);
			bdt_json_string(j, "observed", bdt_compact_result_names[got]);
			bdt_json_string(j, "predicted", bdt_compact_result_names[said]);
			bdt_json_u64(j, "n", table[got][said]);
			bdt_json_end(j);
		}
	bdt_json_end(j);
}

static void decisions(struct bdt_json *j, const struct bdt_compaction_scores *s)
{
	agreement(j, "suitable", &s->suitable);
	agreement(j, "finished", &s->finished);
	agreement(j, "deferred", &s->deferred);
	agreement(j, "begin_positions", &s->begin);
	agreement(j, "end_results", &s->end);
	agreement(j, "migrate_starts", &s->migrate_starts);
	agreement(j, "migrate_ranges", &s->migrate_ranges);
	agreement(j, "migrate_taken", &s->migrate_taken);
	agreement(j, "free_starts", &s->free_starts);
	agreement(j, "free_ranges", &s->free_ranges);
	agreement(j, "free_taken", &s->free_taken);
	agreement(j, "fast_searches", &s->fast);
	results(j, "suitable_results", s->suitable_confusion);
	results(j, "finished_results", s->finished_confusion);
}

/* The model against the kernel's own lists, before it took them over. */
static void exact_snapshot(struct bdt_json *j, const struct bdt_exact_result *e)
{
	bdt_json_object(j, NULL);
	bdt_json_string(j, "snapshot", e->name);
	bdt_json_u64(j, "time_ns", e->time_ns);
	bdt_json_u64(j, "parts", e->parts);
	bdt_json_u64(j, "parts_without_lock", e->unlocked);
	bdt_json_u64(j, "parts_continued", e->continued);
	bdt_json_u64(j, "entries", e->entries);
	bdt_json_ratio(j, "same_position", bdt_share(e->same_position, e->entries));
	bdt_json_u64(j, "lists", e->lists);
	bdt_json_u64(j, "lists_equal", e->lists_equal);
	bdt_json_u64(j, "lists_cut", e->cut);
	bdt_json_u64(j, "free_pages_kernel", e->pages_kernel);
	bdt_json_u64(j, "free_pages_model", e->pages_model);
	bdt_json_u64(j, "free_pages_both", e->pages_both);
	bdt_json_ratio(j, "free_jaccard",
		       bdt_share(e->pages_both, e->pages_kernel + e->pages_model - e->pages_both));
	bdt_json_u64(j, "pageblocks", e->pageblocks);
	bdt_json_u64(j, "pageblock_types_equal", e->pageblock_types_equal);
	bdt_json_end(j);
}

static void exact_snapshots(struct bdt_json *j, const struct bdt_replay_result *r)
{
	bdt_json_array(j, "exact_snapshots");
	for (size_t i = 0; i < r->nexact; i++)
		exact_snapshot(j, &r->exact[i]);
	bdt_json_end(j);
}

static void compaction(struct bdt_json *j, const struct bdt_replay_result *r)
{
	const struct bdt_compaction_stats *c = &r->compaction;

	bdt_json_object(j, "compaction");
	bdt_json_u64(j, "runs", c->runs);
	bdt_json_u64(j, "isolate_events", c->isolate_events);
	bdt_json_ratio(j, "isolate_exact", bdt_share(c->isolate_exact, c->isolate_events));
	bdt_json_u64(j, "isolated_pages", c->isolated_pages);
	bdt_json_u64(j, "fast_isolate_events", c->fast_events);
	bdt_json_u64(j, "fast_isolated_pages", c->fast_pages);
	bdt_json_ratio(j, "fast_isolate_resolved", bdt_share(c->fast_resolved, c->fast_pages));
	bdt_json_u64(j, "search_guesses", c->guesses);
	bdt_json_u64(j, "search_guesses_refuted", c->refuted);
	bdt_json_u64(j, "migrated_pages", c->migrated);
	bdt_json_u64(j, "failed_pages", c->failed);
	bdt_json_u64(j, "captures", r->captures);
	decisions(j, &r->compaction_scores);
	bdt_json_end(j);
}

static void holes(struct bdt_json *j, const struct bdt_replay_result *r)
{
	const struct bdt_contradictions *c = &r->contradictions;

	bdt_json_object(j, "unrecorded");
	bdt_json_u64(j, "frees_of_free_pages", c->silent_alloc_pages);
	bdt_json_u64(j, "allocations_of_free_pages", c->silent_free_pages);
	bdt_json_u64(j, "drains_of_free_pages", c->free_drained_pages);
	bdt_json_end(j);
}

static void causes(struct bdt_json *j, const struct bdt_score *s)
{
	bdt_json_object(j, "mismatches");
	for (int cause = BDT_CAUSE_NONE + 1; cause < BDT_CAUSE_NR; cause++)
		bdt_json_u64(j, bdt_cause_names[cause],
			     s->causes[BDT_CLASS_OTHER][cause] + s->causes[BDT_CLASS_FP][cause] +
				     s->causes[BDT_CLASS_FN][cause]);
	bdt_json_end(j);
}

int bdt_score_write_json(const struct bdt_score *s, const struct bdt_replay_result *r,
			 const struct bdt_replay_summary *sum, FILE *out)
{
	const struct bdt_tally *t = &s->total;
	struct bdt_json j;

	bdt_json_init(&j, out);
	bdt_json_object(&j, NULL);
	bdt_json_string(&j, "tool", "buddytrace " VERSION);
	bdt_json_string(&j, "kernel", r->kernel);
	bdt_json_string(&j, "profile", r->profile->name);
	bdt_json_bool(&j, "profile_exact", r->profile_exact);
	bdt_json_string(&j, "level", r->page ? "page" : "buddy");
	bdt_json_string(&j, "start_state", r->exact_start ? "exact" : r->seeded ? "snapshot" : "unknown");
	bdt_json_u64(&j, "events", s->events);
	bdt_json_u64(&j, "lost_events", s->lost);
	bdt_json_u64(&j, "gaps", s->gaps);
	bdt_json_u64(&j, "duration_ns", sum->duration_ns);
	bdt_json_u64(&j, "scored_events", t->events);
	bdt_json_u64(&j, "removals", t->removals);
	bdt_json_ratio(&j, "pfn_exact", bdt_share(t->exact, t->removals));
	bdt_json_u64(&j, "known", t->known);
	bdt_json_ratio(&j, "known_share", bdt_share(t->known, t->removals));
	bdt_json_ratio(&j, "pfn_exact_known", bdt_share(t->known_exact, t->known));
	bdt_json_ratio(&j, "block_order_exact", bdt_share(s->block_order_exact, t->removals));
	bdt_json_u64(&j, "contradictions", t->contradictions);
	fallbacks(&j, s);
	confusion(&j, s);
	causes(&j, s);
	holes(&j, r);
	checkpoints(&j, r);
	exact_snapshots(&j, r);
	compaction(&j, r);
	bdt_score_page_json(&j, r->page);
	bdt_json_double(&j, "seconds", sum->seconds, 3);
	bdt_json_double(&j, "cpu_seconds", sum->cpu_seconds, 3);
	bdt_json_double(&j, "events_per_cpu_second", sum->events_per_cpu_second, 0);
	bdt_json_u64(&j, "peak_rss_bytes", sum->peak_rss_bytes);
	bdt_json_end(&j);
	return bdt_json_finish(&j);
}
