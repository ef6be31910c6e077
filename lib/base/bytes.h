/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_BASE_BYTES_H
#define BT_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Unaligned integers of a given byte order; `size` is 1 to 8 bytes. */
static inline uint64_t bdt_load(const void *from, size_t size, bool big_endian)
{
	const uint8_t *p = from;
	uint64_t value = 0;

	for (size_t i = 0; i < size; i++)
		value |= (uint64_t)p[i] << 8 * (big_endian ? size - 1 - i : i);
	return value;
}

static inline void bdt_store(void *to, size_t size, bool big_endian, uint64_t value)
{
	uint8_t *p = to;

	for (size_t i = 0; i < size; i++)
		p[i] = (uint8_t)(value >> 8 * (big_endian ? size - 1 - i : i));
}

/*
 * Reads forward through bytes that came from outside.  A read past the end gives 0, NULL or "" and sets
 * `bad`, which stays set: a parser may read a whole record and look at `bad` once, provided that no count it
 * loops over is taken on trust (every round of the loop must check).  Nothing is copied: what it returns
 * lives as long as `data`.
 */
struct bdt_cursor {
	const uint8_t *data;
	size_t size, pos; /* bytes; pos <= size */
	bool big_endian;
	bool bad;
};

static inline size_t bdt_cursor_left(const struct bdt_cursor *c)
{
	return c->bad ? 0 : c->size - c->pos;
}

/* `size` bytes, NULL (and `bad`) if there are fewer. */
static inline const void *bdt_cursor_bytes(struct bdt_cursor *c, uint64_t size)
{
	const void *p;

	if (c->bad || size > c->size - c->pos) {
		c->bad = true;
		return NULL;
	}
	p = c->data + c->pos;
	c->pos += (size_t)size;
	return p;
}

static inline uint64_t bdt_cursor_uint(struct bdt_cursor *c, size_t size)
{
	const void *p = bdt_cursor_bytes(c, size);

	return p ? bdt_load(p, size, c->big_endian) : 0;
}

static inline uint16_t bdt_cursor_u16(struct bdt_cursor *c)
{
	return (uint16_t)bdt_cursor_uint(c, 2);
}

static inline uint32_t bdt_cursor_u32(struct bdt_cursor *c)
{
	return (uint32_t)bdt_cursor_uint(c, 4);
}

static inline uint64_t bdt_cursor_u64(struct bdt_cursor *c)
{
	return bdt_cursor_uint(c, 8);
}

/* A string up to and with its NUL, which must be there; never NULL. */
static inline const char *bdt_cursor_str(struct bdt_cursor *c)
{
	size_t left = bdt_cursor_left(c);
	const uint8_t *nul = left ? memchr(c->data + c->pos, 0, left) : NULL;

	if (!nul) {
		c->bad = true;
		return "";
	}
	return bdt_cursor_bytes(c, (uint64_t)(nul - (c->data + c->pos)) + 1);
}

#endif
