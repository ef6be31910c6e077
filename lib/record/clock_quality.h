/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_CLOCK_QUALITY_H
#define BT_RECORD_CLOCK_QUALITY_H

#include "record/clock.h"
#include "record/pingpong.h"
#include "tracefile/writer.h"
#include <buddytrace/diag.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the events of all CPUs can be put in one order by their stamps, and how that is known. */
struct bdt_clock_quality {
	const char *clock; /* name of the trace clock */
	char source[32];   /* the kernel's clock source, "" = unknown */
	int constant_tsc;  /* does the counter keep its rate, and count in sleep states: 1, 0, or -1 where */
	int nonstop_tsc;   /* there is no such counter */
	size_t ncpus;
	size_t checked;            /* CPUs compared with the first one */
	struct bdt_pingpong worst; /* of them: the largest offset, its round, the largest step backward */
	char trouble[160];         /* what is wrong with it, "" = nothing known */
};

/*
 * Looks the clock's source up below `root` and compares the clocks of the CPUs with each other: about 1 ms
 * per CPU, half a second at most.  Clocks that only the kernel can read are not compared.  Never fails: what
 * cannot be found out stays unknown.
 */
void bdt_clock_quality_measure(struct bdt_clock_quality *q, const struct bdt_clock *clock,
			       const uint32_t *cpus, size_t ncpus, const char *root);
/* Fills q->trouble from the other members. */
void bdt_clock_quality_judge(struct bdt_clock_quality *q);
/* MACHINE facts clock.*.  0 or the writer's error. */
int bdt_clock_quality_write(const struct bdt_clock_quality *q, struct bdt_writer *w);

#endif
