/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/alloc_flags.h"

/* Only requests that may use any migratetype's place take CMA pages.  cf. gfp_to_alloc_flags_cma() */
static unsigned int cma(const struct bdt_profile *p, uint32_t gfp, bool grouping)
{
	return bdt_gfp_migratetype(p, gfp, grouping) == p->movable ? BT_ALLOC_CMA : 0;
}

unsigned int bdt_alloc_flags_fast(const struct bdt_profile *p, uint32_t gfp, bool grouping)
{
	unsigned int flags = BT_ALLOC_WMARK_LOW | cma(p, gfp, grouping);

	if (p->fair_zones)
		flags |= BT_ALLOC_CPUSET | BT_ALLOC_FAIR;
	return flags;
}

/* Since 6.3: what cannot wait for reclaim may dip into the reserves, and further when it is urgent. */
static unsigned int harder_if_nonblocking(const struct bdt_profile *p, uint32_t gfp, bdt_order order,
					  const struct bdt_task_rights *task)
{
	unsigned int flags = BT_ALLOC_CPUSET;

	if (gfp & BT_GFP_HIGH)
		flags |= BT_ALLOC_HIGH;
	if (gfp & BT_GFP_DIRECT_RECLAIM)
		return task->realtime ? flags | BT_ALLOC_HIGH : flags;
	if (!(gfp & BT_GFP_NOMEMALLOC)) {
		flags |= BT_ALLOC_HARDER;
		if (order && (!p->highatomic_high || gfp & BT_GFP_HIGH))
			flags |= BT_ALLOC_HIGHATOMIC;
	}
	if (gfp & BT_GFP_HIGH)
		flags &= ~BT_ALLOC_CPUSET;
	return flags;
}

/* Before: those that say that they are atomic; 4.0 has no such flag and goes by WAIT. */
static unsigned int harder_if_atomic(const struct bdt_profile *p, uint32_t gfp,
				     const struct bdt_task_rights *task)
{
	bool atomic = gfp & BT_GFP_ATOMIC;
	unsigned int flags = BT_ALLOC_CPUSET;

	if (p->reserve)
		atomic = !(gfp & BT_GFP_DIRECT_RECLAIM) && gfp & BT_GFP_KSWAPD_RECLAIM;
	if (gfp & BT_GFP_HIGH)
		flags |= BT_ALLOC_HIGH;
	if (atomic) {
		if (!(gfp & BT_GFP_NOMEMALLOC))
			flags |= BT_ALLOC_HARDER;
		flags &= ~BT_ALLOC_CPUSET;
	} else if (task->realtime) {
		flags |= BT_ALLOC_HARDER;
	}
	return flags;
}

unsigned int bdt_alloc_flags_slow(const struct bdt_profile *p, uint32_t gfp, bdt_order order,
				  const struct bdt_task_rights *task, bool grouping)
{
	unsigned int flags = BT_ALLOC_WMARK_MIN | cma(p, gfp, grouping);

	flags |= p->min_reserve ? harder_if_nonblocking(p, gfp, order, task) : harder_if_atomic(p, gfp, task);
	if (gfp & BT_GFP_KSWAPD_RECLAIM)
		flags |= BT_ALLOC_KSWAPD;
	return flags;
}

unsigned int bdt_alloc_flags_reserves(const struct bdt_profile *p, uint32_t gfp,
				      const struct bdt_task_rights *task)
{
	if (gfp & BT_GFP_NOMEMALLOC)
		return 0;
	if (gfp & BT_GFP_MEMALLOC || task->memalloc)
		return BT_ALLOC_NO_WATERMARKS;
	if (!task->oom_victim || task->interrupt)
		return 0;
	/* 4.0: TIF_MEMDIE knows no half measures */
	return p->fair_zones ? BT_ALLOC_NO_WATERMARKS : BT_ALLOC_OOM;
}
