/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TRACEFILE_FIXTURE_H
#define TRACEFILE_FIXTURE_H

#include "tracefile/pages.h"
#include "tracefile/writer.h"
#include <stdint.h>

/* A directory for the files of one test program; removed by fixture_close(). */
const char *fixture_open(void);
void fixture_close(void);
/* The path of `name` in it, valid until the next call. */
const char *fixture_path(const char *name);

#define FIXTURE_PAGE  4096 /* bytes of a sub-buffer */
#define FIXTURE_PAGES 70   /* sub-buffers of CPU 3; CPU 1 has none, CPU 0 one */

/* Writes a small file with one of everything; `big_endian` for the byte order. */
void fixture_write(const char *path, bool big_endian);
/* Fills the n-th sub-buffer of a CPU: a header without events, then a pattern. */
void fixture_page(uint8_t *page, uint32_t cpu, unsigned int n);

/* The whole file, allocated, and its size in bytes. */
uint8_t *fixture_read(const char *path, size_t *size);
/* Makes `data` the whole contents of the file `path`. */
void fixture_store(const char *path, const uint8_t *data, size_t size);

/* The same for a file that is in memory only, always the same one; returns its path. */
const char *fixture_memory(const uint8_t *data, size_t size);

/* Reads everything that can be asked of an open file, and all its sub-buffers: returns their number. */
uint64_t fixture_exercise(const struct bdt_tracefile *tf, struct bdt_diag *diag);

#endif
