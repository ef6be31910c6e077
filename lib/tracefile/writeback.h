/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_TRACEFILE_WRITEBACK_H
#define BT_TRACEFILE_WRITEBACK_H

#include "tracefile/spool.h"

/*
 * A thread that brings what is written to the disk, once a second, and takes it out of the page cache: a
 * power cut costs little, and the recorder does not fill the memory of the machine that it watches.
 */
struct bdt_writeback;

/*
 * Watches the head `fd`, whose name is `part`, and `n` spools, which must stay as they are until
 * bdt_writeback_stop(); the head and its name are brought to the disk at once.  0 or -errno: the recording can do
 * without.
 */
int bdt_writeback_start(int fd, const char *part, struct bdt_spool *spools, size_t n,
			struct bdt_writeback **out);
/* Ends the thread, which may take as long as the disk; NULL is allowed. */
void bdt_writeback_stop(struct bdt_writeback *wb);

/* Takes bytes that are on the disk out of the page cache; best effort. */
void bdt_writeback_forget(int fd, uint64_t offset, uint64_t size);

#endif
