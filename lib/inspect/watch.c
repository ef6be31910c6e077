/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/watch.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

struct record {
	struct bdt_event ev;
	bool named;   /* the event names a page of the block; else the block changed when it was applied */
	bool removal; /* a prediction was about the block */
	bool exact;
	enum bdt_cause cause;
	bdt_pfn predicted; /* BT_PFN_NONE = nothing */
	struct bdt_page_place before, after;
};

struct watched {
	const char *name;
	bdt_pfn pfn;
	bdt_order order;
	struct record *ring; /* `history` of them */
	uint64_t n;	     /* records so far */
	bool open;	     /* the last record waits for what its event did */
	bool seen;	     /* `last` is filled */
	struct bdt_page_place last;
};

struct bdt_watch {
	unsigned int history;
	size_t n;
	struct bdt_event previous;
	struct watched blocks[BT_MAX_WATCHED];
};

int bdt_watch_create(unsigned int history, struct bdt_watch **out)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->history = history;
	return 0;
}

void bdt_watch_destroy(struct bdt_watch *w)
{
	for (size_t i = 0; w && i < w->n; i++)
		free(w->blocks[i].ring);
	free(w);
}

void bdt_watch_add(struct bdt_watch *w, const char *name, bdt_pfn pfn, bdt_order order)
{
	struct record *ring;

	for (size_t i = 0; i < w->n; i++)
		if (w->blocks[i].pfn == pfn && w->blocks[i].order == order)
			return;
	ring = w->n < BT_MAX_WATCHED ? calloc(w->history, sizeof(*ring)) : NULL;
	if (ring)
		w->blocks[w->n++] = (struct watched){ .name = name, .pfn = pfn, .order = order, .ring = ring };
}

/* The pages that an event names; false when it names none. */
static bool named_pages(const struct bdt_event *ev, bdt_pfn *first, bdt_pfn *end)
{
	int64_t pfn = ev->field[0], order = ev->field[1];

	switch (ev->kind) {
	case BDT_EV_PAGE_ALLOC:
	case BDT_EV_PAGE_FREE:
	case BDT_EV_ZONE_LOCKED:
	case BDT_EV_PCPU_DRAIN:
		break;
	case BDT_EV_EXTFRAG:
		order = ev->extfrag.fallback_order;
		break;
	case BDT_EV_PAGE_FREE_BATCHED:
		order = 0;
		break;
	case BDT_EV_COMPACTION_ISOLATE_MIGRATEPAGES:
	case BDT_EV_COMPACTION_ISOLATE_FREEPAGES:
	case BDT_EV_COMPACTION_FAST_ISOLATE_FREEPAGES:
		*first = (bdt_pfn)ev->isolate.start_pfn;
		*end = (bdt_pfn)ev->isolate.end_pfn;
		return true;
	default:
		return false;
	}
	if (pfn < 0 || order < 0 || order >= BT_MAX_ORDERS)
		return false;
	*first = (bdt_pfn)pfn;
	*end = *first + (1ULL << order);
	return true;
}

static bool names(const struct bdt_event *ev, const struct watched *b)
{
	bdt_pfn first, end;

	return named_pages(ev, &first, &end) && first < b->pfn + (1ULL << b->order) && b->pfn < end;
}

static struct record *last_record(const struct bdt_watch *w, struct watched *b)
{
	return &b->ring[(b->n - 1) % w->history];
}

static struct record *new_record(const struct bdt_watch *w, struct watched *b, const struct bdt_event *ev,
				 bool named)
{
	struct record *r = &b->ring[b->n++ % w->history];

	*r = (struct record){ .ev = *ev, .named = named, .before = b->last, .after = b->last };
	r->ev.raw = NULL;
	b->open = true;
	return r;
}

/* What did the events since do to the block? */
static void look(struct bdt_watch *w, struct watched *b, const struct bdt_state *state)
{
	struct bdt_page_place now;
	struct bdt_zone *z = NULL;

	for (size_t i = 0; !z && i < state->nzones; i++)
		if (bdt_zone_spans(state->zones[i], b->pfn))
			z = state->zones[i];
	if (!z)
		return;
	now = bdt_page_place(z, b->pfn, false);
	if (b->seen && bdt_page_place_same(&now, &b->last) && !b->open)
		return;
	now = bdt_page_place(z, b->pfn, true);
	if (b->seen && !b->open)
		new_record(w, b, &w->previous, false);
	if (b->open)
		last_record(w, b)->after = now;
	b->open = false;
	b->last = now;
	b->seen = true;
}

void bdt_watch_event(struct bdt_watch *w, const struct bdt_event *ev, const struct bdt_state *state)
{
	for (size_t i = 0; i < w->n; i++) {
		struct watched *b = &w->blocks[i];

		if (state)
			look(w, b, state);
		if (names(ev, b))
			new_record(w, b, ev, true);
	}
	w->previous = *ev;
}

/* The record of event `number`; NULL when it is not among those kept. */
static struct record *find_record(const struct bdt_watch *w, struct watched *b, uint64_t number)
{
	for (uint64_t i = b->n; i > 0 && b->n - i < w->history; i--)
		if (b->ring[(i - 1) % w->history].ev.number == number)
			return &b->ring[(i - 1) % w->history];
	return NULL;
}

void bdt_watch_removal(struct bdt_watch *w, const struct bdt_outcome *o)
{
	for (size_t i = 0; i < w->n; i++) {
		struct watched *b = &w->blocks[i];
		bool about = o->observed.pfn < b->pfn + (1ULL << b->order) &&
			     b->pfn < o->observed.pfn + (1ULL << o->order);
		struct record *r = about ? find_record(w, b, o->number) : NULL;

		if (!r)
			continue;
		r->removal = true;
		r->exact = o->exact;
		r->cause = o->cause;
		r->predicted = o->predicted.source == BDT_FROM_NOWHERE ? BT_PFN_NONE : o->predicted.pfn;
		/* what it does to the model is still to come */
		b->open = r == last_record(w, b);
	}
}

void bdt_watch_end(struct bdt_watch *w, const struct bdt_state *state)
{
	for (size_t i = 0; i < w->n; i++)
		look(w, &w->blocks[i], state);
}

static void print_record(const struct record *r, const struct bdt_inspect_text *t)
{
	fputs("  ", t->out);
	bdt_text_event(t, &r->ev);
	if (!r->named)
		fputs("  (names other pages)", t->out);
	fputc('\n', t->out);
	if (r->removal && r->exact)
		fputs("      predicted\n", t->out);
	else if (r->removal && r->predicted == BT_PFN_NONE)
		fprintf(t->out, "      %s: nothing was predicted\n", bdt_cause_names[r->cause]);
	else if (r->removal)
		fprintf(t->out, "      %s: 0x%" PRIx64 " was predicted\n", bdt_cause_names[r->cause], r->predicted);
	fputs("      ", t->out);
	if (!bdt_page_place_same(&r->before, &r->after)) {
		bdt_text_place(t, &r->before);
		fputs("\n      -> ", t->out);
	}
	bdt_text_place(t, &r->after);
	fputc('\n', t->out);
}

void bdt_watch_print(const struct bdt_watch *w, const struct bdt_inspect_text *t)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct watched *b = &w->blocks[i];
		uint64_t first = b->n > w->history ? b->n - w->history : 0;

		fprintf(t->out, "\n%s, 0x%" PRIx64 " order %u: %" PRIu64 " event%s", b->name, b->pfn, b->order,
			b->n, b->n == 1 ? "" : "s");
		fprintf(t->out, first ? ", the last %u:\n" : ":\n", w->history);
		for (uint64_t k = first; k < b->n; k++)
			print_record(&b->ring[k % w->history], t);
	}
}
