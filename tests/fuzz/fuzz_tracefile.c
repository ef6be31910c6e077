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

#include "tests/fuzz/mutate.h"
#include "tests/unit/tracefile_build.h"
#include "tests/unit/tracefile_fixture.h"
#include "tracefile/own.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define SECONDS    120 /* for one seed, before it counts as hanging */
#define MEMORY_MAX (3ull << 30)

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

static void fuzz(const char *name, const uint8_t *seed, size_t seed_size)
{
	unsigned long first = fuzz_number("BUDDYTRACE_FUZZ_SEED", 1), n = fuzz_number("BUDDYTRACE_FUZZ", 1000);
	unsigned long only = fuzz_number("BUDDYTRACE_FUZZ_ONLY", 0);
	uint8_t *data = malloc(seed_size + FUZZ_GROWTH);
	static int tests;
	size_t size;

	if (!data)
		abort();
	fuzz_now.seed = name;
	alarm(SECONDS + (unsigned int)(n / 100));
	try_file(seed, seed_size);
	for (unsigned long i = only ? only : first; i < (only ? only + 1 : first + n); i++) {
		fuzz_now.mutation = i;
		fuzz_mutate(i, seed, seed_size, data, &size);
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

int main(void)
{
	const struct rlimit limit = { MEMORY_MAX, MEMORY_MAX };
	int n;

	fuzz_set_up();
#ifndef __SANITIZE_ADDRESS__
	setrlimit(RLIMIT_AS, &limit);
#else
	(void)limit;
#endif
	fuzz_containers(false);
	fuzz_containers(true);
	fuzz_sections();
	n = fuzz_each_seed("tests/fuzz/corpus", fuzz);
	if (n <= 0)
		printf("not ok 9 - tests/fuzz/corpus cannot be read\n");
	printf("1..%d\n", 8 + (n > 0 ? n : 1));
	return n <= 0;
}
