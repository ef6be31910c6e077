/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/compact.h"
#include "model/slowpath.h"

#define MAX_RECLAIM_RETRIES 16
#define MAX_COMPACT_RETRIES 16

bool bdt_reclaim_may_retry(bdt_order order, bool progress, unsigned int *loops)
{
	if (progress && order <= BT_COSTLY_ORDER)
		*loops = 0;
	else
		++*loops;
	return *loops <= MAX_RECLAIM_RETRIES;
}

/* One step harder, if there is one. */
static enum bdt_compact_retry harder(bdt_order order, unsigned int *retries, enum bdt_compact_priority *prio)
{
	enum bdt_compact_priority most =
		order > BT_COSTLY_ORDER ? BDT_COMPACT_PRIO_SYNC_LIGHT : BDT_COMPACT_PRIO_SYNC_FULL;

	if (*prio <= most)
		return BDT_COMPACT_GIVE_UP;
	--*prio;
	*retries = 0;
	return BDT_COMPACT_RETRY;
}

enum bdt_compact_retry bdt_compact_may_retry(const struct bdt_profile *p, bdt_order order,
					     enum bdt_compact_result result, unsigned int *retries,
					     enum bdt_compact_priority *prio)
{
	unsigned int most = order > BT_COSTLY_ORDER ? MAX_COMPACT_RETRIES / 4 : MAX_COMPACT_RETRIES;

	if (!order)
		return BDT_COMPACT_GIVE_UP;
	if (p->compaction.retry_on_success) {
		if (result == BDT_COMPACT_SKIPPED)
			return BDT_COMPACT_ASK_ZONES;
		if (result == BDT_COMPACT_SUCCESS && ++*retries <= most)
			return BDT_COMPACT_RETRY;
		return harder(order, retries, prio);
	}
	switch (result) {
	case BDT_COMPACT_SUCCESS:
		++*retries;
		break;
	case BDT_COMPACT_SKIPPED:
		return BDT_COMPACT_ASK_ZONES;
	case BDT_COMPACT_DEFERRED:
	case BDT_COMPACT_CONTENDED:
	case BDT_COMPACT_PARTIAL_SKIPPED:
		if (!p->compaction.withdrawn_harder)
			return BDT_COMPACT_ASK_ZONES;
		return harder(order, retries, prio);
	case BDT_COMPACT_COMPLETE:
		return harder(order, retries, prio);
	default:
		break;
	}
	return *retries <= most ? BDT_COMPACT_RETRY : harder(order, retries, prio);
}

bool bdt_oom_allowed(const struct bdt_slow_request *r)
{
	if (r->cannot_oom || r->order > BT_COSTLY_ORDER)
		return false;
	if (r->gfp & (BT_GFP_RETRY_MAYFAIL | BT_GFP_THISNODE))
		return false;
	/* memory that only DMA can use is not freed by a kill */
	return !(r->gfp & (BT_GFP_DMA | BT_GFP_DMA32));
}

bool bdt_oom_kills(const struct bdt_slow_request *r)
{
	return bdt_oom_allowed(r) && r->gfp & BT_GFP_FS;
}
