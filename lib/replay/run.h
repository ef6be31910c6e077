/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPLAY_RUN_H
#define BT_REPLAY_RUN_H

#include "replay/checkpoint.h"
#include "replay/compaction_score.h"
#include "replay/engine.h"
#include <buddytrace/replay.h>
#include <buddytrace/stream.h>

/* A whole replay at buddy level: stream, seed, engine and checkpoints, with the numbers handed to a follower.
 */

#define BT_MAX_CHECKPOINTS 64

struct bdt_page_result;

struct bdt_replay_result {
	struct bdt_profile resolved;       /* of the release that was recorded, or told */
	const struct bdt_profile *profile; /* `resolved`, once it is */
	bool profile_exact; /* the profile is of this kernel version, not the nearest older one */
	char kernel[64];    /* release */
	bool seeded;
	bool exact_start; /* the free lists were known in order from the start */
	struct bdt_stream_stats stream;
	struct bdt_contradictions contradictions;
	struct bdt_compaction_stats compaction;
	struct bdt_compaction_scores compaction_scores;
	uint64_t captures;
	size_t ncheckpoints;
	struct bdt_checkpoint_result checkpoints[BT_MAX_CHECKPOINTS];
	const struct bdt_page_result *page; /* until the follower's end() returns; NULL = buddy level only */
	size_t nexact;
	struct bdt_exact_result exact[BT_MAX_EXACT_SNAPSHOTS];
};

/* Who watches a replay. */
struct bdt_follower {
	/* Called once, when the model stands; `start_ns` is the time from which predictions count. */
	int (*begin)(void *user, const struct bdt_state *state, const struct bdt_stream *stream,
		     uint64_t start_ns, struct bdt_diag *diag);
	/* Called before each event is applied, the ones before the start included (`state` NULL then). */
	void (*event)(void *user, const struct bdt_event *ev, const struct bdt_state *state);
	void (*removal)(void *user, const struct bdt_outcome *outcome);
	/* Called once, after the last event of a trace that could be read to its end. */
	int (*end)(void *user, const struct bdt_replay_result *result, struct bdt_diag *diag);
	void *user;
	/* Each exact list that was recorded, before the model takes it over; NULL = not wanted. */
	void (*lists)(void *user, const struct bdt_exact_lists *lists, const struct bdt_exact_result *result);
	/* Called before each event: true ends the replay, as if the trace ended there; NULL = never. */
	bool (*enough)(void *user, const struct bdt_event *next);
	bool track; /* the zones keep which event put each block where it is: bdt_zone_track() */
};

/* Errors as bdt_replay_run().  `result` is filled as far as the replay came. */
int bdt_replay_follow(const struct bdt_tracefile *tf, const struct bdt_replay_options *options,
		      const struct bdt_follower *follower, struct bdt_replay_result *result,
		      const struct bdt_log *log, struct bdt_diag *diag);

#endif
