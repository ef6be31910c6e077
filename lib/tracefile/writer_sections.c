/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What is written, in this order: header; HEADER_INFO, EVENT_FORMATS, FTRACE_EVENTS, KALLSYMS, PRINTK,
 * CMDLINES, MACHINE; OPTIONS for whoever finds the file unfinished; SNAPSHOT and PAGEFLAGS as they are
 * completed, what changes in MACHINE; at the end CMDLINES and MACHINE anew if they changed, LOSS, OPTIONS and
 * BUFFER. The sub-buffers are last, so that a file that is cut later still tells everything else.
 */
#include "tracefile/writer_inside.h"

#include "base/array.h"
#include "tracefile/format.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define COMPRESSION 1 /* zstd level */

int bdt_writer_fail(struct bdt_writer *w, int err)
{
	return bdt_diag_set(&w->failed, err, w->pos, "%s: cannot write: %s", w->part, strerror(-err));
}

/* All or nothing: what was written of it before an error is cut off again. */
static int put(struct bdt_writer *w, const void *data, size_t size)
{
	int err = bdt_write_all(w->fd, data, size, w->pos);

	if (err) {
		/* Takes what is reserved behind it as well. */
		(void)!ftruncate(w->fd, (off_t)w->pos);
		w->reserved = w->pos;
		bdt_writer_fail(w, err);
	} else {
		w->pos += size;
		w->bytes += size;
	}
	bdt_writer_reserve(w);
	return err;
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

/* Adds a section to the file. */
static int put_section(struct bdt_writer *w, uint16_t id, const struct bdt_buf *content, bool compress)
{
	struct bdt_buf out = new_buf(w);
	size_t bound = compress ? BT_CHUNK_HEADER + ZSTD_compressBound(content->size) : content->size, done;
	uint8_t *bytes;
	int err;

	section_header(&out, id, compress ? BT_SECTION_COMPRESSED : 0, content->size);
	bytes = bdt_buf_grow(&out, bound);
	if (content->err || !bytes) {
		bdt_buf_free(&out);
		return bdt_writer_fail(w, -ENOMEM);
	}
	if (compress) {
		done = ZSTD_compress(bytes + BT_CHUNK_HEADER, bound - BT_CHUNK_HEADER, content->data,
				     content->size, COMPRESSION);
		bdt_store(bytes, 4, out.big_endian, done);
		bdt_store(bytes + 4, 4, out.big_endian, content->size);
		bdt_store(out.data + 8, 8, out.big_endian, BT_CHUNK_HEADER + done);
		out.size = BT_SECTION_HEADER + BT_CHUNK_HEADER + done;
	} else if (content->size) {
		memcpy(bytes, content->data, content->size);
	}
	err = put(w, out.data, out.size);
	bdt_buf_free(&out);
	return err;
}

/* Makes the options name the section at `offset`. */
static int note(struct bdt_writer *w, uint16_t id, uint64_t offset)
{
	struct bdt_writer_section *noted = bdt_array_add(&w->sections, &w->nsections, sizeof(*noted));

	if (!noted)
		return bdt_writer_fail(w, -ENOMEM);
	*noted = (struct bdt_writer_section){ id, offset };
	return 0;
}

static int put_noted(struct bdt_writer *w, uint16_t id, const struct bdt_buf *content, bool compress)
{
	uint64_t at = w->pos;
	int err = put_section(w, id, content, compress);

	return err ? err : note(w, id, at);
}

int bdt_writer_put_header(struct bdt_writer *w)
{
	struct bdt_buf b = new_buf(w);
	int err;

	bdt_buf_put(&b, BT_MAGIC, BT_MAGIC_SIZE);
	bdt_buf_str(&b, "7");
	bdt_buf_uint(&b, 1, w->options.big_endian);
	bdt_buf_uint(&b, 1, w->options.long_size);
	bdt_buf_uint(&b, 4, w->options.page_size);
	bdt_buf_str(&b, "zstd");
	bdt_buf_str(&b, ZSTD_versionString());
	w->options_at = b.size;
	bdt_buf_uint(&b, 8, 0);
	err = b.err ? bdt_writer_fail(w, b.err) : put(w, b.data, b.size);
	bdt_buf_free(&b);
	return err;
}

/* The numbers in PAGEFLAGS count the SNAPSHOT sections that are there. */
int bdt_writer_put_snapshot(struct bdt_writer *w)
{
	struct bdt_writer_snapshot *snap = &w->snapshot;
	struct bdt_buf b = new_buf(w);
	int err;

	if (!snap->name)
		return 0;
	bdt_snapshot_encode(&b, snap->name, snap->pieces, snap->npieces);
	err = put_noted(w, BDT_SNAPSHOT, &b, true);
	bdt_buf_free(&b);
	if (!err) {
		w->nsnapshots++;
		if (snap->pageflags.nchunks) {
			bdt_pageflags_end(&snap->pageflags);
			err = put_noted(w, BDT_PAGEFLAGS, &snap->pageflags.out, false);
		}
	}
	bdt_writer_snapshot_clear(snap);
	return err;
}

static int put_formats(struct bdt_writer *w)
{
	struct bdt_buf b = new_buf(w);
	int err;

	bdt_buf_uint(&b, 4, w->nsystems);
	for (size_t i = 0; i < w->nsystems; i++) {
		const struct bdt_writer_system *system = &w->systems[i];

		bdt_buf_str(&b, system->name);
		bdt_buf_uint(&b, 4, system->nformats);
		bdt_buf_put(&b, system->formats.data, system->formats.size);
	}
	err = put_noted(w, BDT_EVENT_FORMATS, &b, true);
	bdt_buf_free(&b);
	return err;
}

/* Empty ones as well, because without them trace-cmd convert and split refuse the file. */
static int put_expected(struct bdt_writer *w)
{
	struct bdt_buf none = new_buf(w);
	int err;

	bdt_buf_uint(&none, 4, 0);
	err = put_noted(w, BDT_FTRACE_EVENTS, &none, false);
	if (!err)
		err = put_noted(w, BDT_KALLSYMS, w->kallsyms.size ? &w->kallsyms : &none, w->kallsyms.size);
	if (!err)
		err = put_noted(w, BDT_PRINTK, &none, false);
	bdt_buf_free(&none);
	return err;
}

static int put_machine(struct bdt_writer *w)
{
	struct bdt_buf b = new_buf(w);
	uint64_t at = w->pos;
	int err;

	bdt_machine_encode(&b, w->machine, w->nmachine);
	err = put_section(w, BDT_MACHINE, &b, true);
	bdt_buf_free(&b);
	if (!err)
		w->machine_place = (struct bdt_writer_place){ at, false };
	return err;
}

int bdt_writer_put_pair(struct bdt_writer *w, const struct bdt_pair *pair)
{
	struct bdt_buf b = new_buf(w);
	int err;

	bdt_machine_encode(&b, pair, 1);
	err = put_section(w, BDT_MACHINE, &b, false);
	bdt_buf_free(&b);
	return err;
}

int bdt_writer_put_cmdlines(struct bdt_writer *w)
{
	uint64_t at = w->pos;
	int err = w->cmdlines.size ? put_section(w, BDT_CMDLINES, &w->cmdlines, true) : 0;

	if (!err && w->cmdlines.size)
		w->cmdlines_place = (struct bdt_writer_place){ at, false };
	return err;
}

static int put_loss(struct bdt_writer *w)
{
	struct bdt_buf b = new_buf(w);
	int err;

	if (!w->nloss)
		return 0;
	bdt_loss_encode(&b, w->loss, w->nloss);
	err = put_noted(w, BDT_LOSS, &b, true);
	bdt_buf_free(&b);
	return err;
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

static bool is_named(const struct bdt_writer *w, size_t i)
{
	return !w->options.only_used_cpus || w->spools[i].size || w->stats[i];
}

static uint32_t count_named(const struct bdt_writer *w)
{
	uint32_t n = 0;

	for (size_t i = 0; i < w->options.ncpus; i++)
		n += is_named(w, i);
	return n;
}

/* `at` 0: the section is not there yet, and neither is data. */
static void option_buffer(struct bdt_buf *b, const struct bdt_writer *w, uint64_t at)
{
	uint32_t ncpus = at ? count_named(w) : (uint32_t)w->options.ncpus;
	char clock[BT_CLOCK_NAME];

	bdt_clock_name(w->clock, strlen(w->clock), clock);
	bdt_buf_uint(b, 2, BDT_BUFFER);
	bdt_buf_uint(b, 4, 8 + 1 + strlen(clock) + 1 + 4 + 4 + 20 * (size_t)ncpus);
	bdt_buf_uint(b, 8, at);
	bdt_buf_str(b, "");
	bdt_buf_str(b, clock);
	bdt_buf_uint(b, 4, w->options.page_size);
	bdt_buf_uint(b, 4, ncpus);
	for (size_t i = 0; i < w->options.ncpus; i++) {
		uint64_t size = w->spools[i].size;

		if (at && !is_named(w, i))
			continue;
		bdt_buf_uint(b, 4, w->cpus[i]);
		bdt_buf_uint(b, 8, at ? w->places[i] : 0);
		bdt_buf_uint(b, 8, at && size ? size - BT_CHUNK_COUNT : 0);
	}
}

/* The data of the CPUs comes one after another behind the header of the section. */
static void assign_places(struct bdt_writer *w, uint64_t buffer_at)
{
	uint64_t data = buffer_at + BT_SECTION_HEADER;

	for (size_t i = 0; i < w->options.ncpus; i++) {
		w->places[i] = data;
		data += w->spools[i].size;
	}
}

static void option_done(struct bdt_buf *b)
{
	bdt_buf_uint(b, 2, BDT_OPTIONS);
	bdt_buf_uint(b, 4, 8);
	bdt_buf_uint(b, 8, 0);
}

static void common_options(struct bdt_buf *b, const struct bdt_writer *w, uint32_t ncpus)
{
	bdt_buf_uint(b, 2, BDT_CPUCOUNT);
	bdt_buf_uint(b, 4, 4);
	bdt_buf_uint(b, 4, ncpus);
	option_str(b, BDT_TRACECLOCK, w->clock);
	if (*w->uname)
		option_str(b, BDT_UNAME, w->uname);
	if (w->options.tsc_mult)
		option_tsc2nsec(b, &w->options);
}

/* Without this the clock and the numbers of the CPUs would only be known at the end. */
static int put_first_options(struct bdt_writer *w)
{
	struct bdt_buf b = new_buf(w);
	int err;

	common_options(&b, w, (uint32_t)w->options.ncpus);
	option_buffer(&b, w, 0);
	option_done(&b);
	err = put_section(w, BDT_OPTIONS, &b, false);
	bdt_buf_free(&b);
	return err;
}

int bdt_writer_put_head(struct bdt_writer *w)
{
	int err = 0;

	if (w->headed)
		return 0;
	w->headed = true;
	if (w->header_info.size)
		err = put_noted(w, BDT_HEADER_INFO, &w->header_info, true);
	if (!err)
		err = put_formats(w);
	if (!err)
		err = put_expected(w);
	if (!err)
		err = bdt_writer_put_cmdlines(w);
	if (!err)
		err = put_machine(w);
	if (!err)
		err = put_first_options(w);
	return err;
}

static void encode_options(struct bdt_buf *b, const struct bdt_writer *w, uint64_t buffer_at)
{
	b->size = 0;
	common_options(b, w, count_named(w));
	for (size_t i = 0; i < w->options.ncpus; i++)
		if (w->stats[i])
			option_cpustat(b, w->cpus[i], w->stats[i]);
	for (size_t i = 0; i < w->nsections; i++) {
		bdt_buf_uint(b, 2, w->sections[i].id);
		bdt_buf_uint(b, 4, 8);
		bdt_buf_uint(b, 8, w->sections[i].offset);
	}
	option_buffer(b, w, buffer_at);
	option_done(b);
}

/* The options name the place of BUFFER, which begins behind them: so they are made twice. */
static int put_options(struct bdt_writer *w)
{
	struct bdt_buf b = new_buf(w);
	uint64_t buffer_at;
	int err;

	encode_options(&b, w, UINT64_MAX);
	buffer_at = w->pos + BT_SECTION_HEADER + b.size;
	assign_places(w, buffer_at);
	encode_options(&b, w, buffer_at);
	err = put_section(w, BDT_OPTIONS, &b, false);
	bdt_buf_free(&b);
	return err;
}

static int put_buffer(struct bdt_writer *w)
{
	struct bdt_buf b = new_buf(w);
	uint64_t size = 0;
	int err;

	for (size_t i = 0; i < w->options.ncpus; i++)
		size += w->spools[i].size;
	section_header(&b, BDT_BUFFER, BT_SECTION_COMPRESSED, size);
	err = b.err ? bdt_writer_fail(w, b.err) : put(w, b.data, b.size);
	bdt_buf_free(&b);
	return err;
}

/* What the events can be read without is left out when it cannot be written. */
int bdt_writer_put_rest(struct bdt_writer *w, uint64_t *options)
{
	int err = bdt_writer_put_head(w);

	if (err)
		return err;
	bdt_writer_put_snapshot(w);
	if (!w->cmdlines_place.offset || w->cmdlines_place.changed)
		bdt_writer_put_cmdlines(w);
	if (!w->machine_place.offset || w->machine_place.changed)
		put_machine(w);
	put_loss(w);
	if (w->cmdlines_place.offset)
		err = note(w, BDT_CMDLINES, w->cmdlines_place.offset);
	if (!err && w->machine_place.offset)
		err = note(w, BDT_MACHINE, w->machine_place.offset);
	*options = w->pos;
	if (!err)
		err = put_options(w);
	return err ? err : put_buffer(w);
}
