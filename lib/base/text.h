/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_BASE_TEXT_H
#define BT_BASE_TEXT_H

#include <stddef.h>

/*
 * A buffer that one file after another is read into: /proc and /sys files, whose size is known only after
 * reading.  It grows and is used again, so that repeated reads allocate nothing.
 */
struct bdt_text {
	char *data;  /* NUL-terminated behind `size`; NULL before the first read */
	size_t size; /* bytes of the last file */
	size_t room; /* bytes allocated */
};

/* Allocates room for `size` bytes beforehand.  0 or -ENOMEM. */
int bdt_text_reserve(struct bdt_text *text, size_t size);
/*
 * Reads the file `path`, below `root` (NULL or "" = path as it is), replacing the contents.  0 or the -errno
 * of open(2) and read(2); -EFBIG above 64 MiB.
 */
int bdt_text_read(struct bdt_text *text, const char *root, const char *path);
/*
 * Reads an open file from its beginning, wherever its position is, replacing the contents: for files that
 * are made anew with each reading.  0 or the -errno of pread(2); -EFBIG above 64 MiB.
 */
int bdt_text_read_again(struct bdt_text *text, int fd);
/* Cuts trailing white space off. */
void bdt_text_chomp(struct bdt_text *text);
/* Frees the buffer, not the object. */
void bdt_text_finish(struct bdt_text *text);

#endif
