/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_EVENTS_H
#define BT_RECORD_EVENTS_H

#include "record/instance.h"
#include "record/plan.h"
#include "tracefile/writer.h"
#include <buddytrace/diag.h>

/* The events that are enabled, with all that every file of them has to say of them. */
struct bdt_events;

/* What is asked for beyond the plan. */
struct bdt_event_options {
	const char *const *events;  /* "SYSTEM:EVENT", ended by NULL; NULL = none */
	const char *const *filters; /* "[SYSTEM:]EVENT=EXPRESSION", ended by NULL; NULL = none */
	bool stacks;                /* kernel stacks of mm_page_alloc_extfrag */
	const char *root;           /* prefix of /proc, NULL = "" */
	const struct bdt_log *log;
};

/*
 * Enables the events of `plan` and those of `options` in `in`, whose tracing is off.  What the plan has and
 * the kernel does not is left out, and listed by bdt_events_missing().  -ENODEV when the kernel has none of
 * the page allocator's events, -ENOENT for one of `options` that it lacks, -EINVAL for a filter that it
 * refuses (the diag has its own words) or that belongs to no event of these, -errno.  Freed by
 * bdt_events_destroy().
 */
int bdt_events_enable(struct bdt_instance *in, const struct bdt_plan *plan,
		      const struct bdt_event_options *options, struct bdt_events **out,
		      struct bdt_diag *diag);
/* Names of the events that the kernel lacks, separated by spaces; "" = none. */
const char *bdt_events_missing(const struct bdt_events *e);
/*
 * Hands to `w` what a file needs to be read: header_page, header_event, the formats, the symbols of stacks,
 * and the facts record.profile, record.events, record.filter.SYSTEM:EVENT, record.stacks and
 * record.missing_events.  To be called once for every file of a series.  0 or -errno.
 */
int bdt_events_write(const struct bdt_events *e, struct bdt_writer *w);
void bdt_events_destroy(struct bdt_events *e); /* NULL is allowed */

#endif
