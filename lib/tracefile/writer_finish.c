/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * From head and spools to one file, so that a reader finds every sub-buffer whenever it is interrupted:
 *
 *  1. The spools end, and the head gets the sections that are missing, and the OPTIONS that say where each
 * CPU's data will be.  Until here the data is in the spools, and the header names no OPTIONS.
 *  2. When all of that is on the disk, the header names the OPTIONS: from here on sizes and places are fixed.
 *  3. The data is copied.  A byte is looked for in the spool, and in the file if the spool says that it may
 * be gone from there, or does not exist.  It says so only after the copy is on the disk; and only when space
 * is short, because it takes a wait for the disk each time.
 *  4. When all of the file is on the disk, the spools are removed, then the file is renamed.
 */
#include <config.h>

#include "tracefile/writer_inside.h"

#include "base/bytes.h"
#include "tracefile/parts.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define COPY_STEP    (4u << 20)  /* bytes; less than what is reserved */
#define SPACE_MARGIN (64u << 20) /* bytes that others may want meanwhile */

/* The copying of step 3. */
struct copy {
	struct bdt_writer *w;
	size_t cpu;
	uint64_t at;  /* in the data of the CPU */
	bool careful; /* space is short */
};

static int sync_file(const struct bdt_writer *w, int fd)
{
	return w->durable && fd >= 0 && fdatasync(fd) ? -errno : 0;
}

static int publish(struct bdt_writer *w, uint64_t options)
{
	uint8_t word[8];
	int err = 0;

	for (size_t i = 0; i < w->options.ncpus && !err; i++)
		err = sync_file(w, w->spools[i].fd);
	if (!err)
		err = sync_file(w, w->fd);
	bdt_store(word, sizeof(word), w->options.big_endian, options);
	if (!err)
		err = bdt_write_all(w->fd, word, sizeof(word), w->options_at);
	return err;
}

/* What is copied so far need not be in the spools any more. */
static int give_back(struct copy *c)
{
	struct bdt_writer *w = c->w;
	int err = fdatasync(w->fd) ? -errno : 0;

	for (size_t i = 0; i <= c->cpu && i < w->options.ncpus && !err; i++) {
		struct bdt_spool *s = &w->spools[i];

		if (s->fd < 0)
			continue;
		if (i < c->cpu)
			bdt_spool_remove(s);
		else
			err = bdt_spool_release(s, c->at);
	}
	return err;
}

static bool no_space(int64_t err)
{
	return err == -ENOSPC || err == -EDQUOT;
}

/* One step of the current CPU. */
static int copy_step(struct copy *c)
{
	struct bdt_writer *w = c->w;
	const struct bdt_spool *s = &w->spools[c->cpu];
	uint64_t left = s->size - c->at, to = w->places[c->cpu] + c->at;
	int64_t n = bdt_spool_copy(s, c->at, w->fd, to, left < COPY_STEP ? (size_t)left : COPY_STEP);

	if (no_space(n) && !c->careful) {
		c->careful = true;
		return give_back(c);
	}
	if (n < 0)
		return (int)n;
	c->at += (uint64_t)n;
	if (w->durable && !c->careful)
		sync_file_range(w->fd, (off_t)to, (off_t)n, SYNC_FILE_RANGE_WRITE);
	return c->careful ? give_back(c) : 0;
}

static bool space_is_short(const struct bdt_writer *w, uint64_t needed)
{
	struct statvfs vfs;

	return !fstatvfs(w->fd, &vfs) && (uint64_t)vfs.f_bavail * vfs.f_frsize < needed + SPACE_MARGIN;
}

static int copy_all(struct bdt_writer *w, uint64_t *end)
{
	struct copy c = { .w = w };
	uint64_t needed = 0;
	int err = 0;

	*end = w->pos;
	for (size_t i = 0; i < w->options.ncpus; i++) {
		uint64_t size = w->spools[i].size;

		needed += size;
		if (size && w->places[i] + size > *end)
			*end = w->places[i] + size;
	}
	c.careful = space_is_short(w, needed);
	for (; c.cpu < w->options.ncpus && !err; c.cpu++) {
		if (w->spools[c.cpu].fd < 0)
			continue;
		for (c.at = w->spools[c.cpu].gone; c.at < w->spools[c.cpu].size && !err;)
			err = copy_step(&c);
	}
	return err;
}

/* Steps 3 and 4. */
int bdt_writer_complete(struct bdt_writer *w, uint64_t *file_bytes)
{
	uint64_t end;
	int err = copy_all(w, &end);

	/* Gives back what was reserved and not needed. */
	if (!err && ftruncate(w->fd, (off_t)end))
		err = -errno;
	if (!err)
		err = sync_file(w, w->fd);
	if (err)
		return err;
	if (w->durable)
		bdt_writeback_forget(w->fd, 0, 0);
	for (size_t i = 0; i < w->options.ncpus; i++)
		bdt_spool_remove(&w->spools[i]);
	/* Those that a writer that died had only begun. */
	(void)!bdt_parts_remove_spools(w->path);
	if (rename(w->part, w->path))
		return -errno;
	if (w->durable)
		bdt_parts_sync_directory(w->path);
	if (file_bytes)
		*file_bytes = end;
	return 0;
}

int bdt_writer_finish(struct bdt_writer *w, uint64_t *file_bytes, struct bdt_diag *diag)
{
	struct bdt_diag spooled = { 0 };
	uint64_t options = 0;
	int err;

	bdt_writeback_stop(w->writeback);
	w->writeback = NULL;
	for (size_t i = 0; i < w->options.ncpus; i++)
		if (bdt_spool_end(&w->spools[i]))
			bdt_diag_set(&spooled, w->spools[i].failed.err, BT_NO_OFFSET, "%s",
				     w->spools[i].failed.text);
	err = bdt_writer_put_rest(w, &options);
	if (!err)
		err = publish(w, options);
	if (!err)
		err = bdt_writer_complete(w, file_bytes);
	if (err)
		bdt_diag_set(diag, err, BT_NO_OFFSET,
			     "%s: cannot be completed: %s; everything is in it and its other parts: "
			     "make room, then buddytrace recover %s",
			     w->part, strerror(-err), w->path);
	if (!w->failed.err)
		w->failed = spooled;
	if (!err && w->failed.err)
		err = bdt_diag_set(diag, w->failed.err, w->failed.offset, "%s", w->failed.text);
	bdt_writer_destroy(w);
	return err;
}
