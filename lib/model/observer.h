/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_OBSERVER_H
#define BT_MODEL_OBSERVER_H

#include "model/fallback.h"

/*
 * What the model does, told to whoever wants to compare it with a recording.  The zone has been changed when
 * a function is called, and must not be changed by it.  Any of the functions may be NULL.  `cpu` is the one
 * whose request or per-CPU lists the call is about.
 */
struct bdt_seen_removal {
	const struct bdt_zone *zone;
	unsigned int cpu;
	bdt_order order;
	bdt_migratetype mt;       /* asked for */
	struct bdt_choice choice; /* the page, and where it came from */
	bool refill;              /* for the per-CPU list, otherwise for the request itself */
};

struct bdt_seen_insertion {
	const struct bdt_zone *zone;
	unsigned int cpu; /* owner of the per-CPU list that was drained, else the one that frees */
	bdt_pfn pfn; /* BT_PFN_NONE: a page whose number was never learnt, the buddy lists are unchanged */
	bdt_order order;
	bdt_migratetype mt; /* of the list that got it, BT_MT_LIMBO where the page is not known */
	bool drain;         /* from a per-CPU list, otherwise freed past them */
};

struct bdt_seen_refill {
	const struct bdt_zone *zone;
	unsigned int cpu;
	bdt_order order;
	bdt_migratetype mt;
	unsigned int asked, got; /* blocks of that order */
};

struct bdt_seen_drain {
	const struct bdt_zone *zone;
	unsigned int cpu;
	unsigned int asked, got; /* pages */
};

struct bdt_seen_wakeup {
	int node;
	unsigned int zone_index; /* highest zone that the request may use */
	bdt_order order;
	uint32_t gfp; /* BT_GFP_* */
};

struct bdt_observer {
	void *user;
	/* a block left the buddy lists.  cf. mm_page_alloc_zone_locked, mm_page_alloc_extfrag */
	void (*removal)(void *user, const struct bdt_seen_removal *seen);
	/* a block entered the buddy lists.  cf. mm_page_pcpu_drain; no event for those freed past the lists
	 */
	void (*insertion)(void *user, const struct bdt_seen_insertion *seen);
	/* an empty per-CPU list was filled (after its removals) */
	void (*refill)(void *user, const struct bdt_seen_refill *seen);
	/* per-CPU lists were shortened (after its insertions) */
	void (*drain)(void *user, const struct bdt_seen_drain *seen);
	/* a request took this zone, before it takes the page */
	void (*zone_chosen)(void *user, const struct bdt_zone *zone, unsigned int cpu, bdt_order order);
	/* kswapd of a node is asked to run; it may be running already.  cf. wakeup_kswapd() */
	void (*wake_kswapd)(void *user, const struct bdt_seen_wakeup *seen);
};

#endif
