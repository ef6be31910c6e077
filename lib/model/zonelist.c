/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/zonelist.h"
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Distances as the firmware tells them. */
#define LOCAL_DISTANCE  10
#define REMOTE_DISTANCE 20

static unsigned int distance_of(const uint8_t *distance, unsigned int n, unsigned int from, unsigned int to)
{
	if (from == to)
		return LOCAL_DISTANCE;
	return distance ? distance[from * n + to] : REMOTE_DISTANCE;
}

/*
 * The unused node that is nearest; among equals the next one by number, and those that have been next to many
 * nodes come last.  cf. find_next_best_node()
 */
static int next_best(unsigned int n, const uint8_t *distance, unsigned int from, const bool *used,
		     const uint64_t *load)
{
	uint64_t best_cost = UINT64_MAX;
	int best = -1;

	if (!used[from])
		return (int)from;
	for (unsigned int to = 0; to < n; to++) {
		uint64_t cost = (distance_of(distance, n, from, to) + (to < from)) * (uint64_t)n * n;

		cost += load[to];
		if (!used[to] && cost < best_cost) {
			best_cost = cost;
			best = (int)to;
		}
	}
	return best;
}

/* Appends the zones of `node`, highest index first. */
static void append(struct bdt_zonelist *list, const struct bdt_zonelist_zone *zones, size_t nzones, int node)
{
	size_t first = list->n;

	for (size_t z = 0; z < nzones; z++) {
		size_t at = list->n;

		if (zones[z].node != node)
			continue;
		for (; at > first && list->entry[at - 1].index < zones[z].index; at--)
			list->entry[at] = list->entry[at - 1];
		list->entry[at] = (struct bdt_zonelist_entry){ (uint16_t)z, (uint16_t)zones[z].index, node };
		list->n++;
	}
}

static void build(struct bdt_zonelist *list, const struct bdt_zonelist_zone *zones, size_t nzones,
		  unsigned int nnodes, const uint8_t *distance, unsigned int from, bool *used, uint64_t *load)
{
	unsigned int left = nnodes, before = from;
	int node;

	memset(used, 0, nnodes * sizeof(*used));
	while ((node = next_best(nnodes, distance, from, used, load)) >= 0) {
		used[node] = true;
		if (distance_of(distance, nnodes, from, (unsigned int)node) !=
		    distance_of(distance, nnodes, from, before))
			load[node] += left;
		before = (unsigned int)node;
		left--;
		append(list, zones, nzones, node);
	}
}

int bdt_zonelists_create(const struct bdt_zonelist_zone *zones, size_t nzones, unsigned int nnodes,
			 const uint8_t *distance, struct bdt_zonelist **out)
{
	struct bdt_zonelist *lists = calloc(nnodes, sizeof(*lists));
	uint64_t *load = calloc(nnodes, sizeof(*load));
	bool *used = calloc(nnodes, sizeof(*used));
	bool complete = lists && load && used;

	for (unsigned int node = 0; complete && node < nnodes; node++) {
		lists[node].entry = calloc(nzones, sizeof(*lists[node].entry));
		complete = lists[node].entry != NULL;
	}
	for (unsigned int node = 0; complete && node < nnodes; node++)
		build(&lists[node], zones, nzones, nnodes, distance, node, used, load);
	free(load);
	free(used);
	if (!complete) {
		bdt_zonelists_destroy(lists, nnodes);
		return -ENOMEM;
	}
	*out = lists;
	return 0;
}

void bdt_zonelists_destroy(struct bdt_zonelist *lists, unsigned int nnodes)
{
	for (unsigned int node = 0; lists && node < nnodes; node++)
		free(lists[node].entry);
	free(lists);
}
