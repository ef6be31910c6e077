/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "base/now.h"
#include "record/facts.h"
#include "record/session.h"
#include <buddytrace/machine.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#define SECOND             UINT64_C(1000000000)
#define TICK_MS            100
#define TICK_NS            (TICK_MS * UINT64_C(1000000))
#define COMMAND_TIMEOUT_MS 5000
#define DEFAULT_AFTER      SECOND
#define DEFAULT_DISTANCE   (60 * SECOND)
/* Sub-buffers become a fifth of their size or less; where they do not, the readers keep the bounds. */
#define PACKED_SHARE 5

bool bdt_session_stopped(const struct bdt_session *s, sig_atomic_t above)
{
	return s->options->stop && *s->options->stop > above;
}

bool bdt_session_give_up(void *user)
{
	struct bdt_session *s = user;

	bdt_notify_alive(&s->notify);
	return bdt_session_stopped(s, 1);
}

static bool rotating(const struct bdt_session *s)
{
	return s->series.numbered && !s->common.plan->ring_only;
}

/* The signal for a new file has come since the last call. */
static bool cut_requested(struct bdt_session *s)
{
	sig_atomic_t now = s->options->cut ? *s->options->cut : 0;
	bool changed = now != s->cuts;

	s->cuts = now;
	return changed;
}

/* Pages freed by the kernel since boot, 0 if unknown. */
static uint64_t read_pgfree(struct bdt_session *s)
{
	uint64_t pages = 0;

	if (bdt_text_read(&s->text, s->common.root, "/proc/vmstat") ||
	    !bdt_vmstat_get(s->text.data, s->text.size, "pgfree", &pages))
		return 0;
	return pages;
}

/* In flight the events begin earlier than that. */
static void begin_freed(struct bdt_session *s, struct bdt_volume *v, uint64_t pages)
{
	if (s->common.plan->ring_only)
		return;
	v->freed_begin = pages;
	if (pages)
		bdt_facts_set(v->writer, "vmstat.pgfree.begin", "%" PRIu64, pages);
}

/* CPUs that came online get a reader; those that went away keep theirs, with what is in their rings. */
static void look_for_cpus(struct bdt_session *s)
{
	struct bdt_cpus before = s->online;
	struct bdt_diag diag;

	bdt_diag_clear(&diag);
	s->online = (struct bdt_cpus){ NULL, 0 };
	if (bdt_cpus_read(&s->online, &s->text, s->common.root, "online", NULL)) {
		bdt_cpus_finish(&s->online);
		s->online = before;
		return;
	}
	for (size_t i = 0; i < s->common.possible.n; i++) {
		uint32_t id = s->common.possible.ids[i];

		if (bdt_cpus_has(&s->online, id) && !bdt_cpus_has(&before, id) &&
		    bdt_readers_add(s->readers, i, &diag))
			bdt_log_warn(&s->log, "CPU %u came online and is not recorded: %s", id, diag.text);
	}
	bdt_cpus_finish(&before);
}

static uint64_t free_bytes(const struct bdt_session *s)
{
	const char *slash = strrchr(s->series.stem, '/');
	struct statvfs fs;
	char dir[PATH_MAX];

	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - s->series.stem) + 1 : 1,
		 slash ? s->series.stem : ".");
	return statvfs(dir, &fs) ? UINT64_MAX : (uint64_t)fs.f_bavail * fs.f_frsize;
}

/* Deletes the oldest file of the series for the sake of min_free_bytes; false when there is none. */
static bool delete_oldest(struct bdt_session *s)
{
	uint32_t before = s->summary->files_deleted;
	struct bdt_series_list list;

	if ((!s->options->keep_files && !s->options->keep_bytes) || bdt_series_list(&s->series, &list))
		return false;
	bdt_series_delete(&s->series, &list, list.n > 0, &s->summary->files_deleted, &s->log);
	bdt_series_list_finish(&list);
	return s->summary->files_deleted > before;
}

/* What will be written of what waits in the rings; looked at only near a bound, since it is not cheap. */
static uint64_t pending_bytes(const struct bdt_session *s, const struct bdt_bounds_state *state)
{
	uint64_t rings = s->online.n * ((uint64_t)s->common.buffer_kb << 10) / PACKED_SHARE;

	if (state->file_bytes + rings < bdt_bounds_limit(s->options, state))
		return 0;
	return bdt_readers_pending(s->readers) / PACKED_SHARE;
}

/* Readers that wait at a limit which does not hold any more go on. */
static void set_limit(struct bdt_session *s, const struct bdt_bounds_state *state)
{
	uint64_t limit = bdt_bounds_limit(s->options, state);

	atomic_store(&s->volume->most, bdt_bounds_most(s->options, state));
	atomic_store(&s->volume->limit, limit);
	if (state->file_bytes >= limit || !atomic_load(&s->volume->full))
		return;
	atomic_store(&s->volume->full, false);
	bdt_readers_look(s->readers);
}

static void check_bounds(struct bdt_session *s, uint64_t now)
{
	struct bdt_volume *v = s->volume;
	struct bdt_bounds_state state = {
		.file_bytes = v ? bdt_writer_bytes(v->writer) : 0,
		.other_bytes = bdt_finisher_bytes(s->finisher),
		.file_ns = v ? now - v->begin_ns : 0,
		.free_bytes = s->options->min_free_bytes ? free_bytes(s) : UINT64_MAX,
		.may_cut = v && !s->busy && rotating(s) && bdt_finisher_has_room(s->finisher),
		.may_delete = true,
	};
	const char *why = "";
	uint64_t total;

	if (v) {
		state.pending_bytes = pending_bytes(s, &state);
		set_limit(s, &state);
		total = state.other_bytes + state.file_bytes + state.pending_bytes;
		/* As much again may come until the next look. */
		if (state.pending_bytes && total > s->total_bytes)
			state.pending_bytes += total - s->total_bytes;
		s->total_bytes = total;
	}
	while (s->action != BDT_BOUNDS_STOP) {
		enum bdt_bounds_action action = bdt_bounds_check(s->options, &state, &why);

		if (action == BDT_BOUNDS_DELETE) {
			state.may_delete = delete_oldest(s);
			state.free_bytes = free_bytes(s);
			continue;
		}
		s->action = action;
		s->why = why;
		break;
	}
}

/* What has to be done now and then, also in the midst of a snapshot. */
static void tick(struct bdt_session *s)
{
	uint64_t now = bdt_now_ns();

	if (now < s->next_tick && !(s->volume && atomic_load(&s->volume->full)))
		return;
	s->next_tick = now + TICK_NS;
	bdt_governor_tick(&s->governor, now);
	if (now >= s->next_look) {
		s->next_look = now + SECOND;
		look_for_cpus(s);
		bdt_self_look(&s->self);
	}
	check_bounds(s, now);
	bdt_session_report(s, now);
}

static bool start_snapshot_ends(void *user)
{
	struct bdt_session *s = user;

	tick(s);
	return bdt_session_stopped(s, 0) || s->action == BDT_BOUNDS_STOP;
}

static uint64_t text_interval(const struct bdt_session *s)
{
	return s->options->texts_every_ns ? s->options->texts_every_ns : s->common.plan->text_interval_ns;
}

static int take_snapshot(struct bdt_session *s, int (*take)(struct bdt_snapshotter *), bool (*ends)(void *))
{
	int err;

	if (s->options->no_snapshots)
		return 0;
	s->snapshots.writer = s->volume->writer;
	s->snapshots.give_up = ends;
	s->snapshots.user = s;
	s->busy = true;
	err = take(&s->snapshots);
	s->busy = false;
	s->next_text = bdt_now_ns() + text_interval(s);
	return err;
}

/* Sends the readers to `next` (NULL: to sleep) and hands the present volume over to be completed. */
static void leave_volume(struct bdt_session *s, struct bdt_volume *next)
{
	struct bdt_volume *old = s->volume;

	old->cut_ns[0] = bdt_clock_now(&s->common.clock);
	bdt_readers_switch(s->readers, next, bdt_session_give_up, s);
	old->cut_ns[1] = bdt_clock_now(&s->common.clock);
	old->freed_end = read_pgfree(s);
	if (next)
		begin_freed(s, next, old->freed_end);
	s->volume = next;
	s->action = BDT_BOUNDS_GO_ON;
	bdt_finisher_add(s->finisher, old);
}

static int cut(struct bdt_session *s, const char *cause, struct bdt_diag *diag)
{
	struct bdt_volume *next;
	int err = bdt_session_next_volume(s, &next, diag);

	if (err)
		return err;
	snprintf(s->volume->cause, sizeof(s->volume->cause), "%s", cause);
	leave_volume(s, next);
	return take_snapshot(s, bdt_snapshotter_start, start_snapshot_ends);
}

/* Trace clock of the oldest event that the readers found in the rings. */
static uint64_t oldest_event(const struct bdt_session *s)
{
	const struct bdt_tsc *tsc = &s->common.clock.tsc;
	uint64_t oldest = UINT64_MAX;

	for (size_t i = 0; i < s->common.possible.n; i++) {
		uint64_t first = atomic_load_explicit(&s->volume->cpus[i].first_stamp, memory_order_relaxed);

		if (first && first < oldest)
			oldest = first;
	}
	if (oldest == UINT64_MAX || !tsc->mult)
		return oldest;
	return (uint64_t)(((unsigned __int128)oldest * tsc->mult) >> tsc->shift);
}

static uint64_t after(const struct bdt_session *s)
{
	return s->options->after_ns ? s->options->after_ns : DEFAULT_AFTER;
}

static int begin_capture(struct bdt_session *s, const char *cause, struct bdt_diag *diag)
{
	uint64_t now = bdt_now_ns();
	struct bdt_volume *v;
	int err = bdt_session_next_volume(s, &v, diag);

	if (err)
		return err;
	snprintf(v->cause, sizeof(v->cause), "%s", cause);
	s->capture_until = now + after(s);
	s->quiet_until =
		now + (s->options->trigger_distance_ns ? s->options->trigger_distance_ns : DEFAULT_DISTANCE);
	bdt_readers_switch(s->readers, v, bdt_session_give_up, s);
	s->volume = v;
	err = s->options->no_snapshots ? 0 : bdt_history_write(&s->history, v->writer, oldest_event(s));
	return err ? err : take_snapshot(s, bdt_snapshotter_start, start_snapshot_ends);
}

static int fly(struct bdt_session *s, struct bdt_diag *diag)
{
	uint64_t now = bdt_now_ns();
	const char *cause = s->triggers ? bdt_triggers_poll(s->triggers, now) : NULL;
	bool asked = cut_requested(s);

	if (s->volume) {
		/* What somebody wants to see is going on. */
		if (asked)
			s->capture_until = now + after(s);
		if (now >= s->capture_until)
			leave_volume(s, NULL);
		return 0;
	}
	if (asked)
		cause = "signal";
	else if (now < s->quiet_until)
		cause = NULL;
	return cause ? begin_capture(s, cause, diag) : 0;
}

static int take_texts(struct bdt_session *s)
{
	uint64_t interval = text_interval(s), now = bdt_now_ns();

	if (!interval || now < s->next_text || s->options->no_snapshots)
		return 0;
	if (s->volume)
		return take_snapshot(s, bdt_snapshotter_texts, NULL);
	bdt_history_add(&s->history, &s->snapshots);
	s->next_text = now + interval;
	return 0;
}

/* A snapshot between start and end, when the time has come or a signal asks for it. */
static int take_between(struct bdt_session *s)
{
	uint64_t every = s->options->snapshot_every_ns;
	sig_atomic_t asked = s->options->snapshot_now ? *s->options->snapshot_now : 0;
	int err;

	if (!s->volume || s->options->no_snapshots ||
	    (asked == s->snapshots_asked && !(every && bdt_now_ns() >= s->next_snapshot)))
		return 0;
	s->snapshots_asked = asked;
	err = take_snapshot(s, bdt_snapshotter_between, start_snapshot_ends);
	s->next_snapshot = bdt_now_ns() + every;
	return err;
}

static int step(struct bdt_session *s, struct bdt_diag *diag)
{
	int err;

	tick(s);
	if (s->action == BDT_BOUNDS_STOP)
		return 0;
	err = take_texts(s);
	if (!err)
		err = take_between(s);
	if (err)
		return err;
	if (s->common.plan->ring_only)
		return fly(s, diag);
	if (s->action == BDT_BOUNDS_CUT)
		return cut(s, s->why, diag);
	/* A disk that is behind delays the file, not the bounds and the signals. */
	if (!rotating(s) || !bdt_finisher_has_room(s->finisher) || !cut_requested(s))
		return 0;
	return cut(s, "signal", diag);
}

/* Until the time is over, the command has ended, the user stops it, a bound is met or something fails. */
static int go_on(struct bdt_session *s, struct bdt_diag *diag)
{
	uint64_t begin = bdt_now_ns(), limit = s->options->duration_ns;
	int err = 0;

	if (!limit)
		limit = s->common.plan->default_duration_ns;
	while (!err && s->action != BDT_BOUNDS_STOP && !bdt_session_stopped(s, 0) &&
	       !bdt_readers_failed(s->readers) && !bdt_finisher_failed(s->finisher) &&
	       !bdt_command_ended(&s->command)) {
		struct pollfd fds[] = { { .fd = s->command.pidfd, .events = POLLIN },
					{ .fd = bdt_readers_event_fd(s->readers), .events = POLLIN } };
		uint64_t past = bdt_now_ns() - begin;
		int wait = TICK_MS;

		if (limit && past >= limit)
			break;
		if (limit && limit - past < TICK_NS)
			wait = (int)((limit - past) / 1000000) + 1;
		poll(fds, 2, wait);
		err = step(s, diag);
	}
	return err;
}

static void note_end(struct bdt_session *s)
{
	struct bdt_record_summary *sum = s->summary;

	if (s->action == BDT_BOUNDS_STOP)
		snprintf(sum->ended_by, sizeof(sum->ended_by), "%s", s->why);
	sum->pauses = (uint32_t)s->governor.pauses;
	sum->paused_ns = s->governor.paused_ns;
}

/* At --max-size: nothing can be added. */
static bool is_full(const struct bdt_session *s)
{
	return s->action == BDT_BOUNDS_STOP && !strcmp(s->why, BT_BOUND_MAX_SIZE);
}

/* The last file may grow beyond --rotate-size. */
static int end_volume(struct bdt_session *s)
{
	s->busy = true;
	check_bounds(s, bdt_now_ns());
	s->busy = false;
	return !is_full(s) && !bdt_session_stopped(s, 1)
		       ? take_snapshot(s, bdt_snapshotter_end, bdt_session_give_up)
		       : 0;
}

static void stop_tracing(struct bdt_session *s)
{
	if (s->volume)
		s->volume->freed_end = read_pgfree(s);
	bdt_session_look_what_fired(s, LOOK_STILL_ON);
	bdt_instance_trace(&s->instance, false, NULL);
	s->summary->duration_ns = bdt_now_ns() - s->begin;
	bdt_session_look_what_fired(s, LOOK_OFF_AGAIN);
}

int bdt_session_trace(struct bdt_session *s, struct bdt_diag *diag)
{
	int err, end_err = 0;
	bool full;

	bdt_session_look_what_fired(s, LOOK_OFF);
	err = bdt_instance_trace(&s->instance, true, diag);
	bdt_session_look_what_fired(s, LOOK_ON);
	if (err)
		return err;
	s->begin = s->status_ns = bdt_now_ns();
	bdt_notify_ready(&s->notify);
	s->next_look = s->begin + SECOND;
	s->next_text = s->begin;
	s->next_snapshot = s->begin + s->options->snapshot_every_ns;
	bdt_governor_init(&s->governor, s->options->cpu_percent, &s->instance);
	if (s->volume) {
		begin_freed(s, s->volume, read_pgfree(s));
		err = take_snapshot(s, bdt_snapshotter_start, start_snapshot_ends);
	}
	if (!err && !bdt_session_stopped(s, 0))
		err = bdt_command_start(&s->command, s->command.pid ? s->options->command[0] : "", diag);
	if (!err)
		err = go_on(s, diag);
	bdt_notify_stopping(&s->notify);
	/* The command may take its time to end; nobody reads what it does meanwhile. */
	full = is_full(s);
	if (full) {
		bdt_governor_end(&s->governor, bdt_now_ns());
		stop_tracing(s);
	}
	bdt_command_stop(&s->command, COMMAND_TIMEOUT_MS, bdt_session_give_up, s);
	bdt_governor_end(&s->governor, bdt_now_ns());
	if (!err && s->volume)
		end_err = end_volume(s);
	if (!full)
		stop_tracing(s);
	if (s->volume)
		bdt_session_write_fired(s);
	note_end(s);
	return err ? err : end_err;
}
