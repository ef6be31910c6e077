/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_GOVERNOR_H
#define BT_RECORD_GOVERNOR_H

#include "record/instance.h"
#include "record/meter.h"
#include <stdbool.h>
#include <stdint.h>

/*
 * Keeps the threads that read, compress and store below a share of one CPU, over a sliding second: above it
 * tracing pauses until they are at half of it.  Begin and end of a pause are written to the ring as markers
 * (BT_MARKER_PAUSE, BT_MARKER_RESUME); the stream makes a loss of unknown size of them.
 */
struct bdt_governor {
	struct bdt_instance *in;
	unsigned int percent; /* of one CPU; 0 = no limit: nothing is ever done */
	bool paused;
	uint64_t pauses;       /* how many */
	uint64_t paused_ns;    /* in all of them that are over */
	uint64_t paused_since; /* `now_ns` of the tick that began the present one */
	double worst;          /* largest share seen, percent of one CPU */
	struct bdt_meter meter;
	uint64_t (*cpu_ns)(void); /* CPU time of all threads but the caller's; tests put theirs here */
};

/* For the trace of `in`, and a limit of `percent`. */
void bdt_governor_init(struct bdt_governor *g, unsigned int percent, struct bdt_instance *in);
/*
 * Takes the CPU time used so far and pauses or resumes tracing by itself; to be called about every 100 ms
 * while tracing.  `now_ns`: any clock that does not go backward.  True while tracing is paused.
 */
bool bdt_governor_tick(struct bdt_governor *g, uint64_t now_ns);
/* Ends a pause that lasts: to be called before the end snapshot, which must lie within the events. */
void bdt_governor_end(struct bdt_governor *g, uint64_t now_ns);

#endif
