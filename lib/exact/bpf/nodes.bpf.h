/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the nodes are, and a look at any place of the kernel for the loader. */
#ifndef BT_EXACT_BPF_NODES_H
#define BT_EXACT_BPF_NODES_H

#include "exact/bpf/memory.bpf.h"

/* Each node has a kswapd, whose argument is the node: no symbol table is needed to find it. */
SEC("iter/task")
int find_nodes(struct bpf_iter__task *ctx)
{
	static const char kswapd[] = "kswapd";
	struct task_struct *task = ctx->task;
	struct pglist_data *node;
	struct kthread *thread;
	__u32 n = shared.nr_nodes;
	char comm[16] = "";

	if (!task || n >= BT_EXACT_NODES)
		return 0;
	bpf_probe_read_kernel_str(comm, sizeof(comm), task->comm);
	for (int i = 0; i < 6; i++)
		if (comm[i] != kswapd[i])
			return 0;
	thread = BPF_CORE_READ(task, worker_private);
	node = BPF_CORE_READ(thread, data);
	if (!node || BPF_CORE_READ(node, kswapd) != task)
		return 0;
	shared.node[n & (BT_EXACT_NODES - 1)] = (__u64)node;
	shared.nr_nodes = n + 1;
	return 0;
}

SEC("raw_tp/sys_enter")
int peek(void *ctx)
{
	__u32 size = shared.peek_size;

	if (size > BT_EXACT_PEEK)
		size = BT_EXACT_PEEK;
	shared.peek_error = bpf_probe_read_kernel(shared.peek, size, (void *)shared.peek_address);
	return 0;
}

#endif
