/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <config.h>

#include "tracefile_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char directory[128];
static char path_buffer[512];

const char *fixture_open(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(directory, sizeof(directory), "%s/bt-tracefile.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(directory))
		abort();
	return directory;
}

void fixture_close(void)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlink(fixture_path(entry->d_name));
	if (dir)
		closedir(dir);
	rmdir(directory);
}

const char *fixture_path(const char *name)
{
	snprintf(path_buffer, sizeof(path_buffer), "%s/%s", directory, name);
	return path_buffer;
}

static void check(int err)
{
	if (err)
		abort();
}

static const char header_page[] = "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
				  "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
				  "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
				  "\tfield: char data;\toffset:16;\tsize:4080;\tsigned:0;\n";
static const char header_event[] = "# compressed entry header\n";
static const char format[] = "name: tick\nID: 7\nformat:\n"
			     "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
			     "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
			     "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
			     "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
			     "\tfield:int n;\toffset:8;\tsize:4;\tsigned:1;\n\n"
			     "print fmt: \"n=%d\", REC->n\n";

void fixture_page(uint8_t *page, uint32_t cpu, unsigned int n)
{
	memset(page, 0, FIXTURE_PAGE);
	page[0] = (uint8_t)(n + 1);
	for (unsigned int i = 16; i < 64; i++)
		page[i] = (uint8_t)(cpu * 31 + n * 7 + i);
}

static void write_snapshots(struct bdt_writer *w)
{
	uint16_t flags[300];

	for (unsigned int i = 0; i < 300; i++)
		flags[i] = i % 3 ? BT_PAGE_BUDDY : BT_PAGE_LRU | BT_PAGE_ANON;
	check(bdt_writer_snapshot(w, "start"));
	check(bdt_writer_piece(w, "buddyinfo", 100, 110, "Node 0, zone DMA 1 2\n", 21));
	check(bdt_writer_pageflags(w, 0, 100, flags, 120, 130));
	check(bdt_writer_pageflags(w, 200, 300, flags, 130, 140));
	check(bdt_writer_piece(w, "vmstat", 150, 160, "", 0));
	check(bdt_writer_snapshot(w, "end"));
	check(bdt_writer_piece(w, "buddyinfo", 900, 910, "a\0b", 3));
}

static void write_metadata(struct bdt_writer *w)
{
	static const struct bdt_loss_cpu loss[] = {
		{ .cpu = 0, .written = 10, .read = 9, .overrun = 1 },
		{ .cpu = 3, .written = UINT64_MAX, .read = 5, .dropped = 6 },
	};

	check(bdt_writer_header_info(w, header_page, strlen(header_page), header_event,
				     strlen(header_event)));
	check(bdt_writer_format(w, "test", format, strlen(format)));
	check(bdt_writer_cmdlines(w, "1 init\n", 7));
	check(bdt_writer_cpustat(w, 0, "entries: 0\n", 11));
	check(bdt_writer_cpustat(w, 2, "entries: 3\n", 11));
	check(bdt_writer_machine(w, "uname.release", "old"));
	check(bdt_writer_machine(w, "proc/cmdline", ""));
	check(bdt_writer_machine(w, "uname.release", "6.18.44"));
	check(bdt_writer_loss(w, &loss[0]));
	check(bdt_writer_loss(w, &loss[1]));
}

void fixture_write(const char *path, bool big_endian)
{
	static const uint32_t cpus[] = { 0, 1, 3 };
	struct bdt_writer_options options = {
		.big_endian = big_endian,
		.long_size = 8,
		.page_size = FIXTURE_PAGE,
		.clock = "local [mono] global",
		.uname = "Linux test",
		.tsc_mult = 5,
		.tsc_shift = 2,
		.cpus = cpus,
		.ncpus = 3,
	};
	struct bdt_writer *w;
	uint8_t page[FIXTURE_PAGE];

	check(bdt_writer_create(path, &options, &w, NULL));
	write_metadata(w);
	fixture_page(page, 0, 0);
	check(bdt_writer_append(w, 0, page, 1, NULL));
	for (unsigned int i = 0; i < FIXTURE_PAGES; i++) {
		fixture_page(page, 3, i);
		check(bdt_writer_append(w, 2, page, 1, NULL));
	}
	write_snapshots(w);
	check(bdt_writer_finish(w, NULL, NULL));
}

uint8_t *fixture_read(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data;

	if (!f)
		abort();
	fseek(f, 0, SEEK_END);
	*size = (size_t)ftell(f);
	rewind(f);
	data = malloc(*size + 1);
	if (!data || fread(data, 1, *size, f) != *size)
		abort();
	fclose(f);
	return data;
}

void fixture_store(const char *path, const uint8_t *data, size_t size)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(data, 1, size, f) != size || fclose(f))
		abort();
}

const char *fixture_memory(const uint8_t *data, size_t size)
{
	static char path[32];
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("trace.dat", MFD_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd < 0 || ftruncate(fd, (off_t)size) || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	return path;
}

static uint64_t touch(const void *data, size_t size)
{
	const uint8_t *p = data;
	uint64_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += p[i];
	return sum;
}

static void exercise_metadata(const struct bdt_tracefile *tf, struct bdt_diag *diag)
{
	static const char *(*const texts[])(const struct bdt_tracefile *tf, size_t *len) = {
		bdt_tracefile_header_page, bdt_tracefile_header_event, bdt_tracefile_kallsyms,
		bdt_tracefile_printk,	   bdt_tracefile_cmdlines,
	};
	const struct bdt_tracefile_info *info = bdt_tracefile_info(tf);
	volatile uint64_t sum = strlen(info->clock) + strlen(info->uname) + strlen(info->buffer);
	const char *key, *value;
	size_t len;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		value = texts[i](tf, &len);
		sum += touch(value, len);
	}
	for (size_t i = 0; i < bdt_tracefile_nformats(tf); i++) {
		value = bdt_tracefile_format(tf, i, &key, &len);
		sum += touch(value, len) + strlen(key);
	}
	for (size_t i = 0; bdt_tracefile_machine_at(tf, i, &key, &value); i++)
		sum += strlen(key) + strlen(value);
	for (size_t i = 0; i < bdt_tracefile_nloss(tf); i++)
		sum += bdt_tracefile_loss(tf, i)->read;
	for (size_t i = 0; i < bdt_tracefile_nsnapshots(tf); i++) {
		const struct bdt_snapshot *snap = bdt_tracefile_snapshot(tf, i);
		struct bdt_pageflags *flags;

		sum += strlen(snap->name);
		for (size_t j = 0; j < snap->npieces; j++)
			sum += touch(snap->pieces[j].data, snap->pieces[j].size + 1);
		if (bdt_tracefile_pageflags(tf, i, &flags, diag))
			continue;
		sum += touch(flags->flags, 2 * flags->npages);
		bdt_pageflags_destroy(flags);
	}
}

uint64_t fixture_exercise(const struct bdt_tracefile *tf, struct bdt_diag *diag)
{
	uint64_t total = 0;
	size_t n;

	exercise_metadata(tf, diag);
	for (size_t i = 0; i < bdt_tracefile_ncpus(tf); i++) {
		volatile uint64_t sum = strlen(bdt_tracefile_cpu(tf, i)->stats);
		struct bdt_pages *pages;
		const uint8_t *data;

		if (bdt_pages_open(tf, i, &pages, diag))
			continue;
		while (bdt_pages_next(pages, &data, &n, diag) == 0) {
			sum += touch(data, n * bdt_tracefile_info(tf)->page_size);
			total += n;
		}
		bdt_pages_close(pages);
	}
	return total;
}
