/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run over a zone: its numbers, the types of its pageblocks, its free lists. */
#ifndef BT_EXACT_BPF_ZONE_H
#define BT_EXACT_BPF_ZONE_H

#include "exact/bpf/freelists.bpf.h"
#include "exact/bpf/types.bpf.h"

static __always_inline void read_zone_numbers(__u64 zone)
{
	struct bt_exact_zone_numbers *n = &shared.part.numbers;

	if (shared.layout.watermark.size >= (int)sizeof(n->watermark))
		NUMBER(n->watermark, zone, watermark);
	else if (shared.layout.watermark.offset != BT_EXACT_NOT_HERE)
		bpf_probe_read_kernel(n->watermark, 3 * sizeof(__u64),
				      (void *)(zone + shared.layout.watermark.offset));
	NUMBER(n->boost, zone, boost);
	NUMBER(n->reserved_highatomic, zone, reserved_highatomic);
	NUMBER(n->flags, zone, zone_flags);
	NUMBER(n->cached_free, zone, cached_free);
	NUMBER(n->cached_migrate, zone, cached_migrate);
	NUMBER(n->considered, zone, considered);
	NUMBER(n->defer_shift, zone, defer_shift);
	NUMBER(n->order_failed, zone, order_failed);
	NUMBER(shared.part.lock, zone, lock);
}

static __always_inline void read_zone(__u32 index, __u32 locked)
{
	struct lists l = { .deadline = bpf_ktime_get_ns() + shared.budget_ns, .index = index };
	const struct bt_exact_zone *zone = &shared.zone[index & (BT_EXACT_ZONES - 1)];
	struct bt_exact_part *part = &shared.part;

	bpf_printk("buddytrace exact %u begin", shared.marker);
	part->id = shared.marker;
	part->zone = index;
	part->cpu = bpf_get_smp_processor_id();
	part->locked = locked;
	part->first_list = part->end_list = shared.next_list;
	part->begin_ns = bpf_ktime_get_ns();
	read_zone_numbers(zone->address);
	if (read_types(zone, l.deadline))
		bpf_loop(BT_EXACT_LISTS, read_next_list, &l, 0);
	part->end_ns = bpf_ktime_get_ns();
	bpf_printk("buddytrace exact %u end", shared.marker);
}

SEC("raw_tp/mm_page_alloc_zone_locked")
int BPF_PROG(read_locked, struct page *page, unsigned int order, int migratetype)
{
	const struct bt_exact_zone *zone;
	__u32 index = shared.target;
	__u64 pfn;

	if (shared.armed != 1)
		return 0;
	pfn = ((__u64)page - shared.vmemmap) >> shared.page_shift;
	zone = &shared.zone[index & (BT_EXACT_ZONES - 1)];
	if (pfn < zone->start || pfn >= zone->end || __sync_val_compare_and_swap(&shared.armed, 1, 2) != 1)
		return 0;
	shared.part.event_pfn = pfn;
	shared.part.event_order = order;
	shared.part.event_migratetype = migratetype;
	read_zone(index, 1);
	shared.armed = 0;
	return 0;
}

/* For zones without allocations; the loader checks that nothing changed meanwhile. */
SEC("raw_tp/sys_enter")
int read_unlocked(void *ctx)
{
	shared.part.event_pfn = ~0ULL;
	read_zone(shared.target, 0);
	return 0;
}

#endif
