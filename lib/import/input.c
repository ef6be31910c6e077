/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import/input.h"
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define PACKED_BYTES 131072

struct bdt_input {
	FILE *file;
	ZSTD_DStream *zstd; /* NULL: plain */
	ZSTD_inBuffer packed;
	uint8_t *room; /* PACKED_BYTES */
	char path[PATH_MAX];
};

int bdt_input_path(char *path, size_t size, struct bdt_diag *diag, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(path, size, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= size)
		return bdt_diag_set(diag, -ENAMETOOLONG, BT_NO_OFFSET, "%.100s...: the path is too long",
				    path);
	return 0;
}

int bdt_input_open(const char *path, struct bdt_input **out, struct bdt_diag *diag)
{
	struct bdt_input *in = calloc(1, sizeof(*in));
	int ret = 0;

	if (!in)
		return bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
	snprintf(in->path, sizeof(in->path), "%s", path);
	in->file = fopen(in->path, "rb");
	if (!in->file && errno == ENOENT) {
		ret = bdt_input_path(in->path, sizeof(in->path), diag, "%s.zst", path);
		in->file = ret ? NULL : fopen(in->path, "rb");
		if (in->file) {
			in->zstd = ZSTD_createDStream();
			in->room = malloc(PACKED_BYTES);
			in->packed.src = in->room;
			if (!in->zstd || !in->room)
				ret = bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
		}
	}
	if (!ret && !in->file)
		ret = errno == ENOENT
			      ? -ENOENT
			      : bdt_diag_set(diag, -errno, BT_NO_OFFSET, "%s: %s", path, strerror(errno));
	if (ret) {
		bdt_input_close(in);
		return ret;
	}
	*out = in;
	return 0;
}

void bdt_input_close(struct bdt_input *in)
{
	if (!in)
		return;
	if (in->file)
		fclose(in->file);
	ZSTD_freeDStream(in->zstd);
	free(in->room);
	free(in);
}

static int read_plain(struct bdt_input *in, void *data, size_t size, size_t *got, struct bdt_diag *diag)
{
	errno = 0;
	*got = fread(data, 1, size, in->file);
	if (*got < size && ferror(in->file))
		return bdt_diag_set(diag, errno ? -errno : -EIO, BT_NO_OFFSET, "%s: %s", in->path,
				    strerror(errno ? errno : EIO));
	return 0;
}

int bdt_input_read(struct bdt_input *in, void *data, size_t size, size_t *got, struct bdt_diag *diag)
{
	ZSTD_outBuffer out = { data, size, 0 };
	bool ended = false;
	size_t ret = 0;
	int err;

	if (!in->zstd)
		return read_plain(in, data, size, got, diag);
	while (out.pos < size) {
		size_t before = out.pos;

		if (in->packed.pos == in->packed.size && !ended) {
			err = read_plain(in, in->room, PACKED_BYTES, &in->packed.size, diag);
			if (err)
				return err;
			in->packed.pos = 0;
			ended = !in->packed.size;
		}
		ret = ZSTD_decompressStream(in->zstd, &out, &in->packed);
		if (ZSTD_isError(ret))
			return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET, "%s: %s", in->path,
					    ZSTD_getErrorName(ret));
		if (ended && out.pos == before)
			break;
	}
	*got = out.pos;
	return 0;
}

int bdt_input_text(const char *path, char **text, size_t *len, struct bdt_diag *diag)
{
	struct bdt_input *in = NULL;
	size_t room = 0, got = 0;
	char *grown;
	int ret = bdt_input_open(path, &in, diag);

	*text = NULL;
	*len = 0;
	while (!ret && *len == room) {
		room = room ? 2 * room : 16384;
		if (room > BT_INPUT_TEXT) {
			ret = bdt_diag_set(diag, -EFBIG, BT_NO_OFFSET, "%s: too long for a text", path);
			break;
		}
		grown = realloc(*text, room + 1);
		if (!grown) {
			ret = bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "out of memory");
			break;
		}
		*text = grown;
		ret = bdt_input_read(in, *text + *len, room - *len, &got, diag);
		*len += got;
	}
	bdt_input_close(in);
	if (ret) {
		free(*text);
		*text = NULL;
		return ret;
	}
	(*text)[*len] = '\0';
	return 0;
}
