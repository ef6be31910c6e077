/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "made_stream.h"
#include "stream/formats.h"
#include "tracefile_fixture.h"
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fields_of_all_machines(void **state)
{
	struct bdt_event ev[8];
	int ret;

	for (int i = 0; i < 4; i++) {
		uint64_t none = i & 2 ? 0xffffffff : UINT64_MAX;

		made_start(i & 1, i & 2 ? 4 : 8);
		made_alloc(&made.cpus[0][0], 0, 0x12345678, 3, -1);
		made_alloc(&made.cpus[0][0], 10, none, 9, 1);
		made_alloc(&made.cpus[0][0], 10, 0, 9, 1);
		subbuf_commit(&made.cpus[0][0], 0, -1);
		made_tick(&made.cpus[1][0], 5, 99);
		subbuf_commit(&made.cpus[1][0], 0, -1);
		made_finish();
		assert_int_equal(made_drain(ev, 8, &ret, NULL), 4);
		assert_int_equal(ret, 1);
		assert_int_equal(ev[0].kind, BDT_EV_PAGE_ALLOC);
		assert_int_equal(ev[0].time_ns, 1000);
		assert_int_equal(ev[0].cpu, 2);
		assert_int_equal(ev[0].pid, 42);
		assert_int_equal(ev[0].id, 500);
		assert_int_equal(ev[0].flags, 0x01);
		assert_int_equal(ev[0].preempt_count, 0x23);
		assert_int_equal(ev[0].alloc.pfn, 0x12345678);
		assert_int_equal(ev[0].alloc.order, 3);
		assert_int_equal(ev[0].alloc.migratetype, -1);
		assert_int_equal(ev[0].alloc.gfp_flags, 0);
		assert_int_equal(ev[0].missing, 1 << 2);
		assert_int_equal(ev[1].kind, BDT_EV_OTHER);
		assert_int_equal(ev[1].cpu, 5);
		assert_true((uint64_t)ev[2].alloc.pfn == BT_PFN_NONE);
		assert_true((uint64_t)ev[3].alloc.pfn == BT_PFN_NONE);
		made_close(state);
	}
}

static void kernels_without_pfn(void **state)
{
	struct bdt_event ev[2];
	int ret;

	(void)state;
	made_start(false, 8);
	made_event(&made.cpus[0][0], 0, 5, 501, 1);
	subbuf_u64(&made.cpus[0][0], 0xffffea0000001000);
	subbuf_u32(&made.cpus[0][0], 4);
	subbuf_commit(&made.cpus[0][0], 0, -1);
	subbuf_commit(&made.cpus[1][0], 0, -1);
	made_finish();
	assert_int_equal(made_drain(ev, 2, &ret, NULL), 1);
	assert_int_equal(ev[0].kind, BDT_EV_PAGE_FREE);
	assert_int_equal(ev[0].missing, 1);
	assert_int_equal(ev[0].free.pfn, 0);
	assert_int_equal(ev[0].free.order, 4);
}

static void merge_is_stable(void **state)
{
	static const struct {
		uint32_t cpu;
		uint64_t time;
	} want[] = {
		{ 2, 1000 }, { 2, 1000 }, { 5, 1000 }, { 2, 1001 }, { 5, 1001 }, { 5, 1003 }, { 2, 1005 }
	};
	const struct bdt_stream_stats *stats;
	struct bdt_event ev[8];
	int ret;

	(void)state;
	made_start(false, 8);
	made_tick(&made.cpus[0][0], 0, 1);
	made_tick(&made.cpus[0][0], 0, 2);
	made_tick(&made.cpus[0][0], 1, 3);
	made_tick(&made.cpus[0][0], 4, 4);
	subbuf_commit(&made.cpus[0][0], 0, -1);
	made_tick(&made.cpus[1][0], 0, 5);
	made_tick(&made.cpus[1][0], 1, 6);
	made_tick(&made.cpus[1][0], 2, 7);
	subbuf_commit(&made.cpus[1][0], 0, -1);
	made_finish();
	assert_int_equal(made_drain(ev, 8, &ret, NULL), 7);
	for (size_t i = 0; i < 7; i++) {
		assert_int_equal(ev[i].cpu, want[i].cpu);
		assert_int_equal(ev[i].time_ns, want[i].time);
	}
	stats = bdt_stream_stats(made.stream);
	assert_int_equal(stats->events, 7);
	assert_int_equal(stats->ties, 2);
	assert_int_equal(stats->backward, 0);
	assert_int_equal(stats->first_ns, 1000);
	assert_int_equal(stats->last_ns, 1005);
}

static void gaps_stand_before_their_subbuffer(void **state)
{
	struct bdt_event ev[8];
	int ret;

	(void)state;
	made_start(false, 8);
	made.npages[0] = 3;
	made_tick(&made.cpus[0][0], 0, 1);
	subbuf_commit(&made.cpus[0][0], 0, -1);
	made_tick(&made.cpus[0][1], 9, 2);
	subbuf_commit(&made.cpus[0][1], BT_COMMIT_LOST_EVENTS | BT_COMMIT_LOST_STORED, 168);
	subbuf_commit(&made.cpus[0][2], BT_COMMIT_LOST_EVENTS, -1);
	made_tick(&made.cpus[1][0], 5, 3);
	subbuf_commit(&made.cpus[1][0], BT_COMMIT_LOST_EVENTS, -1);
	made_finish();
	assert_int_equal(made_drain(ev, 8, &ret, NULL), 6);
	assert_int_equal(ev[1].kind, BDT_EV_GAP);
	assert_int_equal(ev[1].cpu, 5);
	assert_int_equal(ev[1].gap.count, -1);
	assert_null(ev[1].raw);
	assert_int_equal(ev[2].cpu, 5);
	assert_int_equal(ev[3].kind, BDT_EV_GAP);
	assert_int_equal(ev[3].cpu, 2);
	assert_int_equal(ev[3].gap.count, 168);
	assert_int_equal(ev[3].time_ns, 1009);
	/* A loss behind the last record is told, too, and not earlier than that record. */
	assert_int_equal(ev[5].kind, BDT_EV_GAP);
	assert_int_equal(ev[5].gap.count, -1);
	assert_int_equal(ev[5].time_ns, 1009);
	assert_int_equal(bdt_stream_stats(made.stream)->events, 3);
	assert_int_equal(bdt_stream_stats(made.stream)->gaps, 3);
	assert_int_equal(bdt_stream_stats(made.stream)->lost, 168);
	assert_int_equal(bdt_stream_stats(made.stream)->gaps_unknown, 2);
}

static void expect_kinds(const struct bdt_event *ev, const char *want)
{
	for (size_t i = 0; want[i]; i++) {
		assert_int_equal(ev[i].kind, want[i] == 'G'   ? BDT_EV_GAP
					     : want[i] == 'M' ? BDT_EV_MARKER
							      : BDT_EV_OTHER);
		if (want[i] == 'G')
			assert_int_equal(ev[i].gap.count, -1);
	}
}

/* The first event behind the silence may be of any CPU, and come before the marker that ends the pause. */
static void a_pause_is_a_gap(void **state)
{
	struct bdt_event ev[16];
	int ret;

	(void)state;
	made_start(false, 8);
	made_tick(&made.cpus[0][0], 0, 1);
	made_marker(&made.cpus[0][0], 10, BT_MARKER_PAUSE "\n");
	made_tick(&made.cpus[0][0], 1000, 2);
	made_marker(&made.cpus[0][0], 100000000, BT_MARKER_RESUME "\n");
	made_tick(&made.cpus[0][0], 10, 3);
	subbuf_commit(&made.cpus[0][0], 0, -1);
	made_tick(&made.cpus[1][0], 2000, 4);
	made_tick(&made.cpus[1][0], 99000000, 5);
	made_tick(&made.cpus[1][0], 1, 6);
	subbuf_commit(&made.cpus[1][0], 0, -1);
	made_finish();
	assert_int_equal(made_drain(ev, 16, &ret, NULL), 9);
	expect_kinds(ev, "TMTTGTTMT");
	assert_int_equal(ev[4].cpu, 5);
	assert_int_equal(ev[4].time_ns, 99003000);
	assert_int_equal(bdt_stream_stats(made.stream)->gaps_unknown, 1);
	assert_int_equal(bdt_stream_stats(made.stream)->pauses, 1);
	assert_int_equal(bdt_stream_stats(made.stream)->paused_ns, 99003000 - 3000);
	assert_int_equal(bdt_stream_stats(made.stream)->lost, 0);
}

/* Whatever the events say of the silence, there is one gap for each pause that has ended. */
static void every_pause_is_told_once(void **state)
{
	struct bdt_event ev[16];
	int ret;

	(void)state;
	made_start(false, 8);
	made_marker(&made.cpus[0][0], 0, "buddytrace: paus");
	made_marker(&made.cpus[0][0], 90000000, BT_MARKER_RESUME);
	made_marker(&made.cpus[0][0], 0, BT_MARKER_PAUSE);
	made_marker(&made.cpus[0][0], 1000, BT_MARKER_RESUME);
	made_marker(&made.cpus[0][0], 0, BT_MARKER_PAUSE);
	made_marker(&made.cpus[0][0], 0, BT_MARKER_PAUSE);
	made_marker(&made.cpus[0][0], 60000000, BT_MARKER_RESUME);
	made_tick(&made.cpus[0][0], 60000000, 1);
	made_marker(&made.cpus[0][0], 0, BT_MARKER_PAUSE);
	subbuf_commit(&made.cpus[0][0], 0, -1);
	subbuf_commit(&made.cpus[1][0], 0, -1);
	made_finish();
	assert_int_equal(made_drain(ev, 16, &ret, NULL), 11);
	expect_kinds(ev, "MMMMGMMGMTM");
	assert_int_equal(bdt_stream_stats(made.stream)->pauses, 2);
}

static void corruption_ends_the_stream(void **state)
{
	struct bdt_diag diag = { 0 };
	struct bdt_event ev[8];
	int ret;

	(void)state;
	made_start(false, 8);
	made_tick(&made.cpus[0][0], 0, 1);
	subbuf_header(&made.cpus[0][0], 28, 1);
	subbuf_u32(&made.cpus[0][0], 0);
	subbuf_commit(&made.cpus[0][0], 0, -1);
	subbuf_commit(&made.cpus[1][0], 0, -1);
	made_finish();
	assert_int_equal(made_drain(ev, 8, &ret, &diag), 1);
	assert_int_equal(ret, -EBADMSG);
	assert_non_null(strstr(diag.text, "CPU 2, sub-buffer 0, byte 16 "));
	made_drain(ev, 8, &ret, NULL);
	assert_int_equal(ret, -EBADMSG);
}

static void short_records_are_refused(void **state)
{
	struct bdt_event ev[8];
	int ret;

	for (uint32_t words = 1; words < 6; words++) {
		made_start(false, 8);
		made_event(&made.cpus[0][0], 0, words, 500, 1);
		made.cpus[0][0].used = 4 + 4 * words;
		subbuf_commit(&made.cpus[0][0], 0, -1);
		subbuf_commit(&made.cpus[1][0], 0, -1);
		made_finish();
		assert_int_equal(made_drain(ev, 8, &ret, NULL), 0);
		assert_int_equal(ret, -EBADMSG);
		made_close(state);
	}
}

static void texts_and_names(void **state)
{
	const struct bdt_event *ev;
	char *text = NULL;
	size_t n, size;
	FILE *out;

	(void)state;
	made_start(true, 8);
	made_alloc(&made.cpus[0][0], 0, 4711, 3, 2);
	made_tick(&made.cpus[0][0], 1, 99);
	subbuf_commit(&made.cpus[0][0], 0, -1);
	subbuf_commit(&made.cpus[1][0], 0, -1);
	made_finish();
	assert_int_equal(bdt_stream_next(made.stream, &ev, &n, NULL), 0);
	assert_int_equal(n, 2);
	out = open_memstream(&text, &size);
	bdt_stream_print_fields(made.stream, &ev[0], out);
	fputc('|', out);
	bdt_stream_print_fields(made.stream, &ev[1], out);
	fclose(out);
	assert_string_equal(text, "pfn=4711 order=3 mt=2|n=99");
	free(text);
	assert_string_equal(bdt_stream_task(made.stream, 42), "a?b");
	assert_string_equal(bdt_stream_task(made.stream, 7), "tick er");
	assert_string_equal(bdt_stream_task(made.stream, 0), "<idle>");
	assert_string_equal(bdt_stream_task(made.stream, 1), "<...>");
	assert_string_equal(bdt_stream_event_name(made.stream, 77), "clock:tick");
	assert_string_equal(bdt_stream_event_name(made.stream, 78), "");
	assert_int_equal(bdt_stream_pageblock_order(made.stream), 9);
	assert_true(bdt_stream_has(made.stream, BDT_EV_EXTFRAG));
	assert_false(bdt_stream_has(made.stream, BDT_EV_PCPU_DRAIN));
	assert_string_equal(bdt_stream_migratetype_name(made.stream, 1), "Movable");
	assert_string_equal(bdt_stream_migratetype_name(made.stream, 4), "?");
	assert_string_equal(bdt_stream_migratetype_name(made.stream, 1000), "?");
}

/* Opening a recording takes no notice of print formats that exhaust the stack of whoever reads them. */
static void print_formats_do_no_harm(void **state)
{
	static const char *const pieces[] = { "(", "1+", "1?2:" };
	struct bdt_formats f;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		char *text = malloc(strlen(made_extfrag) + 400000), *at;

		strcpy(text, made_extfrag);
		at = strstr(text, "((unsigned int)");
		for (int k = 0; k < 100000; k++)
			at = stpcpy(at, pieces[i]);
		at = stpcpy(at, "1\n");
		assert_int_equal(bdt_formats_init(&f, NULL), 0);
		assert_int_equal(bdt_formats_add(&f, "kmem", text, at - text, NULL), 0);
		assert_int_equal(f.kinds[502], BDT_EV_EXTFRAG);
		bdt_formats_finish(&f);
		free(text);
	}
}

/* A print format that kills whoever interprets it costs the text of its own events only. */
static void killed_interpreters_are_replaced(void **state)
{
	static const char *const want[] = { "pfn=4711 order=3 migratetype=2", "n=99",
					    "pfn=4712 order=4 migratetype=1", "n=100" };
	char *format = malloc(strlen(made_alloc64) + 400000), *at, *text = NULL;
	const struct bdt_event *ev;
	size_t n, size;

	(void)state;
	strcpy(format, made_alloc64);
	at = strstr(format, "REC->pfn");
	memset(at, '(', 300000);
	strcpy(at + 300000, "1\n");
	made.alloc_format = format;
	made_start(false, 8);
	made_alloc(&made.cpus[0][0], 0, 4711, 3, 2);
	made_tick(&made.cpus[0][0], 1, 99);
	made_alloc(&made.cpus[0][0], 1, 4712, 4, 1);
	made_tick(&made.cpus[0][0], 1, 100);
	subbuf_commit(&made.cpus[0][0], 0, -1);
	subbuf_commit(&made.cpus[1][0], 0, -1);
	made_finish();
	made.alloc_format = NULL;
	free(format);
	assert_int_equal(bdt_stream_next(made.stream, &ev, &n, NULL), 0);
	assert_int_equal(n, 4);
	for (size_t i = 0; i < n; i++) {
		FILE *out = open_memstream(&text, &size);

		assert_int_equal(bdt_stream_print_fields(made.stream, &ev[i], out), i % 2 ? 0 : 1);
		fclose(out);
		assert_string_equal(text, want[i]);
		free(text);
	}
}

static int setup_group(void **state)
{
	(void)state;
	return fixture_open() ? 0 : -1;
}

static int teardown_group(void **state)
{
	(void)state;
	fixture_close();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(fields_of_all_machines, made_close),
		cmocka_unit_test_teardown(kernels_without_pfn, made_close),
		cmocka_unit_test_teardown(merge_is_stable, made_close),
		cmocka_unit_test_teardown(gaps_stand_before_their_subbuffer, made_close),
		cmocka_unit_test_teardown(a_pause_is_a_gap, made_close),
		cmocka_unit_test_teardown(every_pause_is_told_once, made_close),
		cmocka_unit_test_teardown(corruption_ends_the_stream, made_close),
		cmocka_unit_test_teardown(short_records_are_refused, made_close),
		cmocka_unit_test_teardown(texts_and_names, made_close),
		cmocka_unit_test(print_formats_do_no_harm),
		cmocka_unit_test_teardown(killed_interpreters_are_replaced, made_close),
	};

	return cmocka_run_group_tests_name("stream", tests, setup_group, teardown_group);
}
