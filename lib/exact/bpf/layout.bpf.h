/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the running kernel keeps what is read: members of structures, and the memory of each CPU. */
#ifndef BT_EXACT_BPF_LAYOUT_H
#define BT_EXACT_BPF_LAYOUT_H

#include "exact/bpf/memory.bpf.h"

#define MEMBER(type, member)                                                    \
	(struct bt_exact_member)                                                \
	{                                                                       \
		bpf_core_field_exists(((struct type *)0)->member)               \
			? (int)bpf_core_field_offset(struct type, member)       \
			: BT_EXACT_NOT_HERE,                                    \
			bpf_core_field_exists(((struct type *)0)->member)       \
				? (int)bpf_core_field_size(struct type, member) \
				: 0                                             \
	}

static __always_inline void zone_layout(struct bt_exact_layout *l)
{
	l->page_size = bpf_core_type_size(struct page);
	l->page_lru = bpf_core_field_offset(struct page, lru);
	l->page_type = MEMBER(page, page_type);
	l->page_private = MEMBER(page, private);
	l->zone_size = bpf_core_type_size(struct zone);
	l->area_size = bpf_core_type_size(struct free_area);
	l->orders = bpf_core_field_size(struct zone, free_area) / bpf_core_type_size(struct free_area);
	l->types = bpf_core_field_size(struct free_area, free_list) / bpf_core_type_size(struct list_head);
	l->free_area = MEMBER(zone, free_area);
	l->nr_free = MEMBER(free_area, nr_free);
	l->start_pfn = MEMBER(zone, zone_start_pfn);
	l->spanned_pages = MEMBER(zone, spanned_pages);
	l->name = MEMBER(zone, name);
	l->pageset = MEMBER(zone, per_cpu_pageset);
	l->lock = MEMBER(zone, lock);
	l->watermark = MEMBER(zone, _watermark);
	l->boost = MEMBER(zone, watermark_boost);
	l->reserved_highatomic = MEMBER(zone, nr_reserved_highatomic);
	l->zone_flags = MEMBER(zone, flags);
	l->cached_free = MEMBER(zone, compact_cached_free_pfn);
	l->cached_migrate = MEMBER(zone, compact_cached_migrate_pfn);
	l->considered = MEMBER(zone, compact_considered);
	l->defer_shift = MEMBER(zone, compact_defer_shift);
	l->order_failed = MEMBER(zone, compact_order_failed);
	l->nr_zones = MEMBER(pglist_data, nr_zones);
	l->node_id = MEMBER(pglist_data, node_id);
}

static __always_inline void pcp_layout(struct bt_exact_layout *l)
{
	l->pcp_lock = MEMBER(per_cpu_pages, lock);
	l->count = MEMBER(per_cpu_pages, count);
	l->high = MEMBER(per_cpu_pages, high);
	l->batch = MEMBER(per_cpu_pages, batch);
	l->high_min = MEMBER(per_cpu_pages, high_min);
	l->high_max = MEMBER(per_cpu_pages, high_max);
	l->pcp_flags = MEMBER(per_cpu_pages, flags);
	l->alloc_factor = MEMBER(per_cpu_pages, alloc_factor);
	l->free_count = MEMBER(per_cpu_pages, free_count);
	l->free_factor = MEMBER(per_cpu_pages, free_factor);
	l->lists = MEMBER(per_cpu_pages, lists);
	l->pcp_lists = (unsigned int)l->lists.size / bpf_core_type_size(struct list_head);
}

/* Since the isolated state has a bit of its own, a pageblock has eight bits instead of four. */
static __always_inline void section_layout(struct bt_exact_layout *l)
{
	l->section_size = bpf_core_type_size(struct mem_section);
	l->section_usage = bpf_core_field_offset(struct mem_section, usage);
	l->usage_flags = bpf_core_field_offset(struct mem_section_usage, pageblock_flags);
	l->pageblock_bits = bpf_core_enum_value_exists(enum pageblock_bits, PB_migrate_isolate) ? 8 : 4;
}

/* The address of an element of our own per-CPU map is its per-CPU pointer plus the offset of that CPU. */
static __always_inline void percpu_layout(void)
{
	void *map = &cells;
	volatile __u64 slot = (__u64)map;
	__u64 address = 0, base = 0;
	__u32 key = 0;

	READ(address, &slot);
	READ(base, address + bpf_core_field_offset(struct bpf_array, pptrs));
	shared.percpu_base = base;
	for (int cpu = 0; cpu < BT_EXACT_CPUS; cpu++) {
		void *cell = bpf_map_lookup_percpu_elem(&cells, &key, cpu);

		if (cell)
			shared.percpu[cpu] = (__u64)cell;
	}
}

SEC("raw_tp/sys_enter")
int find_layout(void *ctx)
{
	zone_layout(&shared.layout);
	pcp_layout(&shared.layout);
	section_layout(&shared.layout);
	percpu_layout();
	return 0;
}

#endif
