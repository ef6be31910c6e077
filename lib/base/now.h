/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_BASE_NOW_H
#define BT_BASE_NOW_H

#include <stdint.h>
#include <time.h>

/* What `clock`, one that the kernel always has, says now: nanoseconds since its own beginning. */
uint64_t bdt_time_ns(clockid_t clock);
/* The same of the clock for durations, which never goes backward. */
uint64_t bdt_now_ns(void);

#endif
