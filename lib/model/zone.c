/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/zone.h"
#include "base/lazy.h"
#include "model/chain.h"
#include "model/fallback_engine.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_FREE       0x80
#define BLOCK_ORDER(b)   ((b)&0x0f)
#define BLOCK_MT(b)      (((b) >> 4) & 0x07)
#define BLOCK(order, mt) ((uint8_t)(BLOCK_FREE | (mt) << 4 | (order)))

/* How far bdt_zone_rotate() looks ahead of a block. */
#define ROTATE_WALK 4096

static_assert(BT_MAX_MIGRATETYPES <= 8, "three bits hold the migratetype");
static_assert(BT_MAX_ORDERS <= 16, "four bits hold the order");

/* Bits of the types that merge with `mt` at pageblock size and above.  cf. migratetype_is_mergeable() */
static uint8_t merges_with(const struct bdt_zone *z, bdt_migratetype mt)
{
	const unsigned int fallback = (1U << z->profile->nr_fallback_types) - 1;
	unsigned int isolate = z->isolate == BT_MT_NONE ? 0 : 1U << z->isolate;

	switch ((enum bdt_merge_rule)z->profile->merge) {
	case BDT_MERGE_CAP_ISOLATED:
		return mt == z->isolate ? 0 : UINT8_MAX;
	case BDT_MERGE_NOT_ISOLATED:
		return (uint8_t)(mt == z->isolate ? isolate : ~isolate);
	case BDT_MERGE_WITH_FALLBACK:
		break;
	}
	return (uint8_t)((fallback >> mt & 1 ? fallback : 0) | 1U << mt);
}

void bdt_zone_name_types(struct bdt_zone *z, bool cma, bool isolate)
{
	const struct bdt_profile *p = z->profile;
	const bdt_migratetype first = p->highatomic + 1;

	z->cma = cma ? (uint8_t)first : BT_MT_NONE;
	z->isolate = isolate ? (uint8_t)(first + cma) : BT_MT_NONE;
	z->special = 1U << p->highatomic | 1U << BT_MT_LIMBO | (cma ? 1U << z->cma : 0) |
		     (isolate ? 1U << z->isolate : 0);
	memset(z->fallbacks, BT_MT_NONE, sizeof(z->fallbacks));
	for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++) {
		uint8_t *row = z->fallbacks[mt];

		z->merges[mt] = merges_with(z, mt);
		if (mt >= p->nr_fallback_types)
			continue;
		if (p->cma_is_fallback && cma && mt == p->movable)
			*row++ = z->cma;
		row[0] = (uint8_t)p->fallbacks[mt][0];
		row[1] = (uint8_t)p->fallbacks[mt][1];
	}
}

static inline uint32_t index_of(const struct bdt_zone *z, bdt_pfn pfn)
{
	assert(pfn >= z->base && pfn - z->base < z->npages);
	return (uint32_t)(pfn - z->base);
}

int bdt_zone_create(const struct bdt_profile *profile, bdt_pfn start, bdt_pfn end, bdt_order max_order,
		    bdt_order pageblock_order, struct bdt_zone **out)
{
	const uint64_t align = 1ULL << max_order;
	struct bdt_zone *z;
	void *map;

	assert(start < end && max_order < BT_MAX_ORDERS && pageblock_order <= max_order);
	z = calloc(1, sizeof(*z));
	if (!z)
		return -ENOMEM;
	z->profile = profile;
	z->start = start;
	z->end = end;
	z->base = start & ~(align - 1);
	z->npages = ((end + align - 1) & ~(align - 1)) - z->base;
	z->max_order = max_order;
	z->pageblock_order = pageblock_order;
	z->reporting_order = BT_REPORTING_OFF;
	z->nblocks = z->npages >> pageblock_order;
	z->engine = bdt_fallback_engine(profile);
	z->free_flags = BT_FREE_UNKNOWN | (profile->free_to_tail ? BT_FREE_TO_TAIL : 0) |
			(profile->page_reporting ? BT_FREE_NOT_REPORTED : 0);
	bdt_zone_name_types(z, false, false);
	for (int mt = 0; mt < BT_MAX_MIGRATETYPES; mt++)
		for (int order = 0; order < BT_MAX_ORDERS; order++)
			z->list[mt][order] = (struct bdt_list){ BT_PAGE_NIL, BT_PAGE_NIL, 0 };
	if (z->npages >= BT_PAGE_NIL)
		goto err;
	z->mapped = z->npages * (2 * sizeof(uint32_t) + 2) + z->nblocks;
	map = bdt_lazy_alloc(z->mapped);
	if (!map)
		goto err;
	z->next = map;
	z->prev = z->next + z->npages;
	z->block = (uint8_t *)(z->prev + z->npages);
	z->page_flags = z->block + z->npages;
	z->block_type = z->page_flags + z->npages;
	*out = z;
	return 0;
err:
	free(z);
	return -ENOMEM;
}

#define COPY_STEP ((size_t)4096)

/* What is zero on both sides stays untouched. */
static void copy_touched(uint8_t *to, const uint8_t *from, size_t bytes)
{
	static const uint8_t zeros[COPY_STEP];

	for (size_t at = 0; at < bytes; at += COPY_STEP) {
		size_t n = bytes - at < COPY_STEP ? bytes - at : COPY_STEP;

		if (memcmp(from + at, zeros, n) || memcmp(to + at, zeros, n))
			memcpy(to + at, from + at, n);
	}
}

void bdt_zone_copy(struct bdt_zone *to, const struct bdt_zone *from)
{
	struct bdt_zone copy = *from;

	assert(to->npages == from->npages && to->base == from->base && to->mapped == from->mapped);
	copy.next = to->next;
	copy.prev = to->prev;
	copy.block = to->block;
	copy.page_flags = to->page_flags;
	copy.block_type = to->block_type;
	copy.placed = to->placed;
	copy.capture = NULL;
	*to = copy;
	copy_touched((uint8_t *)to->next, (const uint8_t *)from->next, from->mapped);
}

void bdt_zone_destroy(struct bdt_zone *z)
{
	if (!z)
		return;
	bdt_lazy_free(z->next, z->mapped);
	bdt_lazy_free(z->placed, z->npages * sizeof(*z->placed));
	free(z);
}

int bdt_zone_track(struct bdt_zone *z)
{
	if (!z->placed)
		z->placed = bdt_lazy_alloc(z->npages * sizeof(*z->placed));
	return z->placed ? 0 : -ENOMEM;
}

static void describe(const struct bdt_zone *z, uint32_t i, struct bdt_block *out)
{
	*out = (struct bdt_block){
		.pfn = z->base + i,
		.order = BLOCK_ORDER(z->block[i]),
		.mt = BLOCK_MT(z->block[i]),
		.known = z->page_flags[i] & BT_ZP_KNOWN,
	};
}

bool bdt_zone_head(const struct bdt_zone *z, bdt_pfn pfn, struct bdt_block *out)
{
	uint32_t i = index_of(z, pfn);

	if (!z->block[i])
		return false;
	describe(z, i, out);
	return true;
}

bool bdt_zone_find(const struct bdt_zone *z, bdt_pfn pfn, struct bdt_block *out)
{
	uint32_t i = index_of(z, pfn);

	/* The head is one of the aligned positions below the page; the first head met decides. */
	for (bdt_order order = 0; order <= z->max_order; order++) {
		uint32_t head = i & ~((1U << order) - 1);

		if (!z->block[head])
			continue;
		if (BLOCK_ORDER(z->block[head]) < order)
			return false;
		describe(z, head, out);
		return true;
	}
	return false;
}

bool bdt_zone_first(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt, struct bdt_block *out)
{
	uint32_t i = z->list[mt][order].head;

	if (i == BT_PAGE_NIL)
		return false;
	describe(z, i, out);
	return true;
}

/* Adds `pages` (free, of one block) to what is counted apart. */
static void account_special(struct bdt_zone *z, bdt_order order, bdt_migratetype mt, uint64_t pages)
{
	if (mt == z->isolate)
		z->nr_free_isolate += pages;
	else if (mt == BT_MT_LIMBO)
		z->nr_free_limbo += pages;
	else if (order >= z->pageblock_order)
		z->nr_free_blocks += pages;
	if (mt == z->cma)
		z->nr_free_cma += pages;
	else if (mt == z->profile->highatomic)
		z->nr_free_highatomic += pages;
}

/* cf. account_freepages(); `pages` wraps around for a block that goes. */
static inline void account(struct bdt_zone *z, bdt_order order, bdt_migratetype mt, uint64_t pages)
{
	z->free_pages += pages;
	if (order >= z->pageblock_order || z->special >> mt & 1)
		account_special(z, order, mt, pages);
}

/* Behind the block `after` of its list, BT_PAGE_NIL = at the head. */
static inline void link_behind(struct bdt_zone *z, uint32_t i, uint32_t after)
{
	bdt_order order = BLOCK_ORDER(z->block[i]);
	bdt_migratetype mt = BLOCK_MT(z->block[i]);
	struct bdt_list *l = &z->list[mt][order];

	bdt_chain_add(z, &l->head, &l->tail, i, after);
	l->nr_free++;
	if (z->placed)
		z->placed[i] = z->event;
	z->nonempty[mt] |= 1U << order;
	account(z, order, mt, 1ULL << order);
}

static inline void link_block(struct bdt_zone *z, uint32_t i, enum bdt_place place)
{
	uint8_t block = z->block[i];

	link_behind(z, i,
		    place == BDT_HEAD ? BT_PAGE_NIL : z->list[BLOCK_MT(block)][BLOCK_ORDER(block)].tail);
}

static inline void unlink_block(struct bdt_zone *z, uint32_t i)
{
	bdt_order order = BLOCK_ORDER(z->block[i]);
	bdt_migratetype mt = BLOCK_MT(z->block[i]);
	struct bdt_list *l = &z->list[mt][order];

	bdt_chain_remove(z, &l->head, &l->tail, i);
	if (z->placed)
		z->placed[i] = z->event;
	if (!--l->nr_free)
		z->nonempty[mt] &= ~(1U << order);
	account(z, order, mt, -(1ULL << order));
}

static void set_known(struct bdt_zone *z, uint32_t i, bool known)
{
	if (known)
		z->page_flags[i] |= BT_ZP_KNOWN;
	else
		z->page_flags[i] &= (uint8_t)~BT_ZP_KNOWN;
}

void bdt_zone_insert(struct bdt_zone *z, bdt_pfn pfn, bdt_order order, bdt_migratetype mt,
		     enum bdt_place place, bool known)
{
	uint32_t i = index_of(z, pfn);

	assert(order <= z->max_order && mt < BT_MAX_MIGRATETYPES && !(pfn & ((1ULL << order) - 1)));
	assert(!z->block[i]);
	z->block[i] = BLOCK(order, mt);
	set_known(z, i, known);
	link_block(z, i, place);
}

void bdt_zone_insert_behind(struct bdt_zone *z, bdt_pfn pfn, bdt_pfn after, bool known)
{
	uint32_t i = index_of(z, pfn), at = index_of(z, after);

	assert(z->block[at] && !z->block[i] && !(pfn & ((1ULL << BLOCK_ORDER(z->block[at])) - 1)));
	z->block[i] = z->block[at];
	set_known(z, i, known);
	link_behind(z, i, at);
}

void bdt_zone_delete(struct bdt_zone *z, bdt_pfn pfn)
{
	uint32_t i = index_of(z, pfn);

	assert(z->block[i]);
	unlink_block(z, i);
	z->block[i] = 0;
	z->page_flags[i] &= (uint8_t) ~(BT_ZP_KNOWN | BT_ZP_REPORTED);
}

void bdt_zone_move(struct bdt_zone *z, bdt_pfn pfn, bdt_migratetype mt, enum bdt_place place, bool known)
{
	uint32_t i = index_of(z, pfn);

	assert(z->block[i] && mt < BT_MAX_MIGRATETYPES);
	unlink_block(z, i);
	z->block[i] = BLOCK(BLOCK_ORDER(z->block[i]), mt);
	set_known(z, i, known);
	link_block(z, i, place);
}

void bdt_zone_make_first(struct bdt_zone *z, bdt_pfn pfn)
{
	uint32_t i = index_of(z, pfn), last = z->prev[i];
	struct bdt_list *l = &z->list[BLOCK_MT(z->block[i])][BLOCK_ORDER(z->block[i])];

	assert(z->block[i]);
	if (last == BT_PAGE_NIL)
		return;
	z->next[l->tail] = l->head;
	z->prev[l->head] = l->tail;
	z->next[last] = BT_PAGE_NIL;
	z->prev[i] = BT_PAGE_NIL;
	l->head = i;
	l->tail = last;
}

bool bdt_zone_rotate(struct bdt_zone *z, bdt_pfn pfn, unsigned int limit)
{
	uint32_t i = index_of(z, pfn);
	uint32_t first = z->list[BLOCK_MT(z->block[i])][BLOCK_ORDER(z->block[i])].head;
	unsigned int n = 0, known = 0;

	assert(z->block[i]);
	/* what is known at the head goes first: both ends unknown, so is all between them */
	if (!((z->page_flags[i] | z->page_flags[first]) & BT_ZP_KNOWN)) {
		bdt_zone_make_first(z, pfn);
		return true;
	}
	for (uint32_t at = z->prev[i]; at != BT_PAGE_NIL; at = z->prev[at]) {
		known += !!(z->page_flags[at] & BT_ZP_KNOWN);
		if (++n > ROTATE_WALK || known > limit)
			return false;
	}
	for (uint32_t at = z->prev[i]; known && at != BT_PAGE_NIL; at = z->prev[at])
		set_known(z, at, false);
	bdt_zone_make_first(z, pfn);
	return true;
}

void bdt_zone_mark(struct bdt_zone *z, bdt_pfn pfn, bdt_order order, uint8_t set, uint8_t clear)
{
	uint32_t i = index_of(z, pfn);
	uint64_t end = i + (1ULL << order);

	if (set & BT_ZP_SEEN)
		clear |= BT_ZP_GUESSED;
	for (uint64_t at = i; at < end && at < z->npages; at++)
		z->page_flags[at] = (uint8_t)((z->page_flags[at] & ~clear) | set);
	for (uint64_t at = i; z->placed && at < end && at < z->npages; at++)
		z->placed[at] = z->event;
}
