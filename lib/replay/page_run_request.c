/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/page_run.h"

/*
 * One request in the copy: the fast path, then the model's slow path.  What reclaim frees is known from the
 * recording only, so the request waits there until the recorded task has reclaimed, or has its page.
 */

void bdt_run_saw_slow(struct bdt_page_run *run, struct bdt_run_request *r, bool recorded)
{
	struct bdt_page_count *slow = &run->p->result.free.slow;
	bool *saw = recorded ? &r->slow_seen : &r->slow;

	if (*saw)
		return;
	*saw = true;
	slow->observed += recorded;
	slow->predicted += !recorded;
	slow->tp += r->slow && r->slow_seen;
	bdt_page_saw(&run->p->result.free, BDT_WINDOW_SLOW, !recorded, 1);
}

static void go_on(struct bdt_page_run *run, struct bdt_run_request *r, uint64_t reclaimed)
{
	enum bdt_slow_exit exit;

	run->asking = r;
	run->by = BDT_COMPACT_DIRECT;
	r->waits = bdt_slow_goes_on(&r->walk, reclaimed);
	if (r->waits)
		return;
	exit = bdt_slow_end_of(&r->walk);
	r->served = bdt_slow_served(exit);
	r->result = r->walk.result;
	run->p->result.free.exits[exit]++;
}

void bdt_run_begin(struct bdt_page_run *run, struct bdt_run_request *r, const struct bdt_alloc_request *asked,
		   const struct bdt_task_rights *rights)
{
	*r = (struct bdt_run_request){ .request = *asked };
	r->served = bdt_system_alloc(run->system, asked, &r->result);
	if (r->served)
		return;
	run->p->result.free.allocs_slow++;
	bdt_slow_begin(&r->walk, run->system, asked, rights, &run->env);
	go_on(run, r, 0);
}

void bdt_run_reclaimed(struct bdt_page_run *run, struct bdt_run_request *r, uint64_t pages)
{
	go_on(run, r, pages);
}

bool bdt_run_end(struct bdt_page_run *run, struct bdt_run_request *r)
{
	while (r->waits)
		go_on(run, r, 0);
	return r->served;
}

void bdt_run_drop(struct bdt_page_run *run, struct bdt_run_request *r)
{
	if (bdt_run_end(run, r) && r->result.pfn != BT_PFN_NONE &&
	    bdt_run_in_use(run, r->result.pfn, r->request.order))
		bdt_run_give_back(run, r->request.cpu, r->result.pfn, r->request.order, BDT_FREE_DIRECT);
	r->served = false;
}
