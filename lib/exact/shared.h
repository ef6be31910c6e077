/* SPDX-License-Identifier: LGPL-2.1-or-later OR GPL-2.0-or-later */
#ifndef BT_EXACT_SHARED_H
#define BT_EXACT_SHARED_H

/*
 * What the BPF program and its loader have in common: the globals of the program (struct bt_exact_shared,
 * mapped into the loader) and the words it writes (map `words`).  Includes no header, because the program
 * has its own idea of the types.
 */

#define BT_EXACT_ZONES    32
#define BT_EXACT_NODES    16
#define BT_EXACT_CPUS     512
#define BT_EXACT_ORDERS   16
#define BT_EXACT_TYPES    8
#define BT_EXACT_LISTS    (BT_EXACT_ORDERS * BT_EXACT_TYPES) /* index: order * BT_EXACT_TYPES + migratetype */
#define BT_EXACT_PCP      24                                 /* lists of one per_cpu_pages */
#define BT_EXACT_PEEK     4096
#define BT_EXACT_CHUNK    1024 /* words in one element of the map `words` */
#define BT_EXACT_NOT_HERE (-1)
#define BT_EXACT_ANCHORS  8
#define BT_EXACT_EVENTS   5 /* whose firings are counted: X(number, name) */
#define BT_EXACT_COUNTED(X)             \
	X(0, mm_page_alloc)             \
	X(1, mm_page_free)              \
	X(2, mm_page_free_batched)      \
	X(3, mm_page_alloc_zone_locked) \
	X(4, mm_page_pcpu_drain)
#define BT_EXACT_WORKS   256 /* functions of workqueues that were looked at */
#define BT_EXACT_NO_PAGE (~0U)

/* How a list was read. */
enum bt_exact_list_state {
	BT_LIST_NOT_READ,
	BT_LIST_WHOLE,
	BT_LIST_CUT,    /* time was up, or no room for words: the middle is missing, both ends are there */
	BT_LIST_BROKEN, /* a pointer led out of the list */
};

/*
 * Pages of one list as page frame numbers: `first` words from `from`, then `last` words from `to`.  They are
 * the part of the list behind `after` and ahead of `before`, where these are pages.
 */
struct bt_exact_list {
	unsigned int state; /* enum bt_exact_list_state */
	unsigned int from, first;
	unsigned int to, last;
	unsigned int after, before; /* BT_EXACT_NO_PAGE: the head, the tail of the list */
};

/*
 * A list that was cut is read on by the next run, from the last page that was read at each end, or if that
 * left the list meanwhile, from the one before it, and so on.
 */
struct bt_exact_anchors {
	unsigned int n;
	unsigned int pfn[BT_EXACT_ANCHORS]; /* the last one read comes first */
};

/* How often an event fired on one CPU. */
struct bt_exact_fired {
	unsigned long long all, init; /* ... in the process with the id 1 */
};

/* Where a member is in the running kernel's structure. */
struct bt_exact_member {
	int offset; /* bytes, BT_EXACT_NOT_HERE = this kernel has none */
	int size;   /* bytes */
};

/* Offsets that the program tells its loader, and uses itself. */
struct bt_exact_layout {
	int page_size, page_lru; /* sizeof(struct page), bytes */
	struct bt_exact_member page_type, page_private;
	int zone_size, area_size, orders, types;
	struct bt_exact_member free_area, nr_free, start_pfn, spanned_pages, name, pageset, lock;
	struct bt_exact_member watermark, boost, reserved_highatomic, zone_flags;
	struct bt_exact_member cached_free, cached_migrate, considered, defer_shift, order_failed;
	struct bt_exact_member nr_zones, node_id;
	struct bt_exact_member pcp_lock, count, high, batch, high_min, high_max, pcp_flags, alloc_factor,
		free_count, free_factor, lists;
	int pcp_lists;
	int section_size, section_usage, usage_flags;
	int pageblock_bits; /* of a pageblock, in mem_section_usage.pageblock_flags */
};

/* One zone, set by the loader. */
struct bt_exact_zone {
	unsigned long long address, start, end; /* pfns, end exclusive */
};

/* Numbers of a zone, read together with the first of its lists. */
struct bt_exact_zone_numbers {
	unsigned long long watermark[4], boost, reserved_highatomic, flags, cached_free, cached_migrate[2];
	unsigned int considered, defer_shift;
	int order_failed;
};

struct bt_exact_pcp_numbers {
	int count, high, batch, high_min, high_max, flags, alloc_factor, free_count, free_factor;
	unsigned int lock; /* the word of the lock while it was read: 0 = free */
};

/* What one run of the program read: lists of one zone, or the per-CPU lists of one CPU and zone. */
struct bt_exact_part {
	unsigned int id; /* of the marker in the event stream */
	unsigned int zone, cpu;
	unsigned int locked;               /* the zone lock was held */
	unsigned int first_list, end_list; /* indices of the lists that were read, end exclusive */
	unsigned int lock;
	unsigned int types_from, types_words; /* pageblock words (64 bit, low half first), 0 = not read */
	unsigned long long types_section;     /* number of the first memory section in them */
	unsigned int block_bits;              /* of a pageblock in them, 4 or 8 */
	unsigned int section_order;           /* log2 of the pages in a section */
	unsigned long long event_pfn;
	int event_order, event_migratetype;
	unsigned long long begin_ns, end_ns; /* CLOCK_MONOTONIC */
	unsigned long long nr_free[BT_EXACT_ORDERS];
	struct bt_exact_list list[BT_EXACT_LISTS];
	struct bt_exact_zone_numbers numbers;
	struct bt_exact_list pcp[BT_EXACT_PCP];
	struct bt_exact_pcp_numbers pcp_numbers;
};

struct bt_exact_shared {
	/* told to the program */
	struct bt_exact_zone zone[BT_EXACT_ZONES];
	unsigned int nr_zones;
	unsigned int page_shift;      /* log2(sizeof(struct page)) */
	unsigned int nr_words;        /* in the map */
	unsigned long long vmemmap;   /* address of struct page 0 */
	unsigned long long budget_ns; /* for one run */
	unsigned long long sections;  /* address of the table of section roots, 0 = unknown */
	unsigned int per_root, section_order, pageblock_order;
	/* a run: the loader sets armed last; the program clears it when it is done */
	unsigned int target; /* zone index */
	unsigned int next_list;
	unsigned long long next_section; /* of the pageblock types */
	struct bt_exact_anchors front_anchors,
		back_anchors; /* of next_list; none: it is read from its ends */
	unsigned int marker;
	unsigned int armed; /* 0 = no, 1 = yes, 2 = being read */
	unsigned int calibrate;
	/* told by the program */
	unsigned int front, back; /* words used from the start, and from the end of the map */
	unsigned int free_word;   /* page_type of a page on a free list */
	unsigned int nr_nodes;
	unsigned long long node[BT_EXACT_NODES];               /* addresses of struct pglist_data */
	unsigned long long percpu_base, percpu[BT_EXACT_CPUS]; /* percpu[i] - percpu_base = offset of CPU i */
	unsigned int votes, against;                           /* of the calibration */
	struct bt_exact_layout layout;
	struct bt_exact_part part;
	/* free page reporting: the function that does it, 0 = not seen yet, and others; the task that is in it */
	unsigned long long reporting_work, other_work[BT_EXACT_WORKS], reporting_task;
	unsigned int reporting_woken; /* the host has the batch that it waits with */
	unsigned int reporting_steps; /* batches that were handed over in this pass */
	/* reading of kernel memory for the loader */
	unsigned long long peek_address;
	unsigned int peek_size;
	int peek_error;
	unsigned char peek[BT_EXACT_PEEK];
};

#endif
