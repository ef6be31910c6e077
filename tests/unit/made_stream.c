/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "made_stream.h"
#include "subbuf_file.h"
#include "tracefile_fixture.h"
#include <cmocka.h>
#include <string.h>

static const char alloc32[] =
	"name: mm_page_alloc\nID: 500\nformat:\n" SUBBUF_COMMON
	"\tfield:unsigned long pfn;\toffset:8;\tsize:4;\tsigned:0;\n"
	"\tfield:unsigned int order;\toffset:12;\tsize:4;\tsigned:0;\n"
	"\tfield:int migratetype;\toffset:16;\tsize:4;\tsigned:1;\n\n"
	"print fmt: \"pfn=%lu order=%d mt=%d\", REC->pfn, REC->order, REC->migratetype\n";
const char made_alloc64[] = "name: mm_page_alloc\nID: 500\nformat:\n" SUBBUF_COMMON
			    "\tfield:unsigned long pfn;\toffset:8;\tsize:8;\tsigned:0;\n"
			    "\tfield:unsigned int order;\toffset:16;\tsize:4;\tsigned:0;\n"
			    "\tfield:int migratetype;\toffset:20;\tsize:4;\tsigned:1;\n\n"
			    "print fmt: \"pfn=%lu order=%d mt=%d\", REC->pfn, REC->order, REC->migratetype\n";
static const char no_pfn[] = "name: mm_page_free\nID: 501\nformat:\n" SUBBUF_COMMON
			     "\tfield:struct page * page;\toffset:8;\tsize:8;\tsigned:0;\n"
			     "\tfield:unsigned int order;\toffset:16;\tsize:4;\tsigned:0;\n\n"
			     "print fmt: \"order=%d\", REC->order\n";
static const char other[] = "name: tick\nID: 77\nformat:\n" SUBBUF_COMMON
			    "\tfield:int n;\toffset:8;\tsize:4;\tsigned:1;\n\nprint fmt: \"n=%d\", REC->n\n";
static const char print[] = "name: print\nID: 5\nformat:\n" SUBBUF_COMMON
			    "\tfield:unsigned long ip;\toffset:8;\tsize:8;\tsigned:0;\n"
			    "\tfield:char buf[];\toffset:16;\tsize:0;\tsigned:0;\n\n"
			    "print fmt: \"%ps: %s\", (void *)REC->ip, REC->buf\n";
const char made_extfrag[] =
	"name: mm_page_alloc_extfrag\nID: 502\nformat:\n" SUBBUF_COMMON
	"\tfield:unsigned long pfn;\toffset:8;\tsize:8;\tsigned:0;\n"
	"\tfield:int fallback_order;\toffset:16;\tsize:4;\tsigned:1;\n\n"
	"print fmt: \"pfn=%lu pageblock_order=%d\", REC->pfn, "
	"(((unsigned int)((21 - 12))) < ((unsigned int)(10)) ? ((unsigned int)((21 - 12))) : "
	"((unsigned int)(10)))\n";

struct made_stream made;

void made_event(struct subbuf *b, uint32_t delta, uint32_t words, uint32_t id, int32_t pid)
{
	bool big = b->layout.big_endian;

	subbuf_header(b, words, delta);
	subbuf_u32(b, big ? id << 16 | 0x01 << 8 | 0x23 : id | 0x01 << 16 | 0x23u << 24);
	subbuf_u32(b, (uint32_t)pid);
}

void made_alloc(struct subbuf *b, uint32_t delta, uint64_t pfn, uint32_t order, int32_t mt)
{
	bool wide = b->layout.commit_size == 8;

	made_event(b, delta, wide ? 6 : 5, 500, 42);
	if (wide)
		subbuf_u64(b, pfn);
	else
		subbuf_u32(b, (uint32_t)pfn);
	subbuf_u32(b, order);
	subbuf_u32(b, (uint32_t)mt);
}

void made_tick(struct subbuf *b, uint32_t delta, uint32_t n)
{
	made_event(b, delta, 3, 77, 7);
	subbuf_u32(b, n);
}

void made_marker(struct subbuf *b, uint32_t delta, const char *text)
{
	uint32_t bytes = ((uint32_t)strlen(text) + 4) & ~3u;

	made_event(b, delta, 4 + bytes / 4, 5, 7);
	subbuf_u64(b, 0);
	memset(b->data + b->layout.data_offset + b->used, 0, bytes);
	memcpy(b->data + b->layout.data_offset + b->used, text, strlen(text));
	b->used += bytes;
}

void made_start(bool big, unsigned int long_size)
{
	for (int c = 0; c < 2; c++) {
		made.npages[c] = 1;
		for (int p = 0; p < 4; p++)
			subbuf_start(&made.cpus[c][p], big, long_size, 4096, 1000);
	}
}

void made_finish(void)
{
	static const uint32_t numbers[] = { 2, 5 };
	const struct bdt_layout *layout = &made.cpus[0][0].layout;
	const char *alloc = made.alloc_format          ? made.alloc_format
			    : layout->commit_size == 8 ? made_alloc64
						       : alloc32;
	const char *path = fixture_path("stream.dat");
	struct bdt_diag diag = { 0 };
	struct bdt_writer *w = subbuf_file(path, layout, numbers, 2);

	assert_int_equal(bdt_writer_format(w, "kmem", alloc, strlen(alloc)), 0);
	assert_int_equal(bdt_writer_format(w, "kmem", no_pfn, strlen(no_pfn)), 0);
	assert_int_equal(bdt_writer_format(w, "kmem", made_extfrag, strlen(made_extfrag)), 0);
	assert_int_equal(bdt_writer_format(w, "clock", other, strlen(other)), 0);
	assert_int_equal(bdt_writer_format(w, "ftrace", print, strlen(print)), 0);
	assert_int_equal(bdt_writer_cmdlines(w, "42 a\tb\n7 tick er\n", 17), 0);
	for (size_t c = 0; c < 2; c++)
		for (size_t p = 0; p < made.npages[c]; p++)
			assert_int_equal(bdt_writer_append(w, c, made.cpus[c][p].data, 1, &diag), 0);
	assert_int_equal(bdt_writer_finish(w, NULL, &diag), 0);
	assert_int_equal(bdt_tracefile_open(path, &made.file, &diag), 0);
	assert_int_equal(bdt_stream_open(made.file, &made.stream, &diag), 0);
}

int made_close(void **state)
{
	(void)state;
	bdt_stream_close(made.stream);
	bdt_tracefile_close(made.file);
	made.stream = NULL;
	made.file = NULL;
	return 0;
}

size_t made_drain(struct bdt_event *out, size_t max, int *ret, struct bdt_diag *diag)
{
	const struct bdt_event *events;
	size_t n, total = 0;

	while (!(*ret = bdt_stream_next(made.stream, &events, &n, diag))) {
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
