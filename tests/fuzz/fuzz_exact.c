/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads mutated exact lists (lib/machine/exactlists.c), compares them with a model, and lets the model take them over.
 * Nothing may crash or hang; what can be read must be inside of its zone, must read the same when it was written
 * again, and must leave the model in order.  The seeds, tests/fuzz/exact, are pieces of a recording of kernel 6.18
 * (`record --exact`) in which zones and lists were made small.
 *
 *	BUDDYTRACE_FUZZ		mutations per seed (default 1000)
 *	BUDDYTRACE_FUZZ_SEED	start of the random numbers (default 1)
 */
#include <config.h>

#include "inspect/parted.h"
#include "machine/exactlists.h"
#include "replay/adopt.h"
#include "tests/fuzz/mutate.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECONDS        120 /* for one seed, before it counts as hanging */
#define MAX_ORDER      10
#define PAGEBLOCK      9
#define ZONE_PAGES_MAX (1ULL << 16)

static unsigned long readable, adopted;

static void expect(bool good)
{
	if (!good)
		abort();
}

/* What decoding promises to those who come behind it. */
static void check_entries(const struct bdt_exact_lists *l)
{
	for (uint32_t i = 0; i < l->nlists; i++) {
		const struct bdt_exact_list *list = &l->list[i];

		for (uint32_t k = 0; k < list->first + list->last; k++) {
			uint64_t pfn = list->pfns[k], pages = 1ULL << list->order;

			expect(!(pfn % pages) && pfn >= l->start && pfn + pages <= l->end);
		}
	}
}

static void check_round_trip(const struct bdt_exact_lists *l)
{
	struct bdt_buf first = { .data = NULL }, second = { .data = NULL };
	struct bdt_exact_lists again;
	struct bdt_diag diag = { 0 };

	bdt_exact_encode(&first, l);
	expect(!bdt_exact_decode(first.data, first.size, &again, &diag));
	bdt_exact_encode(&second, &again);
	expect(first.size == second.size && !memcmp(first.data, second.data, first.size));
	bdt_exact_finish(&again);
	bdt_buf_free(&first);
	bdt_buf_free(&second);
}

/* A model of the seed's zone; NULL when it is too large. */
static struct bdt_zone *make_zone(const struct bdt_exact_lists *seed)
{
	static struct bdt_profile profile;
	struct bdt_zone *z;
	bool exact;

	if (seed->end - seed->start > ZONE_PAGES_MAX)
		return NULL;
	/* in 6.1 a block may be on a list of another type than its pageblock, as it may in a mutant */
	expect(!bdt_profile_find("6.1.0", &profile, &exact));
	expect(!bdt_zone_create(&profile, seed->start, seed->end, MAX_ORDER, PAGEBLOCK, &z));
	expect(!bdt_zone_track(z));
	z->node = seed->node;
	snprintf(z->name, sizeof(z->name), "%s", seed->zone);
	return z;
}

/* The model has what the seed says, then what the mutant says. */
static void try_model(const struct bdt_exact_lists *seed, const struct bdt_exact_lists *mutant)
{
	struct bdt_exact_result results[2] = { { .name = "seed" }, { .name = "mutant" } };
	struct bdt_parted parted = { .results = results };
	struct bdt_zone *z = make_zone(seed);
	struct bdt_state state = { .nzones = 1, .zones = { z } };

	if (!z)
		return;
	state.profile = z->profile;
	bdt_parted_lists(&parted, &state, seed, &results[0]);
	bdt_adopt(&state, seed, &results[0]);
	bdt_parted_lists(&parted, &state, mutant, &results[1]);
	bdt_adopt(&state, mutant, &results[1]);
	bdt_parted_sort(&parted);
	expect(!bdt_zone_validate(z));
	adopted += results[1].parts;
	bdt_parted_finish(&parted);
	bdt_zone_destroy(z);
}

static void try_piece(const struct bdt_exact_lists *seed, const uint8_t *data, size_t size)
{
	static struct bdt_exact_lists lists;
	struct bdt_diag diag = { 0 };
	uint32_t id;
	bool pcp;

	bdt_exact_peek_id(data, size, &id, &pcp);
	if (bdt_exact_decode(data, size, &lists, &diag)) {
		expect(diag.err && diag.text[0]);
		return;
	}
	readable++;
	check_entries(&lists);
	check_round_trip(&lists);
	try_model(seed, &lists);
	bdt_exact_finish(&lists);
}

static void fuzz(const char *name, const uint8_t *seed, size_t size)
{
	unsigned long first = fuzz_number("BUDDYTRACE_FUZZ_SEED", 1), n = fuzz_number("BUDDYTRACE_FUZZ", 1000);
	static struct bdt_exact_lists lists;
	static int tests;
	struct bdt_diag diag = { 0 };

	fuzz_now.seed = name;
	alarm(SECONDS + (unsigned int)(n / 100));
	expect(!bdt_exact_decode(seed, size, &lists, &diag));
	try_piece(&lists, seed, size);
	for (unsigned long i = first; i < first + n; i++) {
		/* of its own for each, so that a sanitizer sees what is read behind its end */
		uint8_t *room = malloc(size + FUZZ_GROWTH), *data;
		size_t mutant;

		expect(room);
		fuzz_now.mutation = i;
		fuzz_mutate(i, seed, size, room, &mutant);
		data = malloc(mutant);
		expect(data);
		memcpy(data, room, mutant);
		free(room);
		try_piece(&lists, data, mutant);
		free(data);
	}
	bdt_exact_finish(&lists);
	printf("ok %d - %s: mutations %lu to %lu\n", ++tests, name, first, first + n - 1);
}

int main(void)
{
	int n;

	fuzz_set_up();
	n = fuzz_each_seed("tests/fuzz/exact", fuzz);
	printf("# %lu could be read, %lu were taken over by a model\n", readable, adopted);
	printf("%sok %d - some are read and taken over\n1..%d\n", readable && adopted ? "" : "not ", n + 1, n + 1);
	return !(n > 0 && readable && adopted);
}
