/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_BASE_BUF_H
#define BT_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Bytes that grow at the end.  Start with { 0 } or { .big_endian = ... }.  A failed allocation sets `err` to
 * -ENOMEM, and from then on nothing is added: write a whole record, look at `err` once.
 */
struct bdt_buf {
	uint8_t *data;
	size_t size, room; /* bytes */
	bool big_endian;
	int err;
};

/* Frees the bytes; the buf is empty and usable again, its byte order kept. */
void bdt_buf_free(struct bdt_buf *b);
/* Adds `size` bytes and returns where they start, for the caller to fill; NULL when out of memory. */
void *bdt_buf_grow(struct bdt_buf *b, size_t size);
void bdt_buf_put(struct bdt_buf *b, const void *data, size_t size);
/* An integer of 1 to 8 bytes in the byte order of the buf. */
void bdt_buf_uint(struct bdt_buf *b, size_t size, uint64_t value);
/* A string with its NUL. */
void bdt_buf_str(struct bdt_buf *b, const char *s);

#endif
