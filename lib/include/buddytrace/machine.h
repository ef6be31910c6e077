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

struct bdt_zoneinfo_zone {
	int node;
	char name[BT_ZONE_NAME];
	unsigned int index;	      /* index of the zone within its node (DMA 0, DMA32 1, ...) */
	uint64_t start_pfn, spanned;  /* pages */
	uint64_t present, managed;    /* pages */
	uint64_t free;		      /* "pages free" */
	uint64_t min, low, high, promo, boost; /* watermarks, pages; min..promo include the boost */
	uint64_t nr_free_cma;
	unsigned int npcp; /* CPUs with a pageset */
	uint64_t pcp_count, pcp_high, pcp_batch; /* count: sum over the CPUs; high, batch: of CPU 0 */
};

struct bdt_zoneinfo {
	size_t n;
	struct bdt_zoneinfo_zone zones[BT_MAX_ZONES]; /* file order; zones without memory are left out */
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
/* The number behind `key` in vmstat-like text ("key value" lines), false if absent. */
bool bdt_vmstat_get(const char *text, size_t size, const char *key, uint64_t *value);

#endif
