/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tracefile/file.h"

#include "base/array.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int bdt_file_enomem(const struct bdt_tracefile *tf, struct bdt_diag *diag)
{
	return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "%s: out of memory", tf->path);
}

static int read_all(const struct bdt_tracefile *tf, int fd, uint64_t offset, void *to, size_t size,
		    struct bdt_diag *diag)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pread(fd, (char *)to + done, size - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return bdt_diag_set(diag, -errno, offset + done, "%s: cannot read at byte %ju: %s",
					    tf->path, (uintmax_t)(offset + done), strerror(errno));
		if (n == 0)
			return bdt_diag_set(diag, -ENODATA, offset + done,
					    "%s: the file became shorter while it was read", tf->path);
		done += (size_t)n;
	}
	return 0;
}

int bdt_file_read(const struct bdt_tracefile *tf, uint64_t offset, void *to, size_t size,
		  struct bdt_diag *diag)
{
	if (offset > tf->info.file_bytes || size > tf->info.file_bytes - offset)
		return bdt_diag_set(diag, -ENODATA, offset,
				    "%s: the file ends at byte %ju, but %zu bytes are needed at %ju",
				    tf->path, (uintmax_t)tf->info.file_bytes, size, (uintmax_t)offset);
	return read_all(tf, tf->fd, offset, to, size, diag);
}

int bdt_file_read_data(const struct bdt_tracefile *tf, const struct bdt_extent *e, uint64_t offset, void *to,
		       size_t size, struct bdt_diag *diag)
{
	size_t first = size;
	int err = 0;

	if (e->spool < 0)
		return bdt_file_read(tf, e->offset + offset, to, size, diag);
	if (offset + size > e->gone)
		first = offset < e->gone ? (size_t)(e->gone - offset) : 0;
	if (first)
		err = bdt_file_read(tf, e->offset + offset, to, first, diag);
	if (!err && first < size)
		err = read_all(tf, e->spool, BT_SPOOL_HEADER + offset + first, (char *)to + first,
			       size - first, diag);
	return err;
}

int bdt_file_hold(struct bdt_tracefile *tf, uint64_t size, uint64_t offset, void **out, struct bdt_diag *diag)
{
	void **blob;

	if (size > BT_METADATA_MAX - tf->held)
		return bdt_diag_set(diag, -EBADMSG, offset,
				    "%s: more than %u bytes of metadata at byte %ju: the file is corrupt",
				    tf->path, BT_METADATA_MAX, (uintmax_t)offset);
	blob = bdt_array_add(&tf->blobs, &tf->nblobs, sizeof(*blob));
	if (!blob)
		return bdt_file_enomem(tf, diag);
	*blob = malloc((size_t)size + 1);
	if (!*blob)
		return bdt_file_enomem(tf, diag);
	((char *)*blob)[size] = 0;
	tf->held += (size_t)size;
	*out = *blob;
	return 0;
}

void bdt_file_cut(struct bdt_tracefile *tf, const char *format, ...)
{
	va_list args;

	if (tf->info.cut)
		return;
	tf->info.cut = true;
	va_start(args, format);
	vsnprintf(tf->cut_reason, sizeof(tf->cut_reason), format, args);
	va_end(args);
}

int bdt_file_extent(struct bdt_tracefile *tf, uint32_t cpu, const struct bdt_extent *extent)
{
	struct bdt_tracefile_cpu *c;
	struct bdt_extent *e = NULL;
	bool too_many = tf->nextents == BT_CPUS_MAX;

	if (too_many)
		bdt_file_cut(tf, "it names more than %d CPUs: the rest was left out", BT_CPUS_MAX);
	else
		e = bdt_array_add(&tf->extents, &tf->nextents, sizeof(*e));
	if (!e) {
		if (extent->spool >= 0)
			close(extent->spool);
		return too_many ? 0 : -ENOMEM;
	}
	*e = *extent;
	c = bdt_array_add(&tf->cpus, &tf->ncpus, sizeof(*c));
	if (!c)
		return -ENOMEM;
	*c = (struct bdt_tracefile_cpu){ .cpu = cpu, .data_bytes = e->size, .stats = "" };
	tf->info.data_bytes += e->size;
	return 0;
}

int bdt_file_cpu(struct bdt_tracefile *tf, uint32_t cpu, uint64_t offset, uint64_t size)
{
	struct bdt_extent e = { .offset = offset, .size = size, .spool = -1 };
	uint64_t end = tf->info.file_bytes;

	if (size && (offset > end || size > end - offset)) {
		bdt_file_cut(tf, "the file ends at byte %ju, inside or before the data of CPU %u",
			     (uintmax_t)end, cpu);
		e.size = offset > end ? 0 : end - offset;
		e.cut = true;
	}
	return bdt_file_extent(tf, cpu, &e);
}
