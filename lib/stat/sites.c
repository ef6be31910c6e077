/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stat/sites.h"
#include "stat/allocator.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int bdt_sites_init(struct bdt_sites *sites)
{
	return bdt_names_init(&sites->keys, BT_SITES_MAX);
}

void bdt_sites_finish(struct bdt_sites *sites)
{
	bdt_names_finish(&sites->keys);
	bdt_symbols_finish(&sites->symbols);
	free(sites->rows);
	free(sites->texts);
}

void bdt_sites_file(struct bdt_sites *sites, const char *kallsyms, size_t len)
{
	bdt_symbols_finish(&sites->symbols);
	sites->kallsyms = kallsyms;
	sites->kallsyms_len = len;
	sites->loaded = false;
	memset(sites->cache, 0, sizeof(sites->cache));
}

/*
 * Index of the first frame outside of the allocator, and by which layer it was entered:
 *
 *	trace_event_raw_event_mm_page_alloc_extfrag	TRACE
 *	__rmqueue_pcplist				PAGES
 *	get_page_from_freelist				PAGES
 *	alloc_pages_noprof				PAGES
 *	new_slab					SLAB	<- via
 *	alloc_inode					CALLER	<- first
 *
 * In front of the first frame of the page allocator any function may stand: it was inlined elsewhere, and has
 *a name that the table does not know.  Without any such frame the stack begins behind those of tracing.
 */
static size_t skip_allocator(const enum bdt_frame *kind, size_t depth, enum bdt_frame *via)
{
	size_t i = 0;

	*via = BDT_FRAME_PAGES;
	while (i < depth && kind[i] != BDT_FRAME_PAGES)
		i++;
	if (i == depth) {
		for (i = 0; i < depth && kind[i] == BDT_FRAME_TRACE; i++)
			;
		return i;
	}
	for (; i < depth && kind[i] != BDT_FRAME_CALLER; i++)
		if (kind[i] != BDT_FRAME_TRACE && kind[i] != BDT_FRAME_PAGES)
			*via = kind[i];
	return i;
}

static size_t find_site(struct bdt_sites *sites, const uint64_t *stack, size_t depth)
{
	char name[BT_STACK_DEPTH][BT_SYMBOL_NAME], key[4 * BT_SYMBOL_NAME];
	enum bdt_frame kind[BT_STACK_DEPTH], via;
	size_t first, used;

	for (size_t i = 0; i < depth; i++) {
		bdt_symbols_name(&sites->symbols, stack[i], name[i]);
		kind[i] = bdt_frame_kind(name[i]);
	}
	first = skip_allocator(kind, depth, &via);
	used = (size_t)snprintf(key, sizeof(key), "%s", bdt_frame_name(via));
	for (size_t i = first; i < first + BT_SITE_FRAMES; i++)
		used += (size_t)snprintf(key + used, sizeof(key) - used, "\t%s", i < depth ? name[i] : "");
	return bdt_names_add(&sites->keys, key);
}

static uint64_t hash(const uint64_t *stack, size_t depth)
{
	uint64_t h = depth;

	for (size_t i = 0; i < depth; i++) {
		h = (h ^ stack[i]) * 0x9e3779b97f4a7c15;
		h ^= h >> 29;
	}
	return h ? h : 1;
}

int bdt_sites_add(struct bdt_sites *sites, const uint64_t *stack, size_t depth, bool owned)
{
	uint64_t h;
	size_t slot;

	depth = depth < BT_STACK_DEPTH ? depth : BT_STACK_DEPTH;
	if (!sites->loaded && bdt_symbols_init(&sites->symbols, sites->kallsyms, sites->kallsyms_len))
		return -ENOMEM;
	sites->loaded = true;
	h = hash(stack, depth);
	slot = h % BT_SITES_CACHE;
	if (sites->cache[slot].hash != h) {
		sites->cache[slot].hash = h;
		sites->cache[slot].site = (uint32_t)find_site(sites, stack, depth);
	}
	sites->counts[sites->cache[slot].site].count++;
	sites->counts[sites->cache[slot].site].owned += owned;
	return 0;
}

static int by_count(const void *a, const void *b)
{
	const struct bdt_stat_site *x = a, *y = b;

	if (x->count != y->count)
		return x->count < y->count ? 1 : -1;
	for (int i = 0; i < BT_SITE_FRAMES; i++) {
		int order = strcmp(x->frame[i], y->frame[i]);

		if (order)
			return order;
	}
	return strcmp(x->via, y->via);
}

/* Takes a key apart in its text. */
static void split(struct bdt_stat_site *row, char *text)
{
	row->via = strsep(&text, "\t");
	for (int i = 0; i < BT_SITE_FRAMES; i++) {
		const char *frame = strsep(&text, "\t");

		row->frame[i] = frame ? frame : "";
	}
}

const struct bdt_stat_site *bdt_sites_rows(struct bdt_sites *sites, size_t *n)
{
	*n = 0;
	free(sites->rows);
	free(sites->texts);
	sites->rows = calloc(sites->keys.n + 1, sizeof(*sites->rows));
	sites->texts = calloc(sites->keys.n + 1, sizeof(*sites->texts));
	if (!sites->rows || !sites->texts)
		return NULL;
	for (size_t i = 0; i <= sites->keys.n; i++) {
		bool rest = i == sites->keys.n;
		const struct bdt_site_count *count = &sites->counts[rest ? BT_SITES_MAX : i];
		struct bdt_stat_site *row = &sites->rows[*n];

		if (!count->count)
			continue;
		snprintf(sites->texts[*n], sizeof(sites->texts[*n]), "%s",
			 rest ? "\t(others)" : sites->keys.text[i]);
		split(row, sites->texts[*n]);
		row->count = count->count;
		row->owned = count->owned;
		++*n;
	}
	qsort(sites->rows, *n, sizeof(*sites->rows), by_count);
	return sites->rows;
}
