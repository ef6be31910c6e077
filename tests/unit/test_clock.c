/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <record/clock_quality.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A clock that is wrong on one CPU. */
static unsigned int wrong_cpu;
static int64_t wrong_by;

static uint64_t read_wrong(const struct bdt_clock *clock)
{
	struct timespec now;

	(void)clock;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec +
	       ((unsigned int)sched_getcpu() == wrong_cpu ? (uint64_t)wrong_by : 0);
}

/* Two CPUs that this process may use. */
static bool find_cpus(uint32_t cpus[2])
{
	cpu_set_t set;
	int n = 0;

	if (sched_getaffinity(0, sizeof(set), &set))
		return false;
	for (unsigned int cpu = 0; cpu < CPU_SETSIZE && n < 2; cpu++)
		if (CPU_ISSET(cpu, &set))
			cpus[n++] = cpu;
	return n == 2;
}

static void play(int64_t by, struct bdt_pingpong *p)
{
	struct bdt_clock clock = { .name = "mono", .read = read_wrong };
	uint32_t cpus[2];

	if (!find_cpus(cpus))
		skip();
	wrong_cpu = cpus[1];
	wrong_by = by;
	/* Other work may keep the CPUs from meeting. */
	for (int i = 0; i < 50; i++) {
		assert_int_equal(bdt_pingpong_run(p, &clock, cpus[0], cpus[1]), 0);
		if (p->exchanges > 100)
			return;
	}
	skip();
}

static void one_clock_agrees_with_itself(void **state)
{
	struct bdt_pingpong p;

	(void)state;
	play(0, &p);
	assert_int_equal(p.backward_ns, 0);
	assert_true((uint64_t)llabs(p.offset_ns) <= p.round_ns / 2 + 1);
}

static void a_clock_that_is_behind_is_seen(void **state)
{
	struct bdt_pingpong p;

	(void)state;
	play(-100000000, &p);
	assert_true(p.backward_ns > 90000000);
	assert_true(p.offset_ns < -90000000 && p.offset_ns > -110000000);
}

static void a_clock_that_is_ahead_is_seen(void **state)
{
	struct bdt_pingpong p;

	(void)state;
	play(100000000, &p);
	assert_true(p.backward_ns > 90000000);
	assert_true(p.offset_ns > 90000000 && p.offset_ns < 110000000);
}

static void expect(struct bdt_clock_quality q, const char *trouble)
{
	bdt_clock_quality_judge(&q);
	if (*trouble)
		assert_non_null(strstr(q.trouble, trouble));
	else
		assert_string_equal(q.trouble, "");
}

static void what_is_wrong_is_said(void **state)
{
	struct bdt_clock_quality q = {
		.clock = "x86-tsc", .source = "tsc", .constant_tsc = 1, .nonstop_tsc = 1
	};

	(void)state;
	expect(q, "");
	q.worst.backward_ns = 250;
	expect(q, "by up to 250 ns");
	q.worst.backward_ns = 0;
	q.nonstop_tsc = 0;
	expect(q, "--clock mono");
	q.clock = "mono";
	expect(q, "");
	strcpy(q.source, "hpet");
	expect(q, "hpet is coarse");
	strcpy(q.source, "arch_sys_counter");
	q.constant_tsc = q.nonstop_tsc = -1;
	expect(q, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_clock_agrees_with_itself),
		cmocka_unit_test(a_clock_that_is_behind_is_seen),
		cmocka_unit_test(a_clock_that_is_ahead_is_seen),
		cmocka_unit_test(what_is_wrong_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
