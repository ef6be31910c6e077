/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The slow path and the compaction threads on a machine: what fails on the fast path, and how it is served.
 */
#include "small_machine.h"

#include "model/slowpath_run.h"
#include <string.h>

static const char *const releases[] = { "4.0.5",   "5.0.21",   "5.10.223", "6.1.192",
					"6.10.14", "6.12.107", "6.18.44",  "7.2.13" };

#define NR(table) (sizeof(table) / sizeof((table)[0]))

/* What the steps were, and the pages that reclaim can free. */
struct watched {
	struct machine *m;
	struct bdt_compactor *c;
	unsigned int steps[BDT_SLOW_DONE + 1];
	bdt_pfn next;   /* of zone Normal, in use: reclaim frees from here on */
	unsigned int n; /* as many pages each time */
	unsigned int runs;
	bool kills;
};

static void step(void *user, const struct bdt_slowpath *sp, enum bdt_slow_action action)
{
	struct watched *w = user;

	(void)sp;
	w->steps[action]++;
}

static uint64_t reclaim(void *user, const struct bdt_alloc_request *request)
{
	struct watched *w = user;

	for (unsigned int i = 0; i < w->n; i++)
		bdt_system_free(w->m->s, request->cpu, w->next++, 0, BDT_FREE_DIRECT);
	return w->n;
}

static bool kill(void *user, const struct bdt_alloc_request *request)
{
	struct watched *w = user;

	if (!w->kills)
		return false;
	w->kills = false;
	w->n = 4096;
	return reclaim(user, request) > 0;
}

static void ran(void *user, size_t zone, const struct bdt_compact_control *cc,
		const struct bdt_compact_report *report)
{
	struct watched *w = user;

	(void)zone;
	(void)cc;
	w->runs += report->ran;
}

static void open_machine(struct watched *w, const char *release)
{
	memset(w, 0, sizeof(*w));
	w->m = boot(release, 2);
	assert_int_equal(bdt_compactor_create(w->m->s, &w->c), 0);
	w->c->ran = ran;
	w->c->user = w;
	w->next = START;
}

static void close_machine(struct watched *w)
{
	bdt_compactor_destroy(w->c);
	halt(w->m);
}

static enum bdt_slow_exit ask(struct watched *w, bdt_order order, uint32_t gfp,
			      struct bdt_alloc_result *result)
{
	const struct bdt_task_rights nobody = { false };
	struct bdt_slow_env env = {
		.compactor = w->c, .reclaim = reclaim, .kill = kill, .step = step, .user = w
	};
	struct bdt_alloc_request request = { .cpu = 0, .node = BT_NODE_OF_CPU, .order = order, .gfp = gfp };

	assert_false(bdt_system_alloc(w->m->s, &request, result));
	return bdt_system_alloc_slow(w->m->s, &request, &nobody, &env, result);
}

/* All of the machine but `keep` pages is in use by what can be moved; what is free is every eighth page. */
static void fragment(struct watched *w)
{
	for (unsigned int i = 0; i < 2; i++) {
		struct bdt_zone *z = w->m->zone[i];

		use_up(w->m, i, 0);
		bdt_zone_mark(z, z->start, 0, 0, 0);
		for (bdt_pfn p = z->start; p < z->end; p++) {
			if (p % 8 == 7)
				bdt_buddy_free(z, p, 0, bdt_zone_type(z, p), 0);
			else
				bdt_zone_mark(z, p, 0, BT_ZP_MOVABLE, 0);
		}
	}
}

/* Between low and min the fast path refuses, and the first pass of the slow path does not. */
static void below_low_the_first_pass_serves(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(releases); i++) {
		struct bdt_alloc_result result;
		struct watched w;
		uint64_t keep;

		open_machine(&w, releases[i]);
		for (unsigned int zone = 0; zone < 2; zone++) {
			struct bdt_system_zone *z = &w.m->s->zones[zone];

			keep = (z->marks.mark[0] + z->marks.mark[1]) / 2;
			use_up(w.m, zone, zone == NORMAL ? keep : 0);
		}
		assert_int_equal(ask(&w, 0, USER, &result), BDT_SLOW_PAGE_FIRST);
		assert_int_equal(result.zone, NORMAL);
		assert_int_equal(w.steps[BDT_SLOW_WAKE_KSWAPD], 1);
		assert_int_equal(w.steps[BDT_SLOW_RECLAIM], 0);
		assert_true(w.m->seen.wakeups > 0);
		close_machine(&w);
	}
}

/* Nothing is free: what reclaim gives serves the request. */
static void reclaim_serves(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(releases); i++) {
		struct bdt_alloc_result result;
		struct watched w;

		open_machine(&w, releases[i]);
		use_up(w.m, DMA32, 0);
		use_up(w.m, NORMAL, 0);
		w.n = 4096;
		assert_int_equal(ask(&w, 0, USER, &result), BDT_SLOW_PAGE_RECLAIM);
		assert_int_equal(w.steps[BDT_SLOW_RECLAIM], 1);
		close_machine(&w);
	}
}

/* Nothing can be reclaimed: the killer, once; then the request fails. */
static void the_killer_is_the_last(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(releases); i++) {
		struct bdt_alloc_result result;
		enum bdt_slow_exit exit;
		struct watched w;

		open_machine(&w, releases[i]);
		use_up(w.m, DMA32, 0);
		use_up(w.m, NORMAL, 0);
		assert_int_equal(ask(&w, 0, KERNEL, &result), BDT_SLOW_FAIL_OOM);
		w.kills = true;
		exit = ask(&w, 0, KERNEL, &result);
		assert_true(bdt_slow_served(exit));
		assert_int_equal(w.steps[BDT_SLOW_OOM], 2);
		close_machine(&w);
	}
}

/* Enough memory, but in pieces: compaction serves the request, reclaim has nothing to give. */
/* Who may not do I/O does not compact, before 4.10 nor who must not enter file systems. */
static void without_io_nothing_is_compacted(void **state)
{
	static const char *const kernels[] = { "4.0.5", "5.0.0", "5.10.100", "6.12.107", "7.2.13" };

	(void)state;
	for (size_t i = 0; i < NR(kernels); i++) {
		struct bdt_alloc_request request = { .node = BT_NODE_OF_CPU, .order = 4 };
		struct bdt_alloc_result captured;
		struct watched w;

		open_machine(&w, kernels[i]);
		fragment(&w);
		request.gfp = USER & ~BT_GFP_IO;
		assert_int_equal(bdt_compactor_direct(w.c, &request, BDT_COMPACT_PRIO_ASYNC, &captured),
				 BDT_COMPACT_SKIPPED);
		assert_int_equal(w.runs, 0);
		request.gfp = USER & ~BT_GFP_FS;
		bdt_compactor_direct(w.c, &request, BDT_COMPACT_PRIO_ASYNC, &captured);
		assert_int_equal(w.runs > 0, i > 0);
		close_machine(&w);
	}
}

static void compaction_serves(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(releases); i++) {
		struct bdt_alloc_result result;
		struct watched w;

		open_machine(&w, releases[i]);
		fragment(&w);
		assert_true(bdt_slow_served(ask(&w, 4, USER, &result)));
		assert_true(w.runs > 0);
		assert_int_equal(w.c->zones[result.zone].deferral.shift, 0);
		close_machine(&w);
	}
}

/* A request that fails for want of pages that can be moved defers the next. */
static void failure_defers(void **state)
{
	struct bdt_alloc_request request = { .node = BT_NODE_OF_CPU, .order = 4, .gfp = USER };
	struct bdt_alloc_result captured;
	enum bdt_compact_result result;
	struct watched w;

	(void)state;
	open_machine(&w, "6.12.107");
	fragment(&w);
	for (unsigned int i = 0; i < 2; i++)
		for (bdt_pfn p = w.m->zone[i]->start; p < w.m->zone[i]->end; p++)
			bdt_zone_mark(w.m->zone[i], p, 0, 0, BT_ZP_MOVABLE);
	result = bdt_compactor_direct(w.c, &request, BDT_COMPACT_PRIO_SYNC_LIGHT, &captured);
	assert_true(result == BDT_COMPACT_COMPLETE || result == BDT_COMPACT_PARTIAL_SKIPPED);
	assert_int_equal(w.c->zones[NORMAL].deferral.shift, 1);
	assert_int_equal(w.c->zones[NORMAL].deferral.order_failed, 0);
	assert_int_equal(bdt_compactor_direct(w.c, &request, BDT_COMPACT_PRIO_SYNC_LIGHT, &captured),
			 BDT_COMPACT_DEFERRED);
	/* what need not be moved by I/O is not tried without it */
	request.gfp &= ~BT_GFP_IO;
	assert_int_equal(bdt_compactor_direct(w.c, &request, BDT_COMPACT_PRIO_ASYNC, &captured),
			 BDT_COMPACT_SKIPPED);
	close_machine(&w);
}

static void kcompactd_works(void **state)
{
	(void)state;
	for (size_t i = 1; i < NR(releases); i++) {
		struct watched w;

		open_machine(&w, releases[i]);
		/* nothing to do: there are blocks */
		assert_false(bdt_kcompactd_wake(w.c, 0, 4, 2));
		fragment(&w);
		assert_false(bdt_kcompactd_wake(w.c, 0, 0, 2));
		assert_true(bdt_kcompactd_wake(w.c, 0, 4, 2));
		assert_true(bdt_kcompactd_work(w.c, 0, 1) > 0);
		assert_true(w.runs > 0);
		assert_int_equal(w.c->kcompactd[0].order, 0);
		assert_true(bdt_zone_smallest(w.m->zone[NORMAL], 4, w.m->profile.movable) <= 10);
		close_machine(&w);
	}
}

/* kcompactd lowers the score to the lower threshold, and then leaves the node alone. */
static void proactive_lowers_the_score(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR(releases); i++) {
		struct watched w;

		open_machine(&w, releases[i]);
		assert_int_equal(bdt_compactor_score(w.c, 0), 0);
		fragment(&w);
		bdt_migrate_failures_learn(&w.c->failures, BDT_MIGRATE_SYNC_LIGHT, 1000000000, 0);
		assert_in_range(bdt_compactor_score(w.c, 0), 95, 100);
		if (!w.m->profile.compaction.proactive) {
			assert_false(bdt_kcompactd_proactive(w.c, 0, 0));
			close_machine(&w);
			continue;
		}
		w.m->s->kswapd[0].awake = true;
		assert_false(bdt_kcompactd_proactive(w.c, 0, 0));
		w.m->s->kswapd[0].awake = false;
		assert_true(bdt_kcompactd_proactive(w.c, 0, 0));
		assert_true(bdt_compactor_score(w.c, 0) <= 82);
		assert_false(bdt_kcompactd_proactive(w.c, 0, 0));
		close_machine(&w);
	}
}

/* Nothing can be moved: after a round in vain 64 are left out. */
static void proactive_sits_out(void **state)
{
	struct watched w;

	(void)state;
	open_machine(&w, "6.18.44");
	fragment(&w);
	for (unsigned int i = 0; i < 2; i++)
		for (bdt_pfn p = w.m->zone[i]->start; p < w.m->zone[i]->end; p++)
			bdt_zone_mark(w.m->zone[i], p, 0, 0, BT_ZP_MOVABLE);
	assert_true(bdt_kcompactd_proactive(w.c, 0, 0));
	for (int i = 0; i < 64; i++)
		assert_false(bdt_kcompactd_proactive(w.c, 0, 0));
	assert_true(bdt_kcompactd_proactive(w.c, 0, 0));
	close_machine(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(below_low_the_first_pass_serves),
		cmocka_unit_test(reclaim_serves),
		cmocka_unit_test(the_killer_is_the_last),
		cmocka_unit_test(without_io_nothing_is_compacted),
		cmocka_unit_test(compaction_serves),
		cmocka_unit_test(failure_defers),
		cmocka_unit_test(kcompactd_works),
		cmocka_unit_test(proactive_lowers_the_score),
		cmocka_unit_test(proactive_sits_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
