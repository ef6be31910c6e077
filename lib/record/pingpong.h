/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_PINGPONG_H
#define BT_RECORD_PINGPONG_H

#include "record/clock.h"
#include <stdint.h>

/* How well two CPUs agree on what time it is. */
struct bdt_pingpong {
	uint32_t exchanges;   /* 0 = the CPUs did not meet in time: the rest means nothing */
	int64_t offset_ns;    /* clock of the other CPU minus that of the first, in the quickest exchange */
	uint64_t round_ns;    /* what that exchange took; the offset is exact to half of it */
	uint64_t backward_ns; /* the most by which a stamp was smaller than one taken before it; 0 = never */
};

/*
 * Lets a thread pinned to `first` and one pinned to `other` stamp each other's messages with `clock`: about
 * half a millisecond, 10 ms at most when other work keeps the two apart.  0 (also when they did not meet) or
 * -errno of starting the threads.
 */
int bdt_pingpong_run(struct bdt_pingpong *result, const struct bdt_clock *clock, uint32_t first,
		     uint32_t other);

#endif
