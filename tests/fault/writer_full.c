/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * writer_full FILE MIB [SNAPSHOT_MIB]: writes a trace file of MIB megabytes that do not compress for each of
 * two CPUs, behind a snapshot of that size, goes on to the end whatever happens, and says what became of it:
 * what append and finish returned, what can be read.
 */
#include "tracefile/pages.h"
#include "tracefile/writer.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096 /* bytes of a sub-buffer */

static void fill(uint64_t *page)
{
	static uint64_t state = 88172645463325252ull;

	for (unsigned int i = 0; i < PAGE / sizeof(*page); i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		page[i] = state;
	}
}

static int append_all(struct bdt_writer *w, unsigned long pages)
{
	uint64_t page[PAGE / sizeof(uint64_t)];
	int first = 0;

	for (unsigned long n = 0; n < pages; n++)
		for (size_t cpu = 0; cpu < 2; cpu++) {
			int err;

			fill(page);
			err = bdt_writer_append(w, cpu, page, 1, NULL);
			if (err && !first)
				first = err;
		}
	return first;
}

static unsigned long count_pages(const struct bdt_tracefile *tf, struct bdt_diag *diag)
{
	unsigned long total = 0;
	const uint8_t *data;
	size_t n;

	for (size_t i = 0; i < bdt_tracefile_ncpus(tf); i++) {
		struct bdt_pages *pages;

		if (bdt_pages_open(tf, i, &pages, diag))
			continue;
		while (bdt_pages_next(pages, &data, &n, diag) == 0)
			total += n;
		bdt_pages_close(pages);
	}
	return total;
}

static int take_snapshot(struct bdt_writer *w, unsigned long mib)
{
	size_t size = mib << 20;
	uint8_t *data = malloc(size);
	int err = data ? bdt_writer_snapshot(w, "start") : -ENOMEM;

	for (size_t at = 0; data && at < size; at += PAGE)
		fill((uint64_t *)(data + at));
	if (!err)
		err = bdt_writer_piece(w, "iomem", 1, 2, data, size);
	free(data);
	return err ? err : bdt_writer_snapshot_end(w);
}

static void write_file(const char *path, unsigned long mib, unsigned long snapshot_mib)
{
	static const uint32_t cpus[] = { 0, 1 };
	const struct bdt_writer_options options = {
		.long_size = 8, .page_size = PAGE, .clock = "local", .cpus = cpus, .ncpus = 2
	};
	struct bdt_diag diag = { 0 };
	struct bdt_writer *w;
	int err;

	if (bdt_writer_create(path, &options, &w, &diag)) {
		printf("create: %s\n", diag.text);
		exit(1);
	}
	bdt_writer_header_info(w, "p", 1, "e", 1);
	bdt_writer_machine(w, "key", "value");
	if (snapshot_mib)
		printf("snapshot: %s\n", strerror(-take_snapshot(w, snapshot_mib)));
	err = append_all(w, mib * (1 << 20) / PAGE);
	printf("append: %s\n", strerror(-err));
	err = bdt_writer_finish(w, NULL, &diag);
	printf("finish: %s\n", strerror(-err));
	if (diag.err)
		fprintf(stderr, "%s\n", diag.text);
}

int main(int argc, char **argv)
{
	struct bdt_diag diag = { 0 };
	struct bdt_tracefile *tf;
	const char *value;

	if (argc != 3 && argc != 4)
		return 2;
	write_file(argv[1], strtoul(argv[2], NULL, 10), argc == 4 ? strtoul(argv[3], NULL, 10) : 0);
	if (bdt_tracefile_open(argv[1], &tf, &diag)) {
		printf("open: %s\n", diag.text);
		return 1;
	}
	value = bdt_tracefile_machine(tf, "key");
	printf("machine: %s\n", value ? value : "none");
	printf("cut: %s\n", bdt_tracefile_info(tf)->cut ? "yes" : "no");
	printf("MiB: %lu\n", count_pages(tf, &diag) * PAGE >> 20);
	printf("read: %s\n", strerror(-diag.err));
	bdt_tracefile_close(tf);
	return 0;
}
