/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tracefile/file.h"

#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

struct bdt_pages {
	const struct bdt_tracefile *tf;
	const struct bdt_extent *extent;
	uint32_t cpu;
	uint64_t pos, end; /* offsets in the data of the CPU */
	bool cut;          /* data may end anywhere: stop there without a word */
	uint32_t chunks;   /* left, by the count in front of them */
	uint8_t *packed, *data;
	size_t packed_room, data_room; /* bytes */
	ZSTD_DCtx *zstd;
};

int bdt_pages_open(const struct bdt_tracefile *tf, size_t i, struct bdt_pages **out, struct bdt_diag *diag)
{
	const struct bdt_extent *extent = &tf->extents[i];
	struct bdt_pages *p = calloc(1, sizeof(*p));
	uint8_t word[BT_CHUNK_COUNT];

	if (!p)
		return bdt_file_enomem(tf, diag);
	p->tf = tf;
	p->extent = extent;
	p->cpu = tf->cpus[i].cpu;
	p->end = extent->size;
	p->cut = extent->cut;
	if (tf->packed) {
		int err = 0;

		p->zstd = ZSTD_createDCtx();
		if (!p->zstd)
			err = bdt_file_enomem(tf, diag);
		else if (extent->size >= sizeof(word))
			err = bdt_file_read_data(tf, extent, 0, word, sizeof(word), diag);
		else
			p->end = 0;
		if (err) {
			bdt_pages_close(p);
			return err;
		}
		if (p->pos < p->end) {
			p->chunks = extent->counted
					    ? extent->nchunks
					    : (uint32_t)bdt_load(word, sizeof(word), tf->info.big_endian);
			p->pos += sizeof(word);
		}
	}
	*out = p;
	return 0;
}

void bdt_pages_close(struct bdt_pages *p)
{
	if (!p)
		return;
	ZSTD_freeDCtx(p->zstd);
	free(p->packed);
	free(p->data);
	free(p);
}

static int at_end(struct bdt_pages *p)
{
	p->pos = p->end;
	p->chunks = 0;
	return 1;
}

/* What was not completed may end in anything. */
static int corrupt(struct bdt_pages *p, const char *what, struct bdt_diag *diag)
{
	uint64_t at = p->extent->offset + p->pos;

	at_end(p);
	if (p->extent->counted)
		return 1;
	return bdt_diag_set(diag, -EBADMSG, at, "%s: CPU %u, byte %ju: %s", p->tf->path, p->cpu,
			    (uintmax_t)at, what);
}

static bool reserve(uint8_t **data, size_t *room, size_t size)
{
	uint8_t *grown;

	if (size <= *room)
		return true;
	grown = realloc(*data, size);
	if (!grown)
		return false;
	*data = grown;
	*room = size;
	return true;
}

/* Sub-buffers as they are: a cut file may hold half of the last one. */
static int next_raw(struct bdt_pages *p, size_t *size, struct bdt_diag *diag)
{
	uint32_t page = p->tf->info.page_size;
	uint64_t left = p->end - p->pos;
	int err;

	*size = left < (uint64_t)BT_CHUNK_PAGES * page ? (size_t)(left - left % page)
						       : (size_t)BT_CHUNK_PAGES * page;
	if (!*size)
		return at_end(p);
	if (!reserve(&p->data, &p->data_room, *size))
		return bdt_file_enomem(p->tf, diag);
	err = bdt_file_read_data(p->tf, p->extent, p->pos, p->data, *size, diag);
	if (!err)
		p->pos += *size;
	return err;
}

static int next_chunk(struct bdt_pages *p, size_t *size, struct bdt_diag *diag)
{
	const struct bdt_tracefile_info *info = &p->tf->info;
	uint64_t left = p->end - p->pos;
	uint8_t head[BT_CHUNK_HEADER];
	uint32_t csize, usize;
	int err;

	/* Some writers count the word in front of the chunks in the size. */
	if (!p->chunks && (p->cut || left <= BT_CHUNK_COUNT))
		return at_end(p);
	if (!p->chunks)
		return corrupt(p, "more data than the number of chunks says", diag);
	if (left < sizeof(head))
		return p->cut ? at_end(p) : corrupt(p, "chunks are missing", diag);
	err = bdt_file_read_data(p->tf, p->extent, p->pos, head, sizeof(head), diag);
	if (err)
		return err;
	csize = (uint32_t)bdt_load(head, 4, info->big_endian);
	usize = (uint32_t)bdt_load(head + 4, 4, info->big_endian);
	if (csize > left - sizeof(head))
		return p->cut ? at_end(p) : corrupt(p, "a chunk longer than the CPU's data", diag);
	if (!usize || usize > BT_CHUNK_MAX || usize % info->page_size)
		return corrupt(p, "a chunk of an impossible size", diag);
	if (!reserve(&p->packed, &p->packed_room, csize) || !reserve(&p->data, &p->data_room, usize))
		return bdt_file_enomem(p->tf, diag);
	err = bdt_file_read_data(p->tf, p->extent, p->pos + sizeof(head), p->packed, csize, diag);
	if (err)
		return err;
	if (ZSTD_decompressDCtx(p->zstd, p->data, usize, p->packed, csize) != usize)
		return corrupt(p, "a chunk that cannot be decompressed", diag);
	p->pos += sizeof(head) + csize;
	p->chunks--;
	*size = usize;
	return 0;
}

int bdt_pages_next(struct bdt_pages *p, const uint8_t **data, size_t *npages, struct bdt_diag *diag)
{
	size_t size = 0;
	int ret;

	if (p->pos >= p->end && !p->chunks)
		return 1;
	ret = p->tf->packed ? next_chunk(p, &size, diag) : next_raw(p, &size, diag);
	*data = p->data;
	*npages = size / p->tf->info.page_size;
	return ret;
}

uint64_t bdt_pages_position(const struct bdt_pages *p)
{
	return p->pos;
}
