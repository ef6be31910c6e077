/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_BASE_OUTFILE_H
#define BT_BASE_OUTFILE_H

#include <buddytrace/diag.h>
#include <stdio.h>

/* "DIR/NAMESUFFIX" in a new string (free()), NULL without memory. */
char *bdt_path_join(const char *dir, const char *name, const char *suffix);

/*
 * Refuses a path that names something else than a regular file: renaming a complete file to it would replace
 * a device, a FIFO.  0 (also when there is nothing yet) or -errno.
 */
int bdt_outfile_check(const char *path, struct bdt_diag *diag);

/* Renames the file PATH to PATH.old, whatever that was; 0 also when there is none.  -errno. */
int bdt_outfile_keep_old(const char *path, struct bdt_diag *diag);

/*
 * A file that appears under its name only when it is complete: written under a temporary name beside it,
 * renamed by bdt_outfile_commit().
 */
struct bdt_outfile {
	FILE *f; /* write here */
	char *path, *temporary;
};
/* 0 or the errno value of creating the file; on failure there is nothing to abandon. */
int bdt_outfile_open(struct bdt_outfile *out, const char *path, struct bdt_diag *diag);
/* Closes and renames; on failure (full disk, ...) the temporary file is gone.  Ends the use of `out`. */
int bdt_outfile_commit(struct bdt_outfile *out, struct bdt_diag *diag);
/* Removes the temporary file; does nothing after a commit. */
void bdt_outfile_abandon(struct bdt_outfile *out);

#endif
