/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * valid FILE [EVERY]: replays the recording and validates all zones against their page maps after EVERY (1000)
 * removals and insertions, and at the end.  Prints the number of validations; exit 1 with the broken
 * invariant.
 */
#include "replay/run.h"
#include <stdio.h>
#include <stdlib.h>

struct watch {
	uint64_t every, operations, due, validations;
	const struct bdt_state *state;
	const char *broken;
};

static int begin(void *user, const struct bdt_state *state, const struct bdt_stream *stream,
		 uint64_t start_ns, struct bdt_diag *diag)
{
	struct watch *w = user;

	(void)stream;
	(void)start_ns;
	(void)diag;
	w->state = state;
	return 0;
}

static void validate(struct watch *w)
{
	for (size_t i = 0; !w->broken && i < w->state->nzones; i++)
		w->broken = bdt_zone_validate(w->state->zones[i]);
	w->validations++;
	w->due = w->operations + w->every;
}

/* Before an event is applied: those before it are. */
static void event(void *user, const struct bdt_event *ev, const struct bdt_state *state)
{
	struct watch *w = user;

	if (!state || w->broken)
		return;
	if (w->operations >= w->due)
		validate(w);
	w->operations += ev->kind == BDT_EV_PCPU_DRAIN;
}

static void removal(void *user, const struct bdt_outcome *o)
{
	struct watch *w = user;

	(void)o;
	w->operations++;
}

static int end(void *user, const struct bdt_replay_result *result, struct bdt_diag *diag)
{
	(void)result;
	(void)diag;
	validate(user);
	return 0;
}

int main(int argc, char **argv)
{
	struct watch w = { .every = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000 };
	struct bdt_follower follower = {
		.begin = begin, .event = event, .removal = removal, .end = end, .user = &w
	};
	struct bdt_replay_options options = { .heal = BT_REPLAY_HEAL };
	struct bdt_replay_result *result = calloc(1, sizeof(*result));
	struct bdt_tracefile *tf = NULL;
	struct bdt_diag diag;
	int err;

	if (argc < 2 || !w.every || !result) {
		fputs("usage: valid FILE [EVERY]\n", stderr);
		return 2;
	}
	bdt_diag_clear(&diag);
	err = bdt_tracefile_open(argv[1], &tf, &diag);
	if (!err)
		err = bdt_replay_follow(tf, &options, &follower, result, NULL, &diag);
	if (err)
		fprintf(stderr, "%s: %s\n", argv[1], diag.text);
	else if (w.broken)
		fprintf(stderr, "%s: after %llu operations: %s\n", argv[1], (unsigned long long)w.operations,
			w.broken);
	else
		printf("%llu\n", (unsigned long long)w.validations);
	bdt_tracefile_close(tf);
	free(result);
	return err || w.broken;
}
