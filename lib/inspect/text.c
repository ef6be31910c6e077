/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "inspect/text.h"
#include <inttypes.h>
#include <string.h>

struct bdt_page_place bdt_page_place(const struct bdt_zone *z, bdt_pfn pfn, bool walk)
{
	struct bdt_page_place p = { .flags = z->page_flags[pfn - z->base],
				    .type = bdt_zone_type(z, pfn),
				    .type_guessed = bdt_zone_type_guessed(z, pfn) };

	p.free = bdt_zone_find(z, pfn, &p.block);
	if (!p.free || !walk)
		return p;
	for (uint32_t i = z->prev[p.block.pfn - z->base]; i != BT_PAGE_NIL; i = z->prev[i])
		if (++p.at > BT_PLACE_WALK) {
			p.at = BT_PAGE_NIL;
			break;
		}
	return p;
}

bool bdt_page_place_same(const struct bdt_page_place *a, const struct bdt_page_place *b)
{
	return a->free == b->free && a->type == b->type && a->type_guessed == b->type_guessed &&
	       ((a->flags ^ b->flags) & BT_ZP_PCP) == 0 &&
	       (!a->free || (a->block.pfn == b->block.pfn && a->block.order == b->block.order &&
			     a->block.mt == b->block.mt && a->block.known == b->block.known));
}

static const char *type_name(const struct bdt_inspect_text *t, bdt_migratetype mt)
{
	return mt == BT_MT_LIMBO ? "no list (limbo)" : bdt_stream_migratetype_name(t->stream, mt);
}

/* A pfn as the kernel prints it. */
static bool is_pfn(const char *name)
{
	size_t n = strlen(name);

	return n >= 3 && !strcmp(name + n - 3, "pfn");
}

void bdt_text_event(const struct bdt_inspect_text *t, const struct bdt_event *ev)
{
	const struct bdt_event_desc *desc = &bdt_event_kinds[ev->kind];
	uint64_t ns = ev->time_ns > t->first_ns ? ev->time_ns - t->first_ns : 0;

	fprintf(t->out, "#%" PRIu64 "  %" PRIu64 ".%09" PRIu64 " s  CPU %u  %s-%d  %s", ev->number,
		ns / 1000000000, ns % 1000000000, ev->cpu, bdt_stream_task(t->stream, ev->pid), ev->pid,
		desc->name ? desc->name : ev->kind == BDT_EV_GAP ? "events were lost" : "other event");
	for (int i = 0; i < BT_EVENT_FIELDS && desc->fields[i]; i++)
		if (!(ev->missing & 1 << i))
			fprintf(t->out, is_pfn(desc->fields[i]) ? " %s=0x%" PRIx64 : " %s=%" PRId64,
				desc->fields[i], ev->field[i]);
}

void bdt_text_place(const struct bdt_inspect_text *t, const struct bdt_page_place *p)
{
	FILE *out = t->out;

	if (!p->free) {
		fprintf(out, "not free%s", p->flags & BT_ZP_PCP ? " (on a per-CPU list)" : "");
	} else {
		fprintf(out, "free: block 0x%" PRIx64 " order %u on %s%s, ", p->block.pfn, p->block.order,
			type_name(t, p->block.mt), p->block.known ? "" : " (place not known)");
		if (p->at == BT_PAGE_NIL)
			fprintf(out, "more than %d blocks ahead of it", BT_PLACE_WALK);
		else if (p->at)
			fprintf(out, "%u block%s ahead of it", p->at, p->at == 1 ? "" : "s");
		else
			fputs("first of its list", out);
	}
	fprintf(out, "; pageblock %s%s", type_name(t, p->type), p->type_guessed ? " (assumed)" : "");
}

void bdt_text_source(const struct bdt_inspect_text *t, enum bdt_source source, bdt_order order,
		     bdt_migratetype mt, bdt_migratetype fallback_mt, bdt_order fallback_order)
{
	static const char *const names[] = {
		[BDT_FROM_NOWHERE] = "nothing: no free block",	[BDT_FROM_OWN] = "its own lists",
		[BDT_FROM_CLAIM] = "a claim",			[BDT_FROM_STEAL] = "a steal",
		[BDT_FROM_CMA] = "the CMA lists",		[BDT_FROM_RESERVED] = "the reserved lists",
	};

	fprintf(t->out, "%s", names[source]);
	if (bdt_source_is_fallback(source))
		fprintf(t->out, " from %s order %u", type_name(t, fallback_mt), fallback_order);
	fprintf(t->out, " for %s order %u", type_name(t, mt), order);
}
