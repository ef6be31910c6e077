/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "replay/recorded.h"
#include "tracefile_fixture.h"
#include <buddytrace/notes.h>
#include <cmocka.h>
#include <string.h>

struct fact {
	const char *key, *value;
};

/* A recording with these facts and nothing else. */
static struct bdt_tracefile *recording(const struct fact *facts)
{
	static const uint32_t cpus[] = { 0 };
	const struct bdt_writer_options options = { .long_size = 8,
						    .page_size = 4096,
						    .clock = "[local] global",
						    .uname = "Linux h 6.18.0",
						    .cpus = cpus,
						    .ncpus = 1 };
	static const char page[] = "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
				   "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
				   "\tfield: char data;\toffset:16;\tsize:4080;\tsigned:0;\n";
	const char *path = fixture_path("notes.dat");
	struct bdt_tracefile *tf;
	struct bdt_writer *w;

	assert_int_equal(bdt_writer_create(path, &options, &w, NULL), 0);
	assert_int_equal(bdt_writer_header_info(w, page, sizeof(page) - 1, "", 0), 0);
	for (; facts->key; facts++)
		assert_int_equal(bdt_writer_machine(w, facts->key, facts->value), 0);
	assert_int_equal(bdt_writer_finish(w, NULL, NULL), 0);
	assert_int_equal(bdt_tracefile_open(path, &tf, NULL), 0);
	return tf;
}

static void costs_are_read_in_order(void **state)
{
	static const struct fact facts[] = {
		{ "exact.1",
		  "exact-start runs=13 entries=498620 longest_ns=5006386 total_ns=41464662 cut=1 unlocked=2 "
		  "failed=3" },
		{ "exact.20", "exact runs=4" }, /* as in a file of a series */
		{ NULL, NULL },
	};
	struct bdt_tracefile *tf = recording(facts);
	struct bdt_note_exact cost;

	(void)state;
	assert_true(bdt_note_exact(tf, 0, &cost));
	assert_string_equal(cost.name, "exact-start");
	assert_int_equal(cost.runs, 13);
	assert_int_equal(cost.entries, 498620);
	assert_int_equal(cost.longest_ns, 5006386);
	assert_int_equal(cost.total_ns, 41464662);
	assert_int_equal(cost.cut, 1);
	assert_int_equal(cost.unlocked, 2);
	assert_int_equal(cost.failed, 3);
	assert_true(bdt_note_exact(tf, 1, &cost));
	assert_string_equal(cost.name, "exact");
	assert_int_equal(cost.runs, 4);
	assert_int_equal(cost.entries, 0);
	assert_false(bdt_note_exact(tf, 2, &cost));
	bdt_tracefile_close(tf);
}

static void what_fired_stands_beside_what_was_recorded(void **state)
{
	static const struct fact facts[] = {
		{ "fired.mm_page_alloc", "100 init=7 missed=3 ends=4 cpus=0:60,9:40," },
		{ "fired.mm_page_free", "5 init=0 missed=0 cpus=1:5," },
		{ "recorded.mm_page_alloc", "102 cpus=0:60,9:40,11:2," },
		{ NULL, NULL },
	};
	struct bdt_tracefile *tf = recording(facts);
	struct bdt_note_fired fired;

	(void)state;
	assert_true(bdt_note_fired(tf, 0, &fired));
	assert_string_equal(fired.event, "mm_page_alloc");
	assert_int_equal(fired.fired, 103);
	assert_int_equal(fired.uncounted, 3);
	assert_int_equal(fired.at_ends, 4);
	assert_int_equal(fired.init, 7);
	assert_int_equal(fired.recorded, 102);
	assert_int_equal(fired.ncpus, 12);
	assert_int_equal(fired.cpu_fired[9], 40);
	assert_int_equal(fired.cpu_recorded[11], 2);
	assert_true(bdt_note_fired(tf, 1, &fired));
	assert_string_equal(fired.event, "mm_page_free");
	assert_int_equal(fired.recorded, 0);
	assert_false(bdt_note_fired(tf, 2, &fired));
	bdt_tracefile_close(tf);
}

static void nonsense_is_no_number(void **state)
{
	static const struct fact facts[] = {
		{ "exact.1", "" },
		{ "fired.a", "-1 cpus=512:3," },
		{ "fired.b", "cpus=0:1,0:2" },
		{ "fired.c", "1 cpus=0:-5,1:7," },
		{ "fired.d", "1 cpus=0:99999999999999999999999,3" },
		{ NULL, NULL },
	};
	struct bdt_tracefile *tf = recording(facts);
	struct bdt_note_exact cost;
	struct bdt_note_fired fired;

	(void)state;
	assert_false(bdt_note_exact(tf, 0, &cost));
	for (size_t i = 0; i < 4; i++) {
		assert_true(bdt_note_fired(tf, i, &fired));
		assert_in_range(fired.ncpus, 0, 1);
	}
	assert_false(bdt_note_fired(tf, 4, &fired));
	bdt_tracefile_close(tf);
}

static int set_up(void **state)
{
	(void)state;
	return fixture_open() ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	fixture_close();
	return 0;
}

static void cpus_are_on_the_nodes_that_are_recorded(void **state)
{
	static const struct fact facts[] = {
		{ "sys/devices/system/node/node0/cpulist", "0-1,4" },
		{ "sys/devices/system/node/node3/cpulist", "2-3,5-99" },
		{ "sys/devices/system/node/node4/cpulist", "" }, /* memory alone */
		{ NULL, NULL },
	};
	static const struct fact none[] = { { NULL, NULL } };
	static const int want[] = { 0, 0, 3, -1, 0, 3 };
	int nodes[] = { 0, 0, 0, -1, 0, 0 };
	struct bdt_tracefile *tf = recording(facts);

	(void)state;
	bdt_recorded_nodes(tf, nodes, 6);
	bdt_tracefile_close(tf);
	for (unsigned int cpu = 0; cpu < 6; cpu++)
		assert_int_equal(nodes[cpu], want[cpu]);
	tf = recording(none);
	memset(nodes, 0, sizeof(nodes));
	bdt_recorded_nodes(tf, nodes, 6);
	bdt_tracefile_close(tf);
	for (unsigned int cpu = 0; cpu < 6; cpu++)
		assert_int_equal(nodes[cpu], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(costs_are_read_in_order),
		cmocka_unit_test(what_fired_stands_beside_what_was_recorded),
		cmocka_unit_test(nonsense_is_no_number),
		cmocka_unit_test(cpus_are_on_the_nodes_that_are_recorded),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
