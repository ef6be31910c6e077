/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/page_inside.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What the start tells of the lists: limits, and how many pages are on them. */
static void keep_limits(struct bdt_pcpset *to, const struct bdt_pcpset *from)
{
	for (unsigned int cpu = 0; cpu < to->ncpus; cpu++) {
		to->cpu[cpu].bounds = from->cpu[cpu].bounds;
		to->cpu[cpu].high = from->cpu[cpu].high;
		for (unsigned int list = 0; list < to->nlists; list++)
			bdt_pcp_set_unknown(to, cpu, list, from->cpu[cpu].list[list].unknown);
	}
	to->high_batch = from->high_batch;
}

/*
 * The links of the per-CPU lists run through the zone.  Those of the truth get one of their own, because the
 * replay may learn that a page is free which is still on a list here.
 */
static int separate_lists(struct bdt_page_level *p)
{
	for (size_t i = 0; i < p->truth->nzones; i++) {
		struct bdt_system_zone *z = &p->truth->zones[i];
		const struct bdt_zone *like = z->zone;
		struct bdt_pcpset seeded = z->pcp;
		bool thp = bdt_pcp_takes_order(&z->pcp, like->pageblock_order);
		int err = bdt_zone_create(p->profile, like->start, like->end, like->max_order,
					  like->pageblock_order, &p->shadow[i]);

		if (err)
			return err;
		err = bdt_pcpset_init(&z->pcp, p->shadow[i], p->truth->ncpus, thp);
		if (!err)
			keep_limits(&z->pcp, &seeded);
		bdt_pcpset_finish(&seeded);
		if (err)
			return err;
	}
	return 0;
}

static int create_truth(struct bdt_page_level *p, struct bdt_diag *diag)
{
	int err = p->options.make_system(p->options.user, p->state, &p->truth, diag);

	return err ? err : separate_lists(p);
}

int bdt_page_create(struct bdt_state *state, const struct bdt_page_options *options,
		    struct bdt_page_level **out, struct bdt_diag *diag)
{
	struct bdt_page_level *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;
	p->state = state;
	p->profile = state->profile;
	p->options = *options;
	p->gfp = *options->gfp;
	err = create_truth(p, diag);
	if (!err) {
		p->cpu = calloc(p->truth->ncpus, sizeof(*p->cpu));
		p->known = calloc(p->truth->ncpus * p->truth->nzones, sizeof(*p->known));
		p->kswapd = calloc(p->truth->nnodes, sizeof(*p->kswapd));
		p->drain_sizes = calloc(BT_PAGE_SIZES, sizeof(*p->drain_sizes));
		/* how many pages the lists hold is in the snapshot of the start, which ones is not */
		for (size_t i = 0; p->known && i < p->truth->ncpus * p->truth->nzones; i++)
			p->known[i].count = true;
		err = p->cpu && p->known && p->kswapd && p->drain_sizes ? bdt_page_run_create(p, &p->run)
									: -ENOMEM;
	}
	if (err) {
		bdt_page_destroy(p);
		return err;
	}
	*out = p;
	return 0;
}

void bdt_page_destroy(struct bdt_page_level *p)
{
	if (!p)
		return;
	bdt_page_run_destroy(p->run);
	for (unsigned int cpu = 0; p->cpu && cpu < p->truth->ncpus; cpu++)
		free(p->cpu[cpu].refill.pfns);
	free(p->cpu);
	free(p->known);
	free(p->kswapd);
	free(p->drain_sizes);
	bdt_system_destroy(p->truth);
	for (size_t i = 0; i < BT_MAX_ZONES; i++)
		bdt_zone_destroy(p->shadow[i]);
	free(p);
}

static void freed(struct bdt_page_level *p, unsigned int cpu, const struct bdt_page_block *b, bool batched)
{
	/* who cannot have the lock frees to the buddy lists; an event of the batch tells who had it */
	if (batched || !b->contended)
		bdt_page_on_freed(p, cpu, b);
	bdt_page_run_free(p->run, cpu, b, BDT_FREE_NORMAL);
}

/* The first `n` frees that wait happen; they were no batch, but the last one if `batched`. */
static void flush_frees(struct bdt_page_level *p, unsigned int cpu, unsigned int n, bool batched)
{
	struct bdt_page_cpu *c = &p->cpu[cpu];

	for (; n; n--, c->nfrees--) {
		bdt_page_end_burst(p, cpu);
		freed(p, cpu, &c->frees[c->first++ % BT_PAGE_QUEUE], batched && n == 1);
	}
}

/*
 * Is the page a target that was not needed?  It stays with the compacting task, which frees it again when it
 * is done.  cf. compaction_free(), 6.9 and later
 */
static bool is_unused_target(const struct bdt_page_level *p, const struct bdt_event *ev)
{
	const struct bdt_page_cpu *c = &p->cpu[ev->cpu];
	bdt_pfn pfn = (bdt_pfn)ev->free.pfn;

	return p->profile->compaction.freepages_by_order && c->source.pid && c->source.pid == ev->pid &&
	       !(ev->flags & (BT_EVENT_HARDIRQ | BT_EVENT_SOFTIRQ)) &&
	       (pfn < c->source.start || pfn >= c->source.end);
}

static void on_free(struct bdt_page_level *p, const struct bdt_event *ev)
{
	struct bdt_page_cpu *c = &p->cpu[ev->cpu];
	struct bdt_page_block b = { .pfn = (bdt_pfn)ev->free.pfn, .order = (bdt_order)ev->free.order };
	struct bdt_zone *z = bdt_state_zone(p->state, b.pfn);

	if (!z || ev->free.order < 0 || b.order > z->max_order || b.pfn & ((1ULL << b.order) - 1))
		return;
	b.pid = ev->pid;
	b.contended = bdt_page_contended(p, ev->cpu, bdt_system_zone_of(p->truth, b.pfn));
	b.compacting = bdt_page_run_compacts(p->run, ev);
	bdt_page_forget(p, b.pfn, b.order);
	if (is_unused_target(p, ev))
		return;
	if (bdt_state_frees_directly(p->state, z, ev)) {
		bdt_page_run_free(p->run, ev->cpu, &b, BDT_FREE_DIRECT);
		return;
	}
	if (c->nfrees == BT_PAGE_QUEUE)
		flush_frees(p, ev->cpu, 1, false);
	c->frees[(c->first + c->nfrees++) % BT_PAGE_QUEUE] = b;
}

/*
 * The moment at which a page of a batch is put on its list; what waits ahead of it was no part of the batch.
 * cf. free_unref_page_list(), 5.0 - 6.1, free_unref_folios(), 6.12 - 7.2
 */
static void on_free_batched(struct bdt_page_level *p, const struct bdt_event *ev)
{
	struct bdt_page_cpu *c = &p->cpu[ev->cpu];

	for (unsigned int i = 0; i < c->nfrees; i++)
		if (c->frees[(c->first + i) % BT_PAGE_QUEUE].pfn == (bdt_pfn)ev->free.pfn) {
			flush_frees(p, ev->cpu, i + 1, true);
			c->in_batch = c->nfrees > 0;
			return;
		}
}

static void on_alloc(struct bdt_page_level *p, const struct bdt_event *ev)
{
	flush_frees(p, ev->cpu, p->cpu[ev->cpu].nfrees, false);
	bdt_page_end_burst(p, ev->cpu);
	bdt_page_run_alloc(p->run, ev);
	if (ev->alloc.pfn != (int64_t)BT_PFN_NONE)
		bdt_page_on_alloc(p, ev);
}

static void on_drain(struct bdt_page_level *p, const struct bdt_event *ev)
{
	/* in the middle of a batch: what waits is put on its list behind the drain */
	if (!p->cpu[ev->cpu].in_batch)
		flush_frees(p, ev->cpu, p->cpu[ev->cpu].nfrees, false);
	bdt_page_on_drain(p, ev);
}

/* The boosts of the zones that are followed are kept by bdt_compaction_score: here they are only read. */
static void kswapd_begins(struct bdt_page_level *p, int64_t nid, bool begins)
{
	int node = (int)nid;

	if (nid < 0 || nid >= p->truth->nnodes)
		return;
	if (begins)
		bdt_system_kswapd_begin(p->truth, node, p->truth->nclasses - 1);
	for (size_t i = 0; i < p->truth->nzones; i++)
		p->truth->zones[i].boost_begun = 0;
	if (!begins && !p->truth->kswapd[node].awake)
		return;
	if (!begins)
		bdt_system_kswapd_end(p->truth, node, p->truth->nclasses - 1);
	bdt_page_run_kswapd(p->run, node, begins);
}

static void on_kswapd(struct bdt_page_level *p, const struct bdt_event *ev)
{
	kswapd_begins(p, ev->kswapd.nid, ev->kind == BDT_EV_KSWAPD_WAKE);
	if (ev->kswapd.nid >= 0 && ev->kswapd.nid < p->truth->nnodes)
		p->kswapd[ev->kswapd.nid] = ev->pid;
}

/*
 * kswapd ends its run and naps 100 ms before the event of its sleep.  Only who naps or sleeps can be woken.
 * cf. kswapd_try_to_sleep(), wakeup_kswapd()
 */
static void on_wakeup_kswapd(struct bdt_page_level *p, const struct bdt_event *ev)
{
	kswapd_begins(p, ev->kswapd.nid, false);
}

/* kswapd has kcompactd woken when its run is over.  cf. balance_pgdat(), kswapd_try_to_sleep() */
static void on_wakeup_kcompactd(struct bdt_page_level *p, const struct bdt_event *ev)
{
	int64_t nid = ev->kcompactd.nid;

	if (nid >= 0 && nid < p->truth->nnodes && ev->pid == p->kswapd[nid])
		kswapd_begins(p, nid, false);
}

/* A task reclaims or compacts for its request: the fast path failed. */
static void on_slow(struct bdt_page_level *p, const struct bdt_event *ev)
{
	bool reclaim = ev->kind == BDT_EV_DIRECT_RECLAIM_BEGIN;
	struct bdt_alloc_request request = {
		.cpu = ev->cpu,
		.node = BT_NODE_OF_CPU,
		.order = (bdt_order)(reclaim ? ev->reclaim_begin.order : ev->try_to_compact.order),
		.gfp = bdt_gfp_decode(&p->gfp, (uint64_t)(reclaim ? ev->reclaim_begin.gfp_flags
								  : ev->try_to_compact.gfp_mask)),
	};
	bool first = p->cpu[ev->cpu].slow_pid != ev->pid;

	p->cpu[ev->cpu].slow_pid = ev->pid;
	if (!p->scored || !first || request.order >= BT_MAX_ORDERS)
		return;
	p->result.assisted.slow++;
	p->result.assisted.slow_predicted +=
		bdt_system_would_use(p->truth, &request, NULL) == p->truth->nzones;
}

static void on_sources(struct bdt_page_level *p, const struct bdt_event *ev)
{
	struct bdt_page_cpu *c = &p->cpu[ev->cpu];
	bool begins = ev->kind == BDT_EV_COMPACTION_ISOLATE_MIGRATEPAGES && ev->isolate.nr_taken > 0;

	c->source.pid = begins ? ev->pid : 0;
	if (!begins)
		return;
	c->source.start = (bdt_pfn)ev->isolate.start_pfn;
	c->source.end = (bdt_pfn)ev->isolate.end_pfn;
}

static void (*const handlers[BDT_EV_NR])(struct bdt_page_level *p, const struct bdt_event *ev) = {
	[BDT_EV_PAGE_ALLOC] = on_alloc,
	[BDT_EV_PAGE_FREE] = on_free,
	[BDT_EV_PAGE_FREE_BATCHED] = on_free_batched,
	[BDT_EV_PCPU_DRAIN] = on_drain,
	[BDT_EV_KSWAPD_WAKE] = on_kswapd,
	[BDT_EV_KSWAPD_SLEEP] = on_kswapd,
	[BDT_EV_WAKEUP_KSWAPD] = on_wakeup_kswapd,
	[BDT_EV_COMPACTION_WAKEUP_KCOMPACTD] = on_wakeup_kcompactd,
	[BDT_EV_DIRECT_RECLAIM_BEGIN] = on_slow,
	[BDT_EV_COMPACTION_TRY_TO_COMPACT] = on_slow,
	[BDT_EV_COMPACTION_ISOLATE_MIGRATEPAGES] = on_sources,
	[BDT_EV_COMPACTION_MIGRATEPAGES] = on_sources,
	[BDT_EV_COMPACTION_FINISHED] = on_sources,
	[BDT_EV_COMPACTION_END] = on_sources,
};

/* The worker of a CPU comes about every second; its phase is not known until it drains. */
static void decay(struct bdt_page_level *p, const struct bdt_event *ev)
{
	struct bdt_page_cpu *c = &p->cpu[ev->cpu];

	if (ev->time_ns < c->next_decay_ns)
		return;
	if (c->next_decay_ns)
		for (size_t i = 0; i < p->truth->nzones; i++)
			bdt_pcp_lower_high(&p->truth->zones[i].pcp, ev->cpu);
	c->next_decay_ns = ev->time_ns + BT_PAGE_DECAY_NS;
}

void bdt_page_event(struct bdt_page_level *p, const struct bdt_event *ev, bool scored)
{
	if (ev->cpu >= p->truth->ncpus)
		return;
	p->scored = scored;
	p->now = ev->time_ns;
	decay(p, ev);
	if (ev->kind != BDT_EV_PCPU_DRAIN) {
		bdt_page_end_burst(p, ev->cpu);
		bdt_page_hold(p, ev);
		p->cpu[ev->cpu].in_batch = false;
	}
	/* removals go on until the allocation they are for; anything else tells that there is none */
	if (ev->kind != BDT_EV_ZONE_LOCKED && ev->kind != BDT_EV_EXTFRAG && ev->kind != BDT_EV_PAGE_ALLOC &&
	    ev->kind != BDT_EV_OTHER && ev->kind != BDT_EV_STACK && ev->kind != BDT_EV_MARKER &&
	    ev->kind != BDT_EV_BPF_MARKER)
		bdt_page_end_refill(p, ev->cpu);
	if (handlers[ev->kind])
		handlers[ev->kind](p, ev);
	bdt_page_run_event(p->run, ev);
	bdt_page_run_tick(p->run);
}

/* cf. enum zone_flags, 6.7 and later */
static void adopt_flags(struct bdt_system_zone *z, uint64_t flags)
{
	static const uint8_t bits[] = { 0, BT_SZ_RECLAIM_ACTIVE, BT_SZ_BELOW_HIGH };

	for (unsigned int i = 1; i < sizeof(bits) / sizeof(bits[0]); i++)
		z->flags = (uint8_t)(flags >> i & 1 ? z->flags | bits[i] : z->flags & ~bits[i]);
}

void bdt_page_adopt(struct bdt_page_level *p, const struct bdt_exact_lists *l)
{
	for (size_t i = 0; i < p->truth->nzones; i++) {
		struct bdt_system_zone *z = &p->truth->zones[i];

		if (z->zone->node != l->node || strcmp(z->zone->name, l->zone))
			continue;
		if (l->pcp && l->cpu < p->truth->ncpus)
			bdt_page_adopt_cpu(p, i, l);
		if (!l->pcp) {
			p->uncounted[i] = 0;
			memset(p->absent[i], 0, sizeof(p->absent[i]));
		}
		if (!l->pcp && p->profile->below_high)
			adopt_flags(z, l->number[BDT_XN_ZONE_FLAGS]);
	}
}

const char *bdt_page_validate(const struct bdt_page_level *p)
{
	const char *broken = bdt_page_run_validate(p->run);

	for (size_t i = 0; !broken && i < p->truth->nzones; i++)
		broken = bdt_pcpset_validate(&p->truth->zones[i].pcp);
	return broken;
}

const struct bdt_page_result *bdt_page_result(struct bdt_page_level *p)
{
	uint64_t most = 0;

	for (size_t size = 0; size < BT_PAGE_SIZES; size++)
		most = p->drain_sizes[size] > most ? p->drain_sizes[size] : most;
	p->result.assisted.drains_constant = most;
	return &p->result;
}
