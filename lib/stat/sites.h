/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_STAT_SITES_H
#define BT_STAT_SITES_H

#include "stat/names.h"
#include "stat/symbols.h"
#include <buddytrace/stat.h>

/* Who wanted the memory: stacks of callers, counted by what is left of them outside of the allocator. */
#define BT_SITES_MAX   4096 /* different ones; more are counted together */
#define BT_STACK_DEPTH 64   /* frames that are looked at */
#define BT_SITES_CACHE 1024

struct bdt_sites {
	struct bdt_names keys; /* "VIA\tFRAME\tFRAME\tFRAME" */
	struct bdt_site_count {
		uint64_t count, owned;
	} counts[BT_SITES_MAX + 1]; /* by number of the key; the last one is for all others */
	/* Stacks seen lately in this file: their hash, 0 = none, and their site. */
	struct {
		uint64_t hash;
		uint32_t site;
	} cache[BT_SITES_CACHE];
	const char *kallsyms; /* of the file; borrowed */
	size_t kallsyms_len;
	bool loaded;
	struct bdt_symbols symbols;
	struct bdt_stat_site *rows;
	char (*texts)[4 * BT_SYMBOL_NAME]; /* keys of the rows, taken apart */
};

/* 0 or -ENOMEM.  Free with bdt_sites_finish(). */
int bdt_sites_init(struct bdt_sites *sites);
void bdt_sites_finish(struct bdt_sites *sites);
/* Another file: addresses mean something else.  `kallsyms` is borrowed until the next call. */
void bdt_sites_file(struct bdt_sites *sites, const char *kallsyms, size_t len);
/* Counts a fallback with the return addresses `stack`, innermost first.  -ENOMEM when symbols do not fit. */
int bdt_sites_add(struct bdt_sites *sites, const uint64_t *stack, size_t depth, bool owned);
/* The sites, most fallbacks first; borrowed until the next call; NULL without memory. */
const struct bdt_stat_site *bdt_sites_rows(struct bdt_sites *sites, size_t *n);

#endif
