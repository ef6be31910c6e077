/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_PCP_H
#define BT_MODEL_PCP_H

#include "model/observer.h"

/*
 * The per-CPU lists of one zone.  cf. struct per_cpu_pages, all versions.
 *
 * A page is in one list at most, so the lists run through bdt_zone.next and .prev, which pages outside the
 * buddy lists do not use, and one more table says which list a page is in: 12 bytes per page in all, resident
 * only where touched.  A page on a per-CPU list is not free in the sense of bdt_zone.
 *
 * Pages that were on a list before anything was recorded have no number: `unknown` counts them.  They are
 * older than all others, so they are behind them: they are handed out last and drained first.
 *
 * Invariant: count == sum over lists of (n + unknown) * 2^order.
 */

/* Orders 0 to 3 times three migratetypes, and two lists of huge pages. */
#define BT_PCP_LISTS 14
/* CPUs that the table of owners can tell apart. */
#define BT_PCP_MAX_CPUS 2048

struct bdt_pcp_list {
	uint32_t head, tail; /* page index of the first and last block, BT_PAGE_NIL if empty */
	uint32_t n;          /* blocks with a number */
	uint32_t unknown;    /* blocks without, behind the others */
};

/* Limits of the lists, pages. */
struct bdt_pcp_bounds {
	uint32_t batch;
	uint32_t high_min, high_max; /* before 6.7 both are `high` */
};

struct bdt_pcp {
	uint32_t count, high; /* pages */
	struct bdt_pcp_bounds bounds;
	uint32_t free_count;  /* pages freed in a row, decaying; before 6.7 the exponent free_factor */
	uint8_t alloc_factor; /* exponent of the next refill, 6.7 and later */
	uint8_t expire;       /* refreshes until the lists of another node are drained, 0 = none due */
	bool prev_high_order; /* PCPF_PREV_FREE_HIGH_ORDER */
	bool touched;         /* pages came or went since the last refresh */
	struct bdt_pcp_list list[BT_PCP_LISTS];
};

struct bdt_pcp_sizes;

struct bdt_pcpset {
	struct bdt_zone *zone; /* borrowed */
	/* what the release does (pcp_rules.h) */
	const struct bdt_pcp_sizes *sizes;
	unsigned int (*drain)(struct bdt_pcpset *set, unsigned int cpu, unsigned int pages,
			      unsigned int first);
	bool type_of_block; /* a drained page goes to its pageblock's type, not to the one it remembers */
	unsigned int ncpus, nlists;
	bdt_order thp_order;      /* order of the last list or two */
	bool high_batch;          /* PCPF_FREE_HIGH_BATCH: the slice of the cache is large */
	unsigned int batch_shift; /* CONFIG_PCP_BATCH_SCALE_MAX */
	struct bdt_pcp *cpu;
	uint16_t *owner; /* per page: of the head of a block, 0 = on no list */
	size_t mapped;
	const struct bdt_observer *observer; /* may be NULL */
};

/* Empties the set and gives it `ncpus` empty lists without limits.  0, -E2BIG (too many CPUs), -ENOMEM. */
int bdt_pcpset_init(struct bdt_pcpset *set, struct bdt_zone *zone, unsigned int ncpus, bool thp);
void bdt_pcpset_finish(struct bdt_pcpset *set);

/* What decides the limits.  Unit: pages. */
struct bdt_pcp_input {
	uint64_t managed;
	uint64_t low;            /* low watermark with the boost */
	unsigned int local_cpus; /* CPUs of the zone's node, all online ones if it has none */
	unsigned int fraction;   /* vm.percpu_pagelist_fraction or _high_fraction, 0 = not set */
	unsigned int page_shift;
};

/* cf. zone_batchsize(), zone_highsize(), pageset_set_high_and_batch(), 4.0 - 7.2. */
struct bdt_pcp_bounds bdt_pcp_bounds(const struct bdt_profile *profile, const struct bdt_pcp_input *in);
/* Gives every CPU these bounds; `high` starts at the lower one.  cf. pageset_update() */
void bdt_pcp_set_bounds(struct bdt_pcpset *set, const struct bdt_pcp_bounds *bounds);

/* A block on a per-CPU list. */
struct bdt_pcp_place {
	bdt_pfn pfn; /* head of the block */
	unsigned int cpu, list;
	bdt_order order;
	bdt_migratetype mt; /* the type that the page remembers: before 6.7 a drain goes by it */
};

/* Types that a page on the lists can remember. */
#define BT_PCP_TYPES 6

/* Are blocks of this order kept on the lists?  cf. pcp_allowed_order() */
static inline bool bdt_pcp_takes_order(const struct bdt_pcpset *set, bdt_order order)
{
	const struct bdt_profile *p = set->zone->profile;

	return order <= p->pcp_max_order ||
	       (order == set->thp_order && set->nlists > 3 * (p->pcp_max_order + 1U));
}

/* The list that blocks of this order and type are kept on.  cf. order_to_pindex() */
unsigned int bdt_pcp_list_of(const struct bdt_pcpset *set, bdt_order order, bdt_migratetype mt);
/* Order of the blocks on a list.  cf. pindex_to_order() */
bdt_order bdt_pcp_list_order(const struct bdt_pcpset *set, unsigned int list);
/* The block that contains `pfn`; false if it is on no list.  O(orders). */
bool bdt_pcp_find(const struct bdt_pcpset *set, bdt_pfn pfn, struct bdt_pcp_place *out);
/* How many blocks are ahead of the block whose head is `pfn`, which is on a list.  O(that). */
uint32_t bdt_pcp_position(const struct bdt_pcpset *set, bdt_pfn pfn);
/* Head of the block at this position of a list; BT_PFN_NONE when it is unknown or past the end.  O(position).
 */
bdt_pfn bdt_pcp_at(const struct bdt_pcpset *set, unsigned int cpu, unsigned int list, uint32_t position);

/*
 * Changes that follow an observation instead of the rules: neither limits nor factors are looked at or
 * changed.
 *
 * Puts a block on a list of `cpu`.  It must be on no list and not free.  At the tail it goes behind those
 * with a number, ahead of the unknown ones.
 */
void bdt_pcp_insert(struct bdt_pcpset *set, unsigned int cpu, bdt_pfn pfn, bdt_order order,
		    bdt_migratetype mt, enum bdt_place place);
/* Takes the block that contains `pfn` off its list; false if it is on none.  `was` may be NULL. */
bool bdt_pcp_remove(struct bdt_pcpset *set, bdt_pfn pfn, struct bdt_pcp_place *was);
/* Sets how many blocks of a list have no number. */
void bdt_pcp_set_unknown(struct bdt_pcpset *set, unsigned int cpu, unsigned int list, uint32_t unknown);

/*
 * The rules.
 *
 * Takes a block from the head of the list for (order, mt): its pfn, BT_PFN_NONE for an unknown block.  False
 * if the list is empty.  With `cold` from the tail (4.0).  cf. __rmqueue_pcplist()
 */
bool bdt_pcp_take(struct bdt_pcpset *set, unsigned int cpu, bdt_order order, bdt_migratetype mt, bool cold,
		  bdt_pfn *pfn);
/*
 * How many blocks a refill asks for; changes the factors as that does.  `below_high`: the zone is below its
 * high watermark (bdt_system_zone).  cf. nr_pcp_alloc(), 4.0 - 7.2.
 */
unsigned int bdt_pcp_refill_size(struct bdt_pcpset *set, unsigned int cpu, bdt_order order, bool below_high);

/* State of the zone that the lists look at when a page is freed. */
struct bdt_pcp_pressure {
	bool reclaim_active; /* ZONE_RECLAIM_ACTIVE */
	bool below_high;     /* ZONE_BELOW_HIGH */
};

/*
 * Puts a freed block on the list for its type `mt` (that of its pageblock), then drains as many pages as the
 * limits say; returns those drained.  cf. free_unref_page_commit(), 4.0 - 7.2.
 */
unsigned int bdt_pcp_free(struct bdt_pcpset *set, unsigned int cpu, bdt_pfn pfn, bdt_order order,
			  bdt_migratetype mt, bool cold, struct bdt_pcp_pressure pressure);
/*
 * Gives `pages` pages of a CPU back to the buddy lists, oldest first, from list `first` on; returns the
 * pages. cf. free_pcppages_bulk(), 4.0 - 7.2.
 */
unsigned int bdt_pcp_drain(struct bdt_pcpset *set, unsigned int cpu, unsigned int pages, unsigned int first);
/*
 * The pages that a free which may drain `pages` would give back, changing nothing: the last block of each
 * portion may be larger than what is left of it.  O(lists), and O(pages / batch) where portions are of a
 * batch.
 */
unsigned int bdt_pcp_would_drain(const struct bdt_pcpset *set, unsigned int cpu, unsigned int pages,
				 unsigned int first);
/* Lowers `high` over time and drains what is above it; returns the pages.  cf. decay_pcp_high(), 6.7 - 7.2.
 */
unsigned int bdt_pcp_decay(struct bdt_pcpset *set, unsigned int cpu);
/* The first half of it: lowers `high`, drains nothing. */
void bdt_pcp_lower_high(struct bdt_pcpset *set, unsigned int cpu);

/* NULL when the lists are sound, else a static text that names what is broken.  O(pages of the zone). */
const char *bdt_pcpset_validate(const struct bdt_pcpset *set);

#endif
