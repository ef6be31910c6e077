// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the free lists of a zone in order, while the kernel holds the zone lock.
 *
 * The tracepoint mm_page_alloc_zone_locked fires under that lock with interrupts off: a program attached to
 * it sees lists that nobody changes, at a known place of the event stream, which a marker line printed into
 * the same stream tells.  Lists are read from both ends at once, because the time goes into cache misses and
 * two of them overlap; a run that takes longer than its budget stops, and the loader starts another.
 *
 * It never writes to the kernel, and reads all memory through bpf_probe_read_kernel(): a pointer that leads
 * nowhere is an error code, not a fault.
 */
#include "exact/bpf/kernel.h"
#include "exact/shared.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

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

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BT_EXACT_EVENTS);
	__type(key, __u32);
	__type(value, struct bt_exact_fired);
} fired SEC(".maps");

struct bt_exact_shared shared;

#define READ(to, address) bpf_probe_read_kernel(&(to), sizeof(to), (const void *)(address))

/* ---- where things are ---- */

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

/* ---- how often events fire ---- */

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

/* ---- lists ---- */

static __always_inline int put(__u64 at, __u32 word)
{
	__u32 key = at / BT_EXACT_CHUNK;
	struct chunk *chunk = bpf_map_lookup_elem(&words, &key);

	if (!chunk)
		return -1;
	chunk->word[at & (BT_EXACT_CHUNK - 1)] = word;
	return 0;
}

struct walk {
	__u64 forward, backward; /* entries to be looked at next */
	__u64 base;              /* address of the list member of page 0 */
	__u64 low, high;         /* bounds of such addresses in the zone */
	__u64 deadline;
	__u32 shift;
	__u32 front, back, room; /* words */
	__u32 state;
};

#define TIME_CHECK 63 /* steps between two looks at the clock, less one */

static __always_inline int is_entry(const struct walk *w, __u64 address)
{
	return address >= w->low && address < w->high && !((address - w->base) & ((1ULL << w->shift) - 1));
}

/* One entry from each end; they meet in one entry or pass each other. */
static long step(__u32 i, struct walk *w)
{
	__u64 forward = w->forward, backward = w->backward, next = 0, prev = 0;

	if (!is_entry(w, forward) || !is_entry(w, backward) || READ(next, forward) ||
	    READ(prev, backward + sizeof(__u64))) {
		w->state = BT_LIST_BROKEN;
		return 1;
	}
	if (w->front + w->back + 2 > w->room || put(w->front, (forward - w->base) >> w->shift)) {
		w->state = BT_LIST_CUT;
		return 1;
	}
	w->front++;
	if (forward == backward)
		return 1;
	if (put(w->room - w->back - 1, (backward - w->base) >> w->shift)) {
		w->state = BT_LIST_BROKEN;
		return 1;
	}
	w->back++;
	if (next == backward)
		return 1;
	w->forward = next;
	w->backward = prev;
	if (!(i & TIME_CHECK) && bpf_ktime_get_ns() > w->deadline) {
		w->state = BT_LIST_CUT;
		return 1;
	}
	return 0;
}

#define MAX_STEPS (1 << 23)

/* Where to begin: the address of a list member that is not part of what is read, or of the head. */
struct bounds {
	__u64 from, to;
};

static __always_inline __u64 page_address(__u32 pfn)
{
	return shared.vmemmap + ((__u64)pfn << shared.page_shift);
}

static __always_inline __u32 page_number(__u64 member)
{
	return (member - shared.layout.page_lru - shared.vmemmap) >> shared.page_shift;
}

/* Reads what is between `b->from` and `b->to`; what is read goes behind the words that are there. */
static __always_inline void read_list(const struct bounds *b, const struct bt_exact_zone *zone,
				      struct bt_exact_list *list, __u64 deadline)
{
	struct walk w = { .base = shared.vmemmap + shared.layout.page_lru,
			  .deadline = deadline,
			  .shift = shared.page_shift,
			  .front = shared.front,
			  .back = shared.back,
			  .room = shared.nr_words,
			  .state = BT_LIST_WHOLE };

	w.low = w.base + (zone->start << (w.shift & 63));
	w.high = w.base + (zone->end << (w.shift & 63));
	if (READ(w.forward, b->from) || READ(w.backward, b->to + sizeof(__u64)))
		w.state = BT_LIST_BROKEN;
	else if (w.forward != b->to && bpf_loop(MAX_STEPS, step, &w, 0) >= MAX_STEPS)
		w.state = BT_LIST_CUT;
	list->from = shared.front;
	list->first = w.front - shared.front;
	list->to = w.room - w.back;
	list->last = w.back - shared.back;
	list->after = list->before = BT_EXACT_NO_PAGE;
	list->state = w.state;
	shared.front = w.front;
	shared.back = w.back;
}

/*
 * The first of the pages that is still a free block of this order, between neighbours that know it; 0 when
 * none is.  Should it be on another list, the walk leads to the head of that list, which is no page.
 */
static __always_inline __u64 find_anchor(const struct bt_exact_anchors *anchors, __u32 order)
{
	const struct bt_exact_layout *l = &shared.layout;

	for (__u32 i = 0; i < BT_EXACT_ANCHORS; i++) {
		__u64 page, member, private = 0, next = 0, prev = 0, back = 0, forth = 0;
		__u32 word = 0;

		if (i >= anchors->n)
			break;
		page = page_address(anchors->pfn[i]);
		member = page + l->page_lru;
		if (READ(word, page + l->page_type.offset) || word != shared.free_word ||
		    READ(private, page + l->page_private.offset) || private != order)
			continue;
		if (READ(next, member) || READ(prev, member + sizeof(__u64)) ||
		    READ(back, next + sizeof(__u64)) || READ(forth, prev))
			continue;
		if (back == member && forth == member)
			return member;
	}
	return 0;
}

/* What a page on a free list has as its type, which differs between kernels: the first of a list tells. */
static __always_inline void learn_free_word(__u64 head)
{
	__u64 member = 0;

	if (shared.part.locked && !READ(member, head) && member != head)
		READ(shared.free_word, member - shared.layout.page_lru + shared.layout.page_type.offset);
}

static __always_inline void read_free_list(__u64 head, __u32 order, const struct bt_exact_zone *zone,
					   struct bt_exact_list *list, __u64 deadline)
{
	struct bounds b = { .from = head, .to = head };
	__u64 from, to;

	learn_free_word(head);
	from = find_anchor(&shared.front_anchors, order);
	to = find_anchor(&shared.back_anchors, order);
	if (from)
		b.from = from;
	if (to)
		b.to = to;
	read_list(&b, zone, list, deadline);
	if (from)
		list->after = page_number(from);
	if (to)
		list->before = page_number(to);
	shared.front_anchors.n = shared.back_anchors.n = 0;
}

struct lists {
	__u64 deadline;
	__u32 index; /* of the zone */
};

/* Of list number `i` from the first wanted one; ends the loop when the time is over. */
static long read_next_list(__u32 i, struct lists *l)
{
	const struct bt_exact_layout *layout = &shared.layout;
	__u32 at = shared.next_list;
	__u32 order = at / BT_EXACT_TYPES, type = at % BT_EXACT_TYPES;
	struct bt_exact_list list = {};
	__u64 area;

	if (order >= BT_EXACT_ORDERS || (int)order >= layout->orders)
		return 1;
	if (i && bpf_ktime_get_ns() > l->deadline)
		return 1;
	shared.next_list = at + 1;
	shared.part.end_list = at + 1;
	if ((int)type >= layout->types)
		return 0;
	area = shared.zone[l->index & (BT_EXACT_ZONES - 1)].address + layout->free_area.offset +
	       (__u64)order * layout->area_size;
	READ(shared.part.nr_free[order & (BT_EXACT_ORDERS - 1)], area + layout->nr_free.offset);
	read_free_list(area + type * 2 * sizeof(__u64), order, &shared.zone[l->index & (BT_EXACT_ZONES - 1)],
		       &list, l->deadline);
	/* Bounded anew: the verifier of 6.1 forgets the bounds of what was kept over a loop. */
	barrier_var(at);
	shared.part.list[at & (BT_EXACT_LISTS - 1)] = list;
	return 0;
}

static __always_inline void read_member(void *to, __u32 size, __u64 structure, struct bt_exact_member m)
{
	if (m.offset != BT_EXACT_NOT_HERE)
		bpf_probe_read_kernel(to, size, (void *)(structure + m.offset));
}

#define NUMBER(to, structure, member) read_member(&(to), sizeof(to), structure, shared.layout.member)

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

/* ---- types of pageblocks ---- */

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

/* ---- runs ---- */

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
	__u64 pageset = 0;

	if (cpu >= BT_EXACT_CPUS)
		return 0;
	bpf_printk("buddytrace exact %u begin", shared.marker);
	shared.part.id = shared.marker;
	shared.part.zone = zone;
	shared.part.cpu = cpu;
	shared.part.begin_ns = bpf_ktime_get_ns();
	READ(pageset, shared.zone[zone].address + shared.layout.pageset.offset);
	p.pcp = pageset + shared.percpu[cpu] - shared.percpu_base;
	/* The lock comes first in the structure where there is one; a word of something else is not 0 or 1.
	 */
	READ(n->lock, p.pcp);
	NUMBER(n->count, p.pcp, count);
	NUMBER(n->high, p.pcp, high);
	NUMBER(n->batch, p.pcp, batch);
	NUMBER(n->high_min, p.pcp, high_min);
	NUMBER(n->high_max, p.pcp, high_max);
	n->flags = n->alloc_factor = n->free_count = n->free_factor = 0;
	if (shared.layout.pcp_flags.offset != BT_EXACT_NOT_HERE)
		bpf_probe_read_kernel(&n->flags, 1, (void *)(p.pcp + shared.layout.pcp_flags.offset));
	if (shared.layout.alloc_factor.offset != BT_EXACT_NOT_HERE)
		bpf_probe_read_kernel(&n->alloc_factor, 1,
				      (void *)(p.pcp + shared.layout.alloc_factor.offset));
	if (shared.layout.free_count.offset != BT_EXACT_NOT_HERE)
		bpf_probe_read_kernel(&n->free_count, 2, (void *)(p.pcp + shared.layout.free_count.offset));
	if (shared.layout.free_factor.offset != BT_EXACT_NOT_HERE)
		bpf_probe_read_kernel(&n->free_factor, 2, (void *)(p.pcp + shared.layout.free_factor.offset));
	bpf_loop(BT_EXACT_PCP, read_pcp_list, &p, 0);
	shared.part.end_ns = bpf_ktime_get_ns();
	bpf_printk("buddytrace exact %u end", shared.marker);
	return 0;
}
