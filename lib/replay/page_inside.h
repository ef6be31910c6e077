/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPLAY_PAGE_INSIDE_H
#define BT_REPLAY_PAGE_INSIDE_H

#include "model/allocate.h"
#include "model/gfp.h"
#include "replay/page.h"

/* What the files of the page level share. */

/*
 * Frees of one CPU whose moment is not known yet: a batch is freed first and put on the lists later.
 * Unmapping frees up to 512 pages in a batch, up to 6.8; since then 31.  cf. tlb_batch_pages_flush(),
 * release_pages()
 */
#define BT_PAGE_QUEUE 1024

/* How often a CPU's worker lowers what its lists may hold.  cf. vm.stat_interval, quiet_vmstat() */
#define BT_PAGE_DECAY_NS 1000000000ULL

struct bdt_page_block {
	bdt_pfn pfn;
	bdt_order order;
	int32_t pid;     /* who freed it */
	bool contended;  /* another CPU was draining the list that it is for */
	bool compacting; /* freed by a task in a run of compaction */
};

/* What one CPU is in the middle of. */
struct bdt_page_cpu {
	struct bdt_page_block frees[BT_PAGE_QUEUE];
	unsigned int first, nfrees; /* a ring */
	bool in_batch;              /* the last event put one of them on its list, and the rest follows */
	/* blocks that left the buddy lists and are on their way to a per-CPU list */
	struct {
		size_t zone;
		bdt_order order;
		bdt_migratetype mt;
		bdt_pfn *pfns;
		size_t n, room;
		bool fragments; /* the first of them was a fallback to a block smaller than a pageblock */
		/* blocks that could be had when it began, at all and without mixing pageblocks */
		uint64_t obtainable, obtainable_unmixed;
	} refill;
	/* drain events in a row, behind a free or not */
	struct {
		bool open, from_free, scored;
		size_t zone;
		int32_t pid;                      /* who frees or drains */
		unsigned int owner;               /* CPU whose lists are drained */
		bdt_order order;                  /* of the block that was freed */
		unsigned int predicted, observed; /* pages */
		unsigned int pages;               /* that are given back where `predicted` are asked for */
		uint32_t high; /* what the CPU was allowed to hold, before the free lowered or raised it */
	} burst;
	/* lists of another CPU that are drained; the next event may tell that it goes on */
	struct {
		bool open;
		size_t zone;
		unsigned int owner;
		uint8_t depth; /* of preemption, under the locks of the lists and of the zone */
	} remote;
	/* pageblock whose pages a compacting task moves elsewhere */
	struct {
		int32_t pid; /* 0 = none */
		bdt_pfn start, end;
	} source;
	uint64_t next_decay_ns;
	int32_t decay_pid; /* worker whose drain was a decay, 0 = none yet */
	int32_t slow_pid;  /* task that entered the slow path, and has not got its page yet; 0 = none */
};

/* A per-CPU list is known when its content is. */
struct bdt_page_known {
	bool list[BT_PCP_LISTS];
	bool count;     /* and so are the counts of the CPU */
	bool drained;   /* another CPU drains all of its lists */
	bool held;      /* that one is interrupted, and has the lock of the lists meanwhile */
	int32_t drift;  /* pages that the kernel counts beyond those that are seen on the lists */
	uint8_t alarms; /* drains in a row that were predicted and did not come */
	uint32_t limit; /* at which they were expected, where the count was doubted, 0 = the limit was */
};

#define BT_PAGE_SIZES 4096

struct bdt_page_level {
	struct bdt_state *state;
	const struct bdt_profile *profile;
	struct bdt_page_options options;
	struct bdt_gfp_map gfp;
	struct bdt_system *truth;              /* the zones of `state`, per-CPU lists as observed */
	struct bdt_zone *shadow[BT_MAX_ZONES]; /* hold the links of those lists, since the replay may free
						  their pages */
	struct bdt_page_cpu *cpu;
	struct bdt_page_known *known; /* by CPU and zone */
	int32_t *kswapd;              /* by node: the pid of its kswapd, 0 = not seen yet */
	uint32_t *drain_sizes;        /* how often each size was observed */
	struct bdt_page_run *run;     /* the free run */
	bool scored;                  /* the event at hand counts */
	/* by zone and type: pages on its lists of which the kernel was seen to have none */
	uint64_t absent[BT_MAX_ZONES][BT_MAX_MIGRATETYPES];
	/* by zone: pages that the kernel counts as free beyond those on its lists here, below 0: fewer */
	int64_t uncounted[BT_MAX_ZONES];
	uint64_t now;
	struct bdt_page_result result;
};

static inline struct bdt_page_known *bdt_page_known(struct bdt_page_level *p, unsigned int cpu, size_t zone)
{
	return &p->known[cpu * p->truth->nzones + zone];
}

/* How many pages the kernel counts on the lists of a CPU. */
static inline uint32_t bdt_page_counted(const struct bdt_pcp *pcp, const struct bdt_page_known *known)
{
	int64_t n = (int64_t)pcp->count + known->drift;

	return n > 0 ? (uint32_t)n : 0;
}

/* A block left that was on no list here: one of those that only the kernel counted. */
static inline void bdt_page_seen_to_leave(struct bdt_page_known *known, bdt_order order)
{
	if (known->drift > 0)
		known->drift -= 1 << order < known->drift ? 1 << order : known->drift;
}

/* Does another CPU hold the lock of these lists, while it drains them?  cf. drain_pages_zone(), 6.1 - 7.2 */
static inline bool bdt_page_contended(struct bdt_page_level *p, unsigned int cpu, size_t zone)
{
	const struct bdt_page_known *known = bdt_page_known(p, cpu, zone);

	return p->profile->pcp_trylock &&
	       (known->held || (known->drained && p->truth->zones[zone].pcp.cpu[cpu].count));
}

/* page_assisted.c, page_drains.c: events that the queue of frees has put in order. */
void bdt_page_on_alloc(struct bdt_page_level *p, const struct bdt_event *ev);
void bdt_page_on_freed(struct bdt_page_level *p, unsigned int cpu, const struct bdt_page_block *b);
void bdt_page_on_drain(struct bdt_page_level *p, const struct bdt_event *ev);
/*
 * Another event than a drain on the CPU: does one that drained the lists of another CPU still have their
 * lock? An interrupt that comes as soon as the lock of the zone is dropped finds it taken.  cf.
 * drain_pages_zone(), 6.2 - 7.2; up to 6.1 no interrupt comes under that lock.
 */
void bdt_page_hold(struct bdt_page_level *p, const struct bdt_event *ev);
/* Another event on the CPU: the drains behind a free are over. */
void bdt_page_end_burst(struct bdt_page_level *p, unsigned int cpu);
/* Blocks that left the buddy lists without an allocation: a request of many pages. */
void bdt_page_end_refill(struct bdt_page_level *p, unsigned int cpu);
/* The pages are about to be free, or someone's: they are on no list any more. */
void bdt_page_forget(struct bdt_page_level *p, bdt_pfn pfn, bdt_order order);

/* The lists of one CPU as they were. */
void bdt_page_adopt_cpu(struct bdt_page_level *p, size_t zone, const struct bdt_exact_lists *l);

/* How many blocks a refill asks for, with all that follows for the next one. */
unsigned int bdt_page_ask(struct bdt_page_level *p, unsigned int cpu, size_t zone, bdt_order order);

/*
 * page_zones.c: an allocation got its page from `zone`, which has it still: was that foreseen?  Returns the
 * BT_ALLOC_* with which it was served, and makes the refills that were tried before and found nothing.
 */
unsigned int bdt_page_score_zone(struct bdt_page_level *p, const struct bdt_event *ev, size_t zone);
/* Free pages of the zone as the kernel counts them, as far as its decisions told. */
uint64_t bdt_page_nr_free(const struct bdt_page_level *p, size_t zone);
/* The kernel was seen to find more than `mark` free pages in the zone, or not more. */
void bdt_page_learn_free(struct bdt_page_level *p, size_t zone, uint64_t mark, bool more);
/* A block leaves the buddy lists of `zone`; before it does. */
void bdt_page_zone_removal(struct bdt_page_level *p, const struct bdt_outcome *o, size_t zone);

/* page_run.c: the free run. */
struct bdt_page_run;
/* `*out` is to be destroyed after an error, too. */
int bdt_page_run_create(struct bdt_page_level *p, struct bdt_page_run **out);
void bdt_page_run_destroy(struct bdt_page_run *run); /* NULL is allowed */
/* Makes the copy of the machine anew. */
void bdt_page_run_resync(struct bdt_page_run *run);
/* An event of a task that reclaims or compacts, or of kswapd; others are left out. */
void bdt_page_run_event(struct bdt_page_run *run, const struct bdt_event *ev);
/* kswapd of the node begins or ends a run. */
void bdt_page_run_kswapd(struct bdt_page_run *run, int node, bool begins);
/* An allocation as recorded, also one without a page. */
void bdt_page_run_alloc(struct bdt_page_run *run, const struct bdt_event *ev);
/* Is the task that wrote the event in a run of compaction, and not interrupted? */
bool bdt_page_run_compacts(struct bdt_page_run *run, const struct bdt_event *ev);
void bdt_page_run_free(struct bdt_page_run *run, unsigned int cpu, const struct bdt_page_block *b,
		       enum bdt_free_how how);
/* NULL when the copy is sound, else a static text. */
const char *bdt_page_run_validate(const struct bdt_page_run *run);
/* An event went by. */
void bdt_page_run_tick(struct bdt_page_run *run);

/* page_windows.c: counts per window of the stream. */
void bdt_page_windows_init(struct bdt_page_free *r);
void bdt_page_windows_next(struct bdt_page_free *r);
/* `n` occurrences in the current window. */
void bdt_page_saw(struct bdt_page_free *r, enum bdt_page_series series, bool predicted, uint32_t n);

#endif
