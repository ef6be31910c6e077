/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Version 7.  The regular way in is the chain of OPTIONS sections, which says where everything is.  When the
 * chain leads out of the file (it was cut), or does not begin (it was not completed), the sections that are
 * there are found by walking from one to the next, and the sub-buffers of a BUFFER section without its option
 * by walking the chunks.
 */
#include "tracefile/file.h"

#include "base/array.h"
#include <errno.h>
#include <stdlib.h>

#define HEAD_MAX 64 /* bytes: two names of up to 27 characters, an offset */

/* What is put together while the options are read. */
struct found {
	bool have[BDT_CMDLINES + 1]; /* sections of trace-cmd that were read, by id */
	bool buffer;                 /* there was a BUFFER option */
	bool own, buffer_met;        /* while walking: own sections were read already; BUFFER was met */
	bool walking; /* options that name sections are not followed: the sections are met anyway */
	/* The BUFFER option that is used: the top one, unless it is empty and another is not. */
	struct bdt_cursor chosen;
	const char *name, *clock;
	uint64_t bytes;
};

static int corrupt(const struct bdt_tracefile *tf, uint64_t at, const char *what, struct bdt_diag *diag)
{
	return bdt_diag_set(diag, -EBADMSG, at, "%s: %s at byte %ju is corrupt", tf->path, what,
			    (uintmax_t)at);
}

static int take_cmdlines(struct bdt_tracefile *tf, struct bdt_cursor *c)
{
	bdt_meta_text(c, 8, &tf->cmdlines);
	return 0;
}

static int take_kallsyms(struct bdt_tracefile *tf, struct bdt_cursor *c)
{
	bdt_meta_text(c, 4, &tf->kallsyms);
	return 0;
}

static int take_printk(struct bdt_tracefile *tf, struct bdt_cursor *c)
{
	bdt_meta_text(c, 4, &tf->printk);
	return 0;
}

static int take_header_info(struct bdt_tracefile *tf, struct bdt_cursor *c)
{
	bdt_meta_header_info(tf, c);
	return 0;
}

static int take_ftrace(struct bdt_tracefile *tf, struct bdt_cursor *c)
{
	return bdt_meta_formats(tf, c, "ftrace");
}

static const struct {
	uint16_t id;
	const char *name;
	int (*take)(struct bdt_tracefile *tf, struct bdt_cursor *c);
} sections[] = {
	{ BDT_HEADER_INFO, "the HEADER_INFO section", take_header_info },
	{ BDT_FTRACE_EVENTS, "the FTRACE_EVENTS section", take_ftrace },
	{ BDT_EVENT_FORMATS, "the EVENT_FORMATS section", bdt_meta_systems },
	{ BDT_KALLSYMS, "the KALLSYMS section", take_kallsyms },
	{ BDT_PRINTK, "the PRINTK section", take_printk },
	{ BDT_CMDLINES, "the CMDLINES section", take_cmdlines },
};

static int load_section(struct bdt_tracefile *tf, struct found *found, const struct bdt_section *s,
			struct bdt_diag *diag)
{
	struct bdt_cursor c;
	int err;

	if (s->id >= BDT_OWN_FIRST)
		return bdt_own_load(tf, s, diag);
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		/* The names of tasks are written again when there are more. */
		if (sections[i].id != s->id || (found->have[s->id] && s->id != BDT_CMDLINES))
			continue;
		found->have[s->id] = true;
		err = bdt_section_load(tf, s, &c, diag);
		if (err)
			return err;
		if (sections[i].take(tf, &c))
			return bdt_file_enomem(tf, diag);
		if (c.bad)
			return corrupt(tf, s->offset, sections[i].name, diag);
	}
	return 0;
}

/* An option that holds the offset of the section with its id. */
static int follow(struct bdt_tracefile *tf, struct found *found, uint16_t id, struct bdt_cursor *c,
		  struct bdt_diag *diag)
{
	uint64_t at = bdt_cursor_u64(c);
	struct bdt_diag local = { 0 };
	struct bdt_section s;
	int err = bdt_section_head(tf, at, &s, &local);

	if (c->bad)
		return 0;
	if (err == -ENODATA) {
		bdt_file_cut(tf, "the file ends at byte %ju, before the end of section %u at byte %ju",
			     (uintmax_t)tf->info.file_bytes, id, (uintmax_t)at);
		return 0;
	}
	if (err)
		return bdt_diag_set(diag, err, local.offset, "%s", local.text);
	if (s.id != id)
		return bdt_diag_set(diag, -EBADMSG, at,
				    "%s: the options name section %u at byte %ju, but %u is there", tf->path,
				    id, (uintmax_t)at, s.id);
	return load_section(tf, found, &s, diag);
}

/* The start of a BUFFER option, up to the number of CPUs. */
static void buffer_head(struct bdt_cursor *c, const char **name, const char **clock, uint32_t *page_size,
			uint32_t *ncpus)
{
	bdt_cursor_u64(c);
	*name = bdt_cursor_str(c);
	*clock = bdt_cursor_str(c);
	*page_size = bdt_cursor_u32(c);
	*ncpus = bdt_cursor_u32(c);
}

static void consider_buffer(struct found *found, struct bdt_cursor c)
{
	struct bdt_cursor start = c;
	const char *name, *clock;
	uint32_t page_size, ncpus;
	uint64_t bytes = 0;

	buffer_head(&c, &name, &clock, &page_size, &ncpus);
	for (uint32_t i = 0; i < ncpus && !c.bad; i++) {
		uint64_t size;

		bdt_cursor_u32(&c);
		bdt_cursor_u64(&c);
		size = bdt_cursor_u64(&c);
		bytes += size < UINT64_MAX - bytes ? size : UINT64_MAX - bytes;
	}
	start.bad = c.bad;
	if (!found->buffer ||
	    (bytes && (!*name || (*found->name && bytes > found->bytes) || !found->bytes))) {
		found->chosen = start;
		found->name = name;
		found->clock = clock;
		found->bytes = bytes;
	}
	found->buffer = true;
}

/* Whether the sub-buffers are compressed stands in the header of their section. */
static int check_buffer(struct bdt_tracefile *tf, uint64_t at, struct bdt_diag *diag)
{
	struct bdt_section s = { .compressed = tf->zstd };
	int err = bdt_section_head(tf, at, &s, NULL);

	if (err && err != -ENODATA)
		return bdt_diag_set(diag, err, at, "%s: cannot read: %s", tf->path, strerror(-err));
	if (s.id && s.id != BDT_BUFFER)
		return corrupt(tf, at, "the BUFFER section", diag);
	if (s.compressed && !tf->zstd)
		return bdt_diag_set(diag, -EPROTONOSUPPORT, at,
				    "%s: the sub-buffers are compressed, but the header names no algorithm",
				    tf->path);
	tf->packed = s.compressed;
	return 0;
}

static int add_cpu(struct bdt_tracefile *tf, const struct found *found, uint32_t cpu, uint64_t offset,
		   uint64_t size)
{
	int ret = 1;

	if (found->walking && tf->output)
		return bdt_unfinished_cpu(tf, cpu);
	if (tf->output && tf->packed && size)
		ret = bdt_unfinished_place(tf, cpu, offset, size);
	return ret == 1 ? bdt_file_cpu(tf, cpu, offset, size) : ret;
}

static int use_buffer(struct bdt_tracefile *tf, struct found *found, uint64_t at, struct bdt_diag *diag)
{
	struct bdt_cursor *c = &found->chosen;
	uint32_t ncpus;
	int err;

	if (c->bad)
		return corrupt(tf, at, "the BUFFER option", diag);
	tf->buffer = bdt_load(c->data, 8, c->big_endian);
	tf->packed = tf->zstd;
	/* In an unfinished recording the section is not there yet, or something else is by now. */
	err = tf->buffer && !(found->walking && tf->output) ? check_buffer(tf, tf->buffer, diag) : 0;
	if (err)
		return err;
	buffer_head(c, &tf->info.buffer, &found->clock, &tf->info.page_size, &ncpus);
	if (*found->clock)
		bdt_clock_name(found->clock, strlen(found->clock), tf->clock);
	for (uint32_t i = 0; i < ncpus; i++) {
		uint32_t cpu = bdt_cursor_u32(c);
		uint64_t offset = bdt_cursor_u64(c), size = bdt_cursor_u64(c);

		if (tf->packed && size && size <= UINT64_MAX - BT_CHUNK_COUNT)
			size += BT_CHUNK_COUNT;
		if (add_cpu(tf, found, cpu, offset, size))
			return bdt_file_enomem(tf, diag);
	}
	return 0;
}

static int take_option(struct bdt_tracefile *tf, struct found *found, uint16_t id, struct bdt_cursor c,
		       struct bdt_diag *diag)
{
	if (id == BDT_BUFFER) {
		consider_buffer(found, c);
		return 0;
	}
	if (id >= BDT_OWN_FIRST && c.size == 8)
		return found->walking ? 0 : follow(tf, found, id, &c, diag);
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		if (sections[i].id == id)
			return found->walking ? 0 : follow(tf, found, id, &c, diag);
	if (bdt_meta_option(tf, id, &c))
		return bdt_file_enomem(tf, diag);
	return 0;
}

/* The options of one section; *next becomes the offset of the next one, 0 at the end. */
static int take_options(struct bdt_tracefile *tf, struct found *found, const struct bdt_section *s,
			uint64_t *next, struct bdt_diag *diag)
{
	struct bdt_cursor c, data;
	int err = bdt_section_load(tf, s, &c, diag);

	*next = 0;
	while (!err && bdt_cursor_left(&c)) {
		uint16_t id = bdt_cursor_u16(&c);
		uint32_t size = bdt_cursor_u32(&c);

		data = (struct bdt_cursor){ .size = size, .big_endian = c.big_endian };
		data.data = bdt_cursor_bytes(&c, size);
		if (c.bad)
			return corrupt(tf, s->offset, "the OPTIONS section", diag);
		if (id == BDT_OPTIONS) {
			*next = bdt_cursor_u64(&data);
			return 0;
		}
		err = take_option(tf, found, id, data, diag);
	}
	return err;
}

/* Follows the chain; *broken is set when it leads out of the file. */
static int take_chain(struct bdt_tracefile *tf, struct found *found, uint64_t at, bool *broken,
		      struct bdt_diag *diag)
{
	uint64_t seen = 0;
	int err = 0;

	*broken = at == 0;
	while (at && !err) {
		struct bdt_diag local = { 0 };
		struct bdt_section s;

		err = bdt_section_head(tf, at, &s, &local);
		if (err == -ENODATA) {
			*broken = true;
			return 0;
		}
		if (err)
			return bdt_diag_set(diag, err, local.offset, "%s", local.text);
		if (s.id != BDT_OPTIONS)
			return corrupt(tf, at, "the OPTIONS section", diag);
		/* Sections do not overlap: options larger than the file were read twice. */
		seen += s.size + BT_SECTION_HEADER;
		if (seen > tf->info.file_bytes)
			return bdt_diag_set(diag, -EBADMSG, at, "%s: the OPTIONS sections run in a circle",
					    tf->path);
		err = take_options(tf, found, &s, &at, diag);
	}
	return err;
}

static bool chunk_at(const struct bdt_tracefile *tf, uint64_t at, uint64_t end, uint64_t *size)
{
	uint8_t head[BT_CHUNK_HEADER];

	if (end - at < sizeof(head) || bdt_file_read(tf, at, head, sizeof(head), NULL))
		return false;
	*size = sizeof(head) + bdt_load(head, 4, tf->info.big_endian);
	return true;
}

/* Finds the CPUs of a BUFFER section whose option was lost; their numbers are a guess: 0, 1, ... */
static int recover_buffer(struct bdt_tracefile *tf, uint64_t at, uint64_t end, struct bdt_diag *diag)
{
	uint64_t page = tf->info.page_size ? tf->info.page_size : 1;

	for (uint32_t cpu = 0; tf->packed && at < end; cpu++) {
		uint64_t start = at, size = 0;
		uint8_t word[BT_CHUNK_COUNT];
		uint32_t n;

		if (end - at < sizeof(word) || bdt_file_read(tf, at, word, sizeof(word), NULL))
			break;
		n = (uint32_t)bdt_load(word, 4, tf->info.big_endian);
		if (!n) { /* padding up to the next page, where trace-cmd starts a CPU */
			at += page - at % page;
			cpu--;
			continue;
		}
		for (at += sizeof(word); n && chunk_at(tf, at, end, &size); n--)
			at = size < end - at ? at + size : end;
		if (bdt_file_cpu(tf, cpu, start, at - start))
			return bdt_file_enomem(tf, diag);
		if (tf->nextents == BT_CPUS_MAX)
			break;
		tf->extents[tf->nextents - 1].cut = true;
	}
	return 0;
}

/* What the walk makes of a section that is all there. */
static int met(struct bdt_tracefile *tf, struct found *found, const struct bdt_section *s,
	       struct bdt_diag *diag)
{
	struct bdt_met *noted;
	uint64_t next;

	if (s->id == BDT_OPTIONS)
		return found->walking ? take_options(tf, found, s, &next, diag) : 0;
	noted = bdt_array_add(&tf->met, &tf->nmet, sizeof(*noted));
	if (!noted)
		return bdt_file_enomem(tf, diag);
	*noted = (struct bdt_met){ s->id, s->offset };
	return s->id < BDT_OWN_FIRST || !found->own ? load_section(tf, found, s, diag) : 0;
}

static int walk_buffer(struct bdt_tracefile *tf, struct found *found, const struct bdt_section *s, bool whole,
		       struct bdt_diag *diag)
{
	uint64_t data = s->offset + BT_SECTION_HEADER;

	tf->packed = s->compressed && tf->zstd;
	if (found->buffer)
		return 0;
	return recover_buffer(tf, data, whole && s->size ? data + s->size : tf->info.file_bytes, diag);
}

/* Walks the sections, and takes those that the options did not name. */
static int walk(struct bdt_tracefile *tf, struct found *found, struct bdt_diag *diag)
{
	uint64_t at = tf->sections, end = tf->info.file_bytes;
	struct bdt_diag local = { 0 };
	struct bdt_section s;
	int err = 0;

	found->own = tf->info.native;
	tf->walked = at;
	while (!err && end - at >= BT_SECTION_HEADER) {
		int head = bdt_section_head(tf, at, &s, NULL);

		if (head && head != -ENODATA)
			return head;
		if (s.id == BDT_BUFFER)
			err = walk_buffer(tf, found, &s, !head, &local);
		else if (!head && (s.id != BDT_OPTIONS || s.size))
			err = met(tf, found, &s, &local);
		/* Nothing, or zeros where a power cut left nothing else. */
		if (head || (s.id == BDT_OPTIONS && !s.size))
			break;
		at += BT_SECTION_HEADER + s.size;
		if (!err && s.id != BDT_BUFFER && !found->buffer_met)
			tf->walked = at;
		found->buffer_met |= s.id == BDT_BUFFER;
	}
	/* Half a section at the end of what was not completed is no reason to refuse the rest. */
	if (found->walking && tf->output && (err == -EBADMSG || err == -ENODATA))
		return 0;
	return err ? bdt_diag_set(diag, err, local.offset, "%s", local.text) : 0;
}

static int read_algorithm(struct bdt_tracefile *tf, uint64_t at, uint64_t *options, struct bdt_diag *diag)
{
	uint8_t head[HEAD_MAX];
	struct bdt_cursor c = { .data = head, .size = sizeof(head), .big_endian = tf->info.big_endian };
	const char *name;
	int err;

	if (tf->info.file_bytes - at < c.size)
		c.size = (size_t)(tf->info.file_bytes - at);
	err = bdt_file_read(tf, at, head, c.size, diag);
	if (err)
		return err;
	name = bdt_cursor_str(&c);
	if (!c.bad && strcmp(name, "zstd") && strcmp(name, "none"))
		return bdt_diag_set(
			diag, -EPROTONOSUPPORT, at,
			"%s: compression \"%s\" is not read here: trace-cmd convert --compression zstd",
			tf->path, name);
	tf->zstd = !strcmp(name, "zstd");
	tf->info.compression = tf->zstd ? "zstd" : "none";
	bdt_cursor_str(&c);
	*options = bdt_cursor_u64(&c);
	if (c.bad)
		return bdt_diag_set(diag, -ENODATA, tf->info.file_bytes,
				    "%s: the file ends inside its header", tf->path);
	tf->sections = at + c.pos;
	return 0;
}

/* There is no list of contents: it is written last. */
static int read_unlisted(struct bdt_tracefile *tf, struct found *found, struct bdt_diag *diag)
{
	int err;

	found->walking = true;
	if (tf->output) {
		tf->info.unfinished = true;
		bdt_file_cut(
			tf,
			"the recording is unfinished: if it does not go on, buddytrace recover %s makes it "
			"a regular file",
			tf->output);
	} else {
		bdt_file_cut(tf, "the file ends at byte %ju, before its list of contents",
			     (uintmax_t)tf->info.file_bytes);
	}
	err = walk(tf, found, diag);
	if (!err && found->buffer && !tf->nextents)
		err = use_buffer(tf, found, tf->sections, diag);
	return err;
}

int bdt_read_v7(struct bdt_tracefile *tf, uint64_t at, struct bdt_diag *diag)
{
	struct found found = { 0 };
	uint64_t options = 0;
	bool broken = false;
	int err = read_algorithm(tf, at, &options, diag);

	if (err)
		return err;
	tf->listed = options;
	if (!options)
		return read_unlisted(tf, &found, diag);
	err = take_chain(tf, &found, options, &broken, diag);
	if (!err && found.buffer)
		err = use_buffer(tf, &found, options, diag);
	if (!err && broken) {
		bdt_file_cut(tf, "the file ends at byte %ju, before its list of contents",
			     (uintmax_t)tf->info.file_bytes);
		err = walk(tf, &found, diag);
	}
	return err;
}
