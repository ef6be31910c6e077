/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_ZONELIST_H
#define BT_MODEL_ZONELIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The order in which the zones are asked, for requests of one node.  cf. struct zonelist, all versions. */
struct bdt_zonelist {
	size_t n;
	struct bdt_zonelist_entry {
		uint16_t zone;  /* number of the zone in the system */
		uint16_t index; /* of the zone within its node */
		int node;
	} * entry;
};

/* A zone with managed pages: only these are in the lists. */
struct bdt_zonelist_zone {
	int node;
	unsigned int index;
};

/*
 * Builds the lists of all nodes, by node number: zones from the highest index down, first of the node itself,
 * then of the other nodes by distance.  `distance` is an nnodes x nnodes table, as node_distance() of the
 * machine, or NULL where all others are alike.  Release with bdt_zonelists_destroy().  0 or -ENOMEM.
 * O(nodes^3).  cf. build_zonelists(), find_next_best_node(), 4.0 (node order) - 7.2.
 */
int bdt_zonelists_create(const struct bdt_zonelist_zone *zones, size_t nzones, unsigned int nnodes,
			 const uint8_t *distance, struct bdt_zonelist **out);
/* Is the i-th zone one for a request up to zone index `highest`, of the list's own node only? */
static inline bool bdt_zonelist_has(const struct bdt_zonelist *list, size_t i, unsigned int highest,
				    bool thisnode)
{
	return list->entry[i].index <= highest && (!thisnode || list->entry[i].node == list->entry[0].node);
}
void bdt_zonelists_destroy(struct bdt_zonelist *lists, unsigned int nnodes); /* NULL is allowed */

#endif
