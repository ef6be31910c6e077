/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_ALLOC_FLAGS_H
#define BT_MODEL_ALLOC_FLAGS_H

#include "model/gfp.h"

/*
 * What a pass over the zones may do.  The bits are ours: the kernels number them differently and no trace
 * shows them.  cf. ALLOC_* in mm/internal.h
 */
#define BT_ALLOC_WMARK_MIN     0x000U
#define BT_ALLOC_WMARK_LOW     0x001U
#define BT_ALLOC_WMARK_HIGH    0x002U
#define BT_ALLOC_WMARK_PROMO   0x003U
#define BT_ALLOC_WMARK_MASK    0x003U
#define BT_ALLOC_NO_WATERMARKS 0x004U
#define BT_ALLOC_OOM           0x008U /* the request of a victim of the OOM killer, 4.14 and later */
#define BT_ALLOC_HARDER        0x010U /* since 6.3, 6.1.116: NON_BLOCK */
#define BT_ALLOC_HIGH          0x020U /* since 6.3, 6.1.116: MIN_RESERVE */
#define BT_ALLOC_CPUSET        0x040U
#define BT_ALLOC_CMA           0x080U
#define BT_ALLOC_FAIR          0x100U /* 4.0 */
#define BT_ALLOC_NOFRAGMENT    0x200U
#define BT_ALLOC_HIGHATOMIC    0x400U /* since 6.3, 6.1.116 */
#define BT_ALLOC_TRYLOCK       0x800U /* never waits for a lock: alloc_pages_nolock(), 6.15 and later */
#define BT_ALLOC_KSWAPD        0x1000U

/* What the kernel knows of the asking task and no trace says; all false where nothing is known. */
struct bdt_task_rights {
	bool memalloc;  /* PF_MEMALLOC: it reclaims memory itself */
	bool interrupt; /* in an interrupt */
	bool realtime;  /* a realtime or deadline task, and not in an interrupt */
	bool oom_victim;
};

/*
 * Flags of the first try, but for NOFRAGMENT, which follows from the zones (bdt_system_nofragment()).
 * cf. prepare_alloc_pages(), __alloc_pages_nodemask(), 4.0 - 7.2.
 */
unsigned int bdt_alloc_flags_fast(const struct bdt_profile *profile, uint32_t gfp, bool grouping);

/*
 * Flags of the slow path, NOFRAGMENT of defrag_mode left out.  cf. gfp_to_alloc_flags(), 4.0 - 7.2; the
 * rights of tasks that free memory are bdt_alloc_flags_reserves().
 */
unsigned int bdt_alloc_flags_slow(const struct bdt_profile *profile, uint32_t gfp, bdt_order order,
				  const struct bdt_task_rights *task, bool grouping);

/*
 * Access to the reserves: 0, BT_ALLOC_OOM or BT_ALLOC_NO_WATERMARKS.  cf. __gfp_pfmemalloc_flags(), in 4.0
 * the end of gfp_to_alloc_flags().
 */
unsigned int bdt_alloc_flags_reserves(const struct bdt_profile *profile, uint32_t gfp,
				      const struct bdt_task_rights *task);

#endif
