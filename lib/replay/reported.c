/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When free page reporting runs: as the recording tells, else by its timer. */
#include "machine/exactlists.h"
#include "replay/engine.h"
#include "replay/marker.h"
#include <stdio.h>
#include <string.h>

/* The reporting runs a fixed time after the first large free, and leaves no event. */
static void by_timer(struct bdt_engine *e, uint64_t now)
{
	bool requested = false;

	for (size_t i = 0; i < e->state->nzones; i++)
		requested |= e->state->zones[i]->reporting_requested;
	if (e->reporting_ns && now >= e->reporting_ns) {
		bdt_engine_flush(e);
		bdt_reporting_begin(&e->reporting, e->state->zones, e->state->nzones);
		requested = bdt_reporting_end(&e->reporting, false);
		e->reporting_ns = 0;
	}
	if (!e->reporting_ns && requested)
		e->reporting_ns = now + BT_REPORTING_DELAY_NS;
}

static void begin(struct bdt_engine *e)
{
	/* another recorder tells the same */
	if (e->reporting.running && !e->reporting_step)
		return;
	bdt_reporting_end(&e->reporting, true);
	bdt_reporting_begin(&e->reporting, e->state->zones, e->state->nzones);
	e->reporting_step = 0;
}

/* Other recorders count the same steps, so that each is made once. */
static void step(struct bdt_engine *e, unsigned int number)
{
	if (number != e->reporting_step + 1)
		return;
	e->reporting_step = number;
	bdt_reporting_next(&e->reporting, true);
}

static void by_marker(struct bdt_engine *e, const char *what)
{
	unsigned int number;

	bdt_engine_flush(e);
	if (!strcmp(what, BT_REPORTING_BEGIN))
		begin(e);
	else if (!strcmp(what, BT_REPORTING_END))
		bdt_reporting_end(&e->reporting, true);
	else if (sscanf(what, BT_REPORTING_STEP "%u", &number) == 1)
		step(e, number);
}

void bdt_reported_event(struct bdt_engine *e, const struct bdt_event *ev)
{
	char text[64];

	if (!e->state->reporting)
		return;
	if (!e->state->reporting_watched) {
		if (ev->kind != BDT_EV_BPF_MARKER)
			by_timer(e, ev->time_ns);
	} else if (bdt_marker_text(ev, BT_REPORTING_MARKER, text, sizeof(text))) {
		text[strcspn(text, "\n")] = '\0';
		by_marker(e, text + strlen(BT_REPORTING_MARKER));
	}
}
