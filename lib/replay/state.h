/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPLAY_STATE_H
#define BT_REPLAY_STATE_H

#include "model/fallback.h"
#include "replay/bypass.h"
#include <buddytrace/machine.h>
#include <buddytrace/tracefile.h>

/* Guesses that can be taken back as a whole. */
#define BT_GUESSES 1024

#define BT_MAX_CPUS 4096

/* The modelled machine while a trace is replayed: its zones, and what is remembered between events. */

struct bdt_state {
	const struct bdt_profile *profile;
	size_t nzones;
	struct bdt_zone *zones[BT_MAX_ZONES];
	size_t last;    /* zone of the last look-up: neighbours in the stream are neighbours in memory */
	bool reporting; /* free pages are reported to a host */
	bool reporting_watched;        /* ... and a BPF program told when */
	bool pcp_watched;              /* a BPF program told which per-CPU lists softirqs found locked */
	uint8_t pcp_held[BT_MAX_CPUS]; /* ... 1 + index of the zone, 0 = none */
	bool seeded; /* the start state came from a snapshot; otherwise it is learnt page by page */
	/* counters of what the events said against the model, by cause */
	struct bdt_contradictions {
		uint64_t silent_alloc; /* freed while free in the model: its allocation was not recorded */
		uint64_t silent_free;  /* allocated while free in the model, no removal recorded */
		uint64_t free_drained; /* drained while free in the model */
		uint64_t silent_alloc_pages, silent_free_pages, free_drained_pages;
	} contradictions;
	/* guess.h: the last ones, and counters of all */
	struct bdt_guess {
		bdt_pfn pfn;
		bdt_order order;
	} guesses[BT_GUESSES];
	uint64_t guessed, refuted;
	struct bdt_bypass *bypass[BT_MAX_CPUS]; /* NULL = the CPU had no event yet, or markers tell, or the
						   kernel does not do it */
};

/* Zone that spans `pfn`, NULL if none.  O(zones) at worst. */
struct bdt_zone *bdt_state_zone(struct bdt_state *s, bdt_pfn pfn);

/*
 * Makes the zones for a trace without snapshots: the boundaries of an x86-64 machine when `x86_64`, else one
 * zone.  Nothing is free, every page is unknown.  0 or -ENOMEM.
 */
int bdt_state_create_unknown(struct bdt_state *s, const struct bdt_profile *profile, bool x86_64,
			     bdt_order max_order, bdt_order pageblock_order);
/* Makes empty zones from a zoneinfo.  0, -EBADMSG (impossible spans), -ENOMEM. */
int bdt_state_create(struct bdt_state *s, const struct bdt_profile *profile, const struct bdt_zoneinfo *zi,
		     bdt_order max_order, bdt_order pageblock_order, struct bdt_diag *diag);
void bdt_state_finish(struct bdt_state *s);

/*
 * Free pages from this order up are reported to a host; where the snapshot does not tell which, all that are
 * free now were.  `inherits`: halves of a block that was reported count as reported.
 */
void bdt_state_set_reporting(struct bdt_state *s, bdt_order order, bool inherits);

/* The types that the recorded kernel was built with; before anything is on their lists. */
void bdt_state_name_types(struct bdt_state *s, bool cma, bool isolate);

/* Notes what a marker event says about the lock of a CPU's lists; anything else is left alone. */
void bdt_state_pcp_marker(struct bdt_state *s, const struct bdt_event *ev);

/*
 * Does the free `ev` of pages of `z` go past the per-CPU lists?  Orders without such lists do; and a free
 * from an interrupt that came while its CPU held a pcp lock, which markers tell, or else what comes before
 * and after (bypass.h).  cf. pcp_spin_trylock()
 */
bool bdt_state_frees_directly(const struct bdt_state *s, const struct bdt_zone *z,
			      const struct bdt_event *ev);

/* What is known about the lock of this CPU's lists; NULL where frees do not go past them, or without memory.
 */
struct bdt_bypass *bdt_state_bypass(struct bdt_state *s, uint32_t cpu);

/* Declares every list position of every zone unknown, after a loss of events.  O(free blocks). */
void bdt_state_forget_order(struct bdt_state *s);

#endif
