/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record/filters.h"
#include "record/plan.h"
#include "record/trigger.h"
#include <buddytrace/record.h>
#include <errno.h>
#include <string.h>

#define MIN_TEXTS_NS 100000000 /* the recorder looks about ten times a second */
#define MAX_TRIGGERS 32

static int refuse(struct bdt_diag *diag, const char *text)
{
	return bdt_diag_set(diag, -EINVAL, BT_NO_OFFSET, "%s", text);
}

static int check_events(const struct bdt_record_options *o, struct bdt_diag *diag)
{
	struct bdt_event_name name;
	const char *expression;
	int err = 0;

	for (const char *const *e = o->events; !err && e && *e; e++)
		err = bdt_event_name_parse(&name, *e, strlen(*e), diag);
	for (const char *const *f = o->filters; !err && f && *f; f++)
		err = bdt_filter_parse(*f, &name, &expression, diag);
	return err;
}

static int check_flight(const struct bdt_record_options *o, bool flight, struct bdt_diag *diag)
{
	struct bdt_trigger trigger;
	size_t n = 0;
	int err;

	for (; o->triggers && o->triggers[n]; n++) {
		err = bdt_trigger_parse(o->triggers[n], &trigger, diag);
		if (err)
			return err;
	}
	if (n > MAX_TRIGGERS)
		return refuse(diag, "more than 32 times --trigger");
	if (!flight && (n || o->after_ns || o->trigger_distance_ns))
		return refuse(diag, "--trigger, --after and --distance belong to the profile flight");
	if (flight && (o->rotate_bytes || o->rotate_ns))
		return refuse(diag, "the profile flight writes a file per trigger: no --rotate-size, no "
				    "--rotate-time");
	return 0;
}

int bdt_record_check(const struct bdt_record_options *o, struct bdt_diag *diag)
{
	const struct bdt_plan *plan = bdt_plan_find(o->profile);
	int err;

	if (!plan)
		return bdt_diag_set(diag, -EINVAL, BT_NO_OFFSET, "no profile '%s'", o->profile);
	if (!o->output || !*o->output || o->output[strlen(o->output) - 1] == '/')
		return refuse(diag, "--output needs the name of a file");
	if ((o->keep_files || o->keep_bytes) && !o->rotate_bytes && !o->rotate_ns && !plan->ring_only)
		return refuse(diag, "--keep needs files to choose from: --rotate-size, --rotate-time or the "
				    "profile flight");
	if (o->max_bytes && o->rotate_bytes >= o->max_bytes)
		return refuse(diag, "--rotate-size is not below --max-size: there would be one file");
	if (o->texts_every_ns && o->no_snapshots)
		return refuse(diag, "--texts-every and --no-snapshots contradict each other");
	if (o->texts_every_ns && o->texts_every_ns < MIN_TEXTS_NS)
		return refuse(diag, "--texts-every: less than 100ms is not possible");
	if (o->exact && o->no_snapshots)
		return refuse(diag, "--exact and --no-snapshots contradict each other");
	if (o->count_fired && plan->ring_only)
		return refuse(
			diag,
			"--count-events compares with all that is recorded: not with the profile flight");
	if (!o->exact && o->count_fired)
		return refuse(diag, "--count-events belongs to --exact");
	if (!o->exact && (o->exact_limit || o->exact_budget_ns))
		return refuse(diag, "--snapshot-budget and --snapshot-limit belong to --exact");
	if (o->snapshot_every_ns && o->no_snapshots)
		return refuse(diag, "--snapshot-every and --no-snapshots contradict each other");
	err = check_events(o, diag);
	return err ? err : check_flight(o, plan->ring_only, diag);
}
