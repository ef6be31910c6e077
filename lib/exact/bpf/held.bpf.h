/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an interrupt finds locked. */
#ifndef BT_EXACT_BPF_HELD_H
#define BT_EXACT_BPF_HELD_H

#include "exact/bpf/memory.bpf.h"

/* Per CPU: 1 + index of the zone that was told last, 0 = none. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} told SEC(".maps");

/*
 * Pages that a softirq frees while what it interrupted holds the lock of the per-CPU lists go straight to the
 * free lists, and no event tells.  Whether it is held cannot change before the softirq ends, so it is enough
 * to look when one begins; a marker line tells each change.  cf. pcp_spin_trylock(), free_frozen_pages(), 6.2
 * and later
 */
SEC("raw_tp/softirq_entry")
int watch_pcp_lock(void *ctx)
{
	__u32 key = 0, held = 0, cpu = bpf_get_smp_processor_id(), *last = bpf_map_lookup_elem(&told, &key);

	if (!last)
		return 0;
	for (__u32 i = 0; i < BT_EXACT_ZONES && i < shared.nr_zones; i++) {
		__u32 lock = 0;

		read_member(&lock, sizeof(lock), pcp_address(&shared.zone[i], cpu), shared.layout.pcp_lock);
		if (lock) {
			held = i + 1;
			break;
		}
	}
	if (held == *last)
		return 0;
	*last = held;
	if (held)
		bpf_printk("buddytrace pcp held %llx", shared.zone[(held - 1) & (BT_EXACT_ZONES - 1)].start);
	else
		bpf_printk("buddytrace pcp free");
	return 0;
}

#endif
