/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parts.h"
#include <inttypes.h>
#include <stdio.h>

#define FILES_PER_MIB 16
#define FILE_SIZE     12000
/* Of a round's size, percent. */
#define CACHE 60
/* Of what is available then, percent, and how much of that is given back in single pages. */
#define FILL       90
#define GIVEN_BACK 50
/* Of the memory that is held, percent; all of it might be more than there is. */
#define TAKEN_AGAIN 75
/* Pipes find room among them, so that their pages fall back; percent of them that are closed after the round.
 */
#define PIPE_SIZE (MIB / 4)
#define CLOSED    60

/*
 * Memory that is held in pieces, as in the mix "pressure", but by one process alone: what is free is filled
 * with files and page cache, then huge pages are asked for, so that the kernel reclaims and compacts on the
 * spot, then other pages are given back.
 */
static int run(struct workload *w)
{
	struct pairs pairs = { NULL, 0, 0 };
	uint64_t first = direct_compactions();
	struct region held, fill, huge;
	unsigned int nfiles;

	write_text("/proc/self/oom_score_adj", "1000");
	hog_take(w, &held, &pairs);
	if (!w->mib)
		w->mib = available_memory() / MIB / 2;
	nfiles = (unsigned int)(w->mib * FILES_PER_MIB);
	for (unsigned int i = 0; i < w->rounds && !interrupted; i++) {
		files_create(w, "tree", nfiles, FILE_SIZE);
		files_read(w, "tree", nfiles);
		page_cache(w, w->mib * MIB / 100 * CACHE);
		region_map(&fill, available_memory() / 100 * FILL, false);
		region_touch(&fill, 0, fill.size);
		region_release_random(&fill, w, GIVEN_BACK);
		pairs_add_pipes(&pairs, w->mib, PIPE_SIZE);
		region_map(&huge, available_memory(), true);
		region_touch_huge(&huge);
		forks(4, MIB);
		compact(w);
		region_unmap(&huge);
		region_unmap(&fill);
		files_remove(w, "tree", nfiles, 100);
		region_touch(&held, 0, held.size / 100 * TAKEN_AGAIN);
		region_release_random(&held, w, 100 - w->hog);
		pairs_close_random(&pairs, w, CLOSED);
	}
	pairs_close(&pairs);
	region_unmap(&held);
	fprintf(stderr, "bt-workload: %" PRIu64 " direct compactions\n", direct_compactions() - first);
	return 0;
}

const struct mix mix_huge = {
	.name = "huge",
	.help = "most of the memory held in pieces, then files, page cache and huge pages, one process",
	.mib = 0,
	.rounds = 3,
	.run = run,
};
