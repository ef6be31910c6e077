/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/run.h"
#include "machine/exactlists.h"
#include "replay/compaction_score.h"
#include "replay/kernel.h"
#include "replay/missing.h"
#include "replay/page.h"
#include "replay/recorded.h"
#include "replay/seed.h"
#include "replay/state_text.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Progress is reported about every so many events. */
#define PROGRESS_EVERY (1U << 20)

/* Smallest order that is believed: guests with 64 KiB pages report blocks of order 5. */
#define MIN_REPORTING_ORDER 5
#define REPORTING           "sys/module/page_reporting/parameters/"

struct run {
	const struct bdt_tracefile *tf;
	const struct bdt_follower *follower;
	const struct bdt_log *log;
	struct bdt_replay_result *result;
	struct bdt_stream *stream;
	struct bdt_state state;
	struct bdt_engine engine;
	struct bdt_compaction_score *compaction;
	bool running; /* the model stands, events go to the engine */
	struct bdt_seed *seed;
	uint64_t start_ns;
	struct bdt_checkpoint *checkpoint; /* the one that comes next */
	size_t snapshot;                   /* its number */
	uint64_t due;
	struct bdt_page_level *page;   /* NULL = at buddy level only */
	struct bdt_exact_index *exact; /* NULL = the file has no exact lists */
	uint64_t score_ns;             /* from here on predictions count */
	bool stopped;                  /* before the end of the trace */
};

/* Where there are too many snapshots, some are left out, but not the last one. */
static size_t next_snapshot(const struct run *r)
{
	size_t n = bdt_tracefile_nsnapshots(r->tf), step = 1 + (n - 1) / (BT_MAX_CHECKPOINTS - 1);

	return r->snapshot + 1 < n && r->snapshot + step >= n ? n - 1 : r->snapshot + step;
}

/* Has it what a checkpoint compares? */
static bool comparable(const struct bdt_snapshot *snap)
{
	return snap->has_pageflags || bdt_snapshot_piece(snap, "buddyinfo");
}

static int open_checkpoint(struct run *r, struct bdt_diag *diag)
{
	size_t snapshot = r->snapshot;
	struct bdt_diag why;
	int err;

	bdt_diag_clear(&why);
	r->due = UINT64_MAX;
	if (snapshot >= bdt_tracefile_nsnapshots(r->tf) || r->result->ncheckpoints == BT_MAX_CHECKPOINTS)
		return 0;
	r->snapshot = next_snapshot(r);
	if (!comparable(bdt_tracefile_snapshot(r->tf, snapshot)))
		return open_checkpoint(r, diag);
	err = bdt_checkpoint_create(r->tf, snapshot, &r->checkpoint, &why);
	if (err == -EBADMSG) {
		bdt_log_warn(r->log, "%s: nothing is compared with that snapshot", why.text);
		return open_checkpoint(r, diag);
	}
	if (err)
		return bdt_diag_set(diag, err, why.offset, "%s", why.text);
	r->due = bdt_checkpoint_due(r->checkpoint);
	return 0;
}

/* Compares all that was read until `time_ns`; goes on to the next snapshot when this one is complete. */
static int advance_checkpoint(struct run *r, uint64_t time_ns, struct bdt_diag *diag)
{
	while (r->due <= time_ns) {
		int err;

		/* a removal that waits for its extfrag has happened */
		bdt_engine_flush(&r->engine);
		bdt_checkpoint_advance(r->checkpoint, &r->state, time_ns);
		r->due = bdt_checkpoint_due(r->checkpoint);
		if (r->due != UINT64_MAX)
			continue;
		r->result->checkpoints[r->result->ncheckpoints++] = bdt_checkpoint_result(r->checkpoint);
		bdt_checkpoint_destroy(r->checkpoint);
		r->checkpoint = NULL;
		err = open_checkpoint(r, diag);
		if (err)
			return err;
	}
	return 0;
}

static void hand_on(void *user, const struct bdt_outcome *outcome)
{
	struct run *r = user;

	if (r->compaction)
		bdt_compaction_score_removal(r->compaction, outcome);
	if (r->page)
		bdt_page_removal(r->page, outcome);
	if (outcome->time_ns >= r->score_ns)
		r->follower->removal(r->follower->user, outcome);
}

/* The texts of the time before a flight recorder was set off stand before the state of memory. */
static size_t start_snapshot(const struct bdt_tracefile *tf)
{
	for (size_t i = 0; i < bdt_tracefile_nsnapshots(tf); i++)
		if (bdt_tracefile_snapshot(tf, i)->has_pageflags)
			return i;
	return 0;
}

/* The start state, unless there is none to be had: then the zones are guessed and everything is learnt. */
static int find_start(struct run *r, const struct bdt_log *log, struct bdt_diag *diag)
{
	struct bdt_diag why;
	int err;

	bdt_diag_clear(&why);
	if (!bdt_tracefile_nsnapshots(r->tf)) {
		bdt_log_warn(log,
			     "no snapshot in the file: the start state is unknown and is learnt on the way");
		return 0;
	}
	err = bdt_seed_create(r->tf, start_snapshot(r->tf), &r->seed, &why);
	if (err == -ENODATA || err == -EBADMSG) {
		bdt_log_warn(log, "%s: the start state is unknown and is learnt on the way", why.text);
		return 0;
	}
	if (err)
		return bdt_diag_set(diag, err, why.offset, "%s", why.text);
	r->start_ns = bdt_seed_time(r->seed);
	return 0;
}

static int build_unknown(struct run *r)
{
	const char *machine = bdt_tracefile_machine(r->tf, "uname.machine");
	const char *uname = bdt_tracefile_info(r->tf)->uname;
	int pageblock_order = bdt_stream_pageblock_order(r->stream);
	bool x86_64 = strstr(machine ? machine : uname, "x86_64") || strstr(uname, "amd64");

	return bdt_state_create_unknown(
		&r->state, r->result->profile, x86_64, 10,
		pageblock_order > 0 && pageblock_order <= 10 ? (bdt_order)pageblock_order : 9);
}

/* Types beyond the first four are a matter of the kernel's configuration: the recording names them. */
static void name_types(struct run *r)
{
	bool cma = !strcmp(bdt_stream_migratetype_name(r->stream, 4), "CMA");

	bdt_state_name_types(&r->state, cma,
			     !strcmp(bdt_stream_migratetype_name(r->stream, 4 + cma), "Isolate"));
}

/* Orders that the recorded guest reports to its host.  A value above the largest order means none. */
static void find_reporting(struct run *r)
{
	const char *text = bdt_tracefile_machine(r->tf, REPORTING "page_reporting_order");
	/* of a kernel that counts the unreported blocks of each list */
	const char *counts = bdt_tracefile_machine(r->tf, REPORTING "max_waiting_mib");
	unsigned int order;

	/* small orders would make each pass walk all of free memory; no kernel reports them */
	if (text && sscanf(text, "%u", &order) == 1 && order >= MIN_REPORTING_ORDER && order < BT_MAX_ORDERS)
		bdt_state_set_reporting(&r->state, order, counts != NULL);
	r->state.reporting_watched = bdt_tracefile_machine(r->tf, BT_REPORTING_WATCHED) != NULL;
}

/* Compaction is predicted with the watermarks of the start, if there are any. */
static int start_compaction(struct run *r)
{
	struct bdt_compaction_machine machine = {
		.vm = bdt_recorded_settings(r->tf, r->result->profile),
	};
	const struct bdt_piece *piece =
		r->state.seeded ? bdt_snapshot_piece(bdt_tracefile_snapshot(r->tf, 0), "zoneinfo") : NULL;
	struct bdt_zoneinfo zoneinfo;
	struct bdt_diag why;

	bdt_recorded_gfp(r->stream, r->result->profile, &machine.gfp);
	bdt_diag_clear(&why);
	if (piece && !bdt_zoneinfo_parse(piece->data, piece->size, &zoneinfo, &why))
		machine.zoneinfo = &zoneinfo;
	return bdt_compaction_score_create(&r->state, &machine, &r->compaction);
}

static int make_system(void *user, const struct bdt_state *state, struct bdt_system **out,
		       struct bdt_diag *diag)
{
	const struct run *r = user;
	int err = bdt_recorded_system(r->tf, 0, state, out, diag);

	return err ? err : bdt_recorded_observe(r->tf, 0, *out, diag);
}

static int start_page_level(struct run *r, const struct bdt_replay_options *options, struct bdt_diag *diag)
{
	struct bdt_gfp_map gfp;
	struct bdt_page_options page = {
		.make_system = make_system, .user = r, .gfp = &gfp, .resync_events = options->resync_events
	};

	if (!r->state.seeded)
		return bdt_diag_set(diag, -ENODATA, BT_NO_OFFSET,
				    "the page level needs a snapshot of the start, and the file has none");
	bdt_recorded_gfp(r->stream, r->result->profile, &gfp);
	return bdt_page_create(&r->state, &page, &r->page, diag);
}

static void hand_lists_on(void *user, const struct bdt_exact_lists *lists,
			  const struct bdt_exact_result *result)
{
	struct run *r = user;

	r->follower->lists(r->follower->user, lists, result);
}

static int track(struct run *r)
{
	int err = 0;

	for (size_t i = 0; !err && r->follower->track && i < r->state.nzones; i++)
		err = bdt_zone_track(r->state.zones[i]);
	return err;
}

/* The instant has come from which the model follows. */
static int start(struct run *r, const struct bdt_replay_options *options, uint64_t now, struct bdt_diag *diag)
{
	struct bdt_sink sink = { hand_on, r, r->follower->lists ? hand_lists_on : NULL };
	int err;

	err = r->seed ? bdt_seed_build(r->seed, r->result->profile, &r->state, diag) : build_unknown(r);
	if (!err)
		err = bdt_engine_init(&r->engine, &r->state, sink, options->heal);
	if (!err)
		err = track(r);
	if (!err)
		err = start_compaction(r);
	if (!err && options->page_level)
		err = start_page_level(r, options, diag);
	if (err)
		return bdt_diag_set(diag, err, BT_NO_OFFSET, "not enough memory for the model");
	r->running = true;
	name_types(r);
	find_reporting(r);
	r->state.pcp_watched = bdt_tracefile_machine(r->tf, BT_EXACT_WATCHED) != NULL;
	r->result->seeded = r->state.seeded;
	bdt_seed_destroy(r->seed);
	r->seed = NULL;
	r->snapshot = r->state.seeded ? start_snapshot(r->tf) + 1 : 0;
	/* the exact start comes behind the other one; until then the model only follows */
	r->score_ns = bdt_exact_index_start(r->exact);
	if (r->score_ns < r->start_ns)
		r->score_ns = r->start_ns;
	err = r->follower->begin(r->follower->user, &r->state, r->stream, r->score_ns ? r->score_ns : now,
				 diag);
	return err ? err : open_checkpoint(r, diag);
}

/* The lists that belong to a marker; a piece that cannot be read is left out with a warning. */
static void adopt(struct run *r, const struct bdt_event *ev)
{
	const struct bdt_piece *piece;
	struct bdt_exact_lists *lists;
	struct bdt_exact_result *result;
	struct bdt_diag why;
	const char *name;
	size_t snapshot;
	uint32_t id;

	if (!bdt_exact_marker(ev, &id))
		return;
	piece = bdt_exact_index_find(r->exact, id, ev->time_ns, &snapshot, &name);
	if (!piece)
		return;
	if (snapshot >= BT_MAX_EXACT_SNAPSHOTS)
		snapshot = BT_MAX_EXACT_SNAPSHOTS - 1;
	lists = malloc(sizeof(*lists));
	bdt_diag_clear(&why);
	if (!lists || bdt_exact_decode(piece->data, piece->size, lists, &why)) {
		bdt_log_warn(r->log, "snapshot %s: %s: left out", name,
			     lists ? why.text : "not enough memory");
		free(lists);
		return;
	}
	if (!lists->pcp && !strcmp(name, BT_EXACT_START))
		r->result->exact_start = true;
	result = &r->result->exact[snapshot];
	if (!result->time_ns) {
		result->time_ns = ev->time_ns;
		snprintf(result->name, sizeof(result->name), "%s", name);
	}
	if (snapshot >= r->result->nexact)
		r->result->nexact = snapshot + 1;
	if (r->page)
		bdt_page_adopt(r->page, lists);
	bdt_engine_adopt(&r->engine, ev, lists, result);
}

static int one_event(struct run *r, const struct bdt_replay_options *options, const struct bdt_event *ev,
		     struct bdt_diag *diag)
{
	int err = 0;

	if (!r->running && ev->time_ns < r->start_ns) {
		bdt_seed_event(r->seed, r->result->profile, ev);
		r->follower->event(r->follower->user, ev, NULL);
		return 0;
	}
	if (!r->running)
		err = start(r, options, ev->time_ns, diag);
	if (!err && ev->time_ns >= r->due)
		err = advance_checkpoint(r, ev->time_ns, diag);
	if (err)
		return err;
	r->follower->event(r->follower->user, ev, ev->time_ns < r->score_ns ? NULL : &r->state);
	r->engine.search_followed = bdt_compaction_score_event(r->compaction, ev);
	r->engine.lacking =
		bdt_compaction_score_lacking(r->compaction, &r->engine.lacking_order, &r->engine.lacking_mt);
	for (size_t i = 0; r->follower->track && i < r->state.nzones; i++)
		r->state.zones[i]->event = ev->number;
	bdt_state_pcp_marker(&r->state, ev);
	err = bdt_engine_prepare(&r->engine, ev);
	if (!err && r->page)
		bdt_page_event(r->page, ev, ev->time_ns >= r->score_ns);
	if (!err)
		err = bdt_engine_event(&r->engine, ev);
	if (!err && ev->kind == BDT_EV_BPF_MARKER && r->exact)
		adopt(r, ev);
	if (err)
		return bdt_diag_set(diag, err, BT_NO_OFFSET,
				    "event %llu: CPU %u: more CPUs than are supported (%d)",
				    (unsigned long long)ev->number, ev->cpu, BT_MAX_CPUS);
	return 0;
}

/* Does the replay end before this event? */
static bool is_enough(const struct run *r, const struct bdt_replay_options *options,
		      const struct bdt_event *ev)
{
	return (options->until_events && ev->number >= options->until_events) ||
	       (options->until_ns &&
		ev->time_ns > bdt_stream_stats(r->stream)->first_ns + options->until_ns) ||
	       (r->follower->enough && r->follower->enough(r->follower->user, ev));
}

static int all_events(struct run *r, const struct bdt_replay_options *options, const struct bdt_log *log,
		      struct bdt_diag *diag)
{
	uint64_t told = 0, done, total;
	int err = 0;

	while (!r->stopped) {
		const struct bdt_event *events;
		size_t n;

		err = bdt_stream_next(r->stream, &events, &n, diag);
		if (err)
			break;
		for (size_t i = 0; i < n; i++) {
			r->stopped = is_enough(r, options, &events[i]);
			if (r->stopped)
				break;
			err = one_event(r, options, &events[i], diag);
			if (err)
				return err;
		}
		told += n;
		if (log && log->progress && told >= PROGRESS_EVERY) {
			told = 0;
			bdt_stream_position(r->stream, &done, &total);
			log->progress(log->user, "replay: bytes", done, total);
		}
	}
	if (err < 0)
		return err;
	/* a trace that ends before its start snapshot is complete, or without events */
	if (!r->running) {
		err = start(r, options, r->start_ns, diag);
		if (err)
			return err;
	}
	bdt_engine_flush(&r->engine);
	return r->stopped ? 0 : advance_checkpoint(r, UINT64_MAX - 1, diag);
}

int bdt_replay_follow(const struct bdt_tracefile *tf, const struct bdt_replay_options *options,
		      const struct bdt_follower *follower, struct bdt_replay_result *result,
		      const struct bdt_log *log, struct bdt_diag *diag)
{
	struct run r = { .tf = tf, .follower = follower, .log = log, .result = result, .due = UINT64_MAX };
	int err;

	*result = (struct bdt_replay_result){ .profile = NULL };
	err = bdt_kernel_choose(tf, options->kernel, result, log, diag);
	if (!err)
		err = bdt_stream_open(tf, &r.stream, diag);
	if (!err)
		bdt_missing_warn(tf, r.stream, log);
	if (!err)
		err = find_start(&r, log, diag);
	if (!err)
		err = bdt_exact_index_create(tf, &r.exact);
	if (!err)
		err = all_events(&r, options, log, diag);
	if (!err) {
		result->contradictions = r.state.contradictions;
		result->compaction = r.engine.compaction;
		result->compaction.guesses = r.state.guessed;
		result->compaction.refuted = r.state.refuted;
		result->compaction_scores = *bdt_compaction_score_result(r.compaction);
		result->captures = r.engine.captures;
		result->page = r.page ? bdt_page_result(r.page) : NULL;
		result->stream = *bdt_stream_stats(r.stream);
		if (result->stream.pauses)
			bdt_log_warn(log,
				     "the recorder paused %" PRIu64
				     " times (--cpu-limit): after each the state is learnt anew",
				     result->stream.pauses);
		if (result->stream.backward)
			bdt_log_warn(log,
				     "%" PRIu64 " stamps go backward on their CPU: the order of events is not to be "
				     "trusted",
				     result->stream.backward);
		if (!result->stream.events)
			bdt_log_warn(log, "the recording has no events: there was nothing to predict");
		err = options->dump_state ? bdt_state_write(&r.state, options->dump_state, diag) : 0;
	}
	if (!err)
		err = follower->end(follower->user, result, diag);
	bdt_compaction_score_destroy(r.compaction);
	bdt_page_destroy(r.page);
	bdt_engine_finish(&r.engine);
	bdt_state_finish(&r.state);
	bdt_seed_destroy(r.seed);
	bdt_checkpoint_destroy(r.checkpoint);
	bdt_exact_index_destroy(r.exact);
	bdt_stream_close(r.stream);
	return err;
}
