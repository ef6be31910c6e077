/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_twin FILE DIR: is FILE, complete or not, what the recorder had read, of which DIR holds a copy
 * (twin.c)? Byte by byte a beginning of it, for each CPU, of which no more is missing than the chunk that was
 * not complete. Prints "EVENTS MISSING LOST": the events in FILE, the sub-buffers that it lacks, the events
 * that the kernel lost; or what is wrong.
 */
#include "tracefile/format.h"
#include "tracefile/pages.h"
#include <buddytrace/stream.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CPUS 1024

static void fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
static void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	exit(1);
}

static FILE *open_twin(const char *dir, uint32_t cpu)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/cpu%u", dir, cpu);
	return fopen(path, "rb");
}

static uint64_t count_pages(FILE *f, size_t page_size)
{
	uint8_t *page = malloc(page_size);
	uint64_t n = 0;

	while (f && page && fread(page, page_size, 1, f) == 1)
		n++;
	free(page);
	return n;
}

static void compare_page(FILE *f, const uint8_t *page, size_t size, uint32_t cpu, uint64_t n)
{
	uint8_t *want = malloc(size);

	if (!f || !want || fread(want, size, 1, f) != 1)
		fail("CPU %u: sub-buffer %" PRIu64 " is not one that was read", cpu, n);
	if (memcmp(page, want, size))
		fail("CPU %u: sub-buffer %" PRIu64 " is not what was read", cpu, n);
	free(want);
}

/* Sub-buffers that the CPU lacks. */
static uint64_t compare(const struct bdt_tracefile *tf, size_t i, const char *dir)
{
	uint32_t page_size = bdt_tracefile_info(tf)->page_size, cpu = bdt_tracefile_cpu(tf, i)->cpu;
	FILE *f = open_twin(dir, cpu);
	struct bdt_diag diag = { 0 };
	struct bdt_pages *pages;
	const uint8_t *data;
	uint64_t n = 0;
	size_t got;
	int ret;

	if (bdt_pages_open(tf, i, &pages, &diag))
		fail("%s", diag.text);
	while (!(ret = bdt_pages_next(pages, &data, &got, &diag)))
		for (size_t k = 0; k < got; k++)
			compare_page(f, data + k * page_size, page_size, cpu, n++);
	if (ret < 0)
		fail("%s", diag.text);
	bdt_pages_close(pages);
	n = count_pages(f, page_size);
	if (n > BT_CHUNK_PAGES)
		fail("CPU %u: %" PRIu64 " sub-buffers are missing", cpu, n);
	if (f)
		fclose(f);
	return n;
}

/* CPUs without a complete chunk need not be in the file. */
static uint64_t missing_cpus(const struct bdt_tracefile *tf, const char *dir)
{
	bool known[MAX_CPUS] = { false };
	uint64_t missing = 0;

	for (size_t i = 0; i < bdt_tracefile_ncpus(tf); i++)
		known[bdt_tracefile_cpu(tf, i)->cpu % MAX_CPUS] = true;
	for (uint32_t cpu = 0; cpu < MAX_CPUS; cpu++) {
		FILE *f = known[cpu] ? NULL : open_twin(dir, cpu);
		uint64_t n = count_pages(f, bdt_tracefile_info(tf)->page_size);

		if (n > BT_CHUNK_PAGES)
			fail("CPU %u is missing", cpu);
		if (f)
			fclose(f);
		missing += n;
	}
	return missing;
}

static struct bdt_stream_stats decode(const struct bdt_tracefile *tf)
{
	struct bdt_stream_stats stats;
	const struct bdt_event *events;
	struct bdt_diag diag = { 0 };
	struct bdt_stream *stream;
	size_t n;
	int ret;

	if (bdt_stream_open(tf, &stream, &diag))
		fail("%s", diag.text);
	while (!(ret = bdt_stream_next(stream, &events, &n, &diag)))
		;
	if (ret < 0)
		fail("%s", diag.text);
	stats = *bdt_stream_stats(stream);
	bdt_stream_close(stream);
	if (stats.backward)
		fail("%" PRIu64 " stamps go backward", stats.backward);
	return stats;
}

int main(int argc, char **argv)
{
	struct bdt_stream_stats stats = { 0 };
	struct bdt_diag diag = { 0 };
	struct bdt_tracefile *tf;
	uint64_t missing = 0;

	if (argc != 3)
		return 2;
	if (bdt_tracefile_open(argv[1], &tf, &diag))
		fail("%s", diag.text);
	for (size_t i = 0; i < bdt_tracefile_ncpus(tf); i++)
		missing += compare(tf, i, argv[2]);
	missing += missing_cpus(tf, argv[2]);
	stats = decode(tf);
	printf("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", stats.events, missing, stats.lost);
	bdt_tracefile_close(tf);
	return 0;
}
