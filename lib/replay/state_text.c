/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "replay/state_text.h"
#include "base/outfile.h"
#include "model/dump.h"
#include <errno.h>
#include <inttypes.h>

static void write_list(const struct bdt_zone *z, bdt_order order, bdt_migratetype mt, FILE *out)
{
	for (uint32_t at = z->list[mt][order].head; at != BT_PAGE_NIL; at = z->next[at])
		fprintf(out, "block: order=%u type=%u pfn=0x%" PRIx64 " known=%d\n", order, mt, z->base + at,
			!!(z->page_flags[at] & BT_ZP_KNOWN));
}

static void write_types(const struct bdt_zone *z, FILE *out)
{
	const uint64_t size = 1ULL << z->pageblock_order;
	uint64_t first = 0;

	for (uint64_t b = 1; b <= z->nblocks; b++) {
		bdt_migratetype mt = bdt_zone_type(z, z->base + first * size);

		if (b < z->nblocks && bdt_zone_type(z, z->base + b * size) == mt)
			continue;
		fprintf(out, "types: pfn=0x%" PRIx64 " blocks=%" PRIu64 " type=%u\n", z->base + first * size,
			b - first, mt);
		first = b;
	}
}

static int write_zone(const struct bdt_zone *z, FILE *out)
{
	struct bdt_buf text = { 0 };
	int err = bdt_zone_dump(z, &text);

	if (!err)
		fwrite(text.data, 1, text.size, out);
	bdt_buf_free(&text);
	for (bdt_order o = 0; !err && o <= z->max_order; o++)
		for (bdt_migratetype mt = 0; mt < BT_MAX_MIGRATETYPES; mt++)
			write_list(z, o, mt, out);
	if (!err)
		write_types(z, out);
	return err;
}

int bdt_state_write(const struct bdt_state *s, const char *path, struct bdt_diag *diag)
{
	struct bdt_outfile out;
	int err = bdt_outfile_open(&out, path, diag);

	if (err)
		return err;
	for (size_t i = 0; !err && i < s->nzones; i++)
		err = write_zone(s->zones[i], out.f);
	if (!err)
		return bdt_outfile_commit(&out, diag);
	bdt_outfile_abandon(&out);
	return bdt_diag_set(diag, err, BT_NO_OFFSET, "%s: not enough memory", path);
}
