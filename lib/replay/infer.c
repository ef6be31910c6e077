/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/engine.h"

/* How early an unlocked event may stand before its effect. */
#define REORDER_NS 50000
/* How many blocks one observation moves out of the way of a known one. */
#define AHEAD 4096
/* So many known blocks in a row that were not taken can be single ones out of place. */
#define PATIENCE 4

void bdt_infer_type(struct bdt_zone *z, bdt_pfn pfn, bdt_migratetype mt)
{
	/* where lists do not follow the pageblocks, a list is a hint at best */
	if (mt >= BT_MT_LIMBO || (!z->profile->list_is_block_type && !bdt_zone_type_guessed(z, pfn)))
		return;
	if (bdt_zone_type(z, pfn) != mt)
		bdt_buddy_retype(z, pfn, mt, false, false);
	else
		bdt_zone_set_type(z, pfn, mt, false);
}

/*
 * An unlocked free within REORDER_NS before `time_ns` that overlaps the block, by any CPU but `not_by`; NULL
 * if there is none.
 */
static const struct bdt_unlocked_free *recent(const struct bdt_engine *e, bdt_pfn pfn, bdt_order order,
					      int64_t not_by, uint64_t time_ns)
{
	for (int i = 0; i < BT_RECENT; i++) {
		const struct bdt_unlocked_free *f = &e->recent[i];

		if (f->time_ns && time_ns - f->time_ns <= REORDER_NS && (int64_t)f->cpu != not_by &&
		    f->pfn < pfn + (1ULL << order) && pfn < f->pfn + (1ULL << f->order))
			return f;
	}
	return NULL;
}

bool bdt_infer_reorder(const struct bdt_engine *e, const struct bdt_zone *z, const struct bdt_block *taken,
		       bdt_order order, bdt_migratetype mt, uint32_t cpu, uint64_t time_ns)
{
	if (taken->mt != mt)
		return false;
	for (bdt_order o = order; o <= taken->order; o++)
		for (uint32_t at = z->list[mt][o].head; at != BT_PAGE_NIL; at = z->next[at]) {
			if (z->base + at == taken->pfn)
				return true;
			if (!recent(e, z->base + at, o, cpu, time_ns))
				return false;
		}
	return false;
}

/* Takes a block off a list where it cannot be: to `to` while its pageblock's type is a first assumption. */
static bool reassume(struct bdt_zone *z, bdt_pfn pfn, bdt_migratetype to)
{
	uint8_t *type = &z->block_type[(pfn - z->base) >> z->pageblock_order];

	if (*type & (BT_BLOCK_CERTAIN | BT_BLOCK_REVISED) || to == BT_MT_LIMBO)
		return false;
	bdt_buddy_retype(z, pfn, to, false, true);
	*type |= BT_BLOCK_REVISED;
	return true;
}

void bdt_infer_empty(struct bdt_engine *e, struct bdt_zone *z, bdt_order order, bdt_order limit,
		     bdt_migratetype mt, bdt_migratetype to, uint64_t time_ns)
{
	for (bdt_order o = order; o < limit; o++) {
		uint32_t at = z->list[mt][o].head, left = z->list[mt][o].nr_free;

		/* a retype may move other blocks of the list: start over from its head, `left` bounds the
		 * work */
		while (at != BT_PAGE_NIL && left--) {
			struct bdt_block b;

			bdt_zone_head(z, z->base + at, &b);
			if (recent(e, b.pfn, b.order, -1, time_ns)) {
				at = z->next[at];
				continue;
			}
			if (!reassume(z, b.pfn, to))
				bdt_zone_move(z, b.pfn, BT_MT_LIMBO, BDT_TAIL, false);
			at = z->list[mt][o].head;
		}
	}
}

void bdt_infer_ahead(struct bdt_zone *z, const struct bdt_block *b, bdt_migratetype to, unsigned int misses)
{
	unsigned int more = misses > PATIENCE ? misses - PATIENCE : 0;
	unsigned int known_left = misses < PATIENCE ? 0 : more < 12 ? 1U << more : AHEAD;
	struct bdt_block ahead;

	for (int left = AHEAD; left && bdt_zone_first(z, b->order, b->mt, &ahead); left--) {
		if (ahead.pfn == b->pfn || (!ahead.known && !b->known))
			return;
		if (!ahead.known && reassume(z, ahead.pfn, to))
			continue;
		if (ahead.known && !known_left--)
			return;
		bdt_zone_move(z, ahead.pfn, ahead.mt, BDT_TAIL, false);
	}
}

unsigned int bdt_infer_certain(const struct bdt_zone *z, bdt_order order, bdt_order limit, bdt_migratetype mt,
			       bdt_order *smallest)
{
	unsigned int n = 0;

	for (bdt_order o = order; o < limit; o++) {
		uint32_t at = z->list[mt][o].head;

		for (int i = 0; i < 16 && n < 16 && at != BT_PAGE_NIL; i++, at = z->next[at]) {
			if (bdt_zone_type_guessed(z, z->base + at))
				continue;
			if (!n++)
				*smallest = o;
		}
	}
	return n;
}

void bdt_infer_smaller(struct bdt_engine *e, struct bdt_zone *z, const struct bdt_block *b, bdt_pfn pfn,
		       bdt_order order)
{
	bdt_pfn keep = pfn & ~((1ULL << order) - 1);

	e->doubts[bdt_engine_zone(e, z)][b->mt] =
		(struct bdt_doubt){ b->pfn, keep == b->pfn ? b->order : 0, order };
	bdt_buddy_take(z, b, keep, order, BT_MT_LIMBO);
	bdt_zone_insert(z, keep, order, b->mt, BDT_HEAD, false);
}

void bdt_infer_refute(struct bdt_engine *e, struct bdt_zone *z, bdt_pfn pfn, bdt_order order,
		      bdt_migratetype mt, bdt_migratetype to, uint64_t time_ns)
{
	struct bdt_doubt *d = &e->doubts[bdt_engine_zone(e, z)][mt];
	bdt_pfn end = d->pfn + (1ULL << d->order);
	/* of a block that is split the smallest rest that is large enough goes next; any other page of it is
	 * one that was free by itself */
	bdt_pfn next = d->pfn + (1ULL << (order > d->kept ? order : d->kept));
	struct bdt_block b;

	if (!d->order || pfn != next || pfn >= end || !bdt_zone_find(z, pfn, &b) || b.mt != BT_MT_LIMBO)
		return;
	bdt_infer_empty(e, z, order, d->order, mt, to, time_ns);
	for (bdt_pfn at = d->pfn; bdt_buddy_next(z, at, end, &b); at = b.pfn + (1ULL << b.order))
		if (b.mt == BT_MT_LIMBO)
			bdt_zone_move(z, b.pfn, mt, BDT_HEAD, true);
	d->order = 0;
}

uint64_t bdt_infer_free(struct bdt_zone *z, bdt_pfn pfn, bdt_order order, bdt_migratetype mt)
{
	uint64_t had;

	if (!bdt_zone_spans_block(z, pfn, order) || pfn & ((1ULL << order) - 1))
		return 0;
	had = bdt_buddy_carve(z, pfn, order);
	bdt_zone_insert(z, pfn, order, mt, BDT_HEAD, false);
	bdt_zone_mark(z, pfn, order, BT_ZP_SEEN, BT_ZP_PCP | BT_ZP_MOVABLE);
	return (1ULL << order) - had;
}
