/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "base/now.h"
#include "record/session.h"
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>

#define BUFFER_PERCENT "50"
/* Open files for each CPU: three of its reader, one of a trigger, its part of every file not yet complete. */
#define FILES_PER_CPU 16
#define OTHER_FILES   128

/* Files are completed, and warned about, in a thread of their own. */
static void locked_warn(void *user, const char *text)
{
	struct bdt_session *s = user;

	pthread_mutex_lock(&s->log_lock);
	s->callers_log->warn(s->callers_log->user, text);
	pthread_mutex_unlock(&s->log_lock);
}

static void locked_progress(void *user, const char *what, uint64_t done, uint64_t total)
{
	struct bdt_session *s = user;

	pthread_mutex_lock(&s->log_lock);
	s->callers_log->progress(s->callers_log->user, what, done, total);
	pthread_mutex_unlock(&s->log_lock);
}

/* Everything that allocates ring memory comes before the first event is enabled. */
static int set_up_ring(struct bdt_session *s, struct bdt_diag *diag)
{
	char kb[16];
	int err;

	snprintf(kb, sizeof(kb), "%" PRIu32, s->common.buffer_kb);
	err = bdt_instance_write(&s->instance, "buffer_size_kb", kb, diag);
	if (err)
		return err;
	/*
	 * Overwriting, because only then the kernel marks the place of a loss in the next sub-buffer.  Both
	 * files are younger than the oldest kernels; without them the readers pause by themselves.
	 */
	bdt_instance_write(&s->instance, "options/overwrite", "1", NULL);
	bdt_instance_write(&s->instance, "buffer_percent", BUFFER_PERCENT, NULL);
	err = bdt_clock_set(&s->common.clock, &s->instance, s->options->clock, s->common.root, diag);
	if (err)
		return err;
	snprintf(s->summary->clock, sizeof(s->summary->clock), "%s", s->common.clock.name);
	bdt_clock_quality_measure(&s->common.quality, &s->common.clock, s->online.ids, s->online.n,
				  s->common.root);
	snprintf(s->summary->clock_trouble, sizeof(s->summary->clock_trouble), "%s",
		 s->common.quality.trouble);
	if (*s->common.quality.trouble)
		bdt_log_warn(&s->log, "clock %s: %s", s->common.clock.name, s->common.quality.trouble);
	err = bdt_count_layout_read(&s->common.layout, &s->instance, diag);
	s->common.layout.self = &s->self;
	return err;
}

/* Exact snapshots are taken where they can be. */
static void prepare_exact(struct bdt_session *s)
{
	struct bdt_exact_settings settings = { .budget_ns = s->options->exact_budget_ns,
					       .limit = s->options->exact_limit };
	struct bdt_diag why;

	bdt_diag_clear(&why);
	if (s->options->exact && bdt_exact_taker_create(&s->snapshots.exact, &s->instance, &settings, &why)) {
		bdt_log_warn(&s->log, "no exact snapshots: %s", why.text);
		snprintf(s->snapshots.exact_trouble, sizeof(s->snapshots.exact_trouble), "%s", why.text);
	}
}

/* How often events fire is counted as long as they are recorded, and they are counted in the file as well. */
static void prepare_counts(struct bdt_session *s)
{
	struct bdt_diag why;

	bdt_diag_clear(&why);
	if (!s->options->count_fired || !s->snapshots.exact)
		return;
	if (bdt_exact_taker_count(s->snapshots.exact, &why)) {
		bdt_log_warn(&s->log, "no counts of what fires: %s", why.text);
		return;
	}
	for (size_t i = 0; bdt_exact_taker_counted(i); i++)
		bdt_count_watch(&s->common.layout, &s->instance, i, bdt_exact_taker_counted(i));
}

/* The caller's events and, for exact snapshots, their markers. */
static int add_markers(struct bdt_session *s, const char ***events)
{
	const char *const *from = s->options->events;
	size_t n = 0;

	while (from && from[n])
		n++;
	*events = calloc(n + 2, sizeof(**events));
	if (!*events)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		(*events)[i] = from[i];
	if (s->snapshots.exact)
		(*events)[n] = BT_EXACT_EVENT;
	return 0;
}

static int enable_events(struct bdt_session *s, struct bdt_diag *diag)
{
	struct bdt_event_options options = { .filters = s->options->filters,
					     .stacks = s->options->stacks,
					     .root = s->common.root,
					     .log = &s->log };
	const char **events;
	int err;

	prepare_exact(s);
	prepare_counts(s);
	err = add_markers(s, &events);
	if (err)
		return err;
	options.events = events;
	err = bdt_events_enable(&s->instance, s->common.plan, &options, &s->events, diag);
	free(events);
	if (err)
		return err;
	s->common.events = s->events;
	snprintf(s->summary->missing_events, sizeof(s->summary->missing_events), "%s",
		 bdt_events_missing(s->events));
	return 0;
}

/* The thread that looks at the bounds may come late: the file keeps --max-size from its first byte on. */
static void limit(const struct bdt_session *s, struct bdt_volume *v)
{
	struct bdt_bounds_state state = { .other_bytes = s->finisher ? bdt_finisher_bytes(s->finisher) : 0 };

	if (s->volume)
		state.other_bytes += bdt_writer_bytes(s->volume->writer);
	atomic_store(&v->most, bdt_bounds_most(s->options, &state));
	atomic_store(&v->limit, bdt_bounds_limit(s->options, &state));
}

int bdt_session_next_volume(struct bdt_session *s, struct bdt_volume **out, struct bdt_diag *diag)
{
	int err = bdt_series_next(&s->series, time(NULL));

	if (!err)
		err = bdt_volume_create(&s->common, &s->series, out, diag);
	if (err) {
		bdt_series_drop(&s->series);
		return err;
	}
	limit(s, *out);
	bdt_self_next_file(&s->self);
	return 0;
}

static int start_readers(struct bdt_session *s, struct bdt_diag *diag)
{
	struct bdt_readers_options options = {
		.in = &s->instance,
		.layout = &s->common.layout,
		.possible = &s->common.possible,
		.ring_bytes = (size_t)s->common.buffer_kb << 10,
		.overwriting = s->common.plan->ring_only,
		.flush_ns = s->common.plan->flush_ns,
	};
	int err = bdt_readers_create(&options, &s->readers, diag);

	for (size_t i = 0; !err && i < s->common.possible.n; i++)
		if (bdt_cpus_has(&s->online, s->common.possible.ids[i]))
			err = bdt_readers_add(s->readers, i, diag);
	if (!err && s->volume)
		bdt_readers_switch(s->readers, s->volume, NULL, NULL);
	return err;
}

static int start_triggers(struct bdt_session *s, struct bdt_diag *diag)
{
	const char *const *texts = s->options->triggers;
	struct bdt_triggers_options options = { .root = s->common.root,
						.tracefs = s->options->tracefs,
						.log = &s->log };
	struct bdt_trigger list[32];
	int err = 0;

	for (; !err && texts && texts[options.n] && options.n < sizeof(list) / sizeof(list[0]); options.n++)
		err = bdt_trigger_parse(texts[options.n], &list[options.n], diag);
	options.list = list;
	return err || !options.n ? err : bdt_triggers_start(&options, &s->triggers, diag);
}

static int find_cpus(struct bdt_session *s, struct bdt_diag *diag)
{
	int err = bdt_cpus_read(&s->online, &s->text, s->common.root, "online", diag);

	if (!err)
		err = bdt_cpus_read(&s->common.possible, &s->text, s->common.root, "possible", diag);
	return err;
}

/* What would fail behind the delay is told before it: no rights, events and filters that cannot be. */
static int try_events(struct bdt_session *s, struct bdt_diag *diag)
{
	struct bdt_event_options options = { .events = s->options->events,
					     .filters = s->options->filters,
					     .root = s->common.root };
	int err = bdt_instance_create(&s->instance, s->options->tracefs, &s->log, diag);

	if (!err)
		err = bdt_events_enable(&s->instance, s->common.plan, &options, &s->events, diag);
	bdt_events_destroy(s->events);
	s->events = NULL;
	bdt_instance_destroy(&s->instance, &s->log);
	return err;
}

/* A random time, so that the recordings of many machines do not all begin at once. */
static int delay_start(struct bdt_session *s, struct bdt_diag *diag)
{
	uint64_t end, random = 0;
	int err;

	if (!s->options->start_delay_ns)
		return 0;
	err = try_events(s, diag);
	if (err || getrandom(&random, sizeof(random), 0) != sizeof(random))
		return err;
	random %= s->options->start_delay_ns;
	end = bdt_now_ns();
	end += random;
	bdt_notify_ready(&s->notify);
	bdt_notify_status(&s->notify, "waiting for %" PRIu64 " s before the start", random / 1000000000);
	for (uint64_t now; (now = bdt_now_ns()) < end && !bdt_session_stopped(s, 0);
	     bdt_notify_alive(&s->notify))
		poll(NULL, 0, end - now < 100000000 ? (int)((end - now) / 1000000) + 1 : 100);
	return 0;
}

/* The usual limit of 1024 is for programs that use select(). */
static void allow_files(size_t cpus)
{
	rlim_t wanted = OTHER_FILES + cpus * FILES_PER_CPU;
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur >= wanted)
		return;
	files.rlim_cur = wanted < files.rlim_max ? wanted : files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

static int set_up(struct bdt_session *s, struct bdt_diag *diag)
{
	const struct bdt_record_options *o = s->options;
	bool numbered = s->common.plan->ring_only || o->rotate_bytes || o->rotate_ns || o->keep_files ||
			o->keep_bytes;
	int err = bdt_series_init(&s->series, o->output, numbered);

	if (!err)
		err = find_cpus(s, diag);
	if (!err)
		err = bdt_command_prepare(&s->command, o->command, diag);
	/* Behind the fork of the command, which keeps the limit that it was given. */
	allow_files(s->common.possible.n);
	if (!err)
		err = bdt_instance_create(&s->instance, o->tracefs, &s->log, diag);
	if (!err)
		err = set_up_ring(s, diag);
	if (!err)
		err = enable_events(s, diag);
	if (!err && !s->common.plan->ring_only)
		err = bdt_session_next_volume(s, &s->volume, diag);
	if (!err)
		err = start_triggers(s, diag);
	if (!err)
		err = bdt_finisher_start(&s->common, &s->series, &s->finisher, diag);
	if (!err)
		err = start_readers(s, diag);
	s->snapshots.root = s->common.root;
	s->snapshots.clock = &s->common.clock;
	s->snapshots.log = &s->log;
	if (!err && !o->no_snapshots)
		err = bdt_snapshotter_prepare(&s->snapshots, s->common.plan->pageflags);
	bdt_self_begin(&s->self);
	return err;
}

static void sum_up(struct bdt_session *s, const struct bdt_volume_totals *totals)
{
	struct bdt_record_summary *sum = s->summary;

	sum->events = totals->count.events;
	sum->bytes = totals->bytes;
	sum->written = totals->written;
	sum->overrun = totals->overrun;
	sum->dropped = totals->dropped;
	sum->left = totals->left;
	sum->missed = sum->written - sum->events - sum->overrun - sum->dropped;
	sum->pages_freed_traced = totals->freed ? totals->count.pages_freed : 0;
	sum->pages_freed_vmstat = totals->freed;
	sum->recorder_allocs = totals->count.own_allocs;
	sum->recorder_pages = totals->count.own_pages;
	sum->files = totals->files;
	snprintf(sum->last_file, sizeof(sum->last_file), "%s", totals->last_file);
}

static void sum_up_exact(struct bdt_session *s)
{
	const struct bdt_exact_totals *t;
	struct bdt_record_summary *sum = s->summary;

	snprintf(sum->exact_trouble, sizeof(sum->exact_trouble), "%s", s->snapshots.exact_trouble);
	if (!s->snapshots.exact)
		return;
	t = bdt_exact_taker_totals(s->snapshots.exact);
	sum->exact_snapshots = t->snapshots;
	sum->exact_runs = t->runs;
	sum->exact_cut = t->cut;
	sum->exact_failed = t->failed;
	sum->exact_entries = t->entries;
	sum->exact_longest_ns = t->longest_ns;
	sum->exact_total_ns = t->total_ns;
}

static void is_alive(void *user)
{
	struct bdt_session *s = user;

	bdt_notify_alive(&s->notify);
}

/* Completes all files. */
static int finish(struct bdt_session *s, struct bdt_diag *diag)
{
	struct bdt_volume_totals totals = { .files = 0 };
	int err;

	if (s->volume) {
		s->volume->last = true;
		bdt_finisher_add(s->finisher, s->volume);
		s->volume = NULL;
	}
	err = bdt_finisher_end(s->finisher, &totals, &s->summary->files_deleted, is_alive, s, diag);
	s->finisher = NULL;
	sum_up(s, &totals);
	sum_up_exact(s);
	bdt_session_sum_up_fired(s, &totals.count);
	s->summary->readers_cpu_ns = bdt_readers_cpu_ns(s->readers);
	s->summary->recorder_cpu_ns = bdt_self_cpu_ns(&s->self);
	s->summary->recorder_rss_kb = bdt_self_rss_kb();
	return err;
}

static int run(struct bdt_session *s, struct bdt_diag *diag)
{
	bool locked;
	int err, first;

	err = delay_start(s, diag);
	if (err || bdt_session_stopped(s, 0))
		return err;
	err = set_up(s, diag);
	if (err)
		return err;
	/* Page faults of the recorder would be in the trace. */
	locked = !mlockall(MCL_CURRENT);
	first = bdt_session_trace(s, diag);
	err = bdt_readers_stop(s->readers, bdt_session_give_up, s, diag);
	first = first ? first : err == -EPERM ? -EACCES : err;
	if (locked)
		munlockall();
	if (s->command.failed)
		return first;
	err = finish(s, diag);
	return first ? first : err;
}

static void tear_down(struct bdt_session *s)
{
	struct bdt_volume_totals totals;

	bdt_readers_destroy(s->readers);
	bdt_finisher_end(s->finisher, &totals, &s->summary->files_deleted, is_alive, s, NULL);
	bdt_volume_abandon(s->volume);
	bdt_triggers_stop(s->triggers);
	bdt_events_destroy(s->events);
	bdt_instance_destroy(&s->instance, &s->log);
	bdt_command_finish(&s->command);
	bdt_exact_taker_destroy(s->snapshots.exact);
	bdt_snapshotter_finish(&s->snapshots);
	bdt_history_finish(&s->history);
	bdt_series_finish(&s->series);
	bdt_cpus_finish(&s->online);
	bdt_cpus_finish(&s->common.possible);
	bdt_text_finish(&s->text);
	bdt_notify_finish(&s->notify);
	pthread_mutex_destroy(&s->log_lock);
	free(s);
}

int bdt_record_run(const struct bdt_record_options *options, struct bdt_record_summary *summary,
		   const struct bdt_log *log, struct bdt_diag *diag)
{
	struct bdt_session *s;
	int err;

	*summary = (struct bdt_record_summary){ .command_status = -1 };
	err = bdt_record_check(options, diag);
	if (err)
		return err;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	pthread_mutex_init(&s->log_lock, NULL);
	s->options = options;
	s->cuts = options->cut ? *options->cut : 0;
	s->snapshots_asked = options->snapshot_now ? *options->snapshot_now : 0;
	s->summary = summary;
	s->callers_log = log;
	s->log = (struct bdt_log){ .warn = log && log->warn ? locked_warn : NULL,
				   .progress = log && log->progress ? locked_progress : NULL,
				   .user = s };
	s->command = (struct bdt_command){ .go = -1, .result = -1, .pidfd = -1, .status = -1 };
	s->snapshots.kpageflags = -1;
	bdt_notify_init(&s->notify);
	s->common = (struct bdt_volume_common){
		.options = options,
		.log = &s->log,
		.root = options->root ? options->root : "",
		.in = &s->instance,
		.plan = bdt_plan_find(options->profile),
		.buffer_kb = options->buffer_kb ? options->buffer_kb : BT_RECORD_BUFFER_KB,
		.self = &s->self,
	};
	err = run(s, diag);
	summary->command_status = s->command.status;
	summary->command_stopped = s->command.stopped;
	tear_down(s);
	return err;
}
