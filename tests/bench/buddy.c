/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * buddy [PROFILE [MEBIBYTES]]: what the model itself costs.  Requests and frees at random on one zone, in
 * tides, on a machine of that size; prints operations (one request served, or one block freed) per CPU
 * second, and bytes per page of modelled memory: address space, and what is resident after all of it was
 * used.
 */
#include "model/rmqueue.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define OPERATIONS 20000000UL
#define HELD       (1U << 15)

static uint64_t rng_state = 1;

static uint32_t rng(void)
{
	rng_state = rng_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(rng_state >> 32);
}

static double cpu_seconds(struct rusage *u)
{
	getrusage(RUSAGE_SELF, u);
	return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) +
	       (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec) * 1e-6;
}

/* All that the loop of operations needs at hand. */
struct held {
	uint32_t page;
	uint8_t order, type;
};

static struct held held[HELD];
static unsigned long requests, fallbacks, refused;

static void run(struct bdt_zone *z, unsigned long operations)
{
	/* nearly all requests are for single pages */
	static const uint8_t orders[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3 };
	enum bdt_rmqueue_mode mode;
	struct bdt_choice c;
	size_t n = 0;

	for (unsigned long op = 0; op < operations; op++) {
		uint32_t r = rng();
		bool filling = op / 100000 % 2 == 0;

		if (n < HELD && (!n || r % 8 < (filling ? 5U : 3U))) {
			struct bdt_request rq = { orders[r >> 4 & 15], r >> 8 & 1 ? 1 : (r >> 9) % 3, 0 };

			requests++;
			mode = BDT_RMQUEUE_NORMAL;
			if (!bdt_rmqueue(z, &rq, &mode, &c)) {
				refused++;
				continue;
			}
			fallbacks += c.source != BDT_FROM_OWN;
			held[n++] = (struct held){ (uint32_t)(c.pfn - z->base), (uint8_t)rq.order,
						   (uint8_t)bdt_zone_type(z, c.pfn) };
		} else {
			size_t i = r % n;
			struct held h = held[i];

			held[i] = held[--n];
			bdt_buddy_free(z, z->base + h.page, h.order, bdt_zone_type(z, z->base + h.page), 0);
		}
	}
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "6.18";
	uint64_t pages = (argc > 2 ? strtoull(argv[2], NULL, 10) : 1024) << 8;
	struct bdt_profile profile;
	struct rusage before, after;
	struct bdt_zone *z;
	double start, seconds;

	pages &= ~1023ULL;
	if (!pages || bdt_profile_find(name, &profile, NULL) ||
	    bdt_zone_create(&profile, 1 << 20, (1 << 20) + pages, 10, 9, &z)) {
		fprintf(stderr, "%s: no such profile, or no memory for %llu pages\n", name,
			(unsigned long long)pages);
		return 1;
	}
	cpu_seconds(&before);
	for (uint64_t p = 0; p < pages; p += 1024)
		bdt_buddy_free_by_type(z, z->start + p, 10, 0);
	start = cpu_seconds(&after);
	printf("%s: %llu pages free: %.3f bytes resident per page\n", profile.name, (unsigned long long)pages,
	       (double)(after.ru_maxrss - before.ru_maxrss) * 1024 / (double)pages);
	run(z, OPERATIONS);
	seconds = cpu_seconds(&after) - start;
	printf("%s: %.1f million operations per CPU second (%lu: %lu requests, %lu fallbacks, %lu refused)\n",
	       profile.name, (double)OPERATIONS / seconds / 1e6, OPERATIONS, requests, fallbacks, refused);
	printf("%s: %.2f bytes of address space per page, %.2f resident\n", profile.name,
	       (double)z->mapped / (double)pages,
	       (double)(after.ru_maxrss - before.ru_maxrss) * 1024 / (double)pages);
	bdt_zone_destroy(z);
	return 0;
}
