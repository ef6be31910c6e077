/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parts.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEP (4 * MIB)
/* In each step of the hog. */
#define HOG_PIPES   2
#define HOG_SOCKETS 1
/* Of the memory that is available, percent. */
#define LEFT 3
/* Of the hog's pipes and sockets, percent. */
#define CLOSED 80

/* The number behind `key` in a file of "key value" lines, 0 if absent. */
static uint64_t number_in(const char *path, const char *key)
{
	FILE *file = fopen(path, "re");
	char line[256];
	uint64_t value = 0;

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, strlen(key)))
			value = strtoull(line + strlen(key), NULL, 10);
	if (file)
		fclose(file);
	return value;
}

uint64_t available_memory(void)
{
	return number_in("/proc/meminfo", "MemAvailable:") << 10;
}

void hog_take(struct workload *w, struct region *r, struct pairs *pairs)
{
	uint64_t size = available_memory(), rest = size / 100 * LEFT;

	region_map(r, size, false);
	for (size_t at = 0; at < r->size && available_memory() > rest && !interrupted; at += STEP) {
		region_touch(r, at, at + STEP);
		pairs_add_pipes(pairs, HOG_PIPES, STEP / 64);
		pairs_add_sockets(pairs, HOG_SOCKETS, 30000);
	}
	pairs_close_random(pairs, w, CLOSED);
	region_release_random(r, w, 100 - w->hog);
	fprintf(stderr, "bt-workload: %" PRIu64 " of %" PRIu64 " MiB left\n", available_memory() / MIB,
		size / MIB);
}

uint64_t direct_compactions(void)
{
	return number_in("/proc/vmstat", "compact_stall ");
}
