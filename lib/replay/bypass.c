/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/bypass.h"
#include <string.h>

/* Two for the lock of a per-CPU list: it pins the task, then it spins. */
#define PCP_LOCK_DEPTH 2
/* Types with per-CPU lists; the others share those of movable pages.  cf. MIGRATE_PCPTYPES */
#define PCP_TYPES 3

static const struct bdt_bypass_verdict nothing;

static uint8_t list_of(const struct bdt_zone *z, bdt_migratetype mt)
{
	return (uint8_t)(mt < PCP_TYPES ? mt : z->profile->movable);
}

static void forget_all(struct bdt_bypass *b)
{
	b->n = b->nopen = 0;
}

bool bdt_bypass_expected(const struct bdt_bypass *b, const struct bdt_event *ev)
{
	return bdt_in_interrupt(ev) && b->held && bdt_preempt_depth(ev) >= b->held;
}

void bdt_bypass_note(struct bdt_bypass *b, struct bdt_zone *z, const struct bdt_event *ev)
{
	bool open = bdt_in_interrupt(ev) && bdt_preempt_depth(ev) >= PCP_LOCK_DEPTH;

	if (!open && !b->nopen)
		return;
	if (b->n == BT_BYPASS_FREES)
		forget_all(b);
	b->interrupt += !b->interrupted && bdt_in_interrupt(ev);
	b->interrupted = bdt_in_interrupt(ev);
	b->nopen += open;
	b->frees[b->n++] = (struct bdt_bypass_free){
		.zone = z,
		.pfn = (bdt_pfn)ev->free.pfn,
		.order = (bdt_order)ev->free.order,
		.list = list_of(z, bdt_zone_type(z, (bdt_pfn)ev->free.pfn)),
		.open = open,
		.interrupt = b->interrupt,
	};
}

static void take_out(struct bdt_bypass *b, unsigned int first, unsigned int n)
{
	memmove(&b->frees[first], &b->frees[first + n], (b->n - first - n) * sizeof(b->frees[0]));
	b->n -= n;
}

void bdt_bypass_settle(struct bdt_bypass *b, const struct bdt_bypass_verdict *v)
{
	b->nopen -= v->n;
	if (v->past)
		take_out(b, v->first, v->n);
	else
		for (unsigned int i = v->first; i < v->first + v->n; i++)
			b->frees[i].open = false;
	if (!b->nopen)
		b->n = 0;
}

/* The blocks of the same interrupt around the open one frees[at]. */
static struct bdt_bypass_verdict together(const struct bdt_bypass *b, unsigned int at, bool past)
{
	uint32_t interrupt = b->frees[at].interrupt;
	unsigned int end = at + 1;

	while (at && b->frees[at - 1].open && b->frees[at - 1].interrupt == interrupt)
		at--;
	while (end < b->n && b->frees[end].open && b->frees[end].interrupt == interrupt)
		end++;
	return (struct bdt_bypass_verdict){ at, end - at, past };
}

/* Position of an open block that shares pages with (pfn, order), b->n if none. */
static unsigned int open_block(const struct bdt_bypass *b, bdt_pfn pfn, bdt_order order)
{
	for (unsigned int i = 0; b->nopen && i < b->n; i++) {
		bdt_order larger = b->frees[i].order > order ? b->frees[i].order : order;

		if (b->frees[i].open && pfn >> larger == b->frees[i].pfn >> larger)
			return i;
	}
	return b->n;
}

/*
 * The list hands out the page that was put there last.  What was put there later than `pfn` is elsewhere,
 * then: the latest of these, when it is open.  `pfn` BT_PFN_NONE: the list is empty.
 */
static struct bdt_bypass_verdict handed_out(struct bdt_bypass *b, const struct bdt_zone *z, int64_t order,
					    int64_t mt, bdt_pfn pfn)
{
	uint8_t list = list_of(z, (bdt_migratetype)mt);
	unsigned int latest = b->n, i;

	for (i = b->n; i; i--) {
		const struct bdt_bypass_free *f = &b->frees[i - 1];

		if (f->zone != z || f->order != order || f->list != list)
			continue;
		if (f->pfn == pfn)
			break;
		if (!f->open && latest < b->n)
			break;
		if (!f->open) {
			/* the order of the list is not what it was taken for */
			forget_all(b);
			return nothing;
		}
		if (latest == b->n)
			latest = i - 1;
	}
	if (latest < b->n)
		return together(b, latest, true);
	if (!i)
		return nothing;
	if (b->frees[i - 1].open)
		return together(b, i - 1, false);
	take_out(b, i - 1, 1);
	return nothing;
}

struct bdt_bypass_verdict bdt_bypass_seen(struct bdt_bypass *b, const struct bdt_zone *z,
					  const struct bdt_event *ev)
{
	unsigned int at;

	if (!b->nopen || !z)
		return nothing;
	switch (ev->kind) {
	case BDT_EV_PAGE_ALLOC:
		return handed_out(b, z, ev->alloc.order, ev->alloc.migratetype, (bdt_pfn)ev->alloc.pfn);
	case BDT_EV_ZONE_LOCKED:
		return handed_out(b, z, ev->zone_locked.order, ev->zone_locked.migratetype, BT_PFN_NONE);
	case BDT_EV_EXTFRAG:
		return handed_out(b, z, ev->extfrag.alloc_order, ev->extfrag.alloc_migratetype, BT_PFN_NONE);
	case BDT_EV_PCPU_DRAIN:
		at = open_block(b, (bdt_pfn)ev->drain.pfn, (bdt_order)ev->drain.order);
		return at < b->n ? together(b, at, false) : nothing;
	default:
		return nothing;
	}
}

struct bdt_bypass_verdict bdt_bypass_removed(const struct bdt_bypass *b, bdt_pfn pfn, bdt_order order)
{
	unsigned int at = open_block(b, pfn, order);

	return at < b->n ? together(b, at, true) : nothing;
}

/* The page of a batch is put on its list now, not when it was freed. */
static void put_on_top(struct bdt_bypass *b, bdt_pfn pfn)
{
	for (unsigned int i = 0; i < b->n; i++) {
		struct bdt_bypass_free f = b->frees[i];

		if (f.pfn != pfn)
			continue;
		take_out(b, i, 1);
		b->frees[b->n++] = f;
		return;
	}
}

void bdt_bypass_after(struct bdt_bypass *b, const struct bdt_event *ev)
{
	unsigned int zone_lock =
		ev->kind == BDT_EV_ZONE_LOCKED || ev->kind == BDT_EV_PCPU_DRAIN || ev->kind == BDT_EV_EXTFRAG;

	if (ev->kind == BDT_EV_PAGE_FREE_BATCHED && b->nopen)
		put_on_top(b, (bdt_pfn)ev->free.pfn);
	if (bdt_in_interrupt(ev)) {
		b->interrupt += !b->interrupted;
		b->interrupted = true;
		return;
	}
	b->interrupted = false;
	b->held = 0;
	if ((ev->kind == BDT_EV_PAGE_FREE_BATCHED || zone_lock) &&
	    bdt_preempt_depth(ev) >= PCP_LOCK_DEPTH + zone_lock)
		b->held = (uint8_t)(bdt_preempt_depth(ev) - zone_lock);
}
