/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tracefile/file.h"

#include "tracefile/parts.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool valid_header(const struct bdt_tracefile *tf, const uint8_t *head, uint32_t cpu)
{
	struct bdt_cursor c = { .data = head, .size = BT_SPOOL_HEADER, .big_endian = tf->info.big_endian };

	return !memcmp(bdt_cursor_bytes(&c, BT_SPOOL_MAGIC_SIZE), BT_SPOOL_MAGIC, BT_SPOOL_MAGIC_SIZE) &&
	       bdt_cursor_u32(&c) == BT_SPOOL_VERSION && bdt_cursor_u32(&c) == cpu &&
	       bdt_cursor_u32(&c) == tf->info.page_size;
}

/*
 * Opens the spool of a CPU: *fd, -1 when there is none; `size` and `gone` are bytes of data.  What is no
 * spool is as good as none, with a note.
 */
static int open_spool(struct bdt_tracefile *tf, uint32_t cpu, int *fd, uint64_t *size, uint64_t *gone)
{
	uint8_t head[BT_SPOOL_HEADER];
	char *path = bdt_part_spool(tf->output, cpu);
	struct stat st;

	if (!path)
		return -ENOMEM;
	*fd = open(path, O_RDONLY | O_CLOEXEC);
	free(path);
	if (*fd < 0) {
		if (errno != ENOENT)
			bdt_file_cut(tf, "the events of CPU %u cannot be read: %s", cpu, strerror(errno));
		return 0;
	}
	if (fstat(*fd, &st) || !S_ISREG(st.st_mode) || pread(*fd, head, sizeof(head), 0) != sizeof(head) ||
	    !valid_header(tf, head, cpu)) {
		close(*fd);
		*fd = -1;
		return 0;
	}
	*size = (uint64_t)st.st_size - BT_SPOOL_HEADER;
	*gone = bdt_load(head + BT_SPOOL_GONE, 8, tf->info.big_endian);
	return 0;
}

/* Finds the end of the last chunk that is all there: the writer may have been anywhere. */
static void count_chunks(const struct bdt_tracefile *tf, struct bdt_extent *e, uint64_t size)
{
	uint64_t at = BT_CHUNK_COUNT;
	uint8_t head[BT_CHUNK_HEADER];

	while (size >= at && size - at >= sizeof(head) &&
	       !bdt_file_read_data(tf, e, at, head, sizeof(head), NULL)) {
		uint64_t csize = bdt_load(head, 4, tf->info.big_endian);
		uint64_t usize = bdt_load(head + 4, 4, tf->info.big_endian);

		if (csize > size - at - sizeof(head) || !csize || !usize || usize > BT_CHUNK_MAX ||
		    usize % tf->info.page_size || e->nchunks == UINT32_MAX)
			break;
		at += sizeof(head) + csize;
		e->nchunks++;
		e->size = at;
	}
}

int bdt_unfinished_cpu(struct bdt_tracefile *tf, uint32_t cpu)
{
	struct bdt_extent e = { .cut = true, .counted = true, .spool = -1 };
	uint64_t size = 0, gone = 0;
	int err = tf->info.page_size ? open_spool(tf, cpu, &e.spool, &size, &gone) : 0;

	if (err)
		return err;
	if (e.spool >= 0)
		count_chunks(tf, &e, size);
	return bdt_file_extent(tf, cpu, &e);
}

int bdt_unfinished_place(struct bdt_tracefile *tf, uint32_t cpu, uint64_t offset, uint64_t size)
{
	struct bdt_extent e = { .offset = offset, .size = size };
	uint64_t there = 0;
	int err = open_spool(tf, cpu, &e.spool, &there, &e.gone);

	if (err || e.spool < 0)
		return err ? err : 1;
	tf->info.unfinished = true;
	bdt_file_cut(tf, "the recording was not completed: buddytrace recover %s does it", tf->output);
	if (there < size) {
		e.size = there;
		e.cut = true;
	}
	return bdt_file_extent(tf, cpu, &e);
}
