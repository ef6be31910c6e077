/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parts.h"
#include <stdio.h>

#define FILES_PER_MIB 16
#define FILE_SIZE     6000

/* Shares of a round's size, percent. */
enum {
	ANONYMOUS = 40,
	PIPES = 15,
	TMPFS = 15,
	CACHE = 20,
};

/*
 * A little of everything, one after another; what a round leaves behind (half of the pipes, sockets and
 * files) lies between the pages of the next one.
 */
static int run(struct workload *w)
{
	struct pairs pipes = { NULL, 0, 0 }, sockets = { NULL, 0, 0 };
	size_t size = w->mib * MIB;
	unsigned int nfiles = (unsigned int)(w->mib * FILES_PER_MIB);
	char name[16], old[16] = "";

	for (unsigned int i = 0; i < w->rounds && !interrupted; i++) {
		struct region r;

		region_map(&r, size / 100 * ANONYMOUS, false);
		if (r.base) {
			region_touch(&r, 0, r.size);
			region_release_alternate(&r, 0, r.size);
		}
		pairs_top_up(&pipes, w);
		pairs_add_pipes(&pipes, w->mib * PIPES / 100, MIB);
		pairs_add_sockets(&sockets, w->mib / 4, 30000);
		tmpfs(w, size / 100 * TMPFS);
		page_cache(w, size / 100 * CACHE);
		snprintf(name, sizeof(name), "files%u", i);
		files_create(w, name, nfiles, FILE_SIZE);
		files_read(w, name, nfiles);
		forks(20, 4 * MIB);
		if (r.base)
			region_release_random(&r, w, 50);
		pairs_close_random(&pipes, w, 50);
		pairs_close_random(&sockets, w, 50);
		compact(w);
		files_remove(w, name, nfiles, 50);
		if (*old)
			files_remove(w, old, nfiles, 100);
		snprintf(old, sizeof(old), "%s", name);
		region_unmap(&r);
	}
	if (*old)
		files_remove(w, old, nfiles, 100);
	pairs_close(&pipes);
	pairs_close(&sockets);
	return 0;
}

const struct mix mix_mix = {
	.name = "mix",
	.help = "rounds of anonymous memory, pipes, sockets, tmpfs, page cache, small files, forks",
	.mib = 256,
	.rounds = 3,
	.run = run,
};
