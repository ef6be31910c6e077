/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/state.h"
#include "machine/exactlists.h"
#include "model/reporting.h"
#include "replay/marker.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Largest machine a trace without zoneinfo may have, pages: 1 TiB of 4 KiB pages. */
#define UNKNOWN_END (1ULL << 28)
/* Largest zone that is modelled, pages: the page index has 32 bits. */
#define MAX_SPAN (1ULL << 31)

struct bdt_zone *bdt_state_zone(struct bdt_state *s, bdt_pfn pfn)
{
	if (s->last < s->nzones && bdt_zone_spans(s->zones[s->last], pfn))
		return s->zones[s->last];
	for (size_t i = 0; i < s->nzones; i++)
		if (bdt_zone_spans(s->zones[i], pfn)) {
			s->last = i;
			return s->zones[i];
		}
	return NULL;
}

static int add_zone(struct bdt_state *s, int node, const char *name, unsigned int index, bdt_pfn start,
		    bdt_pfn end, bdt_order max_order, bdt_order pageblock_order)
{
	struct bdt_zone *z;
	int err = bdt_zone_create(s->profile, start, end, max_order, pageblock_order, &z);

	if (err)
		return err;
	z->node = node;
	z->index = index;
	snprintf(z->name, sizeof(z->name), "%s", name);
	s->zones[s->nzones++] = z;
	return 0;
}

int bdt_state_create_unknown(struct bdt_state *s, const struct bdt_profile *profile, bool x86_64,
			     bdt_order max_order, bdt_order pageblock_order)
{
	/* cf. arch/x86: MAX_DMA_PFN is 16 MiB, MAX_DMA32_PFN 4 GiB */
	static const struct {
		const char *name;
		bdt_pfn start, end;
	} x86[] = { { "DMA", 1, 0x1000 },
		    { "DMA32", 0x1000, 0x100000 },
		    { "Normal", 0x100000, UNKNOWN_END } };
	int err = 0;

	s->profile = profile;
	if (!x86_64)
		return add_zone(s, 0, "Normal", 0, 0, UNKNOWN_END, max_order, pageblock_order);
	for (unsigned int i = 0; !err && i < sizeof(x86) / sizeof(x86[0]); i++)
		err = add_zone(s, 0, x86[i].name, i, x86[i].start, x86[i].end, max_order, pageblock_order);
	return err;
}

int bdt_state_create(struct bdt_state *s, const struct bdt_profile *profile, const struct bdt_zoneinfo *zi,
		     bdt_order max_order, bdt_order pageblock_order, struct bdt_diag *diag)
{
	s->profile = profile;
	for (size_t i = 0; i < zi->n; i++) {
		const struct bdt_zoneinfo_zone *z = &zi->zones[i];
		int err;

		if (!z->spanned)
			continue;
		if (z->spanned > MAX_SPAN || z->start_pfn > (1ULL << 52))
			return bdt_diag_set(
				diag, -EBADMSG, BT_NO_OFFSET,
				"snapshot: zoneinfo: zone %s spans %llu pages, which no machine has", z->name,
				(unsigned long long)z->spanned);
		err = add_zone(s, z->node, z->name, z->index, z->start_pfn, z->start_pfn + z->spanned,
			       max_order, pageblock_order);
		if (err)
			return bdt_diag_set(diag, err, BT_NO_OFFSET,
					    "not enough memory for zone %s of %llu pages", z->name,
					    (unsigned long long)z->spanned);
	}
	if (!s->nzones)
		return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET,
				    "snapshot: zoneinfo names no zone with memory");
	return 0;
}

void bdt_state_finish(struct bdt_state *s)
{
	for (size_t i = 0; i < s->nzones; i++)
		bdt_zone_destroy(s->zones[i]);
	s->nzones = 0;
	for (size_t i = 0; i < BT_MAX_CPUS; i++)
		free(s->bypass[i]);
	memset(s->bypass, 0, sizeof(s->bypass));
}

void bdt_state_name_types(struct bdt_state *s, bool cma, bool isolate)
{
	for (size_t i = 0; i < s->nzones; i++)
		bdt_zone_name_types(s->zones[i], cma, isolate);
}

static bool any_reported(const struct bdt_state *s)
{
	for (size_t i = 0; i < s->nzones; i++)
		if (bdt_reporting_any(s->zones[i]))
			return true;
	return false;
}

void bdt_state_set_reporting(struct bdt_state *s, bdt_order order, bool inherits)
{
	bool told;

	for (size_t i = 0; i < s->nzones; i++) {
		if (order > s->zones[i]->max_order)
			return;
		s->zones[i]->reporting_order = order;
		s->zones[i]->reporting_inherits = inherits;
		s->reporting = true;
	}
	told = any_reported(s);
	for (size_t i = 0; i < s->nzones && !told; i++)
		bdt_reporting_settled(s->zones[i]);
}

void bdt_state_forget_order(struct bdt_state *s)
{
	for (size_t i = 0; i < s->nzones; i++) {
		struct bdt_zone *z = s->zones[i];

		for (int mt = 0; mt < BT_MAX_MIGRATETYPES; mt++)
			for (bdt_order order = 0; order <= z->max_order; order++)
				for (uint32_t at = z->list[mt][order].head; at != BT_PAGE_NIL;
				     at = z->next[at])
					z->page_flags[at] &= (uint8_t)~BT_ZP_KNOWN;
	}
}

void bdt_state_pcp_marker(struct bdt_state *s, const struct bdt_event *ev)
{
	char text[64];
	uint64_t start;

	if (!bdt_marker_text(ev, BT_PCP_MARKER, text, sizeof(text)) || ev->cpu >= BT_MAX_CPUS)
		return;
	s->pcp_held[ev->cpu] = 0;
	if (sscanf(text, BT_PCP_HELD_MARKER "%" SCNx64, &start) != 1)
		return;
	for (size_t i = 0; i < s->nzones; i++)
		if (s->zones[i]->start == start)
			s->pcp_held[ev->cpu] = (uint8_t)(i + 1);
}

bool bdt_state_frees_directly(const struct bdt_state *s, const struct bdt_zone *z, const struct bdt_event *ev)
{
	const struct bdt_bypass *b = ev->cpu < BT_MAX_CPUS ? s->bypass[ev->cpu] : NULL;

	if (!bdt_profile_pcp_order(s->profile, (bdt_order)ev->free.order, z->pageblock_order))
		return true;
	if (s->pcp_watched && ev->flags & BT_EVENT_SOFTIRQ)
		return s->pcp_held[ev->cpu] && s->zones[s->pcp_held[ev->cpu] - 1] == z;
	return b && bdt_bypass_expected(b, ev);
}

struct bdt_bypass *bdt_state_bypass(struct bdt_state *s, uint32_t cpu)
{
	if (!s->profile->pcp_trylock || s->pcp_watched || cpu >= BT_MAX_CPUS)
		return NULL;
	if (!s->bypass[cpu])
		s->bypass[cpu] = calloc(1, sizeof(*s->bypass[cpu]));
	return s->bypass[cpu];
}
