/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page level, assisted: which free is expected to drain the lists of its CPU, and what is learnt from it. */
#include "page_level.h"
#include "replay/compaction_score.h"

#define TASK   100
#define OTHER  200
#define KSWAPD 42

static void event(struct level *l, enum bdt_event_kind kind, unsigned int cpu, int32_t pid, bdt_pfn pfn)
{
	struct bdt_event ev = { .kind = kind, .cpu = cpu, .pid = pid, .time_ns = l->now += 1000 };

	if (kind == BDT_EV_PCPU_DRAIN)
		ev.drain.migratetype = MOVABLE;
	/* the first field of each is the pfn or the node */
	ev.field[0] = (int64_t)pfn;
	bdt_page_event(l->p, &ev, true);
}

static void batch_begins(struct level *l, unsigned int cpu, bdt_pfn from, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		event(l, BDT_EV_PAGE_FREE, cpu, TASK, from + i);
}

static void put_on_list(struct level *l, unsigned int cpu, bdt_pfn from, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		event(l, BDT_EV_PAGE_FREE_BATCHED, cpu, TASK, from + i);
}

static void drain(struct level *l, unsigned int cpu, int32_t pid, bdt_pfn from, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		event(l, BDT_EV_PCPU_DRAIN, cpu, pid, from + i);
}

static struct bdt_pcp *pcp(struct level *l, unsigned int cpu)
{
	return &l->p->truth->zones[NORMAL].pcp.cpu[cpu];
}

static void assert_drains(struct level *l, uint64_t observed, uint64_t predicted, uint64_t both)
{
	const struct bdt_page_count *drains = &bdt_page_result(l->p)->assisted.drains;

	event(l, BDT_EV_PAGE_ALLOC, 0, TASK, BT_PFN_NONE); /* ends what was going on */
	assert_int_equal(drains->observed, observed);
	assert_int_equal(drains->predicted, predicted);
	assert_int_equal(drains->tp, both);
}

/* The drain comes in the middle of a batch: the rest of it is not on the list yet. */
static void a_batch_drains_where_it_fills_the_list(void **state)
{
	struct level l;
	unsigned int high, batch, n;

	(void)state;
	level_start(&l, "5.10.223");
	high = pcp(&l, 0)->high;
	batch = pcp(&l, 0)->bounds.batch;
	n = high + 2 * batch - 1;
	batch_begins(&l, 0, START, n);
	put_on_list(&l, 0, START, high);
	drain(&l, 0, TASK, START, batch);
	put_on_list(&l, 0, START + high, batch);
	drain(&l, 0, TASK, START + batch, batch);
	put_on_list(&l, 0, START + high + batch, batch - 1);
	assert_int_equal(pcp(&l, 0)->count, high - 1);
	assert_drains(&l, 2, 2, 2);
	assert_int_equal(bdt_page_result(l.p)->assisted.drain_sizes_exact, 2);
	level_stop(&l);
}

/* Who drains all, and who drains in another task, does not do it for the free before. */
static void only_an_excess_is_due_to_the_free(void **state)
{
	struct level l;

	(void)state;
	level_start(&l, "5.10.223");
	batch_begins(&l, 0, START, 40);
	put_on_list(&l, 0, START, 40);
	drain(&l, 0, TASK, START, 40);
	assert_drains(&l, 0, 0, 0);
	batch_begins(&l, 0, START + 40, 40);
	put_on_list(&l, 0, START + 40, 40);
	drain(&l, 0, OTHER, START + 40, 20);
	assert_drains(&l, 0, 0, 0);
	assert_int_equal(bdt_page_result(l.p)->assisted.drains_other, 2);
	level_stop(&l);
}

/* What came between the snapshot and the first event is not seen on the lists, but counted. */
static void the_first_drain_tells_the_count(void **state)
{
	struct level l;
	unsigned int high, batch;

	(void)state;
	level_start(&l, "5.10.223");
	high = pcp(&l, 0)->high;
	batch = pcp(&l, 0)->bounds.batch;
	batch_begins(&l, 0, START, high - 7);
	put_on_list(&l, 0, START, high - 7);
	drain(&l, 0, TASK, START, batch);
	assert_drains(&l, 1, 0, 0);
	batch_begins(&l, 0, START + high, batch);
	put_on_list(&l, 0, START + high, batch);
	drain(&l, 0, TASK, START + batch, batch);
	assert_drains(&l, 2, 1, 1);
	level_stop(&l);
}

/* 6.0 and later: while another CPU drains the lists, frees go past them, but those that say that they do not.
 */
static void a_free_goes_past_lists_that_are_drained(void **state)
{
	struct level l;

	(void)state;
	level_start(&l, NEWEST);
	batch_begins(&l, 0, START, 40);
	put_on_list(&l, 0, START, 40);
	drain(&l, 1, OTHER, START, 20);
	batch_begins(&l, 0, START + 100, 3);
	drain(&l, 1, OTHER, START + 20, 10);
	event(&l, BDT_EV_PAGE_FREE_BATCHED, 0, TASK, START + 102);
	assert_int_equal(pcp(&l, 0)->count, 40 - 30 + 1);
	drain(&l, 1, OTHER, START + 30, 10);
	event(&l, BDT_EV_PAGE_ALLOC, 1, OTHER, BT_PFN_NONE);
	batch_begins(&l, 0, START + 200, 2);
	event(&l, BDT_EV_PAGE_ALLOC, 0, TASK, BT_PFN_NONE);
	assert_int_equal(pcp(&l, 0)->count, 1 + 2);
	level_stop(&l);
}

/* The run of kswapd ends before the event of its sleep: who wakes it proves that it had. */
static void kswapd_reclaims_until_it_can_be_woken(void **state)
{
	struct level l;
	struct bdt_system_zone *z;

	(void)state;
	level_start(&l, "6.1.192");
	z = &l.p->truth->zones[NORMAL];
	z->zone->watermark_boost = NPB;
	event(&l, BDT_EV_KSWAPD_WAKE, 1, KSWAPD, 0);
	assert_true(z->flags & BT_SZ_RECLAIM_ACTIVE);
	event(&l, BDT_EV_WAKEUP_KSWAPD, 0, TASK, 0);
	assert_false(z->flags & BT_SZ_RECLAIM_ACTIVE);
	/* who follows compaction takes the boost back: twice would be once too often */
	assert_int_equal(z->zone->watermark_boost, NPB);
	event(&l, BDT_EV_KSWAPD_WAKE, 1, KSWAPD, 0);
	assert_true(z->flags & BT_SZ_RECLAIM_ACTIVE);
	event(&l, BDT_EV_KSWAPD_SLEEP, 1, KSWAPD, 0);
	assert_false(z->flags & BT_SZ_RECLAIM_ACTIVE);
	event(&l, BDT_EV_KSWAPD_WAKE, 1, KSWAPD, 0);
	event(&l, BDT_EV_COMPACTION_WAKEUP_KCOMPACTD, 0, TASK, 0);
	assert_true(z->flags & BT_SZ_RECLAIM_ACTIVE);
	event(&l, BDT_EV_COMPACTION_WAKEUP_KCOMPACTD, 1, KSWAPD, 0);
	assert_false(z->flags & BT_SZ_RECLAIM_ACTIVE);
	level_stop(&l);
}

/* 6.9 and later: a target of compaction that was not needed has the event of a free, but no list gets it. */
static void an_unused_target_is_on_no_list(void **state)
{
	struct bdt_event ev = { .kind = BDT_EV_COMPACTION_ISOLATE_MIGRATEPAGES, .pid = TASK };
	struct level l;

	(void)state;
	level_start(&l, NEWEST);
	ev.isolate.start_pfn = (int64_t)START;
	ev.isolate.end_pfn = (int64_t)START + NPB;
	for (ev.isolate.nr_taken = 0; ev.isolate.nr_taken < 2; ev.isolate.nr_taken++) {
		bdt_page_event(l.p, &ev, true);
		event(&l, BDT_EV_PAGE_FREE, 0, TASK, START + (bdt_pfn)ev.isolate.nr_taken);
		event(&l, BDT_EV_PAGE_FREE, 0, TASK, START + 4 * NPB + (bdt_pfn)ev.isolate.nr_taken);
		event(&l, BDT_EV_PAGE_FREE, 0, OTHER, START + 8 * NPB + (bdt_pfn)ev.isolate.nr_taken);
		event(&l, BDT_EV_PAGE_ALLOC, 0, TASK, BT_PFN_NONE);
	}
	/* without a page that was taken there are no targets */
	assert_int_equal(pcp(&l, 0)->count, 3 + 2);
	event(&l, BDT_EV_COMPACTION_MIGRATEPAGES, 0, TASK, 1);
	event(&l, BDT_EV_PAGE_FREE, 0, TASK, START + 5 * NPB);
	event(&l, BDT_EV_PAGE_ALLOC, 0, TASK, BT_PFN_NONE);
	assert_int_equal(pcp(&l, 0)->count, 3 + 2 + 1);
	level_stop(&l);
}

/* 6.7 and later: a decay leaves what the lists may hold, and comes again a second later. */
static void a_decay_tells_the_limit_and_the_phase(void **state)
{
	struct level l;
	unsigned int left;

	(void)state;
	level_start(&l, NEWEST);
	left = 2 * pcp(&l, 0)->bounds.high_min;
	pcp(&l, 0)->high = left * 8 / 7;
	batch_begins(&l, 0, START, BT_PAGE_QUEUE);
	put_on_list(&l, 0, START, BT_PAGE_QUEUE);
	bdt_page_known(l.p, 0, NORMAL)->drift = (int32_t)left + 100 - BT_PAGE_QUEUE;
	drain(&l, 0, OTHER, START, 100);
	event(&l, BDT_EV_PAGE_ALLOC, 0, TASK, BT_PFN_NONE);
	assert_int_equal(pcp(&l, 0)->high, left);
	assert_int_equal(l.p->cpu[0].next_decay_ns, l.now + BT_PAGE_DECAY_NS);
	/* part of another drain: it leaves something else */
	drain(&l, 0, TASK, START + 100, 300);
	event(&l, BDT_EV_PAGE_ALLOC, 0, TASK, BT_PFN_NONE);
	assert_int_equal(pcp(&l, 0)->high, left);
	level_stop(&l);
}

/* 6.12.29 and later: a steal boosts as often as claims were refused before it, which later ones of a refill
 * skip. */
static void refused_claims_boost(void **state)
{
	static const struct {
		const char *release;
		unsigned int boosts;
	} cases[] = { { NEWEST, 3 }, { "6.1.192", 0 } };
	struct bdt_outcome o = { .observed = { .source = BDT_FROM_STEAL, .pfn = START },
				 .predicted = { .source = BDT_FROM_STEAL } };
	const struct bdt_compaction_machine none = { .zoneinfo = NULL };
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bdt_compaction_score *score;
		struct level l;

		level_start(&l, cases[i].release);
		assert_int_equal(bdt_compaction_score_create(&l.state, &none, &score), 0);
		l.m->zone[NORMAL]->boost_limit = 100 * NPB;
		l.m->zone[NORMAL]->watermark_boost = 0;
		for (o.predicted.boosts = 3; o.predicted.boosts; o.predicted.boosts -= 3)
			bdt_compaction_score_removal(score, &o);
		bdt_compaction_score_removal(score, &o);
		assert_int_equal(l.m->zone[NORMAL]->watermark_boost, cases[i].boosts * NPB);
		bdt_compaction_score_destroy(score);
		level_stop(&l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_batch_drains_where_it_fills_the_list),
		cmocka_unit_test(only_an_excess_is_due_to_the_free),
		cmocka_unit_test(the_first_drain_tells_the_count),
		cmocka_unit_test(a_free_goes_past_lists_that_are_drained),
		cmocka_unit_test(kswapd_reclaims_until_it_can_be_woken),
		cmocka_unit_test(an_unused_target_is_on_no_list),
		cmocka_unit_test(refused_claims_boost),
		cmocka_unit_test(a_decay_tells_the_limit_and_the_phase),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
