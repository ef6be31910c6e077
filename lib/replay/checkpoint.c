/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/checkpoint.h"
#include "model/buddy.h"
#include "replay/guess.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Place of a snapshot that is only known to be after the last event. */
#define AT_THE_END (UINT64_MAX - 1)

struct bdt_checkpoint {
	struct bdt_checkpoint_result result;
	struct bdt_pageflags *pages;
	size_t chunk;    /* next one */
	bool inside;     /* its begin has passed: `before` holds the model's free pages */
	uint8_t *before; /* one byte per page of the chunk */
	struct bdt_buddyinfo buddyinfo, model_before;
	uint64_t buddy_begin, buddy_end;
	enum { BUDDY_WAIT, BUDDY_INSIDE, BUDDY_DONE } buddy;
};

int bdt_checkpoint_create(const struct bdt_tracefile *tf, size_t i, struct bdt_checkpoint **out,
			  struct bdt_diag *diag)
{
	const struct bdt_snapshot *snap = bdt_tracefile_snapshot(tf, i);
	const struct bdt_piece *bi = bdt_snapshot_piece(snap, "buddyinfo");
	struct bdt_checkpoint *c = calloc(1, sizeof(*c));
	uint64_t largest = 0;
	int err = 0;

	if (!c)
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "not enough memory");
	snprintf(c->result.name, sizeof(c->result.name), "%s", snap->name);
	c->result.time_ns = snap->end_ns;
	c->buddy = BUDDY_DONE;
	if (bi) {
		err = bdt_buddyinfo_parse(bi->data, bi->size, &c->buddyinfo, diag);
		c->buddy = BUDDY_WAIT;
		c->buddy_begin = snap->unplaced ? AT_THE_END : bi->begin_ns;
		c->buddy_end = snap->unplaced ? AT_THE_END : bi->end_ns;
		c->result.has_buddyinfo = true;
	}
	if (!err && snap->has_pageflags) {
		err = bdt_tracefile_pageflags(tf, i, &c->pages, diag);
		for (size_t k = 0; !err && k < c->pages->nchunks; k++) {
			if (c->pages->chunks[k].count > largest)
				largest = c->pages->chunks[k].count;
			if (snap->unplaced)
				c->pages->chunks[k].begin_ns = c->pages->chunks[k].end_ns = AT_THE_END;
		}
		c->before = err ? NULL : malloc(largest + 1);
		if (!err && !c->before)
			err = bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "not enough memory");
		c->result.has_pages = true;
	}
	if (err) {
		bdt_checkpoint_destroy(c);
		return err;
	}
	*out = c;
	return 0;
}

void bdt_checkpoint_destroy(struct bdt_checkpoint *c)
{
	if (!c)
		return;
	bdt_pageflags_destroy(c->pages);
	free(c->before);
	free(c);
}

static uint64_t pages_due(const struct bdt_checkpoint *c)
{
	if (!c->pages || c->chunk >= c->pages->nchunks)
		return UINT64_MAX;
	return c->inside ? c->pages->chunks[c->chunk].end_ns : c->pages->chunks[c->chunk].begin_ns;
}

static uint64_t buddy_due(const struct bdt_checkpoint *c)
{
	return c->buddy == BUDDY_DONE ? UINT64_MAX : c->buddy == BUDDY_WAIT ? c->buddy_begin : c->buddy_end;
}

uint64_t bdt_checkpoint_due(const struct bdt_checkpoint *c)
{
	uint64_t pages = pages_due(c), buddy = buddy_due(c);

	return pages < buddy ? pages : buddy;
}

/* One byte per page of [first, first + count): 1 free, 0 not, 2 in no zone. */
static void free_pages(struct bdt_state *s, uint64_t first, uint64_t count, uint8_t *out)
{
	for (uint64_t at = first; at < first + count;) {
		struct bdt_zone *z = bdt_state_zone(s, at);
		struct bdt_block b;
		bool free = z && bdt_zone_find(z, at, &b);
		uint64_t left = first + count - at, n = free ? b.pfn + (1ULL << b.order) - at : 1;

		if (n > left)
			n = left;
		memset(out + (at - first), !z ? 2 : free, n);
		at += n;
	}
}

static void free_page(struct bdt_state *s, bdt_pfn pfn)
{
	struct bdt_zone *z = bdt_state_zone(s, pfn);
	struct bdt_block b;

	if (bdt_guess_holds(z, pfn))
		bdt_guess_refute(s, z, pfn);
	if (bdt_zone_find(z, pfn, &b))
		return;
	bdt_zone_mark(z, pfn, 0, BT_ZP_SEEN, BT_ZP_PCP | BT_ZP_MOVABLE);
	bdt_buddy_free(z, pfn, 0, bdt_zone_type(z, pfn), BT_FREE_UNKNOWN);
}

/*
 * Pages that did not change while their flags were read, and that the kernel had otherwise: so has the model
 * now, at places in the lists that are not known.  `had`: free in the model; what the kernel does not have
 * goes first, so that nothing merges with it.
 */
static void take_over(const struct bdt_checkpoint *c, struct bdt_state *s, uint64_t at, uint64_t n,
		      const uint8_t *had)
{
	const struct bdt_pageflags_chunk *k = &c->pages->chunks[c->chunk];
	const uint16_t *flags = &c->pages->flags[k->first + at];
	bdt_pfn first = k->first + at;

	for (uint64_t i = 0; i < n; i++)
		if (had[i] == 1 && c->before[at + i] == 1 && !(flags[i] & BT_PAGE_BUDDY))
			bdt_buddy_carve(bdt_state_zone(s, first + i), first + i, 0);
	for (uint64_t i = 0; i < n; i++)
		if (had[i] == 0 && c->before[at + i] == 0 && flags[i] & BT_PAGE_BUDDY)
			free_page(s, first + i);
}

static void compare_chunk(struct bdt_checkpoint *c, struct bdt_state *s)
{
	const struct bdt_pageflags_chunk *k = &c->pages->chunks[c->chunk];
	struct bdt_checkpoint_result *r = &c->result;
	uint8_t after[1024];

	for (uint64_t at = 0; at < k->count; at += sizeof(after)) {
		uint64_t n = k->count - at < sizeof(after) ? k->count - at : sizeof(after);

		free_pages(s, k->first + at, n, after);
		for (uint64_t i = 0; i < n; i++) {
			bool kernel = c->pages->flags[k->first + at + i] & BT_PAGE_BUDDY;

			if (after[i] == 2)
				continue;
			if (after[i] != c->before[at + i]) {
				r->pages_excluded++;
				continue;
			}
			r->pages_compared++;
			r->pages_both += kernel && after[i];
			r->pages_kernel += kernel && !after[i];
			r->pages_model += !kernel && after[i];
		}
		take_over(c, s, at, n, after);
	}
}

/* The model's free blocks by zone of the recorded buddyinfo and order. */
static void count_blocks(const struct bdt_state *s, const struct bdt_buddyinfo *like,
			 struct bdt_buddyinfo *out)
{
	*out = *like;
	for (size_t i = 0; i < like->n; i++) {
		memset(out->zones[i].nr_free, 0, sizeof(out->zones[i].nr_free));
		for (size_t k = 0; k < s->nzones; k++) {
			const struct bdt_zone *z = s->zones[k];

			if (z->node != like->zones[i].node || strcmp(z->name, like->zones[i].name))
				continue;
			for (bdt_order o = 0; o <= z->max_order; o++)
				for (int mt = 0; mt < BT_MAX_MIGRATETYPES; mt++)
					out->zones[i].nr_free[o] += z->list[mt][o].nr_free;
		}
	}
}

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* A column is right when the model had the recorded count before or after the read. */
static void compare_buddyinfo(struct bdt_checkpoint *c, const struct bdt_state *s)
{
	struct bdt_buddyinfo after;

	count_blocks(s, &c->buddyinfo, &after);
	for (size_t i = 0; i < after.n; i++)
		for (unsigned int o = 0; o < c->buddyinfo.norders && o < BT_MAX_ORDERS; o++) {
			uint64_t kernel = c->buddyinfo.zones[i].nr_free[o];
			uint64_t d1 = distance(kernel, c->model_before.zones[i].nr_free[o]);
			uint64_t d2 = distance(kernel, after.zones[i].nr_free[o]);
			uint64_t d = d1 < d2 ? d1 : d2;

			c->result.buddyinfo_columns++;
			c->result.buddyinfo_exact += d == 0;
			c->result.nr_free_abs_error += d << o;
		}
}

void bdt_checkpoint_advance(struct bdt_checkpoint *c, struct bdt_state *s, uint64_t time_ns)
{
	while (pages_due(c) <= time_ns) {
		const struct bdt_pageflags_chunk *k = &c->pages->chunks[c->chunk];

		if (!c->inside) {
			free_pages(s, k->first, k->count, c->before);
			c->inside = true;
		} else {
			compare_chunk(c, s);
			c->inside = false;
			c->chunk++;
		}
	}
	while (c->buddy != BUDDY_DONE && buddy_due(c) <= time_ns) {
		if (c->buddy == BUDDY_WAIT)
			count_blocks(s, &c->buddyinfo, &c->model_before);
		else
			compare_buddyinfo(c, s);
		c->buddy++;
	}
}

struct bdt_checkpoint_result bdt_checkpoint_result(const struct bdt_checkpoint *c)
{
	struct bdt_checkpoint_result r = c->result;
	uint64_t all = r.pages_both + r.pages_model + r.pages_kernel;

	r.free_jaccard = !r.has_pages ? -1 : all ? (double)r.pages_both / (double)all : 1;
	return r;
}
