/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPLAY_BYPASS_H
#define BT_REPLAY_BYPASS_H

#include "model/zone.h"
#include <buddytrace/event.h>

/*
 * Frees that go past the per-CPU lists because an interrupt came while its CPU held the lock of them.  No
 * event tells.  What tells it beforehand: the last event outside of interrupts was written under that lock,
 * and the interrupt is at least as deep.  What tells it afterwards: the list hands out another page than the
 * one that was put there last, or is refilled although it was not empty.  cf. pcp_spin_trylock()
 */

/* Frees that are followed per CPU; a softirq brings up to a few hundred. */
#define BT_BYPASS_FREES 512

struct bdt_bypass_free {
	struct bdt_zone *zone;
	bdt_pfn pfn;
	bdt_order order;
	uint8_t list;       /* its per-CPU list: the migratetype */
	bool open;          /* nothing has told yet where it is; otherwise it is on the list */
	uint32_t interrupt; /* those of one interrupt went the same way */
};

/* One CPU. */
struct bdt_bypass {
	uint8_t held; /* preempt depth under the lock of a per-CPU list that its process holds, 0 = none */
	bool interrupted;   /* the last event was of an interrupt */
	uint32_t interrupt; /* counts them */
	unsigned int n, nopen;
	struct bdt_bypass_free frees[BT_BYPASS_FREES]; /* from the first open one on, oldest first */
};

/* What has become of frees[first] to frees[first + n - 1]. */
struct bdt_bypass_verdict {
	unsigned int first, n; /* n 0: nothing new */
	bool past;             /* they went past the lists */
};

static inline bool bdt_in_interrupt(const struct bdt_event *ev)
{
	return ev->flags & (BT_EVENT_HARDIRQ | BT_EVENT_SOFTIRQ);
}

/* How often preemption was disabled, most often by taking a spin lock. */
static inline uint8_t bdt_preempt_depth(const struct bdt_event *ev)
{
	return ev->preempt_count & 0x0f;
}

/* Does an interrupt that frees at `ev` hold up a process that has the lock of a per-CPU list? */
bool bdt_bypass_expected(const struct bdt_bypass *b, const struct bdt_event *ev);

/* The free `ev` of a block of `z` is taken to put it on a per-CPU list. */
void bdt_bypass_note(struct bdt_bypass *b, struct bdt_zone *z, const struct bdt_event *ev);

/*
 * Before `ev`, of this CPU and about a block of `z`, is applied: what it tells.  To be asked again, after
 * bdt_bypass_settle() of what it told, until there is nothing new.  O(frees).
 */
struct bdt_bypass_verdict bdt_bypass_seen(struct bdt_bypass *b, const struct bdt_zone *z,
					  const struct bdt_event *ev);

/* The same behind a removal from the lists by any CPU: what was taken had been freed there. */
struct bdt_bypass_verdict bdt_bypass_removed(const struct bdt_bypass *b, bdt_pfn pfn, bdt_order order);

/* Takes note of a verdict. */
void bdt_bypass_settle(struct bdt_bypass *b, const struct bdt_bypass_verdict *v);

/* After `ev`, of this CPU: what it tells about the lock. */
void bdt_bypass_after(struct bdt_bypass *b, const struct bdt_event *ev);

#endif
