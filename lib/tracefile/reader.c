/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tracefile/file.h"

#include "tracefile/parts.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_MAX 32 /* bytes: magic, version of up to 15 characters, endianness, size of long, page size */

/* A recording that was not completed is found by the name that it was going to have as well. */
static int open_head(struct bdt_tracefile *tf, const char *path)
{
	char *head = bdt_part_head(path);
	int fd = head ? open(head, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0) {
		free(head);
		errno = ENOENT;
		return -1;
	}
	free(tf->path);
	free(tf->output);
	tf->info.path = tf->path = head;
	tf->output = strdup(path);
	return fd;
}

static int open_file(struct bdt_tracefile *tf, const char *path, struct bdt_diag *diag)
{
	struct stat st;

	tf->path = strdup(path);
	if (!tf->path)
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "%s: out of memory", path);
	tf->info.path = tf->path;
	tf->output = bdt_part_output(path);
	tf->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (tf->fd < 0 && errno == ENOENT)
		tf->fd = open_head(tf, path);
	if (tf->fd < 0 || fstat(tf->fd, &st) < 0)
		return bdt_diag_set(diag, -errno, BT_NO_OFFSET, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET, "%s: not a regular file", path);
	tf->info.file_bytes = (uint64_t)st.st_size;
	return 0;
}

static int not_a_trace(const struct bdt_tracefile *tf, const char *why, struct bdt_diag *diag)
{
	return bdt_diag_set(diag, -EBADMSG, 0, "%s: not a trace.dat file: %s", tf->path, why);
}

/* Checks the words that all versions start with; *at becomes the offset behind them. */
static int read_head(struct bdt_tracefile *tf, uint64_t *at, struct bdt_diag *diag)
{
	static const uint8_t zstd_magic[] = { 0x28, 0xb5, 0x2f, 0xfd };
	uint8_t head[HEAD_MAX] = { 0 };
	struct bdt_cursor c = { .data = head, .size = sizeof(head) };
	const char *version;
	int err;

	if (tf->info.file_bytes == 0)
		return not_a_trace(tf, "it is empty", diag);
	if (tf->info.file_bytes < c.size)
		c.size = (size_t)tf->info.file_bytes;
	err = bdt_file_read(tf, 0, head, c.size, diag);
	if (err)
		return err;
	if (!memcmp(head, zstd_magic, sizeof(zstd_magic)))
		return not_a_trace(tf, "it is compressed as a whole: run zstd -d first", diag);
	if (c.size >= BT_SPOOL_MAGIC_SIZE && !memcmp(head, BT_SPOOL_MAGIC, BT_SPOOL_MAGIC_SIZE))
		return not_a_trace(
			tf, "it holds the events of one CPU of an unfinished recording: name its OUTPUT.part",
			diag);
	if (c.size < BT_MAGIC_SIZE || memcmp(head, BT_MAGIC, BT_MAGIC_SIZE))
		return not_a_trace(tf, "the first ten bytes are something else", diag);
	c.pos = BT_MAGIC_SIZE;
	version = bdt_cursor_str(&c);
	tf->info.version = (unsigned int)strtoul(version, NULL, 10);
	if (!c.bad && tf->info.version != 6 && tf->info.version != 7)
		return bdt_diag_set(diag, -EPROTONOSUPPORT, BT_MAGIC_SIZE,
				    "%s: trace.dat version \"%s\" is not read here, only 6 and 7", tf->path,
				    version);
	tf->info.big_endian = bdt_cursor_uint(&c, 1);
	c.big_endian = tf->info.big_endian;
	tf->info.long_size = (unsigned int)bdt_cursor_uint(&c, 1);
	tf->info.page_size = bdt_cursor_u32(&c);
	if (c.bad)
		return bdt_diag_set(diag, -ENODATA, tf->info.file_bytes,
				    "%s: the file ends inside its header", tf->path);
	*at = c.pos;
	return 0;
}

static int check(const struct bdt_tracefile *tf, struct bdt_diag *diag)
{
	uint32_t page = tf->info.page_size;

	if (!tf->header_page.len && tf->info.cut)
		return bdt_diag_set(diag, -ENODATA, tf->info.file_bytes,
				    "%s: %s: without the event formats nothing can be decoded", tf->path,
				    tf->cut_reason);
	if (!tf->header_page.len)
		return bdt_diag_set(
			diag, -EPROTONOSUPPORT, BT_NO_OFFSET,
			"%s: the header_page section is missing, without it nothing can be decoded",
			tf->path);
	if (tf->info.long_size != 4 && tf->info.long_size != 8)
		return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET,
				    "%s: a long of %u bytes: the file is corrupt", tf->path,
				    tf->info.long_size);
	if (page < 64 || page > BT_PAGE_SIZE_MAX || (page & (page - 1)))
		return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET,
				    "%s: sub-buffers of %u bytes: the file is corrupt", tf->path, page);
	if (tf->info.tsc_shift > 63)
		return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET,
				    "%s: TSC2NSEC shifts by %u: the file is corrupt", tf->path,
				    tf->info.tsc_shift);
	return 0;
}

/* trace-cmd puts a line "CPU: N" before the text of the kernel. */
static void assign_stats(struct bdt_tracefile *tf)
{
	for (size_t i = 0; i < tf->nstats; i++) {
		const char *text = tf->stats[i].text;
		unsigned int cpu;
		size_t at = i;

		if (sscanf(text, "CPU: %u", &cpu) == 1) {
			for (at = 0; at < tf->ncpus && tf->cpus[at].cpu != cpu; at++)
				;
			text += strcspn(text, "\n");
			text += *text == '\n';
		}
		if (at < tf->ncpus)
			tf->cpus[at].stats = text;
	}
}

int bdt_tracefile_open(const char *path, struct bdt_tracefile **out, struct bdt_diag *diag)
{
	struct bdt_tracefile *tf = calloc(1, sizeof(*tf));
	uint64_t at = 0;
	int err;

	if (!tf)
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "%s: out of memory", path);
	tf->fd = -1;
	tf->info.compression = "none";
	tf->info.uname = tf->info.buffer = "";
	tf->info.clock = tf->clock;
	tf->info.cut_reason = tf->cut_reason;
	err = open_file(tf, path, diag);
	if (!err)
		err = read_head(tf, &at, diag);
	if (!err)
		err = tf->info.version == 6 ? bdt_read_v6(tf, at, diag) : bdt_read_v7(tf, at, diag);
	if (!err)
		err = check(tf, diag);
	if (!err && bdt_own_finish(tf))
		err = bdt_file_enomem(tf, diag);
	if (err) {
		bdt_tracefile_close(tf);
		return err;
	}
	assign_stats(tf);
	*out = tf;
	return 0;
}

void bdt_tracefile_close(struct bdt_tracefile *tf)
{
	if (!tf)
		return;
	for (size_t i = 0; i < tf->nsnapshots; i++)
		free((void *)tf->snapshots[i].snap.pieces);
	for (size_t i = 0; i < tf->nblobs; i++)
		free(tf->blobs[i]);
	free(tf->blobs);
	free(tf->formats);
	free(tf->stats);
	free(tf->cpus);
	for (size_t i = 0; i < tf->nextents; i++)
		if (tf->extents[i].spool >= 0)
			close(tf->extents[i].spool);
	free(tf->extents);
	free(tf->met);
	free(tf->output);
	free(tf->machine);
	free(tf->loss);
	free(tf->snapshots);
	free(tf->pageflags);
	free(tf->path);
	if (tf->fd >= 0)
		close(tf->fd);
	free(tf);
}

const struct bdt_tracefile_info *bdt_tracefile_info(const struct bdt_tracefile *tf)
{
	return &tf->info;
}

size_t bdt_tracefile_ncpus(const struct bdt_tracefile *tf)
{
	return tf->ncpus;
}

const struct bdt_tracefile_cpu *bdt_tracefile_cpu(const struct bdt_tracefile *tf, size_t i)
{
	return &tf->cpus[i];
}

static const char *borrow(const struct bdt_text *text, size_t *len)
{
	*len = text->len;
	return text->text ? text->text : "";
}

const char *bdt_tracefile_header_page(const struct bdt_tracefile *tf, size_t *len)
{
	return borrow(&tf->header_page, len);
}

const char *bdt_tracefile_header_event(const struct bdt_tracefile *tf, size_t *len)
{
	return borrow(&tf->header_event, len);
}

size_t bdt_tracefile_nformats(const struct bdt_tracefile *tf)
{
	return tf->nformats;
}

const char *bdt_tracefile_format(const struct bdt_tracefile *tf, size_t i, const char **system, size_t *len)
{
	*system = tf->formats[i].system;
	return borrow(&tf->formats[i].text, len);
}

const char *bdt_tracefile_cmdlines(const struct bdt_tracefile *tf, size_t *len)
{
	return borrow(&tf->cmdlines, len);
}

const char *bdt_tracefile_kallsyms(const struct bdt_tracefile *tf, size_t *len)
{
	return borrow(&tf->kallsyms, len);
}

const char *bdt_tracefile_printk(const struct bdt_tracefile *tf, size_t *len)
{
	return borrow(&tf->printk, len);
}
