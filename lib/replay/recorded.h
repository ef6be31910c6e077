/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPLAY_RECORDED_H
#define BT_REPLAY_RECORDED_H

#include "model/system.h"
#include "replay/state.h"
#include <buddytrace/stream.h>

/* The allocator of the recorded machine: what its settings and a snapshot say of its zones and lists. */

/* The numbers of the settings that the file holds, the profile's defaults otherwise. */
struct bdt_vm_settings bdt_recorded_settings(const struct bdt_tracefile *tf,
					     const struct bdt_profile *profile);

/*
 * Makes the system of the zones of `state` as snapshot `i` has it: sizes, names, CPUs and settings are those
 * of the file, all limits are computed.  Where the marks show that min_free_kbytes was read before huge pages
 * raised it, the raised one is taken.  0, -ENODATA (no zoneinfo), -EBADMSG, -ENOMEM; the diag says which.
 * CPUs that the file does not place are taken to be on node 0.
 */
int bdt_recorded_system(const struct bdt_tracefile *tf, size_t i, const struct bdt_state *state,
			struct bdt_system **out, struct bdt_diag *diag);

/* Nodes whose CPUs are looked for. */
#define BT_RECORDED_NODES 64

/*
 * On which node each CPU is, where the recording says so; nodes[cpu] stays otherwise, and where it is
 * negative, which is a CPU that was offline.
 */
void bdt_recorded_nodes(const struct bdt_tracefile *tf, int *nodes, unsigned int ncpus);

/* How the gfp masks of the recording are read: by the recorded format, else by the defaults of the profile.
 */
void bdt_recorded_gfp(const struct bdt_stream *stream, const struct bdt_profile *profile,
		      struct bdt_gfp_map *map);

/* How many numbers of a zoneinfo were compared, and how many were not what the model computes. */
struct bdt_recorded_check {
	uint64_t marks, marks_wrong;           /* min, low, high, promo, less the boost that is printed */
	uint64_t protection, protection_wrong; /* lowmem_reserve */
	uint64_t batch, batch_wrong;
	uint64_t high, high_wrong; /* one that moves is right between its bounds, and 0 until it is used */
	uint64_t bounds, bounds_wrong; /* high_min and high_max, where they are printed */
};

/* Compares the computed limits of `s` with the zoneinfo of snapshot `i`, and adds to *check.  As above. */
int bdt_recorded_compare(const struct bdt_tracefile *tf, size_t i, const struct bdt_system *s,
			 struct bdt_recorded_check *check, struct bdt_diag *diag);

/*
 * Puts what snapshot `i` tells in place of what was computed: marks that differ, boost, counts and `high` of
 * the per-CPU lists.  Whose pages these are is not known: they are unknown movable ones of order 0.  As
 * above.
 */
int bdt_recorded_observe(const struct bdt_tracefile *tf, size_t i, struct bdt_system *s,
			 struct bdt_diag *diag);

#endif
