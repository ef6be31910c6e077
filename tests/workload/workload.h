/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BT_WORKLOAD_H
#define BT_WORKLOAD_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * bt-workload: loads that fragment memory, for recordings.  The same mix, sizes and seed make the same calls
 * in the same order; everything that was made is removed at the end.
 */
struct workload {
	size_t mib; /* size of a round, MiB */
	unsigned int rounds;
	uint64_t seed;
	unsigned int hog; /* share of the available memory that is held, percent */
	size_t top_up; /* most to take of what is free in unmovable blocks, MiB; 0 = the same calls every time
			*/
	bool compact; /* let the kernel compact all memory in each round */
	char dir[PATH_MAX]; /* scratch directory of our own */
	uint64_t random;    /* state */
};

/* A mix is one const struct in its own mix_NAME.c, listed in the table of main.c. */
struct mix {
	const char *name;
	const char *help;
	size_t mib; /* defaults */
	unsigned int rounds;
	int (*run)(struct workload *w); /* 0, or 1 after a message */
};

extern const struct mix mix_holes;
extern const struct mix mix_mix;
extern const struct mix mix_pressure;
extern const struct mix mix_huge;

/* Set by SIGINT and SIGTERM: the mixes end after the step they are in. */
extern volatile sig_atomic_t interrupted;

#define MIB ((size_t)1 << 20)

#endif
