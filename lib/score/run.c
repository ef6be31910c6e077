/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/now.h"
#include "base/outfile.h"
#include "score/score.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void summarize(const struct bdt_score *s, const struct bdt_replay_result *r,
		      struct bdt_replay_summary *out)
{
	const struct bdt_tally *t = &s->total;

	memcpy(out->kernel, r->kernel, sizeof(out->kernel));
	snprintf(out->profile, sizeof(out->profile), "%s", r->profile->name);
	out->events = s->events;
	out->lost_events = s->lost;
	out->duration_ns = s->last_ns > s->first_ns ? s->last_ns - s->first_ns : 0;
	out->removals = t->removals;
	out->exact = t->exact;
	out->known = t->known;
	out->known_exact = t->known_exact;
	out->contradictions = t->contradictions;
	out->fallbacks = bdt_counts_prf(&t->fallbacks);
	out->onsets = bdt_counts_prf(&t->onsets);
	out->attributes_exact = bdt_share(s->attributes_exact, t->fallbacks.tp);
	out->fallback_pfn_exact = bdt_share(s->fallback_pfn_exact, t->fallbacks.tp);
	out->baseline_f1 = bdt_counts_f1(&s->baseline);
	out->free_jaccard = r->ncheckpoints ? r->checkpoints[r->ncheckpoints - 1].free_jaccard : -1;
}

/*
 * A score of an earlier replay would pass for one of the tables that are written now.  It is the last file to be
 * written, and without it DIR is no replay directory.
 */
static int remove_score(const char *dir, struct bdt_diag *diag)
{
	char *path = bdt_path_join(dir, "score", ".json");
	int err = 0;

	if (!path)
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "not enough memory");
	if (unlink(path) && errno != ENOENT) {
		err = -errno;
		bdt_diag_set(diag, err, BT_NO_OFFSET, "%s: cannot be replaced: %s", path, strerror(-err));
	}
	free(path);
	return err;
}

/* Opens DIR/fallbacks.tsv, making DIR. */
static int open_output(struct bdt_score *s, const char *dir, struct bdt_diag *diag)
{
	char path[4096];
	int err;

	if (mkdir(dir, 0777) && errno != EEXIST) {
		err = -errno;
		return bdt_diag_set(diag, err, BT_NO_OFFSET, "%s: cannot be created: %s", dir,
				    strerror(-err));
	}
	err = remove_score(dir, diag);
	if (err)
		return err;
	if ((size_t)snprintf(path, sizeof(path), "%s/fallbacks.tsv", dir) >= sizeof(path))
		return bdt_diag_set(diag, -ENAMETOOLONG, BT_NO_OFFSET, "%s: name too long", dir);
	s->fallbacks = fopen(path, "we");
	if (!s->fallbacks) {
		err = -errno;
		return bdt_diag_set(diag, err, BT_NO_OFFSET, "%s: cannot be created: %s", path,
				    strerror(-err));
	}
	bdt_fallbacks_header(s->fallbacks);
	return 0;
}

static int close_output(struct bdt_score *s, const char *dir, struct bdt_diag *diag)
{
	int err = ferror(s->fallbacks) ? -EIO : 0;

	if (fclose(s->fallbacks) && !err)
		err = -errno;
	s->fallbacks = NULL;
	if (err)
		return bdt_diag_set(diag, err, BT_NO_OFFSET, "%s/fallbacks.tsv: cannot be written: %s", dir,
				    strerror(-err));
	return 0;
}

struct job {
	struct bdt_score *score;
	const struct bdt_tracefile *tf;
	const struct bdt_replay_options *options;
	struct bdt_replay_summary *summary;
	uint64_t wall_ns, cpu_ns; /* clocks at the start */
};

static void measure(const struct job *job)
{
	struct bdt_replay_summary *out = job->summary;
	struct rusage usage;

	out->seconds = (double)(bdt_now_ns() - job->wall_ns) / 1e9;
	out->cpu_seconds = (double)(bdt_time_ns(CLOCK_PROCESS_CPUTIME_ID) - job->cpu_ns) / 1e9;
	if (out->cpu_seconds > 0)
		out->events_per_cpu_second = (double)out->events / out->cpu_seconds;
	getrusage(RUSAGE_SELF, &usage);
	out->peak_rss_bytes = (uint64_t)usage.ru_maxrss * 1024;
}

/* The model and the names of the stream live until here. */
static int on_end(void *user, const struct bdt_replay_result *result, struct bdt_diag *diag)
{
	struct job *job = user;

	bdt_bins_end(&job->score->bins, job->score->state);
	summarize(job->score, result, job->summary);
	bdt_score_page_summary(result->page, job->summary);
	measure(job);
	if (!job->options->output)
		return 0;
	return bdt_score_write(job->score, result, job->summary, job->tf, job->options->output, diag);
}

static int on_begin(void *user, const struct bdt_state *state, const struct bdt_stream *stream,
		    uint64_t start_ns, struct bdt_diag *diag)
{
	struct job *job = user;

	(void)diag;
	bdt_score_begin(job->score, state, stream, start_ns);
	return 0;
}

static void on_event(void *user, const struct bdt_event *ev, const struct bdt_state *state)
{
	bdt_score_event(((struct job *)user)->score, ev, state);
}

static void on_removal(void *user, const struct bdt_outcome *outcome)
{
	bdt_score_removal(((struct job *)user)->score, outcome);
}

int bdt_replay_run(const struct bdt_tracefile *tf, const struct bdt_replay_options *options,
		   struct bdt_replay_summary *summary, const struct bdt_log *log, struct bdt_diag *diag)
{
	struct job job = {
		.tf = tf,
		.options = options,
		.summary = summary,
		.wall_ns = bdt_now_ns(),
		.cpu_ns = bdt_time_ns(CLOCK_PROCESS_CPUTIME_ID),
	};
	struct bdt_follower follower = {
		.begin = on_begin, .event = on_event, .removal = on_removal, .end = on_end, .user = &job
	};
	struct bdt_replay_result result;
	int err;

	*summary = (struct bdt_replay_summary){ .free_jaccard = -1 };
	if (bdt_score_create(&job.score))
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "not enough memory");
	err = options->output ? open_output(job.score, options->output, diag) : 0;
	if (!err)
		err = bdt_replay_follow(tf, options, &follower, &result, log, diag);
	if (job.score->fallbacks) {
		int closed = close_output(job.score, options->output, diag);

		err = err ? err : closed;
	}
	bdt_score_destroy(job.score);
	return err;
}
