/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/parted.h"
#include "base/array.h"
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Differences that are kept; more are only counted. */
#define MAX_KEPT (1U << 20)
/* ... and named in the text. */
#define NAMED 12

static const char *const kinds[BDT_DIFFERENCE_NR] = {
	[BDT_ONLY_KERNEL] = "only in the kernel",
	[BDT_ONLY_MODEL] = "only in the model",
	[BDT_MOVED] = "at another place",
};

static const struct bdt_zone *find_zone(const struct bdt_state *state, const struct bdt_exact_lists *lists)
{
	for (size_t i = 0; i < state->nzones; i++)
		if (state->zones[i]->node == lists->node && !strcmp(state->zones[i]->name, lists->zone) &&
		    lists->start >= state->zones[i]->start && lists->end <= state->zones[i]->end)
			return state->zones[i];
	return NULL;
}

/* The last event that touched a page of the block of which the model says something else than "free". */
static uint64_t last_touched(const struct bdt_zone *z, bdt_pfn pfn, bdt_order order)
{
	uint64_t taken = 0, any = 0;
	struct bdt_block b;

	for (bdt_pfn at = pfn; at < pfn + (1ULL << order); at++) {
		uint64_t since = z->placed[at - z->base];
		bool free = bdt_zone_find(z, at, &b);

		if (free && z->placed[b.pfn - z->base] > since)
			since = z->placed[b.pfn - z->base];
		any = since > any ? since : any;
		if (!free)
			taken = since > taken ? since : taken;
	}
	return taken ? taken : any;
}

static void add(struct bdt_parted *p, const struct bdt_zone *z, enum bdt_difference_kind kind, bdt_pfn pfn,
		bdt_order order, bdt_migratetype mt)
{
	struct bdt_difference *d;

	p->n[kind]++;
	if (p->nall == MAX_KEPT || p->err)
		return;
	d = bdt_array_add(&p->all, &p->nall, sizeof(*d));
	if (!d) {
		p->err = -ENOMEM;
		return;
	}
	*d = (struct bdt_difference){
		.since = kind == BDT_ONLY_KERNEL ? last_touched(z, pfn, order) : z->placed[pfn - z->base],
		.pfn = pfn,
		.order = order,
		.mt = mt,
		.kind = kind,
		.model = bdt_page_place(z, pfn, false),
	};
}

/*
 * Of the `n` numbers `place` clears those that are part of one of the longest ascending sequences among them.  By
 * piles: `top[i]` ends the ascending sequence of length i + 1 that ends lowest.  O(n log n).
 */
static void clear_ascending(uint32_t *place, uint32_t n, uint32_t *top, uint32_t *before)
{
	uint32_t piles = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t low = 0, high = piles;

		while (low < high) {
			uint32_t mid = (low + high) / 2;

			if (place[top[mid]] < place[i])
				low = mid + 1;
			else
				high = mid;
		}
		before[i] = low ? top[low - 1] : UINT32_MAX;
		top[low] = i;
		piles += low == piles;
	}
	for (uint32_t at = piles ? top[piles - 1] : UINT32_MAX; at != UINT32_MAX; at = before[at])
		place[at] = UINT32_MAX;
}

/* What one list needs: by block of the model its place, and four numbers for each block of the kernel. */
struct scratch {
	uint32_t *place; /* by page of the zone: place in the model's list from 1 on, 0 = not on it */
	uint32_t *order, *pfns, *top, *before;
};

/*
 * The model's blocks that the kernel does not have.  A list that was read in parts tells it of the blocks between
 * the ones that enclose its last part; what is ahead of them and behind them was taken over with the other parts.
 */
static void add_only_model(struct bdt_parted *p, const struct bdt_zone *z, const struct bdt_exact_list *l,
			   const uint32_t *place)
{
	uint32_t at = z->list[l->type][l->order].head;
	struct bdt_block b;

	if (l->state != BDT_EXACT_WHOLE)
		return;
	if (l->after != BT_EXACT_NO_PFN) {
		if (!bdt_zone_head(z, l->after, &b) || b.order != l->order || b.mt != l->type)
			return;
		at = z->next[l->after - z->base];
	}
	for (; at != BT_PAGE_NIL && z->base + at != l->before; at = z->next[at])
		if (place[at])
			add(p, z, BDT_ONLY_MODEL, z->base + at, l->order, l->type);
}

static void compare_list(struct bdt_parted *p, const struct bdt_zone *z, const struct bdt_exact_list *l,
			 const struct scratch *s)
{
	const struct bdt_list *mine = &z->list[l->type][l->order];
	uint32_t n = l->first + l->last, both = 0, place = 0;

	for (uint32_t at = mine->head; at != BT_PAGE_NIL; at = z->next[at])
		s->place[at] = ++place;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t *at = &s->place[l->pfns[i] - z->base];

		if (!*at) {
			add(p, z, BDT_ONLY_KERNEL, l->pfns[i], l->order, l->type);
			continue;
		}
		/* where the model does not know the place, it does not claim one */
		if (z->page_flags[l->pfns[i] - z->base] & BT_ZP_KNOWN) {
			s->order[both] = *at;
			s->pfns[both++] = l->pfns[i];
		}
		*at = 0;
	}
	clear_ascending(s->order, both, s->top, s->before);
	for (uint32_t i = 0; i < both; i++)
		if (s->order[i] != UINT32_MAX)
			add(p, z, BDT_MOVED, s->pfns[i], l->order, l->type);
	add_only_model(p, z, l, s->place);
	for (uint32_t at = mine->head; at != BT_PAGE_NIL; at = z->next[at])
		s->place[at] = 0;
	p->entries += n;
}

static void compare(struct bdt_parted *p, const struct bdt_zone *z, const struct bdt_exact_lists *lists)
{
	uint32_t most = 0, *memory;
	struct scratch s = { .place = calloc(z->npages, sizeof(*s.place)) };

	for (uint32_t i = 0; i < lists->nlists; i++)
		if (lists->list[i].first + lists->list[i].last > most)
			most = lists->list[i].first + lists->list[i].last;
	memory = calloc(4 * (size_t)most + 1, sizeof(*memory));
	if (!s.place || !memory) {
		p->err = -ENOMEM;
	} else {
		s.order = memory;
		s.pfns = s.order + most;
		s.top = s.pfns + most;
		s.before = s.top + most;
		for (uint32_t i = 0; i < lists->nlists; i++)
			if (lists->list[i].order <= z->max_order && lists->list[i].type < BT_MT_LIMBO)
				compare_list(p, z, &lists->list[i], &s);
	}
	free(s.place);
	free(memory);
}

static bool is_wanted(const struct bdt_parted *p, const struct bdt_parted_snapshot *s)
{
	char *end;

	if (!p->wanted || !strcmp(p->wanted, s->name))
		return true;
	return isdigit((unsigned char)*p->wanted) && strtoul(p->wanted, &end, 10) == s->number && !*end;
}

/* The lists are of another snapshot than those before: the model has taken that over. */
static void begin_snapshot(struct bdt_parted *p, size_t number, const char *name)
{
	struct bdt_parted_snapshot before = p->now;
	bool wanted;

	p->now.number = number;
	snprintf(p->now.name, sizeof(p->now.name), "%s", name);
	wanted = is_wanted(p, &p->now);
	p->done = p->to.number && (p->nall || !wanted);
	if (p->done || !wanted || !before.number)
		return;
	p->from = before;
	p->from_event = p->event;
	p->to = p->now;
	p->entries = 0;
}

void bdt_parted_lists(struct bdt_parted *p, const struct bdt_state *state, const struct bdt_exact_lists *lists,
		      const struct bdt_exact_result *result)
{
	const struct bdt_zone *z = find_zone(state, lists);
	size_t number = (size_t)(result - p->results) + 1;

	if (p->done || lists->pcp || !z || !z->placed)
		return;
	if (p->now.number != number)
		begin_snapshot(p, number, result->name);
	if (p->done)
		return;
	if (p->to.number == number)
		compare(p, z, lists);
	p->event = z->event;
}

static int by_event(const void *a, const void *b)
{
	const struct bdt_difference *x = a, *y = b;

	if (x->since != y->since)
		return x->since < y->since ? -1 : 1;
	return x->pfn < y->pfn ? -1 : x->pfn > y->pfn;
}

void bdt_parted_sort(struct bdt_parted *p)
{
	if (p->nall)
		qsort(p->all, p->nall, sizeof(*p->all), by_event);
}

void bdt_parted_print(const struct bdt_parted *p, const struct bdt_inspect_text *t)
{
	FILE *out = t->out;

	fprintf(out,
		"snapshot %zu, %s, %" PRIu64 " blocks, against the model, which took over snapshot %zu, %s, until event #%" PRIu64
		"\n",
		p->to.number, p->to.name, p->entries, p->from.number, p->from.name, p->from_event);
	for (int i = 0; i < BDT_DIFFERENCE_NR; i++)
		fprintf(out, "  %-20s %" PRIu64 "\n", kinds[i], p->n[i]);
	if (!p->nall) {
		fputs("nothing differs\n", out);
		return;
	}
	if (p->all[0].since <= p->from_event)
		fputs("no event since then touched the block that differs first: it changed without one\n", out);
	else
		fprintf(out, "kernel and model can have parted from event #%" PRIu64 " on: it is the last one that touched the "
			     "block that differs first\n",
			p->all[0].since);
	fputs("by the last event that touched them in the model:\n", out);
	for (size_t i = 0; i < p->nall && i < NAMED; i++) {
		const struct bdt_difference *d = &p->all[i];

		fprintf(out, "  #%-10" PRIu64 " %-18s 0x%" PRIx64 " order %u %s; model: ", d->since, kinds[d->kind],
			d->pfn, d->order, bdt_stream_migratetype_name(t->stream, d->mt));
		bdt_text_place(t, &d->model);
		fputc('\n', out);
	}
	if (p->nall > NAMED)
		fprintf(out, "  and %zu more\n", p->nall - NAMED);
}

void bdt_parted_finish(struct bdt_parted *p)
{
	free(p->all);
	p->all = NULL;
}
