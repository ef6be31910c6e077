/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "fakeroot.h"
#include <buddytrace/estimate.h>
#include <cmocka.h>
#include <errno.h>
#include <record/rates.h>
#include <string.h>
#include <unistd.h>

static void read_counters(struct bdt_counters *c)
{
	struct bdt_text text = { NULL, 0, 0 };
	struct bdt_diag diag;

	bdt_diag_clear(&diag);
	assert_int_equal(bdt_counters_read(c, &text, fakeroot, &diag), 0);
	bdt_text_finish(&text);
}

static void counters_are_summed_over_zones_and_folios(void **state)
{
	struct bdt_counters c;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	(void)state;
	fakeroot_put("proc/vmstat",
		     "nr_dirtied 50\npgpgin 400\npgalloc_dma 1\npgalloc_normal 1000\npgfree 900\n"
		     "pgfree_extra 5\nallocstall_normal 3\nallocstall_movable 4\ncompact_stall 5\n"
		     "compact_daemon_wake 6\nthp_fault_alloc 2\nthp_fault_fallback 9\n");
	fakeroot_put("proc/uptime", "100.50 200.00\n");
	fakeroot_put("sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "2097152\n");
	fakeroot_put("sys/kernel/mm/transparent_hugepage/hugepages-64kB/stats/anon_fault_alloc", "7\n");
	fakeroot_put("sys/kernel/mm/transparent_hugepage/hugepages-2048kB/stats/anon_fault_alloc", "2\n");
	read_counters(&c);
	assert_int_equal(c.pages_allocated, 1001);
	assert_int_equal(c.pages_freed, 900);
	assert_int_equal(c.direct_reclaims, 7);
	assert_int_equal(c.compactions, 11);
	assert_int_equal(c.huge_allocations, 9);
	assert_int_equal(c.huge_pages, (2 * 2097152 + 7 * 65536) / page);
	assert_int_equal(c.file_pages, 50 + 400 * 1024 / page);
	assert_int_equal(c.ns, 100500000000);
}

static void rates_are_per_second(void **state)
{
	struct bdt_counters from = { .ns = 1000000000, .pages_allocated = 100, .compactions = 7 };
	struct bdt_counters to = { .ns = 3000000000, .pages_allocated = 5100, .compactions = 3 };
	struct bdt_estimate_rates rates;

	(void)state;
	bdt_counters_rates(&from, &to, &rates);
	assert_true(rates.seconds == 2 && rates.pages_allocated == 2500);
	/* A counter that goes backward says nothing. */
	assert_true(rates.compactions == 0);
	bdt_counters_rates(NULL, &to, &rates);
	assert_true(rates.seconds == 3 && rates.pages_allocated == 1700 && rates.compactions == 1);
	bdt_counters_rates(&to, &to, &rates);
	assert_true(rates.seconds == 0 && rates.pages_allocated == 0);
}

static const struct bdt_estimate_profile *profile(const struct bdt_estimate_load *load, const char *name)
{
	for (size_t i = 0; i < load->nprofiles; i++)
		if (!strcmp(load->profiles[i].name, name))
			return &load->profiles[i];
	fail_msg("no profile %s", name);
	return NULL;
}

static void estimates_follow_the_rates(void **state)
{
	struct bdt_estimate_options options = { .duration_ns = 1000000, .root = fakeroot };
	const struct bdt_estimate_profile *full, *rare, *window, *flight;
	struct bdt_estimate e;
	struct bdt_diag diag;

	(void)state;
	fakeroot_put("proc/vmstat", "pgalloc_normal 1000000\npgfree 900000\ncompact_stall 100\n");
	fakeroot_put("proc/uptime", "100.00 200.00\n");
	fakeroot_put("proc/buddyinfo", "Node 0, zone   Normal      1      2\n");
	bdt_diag_clear(&diag);
	assert_int_equal(bdt_estimate_run(&options, &e, NULL, &diag), 0);
	full = profile(&e.boot, "full");
	rare = profile(&e.boot, "rare");
	window = profile(&e.boot, "window");
	flight = profile(&e.boot, "flight");
	/* 10,000 pages and one compaction per second. */
	assert_true(full->events_per_s.low > 20000 && full->events_per_s.high < 60000);
	assert_true(full->events_per_s.low < full->events_per_s.high);
	assert_true(rare->events_per_s.low > 0 && rare->events_per_s.high < full->events_per_s.low);
	/* A snapshot a minute. */
	assert_true(rare->bytes_per_s.low >= e.snapshot_bytes / 60 && e.snapshot_bytes > 0);
	assert_true(flight->recorder_cpu.high >= rare->recorder_cpu.low && flight->recorder_cpu.high < 0.05);
	assert_true(window->seconds_per_day == 60 && full->seconds_per_day == 86400);
	assert_true(flight->bytes_per_cut > 0 && full->bytes_per_cut == 0 && flight->bytes_per_day.high == 0);
	assert_true(full->kernel_cpu.high == flight->kernel_cpu.high);
	/* Nothing happened while watching. */
	assert_true(profile(&e.now, "full")->events_per_s.high == 0);
}

static void a_kernel_without_counters_is_an_error(void **state)
{
	struct bdt_estimate_options options = { .duration_ns = 1000000, .root = fakeroot };
	struct bdt_estimate e;
	struct bdt_diag diag;

	(void)state;
	bdt_diag_clear(&diag);
	assert_int_equal(bdt_estimate_run(&options, &e, NULL, &diag), -ENOENT);
	fakeroot_put("proc/vmstat", "nr_free_pages 5\n");
	bdt_diag_clear(&diag);
	assert_int_equal(bdt_estimate_run(&options, &e, NULL, &diag), -ENODATA);
	assert_non_null(strstr(diag.text, "CONFIG_VM_EVENT_COUNTERS"));
}

static void every_factor_has_a_source(void **state)
{
	size_t n = 0;

	(void)state;
	for (; bdt_estimate_factor_at(n); n++) {
		const struct bdt_estimate_factor *f = bdt_estimate_factor_at(n);

		assert_true(f->name && f->unit && f->source && *f->source);
		assert_true(f->value.low <= f->value.high && f->value.high > 0);
	}
	assert_true(n > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(counters_are_summed_over_zones_and_folios, fakeroot_make,
						fakeroot_remove),
		cmocka_unit_test(rates_are_per_second),
		cmocka_unit_test_setup_teardown(estimates_follow_the_rates, fakeroot_make, fakeroot_remove),
		cmocka_unit_test_setup_teardown(a_kernel_without_counters_is_an_error, fakeroot_make,
						fakeroot_remove),
		cmocka_unit_test(every_factor_has_a_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
