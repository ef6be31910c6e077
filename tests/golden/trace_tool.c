/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace_tool pages FILE CPU		sub-buffers of a CPU, by its number, to stdout
 * trace_tool copy FILE OUT		the same recording as our own file, with a snapshot and a machine
 * trace_tool formats FILE		number of CPUs and event formats
 */
#include "tracefile/pages.h"
#include "tracefile/writer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CPUS 4096

static struct bdt_diag diag;

static void check(int err)
{
	if (err < 0) {
		fprintf(stderr, "error %d: %s\n", err, diag.text);
		exit(1);
	}
}

static void each_run(const struct bdt_tracefile *tf, size_t i,
		     void (*take)(void *to, const void *data, size_t n), void *to)
{
	struct bdt_pages *pages;
	const uint8_t *data;
	size_t n;
	int end;

	check(bdt_pages_open(tf, i, &pages, &diag));
	while (!(end = bdt_pages_next(pages, &data, &n, &diag)))
		take(to, data, n);
	check(end);
	bdt_pages_close(pages);
}

struct output {
	const struct bdt_tracefile *tf;
	struct bdt_writer *w;
	size_t cpu;
};

static void print_pages(void *to, const void *data, size_t n)
{
	const struct output *o = to;

	fwrite(data, bdt_tracefile_info(o->tf)->page_size, n, stdout);
}

static void write_pages(void *to, const void *data, size_t n)
{
	const struct output *o = to;

	check(bdt_writer_append(o->w, o->cpu, data, n, &diag));
}

static void pages(const struct bdt_tracefile *tf, const char *cpu)
{
	struct output o = { .tf = tf };

	for (size_t i = 0; i < bdt_tracefile_ncpus(tf); i++)
		if (bdt_tracefile_cpu(tf, i)->cpu == strtoul(cpu, NULL, 10))
			each_run(tf, i, print_pages, &o);
}

static void formats(const struct bdt_tracefile *tf, const char *unused)
{
	(void)unused;
	printf("%zu CPUs, %zu formats\n", bdt_tracefile_ncpus(tf), bdt_tracefile_nformats(tf));
}

static void copy_metadata(const struct bdt_tracefile *tf, struct bdt_writer *w)
{
	static const uint16_t flags[1000] = { BT_PAGE_BUDDY };
	size_t page_len, len;
	const char *page = bdt_tracefile_header_page(tf, &page_len);
	const char *event = bdt_tracefile_header_event(tf, &len), *system;

	check(bdt_writer_header_info(w, page, page_len, event, len));
	for (size_t i = 0; i < bdt_tracefile_nformats(tf); i++) {
		const char *text = bdt_tracefile_format(tf, i, &system, &len);

		check(bdt_writer_format(w, system, text, len));
	}
	event = bdt_tracefile_cmdlines(tf, &len);
	check(bdt_writer_cmdlines(w, event, len));
	check(bdt_writer_machine(w, "uname.release", "unknown"));
	check(bdt_writer_snapshot(w, "start"));
	check(bdt_writer_piece(w, "buddyinfo", 1, 2, "Node 0, zone DMA 1\n", 19));
	check(bdt_writer_pageflags(w, 0, 1000, flags, 3, 4));
}

static void copy(const struct bdt_tracefile *tf, const char *path)
{
	const struct bdt_tracefile_info *info = bdt_tracefile_info(tf);
	static uint32_t cpus[MAX_CPUS];
	struct bdt_writer_options options = { .big_endian = info->big_endian,
					      .long_size = info->long_size,
					      .page_size = info->page_size,
					      .clock = info->clock,
					      .uname = info->uname,
					      .tsc_mult = info->tsc_mult,
					      .tsc_shift = info->tsc_shift,
					      .cpus = cpus,
					      .ncpus = bdt_tracefile_ncpus(tf) };
	struct output o = { .tf = tf };

	for (size_t i = 0; i < options.ncpus && i < MAX_CPUS; i++)
		cpus[i] = bdt_tracefile_cpu(tf, i)->cpu;
	check(bdt_writer_create(path, &options, &o.w, &diag));
	copy_metadata(tf, o.w);
	for (; o.cpu < options.ncpus; o.cpu++) {
		const char *stats = bdt_tracefile_cpu(tf, o.cpu)->stats;

		check(bdt_writer_cpustat(o.w, o.cpu, stats, strlen(stats)));
		each_run(tf, o.cpu, write_pages, &o);
	}
	check(bdt_writer_finish(o.w, NULL, &diag));
}

static const struct {
	const char *name;
	void (*run)(const struct bdt_tracefile *tf, const char *argument);
} commands[] = { { "pages", pages }, { "copy", copy }, { "formats", formats } };

int main(int argc, char **argv)
{
	struct bdt_tracefile *tf;

	for (size_t i = 0; argc > 2 && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		check(bdt_tracefile_open(argv[2], &tf, &diag));
		commands[i].run(tf, argc > 3 ? argv[3] : "");
		bdt_tracefile_close(tf);
		return 0;
	}
	fputs("usage: trace_tool pages FILE CPU | copy FILE OUT | formats FILE\n", stderr);
	return 2;
}
