/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/dump.h"
#include <stdarg.h>
#include <stdio.h>

/* Spreads each bit over the word; from the finalizer of MurmurHash3, with the constants of splitmix64. */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ULL;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return x ^ x >> 31;
}

static void add(struct bdt_zone_hash *h, uint64_t element)
{
	h->set += mix(element);
	h->ordered = mix(h->ordered ^ mix(element));
}

/* Elements of lists and of pageblocks must differ: the upper bits tell them apart. */
static struct bdt_zone_hash hash_list(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt)
{
	struct bdt_zone_hash h = { 0, 0 };

	for (uint32_t at = z->list[mt][order].head; at != BT_PAGE_NIL; at = z->next[at])
		add(&h, (z->base + at) << 8 | order << 4 | mt);
	return h;
}

static struct bdt_zone_hash hash_types(const struct bdt_zone *z, bdt_migratetype mt, uint64_t *n)
{
	const uint64_t size = 1ULL << z->pageblock_order;
	struct bdt_zone_hash h = { 0, 0 };

	*n = 0;
	for (uint64_t b = 0; b < z->nblocks; b++)
		if (bdt_zone_type(z, z->base + b * size) == mt) {
			add(&h, 1ULL << 63 | (z->base + b * size) << 8 | mt);
			++*n;
		}
	return h;
}

/* What one list or type adds to the zone's. */
static void combine(struct bdt_zone_hash *all, struct bdt_zone_hash part)
{
	all->set += part.set;
	all->ordered = mix(all->ordered ^ part.ordered);
}

struct bdt_zone_hash bdt_zone_hash(const struct bdt_zone *z)
{
	struct bdt_zone_hash all = { 0, 0 };
	uint64_t n;

	for (bdt_order o = 0; o <= z->max_order; o++)
		for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++)
			combine(&all, hash_list(z, o, mt));
	for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++)
		combine(&all, hash_types(z, mt, &n));
	return all;
}

__attribute__((format(printf, 2, 3))) static void line(struct bdt_buf *out, const char *format, ...)
{
	char text[256];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	bdt_buf_put(out, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
}

#define ULL(x) ((unsigned long long)(x))

int bdt_zone_dump(const struct bdt_zone *z, struct bdt_buf *out)
{
	struct bdt_zone_hash h = bdt_zone_hash(z);
	uint64_t n;

	line(out, "zone: node=%d name=%s start=%#llx end=%#llx profile=%s\n", z->node, z->name, ULL(z->start),
	     ULL(z->end), z->profile->name);
	line(out, "free: all=%llu cma=%llu highatomic=%llu isolate=%llu blocks=%llu\n", ULL(z->free_pages),
	     ULL(z->nr_free_cma), ULL(z->nr_free_highatomic), ULL(z->nr_free_isolate),
	     ULL(z->nr_free_blocks));
	line(out, "kept: highatomic=%llu boost=%llu\n", ULL(z->nr_reserved_highatomic),
	     ULL(z->watermark_boost));
	for (bdt_order o = 0; o <= z->max_order; o++)
		for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++) {
			struct bdt_zone_hash part = hash_list(z, o, mt);

			if (z->list[mt][o].nr_free)
				line(out, "list: order=%u type=%u n=%u set=%016llx ordered=%016llx\n", o, mt,
				     z->list[mt][o].nr_free, ULL(part.set), ULL(part.ordered));
		}
	for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++) {
		struct bdt_zone_hash part = hash_types(z, mt, &n);

		if (n)
			line(out, "pageblocks: type=%u n=%llu set=%016llx\n", mt, ULL(n), ULL(part.set));
	}
	line(out, "hash: set=%016llx ordered=%016llx\n", ULL(h.set), ULL(h.ordered));
	return out->err;
}
