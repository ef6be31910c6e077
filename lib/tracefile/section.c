/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tracefile/file.h"

#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

int bdt_section_head(const struct bdt_tracefile *tf, uint64_t offset, struct bdt_section *s,
		     struct bdt_diag *diag)
{
	uint8_t head[BT_SECTION_HEADER];
	struct bdt_cursor c = { .data = head, .size = sizeof(head), .big_endian = tf->info.big_endian };
	int err = bdt_file_read(tf, offset, head, sizeof(head), diag);

	if (err)
		return err;
	s->offset = offset;
	s->id = bdt_cursor_u16(&c);
	s->compressed = bdt_cursor_u16(&c) & BT_SECTION_COMPRESSED;
	bdt_cursor_u32(&c);
	s->size = bdt_cursor_u64(&c);
	if (s->size > tf->info.file_bytes - offset - sizeof(head))
		return bdt_diag_set(
			diag, -ENODATA, offset,
			"%s: section %u at byte %ju is %ju bytes long, but the file ends at byte %ju",
			tf->path, s->id, (uintmax_t)offset, (uintmax_t)s->size,
			(uintmax_t)tf->info.file_bytes);
	return 0;
}

static int corrupt(const struct bdt_tracefile *tf, const struct bdt_section *s, const char *what,
		   struct bdt_diag *diag)
{
	return bdt_diag_set(diag, -EBADMSG, s->offset, "%s: section %u at byte %ju: %s", tf->path, s->id,
			    (uintmax_t)s->offset, what);
}

static int load_compressed(struct bdt_tracefile *tf, const struct bdt_section *s, void **data, size_t *size,
			   struct bdt_diag *diag)
{
	uint64_t at = s->offset + BT_SECTION_HEADER;
	uint32_t csize, usize;
	uint8_t head[BT_CHUNK_HEADER];
	void *packed = NULL;
	size_t done;
	int err;

	if (!tf->zstd)
		return bdt_diag_set(diag, -EPROTONOSUPPORT, s->offset,
				    "%s: section %u at byte %ju is compressed in a file without compression",
				    tf->path, s->id, (uintmax_t)s->offset);
	if (s->size < sizeof(head))
		return corrupt(tf, s, "too short for a compressed section", diag);
	err = bdt_file_read(tf, at, head, sizeof(head), diag);
	if (err)
		return err;
	csize = (uint32_t)bdt_load(head, 4, tf->info.big_endian);
	usize = (uint32_t)bdt_load(head + 4, 4, tf->info.big_endian);
	if (csize > s->size - sizeof(head) || usize > BT_SECTION_MAX)
		return corrupt(tf, s, "impossible sizes", diag);
	err = bdt_file_hold(tf, usize, s->offset, data, diag);
	if (err)
		return err;
	packed = malloc(csize ? csize : 1);
	if (!packed)
		return bdt_file_enomem(tf, diag);
	err = bdt_file_read(tf, at + sizeof(head), packed, csize, diag);
	if (!err) {
		done = ZSTD_decompress(*data, usize, packed, csize);
		if (ZSTD_isError(done) || done != usize)
			err = corrupt(tf, s, "cannot be decompressed", diag);
	}
	free(packed);
	*size = usize;
	return err;
}

int bdt_section_load(struct bdt_tracefile *tf, const struct bdt_section *s, struct bdt_cursor *c,
		     struct bdt_diag *diag)
{
	void *data = NULL;
	size_t size = (size_t)s->size;
	int err;

	if (s->compressed) {
		err = load_compressed(tf, s, &data, &size, diag);
	} else if (s->size > BT_SECTION_MAX) {
		err = corrupt(tf, s, "too large", diag);
	} else {
		err = bdt_file_hold(tf, s->size, s->offset, &data, diag);
		if (!err)
			err = bdt_file_read(tf, s->offset + BT_SECTION_HEADER, data, size, diag);
	}
	*c = (struct bdt_cursor){ .data = data, .size = size, .big_endian = tf->info.big_endian };
	return err;
}
