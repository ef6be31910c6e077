/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/text.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_ROOM ((size_t)16 << 10)
#define MAX_SIZE   ((size_t)64 << 20)

int bdt_text_reserve(struct bdt_text *text, size_t size)
{
	char *data;

	if (size < text->room)
		return 0;
	data = realloc(text->data, size + 1);
	if (!data)
		return -ENOMEM;
	text->data = data;
	text->room = size + 1;
	return 0;
}

/* `again`: from the beginning, which pipes do not have. */
static int read_all(struct bdt_text *text, int fd, bool again)
{
	text->size = 0;
	for (;;) {
		ssize_t n;
		size_t room;
		int err = 0;

		if (text->size + 1 >= text->room)
			err = bdt_text_reserve(text, text->room ? 2 * text->room : FIRST_ROOM);
		if (err)
			return err;
		room = text->room - 1 - text->size;
		n = again ? pread(fd, text->data + text->size, room, (off_t)text->size)
			  : read(fd, text->data + text->size, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text->size += (size_t)n;
		text->data[text->size] = '\0';
		if (!n)
			return 0;
		if (text->size > MAX_SIZE)
			return -EFBIG;
	}
}

int bdt_text_read(struct bdt_text *text, const char *root, const char *path)
{
	char full[PATH_MAX];
	int fd, err;

	if ((size_t)snprintf(full, sizeof(full), "%s%s", root ? root : "", path) >= sizeof(full))
		return -ENAMETOOLONG;
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	err = read_all(text, fd, false);
	close(fd);
	return err;
}

int bdt_text_read_again(struct bdt_text *text, int fd)
{
	return read_all(text, fd, true);
}

void bdt_text_chomp(struct bdt_text *text)
{
	while (text->size && isspace((unsigned char)text->data[text->size - 1]))
		text->data[--text->size] = '\0';
}

void bdt_text_finish(struct bdt_text *text)
{
	free(text->data);
	*text = (struct bdt_text){ NULL, 0, 0 };
}
