/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The slow path: which steps follow each other in each kernel, and why it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "model/slowpath.h"
#include <cmocka.h>
#include <string.h>

#define KERNEL (BT_GFP_IO | BT_GFP_FS | BT_GFP_DIRECT_RECLAIM | BT_GFP_KSWAPD_RECLAIM)

/* A letter per action: wake, try, compact, reclaim, unreserve, last pageblock, zones, compact zones, oom,
 * end. */
static const char letters[] = {
	[BDT_SLOW_WAKE_KSWAPD] = 'w', [BDT_SLOW_TRY] = 't',           [BDT_SLOW_COMPACT] = 'c',
	[BDT_SLOW_RECLAIM] = 'r',     [BDT_SLOW_UNRESERVE] = 'u',     [BDT_SLOW_UNRESERVE_LAST] = 'l',
	[BDT_SLOW_ZONES] = 'z',       [BDT_SLOW_COMPACT_ZONES] = 'x', [BDT_SLOW_OOM] = 'o',
	[BDT_SLOW_DONE] = '.',
};

/*
 * Runs a request whose every step fails; reclaim frees `pages` each time.  The steps, as letters, must be
 * `want`, the exit `exit`.  At most 60 steps.
 */
static void expect(const char *release, uint32_t gfp, bdt_order order, uint64_t pages,
		   enum bdt_compact_result result, const char *want, enum bdt_slow_exit exit)
{
	struct bdt_profile profile;
	struct bdt_slow_request request = { .gfp = gfp, .order = order, .grouping = true };
	struct bdt_slow_answer answer = { 0 };
	struct bdt_slowpath sp;
	char got[64] = "";

	assert_int_equal(bdt_profile_find(release, &profile, NULL), 0);
	bdt_slowpath_begin(&sp, &profile, &request);
	for (int i = 0; i < 60; i++) {
		enum bdt_slow_action action = bdt_slowpath_next(&sp, &answer);

		got[i] = letters[action];
		if (action == BDT_SLOW_DONE)
			break;
		answer = (struct bdt_slow_answer){ .pages = action == BDT_SLOW_RECLAIM ? pages : 0,
						   .result = result };
	}
	assert_string_equal(got, want);
	assert_int_equal(sp.exit, exit);
	assert_int_equal(bdt_slowpath_next(&sp, &answer), BDT_SLOW_DONE);
}

static void atomic_fails_after_the_reserves(void **state)
{
	(void)state;
	expect("6.1.50", BT_GFP_HIGH | BT_GFP_KSWAPD_RECLAIM, 0, 0, 0, "wtwt.", BDT_SLOW_FAIL_CANNOT_WAIT);
	/* 7.2: once more at once, since the request may look beyond its cpuset; others not */
	expect("7.2.13", BT_GFP_HIGH | BT_GFP_KSWAPD_RECLAIM, 0, 0, 0, "wtwt.", BDT_SLOW_FAIL_CANNOT_WAIT);
	expect("7.2.13", BT_GFP_KSWAPD_RECLAIM, 0, 0, 0, "wt.", BDT_SLOW_FAIL_CANNOT_WAIT);
	expect("6.18.44", BT_GFP_KSWAPD_RECLAIM, 0, 0, 0, "wtwt.", BDT_SLOW_FAIL_CANNOT_WAIT);
	expect("4.0.5", BT_GFP_HIGH | BT_GFP_KSWAPD_RECLAIM, 0, 0, 0, "wt.", BDT_SLOW_FAIL_CANNOT_WAIT);
}

static void single_page_ends_with_the_killer(void **state)
{
	(void)state;
	expect("6.1.50", KERNEL, 0, 0, 0, "wtwtrzo.", BDT_SLOW_FAIL_OOM);
	expect("6.12.107", KERNEL, 0, 0, 0, "wtwtrzlo.", BDT_SLOW_FAIL_OOM);
	expect("6.1.192", KERNEL, 0, 32, 0, "wtwtrtutzlo.", BDT_SLOW_FAIL_OOM);
}

/* A huge page on a fault: one attempt at compaction, and no reclaim when that was left out. */
static void huge_page_of_this_node(void **state)
{
	uint32_t gfp = BT_GFP_IO | BT_GFP_FS | BT_GFP_DIRECT_RECLAIM | BT_GFP_HIGHMEM | BT_GFP_MOVABLE |
		       BT_GFP_NORETRY | BT_GFP_THISNODE | BT_GFP_COMP;

	(void)state;
	expect("6.1.50", gfp, 9, 0, BDT_COMPACT_DEFERRED, "tc.", BDT_SLOW_FAIL_COMPACT_FIRST);
	expect("6.1.50", gfp, 9, 0, BDT_COMPACT_COMPLETE, "tctrc.", BDT_SLOW_FAIL_NORETRY);
	expect("6.1.192", gfp, 9, 0, BDT_COMPACT_COMPLETE, "tc.", BDT_SLOW_FAIL_THISNODE);
	expect("7.2.13", gfp, 9, 0, BDT_COMPACT_COMPLETE, "tc.", BDT_SLOW_FAIL_THISNODE);
	expect("5.0.21", gfp, 9, 0, BDT_COMPACT_SKIPPED, "tctrc.", BDT_SLOW_FAIL_NORETRY);
	expect("5.0.21", gfp, 9, 0, BDT_COMPACT_DEFERRED, "tc.", BDT_SLOW_FAIL_COMPACT_FIRST);
}

static void costly_is_not_retried(void **state)
{
	(void)state;
	expect("6.18.44", KERNEL, 4, 32, BDT_COMPACT_COMPLETE, "wtcwtrtutc.", BDT_SLOW_FAIL_COSTLY);
	/* no I/O, no compaction: reclaim only; before 6.8 it is tried, and left out */
	expect("6.18.44", BT_GFP_DIRECT_RECLAIM, 4, 0, 0, "ttr.", BDT_SLOW_FAIL_COSTLY);
	expect("5.10.215", BT_GFP_DIRECT_RECLAIM, 4, 0, 0, "ttr.", BDT_SLOW_FAIL_COSTLY);
	expect("5.10.214", BT_GFP_DIRECT_RECLAIM, 4, 0, BDT_COMPACT_SKIPPED, "tctrc.", BDT_SLOW_FAIL_COSTLY);
}

/* SYNC_LIGHT, SYNC_FULL, then the killer. */
static void compaction_becomes_harder(void **state)
{
	(void)state;
	expect("6.1.50", KERNEL, 2, 1, BDT_COMPACT_COMPLETE, "wtcwtrtutczwtrtutczo.", BDT_SLOW_FAIL_OOM);
}

static void reclaim_is_retried_16_times(void **state)
{
	unsigned int loops = 0;

	(void)state;
	for (int i = 0; i < 16; i++)
		assert_true(bdt_reclaim_may_retry(0, false, &loops));
	assert_false(bdt_reclaim_may_retry(0, false, &loops));
	assert_true(bdt_reclaim_may_retry(0, true, &loops));
	assert_int_equal(loops, 0);
	assert_true(bdt_reclaim_may_retry(4, true, &loops));
	assert_int_equal(loops, 1);
}

static void compaction_success_is_retried(void **state)
{
	static const struct {
		const char *release;
		unsigned int most; /* retries at one priority, of a costly order */
	} kernels[] = { { "6.1.50", 4 }, { "6.12.107", 4 } };
	enum bdt_compact_priority prio;
	struct bdt_profile p;
	unsigned int retries;

	(void)state;
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		assert_int_equal(bdt_profile_find(kernels[i].release, &p, NULL), 0);
		retries = 0;
		prio = BDT_COMPACT_PRIO_SYNC_LIGHT;
		for (unsigned int n = 0; n < kernels[i].most; n++)
			assert_int_equal(bdt_compact_may_retry(&p, 9, BDT_COMPACT_SUCCESS, &retries, &prio),
					 BDT_COMPACT_RETRY);
		assert_int_equal(bdt_compact_may_retry(&p, 9, BDT_COMPACT_SUCCESS, &retries, &prio),
				 BDT_COMPACT_GIVE_UP);
		assert_int_equal(bdt_compact_may_retry(&p, 9, BDT_COMPACT_SKIPPED, &retries, &prio),
				 BDT_COMPACT_ASK_ZONES);
		assert_int_equal(bdt_compact_may_retry(&p, 0, BDT_COMPACT_SUCCESS, &retries, &prio),
				 BDT_COMPACT_GIVE_UP);
	}
}

/* A request that must not fail has access to reserves for one pass, and the next round is as the last. */
static void nofail_takes_the_reserves(void **state)
{
	static const struct {
		const char *release;
		unsigned int flags;
	} kernels[] = { { "5.10.223", BT_ALLOC_HARDER },
			{ "6.12.107", BT_ALLOC_HIGH },
			{ "7.2.13", BT_ALLOC_HIGH } };
	struct bdt_slow_request request = { .gfp = KERNEL | BT_GFP_NOFAIL, .grouping = true };
	struct bdt_slow_answer no = { 0 }, yes = { .yes = true };
	struct bdt_profile profile;
	struct bdt_slowpath sp;

	(void)state;
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		unsigned int before;

		assert_int_equal(bdt_profile_find(kernels[i].release, &profile, NULL), 0);
		bdt_slowpath_begin(&sp, &profile, &request);
		before = sp.alloc_flags;
		while (bdt_slowpath_next(&sp, &no) != BDT_SLOW_OOM)
			assert_int_not_equal(sp.exit, BDT_SLOW_FAIL_OOM);
		assert_int_equal(bdt_slowpath_next(&sp, &no), BDT_SLOW_TRY);
		assert_int_equal(sp.alloc_flags, BT_ALLOC_CPUSET | kernels[i].flags);
		assert_int_equal(bdt_slowpath_next(&sp, &no), BDT_SLOW_WAKE_KSWAPD);
		assert_int_equal(sp.alloc_flags, before);
		while (bdt_slowpath_next(&sp, &no) != BDT_SLOW_OOM)
			;
		assert_int_equal(bdt_slowpath_next(&sp, &no), BDT_SLOW_TRY);
		assert_int_equal(bdt_slowpath_next(&sp, &yes), BDT_SLOW_DONE);
		assert_int_equal(sp.exit, BDT_SLOW_PAGE_NOFAIL);
	}
}

/* Who may have the reserves tries with them before anything else; a task that reclaims does no more. */
static void reserves_come_first(void **state)
{
	struct bdt_slow_request request = { .gfp = KERNEL, .order = 4, .grouping = true };
	struct bdt_slow_answer no = { 0 };
	struct bdt_profile profile;
	struct bdt_slowpath sp;

	(void)state;
	request.task.memalloc = true;
	assert_int_equal(bdt_profile_find("7.2.13", &profile, NULL), 0);
	bdt_slowpath_begin(&sp, &profile, &request);
	assert_int_equal(bdt_slowpath_next(&sp, &no), BDT_SLOW_WAKE_KSWAPD);
	assert_int_equal(bdt_slowpath_next(&sp, &no), BDT_SLOW_TRY);
	assert_false(sp.alloc_flags & BT_ALLOC_NO_WATERMARKS);
	assert_int_equal(bdt_slowpath_next(&sp, &no), BDT_SLOW_WAKE_KSWAPD);
	assert_int_equal(bdt_slowpath_next(&sp, &no), BDT_SLOW_TRY);
	assert_true(sp.alloc_flags & BT_ALLOC_NO_WATERMARKS);
	/* no compaction, though the order is costly */
	assert_int_equal(bdt_slowpath_next(&sp, &no), BDT_SLOW_DONE);
	assert_int_equal(sp.exit, BDT_SLOW_FAIL_RECLAIMER);
}

/* defrag_mode: 7.2 lets a request that cannot wait mix pageblocks rather than fail. */
static void defrag_mode_yields_to_who_cannot_wait(void **state)
{
	static const char *const releases[] = { "6.18.44", "7.2.13" };
	const struct bdt_slow_answer no = { 0 };
	struct bdt_slow_request request = { .gfp = BT_GFP_KSWAPD_RECLAIM,
					    .grouping = true,
					    .defrag_mode = true };
	struct bdt_profile profile;
	struct bdt_slowpath sp;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		bool mixed = false;

		assert_int_equal(bdt_profile_find(releases[i], &profile, NULL), 0);
		bdt_slowpath_begin(&sp, &profile, &request);
		assert_true(sp.alloc_flags & BT_ALLOC_NOFRAGMENT);
		for (enum bdt_slow_action a = BDT_SLOW_WAKE_KSWAPD; a != BDT_SLOW_DONE;
		     a = bdt_slowpath_next(&sp, &no))
			mixed |= a == BDT_SLOW_TRY && !(sp.alloc_flags & BT_ALLOC_NOFRAGMENT);
		assert_int_equal(mixed, i);
		assert_int_equal(sp.exit, BDT_SLOW_FAIL_CANNOT_WAIT);
	}
}

/* What a run that was left out leads to, and from when its retries count anew. */
static void compaction_left_out(void **state)
{
	static const enum bdt_compact_result withdrawn[] = { BDT_COMPACT_DEFERRED, BDT_COMPACT_CONTENDED,
							     BDT_COMPACT_PARTIAL_SKIPPED };
	static const struct {
		const char *release;
		enum bdt_compact_retry want;
	} kernels[] = { { "5.0.0", BDT_COMPACT_ASK_ZONES },
			{ "5.10.223", BDT_COMPACT_RETRY },
			{ "6.1.192", BDT_COMPACT_RETRY },
			{ "6.12.107", BDT_COMPACT_RETRY } };
	struct bdt_profile p;

	(void)state;
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++)
		for (size_t k = 0; k < sizeof(withdrawn) / sizeof(withdrawn[0]); k++) {
			enum bdt_compact_priority prio = BDT_COMPACT_PRIO_SYNC_LIGHT;
			unsigned int retries = 7;

			assert_int_equal(bdt_profile_find(kernels[i].release, &p, NULL), 0);
			assert_int_equal(bdt_compact_may_retry(&p, 3, withdrawn[k], &retries, &prio),
					 kernels[i].want);
			if (kernels[i].want != BDT_COMPACT_RETRY)
				continue;
			assert_int_equal(prio, BDT_COMPACT_PRIO_SYNC_FULL);
			assert_int_equal(retries, 0);
		}
}

static void killer_spares(void **state)
{
	struct bdt_slow_request r = { .gfp = KERNEL };

	(void)state;
	assert_true(bdt_oom_allowed(&r));
	r.order = 4;
	assert_false(bdt_oom_allowed(&r));
	r = (struct bdt_slow_request){ .gfp = KERNEL | BT_GFP_THISNODE };
	assert_false(bdt_oom_allowed(&r));
	r.gfp = KERNEL | BT_GFP_RETRY_MAYFAIL;
	assert_false(bdt_oom_allowed(&r));
	r.gfp = KERNEL | BT_GFP_DMA;
	assert_false(bdt_oom_allowed(&r));
	/* who must not enter file systems kills nobody, and still goes on */
	r.gfp = KERNEL;
	assert_true(bdt_oom_kills(&r));
	r.gfp = KERNEL & ~BT_GFP_FS;
	assert_true(bdt_oom_allowed(&r));
	assert_false(bdt_oom_kills(&r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(atomic_fails_after_the_reserves),
		cmocka_unit_test(single_page_ends_with_the_killer),
		cmocka_unit_test(huge_page_of_this_node),
		cmocka_unit_test(costly_is_not_retried),
		cmocka_unit_test(compaction_becomes_harder),
		cmocka_unit_test(reclaim_is_retried_16_times),
		cmocka_unit_test(compaction_success_is_retried),
		cmocka_unit_test(compaction_left_out),
		cmocka_unit_test(nofail_takes_the_reserves),
		cmocka_unit_test(reserves_come_first),
		cmocka_unit_test(defrag_mode_yields_to_who_cannot_wait),
		cmocka_unit_test(killer_spares),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
