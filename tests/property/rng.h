/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BT_TESTS_RNG_H
#define BT_TESTS_RNG_H

#include <stdint.h>

/* Numbers without a pattern, the same ones in each run; a test may set where they begin. */
static uint64_t rng_state = 0x9e3779b97f4a7c15ULL;

/* 0 to below - 1. */
static inline uint32_t rng(uint32_t below)
{
	rng_state = rng_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(rng_state >> 33) % below;
}

#endif
