/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens and reads mutated trace files.  Nothing may crash, hang or allocate without bound; what comes out
 *does not matter.  Seeds are files built by hand, one per kind and own section, and those of
 *tests/fuzz/corpus.
 *
 *	BUDDYTRACE_FUZZ		mutations per seed (default 1000)
 *	BUDDYTRACE_FUZZ_SEED	start of the random numbers (default 1)
 *
 * When it dies it says which mutation that was; with that number in BUDDYTRACE_FUZZ_ONLY the mutated file is
 * written to mutant.dat and nothing else is done with it.
 */
#include <config.h>

#include "tests/unit/tracefile_build.h"
#include "tests/unit/tracefile_fixture.h"
#include "tracefile/own.h"
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define SECONDS    120 /* for one seed, before it counts as hanging */
#define GROWTH     64  /* bytes that a mutation may add */
#define MEMORY_MAX (3ull << 30)

static struct {
	const char *seed;
	unsigned long mutation;
} now;

static uint64_t rng_state;

static uint32_t below(uint32_t n)
{
	rng_state ^= rng_state << 13;
	rng_state ^= rng_state >> 7;
	rng_state ^= rng_state << 17;
	return n ? (uint32_t)((rng_state >> 16) % n) : 0;
}

static void died(int sig)
{
	char text[256];
	int n = snprintf(text, sizeof(text), "# signal %d in %s, mutation %lu\n", sig, now.seed,
			 now.mutation);

	(void)!write(STDERR_FILENO, text, (size_t)n);
	signal(sig, SIG_DFL);
	raise(sig);
}

static void flip(uint8_t *data, size_t *size)
{
	data[below((uint32_t)*size)] ^= (uint8_t)(1u << below(8));
}

static void overwrite(uint8_t *data, size_t *size)
{
	static const uint64_t values[] = { 0,      1,          0x7f,       0xff,      0x8000,
					   0xffff, 0x7fffffff, 0xffffffff, UINT64_MAX };
	uint64_t value = values[below(9)] + below(3) - 1;
	uint32_t width = 1u << below(4);

	if (*size >= width)
		memcpy(data + below((uint32_t)(*size - width + 1)), &value, width);
}

static void copy_inside(uint8_t *data, size_t *size)
{
	uint32_t n = 1 + below(32);

	if (*size > n)
		memmove(data + below((uint32_t)(*size - n)), data + below((uint32_t)(*size - n)), n);
}

static void truncate_end(uint8_t *data, size_t *size)
{
	(void)data;
	*size = 1 + below((uint32_t)*size);
}

static void remove_some(uint8_t *data, size_t *size)
{
	uint32_t n = 1 + below(16), at;

	if (*size <= n)
		return;
	at = below((uint32_t)(*size - n));
	memmove(data + at, data + at + n, *size - at - n);
	*size -= n;
}

static void insert_some(uint8_t *data, size_t *size)
{
	uint32_t at = below((uint32_t)*size), n = 1 + below(GROWTH / 8);

	memmove(data + at + n, data + at, *size - at);
	*size += n;
}

/* Flips and integers are the most useful ones. */
static void (*const mutations[])(uint8_t *data, size_t *size) = {
	flip, flip, overwrite, overwrite, overwrite, copy_inside, truncate_end, remove_some, insert_some,
};

static void mutate(const uint8_t *seed, size_t seed_size, uint8_t *data, size_t *size)
{
	uint32_t rounds = 1 + below(8);

	memcpy(data, seed, seed_size);
	*size = seed_size;
	for (uint32_t i = 0; i < rounds; i++)
		mutations[below(sizeof(mutations) / sizeof(mutations[0]))](data, size);
}

static void try_file(const uint8_t *data, size_t size)
{
	struct bdt_tracefile *tf;
	struct bdt_diag diag = { 0 };

	if (bdt_tracefile_open(fixture_memory(data, size), &tf, &diag)) {
		if (!diag.err || !diag.text[0])
			abort();
		return;
	}
	fixture_exercise(tf, &diag);
	bdt_tracefile_close(tf);
}

static unsigned long number(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoul(text, NULL, 0) : otherwise;
}

static void fuzz(const char *name, const uint8_t *seed, size_t seed_size)
{
	unsigned long first = number("BUDDYTRACE_FUZZ_SEED", 1), n = number("BUDDYTRACE_FUZZ", 1000);
	unsigned long only = number("BUDDYTRACE_FUZZ_ONLY", 0);
	uint8_t *data = malloc(seed_size + 8 * GROWTH);
	static int tests;
	size_t size;

	if (!data)
		abort();
	now.seed = name;
	alarm(SECONDS + (unsigned int)(n / 100));
	try_file(seed, seed_size);
	for (unsigned long i = only ? only : first; i < (only ? only + 1 : first + n); i++) {
		now.mutation = i;
		rng_state = i * 0x9e3779b97f4a7c15ull | 1;
		below(0);
		mutate(seed, seed_size, data, &size);
		if (only)
			fixture_store("mutant.dat", data, size);
		else
			try_file(data, size);
	}
	printf("ok %d - %s: mutations %lu to %lu\n", ++tests, name, first, first + n - 1);
	free(data);
}

/* A file with one own section, not compressed, so that mutations reach its contents. */
static void fuzz_own(const char *name, uint16_t id, const struct bdt_buf *own)
{
	struct bdt_buf b = { 0 };
	struct build_places at;

	build_packed(&b, &at, own, id);
	fuzz(name, b.data, b.size);
	bdt_buf_free(&b);
}

static void fuzz_sections(void)
{
	static const struct bdt_pair pairs[] = { { "proc/version", "Linux" }, { "k", "" } };
	static const struct bdt_loss_cpu loss[] = { { .cpu = 1, .written = 3 }, { .cpu = 2 } };
	static const struct bdt_piece pieces[] = { { "buddyinfo", 1, 2, "Node 0", 6 }, { "x", 3, 4, "", 0 } };
	static const struct bdt_pageflags_chunk chunks[] = { { 0, 40, 1, 2 }, { 100, 8, 2, 3 } };
	static const uint16_t flags[40] = { BT_PAGE_BUDDY, BT_PAGE_LRU };
	struct bdt_pageflags_encoder e;
	struct bdt_buf b = { 0 };

	bdt_machine_encode(&b, pairs, 2);
	fuzz_own("MACHINE", BDT_MACHINE, &b);
	b.size = 0;
	bdt_loss_encode(&b, loss, 2);
	fuzz_own("LOSS", BDT_LOSS, &b);
	b.size = 0;
	bdt_snapshot_encode(&b, "start", pieces, 2);
	fuzz_own("SNAPSHOT", BDT_SNAPSHOT, &b);
	bdt_buf_free(&b);
	bdt_pageflags_begin(&e, false, 0);
	bdt_pageflags_add(&e, &chunks[0], flags);
	bdt_pageflags_add(&e, &chunks[1], flags);
	bdt_pageflags_end(&e);
	fuzz_own("PAGEFLAGS", BDT_PAGEFLAGS, &e.out);
	bdt_buf_free(&e.out);
}

static void fuzz_containers(bool big_endian)
{
	struct bdt_buf b = { .big_endian = big_endian };
	struct build_places at;

	build_plain(&b, &at);
	fuzz(big_endian ? "version 7, big endian" : "version 7", b.data, b.size);
	b.size = 0;
	build_v6(&b);
	fuzz(big_endian ? "version 6, big endian" : "version 6", b.data, b.size);
	bdt_buf_free(&b);
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int fuzz_corpus(void)
{
	const char *top = getenv("top_srcdir");
	char directory[2048], path[4096];
	struct dirent **entries;
	int n;

	snprintf(directory, sizeof(directory), "%s/tests/fuzz/corpus", top ? top : ".");
	n = scandir(directory, &entries, visible, alphasort);
	for (int i = 0; i < n; i++) {
		uint8_t *data;
		size_t size;

		snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
		data = fixture_read(path, &size);
		fuzz(entries[i]->d_name, data, size);
		free(data);
		free(entries[i]);
	}
	free(n < 0 ? NULL : entries);
	return n;
}

int main(void)
{
	const struct rlimit limit = { MEMORY_MAX, MEMORY_MAX };
	int n;

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGSEGV, died);
	signal(SIGABRT, died);
	signal(SIGALRM, died);
#ifndef __SANITIZE_ADDRESS__
	setrlimit(RLIMIT_AS, &limit);
#else
	(void)limit;
#endif
	fuzz_containers(false);
	fuzz_containers(true);
	fuzz_sections();
	n = fuzz_corpus();
	if (n <= 0)
		printf("not ok 9 - tests/fuzz/corpus cannot be read\n");
	printf("1..%d\n", 8 + (n > 0 ? n : 1));
	return n <= 0;
}
