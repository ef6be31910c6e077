/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BT_TESTS_SUBBUF_H
#define BT_TESTS_SUBBUF_H

#include "stream/walk.h"

/* Builds sub-buffers by hand, in any byte order and with any size of long. */
struct subbuf {
	struct bdt_layout layout;
	uint8_t data[4096];
	uint32_t used; /* bytes of records */
};

/* Starts an empty sub-buffer of `size` bytes with stamp `ts`. */
void subbuf_start(struct subbuf *b, bool big, unsigned int long_size, uint32_t size, uint64_t ts);
/* Appends integers. */
void subbuf_u32(struct subbuf *b, uint32_t value);
void subbuf_u64(struct subbuf *b, uint64_t value);
/* Appends a record header. */
void subbuf_header(struct subbuf *b, uint32_t type, uint32_t delta);
/* Appends a data record of `words` 4-byte words (1..28), the first of which is `tag`, the others 0. */
void subbuf_record(struct subbuf *b, uint32_t delta, uint32_t words, uint32_t tag);
/* Writes the commit word: used | flags; with `lost` >= 0 the number is stored behind the data. */
void subbuf_commit(struct subbuf *b, uint32_t flags, int64_t lost);

#endif
