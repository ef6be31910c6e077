/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPLAY_SEED_H
#define BT_REPLAY_SEED_H

#include "replay/state.h"
#include <buddytrace/event.h>

/*
 * The start state.  /proc/kpageflags takes seconds to read, so each part of it is of another instant: the
 * seed rolls every part forward with the events that came after it, until all of them show the same instant,
 * the end of the snapshot.  Then the free pages are cut into buddies, and the pageblocks get types.
 */
struct bdt_seed;

/*
 * From snapshot `i` of the file.  0, -ENODATA when it lacks kpageflags or zoneinfo (the diag says so),
 * -EBADMSG, -ENOMEM.  Release with bdt_seed_destroy() (NULL is allowed).
 */
int bdt_seed_create(const struct bdt_tracefile *tf, size_t i, struct bdt_seed **out, struct bdt_diag *diag);
void bdt_seed_destroy(struct bdt_seed *seed);

/* Time of the instant it is rolled forward to, ns of the trace clock; 0 when the snapshot has no place. */
uint64_t bdt_seed_time(const struct bdt_seed *seed);
/* Applies an event before that time. */
void bdt_seed_event(struct bdt_seed *seed, const struct bdt_profile *profile, const struct bdt_event *ev);
/* Fills `state` with zones, free lists and pageblock types.  0, -EBADMSG, -ENOMEM.  O(pages). */
int bdt_seed_build(struct bdt_seed *seed, const struct bdt_profile *profile, struct bdt_state *state,
		   struct bdt_diag *diag);

/*
 * Assumes a type for each pageblock of `z` from what its pages hold and from the counts of pagetypeinfo, and
 * moves the free blocks accordingly.  `flags` holds BT_PAGE_* sets from pfn 0, `nflags` of them; `pti` may be
 * NULL.  O(pages + blocks * rounds).
 */
void bdt_seed_types(struct bdt_zone *z, const uint16_t *flags, uint64_t nflags,
		    const struct bdt_pagetypeinfo *pti);

#endif
