/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_SELF_H
#define BT_RECORD_SELF_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BDT_SELF_SLOTS   2048 /* a power of two */
#define BDT_SELF_THREADS (BDT_SELF_SLOTS / 2)
#define BDT_SELF_TEXT    (BDT_SELF_THREADS * 11) /* bytes of the longest list */
/* A thread that ended is known for so many files more: its events may still be in the rings, and the files of
 * that time are not completed at once. */
#define BDT_SELF_KEEP 12

struct bdt_self_thread {
	int tid;
	unsigned int file; /* the number of files when it was last there */
};

/*
 * What the recorder itself costs.  Its threads are known by their ids, so that its own events can be told
 * from those of everybody else: one thread changes them, any number look them up.  Ids that have become
 * somebody else's are forgotten: every file has a thread of its own, and recorders run for months.
 */
struct bdt_self {
	_Atomic int tids[2][BDT_SELF_SLOTS]; /* open addressing; 0 = free; at most half of them are used */
	atomic_uint table;                   /* the one of the two that is valid */
	struct bdt_self_thread threads[BDT_SELF_THREADS];
	size_t n;
	unsigned int files;
	uint64_t cpu_begin_ns;
};

/* Notes the CPU time used until now and the threads that there are. */
void bdt_self_begin(struct bdt_self *self);
/* Adds threads that were started since; those that ended stay.  O(threads^2). */
void bdt_self_look(struct bdt_self *self);
/* A file was begun: forgets those that ended BDT_SELF_KEEP files ago. */
void bdt_self_next_file(struct bdt_self *self);
/* From any thread. */
bool bdt_self_has(const struct bdt_self *self, int tid);
/* The ids, separated by spaces; those that fit into `size` bytes. */
void bdt_self_list(const struct bdt_self *self, char *text, size_t size);
/* CPU time of all threads since bdt_self_begin(), ns. */
uint64_t bdt_self_cpu_ns(const struct bdt_self *self);
/* The most memory that the process ever had, KiB. */
uint64_t bdt_self_rss_kb(void);

#endif
