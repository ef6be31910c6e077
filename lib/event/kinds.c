/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <buddytrace/event.h>
#include <string.h>

#define KMEM	   "kmem"
#define COMPACTION "compaction"
#define VMSCAN	   "vmscan"

/* clang-format off */
const struct bdt_event_desc bdt_event_kinds[BDT_EV_NR] = {
	[BDT_EV_PAGE_ALLOC] = { KMEM, "mm_page_alloc", { "pfn", "order", "gfp_flags", "migratetype" } },
	[BDT_EV_PAGE_FREE] = { KMEM, "mm_page_free", { "pfn", "order" } },
	[BDT_EV_PAGE_FREE_BATCHED] = { KMEM, "mm_page_free_batched", { "pfn" } },
	[BDT_EV_ZONE_LOCKED] = { KMEM, "mm_page_alloc_zone_locked",
		{ "pfn", "order", "migratetype", "percpu_refill" } },
	[BDT_EV_PCPU_DRAIN] = { KMEM, "mm_page_pcpu_drain", { "pfn", "order", "migratetype" } },
	[BDT_EV_EXTFRAG] = { KMEM, "mm_page_alloc_extfrag",
		{ "pfn", "alloc_order", "fallback_order", "alloc_migratetype", "fallback_migratetype",
		  "change_ownership" } },
	[BDT_EV_COMPACTION_BEGIN] = { COMPACTION, "mm_compaction_begin",
		{ "zone_start", "migrate_pfn", "free_pfn", "zone_end", "sync" } },
	[BDT_EV_COMPACTION_END] = { COMPACTION, "mm_compaction_end",
		{ "zone_start", "migrate_pfn", "free_pfn", "zone_end", "sync", "status" } },
	[BDT_EV_COMPACTION_ISOLATE_MIGRATEPAGES] = { COMPACTION, "mm_compaction_isolate_migratepages",
		{ "start_pfn", "end_pfn", "nr_scanned", "nr_taken" } },
	[BDT_EV_COMPACTION_ISOLATE_FREEPAGES] = { COMPACTION, "mm_compaction_isolate_freepages",
		{ "start_pfn", "end_pfn", "nr_scanned", "nr_taken" } },
	[BDT_EV_COMPACTION_FAST_ISOLATE_FREEPAGES] = { COMPACTION, "mm_compaction_fast_isolate_freepages",
		{ "start_pfn", "end_pfn", "nr_scanned", "nr_taken" } },
	[BDT_EV_COMPACTION_MIGRATEPAGES] = { COMPACTION, "mm_compaction_migratepages",
		{ "nr_migrated", "nr_failed" } },
	[BDT_EV_COMPACTION_TRY_TO_COMPACT] = { COMPACTION, "mm_compaction_try_to_compact_pages",
		{ "order", "gfp_mask", "prio" } },
	[BDT_EV_COMPACTION_FINISHED] = { COMPACTION, "mm_compaction_finished",
		{ "nid", "idx", "order", "ret" } },
	[BDT_EV_COMPACTION_SUITABLE] = { COMPACTION, "mm_compaction_suitable",
		{ "nid", "idx", "order", "ret" } },
	[BDT_EV_COMPACTION_DEFERRED] = { COMPACTION, "mm_compaction_deferred",
		{ "nid", "idx", "order", "considered", "defer_shift", "order_failed" } },
	[BDT_EV_COMPACTION_DEFER_COMPACTION] = { COMPACTION, "mm_compaction_defer_compaction",
		{ "nid", "idx", "order", "considered", "defer_shift", "order_failed" } },
	[BDT_EV_COMPACTION_DEFER_RESET] = { COMPACTION, "mm_compaction_defer_reset",
		{ "nid", "idx", "order", "considered", "defer_shift", "order_failed" } },
	[BDT_EV_COMPACTION_KCOMPACTD_SLEEP] = { COMPACTION, "mm_compaction_kcompactd_sleep", { "nid" } },
	[BDT_EV_COMPACTION_KCOMPACTD_WAKE] = { COMPACTION, "mm_compaction_kcompactd_wake",
		{ "nid", "order", "highest_zoneidx" } },
	[BDT_EV_COMPACTION_WAKEUP_KCOMPACTD] = { COMPACTION, "mm_compaction_wakeup_kcompactd",
		{ "nid", "order", "highest_zoneidx" } },
	[BDT_EV_DIRECT_RECLAIM_BEGIN] = { VMSCAN, "mm_vmscan_direct_reclaim_begin",
		{ "order", "gfp_flags" } },
	[BDT_EV_DIRECT_RECLAIM_END] = { VMSCAN, "mm_vmscan_direct_reclaim_end", { "nr_reclaimed" } },
	[BDT_EV_KSWAPD_WAKE] = { VMSCAN, "mm_vmscan_kswapd_wake", { "nid", "zid", "order" } },
	[BDT_EV_KSWAPD_SLEEP] = { VMSCAN, "mm_vmscan_kswapd_sleep", { "nid" } },
	[BDT_EV_WAKEUP_KSWAPD] = { VMSCAN, "mm_vmscan_wakeup_kswapd",
		{ "nid", "zid", "order", "gfp_flags" } },
	[BDT_EV_MARKER] = { "ftrace", "print", { NULL } },
	[BDT_EV_STACK] = { "ftrace", "kernel_stack", { "size" } },
	[BDT_EV_BPF_MARKER] = { "bpf_trace", "bpf_trace_printk", { NULL } },
};
/* clang-format on */

enum bdt_event_kind bdt_event_kind_find(const char *system, const char *name)
{
	for (int kind = 0; kind < BDT_EV_NR; kind++) {
		const struct bdt_event_desc *desc = &bdt_event_kinds[kind];

		if (desc->system && !strcmp(desc->name, name) && !strcmp(desc->system, system))
			return kind;
	}
	return BDT_EV_OTHER;
}
