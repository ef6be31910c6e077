/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stat/allocator.h"
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/*
 * The functions between a fallback and the one who wants the memory.  Which of them are functions of their
 * own and which are inlined differs by kernel and compiler; the comments say in which of the
 * kernels 5.10, 6.1, 6.12, 6.18 and 7.2 (x86-64, distribution builds) they have a symbol.  A name is never
 * both in the allocator and outside of it, so one table serves all kernels.
 */
/* clang-format off */
static const struct {
	enum bdt_frame kind;
	const char *names; /* separated by blanks */
} functions[] = {
	/* all */
	{ BDT_FRAME_TRACE,
	  "__ftrace_trace_stack __trace_stack __traceiter_mm_page_alloc "
	  "__traceiter_mm_page_alloc_extfrag __traceiter_mm_page_alloc_zone_locked "
	  "event_triggers_post_call perf_trace_mm_page_alloc_extfrag stacktrace_trigger "
	  "trace_buffer_unlock_commit_regs trace_dump_stack trace_event_buffer_commit "
	  "trace_event_raw_event_mm_page trace_event_raw_event_mm_page_alloc "
	  "trace_event_raw_event_mm_page_alloc_extfrag" },
	/* inlined in those kernels */
	{ BDT_FRAME_TRACE,
	  "ftrace_trace_stack" },
	/* all */
	{ BDT_FRAME_PAGES,
	  "__alloc_pages_slowpath alloc_pages_exact alloc_pages_exact_nid get_page_from_freelist "
	  "get_zeroed_page" },
	/* up to 6.18 */
	{ BDT_FRAME_PAGES,
	  "__alloc_pages_direct_compact" },
	/* since 6.1 */
	{ BDT_FRAME_PAGES,
	  "__alloc_pages __folio_alloc alloc_pages folio_alloc folio_alloc_swap vma_alloc_folio" },
	/* since 6.12 */
	{ BDT_FRAME_PAGES,
	  "__rmqueue_pcplist alloc_pages_mpol folio_alloc_mpol get_free_pages" },
	/* up to 6.1 */
	{ BDT_FRAME_PAGES,
	  "__get_free_pages alloc_page_interleave steal_suitable_fallback" },
	/* 6.1 to 6.12 */
	{ BDT_FRAME_PAGES,
	  "alloc_pages_bulk_array_mempolicy" },
	/* since 6.18 */
	{ BDT_FRAME_PAGES,
	  "__alloc_frozen_pages alloc_frozen_pages alloc_frozen_pages_nolock alloc_pages_bulk_mempolicy "
	  "alloc_pages_bulk_weighted_interleave alloc_pages_nolock try_to_claim_block "
	  "vma_alloc_anon_folio_pmd" },
	/* up to 5.10 */
	{ BDT_FRAME_PAGES,
	  "__alloc_pages_nodemask alloc_pages_current alloc_pages_vma" },
	/* 6.1 */
	{ BDT_FRAME_PAGES,
	  "__alloc_pages_bulk rmqueue_bulk" },
	/* 6.12 */
	{ BDT_FRAME_PAGES,
	  "alloc_pages_bulk_array_weighted_interleave try_to_steal_block" },
	/* since 7.2 */
	{ BDT_FRAME_PAGES,
	  "rust_helper_alloc_pages" },
	/* inlined in those kernels */
	{ BDT_FRAME_PAGES,
	  "__alloc_pages_cpuset_fallback __alloc_pages_may_oom __alloc_pages_node __folio_alloc_node "
	  "__rmqueue __rmqueue_claim __rmqueue_fallback __rmqueue_smallest __rmqueue_steal "
	  "alloc_pages_node alloc_pages_preferred_many rmqueue rmqueue_buddy rmqueue_pcplist" },
	/* all */
	{ BDT_FRAME_SLAB,
	  "___slab_alloc __kmalloc __kmalloc_node __kmalloc_node_track_caller allocate_slab kasprintf "
	  "kmem_cache_alloc kmem_cache_alloc_bulk kmem_cache_alloc_node kmemdup kmemdup_nul kstrdup "
	  "kstrdup_const kstrndup kvasprintf kvasprintf_const memdup_user memdup_user_nul" },
	/* up to 6.18 */
	{ BDT_FRAME_SLAB,
	  "kmalloc_array" },
	/* since 6.1 */
	{ BDT_FRAME_SLAB,
	  "__kmalloc_large_node kmem_cache_alloc_lru" },
	/* up to 6.12 */
	{ BDT_FRAME_SLAB,
	  "krealloc" },
	/* 5.10, 6.1, 6.18 */
	{ BDT_FRAME_SLAB,
	  "kzalloc" },
	/* 5.10, 6.18, 7.2 */
	{ BDT_FRAME_SLAB,
	  "__kmem_cache_alloc_bulk" },
	/* since 6.12 */
	{ BDT_FRAME_SLAB,
	  "___kmalloc_large_node __kmalloc_cache __kmalloc_cache_node __kmalloc_large "
	  "alloc_slab_obj_exts kmemdup_array" },
	/* up to 6.1 */
	{ BDT_FRAME_SLAB,
	  "kmalloc_large_node" },
	/* 5.10, 6.18 */
	{ BDT_FRAME_SLAB,
	  "__slab_alloc" },
	/* since 6.18 */
	{ BDT_FRAME_SLAB,
	  "__pcs_replace_empty_main __pcs_replace_full_main kmem_cache_alloc_from_sheaf "
	  "kmem_cache_prefill_sheaf kmem_cache_refill_sheaf krealloc_node_align" },
	/* up to 5.10 */
	{ BDT_FRAME_SLAB,
	  "__kmalloc_track_caller kmalloc_order kmalloc_order_trace kmem_cache_alloc_node_trace "
	  "kmem_cache_alloc_trace kzalloc_node memcg_alloc_page_obj_cgroups slab_pre_alloc_hook" },
	/* 6.1 */
	{ BDT_FRAME_SLAB,
	  "__kmem_cache_alloc_node kmalloc_large kmalloc_node_trace kmalloc_trace "
	  "memcg_alloc_slab_cgroups" },
	/* 6.18 */
	{ BDT_FRAME_SLAB,
	  "alloc_empty_sheaf kmalloc_nolock" },
	/* since 7.2 */
	{ BDT_FRAME_SLAB,
	  "__kmalloc_flags __kmalloc_nolock __slab_alloc_node _kmalloc_nolock _kzalloc "
	  "alloc_from_new_slab refill_objects rust_helper_krealloc_node_align" },
	/* inlined in those kernels */
	{ BDT_FRAME_SLAB,
	  "__alloc_empty_sheaf __do_kmalloc_node __do_krealloc __kmem_cache_alloc_lru alloc_full_sheaf "
	  "alloc_slab_page kcalloc new_slab refill_sheaf slab_alloc slab_alloc_node "
	  "slab_post_alloc_hook" },
	/* all */
	{ BDT_FRAME_VMALLOC,
	  "__vmalloc __vmalloc_array __vmalloc_node __vmalloc_node_range vmalloc vmalloc_32 "
	  "vmalloc_32_user vmalloc_array vmalloc_node vmalloc_user vmemdup_user vzalloc vzalloc_node" },
	/* up to 6.12 */
	{ BDT_FRAME_VMALLOC,
	  "kvrealloc" },
	/* since 6.12 */
	{ BDT_FRAME_VMALLOC,
	  "__kvmalloc_node kvmemdup" },
	/* up to 6.1 */
	{ BDT_FRAME_VMALLOC,
	  "kvmalloc_node" },
	/* 6.1 to 6.12 */
	{ BDT_FRAME_VMALLOC,
	  "vmalloc_huge" },
	/* since 6.18 */
	{ BDT_FRAME_VMALLOC,
	  "kvrealloc_node_align vmalloc_huge_node" },
	/* up to 5.10 */
	{ BDT_FRAME_VMALLOC,
	  "__vmalloc_area_node" },
	/* inlined in those kernels */
	{ BDT_FRAME_VMALLOC,
	  "vm_area_alloc_pages" },
	/* all */
	{ BDT_FRAME_PERCPU,
	  "pcpu_alloc pcpu_create_chunk pcpu_mem_zalloc pcpu_populate_chunk" },
	/* up to 6.1 */
	{ BDT_FRAME_PERCPU,
	  "__alloc_percpu __alloc_percpu_gfp" },
	/* inlined in those kernels */
	{ BDT_FRAME_PERCPU,
	  "pcpu_alloc_pages" },
	/* all */
	{ BDT_FRAME_FRAGMENT,
	  "sk_page_frag_refill skb_page_frag_refill" },
	/* since 6.12 */
	{ BDT_FRAME_FRAGMENT,
	  "__page_frag_alloc_align" },
	/* up to 5.10 */
	{ BDT_FRAME_FRAGMENT,
	  "page_frag_alloc" },
	/* 6.1 */
	{ BDT_FRAME_FRAGMENT,
	  "page_frag_alloc_align" },
	/* inlined in those kernels */
	{ BDT_FRAME_FRAGMENT,
	  "__page_frag_cache_refill" },
	/* all */
	{ BDT_FRAME_POOL,
	  "mempool_alloc mempool_alloc_pages mempool_alloc_slab mempool_kmalloc page_pool_alloc_pages" },
	/* since 6.1 */
	{ BDT_FRAME_POOL,
	  "page_pool_alloc_frag" },
	/* up to 6.12 */
	{ BDT_FRAME_POOL,
	  "__page_pool_alloc_pages_slow" },
	/* since 6.12 */
	{ BDT_FRAME_POOL,
	  "page_pool_alloc_frag_netmem" },
	/* 6.12 to 6.18 */
	{ BDT_FRAME_POOL,
	  "mempool_kvmalloc" },
	/* since 6.18 */
	{ BDT_FRAME_POOL,
	  "page_pool_alloc_netmems" },
	/* inlined in those kernels */
	{ BDT_FRAME_POOL,
	  "__page_pool_alloc_page_order" },
};
/* clang-format on */

static const char *const names[] = {
	[BDT_FRAME_CALLER] = "",
	[BDT_FRAME_TRACE] = "",
	[BDT_FRAME_PAGES] = "",
	[BDT_FRAME_SLAB] = "slab",
	[BDT_FRAME_VMALLOC] = "vmalloc",
	[BDT_FRAME_PERCPU] = "percpu",
	[BDT_FRAME_FRAGMENT] = "page_frag",
	[BDT_FRAME_POOL] = "pool",
};

static bool listed(const char *list, const char *name, size_t len)
{
	while (*list) {
		size_t n = strcspn(list, " ");

		if (n == len && !memcmp(list, name, n))
			return true;
		list += n + (list[n] == ' ');
	}
	return false;
}

enum bdt_frame bdt_frame_kind(const char *name)
{
	static const char suffix[] = "_noprof";
	size_t len = strcspn(name, "."), end = strlen(suffix);

	if (len > end && !strncmp(name + len - end, suffix, end))
		len -= end;
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (listed(functions[i].names, name, len))
			return functions[i].kind;
	return BDT_FRAME_CALLER;
}

const char *bdt_frame_name(enum bdt_frame kind)
{
	return names[kind];
}
