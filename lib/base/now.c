/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/now.h"

uint64_t bdt_time_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t bdt_now_ns(void)
{
	return bdt_time_ns(CLOCK_MONOTONIC);
}
