/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/mutate.h"
#include "tests/unit/tracefile_fixture.h"
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fuzz_now fuzz_now;

static uint64_t rng_state;

uint32_t fuzz_below(uint32_t n)
{
	rng_state ^= rng_state << 13;
	rng_state ^= rng_state >> 7;
	rng_state ^= rng_state << 17;
	return n ? (uint32_t)((rng_state >> 16) % n) : 0;
}

static void flip(uint8_t *data, size_t *size)
{
	data[fuzz_below((uint32_t)*size)] ^= (uint8_t)(1u << fuzz_below(8));
}

static void overwrite(uint8_t *data, size_t *size)
{
	static const uint64_t values[] = { 0,      1,          0x7f,       0xff,      0x8000,
					   0xffff, 0x7fffffff, 0xffffffff, UINT64_MAX };
	uint64_t value = values[fuzz_below(9)] + fuzz_below(3) - 1;
	uint32_t width = 1u << fuzz_below(4);

	if (*size >= width)
		memcpy(data + fuzz_below((uint32_t)(*size - width + 1)), &value, width);
}

static void copy_inside(uint8_t *data, size_t *size)
{
	uint32_t n = 1 + fuzz_below(32);

	if (*size > n)
		memmove(data + fuzz_below((uint32_t)(*size - n)), data + fuzz_below((uint32_t)(*size - n)), n);
}

static void truncate_end(uint8_t *data, size_t *size)
{
	(void)data;
	*size = 1 + fuzz_below((uint32_t)*size);
}

static void remove_some(uint8_t *data, size_t *size)
{
	uint32_t n = 1 + fuzz_below(16), at;

	if (*size <= n)
		return;
	at = fuzz_below((uint32_t)(*size - n));
	memmove(data + at, data + at + n, *size - at - n);
	*size -= n;
}

static void insert_some(uint8_t *data, size_t *size)
{
	uint32_t at = fuzz_below((uint32_t)*size), n = 1 + fuzz_below(FUZZ_GROWTH / 64);

	memmove(data + at + n, data + at, *size - at);
	*size += n;
}

/* Flips and integers are the most useful ones. */
static void (*const mutations[])(uint8_t *data, size_t *size) = {
	flip, flip, overwrite, overwrite, overwrite, copy_inside, truncate_end, remove_some, insert_some,
};

void fuzz_mutate(unsigned long number, const uint8_t *seed, size_t seed_size, uint8_t *data, size_t *size)
{
	uint32_t rounds;

	rng_state = number * 0x9e3779b97f4a7c15ull | 1;
	fuzz_below(0);
	rounds = 1 + fuzz_below(8);
	memcpy(data, seed, seed_size);
	*size = seed_size;
	for (uint32_t i = 0; i < rounds; i++)
		mutations[fuzz_below(sizeof(mutations) / sizeof(mutations[0]))](data, size);
}


unsigned long fuzz_number(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoul(text, NULL, 0) : otherwise;
}

static void died(int sig)
{
	char text[256];
	int n = snprintf(text, sizeof(text), "# signal %d in %s, mutation %lu\n", sig, fuzz_now.seed,
			 fuzz_now.mutation);

	(void)!write(STDERR_FILENO, text, (size_t)n);
	signal(sig, SIG_DFL);
	raise(sig);
}

void fuzz_set_up(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGSEGV, died);
	signal(SIGABRT, died);
	signal(SIGALRM, died);
}

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int fuzz_each_seed(const char *folder, void (*each)(const char *name, const uint8_t *seed, size_t size))
{
	const char *top = getenv("top_srcdir");
	char directory[2048], path[4096];
	struct dirent **entries;
	int n;

	snprintf(directory, sizeof(directory), "%s/%s", top ? top : ".", folder);
	n = scandir(directory, &entries, visible, alphasort);
	for (int i = 0; i < n; i++) {
		uint8_t *data;
		size_t size;

		snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
		data = fixture_read(path, &size);
		each(entries[i]->d_name, data, size);
		free(data);
		free(entries[i]);
	}
	free(n < 0 ? NULL : entries);
	return n;
}
