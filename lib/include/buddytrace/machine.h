/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BUDDYTRACE_MACHINE_H
#define BUDDYTRACE_MACHINE_H

#include <buddytrace/diag.h>
#include <buddytrace/event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The recorded machine's memory as its /proc files describe it.  Parsers of text that came from outside: they
 * take any bytes, and refuse what they cannot use with -EBADMSG and the line number.
 */

#define BT_MAX_ZONES 32
#define BT_ZONE_NAME 16
/* Zones of a node, empty ones too: DMA, DMA32, Normal, HighMem, Movable, Device. */
#define BT_MAX_NODE_ZONES 6

struct bdt_zoneinfo_zone {
	int node;
	char name[BT_ZONE_NAME];
	unsigned int index;	      /* index of the zone within its node (DMA 0, DMA32 1, ...) */
	uint64_t start_pfn, spanned;  /* pages */
	uint64_t present, managed;    /* pages */
	uint64_t free;		      /* "pages free" */
	uint64_t min, low, high, promo, boost; /* watermarks, pages; min..promo include the boost */
	uint64_t nr_free_cma;
	unsigned int nprotection; /* numbers of `protection`, 0 = not printed */
	uint64_t protection[BT_MAX_NODE_ZONES]; /* pages kept from requests, by the index of their highest zone */
	unsigned int npcp; /* CPUs with a pageset */
	uint64_t pcp_count, pcp_high, pcp_batch; /* count: sum over the CPUs; high, batch: of CPU 0 */
};

struct bdt_zoneinfo {
	size_t n;
	struct bdt_zoneinfo_zone zones[BT_MAX_ZONES]; /* file order; zones without memory are left out */
	unsigned int nclasses; /* zones of the first node, empty ones too, by index */
	char class_name[BT_MAX_NODE_ZONES][BT_ZONE_NAME];
};

/* The per-CPU lists of one zone and CPU, as /proc/zoneinfo prints them. */
struct bdt_pageset {
	int node;
	char zone[BT_ZONE_NAME];
	unsigned int cpu;
	uint64_t count, high, batch; /* pages */
	bool has_bounds;	     /* high_min and high_max are printed */
	uint64_t high_min, high_max; /* pages */
};

struct bdt_pagesets {
	size_t n;
	struct bdt_pageset *sets; /* file order */
};

/* Free blocks per zone and order (/proc/buddyinfo). */
struct bdt_buddyinfo {
	size_t n;
	unsigned int norders; /* columns */
	struct {
		int node;
		char name[BT_ZONE_NAME];
		uint64_t nr_free[BT_MAX_ORDERS]; /* blocks */
	} zones[BT_MAX_ZONES];
};

/* /proc/pagetypeinfo. */
struct bdt_pagetypeinfo {
	unsigned int pageblock_order, norders, nmigratetypes;
	char migratetype[BT_MAX_MIGRATETYPES][16]; /* names, by number */
	size_t n;
	struct {
		int node;
		char name[BT_ZONE_NAME];
		uint64_t nr_free[BT_MAX_MIGRATETYPES][BT_MAX_ORDERS]; /* blocks; capped values as printed */
		uint64_t blocks[BT_MAX_MIGRATETYPES]; /* pageblocks of the type */
		bool has_free, has_blocks;
	} zones[BT_MAX_ZONES];
};

/* Each takes `size` bytes of text and fills *out completely; 0 or -EBADMSG. */
int bdt_zoneinfo_parse(const char *text, size_t size, struct bdt_zoneinfo *out, struct bdt_diag *diag);
int bdt_buddyinfo_parse(const char *text, size_t size, struct bdt_buddyinfo *out, struct bdt_diag *diag);
int bdt_pagetypeinfo_parse(const char *text, size_t size, struct bdt_pagetypeinfo *out,
			   struct bdt_diag *diag);
/*
 * The same for all per-CPU lists of a zoneinfo; also -ENOMEM.  Release with bdt_pagesets_finish().
 */
int bdt_pagesets_parse(const char *text, size_t size, struct bdt_pagesets *out, struct bdt_diag *diag);
void bdt_pagesets_finish(struct bdt_pagesets *sets);
/* The number behind `key` in vmstat-like text ("key value" lines), false if absent. */
bool bdt_vmstat_get(const char *text, size_t size, const char *key, uint64_t *value);

#endif
