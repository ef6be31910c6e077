/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "tracefile/writer_inside.h"

#include "base/array.h"
#include "tracefile/format.h"
#include "tracefile/parts.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define RESERVE (8u << 20) /* bytes kept for completing the file on a disk that ran full */

int bdt_writer_reserve(struct bdt_writer *w)
{
	uint64_t end = w->pos + RESERVE;

	if (w->reserved > w->pos + RESERVE / 2)
		return 0;
	/* Where space cannot be reserved (other errors), it is only found out at the end whether there is
	 * enough. */
	if (fallocate(w->fd, FALLOC_FL_KEEP_SIZE, (off_t)w->pos, RESERVE) &&
	    (errno == ENOSPC || errno == EDQUOT))
		return -errno;
	w->reserved = end;
	return 0;
}

/* Parts of a recording that nobody completed are worth more than the name. */
static int keep_leftover(struct bdt_writer *w, struct bdt_diag *diag)
{
	int err = bdt_parts_keep_old(w->path);

	if (err)
		return bdt_diag_set(diag, err, BT_NO_OFFSET,
				    "%s: cannot be kept as %s.old" BT_PART_SUFFIX ": %s", w->part, w->path,
				    strerror(-err));
	bdt_log_warn(w->options.log,
		     "%s was left by a recorder that died; it is %s.old" BT_PART_SUFFIX
		     " now: buddytrace recover %s.old completes it",
		     w->part, w->path, w->path);
	close(w->fd);
	w->fd = bdt_part_lock(w->part, true, diag);
	return w->fd < 0 ? w->fd : 0;
}

static int open_part(struct bdt_writer *w, struct bdt_diag *diag)
{
	struct stat st;
	int err = 0;

	w->fd = bdt_part_lock(w->part, true, diag);
	if (w->fd < 0)
		return w->fd;
	if (fstat(w->fd, &st))
		err = -errno;
	else if (st.st_size > BT_HEADER_MAX)
		err = keep_leftover(w, diag);
	if (!err && ftruncate(w->fd, 0))
		err = -errno;
	if (!err)
		err = bdt_parts_remove_spools(w->path);
	if (err)
		return bdt_diag_set(diag, err, BT_NO_OFFSET, "%s: cannot be emptied: %s", w->part,
				    strerror(-err));
	err = bdt_writer_reserve(w);
	if (err)
		return bdt_diag_set(diag, err, BT_NO_OFFSET, "%s: %u MiB have to be free: %s", w->part,
				    RESERVE >> 20, strerror(-err));
	if (bdt_writer_put_header(w))
		err = bdt_diag_set(diag, w->failed.err, 0, "%s", w->failed.text);
	return err;
}

static int set_up(struct bdt_writer *w, const struct bdt_writer_options *options)
{
	size_t n = options->ncpus;

	w->part = bdt_part_head(w->path);
	w->clock = strdup(options->clock ? options->clock : "");
	w->uname = strdup(options->uname ? options->uname : "");
	w->cpus = calloc(n + 1, sizeof(*w->cpus));
	w->spools = calloc(n + 1, sizeof(*w->spools));
	w->places = calloc(n + 1, sizeof(*w->places));
	w->stats = calloc(n + 1, sizeof(*w->stats));
	if (!w->part || !w->clock || !w->uname || !w->cpus || !w->spools || !w->places || !w->stats)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		char *path = bdt_part_spool(w->path, options->cpus[i]);

		if (!path)
			return -ENOMEM;
		w->cpus[i] = options->cpus[i];
		bdt_spool_init(&w->spools[i], path, options->cpus[i], options->page_size,
			       options->big_endian);
		w->options.ncpus = i + 1;
	}
	return 0;
}

struct bdt_writer *bdt_writer_new(const char *path, const struct bdt_writer_options *options,
				  struct bdt_diag *diag)
{
	struct bdt_writer *w = calloc(1, sizeof(*w));

	if (w) {
		w->fd = -1;
		w->options = *options;
		w->options.ncpus = 0;
		w->header_info.big_endian = w->cmdlines.big_endian = w->kallsyms.big_endian =
			options->big_endian;
		w->path = strdup(path);
	}
	if (w && w->path && !set_up(w, options))
		return w;
	if (w)
		bdt_writer_destroy(w);
	bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "%s: out of memory", path);
	return NULL;
}

int bdt_writer_create(const char *path, const struct bdt_writer_options *options, struct bdt_writer **out,
		      struct bdt_diag *diag)
{
	struct bdt_writer *w = bdt_writer_new(path, options, diag);
	int err;

	if (!w)
		return -ENOMEM;
	err = open_part(w, diag);
	if (err) {
		/* Not ours, or nothing in it. */
		if (err != -EBUSY && w->fd >= 0)
			unlink(w->part);
		bdt_writer_destroy(w);
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
	struct bdt_writer_system *s = w->headed ? NULL : find_system(w, system);

	if (!s)
		return w->headed ? -EINVAL : -ENOMEM;
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
	w->cmdlines_place.changed = true;
	if (w->headed && !w->cmdlines.err)
		bdt_writer_put_cmdlines(w);
	return w->cmdlines.err;
}

int bdt_writer_kallsyms(struct bdt_writer *w, const char *text, size_t len)
{
	if (w->headed || len > UINT32_MAX)
		return -EINVAL;
	w->kallsyms.size = 0;
	bdt_buf_uint(&w->kallsyms, 4, len);
	bdt_buf_put(&w->kallsyms, text, len);
	return w->kallsyms.err;
}

int bdt_writer_start(struct bdt_writer *w, struct bdt_diag *diag)
{
	int err;

	w->durable = true;
	err = bdt_writer_put_head(w);
	/* As long as a recording runs, nothing needs the text any more. */
	bdt_buf_free(&w->kallsyms);
	if (err)
		return bdt_diag_set(diag, err, w->failed.offset, "%s", w->failed.text);
	/* The disk may take longer than the ring of a busy CPU lasts.  Without the thread the kernel decides. */
	(void)!bdt_writeback_start(w->fd, w->part, w->spools, w->options.ncpus, &w->writeback);
	return 0;
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

static void pair_changed(struct bdt_writer *w, const struct bdt_pair *pair)
{
	w->machine_place.changed = true;
	if (w->headed)
		bdt_writer_put_pair(w, pair);
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
		pair_changed(w, &w->machine[i]);
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
	pair_changed(w, pair);
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
	struct bdt_spool *s = &w->spools[i];
	uint64_t before = s->size;
	int err = bdt_spool_add(s, pages, npages, diag);

	if (s->size != before)
		w->bytes += s->size - before;
	return err;
}

int bdt_writer_flush_chunk(struct bdt_writer *w, size_t i, struct bdt_diag *diag)
{
	struct bdt_spool *s = &w->spools[i];
	uint64_t before = s->size;
	int err = bdt_spool_flush(s, diag);

	w->bytes += s->size - before;
	return err;
}

bool bdt_writer_chunk_is_open(const struct bdt_writer *w, size_t i)
{
	return w->spools[i].raw_size;
}

uint64_t bdt_writer_bytes(const struct bdt_writer *w)
{
	return w->bytes;
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

int bdt_writer_snapshot_end(struct bdt_writer *w)
{
	return bdt_writer_put_snapshot(w);
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

void bdt_writer_destroy(struct bdt_writer *w)
{
	bdt_writeback_stop(w->writeback);
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
	bdt_buf_free(&w->kallsyms);
	if (w->fd >= 0)
		close(w->fd);
	free(w->systems);
	free(w->machine);
	free(w->loss);
	free(w->sections);
	free(w->spools);
	free(w->places);
	free(w->stats);
	free(w->cpus);
	free(w->clock);
	free(w->uname);
	free(w->path);
	free(w->part);
	free(w);
}

void bdt_writer_abandon(struct bdt_writer *w)
{
	if (!w)
		return;
	bdt_writeback_stop(w->writeback);
	w->writeback = NULL;
	for (size_t i = 0; i < w->options.ncpus; i++)
		bdt_spool_remove(&w->spools[i]);
	unlink(w->part);
	bdt_writer_destroy(w);
}
