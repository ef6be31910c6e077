/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run over the lists of pages that a CPU holds ready. */
#ifndef BT_EXACT_BPF_PCP_H
#define BT_EXACT_BPF_PCP_H

#include "exact/bpf/walk.bpf.h"

struct pcp_lists {
	__u64 pcp, deadline;
	__u32 zone;
};

static long read_pcp_list(__u32 i, struct pcp_lists *p)
{
	struct bt_exact_list list = {};
	struct bounds b;

	if ((int)i >= shared.layout.pcp_lists || i >= BT_EXACT_PCP)
		return 1;
	b.from = b.to = p->pcp + shared.layout.lists.offset + i * 2 * sizeof(__u64);
	read_list(&b, &shared.zone[p->zone & (BT_EXACT_ZONES - 1)], &list, p->deadline);
	barrier_var(i);
	if (i < BT_EXACT_PCP)
		shared.part.pcp[i] = list;
	return 0;
}

/* The per-CPU lists of the CPU it runs on, which is busy with this program and with nothing else. */
SEC("raw_tp/sys_enter")
int read_pcp(void *ctx)
{
	struct pcp_lists p = { .deadline = bpf_ktime_get_ns() + shared.budget_ns, .zone = shared.target };
	__u32 cpu = bpf_get_smp_processor_id(), zone = shared.target & (BT_EXACT_ZONES - 1);
	struct bt_exact_pcp_numbers *n = &shared.part.pcp_numbers;

	if (cpu >= BT_EXACT_CPUS)
		return 0;
	bpf_printk("buddytrace exact %u begin", shared.marker);
	shared.part.id = shared.marker;
	shared.part.zone = zone;
	shared.part.cpu = cpu;
	shared.part.begin_ns = bpf_ktime_get_ns();
	p.pcp = pcp_address(&shared.zone[zone], cpu);
	n->lock = 0;
	read_member(&n->lock, sizeof(n->lock), p.pcp, shared.layout.pcp_lock);
	NUMBER(n->count, p.pcp, count);
	NUMBER(n->high, p.pcp, high);
	NUMBER(n->batch, p.pcp, batch);
	NUMBER(n->high_min, p.pcp, high_min);
	NUMBER(n->high_max, p.pcp, high_max);
	n->flags = n->alloc_factor = n->free_count = n->free_factor = 0;
	read_member(&n->flags, 1, p.pcp, shared.layout.pcp_flags);
	read_member(&n->alloc_factor, 1, p.pcp, shared.layout.alloc_factor);
	read_member(&n->free_count, 2, p.pcp, shared.layout.free_count);
	read_member(&n->free_factor, 2, p.pcp, shared.layout.free_factor);
	bpf_loop(BT_EXACT_PCP, read_pcp_list, &p, 0);
	shared.part.end_ns = bpf_ktime_get_ns();
	bpf_printk("buddytrace exact %u end", shared.marker);
	return 0;
}

#endif
