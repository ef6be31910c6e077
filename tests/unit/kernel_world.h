/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BT_TESTS_KERNEL_WORLD_H
#define BT_TESTS_KERNEL_WORLD_H

#include "model/rmqueue.h"

/* The same small zone for each profile: sixteen pageblocks, all busy and movable, with CMA and isolation. */
#define WORLD_BASE 0x100000ULL
#define WORLD_PB   512U
#define KERNELS    8 /* profiles */

struct world {
	struct bdt_profile profile;
	struct bdt_zone *z;
	bdt_migratetype unmovable, movable, reclaimable;
};

/* The zone of one profile; it is validated before it goes. */
void world_create(struct world *w, size_t profile);
void world_destroy(struct world *w);

/* A block that runs for each `kernel`, with a zone `w` of its own. */
#define FOR_EACH_KERNEL(w)                                                                 \
	for (struct world w, *once = NULL; !once; once = &w)                               \
		for (size_t kernel = 0; kernel < KERNELS && (world_create(&w, kernel), 1); \
		     world_destroy(&w), kernel++)

/* The first request of a refill; true when it was served. */
bool world_request(struct world *w, bdt_order order, bdt_migratetype mt, unsigned int flags,
		   struct bdt_choice *out);
/* Frees a block into a pageblock that gets its type; `page` counts from WORLD_BASE. */
void world_put(struct world *w, bdt_pfn page, bdt_order order, bdt_migratetype mt);

#endif
