/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_SYSTEM_H
#define BT_MODEL_SYSTEM_H

#include "model/pcp.h"
#include "model/watermark.h"
#include "model/zonelist.h"

/*
 * The allocator of a whole machine: zones with their watermarks and per-CPU lists, and the order in which a
 * request asks them.  Requests and frees are in allocate.h.
 *
 * A zone is named by its number: its place in bdt_system_config.zones.
 */

/* Settings of /proc/sys/vm that the allocator obeys. */
struct bdt_vm_settings {
	uint64_t min_free_kbytes;
	unsigned int watermark_scale_factor;                /* default 10 */
	unsigned int watermark_boost_factor;                /* default 15000 */
	unsigned int lowmem_reserve_ratio[BT_ZONE_CLASSES]; /* by zone index, 0 = no reserve */
	unsigned int percpu_pagelist_fraction;              /* or _high_fraction; 0 = not set */
	bool defrag_mode;                                   /* 6.16 and later */
	bool zone_reclaim;                                  /* zone_reclaim_mode is not 0 */
	unsigned int extfrag_threshold;                     /* default 500 */
	unsigned int compaction_proactiveness;              /* default 20, 0 = off; 5.9 and later */
};

/* The settings a kernel of this profile starts with, min_free_kbytes 0. */
struct bdt_vm_settings bdt_vm_settings_default(const struct bdt_profile *profile);

/* One zone with memory.  Unit: pages. */
struct bdt_system_zone_config {
	struct bdt_zone *zone; /* borrowed: it must live longer than the system; node, name, index are set */
	uint64_t present, managed;
};

struct bdt_system_config {
	const struct bdt_system_zone_config *zones; /* nodes ascending, indices ascending */
	size_t nzones;
	unsigned int nclasses;          /* zones of a node, empty ones too: columns of `protection`; 0 = 5 */
	unsigned int ncpus;             /* highest CPU number + 1 */
	const char *const *class_names; /* names of these zones, NULL = those of x86-64 */
	const int *cpu_node;            /* by CPU, -1 = offline; NULL: all online, on node 0 */
	const uint8_t *node_distance;   /* see bdt_zonelists_create(), may be NULL */
	unsigned int page_shift;        /* 0 = 12 */
	bool thp;                       /* transparent huge pages are built in */
	bool cma;                       /* CONFIG_CMA: there is a migratetype of that name */
	bool cache_large; /* the slice of the last level cache per CPU is above three batches of pages */
	bool no_grouping; /* "mobility grouping off" in the kernel log */
	struct bdt_vm_settings vm;
};

/* Any node: that of the CPU. */
#define BT_NODE_OF_CPU (-1)

/* Bits of bdt_system_zone.flags. */
#define BT_SZ_RECLAIM_ACTIVE 0x1 /* ZONE_RECLAIM_ACTIVE: kswapd works on it */
#define BT_SZ_BELOW_HIGH     0x2 /* ZONE_BELOW_HIGH: a request saw it below the high watermark */
#define BT_SZ_FAIR_DEPLETED  0x4 /* ZONE_FAIR_DEPLETED: 4.0 */

struct bdt_system_zone {
	struct bdt_zone *zone; /* borrowed */
	uint64_t present, managed;
	enum bdt_zone_kind kind;
	struct bdt_watermarks marks;
	struct bdt_pcpset pcp;
	int64_t fair_batch;   /* 4.0: pages until other zones are asked first.  cf. NR_ALLOC_BATCH */
	uint8_t flags;        /* BT_SZ_* */
	uint64_t boost_begun; /* boost when kswapd began to work on the zone */
};

/* One node's reclaim thread. */
struct bdt_kswapd {
	bool awake;
	bool hopeless;        /* it failed too often: requests do not wake it */
	bdt_order order;      /* largest that was asked for since it went to sleep */
	unsigned int highest; /* highest zone index asked for */
};

struct bdt_system {
	const struct bdt_profile *profile;
	struct bdt_vm_settings vm;
	size_t nzones;
	struct bdt_system_zone *zones;
	unsigned int nclasses, ncpus, nnodes, page_shift;
	int *cpu_node;
	bool grouping;                         /* pages are grouped by mobility */
	bool cma;                              /* CONFIG_CMA */
	bool multi_node;                       /* more than one node has memory or CPUs */
	unsigned int class_of[BDT_ZONE_KINDS]; /* zone index for requests of each kind */
	struct bdt_zonelist *zonelists;        /* by node */
	struct bdt_kswapd *kswapd;             /* by node */
	struct bdt_observer observer;
};

/*
 * Makes a system: marks, reserves and limits are computed from the settings, the per-CPU lists are empty.
 * Seed the lists with bdt_pcp_insert() or bdt_pcp_set_unknown(), and set what is known better (marks, count,
 * high) in *out.  0, -EINVAL (no zones, or too many nodes, CPUs, classes), -ENOMEM.
 */
int bdt_system_create(const struct bdt_profile *profile, const struct bdt_system_config *config,
		      struct bdt_system **out);
void bdt_system_destroy(struct bdt_system *s); /* NULL is allowed */
/* Who is told what the model does; copied, NULL = nobody. */
void bdt_system_observe(struct bdt_system *s, const struct bdt_observer *observer);

/*
 * Computes marks, reserves and limits again after a change of s->vm or of managed pages; boosts become 0.
 * cf. setup_per_zone_wmarks()
 */
void bdt_system_update(struct bdt_system *s);

/*
 * The min_free_kbytes that huge pages ask for when they are switched on, from what is set now; not more than
 * that is set then.  cf. set_recommended_min_free_kbytes(), 4.0 - 7.2.
 */
uint64_t bdt_system_recommended_min_free(const struct bdt_system *s);

/* Number of the zone that spans `pfn`, s->nzones if none does.  O(zones). */
size_t bdt_system_zone_of(const struct bdt_system *s, bdt_pfn pfn);

/* The zones that a request of a CPU, for a node or BT_NODE_OF_CPU, goes through. */
const struct bdt_zonelist *bdt_system_zonelist(const struct bdt_system *s, unsigned int cpu, int node);

/* Highest zone index that a request of these flags may use.  cf. gfp_zone() */
unsigned int bdt_system_highest(const struct bdt_system *s, uint32_t gfp);

/* The zone that a request of `node` is first offered, s->nzones if none.  cf. first_zones_zonelist() */
size_t bdt_system_preferred(const struct bdt_system *s, int node, unsigned int highest, bool thisnode);

/*
 * BT_ALLOC_NOFRAGMENT if a request with this preferred zone is to keep pageblocks unmixed at first, else 0;
 * and BT_ALLOC_KSWAPD.  cf. alloc_flags_nofragment(), 5.0 - 7.2.
 */
unsigned int bdt_system_nofragment(const struct bdt_system *s, size_t preferred, uint32_t gfp);

/*
 * kswapd of `node` begins and ends a run: the node's zones up to `highest` are marked meanwhile, and what
 * they were boosted by when it began is taken back at the end.  cf. balance_pgdat(), 5.0 - 7.2.
 */
void bdt_system_kswapd_begin(struct bdt_system *s, int node, unsigned int highest);
void bdt_system_kswapd_end(struct bdt_system *s, int node, unsigned int highest);
/* What a request for kswapd comes to.  cf. wakeup_kswapd() */
enum bdt_wake {
	BDT_WAKE_NOBODY,    /* it is awake already, or there is nothing to do for it */
	BDT_WAKE_KSWAPD,    /* cf. mm_vmscan_wakeup_kswapd */
	BDT_WAKE_KCOMPACTD, /* there are enough pages, but no block for a request that cannot compact itself
			     */
};

/*
 * A request of this order asks kswapd of a node to run, which notes what is wanted; the state changes when it
 * begins (bdt_system_kswapd_begin()).  Told to the observer when it wakes it.  4.0 - 7.2.
 */
enum bdt_wake bdt_system_wake_kswapd(struct bdt_system *s, size_t zone, bdt_order order, unsigned int highest,
				     uint32_t gfp);
/* Is some zone up to `highest` of the node above its high mark for this order?  cf. pgdat_balanced() */
bool bdt_system_balanced(const struct bdt_system *s, int node, bdt_order order, unsigned int highest);

/* NULL when all zones and lists are sound, else a static text.  O(memory). */
const char *bdt_system_validate(const struct bdt_system *s);

#endif
