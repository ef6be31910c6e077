/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/migration.h"

#define PASSES       10
#define PASSES_ASYNC 3 /* of the batch that precedes the single pages */

/* Pages that the prior counts for: after as many observed ones it has half the weight. */
#define PRIOR_PAGES 1000

const char *const bdt_migrate_mode_names[BDT_MIGRATE_MODE_NR] = {
	[BDT_MIGRATE_ASYNC] = "MIGRATE_ASYNC",
	[BDT_MIGRATE_SYNC_LIGHT] = "MIGRATE_SYNC_LIGHT",
	[BDT_MIGRATE_SYNC] = "MIGRATE_SYNC",
	[BDT_MIGRATE_SYNC_NO_COPY] = "MIGRATE_SYNC_NO_COPY",
};

const char *const bdt_migrate_reason_names[BDT_MR_NR] = {
	[BDT_MR_COMPACTION] = "compaction",
	[BDT_MR_MEMORY_FAILURE] = "memory_failure",
	[BDT_MR_MEMORY_HOTPLUG] = "memory_hotplug",
	[BDT_MR_SYSCALL] = "syscall_or_cpuset",
	[BDT_MR_MEMPOLICY_MBIND] = "mempolicy_mbind",
	[BDT_MR_NUMA_MISPLACED] = "numa_misplaced",
	[BDT_MR_CONTIG_RANGE] = "contig_range",
	[BDT_MR_LONGTERM_PIN] = "longterm_pin",
	[BDT_MR_DEMOTION] = "demotion",
	[BDT_MR_DAMON] = "damon",
};

struct bdt_migrate_passes bdt_migrate_passes(enum bdt_migrate_mode mode, bool batched)
{
	if (!batched)
		return mode == BDT_MIGRATE_ASYNC ? (struct bdt_migrate_passes){ .async = PASSES }
						 : (struct bdt_migrate_passes){ .sync = PASSES };
	if (mode == BDT_MIGRATE_ASYNC)
		return (struct bdt_migrate_passes){ .async = PASSES };
	return (struct bdt_migrate_passes){ .async = PASSES_ASYNC, .sync = PASSES - PASSES_ASYNC };
}

enum bdt_migrate_outcome bdt_migrate_attempt(enum bdt_migrate_mode mode, enum bdt_migrate_obstacle obstacle,
					     bool reclaiming)
{
	bool waits = mode >= BDT_MIGRATE_SYNC;

	switch (obstacle) {
	case BDT_OBSTACLE_LOCKED:
		return mode == BDT_MIGRATE_ASYNC || reclaiming ? BDT_MIGRATE_AGAIN : BDT_MIGRATE_MOVED;
	case BDT_OBSTACLE_WRITEBACK:
		return waits ? BDT_MIGRATE_MOVED : BDT_MIGRATE_FAILED;
	case BDT_OBSTACLE_DIRTY:
		/* it is written out, and moved at the next attempt */
		return waits ? BDT_MIGRATE_AGAIN : BDT_MIGRATE_FAILED;
	case BDT_OBSTACLE_PINNED:
		return BDT_MIGRATE_AGAIN;
	case BDT_OBSTACLE_NONE:
		break;
	}
	return BDT_MIGRATE_MOVED;
}

void bdt_migrate_failures_init(struct bdt_migrate_failures *f)
{
	*f = (struct bdt_migrate_failures){ 0 };
	for (int mode = 0; mode < BDT_MIGRATE_MODE_NR; mode++) {
		f->mode[mode].failed = mode == BDT_MIGRATE_ASYNC ? PRIOR_PAGES / 50 : PRIOR_PAGES / 200;
		f->mode[mode].migrated = PRIOR_PAGES - f->mode[mode].failed;
	}
}

void bdt_migrate_failures_learn(struct bdt_migrate_failures *f, enum bdt_migrate_mode mode, uint64_t migrated,
				uint64_t failed)
{
	f->mode[mode].migrated += migrated;
	f->mode[mode].failed += failed;
}

uint64_t bdt_migrate_failures_next(struct bdt_migrate_failures *f, enum bdt_migrate_mode mode, uint64_t pages)
{
	uint64_t of = f->mode[mode].migrated + f->mode[mode].failed;

	f->mode[mode].debt += pages * f->mode[mode].failed;
	if (!pages || f->mode[mode].debt / of < pages)
		return 0;
	f->mode[mode].debt -= pages * of;
	return pages;
}
