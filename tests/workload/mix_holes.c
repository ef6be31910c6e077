/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parts.h"
#include <stdio.h>

#define PIPE_SIZE MIB
/* Pipes of a round, as a share of its anonymous memory. */
#define PIPES_PER_100_MIB 40

/*
 * Anonymous memory of which every second page is given back, so that movable memory is free in single pages;
 * then pipes, whose unmovable pages find no blocks of their own and fall back.
 */
static int run(struct workload *w)
{
	for (unsigned int i = 0; i < w->rounds && !interrupted; i++) {
		struct pairs pipes = { NULL, 0, 0 };
		struct region r;

		region_map(&r, w->mib * MIB, false);
		if (!r.base) {
			perror("bt-workload: mmap");
			return 1;
		}
		region_touch(&r, 0, r.size);
		region_release_alternate(&r, 0, r.size);
		pairs_top_up(&pipes, w);
		pairs_add_pipes(&pipes, w->mib * PIPES_PER_100_MIB / 100, PIPE_SIZE);
		compact(w);
		pairs_close(&pipes);
		region_unmap(&r);
	}
	return 0;
}

const struct mix mix_holes = {
	.name = "holes",
	.help = "anonymous memory with every second page given back, then pipes",
	.mib = 1024,
	.rounds = 1,
	.run = run,
};
