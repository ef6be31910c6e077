/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_IMPORT_INPUT_H
#define BT_IMPORT_INPUT_H

#include <buddytrace/diag.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A file of a captured machine, plain or compressed. */
struct bdt_input;

/* Longest text that is taken in whole, bytes. */
#define BT_INPUT_TEXT (64u << 20)

/*
 * Opens `path`, or `path`.zst when that is all there is.  0, errno values of open(2) (without a diag for
 * -ENOENT: files may be absent), -ENOMEM.  Free with bdt_input_close() (NULL is allowed).
 */
int bdt_input_open(const char *path, struct bdt_input **out, struct bdt_diag *diag);
void bdt_input_close(struct bdt_input *in);
/* Reads until `data` holds `size` bytes or the file ends; *got says how many.  0, errno values, -EBADMSG. */
int bdt_input_read(struct bdt_input *in, void *data, size_t size, size_t *got, struct bdt_diag *diag);
/*
 * The whole file, NUL-terminated behind *len; the caller frees *text.  An absent file gives -ENOENT without a
 * diag; -EFBIG beyond BT_INPUT_TEXT.
 */
int bdt_input_text(const char *path, char **text, size_t *len, struct bdt_diag *diag);

/* Formats a path into `path`; -ENAMETOOLONG. */
int bdt_input_path(char *path, size_t size, struct bdt_diag *diag, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
