/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * PAGEFLAGS (0x8003): /proc/kpageflags of one snapshot, 16 of its bits per page.
 *
 *	u32 version	1
 *	u32 snapshot	which SNAPSHOT option of the file it belongs to, counted from 0
 *	u32 n		chunks
 *	n times:
 *	  u64 first	pfn
 *	  u64 count	pages, 1 to 2^20
 *	  u64 begin	trace time before the read, ns
 *	  u64 end	trace time after it, ns
 *	  u32 size	bytes of the zstd frame
 *	  frame		count times u16, the BT_PAGE_* set of a page
 *
 * Chunks ascend and do not overlap; pages between them were not read.  begin <= end.  The section is not
 * compressed as a whole (its chunks are), so that it can be read piecemeal.
 */
#include "tracefile/own.h"

#include "base/array.h"
#include "tracefile/format.h"
#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

#define NCHUNKS_AT  8 /* offset of n in the section, bytes */
#define COMPRESSION 1

/* Bit number in /proc/kpageflags (include/uapi/linux/kernel-page-flags.h) to our bit. */
static const struct {
	unsigned int kpf;
	uint16_t bit;
} kpf_bits[] = {
	{ 10, BT_PAGE_BUDDY },         { 5, BT_PAGE_LRU },      { 7, BT_PAGE_SLAB },
	{ 12, BT_PAGE_ANON },          { 26, BT_PAGE_PGTABLE }, { 15, BT_PAGE_COMPOUND_HEAD },
	{ 16, BT_PAGE_COMPOUND_TAIL }, { 11, BT_PAGE_MMAP },    { 19, BT_PAGE_NOPAGE }, /* HWPOISON */
	{ 20, BT_PAGE_NOPAGE },        { 23, BT_PAGE_NOPAGE },                          /* OFFLINE */
	{ 32, BT_PAGE_RESERVED },      { 17, BT_PAGE_HUGE },    { 22, BT_PAGE_HUGE },   /* THP */
	{ 18, BT_PAGE_UNEVICTABLE },
};

#define KPF_UPTODATE 3

uint16_t bdt_pageflags_from_kpf(uint64_t kpf)
{
	uint16_t set = 0;

	for (size_t i = 0; i < sizeof(kpf_bits) / sizeof(kpf_bits[0]); i++)
		if (kpf >> kpf_bits[i].kpf & 1)
			set |= kpf_bits[i].bit;
	/* a free page has no contents: the kernel uses the bit otherwise.  cf. PG_reported */
	if (set & BT_PAGE_BUDDY && kpf >> KPF_UPTODATE & 1)
		set |= BT_PAGE_REPORTED;
	return set;
}

void bdt_pageflags_begin(struct bdt_pageflags_encoder *e, bool big_endian, uint32_t snapshot)
{
	*e = (struct bdt_pageflags_encoder){ .out.big_endian = big_endian };
	bdt_buf_uint(&e->out, 4, BT_OWN_VERSION);
	bdt_buf_uint(&e->out, 4, snapshot);
	bdt_buf_uint(&e->out, 4, 0);
}

static int add_frame(struct bdt_buf *out, const uint16_t *flags, size_t count)
{
	size_t size = 2 * count, bound = ZSTD_compressBound(size), start = out->size, done;
	uint8_t *raw = malloc(size), *frame = bdt_buf_grow(out, 4 + bound);

	if (!raw || !frame) {
		free(raw);
		return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++)
		bdt_store(raw + 2 * i, 2, out->big_endian, flags[i]);
	done = ZSTD_compress(frame + 4, bound, raw, size, COMPRESSION);
	free(raw);
	if (ZSTD_isError(done))
		return -EIO;
	bdt_store(frame, 4, out->big_endian, done);
	out->size = start + 4 + done;
	return 0;
}

int bdt_pageflags_add(struct bdt_pageflags_encoder *e, const struct bdt_pageflags_chunk *chunk,
		      const uint16_t *flags)
{
	uint64_t count;
	int err = 0;

	if (!chunk->count || chunk->first < e->end || chunk->count > BT_PAGEFLAGS_PFNS ||
	    chunk->first > BT_PAGEFLAGS_PFNS - chunk->count)
		return -EINVAL;
	for (uint64_t at = 0; at < chunk->count && !err; at += count) {
		count = chunk->count - at < BT_PAGEFLAGS_CHUNK ? chunk->count - at : BT_PAGEFLAGS_CHUNK;
		bdt_buf_uint(&e->out, 8, chunk->first + at);
		bdt_buf_uint(&e->out, 8, count);
		bdt_buf_uint(&e->out, 8, chunk->begin_ns);
		bdt_buf_uint(&e->out, 8, chunk->end_ns);
		err = add_frame(&e->out, flags + at, (size_t)count);
		e->nchunks++;
	}
	e->end = chunk->first + chunk->count;
	return err ? err : e->out.err;
}

void bdt_pageflags_end(struct bdt_pageflags_encoder *e)
{
	if (!e->out.err)
		bdt_store(e->out.data + NCHUNKS_AT, 4, e->out.big_endian, e->nchunks);
}

static int decode_head(struct bdt_cursor *c, uint32_t *snapshot, uint32_t *nchunks)
{
	uint32_t version = bdt_cursor_u32(c);

	*snapshot = bdt_cursor_u32(c);
	*nchunks = bdt_cursor_u32(c);
	if (version > BT_OWN_VERSION)
		return -EPROTONOSUPPORT;
	return c->bad || version != BT_OWN_VERSION ? -EBADMSG : 0;
}

/* The numbers in front of a frame; `end` is the pfn behind the last chunk. */
static int next_chunk(struct bdt_cursor *c, uint64_t *end, struct bdt_pageflags_chunk *chunk,
		      struct bdt_cursor *frame)
{
	uint32_t size;

	chunk->first = bdt_cursor_u64(c);
	chunk->count = bdt_cursor_u64(c);
	chunk->begin_ns = bdt_cursor_u64(c);
	chunk->end_ns = bdt_cursor_u64(c);
	size = bdt_cursor_u32(c);
	*frame = (struct bdt_cursor){ .data = bdt_cursor_bytes(c, size), .size = size };
	if (c->bad || !chunk->count || chunk->count > BT_PAGEFLAGS_CHUNK || chunk->first < *end ||
	    chunk->first > BT_PAGEFLAGS_PFNS - chunk->count || chunk->begin_ns > chunk->end_ns)
		return -EBADMSG;
	*end = chunk->first + chunk->count;
	return 0;
}

int bdt_pageflags_decode_times(struct bdt_cursor *c, uint32_t *snapshot, uint64_t *begin_ns, uint64_t *end_ns)
{
	struct bdt_pageflags_chunk chunk;
	struct bdt_cursor frame;
	uint64_t end = 0;
	uint32_t n;
	int err = decode_head(c, snapshot, &n);

	*begin_ns = UINT64_MAX;
	*end_ns = 0;
	for (uint32_t i = 0; i < n && !err; i++) {
		err = next_chunk(c, &end, &chunk, &frame);
		if (!err && chunk.begin_ns < *begin_ns)
			*begin_ns = chunk.begin_ns;
		if (!err && chunk.end_ns > *end_ns)
			*end_ns = chunk.end_ns;
	}
	return err;
}

static int decode_frame(const struct bdt_cursor *frame, bool big_endian, uint16_t *flags, size_t count)
{
	size_t size = 2 * count, done = ZSTD_decompress(flags, size, frame->data, frame->size);

	if (ZSTD_isError(done) || done != size)
		return -EBADMSG;
	for (size_t i = 0; i < count; i++)
		flags[i] = (uint16_t)bdt_load(&flags[i], 2, big_endian);
	return 0;
}

/* Makes room up to `end`; pages that no chunk covers are BT_PAGE_UNKNOWN. */
static int extend(struct bdt_pageflags *out, uint64_t first, uint64_t end)
{
	uint16_t *flags = realloc(out->flags, (size_t)end * sizeof(*flags));

	if (!flags)
		return -ENOMEM;
	for (uint64_t pfn = out->npages; pfn < first; pfn++)
		flags[pfn] = BT_PAGE_UNKNOWN;
	out->flags = flags;
	out->npages = end;
	return 0;
}

static int decode_chunk(struct bdt_cursor *c, struct bdt_pageflags *out)
{
	struct bdt_pageflags_chunk chunk, *kept;
	struct bdt_cursor frame;
	uint64_t end = out->npages;
	int err = next_chunk(c, &end, &chunk, &frame);

	if (err)
		return err;
	kept = bdt_array_add(&out->chunks, &out->nchunks, sizeof(*kept));
	if (!kept || extend(out, chunk.first, end))
		return -ENOMEM;
	*kept = chunk;
	return decode_frame(&frame, c->big_endian, out->flags + chunk.first, (size_t)chunk.count);
}

int bdt_pageflags_decode(struct bdt_cursor *c, struct bdt_pageflags **out)
{
	struct bdt_pageflags *pf;
	uint32_t snapshot, n;
	int err = decode_head(c, &snapshot, &n);

	if (err)
		return err;
	pf = calloc(1, sizeof(*pf));
	if (!pf)
		return -ENOMEM;
	for (uint32_t i = 0; i < n && !err; i++)
		err = decode_chunk(c, pf);
	if (err) {
		bdt_pageflags_destroy(pf);
		return err;
	}
	*out = pf;
	return 0;
}

void bdt_pageflags_destroy(struct bdt_pageflags *flags)
{
	if (!flags)
		return;
	free(flags->chunks);
	free(flags->flags);
	free(flags);
}
