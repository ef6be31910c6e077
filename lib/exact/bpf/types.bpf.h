/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the types of the pageblocks of a zone. */
#ifndef BT_EXACT_BPF_TYPES_H
#define BT_EXACT_BPF_TYPES_H

#include "exact/bpf/walk.bpf.h"

struct sections {
	__u64 section, end, deadline;
	__u32 words; /* of 64 bit, per section */
};

#define MAX_FLAG_WORDS 64

static long read_section(__u32 i, struct sections *s)
{
	const struct bt_exact_layout *layout = &shared.layout;
	__u64 root = 0, usage = 0, flags = 0, section = s->section;

	if (section >= s->end || shared.front + shared.back + 2 * MAX_FLAG_WORDS > shared.nr_words ||
	    (!(i & TIME_CHECK) && i && bpf_ktime_get_ns() > s->deadline))
		return 1;
	READ(root, shared.sections + section / shared.per_root * sizeof(__u64));
	if (root)
		READ(usage, root + section % shared.per_root * layout->section_size + layout->section_usage);
	for (__u32 word = 0; word < MAX_FLAG_WORDS && word < s->words; word++) {
		flags = 0;
		if (usage)
			READ(flags, usage + layout->usage_flags + word * sizeof(flags));
		if (put(shared.front, (__u32)flags) || put(shared.front + 1, flags >> 32))
			return 1;
		shared.front += 2;
		shared.part.types_words++;
	}
	s->section = section + 1;
	return 0;
}

#define MAX_SECTIONS (1 << 20)

/* From shared.next_section on; false when the time is over before they are all read. */
static __always_inline int read_types(const struct bt_exact_zone *zone, __u64 deadline)
{
	__u32 order = shared.section_order, blocks = 1U << ((order - shared.pageblock_order) & 31);
	struct sections s = { .section = shared.next_section,
			      .end = ((zone->end - 1) >> (order & 63)) + 1,
			      .deadline = deadline,
			      .words = blocks * shared.layout.pageblock_bits / 64 };

	if (!shared.sections || !shared.per_root || s.section >= s.end)
		return 1;
	shared.part.types_from = shared.front;
	shared.part.types_section = s.section;
	shared.part.block_bits = shared.layout.pageblock_bits;
	shared.part.section_order = order;
	bpf_loop(MAX_SECTIONS, read_section, &s, 0);
	shared.next_section = s.section;
	return s.section >= s.end;
}

#endif
