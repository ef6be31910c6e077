/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens, reads and prints recordings with mutated event formats and records.  Nothing may crash or hang; what
 * is printed does not matter.
 *
 *	BUDDYTRACE_FUZZ		recordings, of 3 mutated formats each (default 1000)
 *	BUDDYTRACE_FUZZ_SEED	number of the first (default 1)
 */
#include <config.h>

#include "tests/unit/subbuf.h"
#include "tests/unit/tracefile_fixture.h"
#include <buddytrace/stat.h>
#include <buddytrace/stream.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORDS       12
#define WORDS         12
#define TEXT_MAX      4096
#define LIMIT_SECONDS 600

#define COMMON                                                                         \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"         \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"         \
	"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n" \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

#ifdef __SANITIZE_ADDRESS__
/* Workers die by the dozen: naming the functions where they do takes longer than all the rest. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "symbolize=0";
}
#endif

static const struct {
	const char *system, *text;
} seeds[] = {
	{ "kmem", "name: mm_page_alloc_extfrag\nID: 1\nformat:\n" COMMON
		  "\tfield:unsigned long pfn;\toffset:8;\tsize:8;\tsigned:0;\n"
		  "\tfield:int alloc_order;\toffset:16;\tsize:4;\tsigned:1;\n"
		  "\tfield:int fallback_order;\toffset:20;\tsize:4;\tsigned:1;\n\n"
		  "print fmt: \"page=%p pfn=0x%lx alloc_order=%d pageblock_order=%d fragmenting=%d\", "
		  "(((struct page *)vmemmap_base) + (REC->pfn)), REC->pfn, REC->alloc_order, "
		  "(((unsigned int)((21 - 12))) < ((unsigned int)(10)) ? ((unsigned int)((21 - 12))) : "
		  "((unsigned int)(10))), REC->fallback_order < ((unsigned int)(21 - 12))\n" },
	{ "ftrace",
	  "name: kernel_stack\nID: 2\nformat:\n" COMMON "\tfield:int size;\toffset:8;\tsize:4;\tsigned:1;\n"
	  "\tfield:unsigned long caller[8];\toffset:16;\tsize:64;\tsigned:0;\n\n"
	  "print fmt: \"\\t=> %ps\\n\\t=> %ps\", (void *)REC->caller[0], (void *)REC->caller[1]\n" },
	{ "kmem",
	  "name: mm_page_alloc\nID: 3\nformat:\n" COMMON
	  "\tfield:unsigned long pfn;\toffset:8;\tsize:8;\tsigned:0;\n"
	  "\tfield:unsigned int order;\toffset:16;\tsize:4;\tsigned:0;\n"
	  "\tfield:unsigned long gfp_flags;\toffset:24;\tsize:8;\tsigned:0;\n\n"
	  "print fmt: \"pfn=0x%lx order=%d gfp_flags=%s\", REC->pfn != -1UL ? REC->pfn : 0, REC->order, "
	  "(REC->gfp_flags) ? __print_flags(REC->gfp_flags, \"|\", {( unsigned long)(((((( gfp_t)"
	  "(0x400u|0x800u)) | (( gfp_t)0x40u)))), \"GFP_KERNEL\"}, {0x20u, \"ATOMIC\"}) : \"none\"\n" },
	{ "sched",
	  "name: strings\nID: 4\nformat:\n" COMMON "\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
	  "\tfield:__data_loc char[] name;\toffset:24;\tsize:4;\tsigned:0;\n"
	  "\tfield:__data_loc u8[] data;\toffset:28;\tsize:4;\tsigned:0;\n"
	  "\tfield:__rel_loc char[] rel;\toffset:32;\tsize:4;\tsigned:0;\n"
	  "\tfield:int n;\toffset:36;\tsize:4;\tsigned:1;\n\n"
	  "print fmt: \"comm=%s name=%s data=%s arr=%s rel=%s sym=%s %*d %pI4\", REC->comm, __get_str(name), "
	  "__print_hex(__get_dynamic_array(data), REC->n), __print_array(__get_dynamic_array(data), "
	  "__get_dynamic_array_len(data) / 4, 4), __get_rel_str(rel), __print_symbolic(REC->n, { 0, \"a\" }, "
	  "{ 1, \"b\" }), REC->n, REC->n, REC->comm\n" },
	{ "compaction", "name: mm_compaction_end\nID: 5\nformat:\n" COMMON
			"\tfield:int status;\toffset:8;\tsize:4;\tsigned:1;\n\n"
			"print fmt: \"status=%s\", __print_symbolic(REC->status, {0, \"not_suitable_zone\"}, "
			"{(1 + 1), \"deferred\"}, {8, \"success\"})\n" },
};
#define SEEDS (sizeof(seeds) / sizeof(seeds[0]))

static uint64_t rng_state;
static FILE *sink;
static unsigned long printed, raw, sites;

static uint32_t below(uint32_t n)
{
	rng_state ^= rng_state << 13;
	rng_state ^= rng_state >> 7;
	rng_state ^= rng_state << 17;
	return (uint32_t)((rng_state >> 16) % n);
}

static const char *const pieces[] = { "(",
				      ")",
				      ",",
				      "%s",
				      "%d",
				      "\"",
				      "{",
				      "}",
				      "REC->n",
				      "->",
				      "[",
				      "]",
				      "__print_flags(",
				      "__print_array(",
				      "__get_str(",
				      "-1",
				      "99999999999",
				      "?",
				      ":",
				      "<<",
				      "%999999d",
				      "\n",
				      ";",
				      "offset:65000",
				      "size:70000",
				      "__get_dynamic_array(",
				      "*",
				      "(unsigned long)",
				      "%pUb",
				      "%*pbl" };

/* Flips, removals, repetitions and pieces that mean something. */
static size_t mutate(char *text, size_t len)
{
	for (uint32_t i = below(5); i > 0; i--) {
		uint32_t at = below((uint32_t)len - 32), n = 1 + below(16);
		const char *piece = pieces[below(sizeof(pieces) / sizeof(pieces[0]))];

		switch (below(4)) {
		case 0:
			text[at] ^= (char)(1 << below(7));
			break;
		case 1:
			memmove(text + at, text + at + n, len - at - n);
			len -= n;
			break;
		case 2:
			memmove(text + at + n, text + at, len - at);
			len += n;
			break;
		default:
			n = (uint32_t)strlen(piece);
			memmove(text + at + n, text + at, len - at);
			memcpy(text + at, piece, n);
			len += n;
		}
	}
	return len;
}

/* Records with right ids and wild contents. */
static void put_records(struct subbuf *b)
{
	static const uint32_t wild[] = { 0, 1, 0x00080028, 0x00100010, 0xffff0028, 0x0004ffff, UINT32_MAX };

	subbuf_start(b, false, 8, 4096, 1000);
	for (uint32_t i = 0; i < RECORDS; i++) {
		subbuf_header(b, WORDS, 1);
		subbuf_u32(b, 1 + i % SEEDS);
		for (uint32_t k = 1; k < WORDS; k++)
			subbuf_u32(b, below(3) ? wild[below(7)] : below(UINT32_MAX));
	}
	subbuf_commit(b, 0, -1);
}

/* Text like that of /proc/kallsyms, more or less. */
static void put_symbols(char text[512])
{
	static const char alphabet[] = "0123456789abcdef0000ffff  tTdW\n\n\t[]._x";

	for (int i = 0; i < 512; i++)
		text[i] = below(20) ? alphabet[below(sizeof(alphabet) - 1)] : (char)below(256);
}

static void write_recording(const char *path)
{
	static const uint32_t cpus[] = { 0 };
	const struct bdt_writer_options options = { .long_size = 8,
						    .page_size = 4096,
						    .clock = "[local] global",
						    .uname = "Linux h 6.1.0",
						    .cpus = cpus,
						    .ncpus = 1 };
	static struct subbuf b;
	char symbols[512];
	struct bdt_writer *w;
	const char *page = "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
			   "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
			   "\tfield: char data;\toffset:16;\tsize:4080;\tsigned:0;\n";
	int ret = bdt_writer_create(path, &options, &w, NULL);

	ret = ret ? ret : bdt_writer_header_info(w, page, strlen(page), "", 0);
	for (size_t i = 0; !ret && i < SEEDS; i++) {
		char text[TEXT_MAX];
		size_t len = strlen(seeds[i].text);

		memcpy(text, seeds[i].text, len);
		len = mutate(text, len);
		ret = bdt_writer_format(w, seeds[i].system, text, len);
	}
	put_records(&b);
	put_symbols(symbols);
	ret = ret ? ret : bdt_writer_kallsyms(w, symbols, sizeof(symbols));
	ret = ret ? ret : bdt_writer_append(w, 0, b.data, 1, NULL);
	ret = ret ? ret : bdt_writer_finish(w, NULL, NULL);
	if (ret)
		abort();
}

static void stat_recording(const struct bdt_tracefile *tf)
{
	const struct bdt_stat_result *r;
	struct bdt_stat *stat;

	if (bdt_stat_create(&stat, NULL))
		abort();
	/* The second time it is out of order. */
	for (int i = 0; i < 2; i++)
		bdt_stat_add(stat, tf, NULL, NULL);
	r = bdt_stat_result(stat);
	if (!r)
		abort();
	sites += r->nsites;
	bdt_stat_destroy(stat);
}

static void read_recording(const char *path)
{
	struct bdt_tracefile *tf;
	struct bdt_stream *stream;
	const struct bdt_event *events;
	size_t n;

	if (bdt_tracefile_open(path, &tf, NULL))
		abort();
	if (!bdt_stream_open(tf, &stream, NULL)) {
		while (!bdt_stream_next(stream, &events, &n, NULL)) {
			for (size_t i = 0; i < n; i++) {
				int ret = bdt_stream_print_fields(stream, &events[i], sink);

				printed += !ret;
				raw += ret == 1;
				if (ret < 0)
					abort();
			}
		}
		bdt_stream_close(stream);
	}
	stat_recording(tf);
	bdt_tracefile_close(tf);
}

static unsigned long number(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoul(text, NULL, 0) : otherwise;
}

int main(void)
{
	unsigned long first = number("BUDDYTRACE_FUZZ_SEED", 1), n = number("BUDDYTRACE_FUZZ", 1000);
	const char *path;

	if (!fixture_open())
		return 1;
	path = fixture_path("formats.dat");
	sink = fopen("/dev/null", "w");
	alarm(LIMIT_SECONDS + (unsigned int)(n / 10));
	for (unsigned long i = first; sink && i < first + n; i++) {
		rng_state = i * 0x9e3779b97f4a7c15ull | 1;
		below(1);
		write_recording(path);
		read_recording(path);
	}
	printf("%sok 1 - recordings %lu to %lu are opened and printed\n", sink ? "" : "not ", first,
	       first + n - 1);
	printf("# %lu events as text, %lu as raw fields, %lu call sites\n", printed, raw, sites);
	printf("%sok 2 - some events as text, some not, some stacks\n1..2\n",
	       printed && raw && sites ? "" : "not ");
	fclose(sink);
	fixture_close();
	return !(printed && raw && sites);
}
