/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/text.h"
#include <inttypes.h>

/* Blocks of a list that are named. */
#define HEADS 4

static const char *const meaning[BDT_CAUSE_NR] = {
	[BDT_CAUSE_NONE] = "the prediction was right",
	[BDT_CAUSE_STATE_UNKNOWN] =
		"one of the blocks has a place or a pageblock type that no event and no snapshot told",
	[BDT_CAUSE_LOST_EVENTS] = "events were lost less than a second before",
	[BDT_CAUSE_COMPACTION] =
		"the zone was compacted less than a second before: pages move and lists rotate without events",
	[BDT_CAUSE_PCP_BYPASS] =
		"the last event of the page freed it to a per-CPU list, and no drain of it was recorded",
	[BDT_CAUSE_UNRECORDED] =
		"the model holds the page not free, and no recorded event freed it: the event is missing, or stands "
		"at another place of the stream than its effect",
	[BDT_CAUSE_REORDER] =
		"another CPU freed the predicted block less than 50 us before, by an event that is written before the "
		"zone lock is taken: the kernel may have taken the page first",
	[BDT_CAUSE_MODEL] =
		"both places were known and nothing else explains it: a rule of the model is wrong, or something "
		"happened that has no event",
};

static void print_put_there(const struct bdt_inspect_text *t, const struct bdt_zone *z, bdt_pfn pfn)
{
	if (z->placed)
		fprintf(t->out, ", since event #%" PRIu64, z->placed[pfn - z->base]);
}

/* The lists that a request of this order and type could be served from. */
static void print_lists(const struct bdt_inspect_text *t, const struct bdt_zone *z, bdt_order order)
{
	for (bdt_order o = order; o <= z->max_order; o++) {
		fprintf(t->out, "    order %2u:", o);
		for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++)
			if (z->list[mt][o].nr_free)
				fprintf(t->out, " %s %u",
					mt == BT_MT_LIMBO ? "limbo"
							  : bdt_stream_migratetype_name(t->stream, mt),
					z->list[mt][o].nr_free);
		fputc('\n', t->out);
	}
}

static void print_heads(const struct bdt_inspect_text *t, const struct bdt_zone *z, bdt_order order,
			bdt_migratetype mt)
{
	uint32_t at = z->list[mt][order].head;

	fprintf(t->out, "  head of list %s order %u:\n", bdt_stream_migratetype_name(t->stream, mt), order);
	for (int i = 0; i < HEADS && at != BT_PAGE_NIL; i++, at = z->next[at]) {
		fprintf(t->out, "    0x%" PRIx64 "%s", z->base + at,
			z->page_flags[at] & BT_ZP_KNOWN ? "" : " (place not known)");
		print_put_there(t, z, z->base + at);
		fputc('\n', t->out);
	}
}

static void print_side(const struct bdt_inspect_text *t, const struct bdt_zone *z, const char *name, bdt_pfn pfn)
{
	struct bdt_page_place place;

	if (pfn == BT_PFN_NONE || !bdt_zone_spans(z, pfn)) {
		fprintf(t->out, "  %s no page\n", name);
		return;
	}
	place = bdt_page_place(z, pfn, true);
	fprintf(t->out, "  %s 0x%" PRIx64 ": ", name, pfn);
	bdt_text_place(t, &place);
	print_put_there(t, z, place.free ? place.block.pfn : pfn);
	fputc('\n', t->out);
}

void bdt_text_outcome(const struct bdt_inspect_text *t, const struct bdt_outcome *o)
{
	const struct bdt_choice *p = &o->predicted;
	const struct bdt_zone *z = o->zone;
	uint64_t ns = o->time_ns > t->first_ns ? o->time_ns - t->first_ns : 0;

	fprintf(t->out, "event #%" PRIu64 " at %" PRIu64 ".%09" PRIu64 " s, CPU %u, %s-%d, node %d zone %s: %s\n",
		o->number, ns / 1000000000, ns % 1000000000, o->cpu, bdt_stream_task(t->stream, o->pid), o->pid,
		z->node, z->name, o->exact ? "exact" : bdt_cause_names[o->cause]);
	fprintf(t->out, "  %s\n", meaning[o->cause]);
	fputs("  kernel: ", t->out);
	bdt_text_source(t, o->observed.source, o->order, o->mt, o->observed.fallback_mt,
			o->observed.fallback_order);
	fputs("\n  model:  ", t->out);
	bdt_text_source(t, p->source, o->order, o->mt, p->fallback_mt, p->fallback_order);
	fputs("\nthe lists of the model before:\n", t->out);
	print_side(t, z, "kernel took", o->observed.pfn);
	print_side(t, z, "predicted  ", p->source == BDT_FROM_NOWHERE ? BT_PFN_NONE : p->pfn);
	if (p->source != BDT_FROM_NOWHERE && p->pfn != BT_PFN_NONE)
		print_heads(t, z, p->block.order, p->block.mt);
	if (o->observed.free && (o->observed.block_order != p->block.order || p->source == BDT_FROM_NOWHERE)) {
		struct bdt_page_place place = bdt_page_place(z, o->observed.pfn, false);

		if (place.free && place.block.mt != BT_MT_LIMBO)
			print_heads(t, z, place.block.order, place.block.mt);
	}
	fputs("  free blocks:\n", t->out);
	print_lists(t, z, o->order);
}
