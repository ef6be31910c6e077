/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "tracefile/writer_inside.h"

#include "base/array.h"
#include "tracefile/format.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define RESERVE (8u << 20) /* bytes kept for completing the file on a disk that ran full */

static char *spool_path(const struct bdt_writer *w, uint32_t cpu)
{
	char *s = NULL;

	return asprintf(&s, "%s.cpu%u.part", w->path, cpu) < 0 ? NULL : s;
}

static char *part_path(const char *path)
{
	char *s = NULL;

	return asprintf(&s, "%s.part", path) < 0 ? NULL : s;
}

/* Two writers of one file would write into each other's parts.  The lock goes with the process. */
static int lock(int fd, const char *part)
{
	struct stat file, name;

	if (flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
		return -EBUSY;
	/* Its writer may have completed it between open() and flock(): then it is no part any more. */
	if (fstat(fd, &file) || stat(part, &name) || file.st_ino != name.st_ino || file.st_dev != name.st_dev)
		return -EBUSY;
	return ftruncate(fd, 0) ? -errno : 0;
}

static int open_part(struct bdt_writer *w, struct bdt_diag *diag)
{
	int fd = open(w->part, O_RDWR | O_CREAT | O_CLOEXEC, 0666), err;

	if (fd < 0)
		return bdt_diag_set(diag, -errno, BT_NO_OFFSET, "%s: cannot create: %s", w->part,
				    strerror(errno));
	err = lock(fd, w->part);
	if (err) {
		close(fd);
		return bdt_diag_set(diag, err, BT_NO_OFFSET,
				    err == -EBUSY ? "%s: another process is writing it: name another file" :
						    "%s: cannot be emptied",
				    w->part);
	}
	w->fd = fd;
	/* Where space cannot be reserved (other errors), it is only found out at the end whether there is enough. */
	if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, RESERVE) && (errno == ENOSPC || errno == EDQUOT))
		return bdt_diag_set(diag, -errno, BT_NO_OFFSET, "%s: %u MiB have to be free: %s", w->part,
				    RESERVE >> 20, strerror(errno));
	return 0;
}

static int open_files(struct bdt_writer *w, struct bdt_diag *diag)
{
	int err = open_part(w, diag);

	for (size_t i = 0; i < w->options.ncpus && !err; i++) {
		char *path = spool_path(w, w->cpus[i]);

		if (!path)
			return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "%s: out of memory", w->path);
		err = bdt_spool_open(&w->spools[i], path, w->options.page_size, w->options.big_endian, diag);
	}
	if (!err && bdt_writer_put_header(w))
		err = bdt_diag_set(diag, w->failed.err, 0, "%s", w->failed.text);
	return err;
}

int bdt_writer_create(const char *path, const struct bdt_writer_options *options, struct bdt_writer **out,
		      struct bdt_diag *diag)
{
	struct bdt_writer *w = calloc(1, sizeof(*w));
	size_t n = options->ncpus;
	int err = -ENOMEM;

	if (!w)
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "%s: out of memory", path);
	w->fd = -1;
	w->options = *options;
	w->path = strdup(path);
	w->part = part_path(path);
	w->clock = strdup(options->clock ? options->clock : "");
	w->uname = strdup(options->uname ? options->uname : "");
	w->cpus = calloc(n + 1, sizeof(*w->cpus));
	w->spools = calloc(n + 1, sizeof(*w->spools));
	w->stats = calloc(n + 1, sizeof(*w->stats));
	w->header_info.big_endian = w->cmdlines.big_endian = options->big_endian;
	if (w->path && w->part && w->clock && w->uname && w->cpus && w->spools && w->stats) {
		if (n)
			memcpy(w->cpus, options->cpus, n * sizeof(*w->cpus));
		err = open_files(w, diag);
	} else {
		w->options.ncpus = 0;
		bdt_diag_set(diag, err, BT_NO_OFFSET, "%s: out of memory", path);
	}
	if (err) {
		bdt_writer_abandon(w);
		return err;
	}
	*out = w;
	return 0;
}

static void named_text(struct bdt_buf *b, const char *name, const char *text, size_t len)
{
	bdt_buf_str(b, name);
	bdt_buf_uint(b, 8, len);
	bdt_buf_put(b, text, len);
}

int bdt_writer_header_info(struct bdt_writer *w, const char *header_page, size_t page_len,
			   const char *header_event, size_t event_len)
{
	w->header_info.size = 0;
	named_text(&w->header_info, "header_page", header_page, page_len);
	named_text(&w->header_info, "header_event", header_event, event_len);
	return w->header_info.err;
}

static struct bdt_writer_system *find_system(struct bdt_writer *w, const char *name)
{
	struct bdt_writer_system *system;

	for (size_t i = 0; i < w->nsystems; i++)
		if (!strcmp(w->systems[i].name, name))
			return &w->systems[i];
	system = bdt_array_add(&w->systems, &w->nsystems, sizeof(*system));
	if (!system)
		return NULL;
	system->name = strdup(name);
	system->formats.big_endian = w->options.big_endian;
	if (!system->name) {
		w->nsystems--;
		return NULL;
	}
	return system;
}

int bdt_writer_format(struct bdt_writer *w, const char *system, const char *text, size_t len)
{
	struct bdt_writer_system *s = find_system(w, system);

	if (!s)
		return -ENOMEM;
	bdt_buf_uint(&s->formats, 8, len);
	bdt_buf_put(&s->formats, text, len);
	s->nformats++;
	return s->formats.err;
}

int bdt_writer_cmdlines(struct bdt_writer *w, const char *text, size_t len)
{
	w->cmdlines.size = 0;
	bdt_buf_uint(&w->cmdlines, 8, len);
	bdt_buf_put(&w->cmdlines, text, len);
	return w->cmdlines.err;
}

int bdt_writer_cpustat(struct bdt_writer *w, size_t i, const char *text, size_t len)
{
	char *copy = strndup(text, len);

	if (!copy)
		return -ENOMEM;
	free(w->stats[i]);
	w->stats[i] = copy;
	return 0;
}

int bdt_writer_machine(struct bdt_writer *w, const char *key, const char *value)
{
	char *copy = strdup(value), *name;
	struct bdt_pair *pair;

	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < w->nmachine; i++) {
		if (strcmp(w->machine[i].key, key))
			continue;
		free((char *)w->machine[i].value);
		w->machine[i].value = copy;
		return 0;
	}
	name = strdup(key);
	pair = name ? bdt_array_add(&w->machine, &w->nmachine, sizeof(*pair)) : NULL;
	if (!pair) {
		free(copy);
		free(name);
		return -ENOMEM;
	}
	*pair = (struct bdt_pair){ name, copy };
	return 0;
}

int bdt_writer_loss(struct bdt_writer *w, const struct bdt_loss_cpu *loss)
{
	struct bdt_loss_cpu *kept = bdt_array_add(&w->loss, &w->nloss, sizeof(*kept));

	if (!kept)
		return -ENOMEM;
	*kept = *loss;
	return 0;
}

int bdt_writer_append(struct bdt_writer *w, size_t i, const void *pages, size_t npages, struct bdt_diag *diag)
{
	return bdt_spool_add(&w->spools[i], pages, npages, diag);
}

void bdt_writer_snapshot_clear(struct bdt_writer_snapshot *snap)
{
	for (size_t i = 0; i < snap->npieces; i++) {
		free((char *)snap->pieces[i].name);
		free((void *)snap->pieces[i].data);
	}
	free(snap->pieces);
	free(snap->name);
	bdt_buf_free(&snap->pageflags.out);
	*snap = (struct bdt_writer_snapshot){ 0 };
}

int bdt_writer_snapshot(struct bdt_writer *w, const char *name)
{
	int err = bdt_writer_put_snapshot(w);

	w->snapshot.name = strdup(name);
	return w->snapshot.name ? err : -ENOMEM;
}

int bdt_writer_piece(struct bdt_writer *w, const char *name, uint64_t begin_ns, uint64_t end_ns,
		     const void *data, size_t size)
{
	struct bdt_writer_snapshot *snap = &w->snapshot;
	struct bdt_piece *piece;
	char *key, *copy;

	if (!snap->name || size > UINT32_MAX || begin_ns > end_ns)
		return -EINVAL;
	key = strdup(name);
	copy = malloc(size + 1);
	piece = key && copy ? bdt_array_add(&snap->pieces, &snap->npieces, sizeof(*piece)) : NULL;
	if (!piece) {
		free(key);
		free(copy);
		return -ENOMEM;
	}
	if (size)
		memcpy(copy, data, size);
	*piece = (struct bdt_piece){ key, begin_ns, end_ns, copy, size };
	return 0;
}

int bdt_writer_pageflags(struct bdt_writer *w, uint64_t first, uint64_t count, const uint16_t *flags,
			 uint64_t begin_ns, uint64_t end_ns)
{
	struct bdt_pageflags_chunk chunk = { first, count, begin_ns, end_ns };
	struct bdt_pageflags_encoder *e = &w->snapshot.pageflags;

	if (!w->snapshot.name || begin_ns > end_ns)
		return -EINVAL;
	if (!e->nchunks)
		bdt_pageflags_begin(e, w->options.big_endian, w->nsnapshots);
	return bdt_pageflags_add(e, &chunk, flags);
}

static void destroy(struct bdt_writer *w)
{
	for (size_t i = 0; i < w->options.ncpus; i++) {
		bdt_spool_close(&w->spools[i]);
		free(w->stats[i]);
	}
	for (size_t i = 0; i < w->nsystems; i++) {
		free(w->systems[i].name);
		bdt_buf_free(&w->systems[i].formats);
	}
	for (size_t i = 0; i < w->nmachine; i++) {
		free((char *)w->machine[i].key);
		free((char *)w->machine[i].value);
	}
	bdt_writer_snapshot_clear(&w->snapshot);
	bdt_buf_free(&w->header_info);
	bdt_buf_free(&w->cmdlines);
	if (w->fd >= 0)
		close(w->fd);
	free(w->systems);
	free(w->machine);
	free(w->loss);
	free(w->sections);
	free(w->spools);
	free(w->stats);
	free(w->cpus);
	free(w->clock);
	free(w->uname);
	free(w->path);
	free(w->part);
	free(w);
}

int bdt_writer_finish(struct bdt_writer *w, uint64_t *file_bytes, struct bdt_diag *diag)
{
	struct bdt_diag spooled = { 0 };
	struct stat st;
	int err;

	for (size_t i = 0; i < w->options.ncpus; i++)
		if (bdt_spool_flush(&w->spools[i]))
			bdt_diag_set(&spooled, w->spools[i].failed.err, BT_NO_OFFSET, "%s",
				     w->spools[i].failed.text);
	bdt_writer_put_rest(w);
	/* Gives back what was reserved and not needed. */
	if (fstat(w->fd, &st) || ftruncate(w->fd, st.st_size) || rename(w->part, w->path))
		bdt_writer_fail(w, -errno);
	else if (file_bytes)
		*file_bytes = (uint64_t)st.st_size;
	if (!w->failed.err)
		w->failed = spooled;
	err = w->failed.err;
	if (err)
		bdt_diag_set(diag, err, w->failed.offset, "%s", w->failed.text);
	destroy(w);
	return err;
}

void bdt_writer_abandon(struct bdt_writer *w)
{
	if (!w)
		return;
	if (w->fd >= 0)
		unlink(w->part);
	destroy(w);
}
