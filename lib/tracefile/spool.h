/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_TRACEFILE_SPOOL_H
#define BT_TRACEFILE_SPOOL_H

#include <buddytrace/diag.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zstd.h>

/*
 * The compressed sub-buffers of one CPU while a file is being written: exactly the bytes that its place in
 * the BUFFER section will hold (u32 number of chunks, then the chunks), in a file of their own.
 */
struct bdt_spool {
	char *path;
	int fd;
	bool big_endian;
	uint32_t page_size; /* bytes of a sub-buffer */
	uint32_t nchunks;
	uint64_t size; /* bytes of complete chunks and the word in front of them; 0 = nothing was added */
	ZSTD_CCtx *zstd;
	uint8_t *raw, *packed;
	size_t raw_size, raw_room, packed_room; /* bytes */
	struct bdt_diag failed;                 /* the first write error; it sticks */
};

/* Creates the file `path`, which the spool takes (it is freed and the file removed by bdt_spool_close()). */
int bdt_spool_open(struct bdt_spool *s, char *path, uint32_t page_size, bool big_endian,
		   struct bdt_diag *diag);
/* Adds whole sub-buffers; a full chunk is compressed and written. */
int bdt_spool_add(struct bdt_spool *s, const uint8_t *pages, size_t npages, struct bdt_diag *diag);
/* Writes what is left and the number of chunks; `size` is final then. */
int bdt_spool_flush(struct bdt_spool *s);
/*
 * Appends the spool to `fd` at its offset, and gives the space of what is copied back to the disk: with a few
 * megabytes free, a recording of any size can be completed.  -errno of the first failure.
 */
int bdt_spool_copy(struct bdt_spool *s, int fd);
void bdt_spool_close(struct bdt_spool *s);

/* All of `data` at the file offset of `fd`; -errno. */
int bdt_write_all(int fd, const void *data, size_t size);

#endif
