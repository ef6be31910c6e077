/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_twin FILE DIR [synced]: is FILE, complete or not, what the recorder had read, of which DIR holds a copy
 * (twin.c)? Byte by byte a beginning of it, for each CPU, of which no more is missing than the chunk that was
 * not complete; with "synced", of what had been read when the last write to the disk began that was completed.
 * Prints "EVENTS MISSING LOST BEHIND": the events in FILE, the sub-buffers that it lacks, the events that the
 * kernel lost, the milliseconds that are missing; or what is wrong.
 */
#include "base/bytes.h"
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

/* What the copy of a CPU has beyond FILE. */
struct rest {
	uint64_t pages, first_stamp, last_stamp;
};

static struct rest read_rest(FILE *f, size_t page_size, bool big_endian)
{
	uint8_t *page = malloc(page_size);
	struct rest rest = { 0 };

	while (f && page && fread(page, page_size, 1, f) == 1) {
		rest.last_stamp = bdt_load(page, 8, big_endian);
		if (!rest.pages++)
			rest.first_stamp = rest.last_stamp;
	}
	free(page);
	return rest;
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

/* The sub-buffers of CPU number `i` of the file; returns their number. */
static uint64_t compare(const struct bdt_tracefile *tf, size_t i, FILE *f)
{
	uint32_t page_size = bdt_tracefile_info(tf)->page_size, cpu = bdt_tracefile_cpu(tf, i)->cpu;
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
	return n;
}

static double milliseconds(const struct bdt_tracefile_info *info, uint64_t stamps)
{
	double ns = (double)stamps;

	if (info->tsc_mult)
		ns = ns * info->tsc_mult / (double)(1ull << info->tsc_shift);
	return ns / 1e6;
}

/* The sub-buffers that had been read when the last write to the disk began. */
static uint64_t read_synced(const char *dir, uint32_t cpu, size_t page_size)
{
	uint64_t bytes = 0, last = 0;
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/synced%u", dir, cpu);
	f = fopen(path, "r");
	/* The number behind which the power went may be half there. */
	while (f && fscanf(f, "%" SCNu64, &bytes) == 1 && fgetc(f) == '\n')
		last = bytes;
	if (f)
		fclose(f);
	return last / page_size;
}

/* A CPU that the file does not name had no complete chunk. */
static void check_cpu(const struct bdt_tracefile *tf, uint32_t cpu, const char *dir, bool synced,
		      uint64_t *missing, double *behind)
{
	const struct bdt_tracefile_info *info = bdt_tracefile_info(tf);
	FILE *f = open_twin(dir, cpu);
	uint64_t pages = 0, must;
	struct rest rest;
	double ms;
	size_t i;

	for (i = 0; i < bdt_tracefile_ncpus(tf) && bdt_tracefile_cpu(tf, i)->cpu != cpu; i++)
		;
	if (i < bdt_tracefile_ncpus(tf))
		pages = compare(tf, i, f);
	rest = read_rest(f, info->page_size, info->big_endian);
	ms = milliseconds(info, rest.last_stamp - rest.first_stamp);
	must = synced ? read_synced(dir, cpu, info->page_size) : pages + rest.pages;
	if (pages + BT_CHUNK_PAGES < must)
		fail("CPU %u: there are %" PRIu64 " of %" PRIu64 " sub-buffers", cpu, pages, must);
	if (ms > *behind)
		*behind = ms;
	*missing += rest.pages;
	if (f)
		fclose(f);
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
	bool synced = argc > 3 && !strcmp(argv[3], "synced");
	double behind = 0;
	struct bdt_stream_stats stats = { 0 };
	struct bdt_diag diag = { 0 };
	struct bdt_tracefile *tf;
	uint64_t missing = 0;

	if (argc < 3)
		return 2;
	if (bdt_tracefile_open(argv[1], &tf, &diag))
		fail("%s", diag.text);
	for (uint32_t cpu = 0; cpu < MAX_CPUS; cpu++)
		check_cpu(tf, cpu, argv[2], synced, &missing, &behind);
	stats = decode(tf);
	printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %.0f\n", stats.events, missing, stats.lost, behind);
	bdt_tracefile_close(tf);
	return 0;
}
