/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_BASE_PROGRAM_H
#define BT_BASE_PROGRAM_H

#include <stddef.h>

/*
 * Runs a program without a shell: argv[0] is looked up in PATH, `dir` is its working directory, stdin is
 * /dev/null.  What it writes to `fd` (1 or 2) goes to output[size], cut there and NUL-terminated; the other
 * one of the two goes to /dev/null.  Waits for its end.  Returns its exit code (128 + n for signal n), or
 * -ENOENT when there is no such program, or another negative errno value when it could not be run.
 */
int bdt_program_run(const char *const argv[], const char *dir, int fd, char *output, size_t size);

#endif
