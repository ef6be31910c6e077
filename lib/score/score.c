/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "score/score.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

double bdt_share(uint64_t n, uint64_t of)
{
	return of ? (double)n / (double)of : -1;
}

struct bdt_prf bdt_counts_prf(const struct bdt_counts *c)
{
	return (struct bdt_prf){
		.observed = c->observed,
		.predicted = c->predicted,
		.tp = c->tp,
		.precision = bdt_share(c->tp, c->predicted),
		.recall = bdt_share(c->tp, c->observed),
	};
}

double bdt_counts_f1(const struct bdt_counts *c)
{
	uint64_t sum = c->observed + c->predicted;

	return sum ? 2.0 * (double)c->tp / (double)sum : -1;
}

int bdt_score_create(struct bdt_score **out)
{
	struct bdt_score *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	if (bdt_bins_init(&s->bins, 0)) {
		free(s);
		return -ENOMEM;
	}
	*out = s;
	return 0;
}

void bdt_score_destroy(struct bdt_score *s)
{
	if (!s)
		return;
	bdt_bins_finish(&s->bins);
	free(s);
}

size_t bdt_score_zone(const struct bdt_score *s, const struct bdt_zone *z)
{
	for (size_t i = 0; i < s->state->nzones; i++)
		if (s->state->zones[i] == z)
			return i;
	return 0;
}

static void add(struct bdt_counts *c, bool observed, bool predicted)
{
	c->observed += observed;
	c->predicted += predicted;
	c->tp += observed && predicted;
}

static void count_task(struct bdt_score *s, const struct bdt_outcome *o)
{
	const char *name = bdt_stream_task(s->stream, o->pid);
	size_t i;

	for (i = 0; i < s->ntasks; i++)
		if (!strncmp(s->tasks[i].name, name, sizeof(s->tasks[i].name) - 1))
			break;
	if (i == s->ntasks) {
		if (s->ntasks < BT_TASKS) {
			snprintf(s->tasks[i].name, sizeof(s->tasks[i].name), "%s",
				 i == BT_TASKS - 1 ? "(other tasks)" : name);
			s->ntasks++;
		} else {
			i = BT_TASKS - 1;
		}
	}
	s->tasks[i].fallbacks++;
	s->tasks[i].claims += o->observed.source == BDT_FROM_CLAIM;
	s->tasks[i].steals += o->observed.source == BDT_FROM_STEAL;
}

static bool same_attributes(const struct bdt_outcome *o)
{
	return o->predicted.source == o->observed.source &&
	       o->predicted.fallback_mt == o->observed.fallback_mt &&
	       o->predicted.fallback_order == o->observed.fallback_order;
}

static void count_fallback(struct bdt_score *s, const struct bdt_outcome *o, bool observed, bool predicted,
			   bool onset)
{
	const struct bdt_choice *p = &o->predicted;

	if (observed)
		s->confusion[o->mt][o->observed.fallback_mt][o->order][o->observed.fallback_order].observed++;
	if (predicted)
		s->confusion[o->mt][p->fallback_mt][o->order][p->fallback_order].predicted++;
	if (observed && predicted) {
		s->attributes_exact += same_attributes(o);
		s->fallback_pfn_exact += o->exact;
		if (p->fallback_mt == o->observed.fallback_mt &&
		    p->fallback_order == o->observed.fallback_order)
			s->confusion[o->mt][p->fallback_mt][o->order][p->fallback_order].both++;
	}
	if (observed)
		count_task(s, o);
	if (s->fallbacks)
		bdt_fallbacks_row(s, o, onset);
}

/* Adds one outcome to a tally: the total, a bin or a list. */
static void count_removal(struct bdt_tally *t, const struct bdt_outcome *o, bool observed, bool predicted,
			  bool before)
{
	t->removals++;
	t->exact += o->exact;
	t->known += o->known;
	t->known_exact += o->known && o->exact;
	t->contradictions += o->contradiction;
	add(&t->fallbacks, observed, predicted);
	/* an onset is a fallback whose predecessor on the same list was none */
	if (!before)
		add(&t->onsets, observed, predicted);
}

void bdt_score_removal(struct bdt_score *s, const struct bdt_outcome *o)
{
	bool observed = bdt_source_is_fallback(o->observed.source);
	bool predicted = bdt_source_is_fallback(o->predicted.source);
	size_t zone = bdt_score_zone(s, o->zone);
	bool *last = &s->fell_back[zone][o->mt][o->order];
	enum bdt_class class = observed == predicted ? BDT_CLASS_OTHER
			       : observed            ? BDT_CLASS_FN
						     : BDT_CLASS_FP;

	count_removal(&s->total, o, observed, predicted, *last);
	count_removal(bdt_bins_at(&s->bins, o->time_ns, s->state), o, observed, predicted, *last);
	count_removal(&s->lists[zone][o->mt][o->order], o, observed, predicted, *last);
	add(&s->baseline, observed, *last);
	s->block_order_exact += o->predicted.source != BDT_FROM_NOWHERE && o->predicted.pfn != BT_PFN_NONE &&
				o->observed.free && o->predicted.block.order == o->observed.block_order;
	s->causes[class][o->cause]++;
	if (observed || predicted)
		count_fallback(s, o, observed, predicted, observed && !*last);
	*last = observed;
}

void bdt_score_event(struct bdt_score *s, const struct bdt_event *ev, const struct bdt_state *state)
{
	struct bdt_tally *bin;

	if (!s->begun) {
		s->begun = true;
		s->first_ns = ev->time_ns;
		s->bins.start_ns = ev->time_ns;
	}
	bin = bdt_bins_at(&s->bins, ev->time_ns, state);
	if (ev->kind != BDT_EV_GAP) {
		bin->events++;
		s->events++;
		s->last_ns = ev->time_ns;
		s->total.events += state != NULL;
		return;
	}
	s->gaps++;
	if (ev->gap.count > 0) {
		bin->lost += (uint64_t)ev->gap.count;
		s->lost += (uint64_t)ev->gap.count;
	}
}

void bdt_score_begin(struct bdt_score *s, const struct bdt_state *state, const struct bdt_stream *stream,
		     uint64_t start_ns)
{
	s->state = state;
	s->stream = stream;
	s->start_ns = start_ns;
}
