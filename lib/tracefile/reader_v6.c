/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Version 6: one thing after another, sizes in front.  The front part is read into memory in a window that
 * is doubled until all of it fits, because its length is not known beforehand.
 */
#include "tracefile/file.h"

#include "base/array.h"
#include <errno.h>
#include <stdlib.h>

#define WINDOW_MIN  (1u << 20) /* bytes */
#define WORD_SIZE   10         /* bytes of "options  ", "flyrecord", "latency  " with their NUL */
#define OPTIONS_END 0

/* What the front part says besides what is kept in the tracefile. */
struct front {
	uint32_t ncpus;
	bool complete; /* all but the clock behind the table of CPUs was there */
	struct instance {
		const char *name;
		uint64_t offset; /* of its "flyrecord" */
	} * instances;
	size_t ninstances;
};

static bool word_is(const void *word, const char *what)
{
	return word && !memcmp(word, what, WORD_SIZE);
}

static int take_option(struct bdt_tracefile *tf, struct front *front, uint16_t id, struct bdt_cursor *data)
{
	struct instance *instance;

	if (id != BDT_BUFFER)
		return bdt_meta_option(tf, id, data);
	instance = bdt_array_add(&front->instances, &front->ninstances, sizeof(*instance));
	if (!instance)
		return -ENOMEM;
	instance->offset = bdt_cursor_u64(data);
	instance->name = bdt_cursor_str(data);
	return 0;
}

static int take_options(struct bdt_tracefile *tf, struct front *front, struct bdt_cursor *c)
{
	int err = 0;

	while (!err && !c->bad) {
		uint16_t id = bdt_cursor_u16(c);
		struct bdt_cursor data = { .big_endian = c->big_endian };

		if (id == OPTIONS_END)
			break;
		data.size = bdt_cursor_u32(c);
		data.data = bdt_cursor_bytes(c, data.size);
		if (!c->bad)
			err = take_option(tf, front, id, &data);
	}
	return err;
}

static int take_cpus(struct bdt_tracefile *tf, struct front *front, struct bdt_cursor *c)
{
	struct bdt_text clock = { 0 };

	for (uint32_t i = 0; i < front->ncpus && !c->bad; i++) {
		uint64_t offset = bdt_cursor_u64(c), size = bdt_cursor_u64(c);

		if (!c->bad && bdt_file_cpu(tf, i, offset, size))
			return -ENOMEM;
	}
	front->complete = !c->bad;
	/* Very old files end their table here. */
	bdt_meta_text(c, 8, &clock);
	if (clock.len)
		bdt_clock_name(clock.text, clock.len, tf->clock);
	return 0;
}

/* Everything before the sub-buffers.  A cursor that is too short is left `bad`. */
static int take_front(struct bdt_tracefile *tf, struct front *front, struct bdt_cursor *c)
{
	const void *word;
	int err;

	bdt_meta_header_info(tf, c);
	err = bdt_meta_formats(tf, c, "ftrace");
	if (!err)
		err = bdt_meta_systems(tf, c);
	bdt_meta_text(c, 4, &tf->kallsyms);
	bdt_meta_text(c, 4, &tf->printk);
	bdt_meta_text(c, 8, &tf->cmdlines);
	front->ncpus = bdt_cursor_u32(c);
	word = bdt_cursor_bytes(c, WORD_SIZE);
	if (!err && word_is(word, "options  ")) {
		err = take_options(tf, front, c);
		word = bdt_cursor_bytes(c, WORD_SIZE);
	}
	if (!err && word_is(word, "flyrecord"))
		err = take_cpus(tf, front, c);
	else if (word_is(word, "latency  "))
		front->complete = true;
	else if (!err && word)
		err = -EBADMSG;
	return err;
}

static void forget_cpus(struct bdt_tracefile *tf)
{
	free(tf->cpus);
	free(tf->extents);
	tf->cpus = NULL;
	tf->extents = NULL;
	tf->ncpus = tf->nextents = 0;
	tf->info.data_bytes = 0;
	tf->info.cut = false;
	tf->cut_reason[0] = 0;
}

/* The sub-buffers of an instance are read when the top buffer has none: its table looks like the top one. */
static int try_instance(struct bdt_tracefile *tf, struct front *front, const struct instance *instance,
			struct bdt_diag *diag)
{
	uint64_t left = tf->info.file_bytes - instance->offset;
	uint64_t size = WORD_SIZE + 16 * (uint64_t)front->ncpus + 8 + BT_CLOCK_NAME;
	struct bdt_cursor c = { .big_endian = tf->info.big_endian };
	void *data = NULL;
	int err;

	if (instance->offset >= tf->info.file_bytes)
		return 0;
	c.size = (size_t)(size < left ? size : left);
	err = bdt_file_hold(tf, c.size, instance->offset, &data, diag);
	if (!err)
		err = bdt_file_read(tf, instance->offset, data, c.size, diag);
	if (err)
		return err;
	c.data = data;
	if (!word_is(bdt_cursor_bytes(&c, WORD_SIZE), "flyrecord"))
		return 0;
	forget_cpus(tf);
	tf->info.buffer = instance->name;
	return take_cpus(tf, front, &c) ? bdt_file_enomem(tf, diag) : 0;
}

/* Undoes take_front() before it is tried again with a larger window. */
static void forget(struct bdt_tracefile *tf, struct front *front)
{
	for (size_t i = 0; i < tf->nblobs; i++)
		free(tf->blobs[i]);
	free(tf->blobs);
	free(tf->formats);
	free(tf->stats);
	free(front->instances);
	*front = (struct front){ 0 };
	forget_cpus(tf);
	tf->blobs = NULL;
	tf->formats = NULL;
	tf->stats = NULL;
	tf->nblobs = tf->held = tf->nformats = tf->nstats = 0;
	tf->header_page = tf->header_event = (struct bdt_text){ 0 };
	tf->kallsyms = tf->printk = tf->cmdlines = (struct bdt_text){ 0 };
	tf->info.uname = "";
	tf->info.tsc_offset = 0;
}

static int read_front(struct bdt_tracefile *tf, struct front *front, uint64_t at, struct bdt_diag *diag)
{
	uint64_t rest = tf->info.file_bytes - at, window = WINDOW_MIN;
	struct bdt_cursor c = { .big_endian = tf->info.big_endian };
	void *data = NULL;
	int err;

	for (;; window *= 2) {
		if (window > rest)
			window = rest;
		err = bdt_file_hold(tf, window, at, &data, diag);
		if (!err)
			err = bdt_file_read(tf, at, data, (size_t)window, diag);
		if (err)
			return err;
		c = (struct bdt_cursor){ .data = data, .size = (size_t)window, .big_endian = c.big_endian };
		err = take_front(tf, front, &c);
		if (err || !c.bad || window == rest || window > BT_METADATA_MAX / 4)
			break;
		forget(tf, front);
	}
	if (err == -ENOMEM)
		return bdt_file_enomem(tf, diag);
	if (err || (!front->complete && window < rest))
		return bdt_diag_set(diag, -EBADMSG, at + c.pos,
				    "%s: the contents before byte %ju are corrupt", tf->path,
				    (uintmax_t)(at + c.pos));
	return 0;
}

int bdt_read_v6(struct bdt_tracefile *tf, uint64_t at, struct bdt_diag *diag)
{
	struct front front = { 0 };
	int err = read_front(tf, &front, at, diag);

	if (!err && !front.complete)
		bdt_file_cut(tf, "the file ends at byte %ju, before its list of CPUs",
			     (uintmax_t)tf->info.file_bytes);
	for (size_t i = 0; i < front.ninstances && !err && front.complete && !tf->info.data_bytes; i++)
		err = try_instance(tf, &front, &front.instances[i], diag);
	free(front.instances);
	return err;
}
