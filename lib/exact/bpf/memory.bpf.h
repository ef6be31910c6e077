/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the programs share with the loader, and how they read the memory of the kernel. */
#ifndef BT_EXACT_BPF_MEMORY_H
#define BT_EXACT_BPF_MEMORY_H

#include "exact/bpf/kernel.h"
#include "exact/shared.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

struct chunk {
	__u32 word[BT_EXACT_CHUNK];
};

/* Page frame numbers as they are read; the loader makes it as large as it is needed. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct chunk);
} words SEC(".maps");

struct cell {
	__u64 page, pfn;
};

/* Per CPU, to learn where the kernel keeps the memory of a CPU, and to pair two probes of one event. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cell);
} cells SEC(".maps");

struct bt_exact_shared shared;

#define READ(to, address) bpf_probe_read_kernel(&(to), sizeof(to), (const void *)(address))

static __always_inline int put(__u64 at, __u32 word)
{
	__u32 key = at / BT_EXACT_CHUNK;
	struct chunk *chunk = bpf_map_lookup_elem(&words, &key);

	if (!chunk)
		return -1;
	chunk->word[at & (BT_EXACT_CHUNK - 1)] = word;
	return 0;
}

static __always_inline void read_member(void *to, __u32 size, __u64 structure, struct bt_exact_member m)
{
	if (m.offset != BT_EXACT_NOT_HERE)
		bpf_probe_read_kernel(to, size, (void *)(structure + m.offset));
}

/* The per-CPU lists of a zone. */
static __always_inline __u64 pcp_address(const struct bt_exact_zone *zone, __u32 cpu)
{
	__u64 pageset = 0;

	READ(pageset, zone->address + shared.layout.pageset.offset);
	return pageset + shared.percpu[cpu & (BT_EXACT_CPUS - 1)] - shared.percpu_base;
}

#define NUMBER(to, structure, member) read_member(&(to), sizeof(to), structure, shared.layout.member)

#endif
