/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/deferral.h"

void bdt_deferral_defer(struct bdt_deferral *d, int order)
{
	d->considered = 0;
	if (d->shift < BT_MAX_DEFER_SHIFT)
		d->shift++;
	if (order < d->order_failed)
		d->order_failed = order;
}

bool bdt_deferral_deferred(struct bdt_deferral *d, int order)
{
	unsigned int limit = 1U << d->shift;

	if (order < d->order_failed)
		return false;
	if (++d->considered >= limit) {
		d->considered = limit;
		return false;
	}
	return true;
}

void bdt_deferral_reset(struct bdt_deferral *d, int order, bool allocated)
{
	if (allocated) {
		d->considered = 0;
		d->shift = 0;
	}
	if (order >= d->order_failed)
		d->order_failed = order + 1;
}

bool bdt_deferral_restarting(const struct bdt_deferral *d, int order)
{
	return order >= d->order_failed && d->shift == BT_MAX_DEFER_SHIFT && d->considered >= 1U << d->shift;
}
