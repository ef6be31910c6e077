/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is written, in this order: header; SNAPSHOT and PAGEFLAGS as they are completed; at the end
 * HEADER_INFO, EVENT_FORMATS, three empty sections, CMDLINES, MACHINE, LOSS, one OPTIONS section and BUFFER.
 * The sub-buffers are last, so that a file that is cut later still tells everything else.
 */
#include "tracefile/writer_inside.h"

#include "base/array.h"
#include "tracefile/format.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define COMPRESSION 1 /* zstd level */

int bdt_writer_fail(struct bdt_writer *w, int err)
{
	return bdt_diag_set(&w->failed, err, w->pos, "%s: cannot write: %s", w->part, strerror(-err));
}

static void put(struct bdt_writer *w, const void *data, size_t size)
{
	int err = w->failed.err ? 0 : bdt_write_all(w->fd, data, size);

	if (err)
		bdt_writer_fail(w, err);
	w->pos += size;
}

static struct bdt_buf new_buf(const struct bdt_writer *w)
{
	return (struct bdt_buf){ .big_endian = w->options.big_endian };
}

static void section_header(struct bdt_buf *b, uint16_t id, uint16_t flags, uint64_t size)
{
	bdt_buf_uint(b, 2, id);
	bdt_buf_uint(b, 2, flags);
	bdt_buf_uint(b, 4, BT_SECTION_NO_NAME);
	bdt_buf_uint(b, 8, size);
}

/* Adds a section to the file and notes its place for the options. */
static int put_section(struct bdt_writer *w, uint16_t id, struct bdt_buf *content, bool compress)
{
	struct bdt_buf out = new_buf(w);
	struct bdt_writer_section *noted = NULL;
	size_t bound = ZSTD_compressBound(content->size), done;
	uint8_t *packed;

	if (id != BDT_OPTIONS)
		noted = bdt_array_add(&w->sections, &w->nsections, sizeof(*noted));
	if (noted)
		*noted = (struct bdt_writer_section){ id, w->pos };
	section_header(&out, id, compress ? BT_SECTION_COMPRESSED : 0, content->size);
	packed = bdt_buf_grow(&out, BT_CHUNK_HEADER + bound);
	if (content->err || !packed || (id != BDT_OPTIONS && !noted)) {
		bdt_buf_free(&out);
		return bdt_writer_fail(w, -ENOMEM);
	}
	if (compress) {
		done = ZSTD_compress(packed + BT_CHUNK_HEADER, bound, content->data, content->size,
				     COMPRESSION);
		bdt_store(packed, 4, out.big_endian, done);
		bdt_store(packed + 4, 4, out.big_endian, content->size);
		bdt_store(out.data + 8, 8, out.big_endian, BT_CHUNK_HEADER + done);
		put(w, out.data, BT_SECTION_HEADER + BT_CHUNK_HEADER + done);
	} else {
		put(w, out.data, BT_SECTION_HEADER);
		put(w, content->data, content->size);
	}
	bdt_buf_free(&out);
	return w->failed.err;
}

int bdt_writer_put_header(struct bdt_writer *w)
{
	struct bdt_buf b = new_buf(w);

	bdt_buf_put(&b, BT_MAGIC, BT_MAGIC_SIZE);
	bdt_buf_str(&b, "7");
	bdt_buf_uint(&b, 1, w->options.big_endian);
	bdt_buf_uint(&b, 1, w->options.long_size);
	bdt_buf_uint(&b, 4, w->options.page_size);
	bdt_buf_str(&b, "zstd");
	bdt_buf_str(&b, ZSTD_versionString());
	w->options_at = b.size;
	bdt_buf_uint(&b, 8, 0);
	if (b.err)
		bdt_writer_fail(w, b.err);
	else
		put(w, b.data, b.size);
	bdt_buf_free(&b);
	return w->failed.err;
}

int bdt_writer_put_snapshot(struct bdt_writer *w)
{
	struct bdt_writer_snapshot *snap = &w->snapshot;
	struct bdt_buf b = new_buf(w);

	if (!snap->name)
		return w->failed.err;
	bdt_snapshot_encode(&b, snap->name, snap->pieces, snap->npieces);
	put_section(w, BDT_SNAPSHOT, &b, true);
	bdt_buf_free(&b);
	if (snap->pageflags.nchunks) {
		bdt_pageflags_end(&snap->pageflags);
		put_section(w, BDT_PAGEFLAGS, &snap->pageflags.out, false);
	}
	bdt_writer_snapshot_clear(snap);
	w->nsnapshots++;
	return w->failed.err;
}

static void put_formats(struct bdt_writer *w)
{
	struct bdt_buf b = new_buf(w);

	bdt_buf_uint(&b, 4, w->nsystems);
	for (size_t i = 0; i < w->nsystems; i++) {
		const struct bdt_writer_system *system = &w->systems[i];

		bdt_buf_str(&b, system->name);
		bdt_buf_uint(&b, 4, system->nformats);
		bdt_buf_put(&b, system->formats.data, system->formats.size);
	}
	put_section(w, BDT_EVENT_FORMATS, &b, true);
	bdt_buf_free(&b);
}

/* Empty, but without them trace-cmd convert and split refuse the file. */
static void put_expected(struct bdt_writer *w)
{
	static const uint16_t ids[] = { BDT_FTRACE_EVENTS, BDT_KALLSYMS, BDT_PRINTK };
	struct bdt_buf none = new_buf(w);

	bdt_buf_uint(&none, 4, 0);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		put_section(w, ids[i], &none, false);
	bdt_buf_free(&none);
}

static void put_own(struct bdt_writer *w)
{
	struct bdt_buf b = new_buf(w);

	bdt_machine_encode(&b, w->machine, w->nmachine);
	put_section(w, BDT_MACHINE, &b, true);
	b.size = 0;
	bdt_loss_encode(&b, w->loss, w->nloss);
	if (w->nloss)
		put_section(w, BDT_LOSS, &b, true);
	bdt_buf_free(&b);
}

static void option_str(struct bdt_buf *b, uint16_t id, const char *text)
{
	bdt_buf_uint(b, 2, id);
	bdt_buf_uint(b, 4, strlen(text) + 1);
	bdt_buf_str(b, text);
}

static void option_cpustat(struct bdt_buf *b, uint32_t cpu, const char *text)
{
	char line[32];
	int n = snprintf(line, sizeof(line), "CPU: %u\n", cpu);

	bdt_buf_uint(b, 2, BDT_CPUSTAT);
	bdt_buf_uint(b, 4, (size_t)n + strlen(text) + 1);
	bdt_buf_put(b, line, (size_t)n);
	bdt_buf_str(b, text);
}

static void option_tsc2nsec(struct bdt_buf *b, const struct bdt_writer_options *o)
{
	bdt_buf_uint(b, 2, BDT_TSC2NSEC);
	bdt_buf_uint(b, 4, 16);
	bdt_buf_uint(b, 4, o->tsc_mult);
	bdt_buf_uint(b, 4, o->tsc_shift);
	bdt_buf_uint(b, 8, 0);
}

/* The BUFFER option for a section at `at`, the data of the CPUs one after another behind its header. */
static void option_buffer(struct bdt_buf *b, const struct bdt_writer *w, uint64_t at)
{
	uint64_t data = at + BT_SECTION_HEADER;
	char clock[BT_CLOCK_NAME];

	bdt_clock_name(w->clock, strlen(w->clock), clock);
	bdt_buf_uint(b, 2, BDT_BUFFER);
	bdt_buf_uint(b, 4, 8 + 1 + strlen(clock) + 1 + 4 + 4 + 20 * w->options.ncpus);
	bdt_buf_uint(b, 8, at);
	bdt_buf_str(b, "");
	bdt_buf_str(b, clock);
	bdt_buf_uint(b, 4, w->options.page_size);
	bdt_buf_uint(b, 4, w->options.ncpus);
	for (size_t i = 0; i < w->options.ncpus; i++) {
		uint64_t size = w->spools[i].size;

		bdt_buf_uint(b, 4, w->cpus[i]);
		bdt_buf_uint(b, 8, data);
		bdt_buf_uint(b, 8, size ? size - BT_CHUNK_COUNT : 0);
		data += size;
	}
}

static void encode_options(struct bdt_buf *b, const struct bdt_writer *w, uint64_t buffer_at)
{
	b->size = 0;
	bdt_buf_uint(b, 2, BDT_CPUCOUNT);
	bdt_buf_uint(b, 4, 4);
	bdt_buf_uint(b, 4, w->options.ncpus);
	option_str(b, BDT_TRACECLOCK, w->clock);
	if (*w->uname)
		option_str(b, BDT_UNAME, w->uname);
	for (size_t i = 0; i < w->options.ncpus; i++)
		if (w->stats[i])
			option_cpustat(b, w->cpus[i], w->stats[i]);
	if (w->options.tsc_mult)
		option_tsc2nsec(b, &w->options);
	for (size_t i = 0; i < w->nsections; i++) {
		bdt_buf_uint(b, 2, w->sections[i].id);
		bdt_buf_uint(b, 4, 8);
		bdt_buf_uint(b, 8, w->sections[i].offset);
	}
	option_buffer(b, w, buffer_at);
	bdt_buf_uint(b, 2, BDT_OPTIONS);
	bdt_buf_uint(b, 4, 8);
	bdt_buf_uint(b, 8, 0);
}

/* The options name the place of BUFFER, which begins behind them: so they are made twice. */
static void put_options(struct bdt_writer *w)
{
	struct bdt_buf b = new_buf(w);
	uint64_t at = w->pos;
	uint8_t word[8];

	encode_options(&b, w, 0);
	encode_options(&b, w, at + BT_SECTION_HEADER + b.size);
	put_section(w, BDT_OPTIONS, &b, false);
	bdt_store(word, sizeof(word), w->options.big_endian, at);
	if (!w->failed.err && pwrite(w->fd, word, sizeof(word), (off_t)w->options_at) != sizeof(word))
		bdt_writer_fail(w, -EIO);
	bdt_buf_free(&b);
}

static void put_buffer(struct bdt_writer *w)
{
	struct bdt_buf b = new_buf(w);
	uint64_t size = 0;

	for (size_t i = 0; i < w->options.ncpus; i++)
		size += w->spools[i].size;
	section_header(&b, BDT_BUFFER, BT_SECTION_COMPRESSED, size);
	if (b.err)
		bdt_writer_fail(w, b.err);
	else
		put(w, b.data, b.size);
	bdt_buf_free(&b);
	for (size_t i = 0; i < w->options.ncpus && !w->failed.err; i++) {
		int err = bdt_spool_copy(&w->spools[i], w->fd);

		if (err)
			bdt_writer_fail(w, err);
		w->pos += w->spools[i].size;
		bdt_spool_close(&w->spools[i]);
	}
}

int bdt_writer_put_rest(struct bdt_writer *w)
{
	bdt_writer_put_snapshot(w);
	if (w->header_info.size)
		put_section(w, BDT_HEADER_INFO, &w->header_info, true);
	put_formats(w);
	put_expected(w);
	if (w->cmdlines.size)
		put_section(w, BDT_CMDLINES, &w->cmdlines, true);
	put_own(w);
	put_options(w);
	put_buffer(w);
	return w->failed.err;
}
