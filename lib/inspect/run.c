/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/parted.h"
#include "inspect/watch.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/*
 * Two replays of the same events.  The first one finds the place: a removal, or a snapshot that differs.  Only then
 * it is known which pages matter; the second one goes up to there and notes what happened to them.
 */

/* The two events of a removal are this close: the other one is looked for so far behind the one that was named. */
#define OTHER_HALF 1024

struct job {
	const struct bdt_inspect_options *options;
	struct bdt_inspect_text text;
	const struct bdt_state *state;
	struct bdt_watch *watch;
	struct bdt_parted parted;
	bool second;	    /* replay: the pages are known, their history is noted */
	bool found;	    /* the removal, the event or the page */
	uint64_t end_event; /* the second replay ends behind it */
	uint64_t nremovals;
	struct bdt_event event; /* EVENT: as it was recorded */
	bool event_seen;
	/* PARTED: the first removal since the last snapshot that was not predicted */
	struct {
		uint64_t number;
		enum bdt_cause cause;
		bdt_pfn pfn;
	} missed;
};

static int on_begin(void *user, const struct bdt_state *state, const struct bdt_stream *stream, uint64_t start_ns,
		    struct bdt_diag *diag)
{
	struct job *job = user;

	(void)start_ns;
	(void)diag;
	job->state = state;
	job->text.stream = stream;
	job->text.first_ns = bdt_stream_stats(stream)->first_ns;
	return 0;
}

static void on_event(void *user, const struct bdt_event *ev, const struct bdt_state *state)
{
	struct job *job = user;

	if (job->second)
		bdt_watch_event(job->watch, ev, state);
	if (job->options->what != BDT_INSPECT_EVENT || ev->number != job->options->event)
		return;
	job->event = *ev;
	job->event.raw = NULL;
	job->event_seen = true;
	job->end_event = ev->number;
}

static void watch_outcome(struct job *job, const struct bdt_outcome *o)
{
	struct bdt_page_place place = bdt_page_place(o->zone, o->observed.pfn, false);

	bdt_watch_add(job->watch, "the page that the kernel took", o->observed.pfn, o->order);
	if (place.free && place.block.order != o->order)
		bdt_watch_add(job->watch, "the block that it was in", place.block.pfn, place.block.order);
	if (o->predicted.source != BDT_FROM_NOWHERE && o->predicted.pfn != BT_PFN_NONE)
		bdt_watch_add(job->watch, "the block that was predicted", o->predicted.block.pfn,
			      o->predicted.block.order);
}

/* Is it the removal that is to be explained? */
static bool is_wanted(const struct job *job, const struct bdt_outcome *o)
{
	const struct bdt_inspect_options *options = job->options;

	if (options->what == BDT_INSPECT_FIRST)
		return !o->exact && (!options->class || !strcmp(options->class, bdt_cause_names[o->cause]));
	return options->what == BDT_INSPECT_EVENT && job->event_seen && o->number >= options->event &&
	       o->cpu == job->event.cpu && (int64_t)o->observed.pfn == job->event.field[0];
}

static void on_removal(void *user, const struct bdt_outcome *o)
{
	struct job *job = user;

	job->nremovals++;
	if (job->second) {
		bdt_watch_removal(job->watch, o);
		return;
	}
	if (!o->exact && !job->parted.nall && !job->parted.done &&
	    (!job->missed.number || job->missed.number < job->parted.event)) {
		job->missed.number = o->number;
		job->missed.cause = o->cause;
		job->missed.pfn = o->observed.pfn;
	}
	if (job->found || !is_wanted(job, o))
		return;
	job->found = true;
	job->end_event = o->number;
	bdt_text_outcome(&job->text, o);
	watch_outcome(job, o);
}

static void on_lists(void *user, const struct bdt_exact_lists *lists, const struct bdt_exact_result *result)
{
	struct job *job = user;
	uint64_t from = job->parted.from_event;

	if (job->second || job->options->what != BDT_INSPECT_PARTED)
		return;
	bdt_parted_lists(&job->parted, job->state, lists, result);
	if (job->parted.from_event != from && job->missed.number < job->parted.from_event)
		job->missed.number = 0;
}

/* A removal is settled with the next event of its CPU: that one has to be seen, too. */
static bool enough(void *user, const struct bdt_event *next)
{
	struct job *job = user;

	if (job->second)
		return job->end_event && next->number > job->end_event + OTHER_HALF;
	return job->found || job->parted.done ||
	       (job->event_seen && next->number > job->options->event + OTHER_HALF);
}

static int on_end(void *user, const struct bdt_replay_result *result, struct bdt_diag *diag)
{
	struct job *job = user;

	(void)result;
	(void)diag;
	if (!job->second && job->options->what == BDT_INSPECT_PARTED && job->parted.to.number) {
		bdt_parted_sort(&job->parted);
		bdt_parted_print(&job->parted, &job->text);
	}
	if (job->second) {
		bdt_watch_end(job->watch, job->state);
		bdt_watch_print(job->watch, &job->text);
	}
	return job->parted.err;
}

/* What the first replay of a bisection leads to. */
static int after_parted(struct job *job, struct bdt_diag *diag)
{
	const struct bdt_parted *p = &job->parted;

	if (!p->to.number)
		return bdt_diag_set(diag, -ENOENT, BT_NO_OFFSET,
				    p->wanted ? "no exact snapshot %s with another one before it"
					      : "the recording has no two exact snapshots (record --exact)%s",
				    p->wanted ? p->wanted : "");
	if (job->missed.number)
		fprintf(job->text.out, "first removal in between that was not predicted: #%" PRIu64 ", 0x%" PRIx64 ", %s\n",
			job->missed.number, job->missed.pfn, bdt_cause_names[job->missed.cause]);
	else
		fputs("every removal in between was predicted\n", job->text.out);
	for (size_t i = 0; i < p->nall && i < 2; i++)
		bdt_watch_add(job->watch, i ? "the next one" : "the block that differs first", p->all[i].pfn,
			      p->all[i].order);
	job->found = p->nall > 0;
	job->end_event = 0;
	return 0;
}

/* An event that is no removal: its page is told of. */
static int after_event(struct job *job, struct bdt_diag *diag)
{
	const struct bdt_event *ev = &job->event;

	if (!job->event_seen)
		return bdt_diag_set(diag, -ENOENT, BT_NO_OFFSET, "the recording has no event %" PRIu64,
				    job->options->event);
	if (job->found)
		return 0;
	fputs("no removal that was predicted: ", job->text.out);
	fprintf(job->text.out, "event #%" PRIu64 " is %s\n", ev->number,
		bdt_event_kinds[ev->kind].name ? bdt_event_kinds[ev->kind].name : "none of the allocator");
	if (ev->kind == BDT_EV_PAGE_ALLOC || ev->kind == BDT_EV_PAGE_FREE || ev->kind == BDT_EV_PCPU_DRAIN ||
	    ev->kind == BDT_EV_ZONE_LOCKED || ev->kind == BDT_EV_EXTFRAG) {
		if (ev->field[0] >= 0 && ev->field[1] >= 0 && ev->field[1] < BT_MAX_ORDERS) {
			bdt_watch_add(job->watch, "its page", (bdt_pfn)ev->field[0], (bdt_order)ev->field[1]);
			job->found = true;
		}
	}
	return 0;
}

static int after_first(struct job *job, struct bdt_diag *diag)
{
	const struct bdt_inspect_options *o = job->options;

	if (o->what == BDT_INSPECT_PARTED)
		return after_parted(job, diag);
	if (o->what == BDT_INSPECT_EVENT)
		return after_event(job, diag);
	if (!job->found)
		fprintf(job->text.out, "no mismatch%s%s among %" PRIu64 " removals\n", o->class ? " of class " : "",
			o->class ? o->class : "", job->nremovals);
	return 0;
}

static int check_class(const char *class, struct bdt_diag *diag)
{
	char known[256] = "";
	size_t used = 0;

	for (int i = BDT_CAUSE_NONE + 1; i < BDT_CAUSE_NR; i++) {
		if (!class || !strcmp(class, bdt_cause_names[i]))
			return 0;
		used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s", used ? ", " : "",
					 bdt_cause_names[i]);
	}
	return bdt_diag_set(diag, -EINVAL, BT_NO_OFFSET, "no mismatch class %s; there are %s", class, known);
}

static int replay(struct job *job, const struct bdt_tracefile *tf, const struct bdt_replay_options *options,
		  const struct bdt_log *log, struct bdt_diag *diag)
{
	struct bdt_replay_options buddy = {
		.kernel = options->kernel,
		.heal = options->heal,
		.until_events = options->until_events,
		.until_ns = options->until_ns,
		.dump_state =
			job->second && job->options->what != BDT_INSPECT_PAGE ? NULL : options->dump_state,
	};
	struct bdt_follower follower = {
		.begin = on_begin,
		.event = on_event,
		.removal = on_removal,
		.end = on_end,
		.user = job,
		.lists = on_lists,
		.enough = enough,
		.track = true,
	};
	struct bdt_replay_result *result = malloc(sizeof(*result));
	int err;

	if (!result)
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "not enough memory");
	job->parted.results = result->exact;
	err = bdt_replay_follow(tf, &buddy, &follower, result, log, diag);
	free(result);
	return err;
}

static int both_replays(struct job *job, const struct bdt_tracefile *tf, const struct bdt_replay_options *options,
			const struct bdt_log *log, struct bdt_diag *diag)
{
	int err = 0;

	if (job->options->what == BDT_INSPECT_PAGE) {
		bdt_watch_add(job->watch, "page", job->options->pfn, 0);
		job->found = true;
	} else {
		err = replay(job, tf, options, log, diag);
		if (!err)
			err = after_first(job, diag);
		/* what there is to warn of has been said */
		log = NULL;
	}
	if (err || !job->found)
		return err;
	job->second = true;
	return replay(job, tf, options, log, diag);
}

int bdt_inspect_run(const struct bdt_tracefile *tf, const struct bdt_replay_options *options,
		    const struct bdt_inspect_options *inspect, FILE *out, const struct bdt_log *log,
		    struct bdt_diag *diag)
{
	struct job job = { .options = inspect, .text.out = out, .parted.wanted = inspect->snapshot };
	int err = check_class(inspect->class, diag);

	if (err)
		return err;
	err = bdt_watch_create(inspect->history ? inspect->history : BT_INSPECT_HISTORY, &job.watch);
	if (err)
		return bdt_diag_set(diag, err, BT_NO_OFFSET, "not enough memory");
	err = both_replays(&job, tf, options, log, diag);
	bdt_parted_finish(&job.parted);
	bdt_watch_destroy(job.watch);
	return err;
}
