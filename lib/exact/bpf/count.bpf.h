/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often events fire. */
#ifndef BT_EXACT_BPF_COUNT_H
#define BT_EXACT_BPF_COUNT_H

#include "exact/bpf/memory.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BT_EXACT_EVENTS);
	__type(key, __u32);
	__type(value, struct bt_exact_fired);
} fired SEC(".maps");

/* Atomic, because interrupts come between. */
static __always_inline int count(__u32 event)
{
	struct bt_exact_fired *f = bpf_map_lookup_elem(&fired, &event);

	if (!f)
		return 0;
	__sync_fetch_and_add(&f->all, 1);
	if (bpf_get_current_pid_tgid() >> 32 == 1)
		__sync_fetch_and_add(&f->init, 1);
	return 0;
}

#define COUNT(number, event)          \
	SEC("raw_tp/" #event)         \
	int count_##event(void *ctx)  \
	{                             \
		return count(number); \
	}

BT_EXACT_COUNTED(COUNT)

#endif
