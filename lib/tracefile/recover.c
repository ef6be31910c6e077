/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Takes up a recording where its writer left it: what the reader finds becomes a writer again, and that one
 * is finished.  writer_finish.c says which states there are; all of them can be met here, also those that an
 * earlier recovery left.
 */
#include <config.h>

#include "tracefile/file.h"
#include "tracefile/parts.h"
#include "tracefile/writer_inside.h"

#include "base/array.h"
#include "base/outfile.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct recovery {
	char *output, *head;
	int lock; /* the head, open for writing */
	struct bdt_tracefile *tf;
	struct bdt_writer *w;
	struct bdt_recovery *out;
	const struct bdt_log *log;
};

/* OUTPUT, or OUTPUT.part when that is what was named. */
static int find(struct recovery *r, const char *path, struct bdt_diag *diag)
{
	r->head = bdt_part_head(path);
	if (!r->head)
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "%s: out of memory", path);
	if (access(r->head, F_OK)) {
		free(r->head);
		r->output = bdt_part_output(path);
		r->head = r->output ? strdup(path) : NULL;
	} else {
		r->output = strdup(path);
	}
	if (!r->output || !r->head || access(r->head, F_OK))
		return bdt_diag_set(diag, -ENOENT, BT_NO_OFFSET,
				    "%s: no unfinished recording: there is no %s" BT_PART_SUFFIX, path,
				    r->output ? r->output : path);
	if ((size_t)snprintf(r->out->path, sizeof(r->out->path), "%s", r->output) >= sizeof(r->out->path))
		return bdt_diag_set(diag, -ENAMETOOLONG, BT_NO_OFFSET, "%s: name too long", path);
	r->lock = bdt_part_lock(r->head, false, diag);
	return r->lock < 0 ? r->lock : 0;
}

static int new_writer(struct recovery *r, struct bdt_diag *diag)
{
	const struct bdt_tracefile *tf = r->tf;
	uint32_t *cpus = calloc(tf->ncpus + 1, sizeof(*cpus));
	char clock[BT_CLOCK_NAME + 2];
	struct bdt_writer_options options = {
		.big_endian = tf->info.big_endian,
		.long_size = tf->info.long_size,
		.page_size = tf->info.page_size,
		.clock = clock,
		.uname = tf->info.uname,
		.tsc_mult = tf->info.tsc_mult,
		.tsc_shift = tf->info.tsc_shift,
		.cpus = cpus,
		.ncpus = tf->ncpus,
		.only_used_cpus = true,
	};

	if (!cpus)
		return bdt_file_enomem(tf, diag);
	snprintf(clock, sizeof(clock), "[%s]", tf->clock);
	for (size_t i = 0; i < tf->ncpus; i++)
		cpus[i] = tf->cpus[i].cpu;
	r->w = bdt_writer_new(r->output, &options, diag);
	free(cpus);
	if (!r->w)
		return -ENOMEM;
	r->w->fd = r->lock;
	r->lock = -1;
	r->w->headed = r->w->durable = true;
	r->w->options_at = tf->sections - sizeof(uint64_t);
	return 0;
}

/* The sections that are there, of those of which the last one counts the last one only. */
static int take_sections(struct recovery *r)
{
	struct bdt_writer *w = r->w;
	const struct bdt_met *loss = NULL;

	for (size_t i = 0; i <= r->tf->nmet; i++) {
		const struct bdt_met *met = i < r->tf->nmet ? &r->tf->met[i] : loss;
		struct bdt_writer_section *noted;

		if (!met || met->id == BDT_MACHINE)
			continue;
		if (met->id == BDT_CMDLINES) {
			w->cmdlines_place.offset = met->offset;
			continue;
		}
		if (met->id == BDT_LOSS && i < r->tf->nmet) {
			loss = met;
			continue;
		}
		noted = bdt_array_add(&w->sections, &w->nsections, sizeof(*noted));
		if (!noted)
			return -ENOMEM;
		*noted = (struct bdt_writer_section){ met->id, met->offset };
	}
	return 0;
}

static int take_texts(struct recovery *r)
{
	const struct bdt_tracefile *tf = r->tf;
	struct bdt_writer *w = r->w;
	int err = 0;

	for (size_t i = 0; i < tf->ncpus && !err; i++)
		if (*tf->cpus[i].stats)
			err = bdt_writer_cpustat(w, i, tf->cpus[i].stats, strlen(tf->cpus[i].stats));
	/* Now in memory; put_rest() writes them as one section. */
	w->headed = false;
	for (size_t i = 0; i < tf->nmachine && !err; i++)
		err = bdt_writer_machine(w, tf->machine[i].key, tf->machine[i].value);
	if (!err)
		err = bdt_writer_machine(w, "record.recovered", PACKAGE_STRING);
	w->headed = true;
	return err;
}

static int open_spool(struct recovery *r, size_t i, struct bdt_diag *diag)
{
	struct bdt_spool *s = &r->w->spools[i];

	if (r->tf->extents[i].spool < 0)
		return 0;
	s->fd = open(s->path, O_RDWR | O_CLOEXEC);
	if (s->fd < 0)
		return bdt_diag_set(diag, -errno, BT_NO_OFFSET, "%s: %s", s->path, strerror(errno));
	return 0;
}

/* Reads all chunks of a CPU: those up to the first bad one are kept. */
static int check_chunks(struct recovery *r, size_t i, struct bdt_diag *diag)
{
	struct bdt_spool *s = &r->w->spools[i];
	struct bdt_pages *pages;
	const uint8_t *data;
	struct stat st;
	size_t n;
	int ret = open_spool(r, i, diag);

	if (ret || s->fd < 0)
		return ret;
	ret = bdt_pages_open(r->tf, i, &pages, diag);
	if (ret)
		return ret;
	while (!(ret = bdt_pages_next(pages, &data, &n, diag))) {
		s->size = bdt_pages_position(pages);
		s->nchunks++;
		r->out->subbuffers += n;
		if (r->log && r->log->progress)
			r->log->progress(r->log->user, "sub-buffers", r->out->subbuffers, 0);
	}
	bdt_pages_close(pages);
	if (ret < 0)
		return ret;
	if (!fstat(s->fd, &st) && (uint64_t)st.st_size > BT_SPOOL_HEADER + BT_CHUNK_COUNT)
		r->out->left_out +=
			(uint64_t)st.st_size - BT_SPOOL_HEADER - (s->size ? s->size : BT_CHUNK_COUNT);
	return 0;
}

/* There is no list of contents yet. */
static int finish_from_sections(struct recovery *r, struct bdt_diag *diag)
{
	struct bdt_writer *w;
	int err = 0;

	for (size_t i = 0; i < r->tf->ncpus && !err; i++)
		err = check_chunks(r, i, diag);
	if (!err && (take_sections(r) || take_texts(r)))
		err = bdt_file_enomem(r->tf, diag);
	if (err)
		return err;
	w = r->w;
	w->pos = r->tf->walked;
	if (ftruncate(w->fd, (off_t)r->tf->walked))
		return bdt_diag_set(diag, -errno, BT_NO_OFFSET, "%s: %s", r->head, strerror(errno));
	bdt_writer_reserve(w);
	r->w = NULL;
	return bdt_writer_finish(w, &r->out->file_bytes, diag);
}

/* The places are fixed: only copying is left. */
static int finish_from_places(struct recovery *r, struct bdt_diag *diag)
{
	const struct bdt_tracefile *tf = r->tf;
	struct bdt_writer *w = r->w;
	int err = 0;

	w->pos = tf->buffer + BT_SECTION_HEADER;
	for (size_t i = 0; i < tf->ncpus && !err; i++) {
		const struct bdt_extent *e = &tf->extents[i];

		if (e->cut)
			err = bdt_diag_set(diag, -ENODATA, BT_NO_OFFSET,
					   "%s: data of CPU %u is missing: is %s where it was?", r->head,
					   tf->cpus[i].cpu, w->spools[i].path);
		w->places[i] = e->offset;
		w->spools[i].size = e->size;
		w->spools[i].gone = e->gone;
		if (!err)
			err = open_spool(r, i, diag);
	}
	if (err)
		return err;
	err = bdt_writer_complete(w, &r->out->file_bytes);
	return err ? bdt_diag_set(diag, err, BT_NO_OFFSET, "%s: cannot be completed: %s", r->head,
				  strerror(-err))
		   : 0;
}

int bdt_tracefile_recover(const char *path, struct bdt_recovery *out, const struct bdt_log *log,
			  struct bdt_diag *diag)
{
	struct recovery r = { .lock = -1, .out = out, .log = log };
	int err;

	*out = (struct bdt_recovery){ 0 };
	err = find(&r, path, diag);
	if (!err)
		err = bdt_outfile_check(r.output, diag);
	if (!err)
		err = bdt_tracefile_open(r.head, &r.tf, diag);
	if (!err && (!r.tf->zstd || (r.tf->listed && r.tf->walked)))
		err = bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET,
				   "%s: not the head of an unfinished recording, or damaged", r.head);
	if (!err)
		err = new_writer(&r, diag);
	if (!err)
		err = bdt_outfile_keep_old(r.output, diag);
	if (!err)
		err = r.tf->listed ? finish_from_places(&r, diag) : finish_from_sections(&r, diag);
	if (r.w)
		bdt_writer_destroy(r.w);
	if (r.lock >= 0)
		close(r.lock);
	bdt_tracefile_close(r.tf);
	free(r.output);
	free(r.head);
	return err;
}
