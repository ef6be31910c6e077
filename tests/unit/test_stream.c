/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "stream/formats.h"
#include "subbuf.h"
#include "tracefile/writer.h"
#include "tracefile_fixture.h"
#include <buddytrace/stream.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Recordings of two CPUs, made by hand: kernels with a pfn and without, of both byte orders and word sizes.
 */

#define COMMON                                                                         \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"         \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"         \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n" \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

static const char alloc32[] =
	"name: mm_page_alloc\nID: 500\nformat:\n" COMMON
	"\tfield:unsigned long pfn;\toffset:8;\tsize:4;\tsigned:0;\n"
	"\tfield:unsigned int order;\toffset:12;\tsize:4;\tsigned:0;\n"
	"\tfield:int migratetype;\toffset:16;\tsize:4;\tsigned:1;\n\n"
	"print fmt: \"pfn=%lu order=%d mt=%d\", REC->pfn, REC->order, REC->migratetype\n";
static const char alloc64[] =
	"name: mm_page_alloc\nID: 500\nformat:\n" COMMON
	"\tfield:unsigned long pfn;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:unsigned int order;\toffset:16;\tsize:4;\tsigned:0;\n"
	"\tfield:int migratetype;\toffset:20;\tsize:4;\tsigned:1;\n\n"
	"print fmt: \"pfn=%lu order=%d mt=%d\", REC->pfn, REC->order, REC->migratetype\n";
static const char no_pfn[] = "name: mm_page_free\nID: 501\nformat:\n" COMMON
			     "\tfield:struct page * page;\toffset:8;\tsize:8;\tsigned:0;\n"
			     "\tfield:unsigned int order;\toffset:16;\tsize:4;\tsigned:0;\n\n"
			     "print fmt: \"order=%d\", REC->order\n";
static const char other[] = "name: tick\nID: 77\nformat:\n" COMMON
			    "\tfield:int n;\toffset:8;\tsize:4;\tsigned:1;\n\nprint fmt: \"n=%d\", REC->n\n";
static const char print[] =
	"name: print\nID: 5\nformat:\n" COMMON "\tfield:unsigned long ip;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:char buf[];\toffset:16;\tsize:0;\tsigned:0;\n\n"
	"print fmt: \"%ps: %s\", (void *)REC->ip, REC->buf\n";
static const char extfrag[] =
	"name: mm_page_alloc_extfrag\nID: 502\nformat:\n" COMMON
	"\tfield:unsigned long pfn;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:int fallback_order;\toffset:16;\tsize:4;\tsigned:1;\n\n"
	"print fmt: \"pfn=%lu pageblock_order=%d\", REC->pfn, "
	"(((unsigned int)((21 - 12))) < ((unsigned int)(10)) ? ((unsigned int)((21 - 12))) : "
	"((unsigned int)(10)))\n";

static struct subbuf cpus[2][4];
static size_t npages[2];
static struct bdt_tracefile *file;
static struct bdt_stream *stream;
static const char *hostile_alloc; /* the format of mm_page_alloc, if not NULL */

/* The head of an event: type, flags, preempt count, pid; `words` is its whole size in 4-byte words. */
static void event(struct subbuf *b, uint32_t delta, uint32_t words, uint32_t id, int32_t pid)
{
	bool big = b->layout.big_endian;

	subbuf_header(b, words, delta);
	subbuf_u32(b, big ? id << 16 | 0x01 << 8 | 0x23 : id | 0x01 << 16 | 0x23u << 24);
	subbuf_u32(b, (uint32_t)pid);
}

static void event_alloc(struct subbuf *b, uint32_t delta, uint64_t pfn, uint32_t order, int32_t mt)
{
	bool wide = b->layout.commit_size == 8;

	event(b, delta, wide ? 6 : 5, 500, 42);
	if (wide)
		subbuf_u64(b, pfn);
	else
		subbuf_u32(b, (uint32_t)pfn);
	subbuf_u32(b, order);
	subbuf_u32(b, (uint32_t)mt);
}

static void event_tick(struct subbuf *b, uint32_t delta, uint32_t n)
{
	event(b, delta, 3, 77, 7);
	subbuf_u32(b, n);
}

/* Text of trace_marker, in 16 to 64 bytes; of 64-bit machines. */
static void event_marker(struct subbuf *b, uint32_t delta, const char *text)
{
	uint32_t bytes = ((uint32_t)strlen(text) + 4) & ~3u;

	event(b, delta, 4 + bytes / 4, 5, 7);
	subbuf_u64(b, 0);
	memset(b->data + b->layout.data_offset + b->used, 0, bytes);
	memcpy(b->data + b->layout.data_offset + b->used, text, strlen(text));
	b->used += bytes;
}

static void start(bool big, unsigned int long_size)
{
	for (int c = 0; c < 2; c++) {
		npages[c] = 1;
		for (int p = 0; p < 4; p++)
			subbuf_start(&cpus[c][p], big, long_size, 4096, 1000);
	}
}

/* Writes what was built and opens it as a stream. */
static void finish(void)
{
	static const uint32_t numbers[] = { 2, 5 };
	const struct bdt_layout *layout = &cpus[0][0].layout;
	struct bdt_writer_options options = { .big_endian = layout->big_endian,
					      .long_size = layout->commit_size,
					      .page_size = 4096,
					      .clock = "[local] global",
					      .uname = "Linux h 6.1.0",
					      .cpus = numbers,
					      .ncpus = 2 };
	const char *page = layout->commit_size == 8
				   ? "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
				     "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
				     "\tfield: char data;\toffset:16;\tsize:4080;\tsigned:0;\n"
				   : "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
				     "\tfield: local_t commit;\toffset:8;\tsize:4;\tsigned:1;\n"
				     "\tfield: char data;\toffset:12;\tsize:4084;\tsigned:0;\n";
	const char *alloc = hostile_alloc ? hostile_alloc : layout->commit_size == 8 ? alloc64 : alloc32;
	const char *path = fixture_path("stream.dat");
	struct bdt_diag diag = { 0 };
	struct bdt_writer *w;

	assert_int_equal(bdt_writer_create(path, &options, &w, &diag), 0);
	assert_int_equal(bdt_writer_header_info(w, page, strlen(page), "", 0), 0);
	assert_int_equal(bdt_writer_format(w, "kmem", alloc, strlen(alloc)), 0);
	assert_int_equal(bdt_writer_format(w, "kmem", no_pfn, strlen(no_pfn)), 0);
	assert_int_equal(bdt_writer_format(w, "kmem", extfrag, strlen(extfrag)), 0);
	assert_int_equal(bdt_writer_format(w, "clock", other, strlen(other)), 0);
	assert_int_equal(bdt_writer_format(w, "ftrace", print, strlen(print)), 0);
	assert_int_equal(bdt_writer_cmdlines(w, "42 a\tb\n7 tick er\n", 17), 0);
	for (size_t c = 0; c < 2; c++)
		for (size_t p = 0; p < npages[c]; p++)
			assert_int_equal(bdt_writer_append(w, c, cpus[c][p].data, 1, &diag), 0);
	assert_int_equal(bdt_writer_finish(w, NULL, &diag), 0);
	assert_int_equal(bdt_tracefile_open(path, &file, &diag), 0);
	assert_int_equal(bdt_stream_open(file, &stream, &diag), 0);
}

static int teardown(void **state)
{
	(void)state;
	bdt_stream_close(stream);
	bdt_tracefile_close(file);
	stream = NULL;
	file = NULL;
	return 0;
}

/* All events of the stream, copied (raw is gone); *ret is what ended it. */
static size_t drain(struct bdt_event *out, size_t max, int *ret, struct bdt_diag *diag)
{
	const struct bdt_event *events;
	size_t n, total = 0;

	while (!(*ret = bdt_stream_next(stream, &events, &n, diag))) {
		assert_true(n > 0);
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(events[i].number, total);
			if (total < max)
				out[total] = events[i];
			total++;
		}
	}
	return total;
}

static void fields_of_all_machines(void **state)
{
	struct bdt_event ev[8];
	int ret;

	for (int i = 0; i < 4; i++) {
		uint64_t none = i & 2 ? 0xffffffff : UINT64_MAX;

		start(i & 1, i & 2 ? 4 : 8);
		event_alloc(&cpus[0][0], 0, 0x12345678, 3, -1);
		event_alloc(&cpus[0][0], 10, none, 9, 1);
		event_alloc(&cpus[0][0], 10, 0, 9, 1);
		subbuf_commit(&cpus[0][0], 0, -1);
		event_tick(&cpus[1][0], 5, 99);
		subbuf_commit(&cpus[1][0], 0, -1);
		finish();
		assert_int_equal(drain(ev, 8, &ret, NULL), 4);
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
		teardown(state);
	}
}

static void kernels_without_pfn(void **state)
{
	struct bdt_event ev[2];
	int ret;

	(void)state;
	start(false, 8);
	event(&cpus[0][0], 0, 5, 501, 1);
	subbuf_u64(&cpus[0][0], 0xffffea0000001000);
	subbuf_u32(&cpus[0][0], 4);
	subbuf_commit(&cpus[0][0], 0, -1);
	subbuf_commit(&cpus[1][0], 0, -1);
	finish();
	assert_int_equal(drain(ev, 2, &ret, NULL), 1);
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
	start(false, 8);
	event_tick(&cpus[0][0], 0, 1);
	event_tick(&cpus[0][0], 0, 2);
	event_tick(&cpus[0][0], 1, 3);
	event_tick(&cpus[0][0], 4, 4);
	subbuf_commit(&cpus[0][0], 0, -1);
	event_tick(&cpus[1][0], 0, 5);
	event_tick(&cpus[1][0], 1, 6);
	event_tick(&cpus[1][0], 2, 7);
	subbuf_commit(&cpus[1][0], 0, -1);
	finish();
	assert_int_equal(drain(ev, 8, &ret, NULL), 7);
	for (size_t i = 0; i < 7; i++) {
		assert_int_equal(ev[i].cpu, want[i].cpu);
		assert_int_equal(ev[i].time_ns, want[i].time);
	}
	stats = bdt_stream_stats(stream);
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
	start(false, 8);
	npages[0] = 3;
	event_tick(&cpus[0][0], 0, 1);
	subbuf_commit(&cpus[0][0], 0, -1);
	event_tick(&cpus[0][1], 9, 2);
	subbuf_commit(&cpus[0][1], BT_COMMIT_LOST_EVENTS | BT_COMMIT_LOST_STORED, 168);
	subbuf_commit(&cpus[0][2], BT_COMMIT_LOST_EVENTS, -1);
	event_tick(&cpus[1][0], 5, 3);
	subbuf_commit(&cpus[1][0], BT_COMMIT_LOST_EVENTS, -1);
	finish();
	assert_int_equal(drain(ev, 8, &ret, NULL), 6);
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
	assert_int_equal(bdt_stream_stats(stream)->events, 3);
	assert_int_equal(bdt_stream_stats(stream)->gaps, 3);
	assert_int_equal(bdt_stream_stats(stream)->lost, 168);
	assert_int_equal(bdt_stream_stats(stream)->gaps_unknown, 2);
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
	start(false, 8);
	event_tick(&cpus[0][0], 0, 1);
	event_marker(&cpus[0][0], 10, BT_MARKER_PAUSE "\n");
	event_tick(&cpus[0][0], 1000, 2);
	event_marker(&cpus[0][0], 100000000, BT_MARKER_RESUME "\n");
	event_tick(&cpus[0][0], 10, 3);
	subbuf_commit(&cpus[0][0], 0, -1);
	event_tick(&cpus[1][0], 2000, 4);
	event_tick(&cpus[1][0], 99000000, 5);
	event_tick(&cpus[1][0], 1, 6);
	subbuf_commit(&cpus[1][0], 0, -1);
	finish();
	assert_int_equal(drain(ev, 16, &ret, NULL), 9);
	expect_kinds(ev, "TMTTGTTMT");
	assert_int_equal(ev[4].cpu, 5);
	assert_int_equal(ev[4].time_ns, 99003000);
	assert_int_equal(bdt_stream_stats(stream)->gaps_unknown, 1);
	assert_int_equal(bdt_stream_stats(stream)->pauses, 1);
	assert_int_equal(bdt_stream_stats(stream)->paused_ns, 99003000 - 3000);
	assert_int_equal(bdt_stream_stats(stream)->lost, 0);
}

/* Whatever the events say of the silence, there is one gap for each pause that has ended. */
static void every_pause_is_told_once(void **state)
{
	struct bdt_event ev[16];
	int ret;

	(void)state;
	start(false, 8);
	event_marker(&cpus[0][0], 0, "buddytrace: paus");
	event_marker(&cpus[0][0], 90000000, BT_MARKER_RESUME);
	event_marker(&cpus[0][0], 0, BT_MARKER_PAUSE);
	event_marker(&cpus[0][0], 1000, BT_MARKER_RESUME);
	event_marker(&cpus[0][0], 0, BT_MARKER_PAUSE);
	event_marker(&cpus[0][0], 0, BT_MARKER_PAUSE);
	event_marker(&cpus[0][0], 60000000, BT_MARKER_RESUME);
	event_tick(&cpus[0][0], 60000000, 1);
	event_marker(&cpus[0][0], 0, BT_MARKER_PAUSE);
	subbuf_commit(&cpus[0][0], 0, -1);
	subbuf_commit(&cpus[1][0], 0, -1);
	finish();
	assert_int_equal(drain(ev, 16, &ret, NULL), 11);
	expect_kinds(ev, "MMMMGMMGMTM");
	assert_int_equal(bdt_stream_stats(stream)->pauses, 2);
}

static void corruption_ends_the_stream(void **state)
{
	struct bdt_diag diag = { 0 };
	struct bdt_event ev[8];
	int ret;

	(void)state;
	start(false, 8);
	event_tick(&cpus[0][0], 0, 1);
	subbuf_header(&cpus[0][0], 28, 1);
	subbuf_u32(&cpus[0][0], 0);
	subbuf_commit(&cpus[0][0], 0, -1);
	subbuf_commit(&cpus[1][0], 0, -1);
	finish();
	assert_int_equal(drain(ev, 8, &ret, &diag), 1);
	assert_int_equal(ret, -EBADMSG);
	assert_non_null(strstr(diag.text, "CPU 2, sub-buffer 0, byte 16 "));
	drain(ev, 8, &ret, NULL);
	assert_int_equal(ret, -EBADMSG);
}

static void short_records_are_refused(void **state)
{
	struct bdt_event ev[8];
	int ret;

	for (uint32_t words = 1; words < 6; words++) {
		start(false, 8);
		event(&cpus[0][0], 0, words, 500, 1);
		cpus[0][0].used = 4 + 4 * words;
		subbuf_commit(&cpus[0][0], 0, -1);
		subbuf_commit(&cpus[1][0], 0, -1);
		finish();
		assert_int_equal(drain(ev, 8, &ret, NULL), 0);
		assert_int_equal(ret, -EBADMSG);
		teardown(state);
	}
}

static void texts_and_names(void **state)
{
	const struct bdt_event *ev;
	char *text = NULL;
	size_t n, size;
	FILE *out;

	(void)state;
	start(true, 8);
	event_alloc(&cpus[0][0], 0, 4711, 3, 2);
	event_tick(&cpus[0][0], 1, 99);
	subbuf_commit(&cpus[0][0], 0, -1);
	subbuf_commit(&cpus[1][0], 0, -1);
	finish();
	assert_int_equal(bdt_stream_next(stream, &ev, &n, NULL), 0);
	assert_int_equal(n, 2);
	out = open_memstream(&text, &size);
	bdt_stream_print_fields(stream, &ev[0], out);
	fputc('|', out);
	bdt_stream_print_fields(stream, &ev[1], out);
	fclose(out);
	assert_string_equal(text, "pfn=4711 order=3 mt=2|n=99");
	free(text);
	assert_string_equal(bdt_stream_task(stream, 42), "a?b");
	assert_string_equal(bdt_stream_task(stream, 7), "tick er");
	assert_string_equal(bdt_stream_task(stream, 0), "<idle>");
	assert_string_equal(bdt_stream_task(stream, 1), "<...>");
	assert_string_equal(bdt_stream_event_name(stream, 77), "clock:tick");
	assert_string_equal(bdt_stream_event_name(stream, 78), "");
	assert_int_equal(bdt_stream_pageblock_order(stream), 9);
	assert_true(bdt_stream_has(stream, BDT_EV_EXTFRAG));
	assert_false(bdt_stream_has(stream, BDT_EV_PCPU_DRAIN));
	assert_string_equal(bdt_stream_migratetype_name(stream, 1), "Movable");
	assert_string_equal(bdt_stream_migratetype_name(stream, 4), "?");
	assert_string_equal(bdt_stream_migratetype_name(stream, 1000), "?");
}

/* Opening a recording takes no notice of print formats that exhaust the stack of whoever reads them. */
static void print_formats_do_no_harm(void **state)
{
	static const char *const pieces[] = { "(", "1+", "1?2:" };
	struct bdt_formats f;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		char *text = malloc(sizeof(extfrag) + 400000), *at;

		memcpy(text, extfrag, sizeof(extfrag));
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
	char *format = malloc(sizeof(alloc64) + 400000), *at, *text = NULL;
	const struct bdt_event *ev;
	size_t n, size;

	(void)state;
	memcpy(format, alloc64, sizeof(alloc64));
	at = strstr(format, "REC->pfn");
	memset(at, '(', 300000);
	strcpy(at + 300000, "1\n");
	hostile_alloc = format;
	start(false, 8);
	event_alloc(&cpus[0][0], 0, 4711, 3, 2);
	event_tick(&cpus[0][0], 1, 99);
	event_alloc(&cpus[0][0], 1, 4712, 4, 1);
	event_tick(&cpus[0][0], 1, 100);
	subbuf_commit(&cpus[0][0], 0, -1);
	subbuf_commit(&cpus[1][0], 0, -1);
	finish();
	hostile_alloc = NULL;
	free(format);
	assert_int_equal(bdt_stream_next(stream, &ev, &n, NULL), 0);
	assert_int_equal(n, 4);
	for (size_t i = 0; i < n; i++) {
		FILE *out = open_memstream(&text, &size);

		assert_int_equal(bdt_stream_print_fields(stream, &ev[i], out), i % 2 ? 0 : 1);
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
		cmocka_unit_test_teardown(fields_of_all_machines, teardown),
		cmocka_unit_test_teardown(kernels_without_pfn, teardown),
		cmocka_unit_test_teardown(merge_is_stable, teardown),
		cmocka_unit_test_teardown(gaps_stand_before_their_subbuffer, teardown),
		cmocka_unit_test_teardown(a_pause_is_a_gap, teardown),
		cmocka_unit_test_teardown(every_pause_is_told_once, teardown),
		cmocka_unit_test_teardown(corruption_ends_the_stream, teardown),
		cmocka_unit_test_teardown(short_records_are_refused, teardown),
		cmocka_unit_test_teardown(texts_and_names, teardown),
		cmocka_unit_test(print_formats_do_no_harm),
		cmocka_unit_test_teardown(killed_interpreters_are_replaced, teardown),
	};

	return cmocka_run_group_tests_name("stream", tests, setup_group, teardown_group);
}
