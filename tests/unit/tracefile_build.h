/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TRACEFILE_BUILD_H
#define TRACEFILE_BUILD_H

#include "base/buf.h"
#include "tracefile/format.h"

/*
 * Trace files put together by hand, piece by piece, so that each piece can be wrong.  Sub-buffers are 64
 * bytes. All functions add to `b` and abort when out of memory.
 */
#define BUILD_PAGE 64 /* bytes of a sub-buffer */

/* Header of version 7 up to the offset of the options, which is 0 and returned as its own position. */
size_t build_v7_header(struct bdt_buf *b, const char *version, const char *algorithm);
/* A section; returns its offset. */
size_t build_section(struct bdt_buf *b, uint16_t id, uint16_t flags, const struct bdt_buf *content);
/* An option with one integer of `size` bytes. */
void build_option(struct bdt_buf *options, uint16_t id, size_t size, uint64_t value);
/* Sets an integer in the bytes that are there already. */
void build_patch(struct bdt_buf *b, size_t at, size_t size, uint64_t value);
/* header_page and header_event, for HEADER_INFO and version 6. */
void build_header_info(struct bdt_buf *b);
/* One system with one format, for EVENT_FORMATS and version 6. */
void build_formats(struct bdt_buf *b);

/* The parts of a plain file that a test may want to change. */
struct build_places {
	size_t header_options;                        /* where the header holds the offset of the options */
	size_t header_info, formats, buffer, options; /* sections */
	size_t done;                                  /* value of the DONE option */
	size_t chunks;                                /* build_packed() only: the number of chunks */
	size_t cpus; /* build_plain() only: first CPU of the BUFFER option: u32 cpu, u64 offset, u64 size */
};
/* Version 7 without compression, two CPUs with 3 and 1 sub-buffers. */
void build_plain(struct bdt_buf *b, struct build_places *places);
/* Version 7 with zstd, one CPU with 6 sub-buffers, and one more section if `own` is not NULL. */
void build_packed(struct bdt_buf *b, struct build_places *places, const struct bdt_buf *own, uint16_t own_id);
/* Version 6, two CPUs with 3 and 1 sub-buffers. */
void build_v6(struct bdt_buf *b);

#endif
