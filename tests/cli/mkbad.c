/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * mkbad GOOD.dat DIR: writes a copy of a recording for each defect in the table, DIR/DEFECT.dat.  The input is
 * trusted (one of our own: version 7, zstd, little endian); what comes out is not.
 */
struct image {
	uint8_t *data;
	size_t size;
	bool missing; /* the input lacks what the defect is about */
};

#define HEADER_VERSION	   10
#define HEADER_PAGE_SIZE   14
#define HEADER_COMPRESSION 18
#define SECTION_HEADER	   16
#define OPTION_HEADER	   6

enum { DONE = 0, BUFFER = 3, CPUCOUNT = 8, HEADER_INFO = 16, FORMATS = 18, CMDLINES = 21 };
enum { SNAPSHOT = 0x8002, PAGEFLAGS = 0x8003 };

static uint64_t get(const struct image *im, size_t at, unsigned int bytes)
{
	uint64_t value = 0;

	if (at + bytes > im->size)
		abort();
	memcpy(&value, im->data + at, bytes);
	return value;
}

static void put(struct image *im, size_t at, unsigned int bytes, uint64_t value)
{
	if (at + bytes > im->size)
		abort();
	memcpy(im->data + at, &value, bytes);
}

/* Offset of the word that holds the place of the first OPTIONS section: behind two strings. */
static size_t first_options_word(const struct image *im)
{
	size_t at = HEADER_COMPRESSION;

	at += strlen((char *)im->data + at) + 1;
	return at + strlen((char *)im->data + at) + 1;
}

/* Offset of the first option `id` behind offset `after`, 0 = from the start; 0 if there is none. */
static size_t option(struct image *im, unsigned int id, size_t after)
{
	size_t section = get(im, first_options_word(im), 8);

	while (section) {
		size_t at = section + SECTION_HEADER;

		for (;;) {
			unsigned int this = get(im, at, 2);

			if (this == id && at > after)
				return at;
			if (this == DONE)
				break;
			at += OPTION_HEADER + get(im, at + 2, 4);
		}
		section = get(im, at + OPTION_HEADER, 8);
	}
	im->missing = true;
	return 0;
}

/* Offset of the section that option `id` points to. */
static size_t section_of(struct image *im, unsigned int id)
{
	size_t at = option(im, id, 0);

	return at ? get(im, at + OPTION_HEADER, 8) : 0;
}

/* Gives all options `id` an id that nobody knows, so that their sections are as good as absent. */
static void hide(struct image *im, unsigned int id)
{
	size_t at = option(im, id, 0);

	for (; at; at = option(im, id, at))
		put(im, at, 2, 0x7f00 + (id & 0xff));
	im->missing = false;
}

/* Offset of the number of CPUs in the BUFFER option; behind it u32 cpu, u64 offset, u64 size for each. */
static size_t ncpus_word(struct image *im)
{
	size_t at = option(im, BUFFER, 0) + OPTION_HEADER + 8;

	at += strlen((char *)im->data + at) + 1;
	at += strlen((char *)im->data + at) + 1;
	return at + 4;
}

static size_t first_cpu_data(struct image *im)
{
	return get(im, ncpus_word(im) + 4 + 4, 8);
}

/* clang-format off */
static void wrong_magic(struct image *im) { im->data[3] = 'T'; }
static void wrong_version(struct image *im) { im->data[HEADER_VERSION] = '9'; }
static void unknown_compression(struct image *im) { memcpy(im->data + HEADER_COMPRESSION, "lzma", 4); }
static void page_size_zero(struct image *im) { put(im, HEADER_PAGE_SIZE, 4, 0); }
static void page_size_huge(struct image *im) { put(im, HEADER_PAGE_SIZE, 4, 0x80000000); }
static void options_beyond_end(struct image *im) { put(im, first_options_word(im), 8, im->size + 1); }
static void section_beyond_end(struct image *im) { put(im, section_of(im, FORMATS) + 8, 8, 1ull << 62); }
static void no_header_page(struct image *im) { hide(im, HEADER_INFO); }
static void no_formats(struct image *im) { hide(im, FORMATS); }
static void no_buffer(struct image *im) { hide(im, BUFFER); }
static void no_task_names(struct image *im) { hide(im, CMDLINES); }
static void cpu_data_beyond_end(struct image *im) { put(im, ncpus_word(im) + 16, 8, 1ull << 60); }
static void too_many_cpus(struct image *im) { put(im, ncpus_word(im), 4, 0x7fffffff); }
static void too_many_chunks(struct image *im) { put(im, first_cpu_data(im), 4, 0xffffffff); }
static void chunk_inflates(struct image *im) { put(im, first_cpu_data(im) + 8, 4, 0xfffff000); }
static void chunk_empty(struct image *im) { put(im, first_cpu_data(im) + 4, 4, 0); }
static void chunk_garbage(struct image *im) { memset(im->data + first_cpu_data(im) + 12, 0x5a, 64); }
static void cut_in_header(struct image *im) { im->size = 20; }
static void cut_in_formats(struct image *im) { im->size = section_of(im, FORMATS) + 100; }
static void cut_in_events(struct image *im) { im->size = first_cpu_data(im) + 5000; }
static void cut_at_end(struct image *im) { im->size -= 5; }
/* clang-format on */

static void options_loop(struct image *im)
{
	put(im, option(im, DONE, 0) + OPTION_HEADER, 8, get(im, first_options_word(im), 8));
}

static void option_beyond_section(struct image *im)
{
	put(im, option(im, BUFFER, 0) + 2, 4, 0xffffffff);
}

static void zero_cpus(struct image *im)
{
	put(im, option(im, CPUCOUNT, 0) + OPTION_HEADER, 4, 0);
	put(im, ncpus_word(im), 4, 0);
}

/* Each CPU has a list of no chunks. */
static void zero_events(struct image *im)
{
	size_t at = ncpus_word(im);
	unsigned int ncpus = get(im, at, 4);

	for (at += 4; ncpus--; at += 20) {
		put(im, get(im, at + 4, 8), 4, 0);
		put(im, at + 12, 8, 4);
	}
}

static void no_snapshot(struct image *im)
{
	hide(im, SNAPSHOT);
	hide(im, PAGEFLAGS);
}

static void page_flags_garbage(struct image *im)
{
	size_t at = section_of(im, PAGEFLAGS);

	memset(im->data + at + SECTION_HEADER + 64, 0x5a, 64);
}

static const struct {
	const char *name;
	void (*make)(struct image *im);
} defects[] = {
	{ "wrong-magic", wrong_magic },
	{ "wrong-version", wrong_version },
	{ "unknown-compression", unknown_compression },
	{ "page-size-zero", page_size_zero },
	{ "page-size-huge", page_size_huge },
	{ "options-beyond-end", options_beyond_end },
	{ "options-loop", options_loop },
	{ "option-beyond-section", option_beyond_section },
	{ "section-beyond-end", section_beyond_end },
	{ "no-header-page", no_header_page },
	{ "no-formats", no_formats },
	{ "no-buffer", no_buffer },
	{ "no-task-names", no_task_names },
	{ "no-snapshot", no_snapshot },
	{ "zero-cpus", zero_cpus },
	{ "zero-events", zero_events },
	{ "too-many-cpus", too_many_cpus },
	{ "too-many-chunks", too_many_chunks },
	{ "chunk-inflates", chunk_inflates },
	{ "chunk-empty", chunk_empty },
	{ "chunk-garbage", chunk_garbage },
	{ "cpu-data-beyond-end", cpu_data_beyond_end },
	{ "page-flags-garbage", page_flags_garbage },
	{ "cut-in-header", cut_in_header },
	{ "cut-in-formats", cut_in_formats },
	{ "cut-in-events", cut_in_events },
	{ "cut-at-end", cut_at_end },
};

static bool load(const char *path, struct image *im)
{
	FILE *file = fopen(path, "rb");
	bool ok = false;
	long size;

	if (!file)
		return false;
	if (!fseek(file, 0, SEEK_END) && (size = ftell(file)) > HEADER_COMPRESSION) {
		rewind(file);
		im->size = size;
		im->data = malloc(size);
		ok = im->data && fread(im->data, 1, size, file) == im->size;
	}
	fclose(file);
	return ok && !memcmp(im->data + HEADER_VERSION, "7", 2) &&
	       !strcmp((char *)im->data + HEADER_COMPRESSION, "zstd");
}

static bool store(const char *dir, const char *name, const struct image *im)
{
	char path[4096];
	FILE *file;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s.dat", dir, name);
	file = fopen(path, "wb");
	if (!file)
		return false;
	ok = fwrite(im->data, 1, im->size, file) == im->size;
	return !fclose(file) && ok;
}

int main(int argc, char **argv)
{
	struct image good = { 0 };
	int code = 0;

	if (argc != 3) {
		fputs("usage: mkbad GOOD.dat DIR\n", stderr);
		return 2;
	}
	if (!load(argv[1], &good)) {
		fprintf(stderr, "mkbad: %s: not a zstd trace.dat of version 7\n", argv[1]);
		return 1;
	}
	for (size_t i = 0; i < sizeof(defects) / sizeof(defects[0]); i++) {
		struct image bad = { malloc(good.size), good.size, false };

		if (!bad.data)
			return 1;
		memcpy(bad.data, good.data, good.size);
		defects[i].make(&bad);
		if (bad.missing)
			fprintf(stderr, "mkbad: %s: the input has no such part\n", defects[i].name);
		else if (!store(argv[2], defects[i].name, &bad))
			code = 1;
		free(bad.data);
	}
	free(good.data);
	return code;
}
