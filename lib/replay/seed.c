/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/seed.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Freed to a per-CPU list while the seed was rolled forward; not a bit of the file. */
#define PAGE_PCP 0x4000

struct bdt_seed {
	struct bdt_pageflags *pages;
	struct bdt_zoneinfo zoneinfo;
	struct bdt_pagetypeinfo *pti; /* NULL when the snapshot has none */
	bdt_order pageblock_order, max_order;
	uint64_t time_ns;
};

static int parse_text(const struct bdt_snapshot *snap, struct bdt_seed *seed, struct bdt_diag *diag)
{
	const struct bdt_piece *zi = bdt_snapshot_piece(snap, "zoneinfo");
	const struct bdt_piece *pti = bdt_snapshot_piece(snap, "pagetypeinfo");
	int err;

	if (!zi)
		return bdt_diag_set(diag, -ENODATA, BT_NO_OFFSET, "snapshot %s has no zoneinfo", snap->name);
	err = bdt_zoneinfo_parse(zi->data, zi->size, &seed->zoneinfo, diag);
	if (err || !pti)
		return err;
	seed->pti = malloc(sizeof(*seed->pti));
	if (!seed->pti)
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "not enough memory");
	err = bdt_pagetypeinfo_parse(pti->data, pti->size, seed->pti, diag);
	if (err)
		return err;
	if (seed->pti->norders)
		seed->max_order = seed->pti->norders - 1;
	if (seed->pti->pageblock_order)
		seed->pageblock_order = seed->pti->pageblock_order;
	if (seed->pageblock_order > seed->max_order || seed->max_order >= BT_MAX_ORDERS)
		return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET,
				    "snapshot %s: pageblocks of order %u in lists up to order %u", snap->name,
				    seed->pageblock_order, seed->max_order);
	return 0;
}

int bdt_seed_create(const struct bdt_tracefile *tf, size_t i, struct bdt_seed **out, struct bdt_diag *diag)
{
	const struct bdt_snapshot *snap = bdt_tracefile_snapshot(tf, i);
	struct bdt_seed *seed = calloc(1, sizeof(*seed));
	int err;

	if (!seed)
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "not enough memory");
	seed->max_order = 10;
	seed->pageblock_order = 9;
	seed->time_ns = snap->unplaced ? 0 : snap->end_ns;
	err = parse_text(snap, seed, diag);
	if (!err)
		err = bdt_tracefile_pageflags(tf, i, &seed->pages, diag);
	if (err) {
		bdt_seed_destroy(seed);
		return err;
	}
	*out = seed;
	return 0;
}

void bdt_seed_destroy(struct bdt_seed *seed)
{
	if (!seed)
		return;
	bdt_pageflags_destroy(seed->pages);
	free(seed->pti);
	free(seed);
}

uint64_t bdt_seed_time(const struct bdt_seed *seed)
{
	return seed->time_ns;
}

/* When the flags of `pfn` were read; UINT64_MAX if they were not. */
static uint64_t read_time(const struct bdt_seed *seed, bdt_pfn pfn)
{
	const struct bdt_pageflags *p = seed->pages;
	size_t low = 0, high = p->nchunks;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (p->chunks[mid].first + p->chunks[mid].count <= pfn)
			low = mid + 1;
		else
			high = mid;
	}
	return low < p->nchunks && p->chunks[low].first <= pfn ? p->chunks[low].begin_ns : UINT64_MAX;
}

/* Repeats on the flags what an event did to pages that were read before it. */
static void change(struct bdt_seed *seed, const struct bdt_event *ev, int64_t pfn, int64_t order,
		   uint16_t set, uint16_t clear)
{
	uint64_t end;

	if (pfn < 0 || order < 0 || order >= BT_MAX_ORDERS || (uint64_t)pfn >= seed->pages->npages ||
	    ev->time_ns < read_time(seed, (bdt_pfn)pfn))
		return;
	end = (uint64_t)pfn + (1ULL << order);
	for (uint64_t p = (uint64_t)pfn; p < end && p < seed->pages->npages; p++)
		seed->pages->flags[p] = (uint16_t)((seed->pages->flags[p] & ~clear) | set);
}

/* Isolated for compaction: only when the whole range was, so that there is no doubt which pages. */
static void change_isolated(struct bdt_seed *seed, const struct bdt_event *ev)
{
	uint64_t start = (uint64_t)ev->isolate.start_pfn, end = (uint64_t)ev->isolate.end_pfn, n = 0;

	if (start >= end || end > seed->pages->npages || end - start > 1ULL << BT_MAX_ORDERS)
		return;
	for (uint64_t p = start; p < end; p++)
		n += !!(seed->pages->flags[p] & BT_PAGE_BUDDY);
	if (n != (uint64_t)ev->isolate.nr_taken)
		return;
	for (uint64_t p = start; p < end; p++)
		if (seed->pages->flags[p] & BT_PAGE_BUDDY)
			change(seed, ev, (int64_t)p, 0, BT_PAGE_LRU, BT_PAGE_BUDDY | BT_PAGE_REPORTED);
}

void bdt_seed_event(struct bdt_seed *seed, const struct bdt_profile *profile, const struct bdt_event *ev)
{
	const uint16_t used = BT_PAGE_LRU | BT_PAGE_ANON | BT_PAGE_SLAB | BT_PAGE_PGTABLE | BT_PAGE_MMAP;
	const uint16_t free_flags = BT_PAGE_BUDDY | BT_PAGE_REPORTED;
	bool pcp;

	switch (ev->kind) {
	case BDT_EV_ZONE_LOCKED:
		change(seed, ev, ev->zone_locked.pfn, ev->zone_locked.order, 0, free_flags | PAGE_PCP);
		break;
	case BDT_EV_EXTFRAG:
		change(seed, ev, ev->extfrag.pfn, ev->extfrag.alloc_order, 0, free_flags | PAGE_PCP);
		break;
	case BDT_EV_PCPU_DRAIN:
		change(seed, ev, ev->drain.pfn, ev->drain.order, BT_PAGE_BUDDY, used | PAGE_PCP);
		break;
	case BDT_EV_PAGE_ALLOC:
		change(seed, ev, ev->alloc.pfn, ev->alloc.order,
		       ev->alloc.migratetype == profile->movable ? BT_PAGE_LRU : 0, free_flags | PAGE_PCP);
		break;
	case BDT_EV_PAGE_FREE:
		pcp = ev->free.order >= 0 && ev->free.order < BT_MAX_ORDERS &&
		      bdt_profile_pcp_order(profile, (bdt_order)ev->free.order, seed->pageblock_order);
		change(seed, ev, ev->free.pfn, ev->free.order, pcp ? PAGE_PCP : BT_PAGE_BUDDY, used);
		break;
	case BDT_EV_COMPACTION_ISOLATE_FREEPAGES:
		change_isolated(seed, ev);
		break;
	default:
		break;
	}
}

static uint16_t flags_at(const struct bdt_seed *seed, bdt_pfn pfn)
{
	return pfn < seed->pages->npages ? seed->pages->flags[pfn] : BT_PAGE_UNKNOWN;
}

/* Largest buddy that starts at the free page `pfn` and is free altogether. */
static bdt_order buddy_at(const struct bdt_seed *seed, const struct bdt_zone *z, bdt_pfn pfn)
{
	bdt_order order = 0;
	bdt_pfn checked = pfn + 1;

	while (order < z->max_order) {
		bdt_pfn end = pfn + (2ULL << order);

		if (pfn & ((2ULL << order) - 1) || end > z->end)
			break;
		while (checked < end && flags_at(seed, checked) & BT_PAGE_BUDDY)
			checked++;
		if (checked < end)
			break;
		order++;
	}
	return order;
}

/*
 * Equal buddies always merge, so the set of free pages decides the blocks: the largest that fits, from the
 * lowest page up.  Their order within a list is not known; ascending is as good as any.
 */
static void fill_zone(const struct bdt_seed *seed, struct bdt_zone *z)
{
	for (bdt_pfn pfn = z->start; pfn < z->end && pfn < seed->pages->npages;) {
		uint16_t flags = flags_at(seed, pfn);

		if (flags & BT_PAGE_BUDDY) {
			bdt_order order = buddy_at(seed, z, pfn);

			bdt_zone_insert(z, pfn, order, z->profile->movable, BDT_TAIL, false);
			if (flags & BT_PAGE_REPORTED)
				bdt_zone_mark(z, pfn, 0, BT_ZP_REPORTED, 0);
			pfn += 1ULL << order;
			continue;
		}
		if (flags & BT_PAGE_LRU)
			bdt_zone_mark(z, pfn, 0, BT_ZP_MOVABLE, 0);
		if (flags & PAGE_PCP)
			bdt_zone_mark(z, pfn, 0, BT_ZP_PCP, 0);
		/* memory that is not online has no flags: what is named here is */
		if (!(flags & (BT_PAGE_NOPAGE | BT_PAGE_RESERVED | BT_PAGE_UNKNOWN)) && flags)
			bdt_zone_mark(z, pfn, 0, BT_ZP_SEEN, 0);
		pfn++;
	}
}

int bdt_seed_build(struct bdt_seed *seed, const struct bdt_profile *profile, struct bdt_state *state,
		   struct bdt_diag *diag)
{
	int err = bdt_state_create(state, profile, &seed->zoneinfo, seed->max_order, seed->pageblock_order,
				   diag);

	if (err)
		return err;
	state->seeded = true;
	for (size_t i = 0; i < state->nzones; i++) {
		fill_zone(seed, state->zones[i]);
		bdt_seed_types(state->zones[i], seed->pages->flags, seed->pages->npages, seed->pti);
	}
	return 0;
}
