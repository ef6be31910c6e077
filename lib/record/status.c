/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "record/session.h"
#include <inttypes.h>
#include <string.h>

static void tell_manager(struct bdt_session *s, const struct bdt_record_progress *p, uint64_t now)
{
	double seconds = (double)(now - s->status_ns) / 1e9;
	const char *slash = p->file ? strrchr(p->file, '/') : NULL;

	bdt_notify_status(&s->notify, "%" PRIu64 " events, %.0f/s, %.1f MB, %" PRIu64 " lost%s; %s%s", p->events,
			  seconds > 0 ? (double)(p->events - s->status_events) / seconds : 0,
			  (double)p->bytes / 1e6, p->lost, p->paused ? ", paused" : "",
			  p->file ? "writing " : "waiting for a trigger", slash ? slash + 1 : p->file ? p->file : "");
	s->status_events = p->events;
	s->status_ns = now;
}

void bdt_session_report(struct bdt_session *s, uint64_t now)
{
	struct bdt_record_progress p;
	bool status = bdt_notify_wants_status(&s->notify);

	bdt_notify_alive(&s->notify);
	/* A snapshot has a progress of its own. */
	if (!status && (!s->options->progress || s->busy))
		return;
	p = (struct bdt_record_progress){
		.ns = now - s->begin,
		.events = bdt_readers_events(s->readers),
		.bytes = bdt_finisher_bytes(s->finisher) + (s->volume ? bdt_writer_bytes(s->volume->writer) : 0),
		.lost = bdt_readers_lost(s->readers),
		.file = s->volume ? s->volume->path : NULL,
		.paused = s->governor.paused,
	};
	if (s->options->progress && !s->busy)
		s->options->progress(s->options->user, &p);
	if (status)
		tell_manager(s, &p, now);
}
