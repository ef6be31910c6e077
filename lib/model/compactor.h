/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_MODEL_COMPACTOR_H
#define BT_MODEL_COMPACTOR_H

#include "model/allocate.h"
#include "model/compact_run.h"

/*
 * Who compacts which zones of a system, and when: direct compaction, kcompactd of each node, proactive
 * compaction, vm.compact_memory.
 */

/* One node's compaction thread. */
struct bdt_kcompactd {
	bdt_order order;       /* largest that it was asked for, 0 = nothing to do */
	unsigned int highest;  /* highest zone index to work on */
	unsigned int sits_out; /* proactive rounds that are left out, because the last one was in vain */
};

struct bdt_compactor {
	struct bdt_system *system;       /* borrowed */
	struct bdt_compact_zone *zones;  /* by number of the zone */
	struct bdt_kcompactd *kcompactd; /* by node */
	struct bdt_migrate_failures failures;
	unsigned int cpu;              /* whose per-CPU lists get what the task frees; each call sets it */
	const struct bdt_pages *pages; /* what can be moved; NULL: what is marked so */
	/* The two may be NULL: what was at `from` is at `to` now; a run ended, or was not begun. */
	void (*moved)(void *user, struct bdt_zone *z, bdt_pfn from, bdt_pfn to, bdt_order order);
	void (*ran)(void *user, size_t zone, const struct bdt_compact_control *cc,
		    const struct bdt_compact_report *report);
	void *user;
};

/* `s` must live longer than it.  Nothing is deferred, no pageblock marked.  0 or -ENOMEM. */
int bdt_compactor_create(struct bdt_system *s, struct bdt_compactor **out);
void bdt_compactor_destroy(struct bdt_compactor *c); /* NULL is allowed */

/*
 * Direct compaction for a request, with request->alloc_flags: zone by zone until it should succeed.  A block
 * that a run made and kept for the request is in *captured (from_pcp false, pfn BT_PFN_NONE if there is
 * none). O(zones).  cf. try_to_compact_pages(), 4.0 - 7.2
 */
enum bdt_compact_result bdt_compactor_direct(struct bdt_compactor *c, const struct bdt_alloc_request *request,
					     enum bdt_compact_priority prio,
					     struct bdt_alloc_result *captured);
/* A request of the order got its page in this zone: its failures are forgotten. */
void bdt_compactor_succeeded(struct bdt_compactor *c, size_t zone, bdt_order order);

/*
 * Would some zone be suitable if `reclaimable` of its pages (NULL: none) were free?
 * cf. compaction_zonelist_suitable(), 4.7 - 7.2
 */
bool bdt_compactor_suitable(const struct bdt_compactor *c, const struct bdt_alloc_request *request,
			    uint64_t (*reclaimable)(void *user, size_t zone), void *user);

/*
 * kcompactd of a node is asked for blocks of this order; true if it wakes, which needs a zone worth it.
 * cf. wakeup_kcompactd(), kcompactd_node_suitable(), 4.6 - 7.2
 */
bool bdt_kcompactd_wake(struct bdt_compactor *c, int node, bdt_order order, unsigned int highest);
/* It does what it was asked for, on `cpu`.  Returns the runs begun.  cf. kcompactd_do_work(), 4.6 - 7.2 */
unsigned int bdt_kcompactd_work(struct bdt_compactor *c, int node, unsigned int cpu);

/* Weighted fragmentation of a node's zones, 0 to 100.  cf. fragmentation_score_node(), 5.9 - 7.2 */
unsigned int bdt_compactor_score(const struct bdt_compactor *c, int node);
/*
 * What kcompactd does each 500 ms that nobody asks it for anything: compacts the node if its score is too
 * high, and leaves out 64 rounds when that did not help.  True if it did.
 * cf. kcompactd(), should_proactive_compact_node(), 5.9 - 7.2
 */
bool bdt_kcompactd_proactive(struct bdt_compactor *c, int node, unsigned int cpu);
/* One zone on behalf of vm.compact_memory, or of a proactive round (BDT_COMPACT_MEMORY, _PROACTIVE). */
void bdt_compactor_zone(struct bdt_compactor *c, size_t zone, unsigned int cpu,
			enum bdt_compact_trigger trigger);
/* All zones of a node, all of each.  cf. compact_node(), vm.compact_memory, 4.0 - 7.2 */
void bdt_compactor_all(struct bdt_compactor *c, int node, unsigned int cpu);

/*
 * kswapd of the node goes to sleep: skip bits that a failed run asked to clear are cleared.
 * cf. reset_isolation_suitable(), 4.0 - 7.2
 */
void bdt_compactor_kswapd_sleeps(struct bdt_compactor *c, int node);

#endif
