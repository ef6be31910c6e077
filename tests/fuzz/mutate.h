/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include <stddef.h>
#include <stdint.h>

#define FUZZ_GROWTH 512 /* bytes that a mutation adds at most */

/* A number below `n`, pseudo-random; 0 when n is 0. */
uint32_t fuzz_below(uint32_t n);
/* Writes mutation `number` of the seed to `data`, which has room for seed_size + FUZZ_GROWTH bytes. */
void fuzz_mutate(unsigned long number, const uint8_t *seed, size_t seed_size, uint8_t *data, size_t *size);
/* What is being tried, told when it dies; see fuzz_set_up(). */
extern struct fuzz_now {
	const char *seed;
	unsigned long mutation;
} fuzz_now;
/* Signals that end the program say where it was. */
void fuzz_set_up(void);
/* A number from the environment. */
unsigned long fuzz_number(const char *name, unsigned long otherwise);
/* Calls `each` for the files of a folder of the source tree, sorted; their number, or -1. */
int fuzz_each_seed(const char *folder, void (*each)(const char *name, const uint8_t *seed, size_t size));

#endif
