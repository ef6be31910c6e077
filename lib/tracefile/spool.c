/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "tracefile/spool.h"

#include "base/bytes.h"
#include "tracefile/format.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define COPY_BUFFER (256u << 10) /* bytes, where the kernel cannot copy by itself */

/*
 * Events repeat what stood a few events before, so the tables of zstd need to remember little: 1024 entries
 * each stay in the first cache, and the latest place where some bytes stood is the best one.  Against level
 * 1 that takes 2 to 8 % off the bytes and as much off the time.
 */
static const struct {
	ZSTD_cParameter name;
	int value;
} compression[] = {
	{ ZSTD_c_strategy, ZSTD_dfast }, { ZSTD_c_windowLog, 18 }, { ZSTD_c_hashLog, 10 },
	{ ZSTD_c_chainLog, 10 },         { ZSTD_c_minMatch, 5 },
};

int bdt_write_all(int fd, const void *data, size_t size, uint64_t offset)
{
	const char *p = data;

	while (size) {
		ssize_t n = pwrite(fd, p, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ENOSPC;
		p += n;
		size -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

void bdt_spool_init(struct bdt_spool *s, char *path, uint32_t cpu, uint32_t page_size, bool big_endian)
{
	*s = (struct bdt_spool){
		.path = path, .fd = -1, .cpu = cpu, .page_size = page_size, .big_endian = big_endian
	};
}

static int fail(struct bdt_spool *s, int err)
{
	return bdt_diag_set(&s->failed, err, s->size, "%s: cannot write: %s", s->path, strerror(-err));
}

static int write_header(struct bdt_spool *s)
{
	uint8_t head[BT_SPOOL_HEADER + BT_CHUNK_COUNT] = { 0 };

	memcpy(head, BT_SPOOL_MAGIC, BT_SPOOL_MAGIC_SIZE);
	bdt_store(head + 8, 4, s->big_endian, BT_SPOOL_VERSION);
	bdt_store(head + 12, 4, s->big_endian, s->cpu);
	bdt_store(head + 16, 4, s->big_endian, s->page_size);
	return bdt_write_all(s->fd, head, sizeof(head), 0);
}

static ZSTD_CCtx *create_compressor(void)
{
	ZSTD_CCtx *zstd = ZSTD_createCCtx();

	for (size_t i = 0; zstd && i < sizeof(compression) / sizeof(*compression); i++)
		ZSTD_CCtx_setParameter(zstd, compression[i].name, compression[i].value);
	return zstd;
}

/* What the first sub-buffer needs. */
static int begin(struct bdt_spool *s)
{
	int err;

	s->raw_room = (size_t)BT_CHUNK_PAGES * s->page_size;
	s->packed_room = BT_CHUNK_HEADER + ZSTD_compressBound(s->raw_room);
	s->raw = malloc(s->raw_room);
	s->packed = malloc(s->packed_room);
	s->zstd = create_compressor();
	if (!s->raw || !s->packed || !s->zstd)
		return bdt_diag_set(&s->failed, -ENOMEM, BT_NO_OFFSET, "%s: out of memory", s->path);
	s->fd = open(s->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (s->fd < 0)
		return bdt_diag_set(&s->failed, -errno, BT_NO_OFFSET, "%s: cannot create: %s", s->path,
				    strerror(errno));
	err = write_header(s);
	return err ? fail(s, err) : 0;
}

static int write_chunk(struct bdt_spool *s)
{
	uint64_t size = s->size ? s->size : BT_CHUNK_COUNT;
	size_t done = ZSTD_compress2(s->zstd, s->packed + BT_CHUNK_HEADER, s->packed_room - BT_CHUNK_HEADER,
				     s->raw, s->raw_size);
	int err;

	if (ZSTD_isError(done))
		return fail(s, -EIO);
	bdt_store(s->packed, 4, s->big_endian, done);
	bdt_store(s->packed + 4, 4, s->big_endian, s->raw_size);
	done += BT_CHUNK_HEADER;
	s->raw_size = 0;
	err = bdt_write_all(s->fd, s->packed, done, BT_SPOOL_HEADER + size);
	if (err) {
		/* Half a chunk is of no use, and the space is needed to complete the file. */
		(void)!ftruncate(s->fd, (off_t)(BT_SPOOL_HEADER + size));
		return fail(s, err);
	}
	s->nchunks++;
	atomic_store_explicit(&s->size, size + done, memory_order_release);
	return 0;
}

static int failed(const struct bdt_spool *s, struct bdt_diag *diag)
{
	if (s->failed.err)
		return bdt_diag_set(diag, s->failed.err, s->failed.offset, "%s", s->failed.text);
	return 0;
}

int bdt_spool_add(struct bdt_spool *s, const uint8_t *pages, size_t npages, struct bdt_diag *diag)
{
	size_t left = npages * s->page_size;

	if (left && !s->raw && !s->failed.err)
		begin(s);
	while (left && !s->failed.err) {
		size_t n = s->raw_room - s->raw_size < left ? s->raw_room - s->raw_size : left;

		memcpy(s->raw + s->raw_size, pages, n);
		s->raw_size += n;
		pages += n;
		left -= n;
		if (s->raw_size == s->raw_room)
			write_chunk(s);
	}
	return failed(s, diag);
}

int bdt_spool_flush(struct bdt_spool *s, struct bdt_diag *diag)
{
	if (s->raw_size && !s->failed.err)
		write_chunk(s);
	return failed(s, diag);
}

int bdt_spool_end(struct bdt_spool *s)
{
	uint8_t count[BT_CHUNK_COUNT];
	int err;

	bdt_spool_flush(s, NULL);
	bdt_store(count, sizeof(count), s->big_endian, s->nchunks);
	err = s->size ? bdt_write_all(s->fd, count, sizeof(count), BT_SPOOL_HEADER) : 0;
	if (err)
		fail(s, err);
	return s->failed.err;
}

static int64_t copy_by_hand(const struct bdt_spool *s, uint64_t at, int fd, uint64_t to, size_t size)
{
	size_t room = size < COPY_BUFFER ? size : COPY_BUFFER;
	uint8_t *buffer = malloc(room);
	ssize_t n;
	int err;

	if (!buffer)
		return -ENOMEM;
	n = pread(s->fd, buffer, room, (off_t)(BT_SPOOL_HEADER + at));
	err = n > 0 ? bdt_write_all(fd, buffer, (size_t)n, to) : n == 0 ? -EIO : -errno;
	free(buffer);
	return err == -EINTR ? 0 : err ? err : n;
}

int64_t bdt_spool_copy(const struct bdt_spool *s, uint64_t at, int fd, uint64_t to, size_t size)
{
	off_t from = (off_t)(BT_SPOOL_HEADER + at), into = (off_t)to;
	ssize_t n = copy_file_range(s->fd, &from, fd, &into, size, 0);

	if (n > 0 || (n < 0 && errno == EINTR))
		return n < 0 ? 0 : n;
	if (n < 0 && errno != EXDEV && errno != ENOSYS && errno != EOPNOTSUPP && errno != EINVAL)
		return -errno;
	return copy_by_hand(s, at, fd, to, size);
}

int bdt_spool_release(struct bdt_spool *s, uint64_t end)
{
	uint8_t word[8];
	int err;

	if (end <= s->gone)
		return 0;
	bdt_store(word, sizeof(word), s->big_endian, end);
	err = bdt_write_all(s->fd, word, sizeof(word), BT_SPOOL_GONE);
	if (!err && fdatasync(s->fd))
		err = -errno;
	if (err)
		return err;
	/* Not every file system can: then the space comes back when the spool is removed. */
	(void)!fallocate(s->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			 (off_t)(BT_SPOOL_HEADER + s->gone), (off_t)(end - s->gone));
	s->gone = end;
	return 0;
}

void bdt_spool_remove(struct bdt_spool *s)
{
	if (s->fd < 0)
		return;
	unlink(s->path);
	close(s->fd);
	s->fd = -1;
}

void bdt_spool_close(struct bdt_spool *s)
{
	if (s->fd >= 0)
		close(s->fd);
	ZSTD_freeCCtx(s->zstd);
	free(s->raw);
	free(s->packed);
	free(s->path);
	*s = (struct bdt_spool){ .fd = -1 };
}
