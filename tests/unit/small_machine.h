/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BT_TESTS_SMALL_MACHINE_H
#define BT_TESTS_SMALL_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "model/allocate.h"
#include <cmocka.h>

/* A small machine for tests: one node, zones DMA32 and Normal, all of it free, and a watcher. */

#define UNMOVABLE   0
#define MOVABLE     1
#define RECLAIMABLE 2
#define HIGHATOMIC  3
#define CMA         4
#define ISOLATE     5

#define LOW_START 0x1000ULL /* of zone DMA32: 128 MiB */
#define LOW_END   0x9000ULL
#define START     0x100000ULL /* of zone Normal: 1 GiB */
#define PAGES     0x40000ULL
#define NPB       512U

#define DMA32  0 /* numbers of the zones */
#define NORMAL 1

#define KERNEL (BT_GFP_DIRECT_RECLAIM | BT_GFP_KSWAPD_RECLAIM | BT_GFP_IO | BT_GFP_FS)
#define USER   (KERNEL | BT_GFP_HIGHMEM | BT_GFP_MOVABLE)
#define ATOMIC (BT_GFP_HIGH | BT_GFP_ATOMIC | BT_GFP_KSWAPD_RECLAIM)
#define NEWEST "6.18.44"

#define WATCHED 64

/* What the observer was told, the last WATCHED of each. */
struct seen {
	unsigned int removals, insertions, refills, drains, wakeups;
	enum bdt_source source;                    /* of the last removal */
	unsigned int asked[WATCHED], got[WATCHED]; /* by refill, blocks */
	unsigned int drained[WATCHED];             /* by drain, pages */
	bdt_pfn inserted[WATCHED];                 /* by insertion */
	bdt_migratetype inserted_mt[WATCHED];
	bdt_order woken_order;
};

struct machine {
	struct bdt_profile profile;
	struct bdt_zone *zone[2]; /* by number */
	struct bdt_system *s;
	struct seen seen;
};

/* Starts a machine with the rules of `release`; min_free_kbytes is 4096.  Release with halt(). */
struct machine *boot(const char *release, unsigned int ncpus);
/* Checks everything that can be checked, and frees. */
void halt(struct machine *m);
/* Takes one block of CPU `cpu` on the fast path, which must succeed; its pfn. */
bdt_pfn take(struct machine *m, unsigned int cpu, bdt_order order, uint32_t gfp);
/* The same, and where it came from; false if there is none. */
bool try_take(struct machine *m, unsigned int cpu, bdt_order order, uint32_t gfp,
	      struct bdt_alloc_result *result);
/* Takes all free blocks of zone `number` but `keep` pages off its lists. */
void use_up(struct machine *m, unsigned int number, uint64_t keep);

#endif
