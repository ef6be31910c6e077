/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_GFP_H
#define BT_MODEL_GFP_H

#include "model/profile.h"
#include <stddef.h>
#include <stdint.h>

/*
 * What a request asks for, apart from the numbers that its kernel gives the bits: the recorded mask is
 * decoded with the names of the recorded format, and everything else asks the bits below.
 */
#define BT_GFP_DMA            (1U << 0)
#define BT_GFP_HIGHMEM        (1U << 1)
#define BT_GFP_DMA32          (1U << 2)
#define BT_GFP_MOVABLE        (1U << 3)
#define BT_GFP_RECLAIMABLE    (1U << 4)
#define BT_GFP_HIGH           (1U << 5)
#define BT_GFP_IO             (1U << 6)
#define BT_GFP_FS             (1U << 7)
#define BT_GFP_DIRECT_RECLAIM (1U << 8)  /* 4.0: WAIT */
#define BT_GFP_KSWAPD_RECLAIM (1U << 9)  /* 4.0: set unless NO_KSWAPD is */
#define BT_GFP_ATOMIC         (1U << 10) /* 4.4 to 6.2 */
#define BT_GFP_WRITE          (1U << 11)
#define BT_GFP_NOWARN         (1U << 12)
#define BT_GFP_RETRY_MAYFAIL  (1U << 13) /* before 4.13: REPEAT */
#define BT_GFP_NOFAIL         (1U << 14)
#define BT_GFP_NORETRY        (1U << 15)
#define BT_GFP_MEMALLOC       (1U << 16)
#define BT_GFP_NOMEMALLOC     (1U << 17)
#define BT_GFP_COMP           (1U << 18)
#define BT_GFP_HARDWALL       (1U << 19)
#define BT_GFP_THISNODE       (1U << 20)
#define BT_GFP_ACCOUNT        (1U << 21)
#define BT_GFP_ZERO           (1U << 22)
#define BT_GFP_COLD           (1U << 23) /* before 4.15 */

/* One flag of the recorded kernel. */
struct bdt_gfp_name {
	const char *name; /* as the trace format prints it, "__GFP_IO" or, before 4.8, "GFP_IO" */
	uint64_t mask;
};

/* How the masks of one recording are read. */
struct bdt_gfp_map {
	uint32_t bit[64]; /* by bit of the recorded mask: BT_GFP_* */
	uint32_t always;  /* BT_GFP_* of every mask that has no bit of `unless` */
	uint64_t unless;
};

/*
 * Reads the flags that the recorded format names, in any order: entries with one bit whose name is known
 * count, others (GFP_KERNEL and so on) do not.
 */
void bdt_gfp_map_init(struct bdt_gfp_map *map, const struct bdt_gfp_name *names, size_t n);
/* For a recording without formats: the bits that the kernels of the profile have by default. */
void bdt_gfp_map_default(struct bdt_gfp_map *map, const struct bdt_profile *profile);
/* BT_GFP_* of a recorded mask. */
uint32_t bdt_gfp_decode(const struct bdt_gfp_map *map, uint64_t mask);

/* Kinds of zones, in the order of their indices.  cf. enum zone_type */
enum bdt_zone_kind {
	BDT_ZONE_DMA,
	BDT_ZONE_DMA32,
	BDT_ZONE_NORMAL,
	BDT_ZONE_HIGHMEM,
	BDT_ZONE_MOVABLE,
	BDT_ZONE_DEVICE,
	BDT_ZONE_KINDS
};

/* The kind that has this name in /proc/zoneinfo, BDT_ZONE_KINDS if there is none. */
enum bdt_zone_kind bdt_zone_kind_find(const char *name);

/*
 * The highest kind of zone that a request may use; the caller takes the next lower one that the kernel was
 * built with.  cf. gfp_zone(), all versions.
 */
enum bdt_zone_kind bdt_gfp_zone(uint32_t gfp);

/*
 * The migratetype that a request asks for; `grouping` is false where grouping by mobility is off.
 * cf. gfp_migratetype() (allocflags_to_migratetype()), all versions.
 */
bdt_migratetype bdt_gfp_migratetype(const struct bdt_profile *profile, uint32_t gfp, bool grouping);

#endif
