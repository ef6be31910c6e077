/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BUDDYTRACE_DIAG_H
#define BUDDYTRACE_DIAG_H

#include <stddef.h>
#include <stdint.h>

/*
 * What went wrong, where, and what the user can do about it.
 *
 * Error contract of the whole library: a function that can fail returns 0 or a negative errno value and
 * fills the diag it was given (NULL is allowed).  1 means "end of data" where a function says so; it is not
 * an error.  -EBADMSG: corrupt data, -ENODATA: cut short, -EPROTONOSUPPORT: a version, compression or
 * required section that this build does not read.  Programming errors abort.
 */
#define BT_DIAG_TEXT 512

struct bdt_diag {
	int err;		 /* negative errno value, 0 = nothing happened */
	uint64_t offset;	 /* byte offset in the file, BT_NO_OFFSET if it means nothing */
	char text[BT_DIAG_TEXT]; /* one line: what, where, what to do; no newline */
};

#define BT_NO_OFFSET UINT64_MAX

/* Empties `diag`. */
void bdt_diag_clear(struct bdt_diag *diag);

/*
 * Fills `diag` (which may be NULL) and returns `err`, so that `return bdt_diag_set(...)` reads well.
 * The first message wins: a diag that already holds an error keeps it.  Control characters in the
 * formatted text are replaced by '?', because names in recordings are not to be trusted.
 */
int bdt_diag_set(struct bdt_diag *diag, int err, uint64_t offset, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * Where warnings and progress of long work go.  Both members may be NULL.  `progress` is called a few
 * times per second at most; `done` and `total` are in the unit that `what` names (bytes, pages, ...),
 * total 0 = unknown.
 */
struct bdt_log {
	void (*warn)(void *user, const char *text);
	void (*progress)(void *user, const char *what, uint64_t done, uint64_t total);
	void *user;
};

/* Formats a warning line and hands it to log->warn; does nothing when log or log->warn is NULL. */
void bdt_log_warn(const struct bdt_log *log, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
