/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_TRACEFILE_OWN_H
#define BT_TRACEFILE_OWN_H

#include "base/buf.h"
#include "base/bytes.h"
#include <buddytrace/tracefile.h>

/*
 * Contents of our own sections.  encode adds to `out` (whose `err` tells of a lack of memory); decode reads
 * what the section holds, decompressed: 0, -EBADMSG, -ENOMEM, or -EPROTONOSUPPORT for a version newer than
 * this build knows.  Decoded strings and data point into the cursor's bytes; arrays are freed with free().
 */
#define BT_OWN_VERSION 1

struct bdt_pair {
	const char *key, *value;
};
/* MACHINE: `n` pairs in the given order. */
void bdt_machine_encode(struct bdt_buf *out, const struct bdt_pair *pairs, size_t n);
/* *pairs is NULL or an array of *n. */
int bdt_machine_decode(struct bdt_cursor *c, struct bdt_pair **pairs, size_t *n);

/* LOSS: `n` records. */
void bdt_loss_encode(struct bdt_buf *out, const struct bdt_loss_cpu *loss, size_t n);
/* *loss is an array of *n. */
int bdt_loss_decode(struct bdt_cursor *c, struct bdt_loss_cpu **loss, size_t *n);

/* Only name, npieces and pieces of the snapshot are stored; decode leaves the rest 0. */
void bdt_snapshot_encode(struct bdt_buf *out, const char *name, const struct bdt_piece *pieces, size_t n);
int bdt_snapshot_decode(struct bdt_cursor *c, struct bdt_snapshot *snap);

/* PAGEFLAGS is built in steps, because its chunks are compressed as they come.  Free `out` with
 * bdt_buf_free(). */
struct bdt_pageflags_encoder {
	struct bdt_buf out;
	uint64_t end;     /* pfn behind the last chunk */
	uint32_t nchunks; /* so far */
};
/* `snapshot` is the number of the snapshot it belongs to: position of its option among the SNAPSHOT options.
 */
void bdt_pageflags_begin(struct bdt_pageflags_encoder *e, bool big_endian, uint32_t snapshot);
/*
 * Compresses the flags of chunk->count pages: 0, -ENOMEM, -EIO, or -EINVAL for a chunk that is empty or
 * starts before the end of the last one.  Long ones are stored in parts with the same stamps.
 */
int bdt_pageflags_add(struct bdt_pageflags_encoder *e, const struct bdt_pageflags_chunk *chunk,
		      const uint16_t *flags);
/* Completes `out`. */
void bdt_pageflags_end(struct bdt_pageflags_encoder *e);
/* All of it.  Free with bdt_pageflags_destroy(). */
int bdt_pageflags_decode(struct bdt_cursor *c, struct bdt_pageflags **out);
/* Which snapshot it belongs to, first begin and last end of the stamps; without decompressing. */
int bdt_pageflags_decode_times(struct bdt_cursor *c, uint32_t *snapshot, uint64_t *begin_ns,
			       uint64_t *end_ns);

#endif
