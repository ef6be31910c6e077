/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_SESSION_H
#define BT_RECORD_SESSION_H

#include "record/bounds.h"
#include "record/command.h"
#include "record/finisher.h"
#include "record/governor.h"
#include "record/history.h"
#include "record/notify.h"
#include "record/reader.h"
#include "record/self.h"
#include "record/snapshot.h"
#include "record/trigger.h"
#include "record/volume.h"
#include <pthread.h>

/* Looks at what fired: before and behind both switches of the tracing. */
enum { LOOK_OFF, LOOK_ON, LOOK_STILL_ON, LOOK_OFF_AGAIN, LOOKS };

/* One recording, from the first check to the last finished file: session.c sets it up, course.c leads it,
 * fired.c counts beside it. */
struct bdt_session {
	const struct bdt_record_options *options;
	struct bdt_record_summary *summary;
	struct bdt_log log; /* the caller's, one thread at a time */
	pthread_mutex_t log_lock;
	const struct bdt_log *callers_log;

	struct bdt_volume_common common;
	struct bdt_instance instance;
	struct bdt_events *events;
	struct bdt_self self;
	struct bdt_command command;
	struct bdt_series series;
	struct bdt_readers *readers;
	struct bdt_finisher *finisher;
	struct bdt_snapshotter snapshots;
	struct bdt_history history;
	struct bdt_governor governor;
	struct bdt_triggers *triggers;
	struct bdt_notify notify;
	struct bdt_text text;
	struct bdt_cpus online;

	struct bdt_volume *volume; /* NULL: flight, and nothing fired */
	uint64_t total_bytes;      /* at the last tick, with what waited in the rings */
	struct bdt_exact_fired fired[LOOKS][BT_WATCHED_EVENTS];
	bool busy;                    /* a snapshot is being taken: the volume must stay */
	sig_atomic_t cuts;            /* of options->cut that were seen */
	sig_atomic_t snapshots_asked; /* of options->snapshot_now */
	enum bdt_bounds_action action;
	const char *why;                   /* of `action`: the option that asks for it */
	uint64_t status_events, status_ns; /* when the service manager was told last */
	/* CLOCK_MONOTONIC, ns. */
	uint64_t begin; /* tracing was switched on */
	uint64_t next_tick, next_look, next_text, next_snapshot;
	uint64_t capture_until; /* flight: end of the file that is being written */
	uint64_t quiet_until;   /* flight: triggers do nothing until then */
};

/* Names and begins the next file.  0 or -errno. */
int bdt_session_next_volume(struct bdt_session *s, struct bdt_volume **out, struct bdt_diag *diag);
/*
 * From tracing on to tracing off.  An error ends it early, but is no reason to lose what was recorded until
 * then.
 */
int bdt_session_trace(struct bdt_session *s, struct bdt_diag *diag);
/* Counts of what fired until now (LOOK_...), where events are watched. */
void bdt_session_look_what_fired(struct bdt_session *s, unsigned int when);
/*
 * Facts "fired.EVENT": how often it fired, in the process with the id 1, uncounted, while tracing was
 * switched on and off (nobody knows whether these were recorded), and where.
 */
void bdt_session_write_fired(struct bdt_session *s);
/* The same beside what was recorded: `count`, for the summary. */
void bdt_session_sum_up_fired(struct bdt_session *s, const struct bdt_count *count);
/* Tells the caller and the service manager how far it is; ten times a second. */
void bdt_session_report(struct bdt_session *s, uint64_t now);
/* True when the user asked to stop: once, or (`above` 1) twice. */
bool bdt_session_stopped(const struct bdt_session *s, sig_atomic_t above);
/* The second: what is in the rings is left there.  `user` is the session. */
bool bdt_session_give_up(void *user);

#endif
