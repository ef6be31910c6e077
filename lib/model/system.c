/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/system.h"
#include <errno.h>
#include <stdlib.h>

/* Nodes that are modelled: node numbers are small, their distances are a square table. */
#define MAX_NODES 1024

/* Where nothing is told. */
#define PAGE_SHIFT 12
static const char *const x86_64[] = { "DMA", "DMA32", "Normal", "Movable", "Device" };

struct bdt_vm_settings bdt_vm_settings_default(const struct bdt_profile *profile)
{
	return (struct bdt_vm_settings){
		.watermark_scale_factor = 10,
		.watermark_boost_factor = profile->boost == BDT_BOOST_NONE ? 0 : 15000,
		.lowmem_reserve_ratio = { 256, 256, 32 },
		.extfrag_threshold = 500,
		.compaction_proactiveness = profile->compaction.proactive ? 20 : 0,
	};
}

/* Does the kernel count the zone among those it can use for itself?  cf. is_highmem() */
static bool is_lowmem(const struct bdt_system *s, enum bdt_zone_kind kind)
{
	return kind != BDT_ZONE_HIGHMEM && (kind != BDT_ZONE_MOVABLE || !s->profile->movable_is_highmem);
}

static unsigned int local_cpus(const struct bdt_system *s, int node)
{
	unsigned int local = 0, online = 0;

	for (unsigned int cpu = 0; cpu < s->ncpus; cpu++) {
		online += s->cpu_node[cpu] >= 0;
		local += s->cpu_node[cpu] == node;
	}
	return local ? local : online;
}

static void update_reserve(struct bdt_system *s, struct bdt_system_zone *z)
{
	uint64_t managed[BT_ZONE_CLASSES] = { 0 };

	for (size_t i = 0; i < s->nzones; i++)
		if (s->zones[i].zone->node == z->zone->node)
			managed[s->zones[i].zone->index] = s->zones[i].managed;
	bdt_watermarks_set_reserve(&z->marks, z->zone->index, managed, s->nclasses,
				   s->vm.lowmem_reserve_ratio[z->zone->index]);
}

static void update_pcp(struct bdt_system *s, struct bdt_system_zone *z)
{
	struct bdt_pcp_input in = {
		.managed = z->managed,
		.low = bdt_watermark_mark(z->zone, &z->marks, BT_ALLOC_WMARK_LOW),
		.local_cpus = local_cpus(s, z->zone->node),
		.fraction = s->vm.percpu_pagelist_fraction,
		.page_shift = s->page_shift,
	};
	struct bdt_pcp_bounds bounds = bdt_pcp_bounds(s->profile, &in);

	bdt_pcp_set_bounds(&z->pcp, &bounds);
}

void bdt_system_update(struct bdt_system *s)
{
	struct bdt_watermark_input in = {
		.min_pages = s->vm.min_free_kbytes >> (s->page_shift - 10),
		.scale = s->vm.watermark_scale_factor,
	};

	for (size_t i = 0; i < s->nzones; i++)
		in.lowmem += is_lowmem(s, s->zones[i].kind) ? s->zones[i].managed : 0;
	for (size_t i = 0; i < s->nzones; i++) {
		struct bdt_system_zone *z = &s->zones[i];

		in.managed = z->managed;
		in.lowmem_zone = is_lowmem(s, z->kind);
		bdt_watermarks_set(s->profile, &z->marks, &in);
		z->zone->managed = z->managed;
		z->zone->watermark_boost = 0;
		z->zone->boost_limit =
			bdt_watermark_boost_limit(s->profile, &z->marks, z->managed, z->zone->pageblock_order,
						  s->vm.watermark_boost_factor);
		z->fair_batch =
			(int64_t)(z->marks.mark[BT_ALLOC_WMARK_HIGH] - z->marks.mark[BT_ALLOC_WMARK_LOW]);
		update_reserve(s, z);
		update_pcp(s, z);
	}
}

/* Pages above the high marks of the zones that user space and the kernel share.  cf. nr_free_buffer_pages()
 */
static uint64_t buffer_pages(const struct bdt_system *s)
{
	uint64_t pages = 0;

	for (size_t i = 0; i < s->nzones; i++) {
		const struct bdt_system_zone *z = &s->zones[i];
		uint64_t high = bdt_watermark_mark(z->zone, &z->marks, BT_ALLOC_WMARK_HIGH);

		if (z->zone->index <= s->class_of[BDT_ZONE_NORMAL] && z->managed > high)
			pages += z->managed - high;
	}
	return pages;
}

uint64_t bdt_system_recommended_min_free(const struct bdt_system *s)
{
	uint64_t zones = 0, pages, most = buffer_pages(s) / 20;

	for (size_t i = 0; i < s->nzones; i++)
		zones += s->zones[i].zone->index <= s->class_of[BDT_ZONE_NORMAL];
	/* two pageblocks to keep, and two of each type for each type to fall back to */
	pages = zones * (2 + 3 * 3) << s->zones[0].zone->pageblock_order;
	return (pages < most ? pages : most) << (s->page_shift - 10);
}

/* The index of the zone that requests of each kind may use; where the kernel lacks it, that of Normal. */
static void name_classes(struct bdt_system *s, const char *const *names)
{
	unsigned int normal = 0;

	for (unsigned int class = 0; class < s->nclasses; class ++)
		if (bdt_zone_kind_find(names[class]) == BDT_ZONE_NORMAL)
			normal = class;
	for (enum bdt_zone_kind kind = 0; kind < BDT_ZONE_KINDS; kind++)
		s->class_of[kind] = normal;
	for (unsigned int class = 0; class < s->nclasses; class ++) {
		enum bdt_zone_kind kind = bdt_zone_kind_find(names[class]);

		if (kind < BDT_ZONE_KINDS)
			s->class_of[kind] = class;
	}
}

static int add_zones(struct bdt_system *s, const struct bdt_system_config *config)
{
	int err = 0;

	for (; !err && s->nzones < config->nzones; s->nzones++) {
		const struct bdt_system_zone_config *from = &config->zones[s->nzones];
		struct bdt_system_zone *z = &s->zones[s->nzones];

		z->zone = from->zone;
		z->present = from->present;
		z->managed = from->managed;
		z->kind = bdt_zone_kind_find(from->zone->name);
		z->zone->grouping_off = config->no_grouping;
		err = bdt_pcpset_init(&z->pcp, from->zone, config->ncpus, config->thp);
		z->pcp.high_batch = config->cache_large;
		z->pcp.observer = &s->observer;
	}
	return err;
}

static int build_zonelists(struct bdt_system *s, const uint8_t *distance)
{
	struct bdt_zonelist_zone *zones = calloc(s->nzones, sizeof(*zones));
	int err;

	if (!zones)
		return -ENOMEM;
	for (size_t i = 0; i < s->nzones; i++)
		zones[i] = (struct bdt_zonelist_zone){ s->zones[i].zone->node, s->zones[i].zone->index };
	err = bdt_zonelists_create(zones, s->nzones, s->nnodes, distance, &s->zonelists);
	free(zones);
	return err;
}

/* Counts the nodes; -EINVAL when a zone or CPU is on one that no machine has. */
static int count_nodes(struct bdt_system *s, const struct bdt_system_config *config)
{
	int highest = 0, lowest = MAX_NODES;

	for (size_t i = 0; i < config->nzones; i++) {
		const struct bdt_zone *z = config->zones[i].zone;

		if (z->node < 0 || z->node >= MAX_NODES || z->index >= s->nclasses)
			return -EINVAL;
		highest = z->node > highest ? z->node : highest;
		lowest = z->node < lowest ? z->node : lowest;
	}
	for (unsigned int cpu = 0; config->cpu_node && cpu < config->ncpus; cpu++) {
		int node = config->cpu_node[cpu];

		if (node >= MAX_NODES)
			return -EINVAL;
		highest = node > highest ? node : highest;
		lowest = node >= 0 && node < lowest ? node : lowest;
	}
	s->nnodes = (unsigned int)highest + 1;
	s->multi_node = lowest < highest;
	return 0;
}

static int fill(struct bdt_system *s, const struct bdt_system_config *config)
{
	int err = count_nodes(s, config);

	if (err)
		return err;
	s->zones = calloc(config->nzones, sizeof(*s->zones));
	s->kswapd = calloc(s->nnodes, sizeof(*s->kswapd));
	s->cpu_node = calloc(config->ncpus, sizeof(*s->cpu_node));
	if (!s->zones || !s->kswapd || !s->cpu_node)
		return -ENOMEM;
	for (unsigned int cpu = 0; config->cpu_node && cpu < config->ncpus; cpu++)
		s->cpu_node[cpu] = config->cpu_node[cpu];
	name_classes(s, config->class_names ? config->class_names : x86_64);
	err = add_zones(s, config);
	return err ? err : build_zonelists(s, config->node_distance);
}

int bdt_system_create(const struct bdt_profile *profile, const struct bdt_system_config *config,
		      struct bdt_system **out)
{
	const unsigned int known = sizeof(x86_64) / sizeof(x86_64[0]);
	struct bdt_system *s;
	int err;

	if (!config->nzones || !config->ncpus || config->ncpus > BT_PCP_MAX_CPUS ||
	    config->nclasses > (config->class_names ? BT_ZONE_CLASSES : known))
		return -EINVAL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->profile = profile;
	s->vm = config->vm;
	s->nclasses = config->nclasses ? config->nclasses : known;
	s->ncpus = config->ncpus;
	s->page_shift = config->page_shift ? config->page_shift : PAGE_SHIFT;
	s->grouping = !config->no_grouping;
	s->cma = config->cma;
	err = fill(s, config);
	if (err) {
		bdt_system_destroy(s);
		return err;
	}
	bdt_system_update(s);
	*out = s;
	return 0;
}

void bdt_system_destroy(struct bdt_system *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->nzones; i++)
		bdt_pcpset_finish(&s->zones[i].pcp);
	bdt_zonelists_destroy(s->zonelists, s->nnodes);
	free(s->zones);
	free(s->kswapd);
	free(s->cpu_node);
	free(s);
}

void bdt_system_observe(struct bdt_system *s, const struct bdt_observer *observer)
{
	s->observer = observer ? *observer : (struct bdt_observer){ 0 };
}

size_t bdt_system_zone_of(const struct bdt_system *s, bdt_pfn pfn)
{
	size_t i = 0;

	while (i < s->nzones && !bdt_zone_spans(s->zones[i].zone, pfn))
		i++;
	return i;
}

const struct bdt_zonelist *bdt_system_zonelist(const struct bdt_system *s, unsigned int cpu, int node)
{
	if (node == BT_NODE_OF_CPU)
		node = s->cpu_node[cpu];
	return &s->zonelists[node < 0 ? 0 : node];
}

unsigned int bdt_system_highest(const struct bdt_system *s, uint32_t gfp)
{
	return s->class_of[bdt_gfp_zone(gfp)];
}

size_t bdt_system_preferred(const struct bdt_system *s, int node, unsigned int highest, bool thisnode)
{
	const struct bdt_zonelist *list = &s->zonelists[node];

	for (size_t i = 0; i < list->n; i++)
		if (list->entry[i].index <= highest && (!thisnode || list->entry[i].node == node))
			return list->entry[i].zone;
	return s->nzones;
}

/* Does the node have memory in the zone below this one? */
static bool has_memory_below(const struct bdt_system *s, const struct bdt_zone *z)
{
	for (size_t i = 0; i < s->nzones; i++)
		if (s->zones[i].zone->node == z->node && s->zones[i].zone->index + 1 == z->index)
			return s->zones[i].present;
	return false;
}

unsigned int bdt_system_nofragment(const struct bdt_system *s, size_t preferred, uint32_t gfp)
{
	unsigned int flags = gfp & BT_GFP_KSWAPD_RECLAIM ? BT_ALLOC_KSWAPD : 0;
	const struct bdt_system_zone *z = &s->zones[preferred];

	if (s->profile->nofragment < BDT_NOFRAGMENT_ALWAYS)
		return flags;
	if (s->profile->defrag_mode && s->vm.defrag_mode)
		return flags | BT_ALLOC_NOFRAGMENT;
	if (preferred == s->nzones || z->kind != BDT_ZONE_NORMAL ||
	    s->class_of[BDT_ZONE_DMA32] == s->class_of[BDT_ZONE_NORMAL])
		return flags;
	if (s->multi_node && !has_memory_below(s, z->zone))
		return flags;
	return flags | BT_ALLOC_NOFRAGMENT;
}

const char *bdt_system_validate(const struct bdt_system *s)
{
	for (size_t i = 0; i < s->nzones; i++) {
		const char *broken = bdt_zone_validate(s->zones[i].zone);

		if (!broken)
			broken = bdt_pcpset_validate(&s->zones[i].pcp);
		if (broken)
			return broken;
	}
	return NULL;
}
