/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record/governor.h"
#include "base/now.h"
#include <buddytrace/event.h>
#include <time.h>

#define SECOND 1000000000ULL

/* The threads that read, compress and store: a pause makes none of the caller's own work any cheaper. */
static uint64_t other_threads(void)
{
	uint64_t own = bdt_time_ns(CLOCK_THREAD_CPUTIME_ID), all = bdt_time_ns(CLOCK_PROCESS_CPUTIME_ID);

	return all > own ? all - own : 0;
}

void bdt_governor_init(struct bdt_governor *g, unsigned int percent, struct bdt_instance *in)
{
	*g = (struct bdt_governor){
		.in = in, .percent = percent, .cpu_ns = other_threads, .meter = { .window_ns = SECOND }
	};
}

static void pause_trace(struct bdt_governor *g, uint64_t now_ns)
{
	if (bdt_instance_write(g->in, "trace_marker", BT_MARKER_PAUSE "\n", NULL) ||
	    bdt_instance_trace(g->in, false, NULL))
		return;
	g->paused = true;
	g->paused_since = now_ns;
	g->pauses++;
}

static void resume_trace(struct bdt_governor *g, uint64_t now_ns)
{
	if (bdt_instance_trace(g->in, true, NULL))
		return;
	bdt_instance_write(g->in, "trace_marker", BT_MARKER_RESUME "\n", NULL);
	g->paused = false;
	g->paused_ns += now_ns - g->paused_since;
}

/*
 * It goes on when half of the limit is left: a few long pauses spoil less of a trace than many short ones.
 */
bool bdt_governor_tick(struct bdt_governor *g, uint64_t now_ns)
{
	double share;

	if (!g->percent)
		return false;
	share = 100 * bdt_meter_add(&g->meter, now_ns, g->cpu_ns()) / (double)SECOND;
	if (share > g->worst)
		g->worst = share;
	if (!g->paused && share > g->percent)
		pause_trace(g, now_ns);
	else if (g->paused && share <= g->percent / 2.0)
		resume_trace(g, now_ns);
	return g->paused;
}

void bdt_governor_end(struct bdt_governor *g, uint64_t now_ns)
{
	if (g->paused)
		resume_trace(g, now_ns);
}
