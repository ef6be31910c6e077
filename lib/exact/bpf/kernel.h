/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BT_EXACT_BPF_KERNEL_H
#define BT_EXACT_BPF_KERNEL_H

/*
 * The members of kernel structures that the programs look at, and no others.  Offsets and sizes here mean
 * nothing: the loader replaces them by those of the running kernel (CO-RE).  Where kernels differ the program
 * asks whether a member exists.
 */

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef int __s32;
typedef unsigned long long __u64;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef unsigned int gfp_t;

#define BPF_MAP_TYPE_ARRAY        2
#define BPF_MAP_TYPE_PERCPU_ARRAY 6
#define BPF_F_MMAPABLE            (1U << 10)

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
	struct list_head *next, *prev;
};

struct spinlock {
};

struct free_area {
	struct list_head free_list[1];
	unsigned long nr_free;
};

struct per_cpu_pages {
	struct spinlock lock; /* 5.19 and later */
	int count, high, batch;
	int high_min, high_max;   /* 6.7 and later */
	__u8 flags, alloc_factor; /* 6.7 and later */
	short free_count;         /* 6.7 and later */
	short free_factor;        /* before 6.7 */
	struct list_head lists[1];
};

struct zone {
	unsigned long _watermark[1];
	unsigned long watermark_boost;
	unsigned long nr_reserved_highatomic;
	struct per_cpu_pages *per_cpu_pageset;
	unsigned long zone_start_pfn, spanned_pages;
	const char *name;
	struct free_area free_area[1];
	unsigned long flags;
	struct spinlock lock;
	unsigned long compact_cached_free_pfn;
	unsigned long compact_cached_migrate_pfn[1];
	unsigned int compact_considered, compact_defer_shift;
	int compact_order_failed;
};

struct page {
	struct list_head lru;
	unsigned long private;
	unsigned int page_type;
};

struct task_struct {
	char comm[16];
	void *worker_private; /* 5.17 and later */
};

struct kthread {
	void *data;
};

struct pglist_data {
	struct zone node_zones[1];
	int nr_zones, node_id;
	struct task_struct *kswapd;
};

struct mem_section_usage {
	unsigned long pageblock_flags[1];
};

struct mem_section {
	struct mem_section_usage *usage;
};

struct work_struct {
	void *func;
};

struct bpf_array {
	void *pptrs[1];
};

struct bpf_iter__task {
	void *meta;
	struct task_struct *task;
};

#pragma clang attribute pop

/* One bit for each attribute of a pageblock; the last of them tells how many there are. */
enum pageblock_bits {
	PB_migrate_isolate = 1,
};

#endif
