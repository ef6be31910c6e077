/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "fakeroot.h"
#include "record/governor.h"
#include "record/meter.h"
#include "record/trigger.h"
#include <buddytrace/event.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tracefs.h>
#include <unistd.h>

/* What the recorder decides by rates: when it pauses, and when a flight recorder writes a file. */

#define MS     1000000ULL
#define SECOND (1000 * MS)

/* What was written to the file last; it is emptied. */
static const char *take(const char *name)
{
	static char text[128];
	char path[512];
	size_t n;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", fakeroot, name);
	file = fopen(path, "r");
	assert_non_null(file);
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	fclose(file);
	fakeroot_put(name, "");
	return text;
}

static void meter_sees_what_is_inside_its_window(void **state)
{
	struct bdt_meter m = { .window_ns = SECOND };

	(void)state;
	assert_true(bdt_meter_add(&m, 5 * SECOND, 100) == 0);
	assert_true(bdt_meter_add(&m, 5 * SECOND + 100 * MS, 130) == 30);
	assert_true(bdt_meter_add(&m, 5 * SECOND + 900 * MS, 140) == 40);
	assert_true(bdt_meter_add(&m, 6 * SECOND, 140) == 40);
	assert_true(bdt_meter_add(&m, 6 * SECOND + 100 * MS, 140) == 10);
	assert_true(bdt_meter_add(&m, 7 * SECOND, 140) == 0);
	/* A caller that was away for four seconds: a quarter of it. */
	assert_true(bdt_meter_add(&m, 11 * SECOND, 540) == 100);
	/* A counter that begins anew. */
	assert_true(bdt_meter_add(&m, 11 * SECOND + 100 * MS, 3) == 0);
}

static void meter_can_be_asked_often(void **state)
{
	struct bdt_meter m = { .window_ns = SECOND };
	double grown = 0;

	(void)state;
	for (uint64_t i = 0; i < 10000; i++)
		grown = bdt_meter_add(&m, i * MS, 7 * i);
	assert_true(grown >= 7000 && grown <= 7000 + 7 * 100);
}

static uint64_t used_ns;

static uint64_t fake_cpu(void)
{
	return used_ns;
}

/* The traced time is paid with `percent` of a CPU, the paused time is free. */
static uint64_t pay(struct bdt_governor *g, uint64_t now, uint64_t until, unsigned int percent)
{
	for (; now < until; now += 100 * MS)
		if (!bdt_governor_tick(g, now))
			used_ns += percent * MS;
	return now;
}

static struct bdt_governor make_governor(struct bdt_instance *in, unsigned int percent)
{
	struct bdt_governor g;

	fakeroot_put("instances/x/tracing_on", "");
	fakeroot_put("instances/x/trace_marker", "");
	*in = (struct bdt_instance){ .handle = tracefs_instance_alloc(fakeroot, "x") };
	assert_non_null(in->handle);
	snprintf(in->dir, sizeof(in->dir), "%s/instances/x", fakeroot);
	bdt_governor_init(&g, percent, in);
	g.cpu_ns = fake_cpu;
	used_ns = 12 * SECOND;
	return g;
}

static void governor_leaves_a_modest_recorder_alone(void **state)
{
	struct bdt_instance in;
	struct bdt_governor g = make_governor(&in, 20);

	(void)state;
	pay(&g, SECOND, 60 * SECOND, 19);
	assert_false(g.paused);
	assert_int_equal(g.pauses, 0);
	assert_true(g.worst > 18 && g.worst < 20);
	assert_string_equal(take("instances/x/trace_marker"), "");
	tracefs_instance_free(in.handle);
}

static void governor_keeps_a_greedy_one_below_its_limit(void **state)
{
	struct bdt_instance in;
	struct bdt_governor g = make_governor(&in, 20);
	uint64_t now = SECOND, begin = used_ns;

	(void)state;
	while (!g.paused)
		now = pay(&g, now, now + 100 * MS, 80);
	assert_string_equal(take("instances/x/tracing_on"), "0");
	assert_string_equal(take("instances/x/trace_marker"), BT_MARKER_PAUSE "\n");
	while (g.paused)
		now = pay(&g, now, now + 100 * MS, 80);
	assert_string_equal(take("instances/x/tracing_on"), "1");
	assert_string_equal(take("instances/x/trace_marker"), BT_MARKER_RESUME "\n");
	assert_true(now < 4 * SECOND);
	now = pay(&g, now, 60 * SECOND, 80);
	assert_true(used_ns - begin < (now - SECOND) / 100 * 25);
	assert_true(used_ns - begin > (now - SECOND) / 100 * 10);
	assert_true(g.pauses > 10 && g.paused_ns > 30 * SECOND && g.paused_ns < 60 * SECOND);
	tracefs_instance_free(in.handle);
}

static void governor_ends_its_pause(void **state)
{
	struct bdt_instance in;
	struct bdt_governor g = make_governor(&in, 10);
	uint64_t now = SECOND;

	(void)state;
	while (!g.paused)
		now = pay(&g, now, now + 100 * MS, 100);
	take("instances/x/trace_marker");
	bdt_governor_end(&g, now + SECOND);
	assert_false(g.paused);
	assert_string_equal(take("instances/x/tracing_on"), "1");
	assert_string_equal(take("instances/x/trace_marker"), BT_MARKER_RESUME "\n");
	assert_true(g.paused_ns > SECOND);
	bdt_governor_end(&g, now + 2 * SECOND);
	assert_string_equal(take("instances/x/trace_marker"), "");
	tracefs_instance_free(in.handle);
}

static void governor_without_limit_does_nothing(void **state)
{
	struct bdt_instance in;
	struct bdt_governor g = make_governor(&in, 0);

	(void)state;
	pay(&g, SECOND, 10 * SECOND, 100);
	assert_string_equal(take("instances/x/tracing_on"), "");
	tracefs_instance_free(in.handle);
}

static void triggers_are_parsed(void **state)
{
	static const struct {
		const char *text;
		struct bdt_trigger want;
	} good[] = {
		{ "fallbacks=100/s", { BDT_TRIGGER_FALLBACKS, 100, SECOND } },
		{ "compact-fail=0.5/m", { BDT_TRIGGER_COMPACT_FAIL, 0.5, 60 * SECOND } },
		{ "stall=3/h", { BDT_TRIGGER_STALL, 3, 3600 * SECOND } },
		{ "psi=12.5", { BDT_TRIGGER_PSI, 12.5, SECOND } },
		{ "psi=10%", { BDT_TRIGGER_PSI, 10, SECOND } },
	};
	static const char *const bad[] = { "",
					   "=",
					   "=5/s",
					   "fallbacks",
					   "fallbacks=",
					   "fallback=5/s",
					   "fallbacks=5",
					   "fallbacks=5/d",
					   "stall=-1/s",
					   "stall=0/s",
					   "stall=nan/s",
					   "stall=inf/s",
					   "psi=5/s",
					   "psi=101",
					   "psi=0" };
	struct bdt_trigger got;
	struct bdt_diag diag;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(bdt_trigger_parse(good[i].text, &got, NULL), 0);
		assert_int_equal(got.kind, good[i].want.kind);
		assert_true(got.threshold == good[i].want.threshold);
		assert_int_equal(got.window_ns, good[i].want.window_ns);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		bdt_diag_clear(&diag);
		assert_int_equal(bdt_trigger_parse(bad[i], &got, &diag), -EINVAL);
		assert_true(*diag.text);
	}
	assert_string_equal(diag.text, "trigger 'psi=0': it is written psi=PERCENT");
}

static struct bdt_triggers *start_trigger(const char *text, int want)
{
	struct bdt_trigger list;
	struct bdt_triggers_options options = { .list = &list, .n = 1, .root = fakeroot };
	struct bdt_triggers *t = NULL;

	assert_int_equal(bdt_trigger_parse(text, &list, NULL), 0);
	assert_int_equal(bdt_triggers_start(&options, &t, NULL), want);
	return t;
}

static void stalls_of_all_zones_are_summed(void **state)
{
	struct bdt_triggers *t;

	(void)state;
	fakeroot_put("proc/vmstat",
		     "nr_free_pages 1\nallocstall_dma 0\nallocstall_normal 10\nallocstall_movable 100\n"
		     "compact_fail 4\n");
	t = start_trigger("stall=5/s", 0);
	assert_null(bdt_triggers_poll(t, SECOND));
	fakeroot_put("proc/vmstat", "allocstall_dma 1\nallocstall_normal 12\nallocstall_movable 101\n");
	assert_null(bdt_triggers_poll(t, SECOND + 300 * MS));
	fakeroot_put("proc/vmstat", "allocstall_dma 1\nallocstall_normal 12\nallocstall_movable 102\n");
	/* Not looked at so soon. */
	assert_null(bdt_triggers_poll(t, SECOND + 400 * MS));
	assert_string_equal(bdt_triggers_poll(t, SECOND + 600 * MS), "5 stalled allocations in 1 s");
	assert_null(bdt_triggers_poll(t, SECOND + 900 * MS));
	/* Four in the last second are not enough, whatever there was before. */
	fakeroot_put("proc/vmstat", "allocstall_dma 1\nallocstall_normal 12\nallocstall_movable 106\n");
	assert_null(bdt_triggers_poll(t, SECOND + 1200 * MS));
	remove("proc/vmstat");
	assert_null(bdt_triggers_poll(t, SECOND + 1500 * MS));
	bdt_triggers_stop(t);
}

static void failed_compactions_fire(void **state)
{
	struct bdt_triggers *t;

	(void)state;
	fakeroot_put("proc/vmstat", "compact_stall 9\ncompact_fail 4\ncompact_success 9\n");
	t = start_trigger("compact-fail=2/m", 0);
	assert_null(bdt_triggers_poll(t, SECOND));
	fakeroot_put("proc/vmstat", "compact_stall 9\ncompact_fail 5\ncompact_success 9\n");
	assert_null(bdt_triggers_poll(t, 30 * SECOND));
	fakeroot_put("proc/vmstat", "compact_stall 9\ncompact_fail 6\ncompact_success 9\n");
	assert_string_equal(bdt_triggers_poll(t, 50 * SECOND), "2 failed compactions in 60 s");
	bdt_triggers_stop(t);
	fakeroot_put("proc/vmstat", "nr_free_pages 1\n");
	start_trigger("compact-fail=2/m", -EOPNOTSUPP);
}

static void pressure_fires(void **state)
{
	struct bdt_triggers *t;

	(void)state;
	remove("proc/pressure/memory");
	fakeroot_put("proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=7000000\n"
					     "full avg10=0.00 avg60=0.00 avg300=0.00 total=1\n");
	t = start_trigger("psi=10", 0);
	assert_null(bdt_triggers_poll(t, SECOND));
	fakeroot_put("proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=7090000\n");
	assert_null(bdt_triggers_poll(t, 2 * SECOND));
	fakeroot_put("proc/pressure/memory", "some avg10=0.00 avg60=0.00 avg300=0.00 total=7215000\n");
	assert_string_equal(bdt_triggers_poll(t, 3 * SECOND), "12.5 % of the time stalled on memory in 1 s");
	bdt_triggers_stop(t);
	fakeroot_put("proc/pressure/memory", "");
	start_trigger("psi=10", -EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(meter_sees_what_is_inside_its_window),
		cmocka_unit_test(meter_can_be_asked_often),
		cmocka_unit_test(governor_leaves_a_modest_recorder_alone),
		cmocka_unit_test(governor_keeps_a_greedy_one_below_its_limit),
		cmocka_unit_test(governor_ends_its_pause),
		cmocka_unit_test(governor_without_limit_does_nothing),
		cmocka_unit_test(triggers_are_parsed),
		cmocka_unit_test(stalls_of_all_zones_are_summed),
		cmocka_unit_test(failed_compactions_fire),
		cmocka_unit_test(pressure_fires),
	};

	return cmocka_run_group_tests_name("record_rates", tests, fakeroot_make, fakeroot_remove);
}
