/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/page_run.h"

/*
 * Compaction in the copy.  Runs for requests are its own; those of kcompactd, vm.compact_memory and proactive
 * rounds begin when the recorded ones do, each in the same zone, and then go their own way.
 */

/* The zone of the page, NULL where none or several have it. */
static const struct bdt_zone *only_zone(const struct bdt_page_run *run, bdt_pfn pfn)
{
	const struct bdt_zone *z = NULL;

	for (size_t i = 0; i < run->copy.nzones; i++) {
		if (!bdt_zone_spans(run->copy.zones[i], pfn))
			continue;
		if (z)
			return NULL;
		z = run->copy.zones[i];
	}
	return z;
}

static bool movable(const void *user, bdt_pfn pfn)
{
	const struct bdt_page_run *run = user;
	const struct bdt_zone *z = only_zone(run, pfn);
	uint8_t flags = z ? z->page_flags[pfn - z->base] : 0;

	/* flags follow from what was observed, which can be wrong about pages that are free here */
	return flags & BT_ZP_MOVABLE && !(flags & BT_ZP_PCP) && bdt_run_in_use(run, pfn, 0) &&
	       !bdt_page_map_is_tail(&run->map, pfn);
}

static bdt_order compound(const void *user, bdt_pfn pfn)
{
	const struct bdt_page_run *run = user;

	return bdt_page_map_compound(&run->map, pfn);
}

static void moved(void *user, struct bdt_zone *z, bdt_pfn from, bdt_pfn to, bdt_order order)
{
	struct bdt_page_run *run = user;

	(void)z;
	bdt_page_map_move(&run->map, from, to, order);
	run->p->result.free.moved += 1ULL << order;
}

static void count(struct bdt_page_run *run, enum bdt_compact_trigger by, enum bdt_compact_result result,
		  bool predicted)
{
	struct bdt_page_free *f = &run->p->result.free;
	bool own = by == BDT_COMPACT_DIRECT;

	bdt_page_saw(f, own ? BDT_WINDOW_RUNS : BDT_WINDOW_RUNS_GIVEN, predicted, 1);
	if (result < BDT_COMPACT_NR)
		(own ? f->results : f->results_given)[predicted][result]++;
}

static void ran(void *user, size_t zone, const struct bdt_compact_control *cc,
		const struct bdt_compact_report *report)
{
	struct bdt_page_run *run = user;

	(void)zone;
	if (!report->ran)
		return;
	count(run, run->by, report->result, true);
	run->scan_left -= (int64_t)(report->migrate_scanned + report->free_scanned + cc->cz->zone->nblocks);
	if (run->scan_left < 0)
		run->env.compactor = NULL;
}

void bdt_run_compactor_tick(struct bdt_page_run *run)
{
	int64_t most = (int64_t)run->map.nslots * BT_RUN_SCAN_PER_PAGE;

	run->scan_left += BT_RUN_SCAN_PER_EVENT;
	if (run->scan_left > most)
		run->scan_left = most;
	if (run->scan_left >= 0)
		run->env.compactor = run->compactor;
}

/* A step of a request: which of them the kernel shows by events. */
static void step(void *user, const struct bdt_slowpath *sp, enum bdt_slow_action action)
{
	struct bdt_page_run *run = user;
	bool compacts = action == BDT_SLOW_COMPACT && sp->request.order && sp->request.gfp & BT_GFP_IO;

	if (action == BDT_SLOW_RECLAIM || compacts)
		bdt_run_saw_slow(run, run->asking, false);
}

int bdt_run_compactor_create(struct bdt_page_run *run)
{
	int err = bdt_compactor_create(run->system, &run->compactor);

	if (err)
		return err;
	run->pages = (struct bdt_pages){ movable, compound, run };
	run->compactor->pages = &run->pages;
	run->compactor->moved = moved;
	run->compactor->ran = ran;
	run->compactor->user = run;
	run->scan_left = (int64_t)run->map.nslots * BT_RUN_SCAN_PER_PAGE;
	run->env = (struct bdt_slow_env){ .compactor = run->compactor, .step = step, .user = run };
	return 0;
}

void bdt_run_kcompactd_wake(struct bdt_page_run *run, struct bdt_run_task *t, const struct bdt_event *ev)
{
	int64_t node = ev->kcompactd.nid, order = ev->kcompactd.order,
		highest = ev->kcompactd.highest_zoneidx;

	t->kcompactd = t->told = true;
	if (!run->env.compactor || node < 0 || node >= run->system->nnodes || order < 0 ||
	    order >= BT_MAX_ORDERS || highest < 0 || highest >= run->system->nclasses)
		return;
	run->by = BDT_COMPACT_KCOMPACTD;
	bdt_kcompactd_wake(run->compactor, (int)node, (bdt_order)order, (unsigned int)highest);
	bdt_kcompactd_work(run->compactor, (int)node, ev->cpu);
}

void bdt_run_kcompactd_sleep(struct bdt_page_run *run, struct bdt_run_task *t, const struct bdt_event *ev)
{
	(void)run;
	(void)ev;
	t->kcompactd = true;
	t->told = false;
}

/* Who compacts.  Nobody says so of a run that is not for a request, and not what kcompactd was woken for. */
static enum bdt_compact_trigger trigger_of(const struct bdt_run_task *t)
{
	if (t->kcompactd)
		return t->told ? BDT_COMPACT_KCOMPACTD : BDT_COMPACT_PROACTIVE;
	if (t->kswapd)
		return BDT_COMPACT_KSWAPD;
	return t->asked ? BDT_COMPACT_DIRECT : BDT_COMPACT_MEMORY;
}

void bdt_run_compact_begin(struct bdt_page_run *run, struct bdt_run_task *t, const struct bdt_event *ev)
{
	size_t zone = 0;

	while (zone < run->copy.nzones && run->copy.zones[zone]->start != (bdt_pfn)ev->compaction.zone_start)
		zone++;
	t->compacting = true;
	t->sync = ev->compaction.sync;
	t->by = trigger_of(t);
	if (zone == run->copy.nzones || !run->env.compactor ||
	    (t->by != BDT_COMPACT_PROACTIVE && t->by != BDT_COMPACT_MEMORY))
		return;
	run->by = t->by;
	bdt_compactor_zone(run->compactor, zone, ev->cpu, t->by);
}

void bdt_run_compact_end(struct bdt_page_run *run, struct bdt_run_task *t, const struct bdt_event *ev)
{
	if (t->compacting)
		count(run, t->by,
		      bdt_compact_result_from(ev->compaction.status, run->p->profile->compaction.old_results),
		      false);
	t->compacting = false;
}

void bdt_run_compact_migrated(struct bdt_page_run *run, struct bdt_run_task *t, const struct bdt_event *ev)
{
	int64_t migrated = ev->migratepages.nr_migrated, failed = ev->migratepages.nr_failed;

	/* a run moves no more than a pageblock at a time; larger numbers are not from a kernel */
	if (!t->compacting || migrated < 0 || failed < 0 || migrated >= 1 << BT_MAX_ORDERS ||
	    failed >= 1 << BT_MAX_ORDERS)
		return;
	bdt_migrate_failures_learn(&run->compactor->failures,
				   t->sync ? BDT_MIGRATE_SYNC_LIGHT : BDT_MIGRATE_ASYNC, (uint64_t)migrated,
				   (uint64_t)failed);
}
