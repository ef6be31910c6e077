/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Version 6: one thing after another, sizes in front.  The front part is read into memory in a window that
 * is doubled until all of it fits, because its length is not known beforehand.
 */
#include "tracefile/file.h"

#include <errno.h>
#include <stdlib.h>

#define WINDOW_MIN  (1u << 20) /* bytes */
#define WORD_SIZE   10         /* bytes of "options  ", "flyrecord", "latency  " with their NUL */
#define OPTIONS_END 0

static bool word_is(const void *word, const char *what)
{
	return word && !memcmp(word, what, WORD_SIZE);
}

static int take_options(struct bdt_tracefile *tf, struct bdt_cursor *c)
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
			err = bdt_meta_option(tf, id, &data);
	}
	return err;
}

static int take_cpus(struct bdt_tracefile *tf, struct bdt_cursor *c, uint32_t ncpus, bool *complete)
{
	struct bdt_text clock = { 0 };

	for (uint32_t i = 0; i < ncpus && !c->bad; i++) {
		uint64_t offset = bdt_cursor_u64(c), size = bdt_cursor_u64(c);

		if (!c->bad && bdt_file_cpu(tf, i, offset, size))
			return -ENOMEM;
	}
	*complete = !c->bad;
	/* Very old files end their table here. */
	bdt_meta_text(c, 8, &clock);
	if (clock.len)
		bdt_clock_name(clock.text, clock.len, tf->clock);
	return 0;
}

/*
 * Everything before the sub-buffers.  A cursor that is too short is left `bad`; *complete tells that all but
 * the clock behind the table was there.
 */
static int take_front(struct bdt_tracefile *tf, struct bdt_cursor *c, bool *complete)
{
	uint32_t ncpus;
	const void *word;
	int err;

	bdt_meta_header_info(tf, c);
	err = bdt_meta_formats(tf, c, "ftrace");
	if (!err)
		err = bdt_meta_systems(tf, c);
	bdt_meta_text(c, 4, &tf->kallsyms);
	bdt_meta_text(c, 4, &tf->printk);
	bdt_meta_text(c, 8, &tf->cmdlines);
	ncpus = bdt_cursor_u32(c);
	word = bdt_cursor_bytes(c, WORD_SIZE);
	if (!err && word_is(word, "options  ")) {
		err = take_options(tf, c);
		word = bdt_cursor_bytes(c, WORD_SIZE);
	}
	if (!err && word_is(word, "flyrecord"))
		err = take_cpus(tf, c, ncpus, complete);
	else if (word_is(word, "latency  "))
		*complete = true;
	else if (!err && word)
		err = -EBADMSG;
	return err;
}

/* Undoes take_front() before it is tried again with a larger window. */
static void forget(struct bdt_tracefile *tf)
{
	for (size_t i = 0; i < tf->nblobs; i++)
		free(tf->blobs[i]);
	free(tf->blobs);
	free(tf->formats);
	free(tf->stats);
	free(tf->cpus);
	free(tf->extents);
	tf->blobs = NULL;
	tf->formats = NULL;
	tf->stats = NULL;
	tf->cpus = NULL;
	tf->extents = NULL;
	tf->nblobs = tf->held = tf->nformats = tf->nstats = tf->ncpus = tf->nextents = 0;
	tf->header_page = tf->header_event = (struct bdt_text){ 0 };
	tf->kallsyms = tf->printk = tf->cmdlines = (struct bdt_text){ 0 };
	tf->info.uname = "";
	tf->info.data_bytes = 0;
	tf->info.cut = false;
	tf->cut_reason[0] = 0;
}

int bdt_read_v6(struct bdt_tracefile *tf, uint64_t at, struct bdt_diag *diag)
{
	uint64_t rest = tf->info.file_bytes - at, window = WINDOW_MIN;
	bool complete = false;
	struct bdt_cursor c;
	void *data = NULL;
	int err;

	for (;;) {
		if (window > rest)
			window = rest;
		err = bdt_file_hold(tf, window, at, &data, diag);
		if (!err)
			err = bdt_file_read(tf, at, data, (size_t)window, diag);
		if (err)
			return err;
		c = (struct bdt_cursor){ .data = data,
					 .size = (size_t)window,
					 .big_endian = tf->info.big_endian };
		err = take_front(tf, &c, &complete);
		if (err || !c.bad || window == rest || window > BT_METADATA_MAX / 2)
			break;
		forget(tf);
		window *= 2;
	}
	if (err == -ENOMEM)
		return bdt_file_enomem(tf, diag);
	if (err || (!complete && window < rest))
		return bdt_diag_set(diag, -EBADMSG, at + c.pos,
				    "%s: the contents before byte %ju are corrupt", tf->path,
				    (uintmax_t)(at + c.pos));
	if (!complete)
		bdt_file_cut(tf, "the file ends at byte %ju, before its list of CPUs",
			     (uintmax_t)tf->info.file_bytes);
	return 0;
}
