/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parts.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILES_PER_MIB 16
#define FILE_SIZE     20000
/* Of what is left, percent, when no size is given; rounds grow until the kernel compacts. */
#define ROUND 50

static void read_files(struct workload *w)
{
	unsigned int n = (unsigned int)(w->mib * FILES_PER_MIB);

	files_create(w, "tree", n, FILE_SIZE);
	files_read(w, "tree", n);
	files_remove(w, "tree", n, 100);
	page_cache(w, w->mib * MIB);
}

static void churn_pairs(struct workload *w)
{
	struct pairs pairs = { NULL, 0, 0 };
	unsigned int n = (unsigned int)(w->mib * FILES_PER_MIB);

	files_create(w, "stat", n, 1);
	for (int i = 0; i < 4; i++) {
		pairs_add_pipes(&pairs, w->mib, MIB / 4);
		pairs_add_sockets(&pairs, w->mib, 60000);
		files_read(w, "stat", n);
		pairs_close_random(&pairs, w, 60);
	}
	files_remove(w, "stat", n, 100);
	pairs_close(&pairs);
}

static void anonymous(struct workload *w)
{
	struct region r, huge;

	region_map(&r, w->mib * MIB, false);
	if (r.base) {
		region_touch(&r, 0, r.size);
		region_release_alternate(&r, 0, r.size);
	}
	forks(20, 4 * MIB);
	/* Huge pages out of what is free in pieces: the kernel compacts on the spot. */
	region_map(&huge, w->mib * MIB / 2, true);
	if (huge.base)
		region_touch(&huge, 0, huge.size);
	region_unmap(&huge);
	region_unmap(&r);
}

/* One process each, at the same time. */
static void (*const jobs[])(struct workload *w) = { read_files, churn_pairs, anonymous };

static void round_of_jobs(struct workload *w)
{
	for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
		pid_t pid = fork();

		if (pid)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		w->random += i * 104729;
		jobs[i](w);
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	/* A job that was killed leaves its files. */
	files_remove(w, "tree", (unsigned int)(w->mib * FILES_PER_MIB), 100);
	files_remove(w, "stat", (unsigned int)(w->mib * FILES_PER_MIB), 100);
	next_random(w);
}

static int run(struct workload *w)
{
	struct pairs pairs = { NULL, 0, 0 };
	struct region r;
	uint64_t first = direct_compactions(), before;
	bool grow = !w->mib;

	/* Should the machine run out of memory all the same, this is the one to blame. */
	write_text("/proc/self/oom_score_adj", "1000");
	hog_take(w, &r, &pairs);
	if (grow)
		w->mib = available_memory() / MIB * ROUND / 100;
	for (unsigned int i = 0; i < w->rounds && !interrupted; i++) {
		before = direct_compactions();
		round_of_jobs(w);
		if (grow && direct_compactions() == before)
			w->mib += w->mib / 5;
	}
	pairs_close(&pairs);
	region_unmap(&r);
	fprintf(stderr, "bt-workload: %" PRIu64 " direct compactions\n", direct_compactions() - first);
	return 0;
}

const struct mix mix_pressure = {
	.name = "pressure",
	.help = "most of the memory held in pieces, then files, pipes, anonymous memory at the same time",
	.mib = 0,
	.rounds = 3,
	.run = run,
};
