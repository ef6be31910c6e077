/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/recorded.h"
#include "model/grouping.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYSCTL "proc/sys/vm/"

/* The settings that are one number. */
static const struct {
	const char *key;
	size_t offset;
} numbers[] = {
	{ SYSCTL "watermark_scale_factor", offsetof(struct bdt_vm_settings, watermark_scale_factor) },
	{ SYSCTL "watermark_boost_factor", offsetof(struct bdt_vm_settings, watermark_boost_factor) },
	{ SYSCTL "extfrag_threshold", offsetof(struct bdt_vm_settings, extfrag_threshold) },
	{ SYSCTL "compaction_proactiveness", offsetof(struct bdt_vm_settings, compaction_proactiveness) },
	{ SYSCTL "percpu_pagelist_fraction", offsetof(struct bdt_vm_settings, percpu_pagelist_fraction) },
	{ SYSCTL "percpu_pagelist_high_fraction",
	  offsetof(struct bdt_vm_settings, percpu_pagelist_fraction) },
};

static uint64_t number(const struct bdt_tracefile *tf, const char *key, uint64_t otherwise)
{
	const char *text = bdt_tracefile_machine(tf, key);
	uint64_t value;

	return text && sscanf(text, "%" SCNu64, &value) == 1 ? value : otherwise;
}

struct bdt_vm_settings bdt_recorded_settings(const struct bdt_tracefile *tf,
					     const struct bdt_profile *profile)
{
	struct bdt_vm_settings vm = bdt_vm_settings_default(profile);
	const char *ratio = bdt_tracefile_machine(tf, SYSCTL "lowmem_reserve_ratio");
	int used;

	vm.min_free_kbytes = number(tf, SYSCTL "min_free_kbytes", 0);
	vm.defrag_mode = number(tf, SYSCTL "defrag_mode", 0);
	vm.zone_reclaim = number(tf, SYSCTL "zone_reclaim_mode", 0);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		unsigned int *at = (unsigned int *)((char *)&vm + numbers[i].offset);

		*at = (unsigned int)number(tf, numbers[i].key, *at);
	}
	for (unsigned int class = 0; ratio && class < BT_ZONE_CLASSES; class ++, ratio += used)
		if (sscanf(ratio, "%u%n", &vm.lowmem_reserve_ratio[class], &used) != 1)
			break;
	return vm;
}

void bdt_recorded_gfp(const struct bdt_stream *stream, const struct bdt_profile *profile,
		      struct bdt_gfp_map *map)
{
	struct bdt_gfp_name names[96];
	size_t n = 0;

	while (n < sizeof(names) / sizeof(names[0]) &&
	       bdt_stream_gfp_flag(stream, n, &names[n].name, &names[n].mask))
		n++;
	if (n)
		bdt_gfp_map_init(map, names, n);
	else
		bdt_gfp_map_default(map, profile);
}

/* A snapshot's zoneinfo, as both parsers read it. */
struct info {
	struct bdt_zoneinfo zones;
	struct bdt_pagesets sets;
};

static int read_info(const struct bdt_tracefile *tf, size_t i, struct info *info, struct bdt_diag *diag)
{
	const struct bdt_snapshot *snap = bdt_tracefile_snapshot(tf, i);
	const struct bdt_piece *piece = bdt_snapshot_piece(snap, "zoneinfo");
	int err;

	if (!piece)
		return bdt_diag_set(diag, -ENODATA, BT_NO_OFFSET, "snapshot %s has no zoneinfo", snap->name);
	err = bdt_zoneinfo_parse(piece->data, piece->size, &info->zones, diag);
	return err ? err : bdt_pagesets_parse(piece->data, piece->size, &info->sets, diag);
}

/* Are per-CPU lists for huge pages built in?  Recordings that do not say it are of kernels that have them. */
static bool has_thp(const struct bdt_tracefile *tf)
{
	return bdt_tracefile_machine(tf, "sys/kernel/mm/transparent_hugepage/enabled") ||
	       !bdt_tracefile_machine(tf, "record.tool");
}

static bool has_cma(const struct bdt_tracefile *tf, size_t i)
{
	const struct bdt_piece *piece = bdt_snapshot_piece(bdt_tracefile_snapshot(tf, i), "pagetypeinfo");
	struct bdt_pagetypeinfo *pti = piece ? malloc(sizeof(*pti)) : NULL;
	bool found = false;

	if (pti && !bdt_pagetypeinfo_parse(piece->data, piece->size, pti, NULL))
		for (unsigned int mt = 0; mt < pti->nmigratetypes; mt++)
			found |= !strcmp(pti->migratetype[mt], "CMA");
	free(pti);
	return found;
}

/* The zone of the model that a line of zoneinfo is about, NULL if it is not modelled. */
static const struct bdt_zoneinfo_zone *find(const struct bdt_zoneinfo *info, const struct bdt_zone *z)
{
	for (size_t i = 0; i < info->n; i++)
		if (info->zones[i].node == z->node && !strcmp(info->zones[i].name, z->name))
			return &info->zones[i];
	return NULL;
}

static struct bdt_system_zone *find_modelled(const struct bdt_system *s, int node, const char *name)
{
	for (size_t i = 0; i < s->nzones; i++)
		if (s->zones[i].zone->node == node && !strcmp(s->zones[i].zone->name, name))
			return &s->zones[i];
	return NULL;
}

/* Highest CPU number + 1; more than BT_PCP_MAX_CPUS when there are too many. */
static unsigned int count_cpus(const struct bdt_tracefile *tf, const struct bdt_pagesets *sets)
{
	unsigned int last = 0;

	for (size_t i = 0; i < sets->n; i++)
		last = sets->sets[i].cpu > last ? sets->sets[i].cpu : last;
	for (size_t i = 0; i < bdt_tracefile_ncpus(tf); i++)
		last = bdt_tracefile_cpu(tf, i)->cpu > last ? bdt_tracefile_cpu(tf, i)->cpu : last;
	return (last < BT_PCP_MAX_CPUS ? last : BT_PCP_MAX_CPUS) + 1;
}

static uint64_t printed_mark(const struct bdt_zoneinfo_zone *from, unsigned int wmark)
{
	const uint64_t marks[] = { from->min, from->low, from->high, from->promo };

	return marks[wmark] - from->boost;
}

/* Are the minimum marks those of the settings? */
static bool minimum_agrees(const struct bdt_system *s, const struct bdt_zoneinfo *info)
{
	for (size_t i = 0; i < s->nzones; i++) {
		const struct bdt_zoneinfo_zone *from = find(info, s->zones[i].zone);

		if (from && s->zones[i].marks.mark[BT_ALLOC_WMARK_MIN] != from->min - from->boost)
			return false;
	}
	return true;
}

/* Huge pages may have been switched on after the setting was read: the file has the marks of later then. */
static void settle_minimum(struct bdt_system *s, const struct bdt_zoneinfo *info)
{
	uint64_t before = s->vm.min_free_kbytes;

	if (minimum_agrees(s, info))
		return;
	s->vm.min_free_kbytes = bdt_system_recommended_min_free(s);
	bdt_system_update(s);
	if (minimum_agrees(s, info))
		return;
	s->vm.min_free_kbytes = before;
	bdt_system_update(s);
}

/* Calls the CPUs of a list like "0-3,8" to be on this node; those that nobody has stay where they are. */
static void place(const char *list, int node, int *nodes, unsigned int ncpus)
{
	unsigned int first, last;
	int used;

	for (; sscanf(list, "%u%n", &first, &used) == 1; list += *list == ',') {
		list += used;
		last = first;
		if (sscanf(list, "-%u%n", &last, &used) == 1)
			list += used;
		for (; first <= last && first < ncpus; first++)
			if (nodes[first] >= 0)
				nodes[first] = node;
	}
}

void bdt_recorded_nodes(const struct bdt_tracefile *tf, int *nodes, unsigned int ncpus)
{
	for (int node = 0; node < BT_RECORDED_NODES; node++) {
		char key[64];
		const char *list;

		snprintf(key, sizeof(key), "sys/devices/system/node/node%d/cpulist", node);
		list = bdt_tracefile_machine(tf, key);
		if (list)
			place(list, node, nodes, ncpus);
	}
}

static int create(const struct bdt_tracefile *tf, size_t i, const struct bdt_state *state,
		  const struct info *info, struct bdt_system **out)
{
	const char *names[BT_MAX_NODE_ZONES];
	struct bdt_system_zone_config zones[BT_MAX_ZONES];
	unsigned int ncpus = count_cpus(tf, &info->sets);
	int *nodes = malloc(ncpus * sizeof(*nodes)), err;
	struct bdt_system_config config = {
		.zones = zones,
		.nzones = state->nzones,
		.nclasses = info->zones.nclasses,
		.class_names = names,
		.ncpus = ncpus,
		.cpu_node = nodes,
		.thp = has_thp(tf),
		.cma = has_cma(tf, i),
		.vm = bdt_recorded_settings(tf, state->profile),
	};

	if (!nodes)
		return -ENOMEM;
	for (unsigned int class = 0; class < info->zones.nclasses; class ++)
		names[class] = info->zones.class_name[class];
	for (unsigned int cpu = 0; cpu < ncpus; cpu++)
		nodes[cpu] = info->sets.n ? -1 : 0;
	for (size_t set = 0; set < info->sets.n; set++)
		if (info->sets.sets[set].cpu < ncpus)
			nodes[info->sets.sets[set].cpu] = 0;
	bdt_recorded_nodes(tf, nodes, ncpus);
	for (size_t z = 0; z < state->nzones; z++) {
		const struct bdt_zoneinfo_zone *from = find(&info->zones, state->zones[z]);

		zones[z].zone = state->zones[z];
		zones[z].present = from ? from->present : 0;
		zones[z].managed = from ? from->managed : 0;
		config.no_grouping |= state->zones[z]->grouping_off;
	}
	err = bdt_system_create(state->profile, &config, out);
	free(nodes);
	return err;
}

int bdt_recorded_system(const struct bdt_tracefile *tf, size_t i, const struct bdt_state *state,
			struct bdt_system **out, struct bdt_diag *diag)
{
	struct info info = { 0 };
	int err = read_info(tf, i, &info, diag);

	if (err)
		return err;
	err = create(tf, i, state, &info, out);
	if (!err)
		settle_minimum(*out, &info.zones);
	else if (err == -ENOMEM)
		bdt_diag_set(diag, err, BT_NO_OFFSET, "not enough memory");
	else
		err = bdt_diag_set(
			diag, -EBADMSG, BT_NO_OFFSET,
			"snapshot: zoneinfo describes more zones, nodes or CPUs than are modelled");
	bdt_pagesets_finish(&info.sets);
	return err;
}

static void compare(uint64_t *compared, uint64_t *wrong, bool right)
{
	++*compared;
	*wrong += !right;
}

static void compare_zone(const struct bdt_system *s, const struct bdt_system_zone *z,
			 const struct bdt_zoneinfo_zone *from, struct bdt_recorded_check *check)
{
	unsigned int last = from->promo ? BT_ALLOC_WMARK_PROMO : BT_ALLOC_WMARK_HIGH;

	for (unsigned int wmark = 0; wmark <= last; wmark++)
		compare(&check->marks, &check->marks_wrong,
			z->marks.mark[wmark] == printed_mark(from, wmark));
	for (unsigned int class = 0; class < from->nprotection && class < s->nclasses; class ++)
		compare(&check->protection, &check->protection_wrong,
			z->marks.reserve[class] == from->protection[class]);
}

static void compare_set(const struct bdt_pcp_bounds *bounds, const struct bdt_pageset *set,
			struct bdt_recorded_check *check)
{
	bool moves = bounds->high_min != bounds->high_max;

	compare(&check->batch, &check->batch_wrong, bounds->batch == set->batch);
	compare(&check->high, &check->high_wrong,
		(set->high >= bounds->high_min && set->high <= bounds->high_max) || (moves && !set->high));
	if (!set->has_bounds)
		return;
	compare(&check->bounds, &check->bounds_wrong, bounds->high_min == set->high_min);
	compare(&check->bounds, &check->bounds_wrong, bounds->high_max == set->high_max);
}

int bdt_recorded_compare(const struct bdt_tracefile *tf, size_t i, const struct bdt_system *s,
			 struct bdt_recorded_check *check, struct bdt_diag *diag)
{
	struct info info = { 0 };
	int err = read_info(tf, i, &info, diag);

	if (err)
		return err;
	for (size_t z = 0; z < s->nzones; z++) {
		const struct bdt_zoneinfo_zone *from = find(&info.zones, s->zones[z].zone);

		if (from)
			compare_zone(s, &s->zones[z], from, check);
	}
	for (size_t n = 0; n < info.sets.n; n++) {
		const struct bdt_pageset *set = &info.sets.sets[n];
		const struct bdt_system_zone *z = find_modelled(s, set->node, set->zone);

		if (z)
			compare_set(&z->pcp.cpu[0].bounds, set, check);
	}
	bdt_pagesets_finish(&info.sets);
	return 0;
}

static void observe_set(struct bdt_system *s, const struct bdt_pageset *set)
{
	struct bdt_system_zone *z = find_modelled(s, set->node, set->zone);
	uint64_t most = UINT32_MAX;
	struct bdt_pcp *pcp;

	if (!z || set->cpu >= s->ncpus || set->count > z->managed || set->high > most)
		return;
	pcp = &z->pcp.cpu[set->cpu];
	pcp->high = (uint32_t)set->high;
	pcp->bounds.batch = (uint32_t)(set->batch && set->batch < most ? set->batch : 1);
	if (set->has_bounds && set->high_max < most && set->high_min <= set->high_max) {
		pcp->bounds.high_min = (uint32_t)set->high_min;
		pcp->bounds.high_max = (uint32_t)set->high_max;
	}
	bdt_pcp_set_unknown(&z->pcp, set->cpu, bdt_pcp_list_of(&z->pcp, 0, s->profile->movable),
			    (uint32_t)set->count);
}

int bdt_recorded_observe(const struct bdt_tracefile *tf, size_t i, struct bdt_system *s,
			 struct bdt_diag *diag)
{
	struct info info = { 0 };
	int err = read_info(tf, i, &info, diag);

	if (err)
		return err;
	for (size_t z = 0; z < s->nzones; z++) {
		const struct bdt_zoneinfo_zone *from = find(&info.zones, s->zones[z].zone);
		struct bdt_watermarks *marks = &s->zones[z].marks;

		if (!from)
			continue;
		s->zones[z].zone->watermark_boost = from->boost;
		for (unsigned int wmark = 0; wmark <= BT_ALLOC_WMARK_PROMO; wmark++)
			if (wmark != BT_ALLOC_WMARK_PROMO || from->promo)
				marks->mark[wmark] = printed_mark(from, wmark);
		for (unsigned int class = 0; class < from->nprotection && class < s->nclasses; class ++)
			marks->reserve[class] = from->protection[class];
	}
	for (size_t n = 0; n < info.sets.n; n++)
		observe_set(s, &info.sets.sets[n]);
	bdt_pagesets_finish(&info.sets);
	return 0;
}
