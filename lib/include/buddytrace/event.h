/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BUDDYTRACE_EVENT_H
#define BUDDYTRACE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Page frame number: physical address / page size. */
typedef uint64_t bdt_pfn;
/* log2 of a block's size in pages. */
typedef unsigned int bdt_order;
/* Value of enum migratetype as the recorded kernel numbers it. */
typedef unsigned int bdt_migratetype;

/* Largest number of orders any kernel configuration has (arm64, 64 KiB pages: 0..13). */
#define BT_MAX_ORDERS 14
/* Migratetypes of any kernel: UNMOVABLE, MOVABLE, RECLAIMABLE, HIGHATOMIC, CMA, ISOLATE + spare. */
#define BT_MAX_MIGRATETYPES 8

/* The events that buddytrace knows.  The order is that of bdt_event_kinds[]. */
enum bdt_event_kind {
	BDT_EV_OTHER, /* some other event of the file: only the common fields are decoded */
	BDT_EV_GAP,   /* not in the file: events were lost on this CPU before the next one */
	BDT_EV_PAGE_ALLOC,
	BDT_EV_PAGE_FREE,
	BDT_EV_PAGE_FREE_BATCHED,
	BDT_EV_ZONE_LOCKED, /* mm_page_alloc_zone_locked: a block left the buddy lists */
	BDT_EV_PCPU_DRAIN,  /* mm_page_pcpu_drain: a block entered the buddy lists */
	BDT_EV_EXTFRAG,	    /* mm_page_alloc_extfrag: a fallback */
	BDT_EV_COMPACTION_BEGIN,
	BDT_EV_COMPACTION_END,
	BDT_EV_COMPACTION_ISOLATE_MIGRATEPAGES,
	BDT_EV_COMPACTION_ISOLATE_FREEPAGES,
	BDT_EV_COMPACTION_FAST_ISOLATE_FREEPAGES,
	BDT_EV_COMPACTION_MIGRATEPAGES,
	BDT_EV_COMPACTION_TRY_TO_COMPACT,
	BDT_EV_COMPACTION_FINISHED,
	BDT_EV_COMPACTION_SUITABLE,
	BDT_EV_COMPACTION_DEFERRED,
	BDT_EV_COMPACTION_DEFER_COMPACTION,
	BDT_EV_COMPACTION_DEFER_RESET,
	BDT_EV_COMPACTION_KCOMPACTD_SLEEP,
	BDT_EV_COMPACTION_KCOMPACTD_WAKE,
	BDT_EV_COMPACTION_WAKEUP_KCOMPACTD,
	BDT_EV_DIRECT_RECLAIM_BEGIN,
	BDT_EV_DIRECT_RECLAIM_END,
	BDT_EV_KSWAPD_WAKE,
	BDT_EV_KSWAPD_SLEEP,
	BDT_EV_WAKEUP_KSWAPD,
	BDT_EV_MARKER, /* ftrace/print: text written to trace_marker */
	BDT_EV_STACK,  /* ftrace/kernel_stack: what called the event before it on this CPU */
	BDT_EV_BPF_MARKER, /* bpf_trace_printk: text of a BPF program */
	BDT_EV_NR
};

/*
 * Texts of a BDT_EV_MARKER that the recorder writes when it pauses the trace, and when it goes on.  The events
 * in between are missing: a BDT_EV_GAP of unknown length comes before the first event behind the pause.
 */
#define BT_MARKER_PAUSE  "buddytrace: pause"
#define BT_MARKER_RESUME "buddytrace: resume"

#define BT_EVENT_FIELDS 6

/* Bits of bdt_event.flags (common_flags of the ring buffer). */
#define BT_EVENT_IRQS_OFF 0x01
#define BT_EVENT_HARDIRQ  0x08
#define BT_EVENT_SOFTIRQ  0x10
#define BT_EVENT_NMI	  0x40

/* pfn of an allocation that failed, whatever the kernel recorded (0 or -1). */
#define BT_PFN_NONE UINT64_MAX

/*
 * One decoded event.  Integers are sign- or zero-extended as the recorded format says.  The members of the
 * union overlay field[] in the order of bdt_event_kinds[].fields; a field that the recorded kernel does not
 * have is 0 and its bit in `missing` is set.
 */
struct bdt_event {
	uint64_t time_ns; /* trace clock, converted to nanoseconds */
	uint64_t number;  /* position in the merged stream, from 0; gaps count too */
	uint32_t cpu;
	int32_t pid;
	uint16_t id;	       /* event id of the recorded kernel */
	uint8_t kind;	       /* enum bdt_event_kind */
	uint8_t flags;	       /* BT_EVENT_* */
	uint8_t preempt_count; /* low 4 bits: preempt depth, high 4 bits: migrate-disable depth */
	uint8_t missing;       /* bit i: field i does not exist in this kernel */
	uint16_t raw_size;     /* bytes at raw */
	const uint8_t *raw;    /* record as stored, valid as long as the batch; NULL for gaps */
	union {
		int64_t field[BT_EVENT_FIELDS];
		struct {
			int64_t count; /* lost events, -1 = unknown */
		} gap;
		struct {
			int64_t pfn, order, gfp_flags, migratetype;
		} alloc;
		struct {
			int64_t pfn, order;
		} free; /* also mm_page_free_batched, order 0 there */
		struct {
			int64_t pfn, order, migratetype, percpu_refill;
		} zone_locked;
		struct {
			int64_t pfn, order, migratetype;
		} drain;
		struct {
			int64_t pfn, alloc_order, fallback_order, alloc_migratetype, fallback_migratetype,
				change_ownership;
		} extfrag;
		struct {
			int64_t zone_start, migrate_pfn, free_pfn, zone_end, sync, status;
		} compaction; /* status: mm_compaction_end only */
		struct {
			int64_t start_pfn, end_pfn, nr_scanned, nr_taken;
		} isolate; /* all three isolate events */
		struct {
			int64_t nr_migrated, nr_failed;
		} migratepages;
		struct {
			int64_t order, gfp_mask, prio;
		} try_to_compact;
		struct {
			int64_t nid, idx, order, ret;
		} suitable; /* finished and suitable */
		struct {
			int64_t nid, idx, order, considered, defer_shift, order_failed;
		} defer; /* deferred, defer_compaction, defer_reset */
		struct {
			int64_t nid, order, highest_zoneidx;
		} kcompactd;
		struct {
			int64_t order, gfp_flags;
		} reclaim_begin;
		struct {
			int64_t nr_reclaimed;
		} reclaim_end;
		struct {
			int64_t nid, zid, order, gfp_flags;
		} kswapd; /* wake, sleep (nid only), wakeup */
		struct {
			int64_t size; /* frames that the kernel wrote; bdt_stream_stack() reads them */
		} stack;
	};
};

/* How an event kind is found in the recorded formats. */
struct bdt_event_desc {
	const char *system; /* NULL for OTHER and GAP */
	const char *name;
	const char *fields[BT_EVENT_FIELDS]; /* NULL ends the list */
};

/* Indexed by enum bdt_event_kind. */
extern const struct bdt_event_desc bdt_event_kinds[BDT_EV_NR];

/* Kind of the event `system`:`name`, BDT_EV_OTHER if it is none of ours. */
enum bdt_event_kind bdt_event_kind_find(const char *system, const char *name);

#endif
