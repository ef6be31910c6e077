/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stat/stat.h"
#include "tracefile/pages.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int bdt_stat_create(struct bdt_stat **out, struct bdt_diag *diag)
{
	struct bdt_stat *st = calloc(1, sizeof(*st));

	if (!st || bdt_stat_tasks_init(&st->tasks) || bdt_sites_init(&st->sites) ||
	    bdt_names_init(&st->results, BT_STAT_RESULTS)) {
		bdt_stat_destroy(st);
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
	}
	/* The first word stands for those that find no room. */
	bdt_names_add(&st->results, "?");
	st->result.pageblock_order = -1;
	*out = st;
	return 0;
}

void bdt_stat_destroy(struct bdt_stat *st)
{
	if (!st)
		return;
	bdt_stat_tasks_finish(&st->tasks);
	bdt_sites_finish(&st->sites);
	bdt_names_finish(&st->results);
	free(st->cell_rows);
	free(st);
}

static bool order_ok(int64_t order)
{
	return order >= 0 && order < BT_MAX_ORDERS;
}

static bool type_ok(int64_t migratetype)
{
	return migratetype >= 0 && migratetype < BT_MAX_MIGRATETYPES;
}

static unsigned int context_of(const struct bdt_event *ev)
{
	return ev->flags & BT_EVENT_NMI       ? 3
	       : ev->flags & BT_EVENT_HARDIRQ ? 2
	       : ev->flags & BT_EVENT_SOFTIRQ ? 1
					      : 0;
}

static void on_gap(struct bdt_stat *st, struct bdt_lane_state *lane, const struct bdt_event *ev)
{
	if (ev->gap.count > 0)
		st->bin->lost += (uint64_t)ev->gap.count;
	lane->waiting = 0;
	st->era++;
}

static void on_alloc(struct bdt_stat *st, struct bdt_lane_state *lane, const struct bdt_event *ev)
{
	struct bdt_stat_pid *task;

	if (!order_ok(ev->alloc.order) || !type_ok(ev->alloc.migratetype)) {
		st->result.strange++;
		return;
	}
	if ((uint64_t)ev->alloc.pfn == BT_PFN_NONE) {
		st->result.failed[ev->alloc.order]++;
		return;
	}
	task = bdt_stat_task(st, lane, ev);
	st->result.allocations[ev->alloc.order][ev->alloc.migratetype]++;
	task->counts.allocations++;
	task->counts.pages += UINT64_C(1) << ev->alloc.order;
	st->bin->allocations++;
}

static void on_free(struct bdt_stat *st, struct bdt_lane_state *lane, const struct bdt_event *ev)
{
	if (!order_ok(ev->free.order)) {
		st->result.strange++;
		return;
	}
	st->result.frees[ev->free.order]++;
	bdt_stat_task(st, lane, ev)->counts.frees++;
}

static void on_removal(struct bdt_stat *st, struct bdt_lane_state *lane, const struct bdt_event *ev)
{
	(void)lane;
	if (order_ok(ev->zone_locked.order))
		st->result.removals[ev->zone_locked.order]++;
	else
		st->result.strange++;
}

static void on_drain(struct bdt_stat *st, struct bdt_lane_state *lane, const struct bdt_event *ev)
{
	(void)lane;
	if (order_ok(ev->drain.order))
		st->result.drains[ev->drain.order]++;
	else
		st->result.strange++;
}

static void on_fallback(struct bdt_stat *st, struct bdt_lane_state *lane, const struct bdt_event *ev)
{
	bool owned = ev->extfrag.change_ownership != 0;
	unsigned int context = context_of(ev);
	struct bdt_stat_pid *task;

	if (!type_ok(ev->extfrag.alloc_migratetype) || !type_ok(ev->extfrag.fallback_migratetype) ||
	    !order_ok(ev->extfrag.alloc_order) || !order_ok(ev->extfrag.fallback_order)) {
		st->result.strange++;
		return;
	}
	task = bdt_stat_task(st, lane, ev);
	st->cells[ev->extfrag.alloc_migratetype][ev->extfrag.fallback_migratetype][ev->extfrag.alloc_order]
		 [ev->extfrag.fallback_order][owned]++;
	task->counts.fallbacks++;
	task->counts.owned += owned;
	st->bin->fallbacks++;
	st->bin->owned += owned;
	lane->waiting |= 1u << context;
	lane->owned[context] = owned;
}

static void on_stack(struct bdt_stat *st, struct bdt_lane_state *lane, const struct bdt_event *ev)
{
	unsigned int context = context_of(ev);
	uint64_t stack[BT_STACK_DEPTH];
	size_t depth;

	if (!(lane->waiting & 1u << context))
		return;
	lane->waiting &= ~(1u << context);
	depth = bdt_stream_stack(st->stream, ev, stack, BT_STACK_DEPTH);
	if (!depth)
		return;
	st->result.stacks++;
	st->err = bdt_sites_add(&st->sites, stack, depth, lane->owned[context]);
}

static void on_deferred(struct bdt_stat *st, struct bdt_lane_state *lane, const struct bdt_event *ev)
{
	(void)lane;
	(void)ev;
	st->result.deferred++;
}

static void on_kswapd_wake(struct bdt_stat *st, struct bdt_lane_state *lane, const struct bdt_event *ev)
{
	(void)lane;
	(void)ev;
	st->result.kswapd_wakes++;
}

static bdt_stat_handler *const handlers[BDT_EV_NR] = {
	[BDT_EV_GAP] = on_gap,
	[BDT_EV_PAGE_ALLOC] = on_alloc,
	[BDT_EV_PAGE_FREE] = on_free,
	[BDT_EV_ZONE_LOCKED] = on_removal,
	[BDT_EV_PCPU_DRAIN] = on_drain,
	[BDT_EV_EXTFRAG] = on_fallback,
	[BDT_EV_STACK] = on_stack,
	[BDT_EV_COMPACTION_TRY_TO_COMPACT] = bdt_stat_try_to_compact,
	[BDT_EV_COMPACTION_KCOMPACTD_WAKE] = bdt_stat_kcompactd_wake,
	[BDT_EV_COMPACTION_KCOMPACTD_SLEEP] = bdt_stat_kcompactd_sleep,
	[BDT_EV_COMPACTION_BEGIN] = bdt_stat_compaction_begin,
	[BDT_EV_COMPACTION_END] = bdt_stat_compaction_end,
	[BDT_EV_COMPACTION_FINISHED] = bdt_stat_compaction_finished,
	[BDT_EV_COMPACTION_ISOLATE_MIGRATEPAGES] = bdt_stat_isolate_migratepages,
	[BDT_EV_COMPACTION_ISOLATE_FREEPAGES] = bdt_stat_isolate_freepages,
	[BDT_EV_COMPACTION_FAST_ISOLATE_FREEPAGES] = bdt_stat_isolate_freepages,
	[BDT_EV_COMPACTION_MIGRATEPAGES] = bdt_stat_migratepages,
	[BDT_EV_COMPACTION_DEFERRED] = on_deferred,
	[BDT_EV_DIRECT_RECLAIM_BEGIN] = bdt_stat_reclaim_begin,
	[BDT_EV_DIRECT_RECLAIM_END] = bdt_stat_reclaim_end,
	[BDT_EV_KSWAPD_WAKE] = on_kswapd_wake,
};

static void find_bin(struct bdt_stat *st, uint64_t time_ns)
{
	st->bin = bdt_stat_series_at(&st->series, time_ns);
	st->bin_width_ns = st->series.width_ns;
	st->bin_begin_ns = st->series.start_ns + (uint64_t)(st->bin - st->series.bin) * st->bin_width_ns;
}

static void count(struct bdt_stat *st, const struct bdt_event *events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct bdt_event *ev = &events[i];
		struct bdt_lane_state *lane = &st->lanes[ev->cpu % BT_STAT_LANES];

		if (lane->cpu != ev->cpu)
			*lane = (struct bdt_lane_state){ .cpu = ev->cpu };
		/* Callers follow their event at once. */
		if (lane->waiting && ev->kind != BDT_EV_STACK)
			lane->waiting &= ~(1u << context_of(ev));
		if (ev->time_ns - st->bin_begin_ns >= st->bin_width_ns)
			find_bin(st, ev->time_ns);
		st->bin->events += ev->kind != BDT_EV_GAP;
		if (handlers[ev->kind])
			handlers[ev->kind](st, lane, ev);
	}
}

/* The number of a fact of the MACHINE section, 0 if there is none. */
static uint64_t fact(const struct bdt_tracefile *tf, const char *key)
{
	const char *text = bdt_tracefile_machine(tf, key);

	return text ? strtoull(text, NULL, 10) : 0;
}

/* Warns when the file does not follow the one before it in its series. */
static bool follows(struct bdt_stat *st, const struct bdt_tracefile *tf, const struct bdt_log *log)
{
	const char *name = bdt_tracefile_machine(tf, "series.name");
	uint64_t number = fact(tf, "series.number"), before = st->series_number;
	bool same = name && !strcmp(name, st->series_name);

	if (same && number > before + 1)
		bdt_log_warn(log,
			     "%s: number %" PRIu64 " of its series comes after number %" PRIu64
			     ": what lies between is not counted",
			     bdt_tracefile_info(tf)->path, number, before);
	snprintf(st->series_name, sizeof(st->series_name), "%s", name ? name : "");
	st->series_number = number;
	return same && number == before + 1;
}

/*
 * The time that a file tells of: that of its events, or from its first to its last snapshot.  Neighbours of a
 * series overlap a little, which counts once.
 */
static uint64_t span(struct bdt_stat *st, const struct bdt_tracefile *tf, const struct bdt_stream_stats *stats)
{
	uint64_t first = stats->events ? stats->first_ns : UINT64_MAX, last = stats->last_ns;

	for (size_t i = 0; i < bdt_tracefile_nsnapshots(tf); i++) {
		const struct bdt_snapshot *snap = bdt_tracefile_snapshot(tf, i);

		if (snap->unplaced)
			continue;
		first = snap->begin_ns < first ? snap->begin_ns : first;
		last = snap->end_ns > last ? snap->end_ns : last;
	}
	if (first < st->covered_ns)
		first = st->covered_ns;
	if (last <= first)
		return 0;
	st->covered_ns = last;
	return last - first;
}

/* Intervals that were open when events were lost will never be counted: makes room for others. */
static void drop_intervals(struct bdt_stat *st)
{
	for (size_t i = 0; i < st->tasks.npids; i++) {
		struct bdt_stat_pid *task = &st->tasks.pids[i];

		if (task->run.open && task->run.era != st->era)
			bdt_stat_drop_run(st, &task->run);
		if (task->reclaiming && task->reclaim_era != st->era) {
			st->stalls_open++;
			task->reclaiming = false;
		}
	}
}

/* Sums up what is known of the file when it has been read. */
static void end_file(struct bdt_stat *st, const struct bdt_tracefile *tf)
{
	const struct bdt_stream_stats *stats = bdt_stream_stats(st->stream);
	struct bdt_stat_result *r = &st->result;

	if (stats->events && (!r->events || stats->first_ns < r->first_ns))
		r->first_ns = stats->first_ns;
	if (stats->events && stats->last_ns > r->last_ns)
		r->last_ns = stats->last_ns;
	r->files++;
	r->events += stats->events;
	r->lost += stats->lost;
	r->gaps += stats->gaps;
	r->gaps_unknown += stats->gaps_unknown;
	r->observed_ns += span(st, tf, stats);
	for (int kind = 0; kind < BDT_EV_NR; kind++)
		r->has[kind] |= bdt_stream_has(st->stream, kind);
	if (bdt_stream_pageblock_order(st->stream) >= 0)
		r->pageblock_order = bdt_stream_pageblock_order(st->stream);
	for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++)
		snprintf(r->migratetype[mt], sizeof(r->migratetype[mt]), "%s",
			 bdt_stream_migratetype_name(st->stream, mt));
	drop_intervals(st);
	bdt_stat_tasks_fold(&st->tasks, st->stream);
	for (size_t i = 0; i < BT_STAT_LANES; i++)
		st->lanes[i].task = 0;
}

static int read_stream(struct bdt_stat *st, struct bdt_stream *stream, bool following,
		       const struct bdt_log *log, struct bdt_diag *diag)
{
	const struct bdt_event *events;
	uint64_t done, total;
	bool first = true;
	size_t n;
	int ret;

	while (!(ret = bdt_stream_next(stream, &events, &n, diag))) {
		if (first && st->result.events && !following && events[0].time_ns < st->result.last_ns)
			return bdt_diag_set(diag, -EINVAL, BT_NO_OFFSET,
					    "begins before the end of the file before it: name the files of "
					    "one series in their order");
		if (first && !st->series.width_ns)
			bdt_stat_series_init(&st->series, events[0].time_ns);
		first = false;
		count(st, events, n);
		if (st->err)
			return bdt_diag_set(diag, st->err, BT_NO_OFFSET, "out of memory");
		bdt_stream_position(stream, &done, &total);
		if (log && log->progress)
			log->progress(log->user, "reading", done, total);
	}
	return ret < 0 ? ret : 0;
}

int bdt_stat_add(struct bdt_stat *st, const struct bdt_tracefile *tf, const struct bdt_log *log,
		 struct bdt_diag *diag)
{
	bool following = follows(st, tf, log);
	struct bdt_stream *stream;
	const char *kallsyms;
	size_t len;
	int ret = bdt_stream_open(tf, &stream, diag);

	if (ret)
		return ret;
	st->era += !following;
	kallsyms = bdt_tracefile_kallsyms(tf, &len);
	bdt_sites_file(&st->sites, kallsyms, len);
	st->stream = stream;
	ret = read_stream(st, stream, following, log, diag);
	if (ret != -EINVAL)
		end_file(st, tf);
	st->stream = NULL;
	bdt_sites_file(&st->sites, "", 0);
	bdt_stream_close(stream);
	return ret;
}
