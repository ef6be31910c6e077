/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/profile.h"
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/*
 * A profile is 4.0 plus all changes that its release has: each is in every release from the first one named
 * on, and in stable series from the point releases that follow it on.
 */
struct change {
	size_t field;
	uint8_t value;
	const char *since; /* "6.3 6.1.116" */
};

#define CHANGE(member, v, releases)                               \
	{                                                         \
		offsetof(struct bdt_profile, member), v, releases \
	}

static_assert(sizeof(bool) == 1, "a switch is one byte");

/* Oldest first: of two changes of one switch the later one counts. */
static const struct change changes[] = {
	CHANGE(reserve, false, "4.4"),
	CHANGE(fair_zones, false, "4.8"),
	CHANGE(watermark_scale, true, "4.6"),
	CHANGE(engine, BDT_ENGINE_STEAL_RETRY, "4.12"),
	CHANGE(pcp_batch_1m, true, "4.19"),
	CHANGE(merge, BDT_MERGE_NOT_ISOLATED, "4.6"),
	CHANGE(cma_is_fallback, false, "4.4"),
	CHANGE(nofragment, BDT_NOFRAGMENT_NEVER, "5.0"),
	CHANGE(boost, BDT_BOOST_ANY_ZONE, "5.0"),
	CHANGE(capture, true, "5.1"),
	CHANGE(nofragment, BDT_NOFRAGMENT_ALWAYS, "5.2"),
	CHANGE(boost, BDT_BOOST_LARGE_ZONE, "5.7"),
	CHANGE(page_reporting, true, "5.7"),
	CHANGE(cma_balance, true, "5.8"),
	CHANGE(class_by_gfp, true, "5.8"),
	CHANGE(min_free_to_256m, true, "5.8"),
	CHANGE(boost_waiver, BDT_BOOST_WAIVED_ATOMIC, "5.8"),
	CHANGE(fast_counts_highatomic, true, "5.9"),
	CHANGE(pcp_needs_cma, true, "5.9"),
	CHANGE(move_to_tail, true, "5.10"),
	CHANGE(free_to_tail, true, "5.10"),
	CHANGE(zone_locked, BDT_ZONE_LOCKED_PAGE, "5.11 5.10.12"),
	CHANGE(pcp_max_order, 3, "5.13"),
	CHANGE(pcp_thp, 1, "5.13"),
	CHANGE(alloc_bulk, true, "5.13"),
	CHANGE(pcp_limits, BDT_PCP_LIMITS_HIGH, "5.14"),
	CHANGE(zone_locked, BDT_ZONE_LOCKED_LIST, "5.19"),
	CHANGE(pcp_drain, BDT_PCP_DRAIN_LISTS, "5.18"),
	CHANGE(merge, BDT_MERGE_WITH_FALLBACK, "5.18"),
	CHANGE(nofragment, BDT_NOFRAGMENT_SMALLER, "5.18"),
	CHANGE(pcp_trylock, true, "6.0"),
	CHANGE(min_reserve, true, "6.3 6.1.116"),
	CHANGE(highatomic_flag, true, "6.3 6.1.116"),
	CHANGE(boost_waiver, BDT_BOOST_WAIVED_HIGH, "6.3"),
	CHANGE(boost_asks_kswapd, true, "6.5"),
	CHANGE(movable_is_highmem, true, "6.7"),
	CHANGE(pcp_needs_cma, false, "6.7"),
	CHANGE(below_high, true, "6.7"),
	CHANGE(pcp_limits, BDT_PCP_LIMITS_TUNED, "6.7"),
	CHANGE(unreserve_before_oom, true, "6.8 6.1.76 6.6.15"),
	CHANGE(highatomic_aligned, true, "6.8"),
	CHANGE(pcp_thp, 2, "6.10 6.1.97 6.9.8"),
	CHANGE(pcp_scale_limit, true, "6.11 6.1.104"),
	CHANGE(engine, BDT_ENGINE_STEAL_ONCE, "6.10"),
	CHANGE(list_is_block_type, true, "6.10"),
	CHANGE(split_large_free, true, "6.10"),
	CHANGE(isolate_moves_free, true, "6.10"),
	CHANGE(isolate_splits, true, "6.10"),
	CHANGE(highatomic_free_counts, true, "6.12"),
	CHANGE(engine, BDT_ENGINE_CLAIM_STEAL, "6.15 6.12.29"),
	CHANGE(defrag_mode, true, "6.15"),
	CHANGE(alloc_nolock, true, "6.15"),
	CHANGE(capture_emits_extfrag, true, "6.15"),
	CHANGE(pcp_high_threshold, true, "6.16"),
	CHANGE(isolate_bit, true, "6.17"),
	CHANGE(skip_busy_nodes, true, "6.18"),
	CHANGE(highatomic_high, true, "6.18 6.1.157 6.12.54"),
	CHANGE(merge_retags_all, true, "6.19 6.12.65"),
	CHANGE(pcp_decay_batched, true, "6.19 6.12.67"),
	CHANGE(thp_thisnode_no_reclaim, true, "7.0 5.10.252 6.1.165 6.12.75 6.18.0"),
	CHANGE(pcp_drain_batched, true, "7.0"),
	CHANGE(free_coalesces, true, "7.1"),
	CHANGE(highatomic_on_buddy, true, "7.1"),
	CHANGE(slowpath_loop, true, "7.1"),
	CHANGE(compaction_frees_checked, true, "7.0 6.12.97"),
	/* compaction */
	CHANGE(compaction.meets_at_page, false, "4.3"),
	CHANGE(compaction.flush_if_not_kswapd, false, "4.6"),
	CHANGE(compaction.old_results, false, "4.7"),
	CHANGE(compaction.always_complete, false, "4.7"),
	CHANGE(compaction.skip_rest_on_failure, true, "4.7"),
	CHANGE(compaction.suitable, BDT_SUITABLE_5_0, "4.8"),
	CHANGE(compaction.watermark_to_finish, false, "4.9"),
	CHANGE(compaction.needs_fs, false, "4.10"),
	CHANGE(compaction.whole_from_start, false, "5.1"),
	CHANGE(compaction.finish_block, true, "5.1"),
	CHANGE(compaction.fast_search, true, "5.1"),
	CHANGE(compaction.fast_sets_skip, true, "5.1"),
	CHANGE(compaction.fast_looks_once, true, "5.1"),
	CHANGE(compaction.fast_low_too, true, "5.1"),
	CHANGE(compaction.fast_unsuitable_too, true, "5.1"),
	CHANGE(compaction.skipped_fails, true, "5.4"),
	CHANGE(compaction.withdrawn_harder, true, "5.4"),
	CHANGE(compaction.proactive, true, "5.9"),
	CHANGE(compaction.fast_looks_once, false, "5.19"),
	CHANGE(compaction.fast_low_too, false, "5.19"),
	CHANGE(compaction.retry_on_success, true, "6.5"),
	CHANGE(compaction.skip_rest_on_failure, false, "6.3"),
	CHANGE(compaction.rescan_on_failure, true, "6.3"),
	CHANGE(compaction.suitable, BDT_SUITABLE_6_12, "6.5"),
	CHANGE(compaction.fast_sets_skip, false, "6.5"),
	CHANGE(compaction.fast_search_event, true, "6.5"),
	CHANGE(compaction.fast_enough, true, "6.5"),
	CHANGE(compaction.scanned_by_page, true, "6.5"),
	CHANGE(compaction.target_below_order, true, "6.5"),
	CHANGE(compaction.cache_behind_block, true, "6.6"),
	CHANGE(compaction.fast_unsuitable_too, false, "6.8"),
	CHANGE(compaction.needs_io, true, "6.8 5.10.215 6.1.84 6.6.24 6.7.12"),
	CHANGE(compaction.compound_by_order, true, "6.9"),
	CHANGE(compaction.freepages_by_order, true, "6.9"),
	CHANGE(compaction.suitable, BDT_SUITABLE_6_18, "6.14"),
	CHANGE(compaction.proactive_spread, true, "6.16"),
	CHANGE(compaction.cma_needs_flag, true, "7.0"),
	CHANGE(compaction.gap_of_a_cluster, true, "7.0"),
	CHANGE(compaction.fast_for_pageblock, true, "7.1"),
};

/*
 * The named profiles, oldest first: the releases they stand for, and the one whose source was read.  4.1 to
 * 4.20 go to the one with the same fallback engine; what changed between is in the table above, as far as it
 * is known.
 */
static const struct {
	const char *name, *from, *until, *read;
} named[] = {
	{ "4.0", "4.0", "4.12", "4.0.5" },        { "5.0", "4.12", "5.10", "5.0.0" },
	{ "5.10", "5.10", "5.19", "5.10.223" },   { "6.1", "5.19", "6.10", "6.1.192" },
	{ "6.10", "6.10", "6.12.29", "6.12.28" }, { "6.12", "6.12.29", "6.13", "6.12.107" },
	{ "6.10", "6.13", "6.15", "6.14.0" },     { "6.18", "6.15", "7.0", "6.18.44" },
	{ "7.2", "7.0", "9999.0", "7.2.13" },
};

#define NR(table) (sizeof(table) / sizeof((table)[0]))

unsigned long bdt_release_number(const char *release)
{
	unsigned int major = 0, minor = 0, patch = 0;

	if (sscanf(release, "%u.%u.%u", &major, &minor, &patch) < 2 || major > 9999 || minor > 999)
		return 0;
	return major * 100000000UL + minor * 100000UL + (patch > 99999 ? 99999 : patch);
}

/* "6.1.0-56-cloud-amd64": the distribution counts its own revisions in place of the point release. */
static bool hides_point_release(const char *release)
{
	int end = 0;

	return sscanf(release, "%*u.%*u.0-%*u%n", &end) == 0 && end;
}

static bool has_change(const struct change *c, unsigned long release)
{
	if (release >= bdt_release_number(c->since))
		return true;
	for (const char *at = strchr(c->since, ' '); at; at = strchr(at + 1, ' ')) {
		unsigned long from = bdt_release_number(at + 1);

		if (release / 100000 == from / 100000 && release >= from)
			return true;
	}
	return false;
}

/* Numbering since 4.1, and before: what was movable and what was reclaimable changed places. */
static void number_migratetypes(struct bdt_profile *p)
{
	bool old = p->release < bdt_release_number("4.1");

	p->unmovable = 0;
	p->movable = old ? 2 : 1;
	p->reclaimable = old ? 1 : 2;
	p->highatomic = 3;
	p->nr_fallback_types = 3;
	p->fallbacks[p->unmovable][0] = p->fallbacks[p->movable][0] = p->reclaimable;
	p->fallbacks[p->unmovable][1] = p->fallbacks[p->reclaimable][1] = p->movable;
	p->fallbacks[p->reclaimable][0] = p->fallbacks[p->movable][1] = p->unmovable;
}

static void resolve(const char *name, unsigned long release, struct bdt_profile *out)
{
	/* what 4.0 has and later kernels do not; all else that it lacks is 0 */
	*out = (struct bdt_profile){
		.release = release,
		.reserve = true,
		.cma_is_fallback = true,
		.fair_zones = true,
		.compaction = { .suitable = BDT_SUITABLE_4_0,
				.old_results = true,
				.meets_at_page = true,
				.flush_if_not_kswapd = true,
				.always_complete = true,
				.whole_from_start = true,
				.watermark_to_finish = true,
				.needs_fs = true },
	};
	snprintf(out->name, sizeof(out->name), "%s", name);
	number_migratetypes(out);
	for (size_t i = 0; i < NR(changes); i++)
		if (has_change(&changes[i], release))
			((uint8_t *)out)[changes[i].field] = changes[i].value;
}

const char *bdt_profile_name(size_t i)
{
	for (size_t at = 0; at < NR(named); at++) {
		bool again = false;

		for (size_t before = 0; before < at; before++)
			again |= !strcmp(named[before].name, named[at].name);
		if (!again && !i--)
			return named[at].name;
	}
	return NULL;
}

/* Row of the table for a name or, failing that, a release; NR(named) if none. */
static size_t find_row(const char *release, unsigned long number, bool *by_name)
{
	*by_name = true;
	for (size_t i = 0; i < NR(named); i++)
		if (!strcmp(named[i].name, release))
			return i;
	*by_name = false;
	for (size_t i = 0; i < NR(named) && number; i++)
		if (number >= bdt_release_number(named[i].from) &&
		    number < bdt_release_number(named[i].until))
			return i;
	return NR(named);
}

int bdt_profile_find(const char *release, struct bdt_profile *out, bool *exact)
{
	unsigned long number = bdt_release_number(release), read;
	bool by_name;
	size_t i = find_row(release, number, &by_name);

	if (i == NR(named))
		return -ENOENT;
	read = bdt_release_number(named[i].read);
	if (by_name || (hides_point_release(release) && number / 100000 == read / 100000))
		number = read;
	resolve(named[i].name, number, out);
	/* "6.18.44" is what profile "6.18" was checked against, "6.16.1" is not */
	if (exact)
		*exact = by_name || number / 100000 == bdt_release_number(named[i].name) / 100000;
	return 0;
}
