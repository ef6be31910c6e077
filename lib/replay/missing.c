/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/missing.h"
#include <stdio.h>
#include <string.h>

/* Was anything left out on purpose that the replay needs?  Says what in `text`. */
static bool is_partial(const struct bdt_tracefile *tf, char *text, size_t size)
{
	const char *profile = bdt_tracefile_machine(tf, "record.profile");
	char key[128];

	snprintf(text, size, "profile rare");
	if (profile && !strcmp(profile, "rare"))
		return true;
	for (int kind = 0; kind < BDT_EV_NR; kind++) {
		const struct bdt_event_desc *desc = &bdt_event_kinds[kind];

		if (!desc->system)
			continue;
		snprintf(key, sizeof(key), "record.filter.%s:%s", desc->system, desc->name);
		snprintf(text, size, "%s is filtered", desc->name);
		if (bdt_tracefile_machine(tf, key))
			return true;
	}
	return false;
}

/* Events are put in order by their stamps: what is known of the clock that made them. */
static void warn_of_clock(const struct bdt_tracefile *tf, const struct bdt_log *log)
{
	const char *trouble = bdt_tracefile_machine(tf, "clock.trouble");

	if (trouble && *trouble)
		bdt_log_warn(log, "the order of events on different CPUs is not to be trusted: %s", trouble);
	else if (!strcmp(bdt_tracefile_info(tf)->clock, "local") && bdt_tracefile_ncpus(tf) > 1)
		bdt_log_warn(log, "the order of events on different CPUs is not to be trusted: the clock local is not "
				  "the same on all of them");
}

void bdt_missing_warn(const struct bdt_tracefile *tf, const struct bdt_stream *stream,
		      const struct bdt_log *log)
{
	static const struct {
		enum bdt_event_kind kind;
		const char *effect;
	} needed[] = {
		{ BDT_EV_ZONE_LOCKED, "most blocks leave the free lists unseen" },
		{ BDT_EV_PCPU_DRAIN, "most blocks enter the free lists unseen" },
		{ BDT_EV_PAGE_FREE, "blocks freed to the lists directly are unseen" },
		{ BDT_EV_EXTFRAG, "fallbacks are unseen" },
	};
	char why[128];

	warn_of_clock(tf, log);
	if (is_partial(tf, why, sizeof(why))) {
		bdt_log_warn(log,
			     "the recording is partial (%s): predictions are not possible, buddytrace stat "
			     "shows what it holds",
			     why);
		return;
	}
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!bdt_stream_has(stream, needed[i].kind))
			bdt_log_warn(log, "the recording has no %s events: %s",
				     bdt_event_kinds[needed[i].kind].name, needed[i].effect);
}
