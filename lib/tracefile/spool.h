/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_TRACEFILE_SPOOL_H
#define BT_TRACEFILE_SPOOL_H

#include <buddytrace/diag.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zstd.h>

/*
 * The compressed sub-buffers of one CPU while a file is being written: exactly the bytes that its place in
 * the BUFFER section will hold (u32 number of chunks, then the chunks), behind a header of BT_SPOOL_HEADER
 * bytes, in a file of their own.  The number of chunks is 0 until bdt_spool_end().
 */
struct bdt_spool {
	char *path;
	int fd; /* -1 = not there yet: nothing was added */
	bool big_endian;
	uint32_t cpu, page_size; /* bytes of a sub-buffer */
	uint32_t nchunks;
	/* Bytes of complete chunks and the word in front of them; 0 = none.  Other threads may read it, and
	 * fd once it is not 0. */
	_Atomic uint64_t size;
	uint64_t gone; /* bytes of the data, from its start, that need not be in the spool any more */
	ZSTD_CCtx *zstd;
	uint8_t *raw, *packed;
	size_t raw_size, raw_room, packed_room; /* bytes */
	struct bdt_diag failed;                 /* the first write error; it sticks */
};

/* Takes `path` (free()); the file is created by the first chunk. */
void bdt_spool_init(struct bdt_spool *s, char *path, uint32_t cpu, uint32_t page_size, bool big_endian);
/* Adds whole sub-buffers; a full chunk is compressed and written. */
int bdt_spool_add(struct bdt_spool *s, const uint8_t *pages, size_t npages, struct bdt_diag *diag);
/* Compresses and writes a chunk that is not full, if there is one. */
int bdt_spool_flush(struct bdt_spool *s, struct bdt_diag *diag);
/* Writes what is left and the number of chunks; `size` is final then. */
int bdt_spool_end(struct bdt_spool *s);
/*
 * Copies up to `size` bytes of the data from `at` on to `fd` at `to`; the number of bytes, 0 to be called
 * again, -errno.
 */
int64_t bdt_spool_copy(const struct bdt_spool *s, uint64_t at, int fd, uint64_t to, size_t size);
/*
 * Gives the space of the data before `end` back to the disk, where the file system can.  It must be safe
 * elsewhere; that it may be gone is noted in the spool first.  0 or -errno.
 */
int bdt_spool_release(struct bdt_spool *s, uint64_t end);
/* Removes the file, if there is one, and closes it. */
void bdt_spool_remove(struct bdt_spool *s);
/* Closes the file and frees everything. */
void bdt_spool_close(struct bdt_spool *s);

/* All of `data` at `offset` of `fd`; -errno. */
int bdt_write_all(int fd, const void *data, size_t size, uint64_t offset);

#endif
