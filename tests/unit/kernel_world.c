/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel_world.h"
#include <cmocka.h>

void world_create(struct world *w, size_t profile)
{
	assert_int_equal(bdt_profile_find(bdt_profile_name(profile), &w->profile, NULL), 0);
	assert_int_equal(bdt_zone_create(&w->profile, WORLD_BASE, WORLD_BASE + 16 * WORLD_PB, 10, 9, &w->z),
			 0);
	bdt_zone_name_types(w->z, true, true);
	w->z->managed = 1 << 20;
	w->unmovable = w->profile.unmovable;
	w->movable = w->profile.movable;
	w->reclaimable = w->profile.reclaimable;
}

void world_destroy(struct world *w)
{
	assert_null(bdt_zone_validate(w->z));
	bdt_zone_destroy(w->z);
}

bool world_request(struct world *w, bdt_order order, bdt_migratetype mt, unsigned int flags,
		   struct bdt_choice *out)
{
	struct bdt_request rq = { order, mt, flags };
	enum bdt_rmqueue_mode mode = BDT_RMQUEUE_NORMAL;

	return bdt_rmqueue(w->z, &rq, &mode, out);
}

void world_put(struct world *w, bdt_pfn page, bdt_order order, bdt_migratetype mt)
{
	bdt_zone_set_type(w->z, WORLD_BASE + page, mt, false);
	bdt_zone_insert(w->z, WORLD_BASE + page, order, mt, BDT_TAIL, true);
}
