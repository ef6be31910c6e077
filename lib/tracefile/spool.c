/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "tracefile/spool.h"

#include "base/bytes.h"
#include "tracefile/format.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define COMPRESSION 1          /* zstd level: higher ones cost a recorder more than they save */
#define COPY_STEP   (4u << 20) /* bytes */

int bdt_write_all(int fd, const void *data, size_t size)
{
	const char *p = data;

	while (size) {
		ssize_t n = write(fd, p, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ENOSPC;
		p += n;
		size -= (size_t)n;
	}
	return 0;
}

int bdt_spool_open(struct bdt_spool *s, char *path, uint32_t page_size, bool big_endian,
		   struct bdt_diag *diag)
{
	size_t room = (size_t)BT_CHUNK_PAGES * page_size;

	*s = (struct bdt_spool){ .path = path, .page_size = page_size, .big_endian = big_endian };
	s->raw_room = room;
	s->packed_room = BT_CHUNK_HEADER + ZSTD_compressBound(room);
	s->raw = malloc(s->raw_room);
	s->packed = malloc(s->packed_room);
	s->zstd = ZSTD_createCCtx();
	s->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (s->fd < 0)
		return bdt_diag_set(diag, -errno, BT_NO_OFFSET, "%s: cannot create: %s", path,
				    strerror(errno));
	if (!s->raw || !s->packed || !s->zstd)
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "%s: out of memory", path);
	return 0;
}

static int fail(struct bdt_spool *s, int err)
{
	return bdt_diag_set(&s->failed, err, s->size, "%s: cannot write: %s", s->path, strerror(-err));
}

static int write_chunk(struct bdt_spool *s)
{
	static const uint8_t no_count[BT_CHUNK_COUNT];
	size_t done = ZSTD_compressCCtx(s->zstd, s->packed + BT_CHUNK_HEADER,
					s->packed_room - BT_CHUNK_HEADER, s->raw, s->raw_size, COMPRESSION);
	int err = 0;

	if (ZSTD_isError(done))
		return fail(s, -EIO);
	bdt_store(s->packed, 4, s->big_endian, done);
	bdt_store(s->packed + 4, 4, s->big_endian, s->raw_size);
	done += BT_CHUNK_HEADER;
	s->raw_size = 0;
	if (!s->size)
		err = bdt_write_all(s->fd, no_count, sizeof(no_count));
	if (!err && !s->size)
		s->size = sizeof(no_count);
	if (!err)
		err = bdt_write_all(s->fd, s->packed, done);
	if (err)
		return fail(s, err);
	s->size += done;
	s->nchunks++;
	return 0;
}

int bdt_spool_add(struct bdt_spool *s, const uint8_t *pages, size_t npages, struct bdt_diag *diag)
{
	size_t left = npages * s->page_size;

	while (left && !s->failed.err) {
		size_t n = s->raw_room - s->raw_size < left ? s->raw_room - s->raw_size : left;

		memcpy(s->raw + s->raw_size, pages, n);
		s->raw_size += n;
		pages += n;
		left -= n;
		if (s->raw_size == s->raw_room)
			write_chunk(s);
	}
	if (s->failed.err)
		return bdt_diag_set(diag, s->failed.err, s->failed.offset, "%s", s->failed.text);
	return 0;
}

int bdt_spool_flush(struct bdt_spool *s)
{
	uint8_t count[BT_CHUNK_COUNT];

	if (s->raw_size && !s->failed.err)
		write_chunk(s);
	bdt_store(count, sizeof(count), s->big_endian, s->nchunks);
	if (s->size && pwrite(s->fd, count, sizeof(count), 0) != sizeof(count))
		fail(s, -EIO);
	return s->failed.err;
}

/* copy_file_range() where the file systems can, read and write where they cannot. */
static ssize_t copy_some(struct bdt_spool *s, uint64_t at, int fd, size_t size)
{
	off_t from = (off_t)at;
	ssize_t n = copy_file_range(s->fd, &from, fd, NULL, size, 0);
	int err;

	if (n > 0 || (n < 0 && errno == EINTR))
		return n < 0 ? 0 : n;
	if (n < 0 && errno != EXDEV && errno != ENOSYS && errno != EOPNOTSUPP && errno != EINVAL)
		return -errno;
	n = pread(s->fd, s->packed, size < s->packed_room ? size : s->packed_room, (off_t)at);
	if (n <= 0)
		return n < 0 && errno == EINTR ? 0 : -EIO;
	err = bdt_write_all(fd, s->packed, (size_t)n);
	return err ? err : n;
}

int bdt_spool_copy(struct bdt_spool *s, int fd)
{
	uint64_t at = 0;

	while (at < s->size) {
		ssize_t n =
			copy_some(s, at, fd, s->size - at < COPY_STEP ? (size_t)(s->size - at) : COPY_STEP);

		if (n < 0)
			return (int)n;
		/* Not every file system can: then the space comes back when the spool is removed. */
		(void)!fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)at, n);
		at += (uint64_t)n;
	}
	return 0;
}

void bdt_spool_close(struct bdt_spool *s)
{
	if (s->fd >= 0 && s->path) {
		close(s->fd);
		unlink(s->path);
	}
	ZSTD_freeCCtx(s->zstd);
	free(s->raw);
	free(s->packed);
	free(s->path);
	*s = (struct bdt_spool){ .fd = -1 };
}
