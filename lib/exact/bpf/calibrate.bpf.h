/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the first struct page is. */
#ifndef BT_EXACT_BPF_CALIBRATE_H
#define BT_EXACT_BPF_CALIBRATE_H

#include "exact/bpf/memory.bpf.h"

/*
 * The raw tracepoint tells the address of struct page, the ordinary one its number, for the same event: that
 * gives the address of page 0, which kernels hide.
 */
static __always_inline void calibrate(__u64 page, __u64 pfn)
{
	__u32 key = 0;
	struct cell *cell = bpf_map_lookup_elem(&cells, &key);
	__u64 base;

	if (!cell)
		return;
	if (page)
		cell->page = page;
	else
		cell->pfn = pfn;
	if (!cell->page || !cell->pfn)
		return;
	base = cell->page - (cell->pfn << shared.page_shift);
	cell->page = 0;
	cell->pfn = 0;
	if (shared.vmemmap == base) {
		shared.votes++;
	} else if (!shared.votes) {
		shared.vmemmap = base;
		shared.votes = 1;
	} else {
		shared.votes--;
		shared.against++;
	}
}

SEC("raw_tp/mm_page_alloc")
int BPF_PROG(calibrate_page, struct page *page)
{
	if (shared.calibrate)
		calibrate((__u64)page, 0);
	return 0;
}

struct alloc_record {
	__u64 common;
	__u64 pfn;
};

SEC("tracepoint/kmem/mm_page_alloc")
int calibrate_pfn(struct alloc_record *record)
{
	if (shared.calibrate)
		calibrate(0, record->pfn);
	return 0;
}

#endif
