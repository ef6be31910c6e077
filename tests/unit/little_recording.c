/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "little_recording.h"
#include "tracefile_fixture.h"
#include <stdlib.h>
#include <string.h>

static const char header_page[] = "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n";

struct little *little;
const uint32_t little_cpus[LITTLE_CPUS] = { 0, 2, 5 };

void little_must(int err)
{
	if (err)
		abort();
}

struct bdt_writer *little_writer(const char *path)
{
	const struct bdt_writer_options options = { .long_size = 8,
						    .page_size = FIXTURE_PAGE,
						    .clock = "local [mono]",
						    .uname = "Linux test",
						    .tsc_mult = 5,
						    .tsc_shift = 2,
						    .cpus = little_cpus,
						    .ncpus = LITTLE_CPUS };
	struct bdt_writer *w;

	little_must(bdt_writer_create(path, &options, &w, NULL));
	little_must(bdt_writer_header_info(w, header_page, strlen(header_page), "e", 1));
	little_must(bdt_writer_format(w, "test", "name: tick\n", 11));
	little_must(bdt_writer_kallsyms(w, "ffff0000 T here\n", 16));
	little_must(bdt_writer_cmdlines(w, "1 init\n", 7));
	little_must(bdt_writer_machine(w, "uname.release", "6.18.44"));
	little_must(bdt_writer_machine(w, "record.missed", "?"));
	return w;
}

static void append(struct bdt_writer *w, size_t i, unsigned int n)
{
	uint8_t page[FIXTURE_PAGE];

	while (n--) {
		fixture_page(page, (uint32_t)i, (unsigned int)little->appended[i]);
		little->appended[i]++;
		little_must(bdt_writer_append(w, i, page, 1, NULL));
	}
}

void little_flush(struct bdt_writer *w, size_t i)
{
	little_must(bdt_writer_flush_chunk(w, i, NULL));
	little->flushed[i] = little->appended[i];
}

static void add_snapshot(struct bdt_writer *w)
{
	uint16_t flags[100] = { BT_PAGE_LRU };

	little_must(bdt_writer_snapshot(w, "start"));
	little_must(bdt_writer_piece(w, "buddyinfo", 100, 110, "Node 0\n", 7));
	little_must(bdt_writer_pageflags(w, 0, 100, flags, 120, 130));
	little_must(bdt_writer_snapshot_end(w));
}

struct bdt_writer *little_record(const char *path)
{
	struct bdt_writer *w = little_writer(path);

	little_must(bdt_writer_start(w, NULL));
	little->started = true;
	append(w, 0, 3);
	little_flush(w, 0);
	add_snapshot(w);
	little->snapshot = true;
	append(w, 1, 70);
	little->flushed[1] = 64;
	little_must(bdt_writer_machine(w, "record.missed", "0"));
	little_must(bdt_writer_machine(w, "vmstat.pgfree.begin", "7"));
	little->fact = true;
	append(w, 0, 2);
	little_flush(w, 0);
	append(w, 0, 1);
	return w;
}

void little_finish(struct bdt_writer *w)
{
	static const struct bdt_loss_cpu loss = { .cpu = 2, .written = 10, .read = 9, .overrun = 1 };

	little->finishing = true;
	little_must(bdt_writer_cpustat(w, 0, "entries: 3\n", 11));
	little_must(bdt_writer_loss(w, &loss));
	little_must(bdt_writer_cmdlines(w, "1 init\n2 more\n", 14));
	little_must(bdt_writer_finish(w, NULL, NULL));
	little->finished = true;
}
