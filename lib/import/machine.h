/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_IMPORT_MACHINE_H
#define BT_IMPORT_MACHINE_H

#include "tracefile/writer.h"
#include <buddytrace/diag.h>
#include <buddytrace/import.h>

/* A snapshot directory of a captured machine, and its place in the stream. */
struct bdt_import_snapshot {
	char name[64];
	bool begin_known, end_known;
	uint64_t begin_ns, end_ns; /* trace clock */
};

struct bdt_import_snapshots {
	struct bdt_import_snapshot *list;
	size_t n;
};

/* Finds the snapshot directories of `dir` (those with a proc/ in them), in the order of their names. */
int bdt_import_snapshots_find(struct bdt_import_snapshots *snaps, const char *dir, struct bdt_diag *diag);
void bdt_import_snapshots_finish(struct bdt_import_snapshots *snaps);
/* Looks at one line of trace_marker, `len` bytes, written at `time_ns`. */
void bdt_import_snapshots_marker(struct bdt_import_snapshots *snaps, const char *text, size_t len,
				 uint64_t time_ns);
/*
 * Reads the stamp files, sorts by place and writes all snapshots; `big_endian` is the byte order of
 * kpageflags. 0 or an error of reading or writing.
 */
int bdt_import_snapshots_write(struct bdt_import_snapshots *snaps, const char *dir, struct bdt_writer *w,
			       bool big_endian, const struct bdt_log *log, struct bdt_diag *diag);

/*
 * Calls `each` for every regular file below `dir` (which may be absent), with its path relative to it and
 * without a .zst, in the order of the names, until it returns non-zero, which is returned.
 */
int bdt_import_tree(const char *dir, int (*each)(void *user, const char *path, struct bdt_diag *diag),
		    void *user, struct bdt_diag *diag);

#endif
