/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/gfp.h"
#include <string.h>

#define NR(table) (sizeof(table) / sizeof((table)[0]))

/* Names without the underscores, which older kernels do not print. */
static const struct {
	const char *name;
	uint32_t gfp;
} names[] = {
	{ "GFP_DMA", BT_GFP_DMA },
	{ "GFP_HIGHMEM", BT_GFP_HIGHMEM },
	{ "GFP_DMA32", BT_GFP_DMA32 },
	{ "GFP_MOVABLE", BT_GFP_MOVABLE },
	{ "GFP_RECLAIMABLE", BT_GFP_RECLAIMABLE },
	{ "GFP_HIGH", BT_GFP_HIGH },
	{ "GFP_IO", BT_GFP_IO },
	{ "GFP_FS", BT_GFP_FS },
	{ "GFP_WAIT", BT_GFP_DIRECT_RECLAIM },
	{ "GFP_DIRECT_RECLAIM", BT_GFP_DIRECT_RECLAIM },
	{ "GFP_KSWAPD_RECLAIM", BT_GFP_KSWAPD_RECLAIM },
	{ "GFP_ATOMIC", BT_GFP_ATOMIC },
	{ "GFP_WRITE", BT_GFP_WRITE },
	{ "GFP_NOWARN", BT_GFP_NOWARN },
	{ "GFP_REPEAT", BT_GFP_RETRY_MAYFAIL },
	{ "GFP_RETRY_MAYFAIL", BT_GFP_RETRY_MAYFAIL },
	{ "GFP_NOFAIL", BT_GFP_NOFAIL },
	{ "GFP_NORETRY", BT_GFP_NORETRY },
	{ "GFP_MEMALLOC", BT_GFP_MEMALLOC },
	{ "GFP_NOMEMALLOC", BT_GFP_NOMEMALLOC },
	{ "GFP_COMP", BT_GFP_COMP },
	{ "GFP_HARDWALL", BT_GFP_HARDWALL },
	{ "GFP_THISNODE", BT_GFP_THISNODE },
	{ "GFP_ACCOUNT", BT_GFP_ACCOUNT },
	{ "GFP_ZERO", BT_GFP_ZERO },
	{ "GFP_COLD", BT_GFP_COLD },
};

/* 4.0 to 4.3: each request wakes kswapd unless it has this. */
#define NO_KSWAPD "GFP_NO_KSWAPD"

/* Default bits from a release on; what is not named keeps those of the rows before. */
static const struct {
	const char *since;
	struct bdt_gfp_name name[16];
} defaults[] = {
	{ "4.0",
	  { { "GFP_DMA", 0x1 },
	    { "GFP_HIGHMEM", 0x2 },
	    { "GFP_DMA32", 0x4 },
	    { "GFP_MOVABLE", 0x8 },
	    { "GFP_WAIT", 0x10 },
	    { "GFP_HIGH", 0x20 },
	    { "GFP_IO", 0x40 },
	    { "GFP_FS", 0x80 },
	    { "GFP_COLD", 0x100 },
	    { "GFP_NOWARN", 0x200 },
	    { "GFP_REPEAT", 0x400 },
	    { "GFP_NOFAIL", 0x800 },
	    { "GFP_NORETRY", 0x1000 },
	    { "GFP_MEMALLOC", 0x2000 },
	    { "GFP_COMP", 0x4000 },
	    { "GFP_ZERO", 0x8000 } } },
	{ "4.0",
	  { { "GFP_NOMEMALLOC", 0x10000 },
	    { "GFP_HARDWALL", 0x20000 },
	    { "GFP_THISNODE", 0x40000 },
	    { "GFP_RECLAIMABLE", 0x80000 },
	    { NO_KSWAPD, 0x400000 },
	    { "GFP_WRITE", 0x1000000 } } },
	{ "4.4",
	  { { "GFP_RECLAIMABLE", 0x10 },
	    { "GFP_WAIT", 0 },
	    { "GFP_ATOMIC", 0x80000 },
	    { "GFP_DIRECT_RECLAIM", 0x400000 },
	    { "GFP_KSWAPD_RECLAIM", 0x2000000 },
	    { NO_KSWAPD, 0 } } },
	{ "4.15",
	  { { "GFP_COLD", 0 },
	    { "GFP_WRITE", 0x100 },
	    { "GFP_ACCOUNT", 0x100000 },
	    { "GFP_DIRECT_RECLAIM", 0x200000 },
	    { "GFP_KSWAPD_RECLAIM", 0x400000 } } },
	{ "5.1",
	  { { "GFP_ZERO", 0x100 },
	    { "GFP_ATOMIC", 0x200 },
	    { "GFP_DIRECT_RECLAIM", 0x400 },
	    { "GFP_KSWAPD_RECLAIM", 0x800 },
	    { "GFP_WRITE", 0x1000 },
	    { "GFP_NOWARN", 0x2000 },
	    { "GFP_REPEAT", 0x4000 },
	    { "GFP_NOFAIL", 0x8000 },
	    { "GFP_NORETRY", 0x10000 },
	    { "GFP_MEMALLOC", 0x20000 },
	    { "GFP_COMP", 0x40000 },
	    { "GFP_NOMEMALLOC", 0x80000 },
	    { "GFP_HARDWALL", 0x100000 },
	    { "GFP_THISNODE", 0x200000 },
	    { "GFP_ACCOUNT", 0x400000 } } },
	{ "6.3", { { "GFP_ATOMIC", 0 } } },
};

static uint32_t semantic(const char *name)
{
	name += strspn(name, "_");
	for (size_t i = 0; i < NR(names); i++)
		if (!strcmp(names[i].name, name))
			return names[i].gfp;
	return 0;
}

/* A flag of one bit; "GFP_KERNEL" and the like are several. */
static bool one_bit(uint64_t mask)
{
	return mask && !(mask & (mask - 1));
}

void bdt_gfp_map_init(struct bdt_gfp_map *map, const struct bdt_gfp_name *list, size_t n)
{
	bool kswapd = false;

	*map = (struct bdt_gfp_map){ 0 };
	for (size_t i = 0; i < n; i++) {
		/* from 4.8 on "GFP_ATOMIC" is a combination, "__GFP_ATOMIC" the flag */
		const char *name = list[i].name + strspn(list[i].name, "_");
		uint32_t gfp = semantic(name);

		if (!one_bit(list[i].mask))
			continue;
		map->bit[__builtin_ctzll(list[i].mask)] |= gfp;
		kswapd |= gfp == BT_GFP_KSWAPD_RECLAIM;
		if (!strcmp(name, NO_KSWAPD))
			map->unless = list[i].mask;
	}
	if (!kswapd)
		map->always = BT_GFP_KSWAPD_RECLAIM;
}

/* Replaces or adds one flag. */
static size_t put(struct bdt_gfp_name *list, size_t n, const struct bdt_gfp_name *flag)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i].name, flag->name)) {
			list[i] = *flag;
			return n;
		}
	list[n] = *flag;
	return n + 1;
}

void bdt_gfp_map_default(struct bdt_gfp_map *map, const struct bdt_profile *profile)
{
	struct bdt_gfp_name list[64];
	size_t n = 0;

	for (size_t i = 0; i < NR(defaults); i++) {
		if (profile->release < bdt_release_number(defaults[i].since))
			continue;
		for (size_t f = 0; f < NR(defaults[i].name) && defaults[i].name[f].name; f++)
			n = put(list, n, &defaults[i].name[f]);
	}
	bdt_gfp_map_init(map, list, n);
}

uint32_t bdt_gfp_decode(const struct bdt_gfp_map *map, uint64_t mask)
{
	uint32_t gfp = mask & map->unless ? 0 : map->always;

	for (; mask; mask &= mask - 1)
		gfp |= map->bit[__builtin_ctzll(mask)];
	return gfp;
}

static const char *const kinds[BDT_ZONE_KINDS] = {
	[BDT_ZONE_DMA] = "DMA",         [BDT_ZONE_DMA32] = "DMA32",     [BDT_ZONE_NORMAL] = "Normal",
	[BDT_ZONE_HIGHMEM] = "HighMem", [BDT_ZONE_MOVABLE] = "Movable", [BDT_ZONE_DEVICE] = "Device",
};

enum bdt_zone_kind bdt_zone_kind_find(const char *name)
{
	for (enum bdt_zone_kind k = 0; k < BDT_ZONE_KINDS; k++)
		if (!strcmp(kinds[k], name))
			return k;
	return BDT_ZONE_KINDS;
}

enum bdt_zone_kind bdt_gfp_zone(uint32_t gfp)
{
	if (gfp & BT_GFP_DMA)
		return BDT_ZONE_DMA;
	if (gfp & BT_GFP_DMA32)
		return BDT_ZONE_DMA32;
	if (!(gfp & BT_GFP_HIGHMEM))
		return BDT_ZONE_NORMAL;
	return gfp & BT_GFP_MOVABLE ? BDT_ZONE_MOVABLE : BDT_ZONE_HIGHMEM;
}

bdt_migratetype bdt_gfp_migratetype(const struct bdt_profile *profile, uint32_t gfp, bool grouping)
{
	if (!grouping)
		return profile->unmovable;
	if (gfp & BT_GFP_MOVABLE)
		return profile->movable;
	return gfp & BT_GFP_RECLAIMABLE ? profile->reclaimable : profile->unmovable;
}
