/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_GOVERNOR_H
#define BT_RECORD_GOVERNOR_H

#include "record/instance.h"
#include <stdbool.h>
#include <stdint.h>

#define BDT_GOVERNOR_SLOTS 16

/*
 * Keeps the recorder below a share of one CPU, over a sliding second of the CPU time of all its threads: above
 * it tracing pauses, with `buddytrace: pause` and `buddytrace: resume` written to the ring as markers.
 */
struct bdt_governor {
	struct bdt_instance *in;
	unsigned int percent; /* of one CPU; 0 = no limit: nothing is ever done */
	bool paused;
	uint64_t pauses;       /* how many */
	uint64_t paused_ns;    /* in all of them that are over */
	uint64_t paused_since; /* `now_ns` of the tick that began the present one */
	struct bdt_governor_sample {
		uint64_t now_ns, cpu_ns;
	} samples[BDT_GOVERNOR_SLOTS]; /* the sliding second, oldest at `next` once full */
	unsigned int next, nsamples;
};

void bdt_governor_init(struct bdt_governor *g, unsigned int percent, struct bdt_instance *in);
/*
 * Takes the CPU time used so far and pauses or resumes tracing by itself; to be called about every 100 ms while
 * tracing.  `now_ns`: any clock that does not go backward.  True while tracing is paused.
 */
bool bdt_governor_tick(struct bdt_governor *g, uint64_t now_ns);
/* The recording ends: a pause that lasts ends at `now_ns` and is counted; tracing is left as it is. */
void bdt_governor_end(struct bdt_governor *g, uint64_t now_ns);

#endif
