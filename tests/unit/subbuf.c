/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "subbuf.h"

static void put(const struct bdt_layout *layout, uint8_t *at, uint64_t value, unsigned int size)
{
	for (unsigned int i = 0; i < size; i++)
		at[layout->big_endian ? size - 1 - i : i] = (uint8_t)(value >> (8 * i));
}

static void append(struct subbuf *b, uint64_t value, unsigned int size)
{
	put(&b->layout, b->data + b->layout.data_offset + b->used, value, size);
	b->used += size;
}

void subbuf_start(struct subbuf *b, bool big, unsigned int long_size, uint32_t size, uint64_t ts)
{
	*b = (struct subbuf){ 0 };
	bdt_layout_parse(&b->layout, "", 0, long_size, size, big, NULL);
	put(&b->layout, b->data, ts, 8);
}

void subbuf_u32(struct subbuf *b, uint32_t value)
{
	append(b, value, 4);
}

void subbuf_u64(struct subbuf *b, uint64_t value)
{
	append(b, value, 8);
}

void subbuf_header(struct subbuf *b, uint32_t type, uint32_t delta)
{
	append(b, b->layout.big_endian ? type << 27 | delta : delta << 5 | type, 4);
}

void subbuf_record(struct subbuf *b, uint32_t delta, uint32_t words, uint32_t tag)
{
	subbuf_header(b, words, delta);
	subbuf_u32(b, tag);
	for (uint32_t i = 1; i < words; i++)
		subbuf_u32(b, 0);
}

void subbuf_commit(struct subbuf *b, uint32_t flags, int64_t lost)
{
	const struct bdt_layout *layout = &b->layout;

	put(layout, b->data + layout->commit_offset, b->used | flags, layout->commit_size);
	if (lost >= 0)
		put(layout, b->data + layout->data_offset + b->used, (uint64_t)lost, layout->commit_size);
}
