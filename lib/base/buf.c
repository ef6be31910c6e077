/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/buf.h"

#include "base/bytes.h"
#include <errno.h>
#include <stdlib.h>

void bdt_buf_free(struct bdt_buf *b)
{
	free(b->data);
	*b = (struct bdt_buf){ .big_endian = b->big_endian };
}

void *bdt_buf_grow(struct bdt_buf *b, size_t size)
{
	void *start;

	if (b->err)
		return NULL;
	if (size > b->room - b->size) {
		size_t room = b->room ? b->room : 256;
		uint8_t *data = NULL;

		while (room < SIZE_MAX / 2 && size > room - b->size)
			room *= 2;
		if (size <= room - b->size)
			data = realloc(b->data, room);
		if (!data) {
			b->err = -ENOMEM;
			return NULL;
		}
		b->data = data;
		b->room = room;
	}
	start = b->data + b->size;
	b->size += size;
	return start;
}

void bdt_buf_put(struct bdt_buf *b, const void *data, size_t size)
{
	void *to = bdt_buf_grow(b, size);

	if (to && size)
		memcpy(to, data, size);
}

void bdt_buf_uint(struct bdt_buf *b, size_t size, uint64_t value)
{
	void *to = bdt_buf_grow(b, size);

	if (to)
		bdt_store(to, size, b->big_endian, value);
}

void bdt_buf_str(struct bdt_buf *b, const char *s)
{
	bdt_buf_put(b, s, strlen(s) + 1);
}
