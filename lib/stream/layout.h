/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_STREAM_LAYOUT_H
#define BT_STREAM_LAYOUT_H

#include <buddytrace/diag.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Where things are in a ring buffer's sub-buffer, and how to load integers of the recorded machine. */
struct bdt_layout {
	bool big_endian;
	uint32_t page_size;     /* sub-buffer, bytes */
	uint32_t stamp_offset;  /* u64 time stamp of the sub-buffer */
	uint32_t commit_offset; /* committed length and flags */
	uint32_t commit_size;   /* 4 or 8 bytes, a long of the recorded machine */
	uint32_t data_offset;   /* first event */
};

/*
 * Reads the text of events/header_page; an empty text means the layout that all known kernels have for
 * `long_size` (4 or 8).  0, or -EBADMSG when the parts overlap or do not fit `page_size`.
 */
int bdt_layout_parse(struct bdt_layout *layout, const char *text, size_t len, unsigned int long_size,
		     uint32_t page_size, bool big_endian, struct bdt_diag *diag);

/* Size of a sub-buffer and of a long, bytes, as a header_page text tells; false when it does not. */
bool bdt_layout_sizes(const char *text, uint32_t *page_size, unsigned int *long_size);

static inline bool bdt_host_big_endian(void)
{
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
}

/* Loads of unaligned integers in the byte order `big`. */
static inline uint16_t bdt_load16(const uint8_t *at, bool big)
{
	uint16_t v;

	memcpy(&v, at, sizeof(v));
	return big == bdt_host_big_endian() ? v : __builtin_bswap16(v);
}

static inline uint32_t bdt_load32(const uint8_t *at, bool big)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return big == bdt_host_big_endian() ? v : __builtin_bswap32(v);
}

static inline uint64_t bdt_load64(const uint8_t *at, bool big)
{
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	return big == bdt_host_big_endian() ? v : __builtin_bswap64(v);
}

#endif
