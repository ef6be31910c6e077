/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record/plan.h"
#include <stddef.h>
#include <string.h>

#define SECOND UINT64_C(1000000000)

static const struct bdt_plan plans[] = {
	{
		.name = "rare",
		.help = "fallbacks, compaction and direct reclaim, for always",
		.rare_events = true,
		.text_interval_ns = 60 * SECOND,
		.flush_ns = 2 * SECOND,
	},
	{
		.name = "window",
		.help = "every event of the page allocator, for a minute",
		.pageflags = true,
		.text_interval_ns = 5 * SECOND,
		.default_duration_ns = 60 * SECOND,
	},
	{
		.name = "flight",
		.help = "every event, kept in the kernel until a trigger fires",
		.ring_only = true,
		.pageflags = true,
		.text_interval_ns = SECOND,
	},
	{
		.name = "full",
		.help = "every event of the page allocator (default)",
		.pageflags = true,
		.text_interval_ns = 10 * SECOND,
	},
};

#define NPLANS (sizeof(plans) / sizeof(plans[0]))

const struct bdt_plan *bdt_plan_at(unsigned int i)
{
	return i < NPLANS ? &plans[i] : NULL;
}

const struct bdt_plan *bdt_plan_find(const char *name)
{
	for (size_t i = 0; i < NPLANS; i++)
		if (!strcmp(plans[i].name, name ? name : "full"))
			return &plans[i];
	return NULL;
}
