/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_SELF_H
#define BT_RECORD_SELF_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BDT_SELF_SLOTS 2048 /* a power of two */

/*
 * What the recorder itself costs.  Its threads are known by their ids, so that its own events can be told
 * from those of everybody else: one thread adds ids, any number look them up.
 */
struct bdt_self {
	_Atomic int tids[BDT_SELF_SLOTS]; /* open addressing; 0 = free; at most half of them are used */
	size_t n;
	uint64_t cpu_begin_ns;
};

/* Notes the CPU time used until now and the threads that there are. */
void bdt_self_begin(struct bdt_self *self);
/* Adds threads that were started since; those that ended stay.  O(threads). */
void bdt_self_look(struct bdt_self *self);
/* From any thread. */
bool bdt_self_has(const struct bdt_self *self, int tid);
/* The ids, separated by spaces, cut to `size` bytes. */
void bdt_self_list(const struct bdt_self *self, char *text, size_t size);
/* CPU time of all threads since bdt_self_begin(), ns. */
uint64_t bdt_self_cpu_ns(const struct bdt_self *self);
/* The most memory that the process ever had, KiB. */
uint64_t bdt_self_rss_kb(void);

#endif
