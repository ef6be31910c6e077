/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_TRACEFILE_PARTS_H
#define BT_TRACEFILE_PARTS_H

#include <buddytrace/diag.h>
#include <stdbool.h>
#include <stdint.h>

/* The files that a recording consists of before it is complete: the head OUTPUT.part, per CPU
 * OUTPUT.cpuN.part. */
#define BT_PART_SUFFIX ".part"

/* Their paths, to be freed; NULL without memory. */
char *bdt_part_head(const char *output);
/* The same for a CPU. */
char *bdt_part_spool(const char *output, uint32_t cpu);
/* OUTPUT of the path of a head; NULL also when `head` does not end in BT_PART_SUFFIX. */
char *bdt_part_output(const char *head);

/*
 * Opens the head for writing and locks it, for as long as the file stays open; the lock goes with the
 * process. `create`: make it if need be.  The descriptor, -EBUSY when another process has it, -errno.
 */
int bdt_part_lock(const char *head, bool create, struct bdt_diag *diag);

/* Keeps the parts of OUTPUT as those of OUTPUT.old, replacing what is there.  0 or -errno. */
int bdt_parts_keep_old(const char *output);
/* Removes the OUTPUT.cpuN.part of whatever CPUs.  0 or -errno. */
int bdt_parts_remove_spools(const char *output);

/* Makes sure that the names in the directory of `path` survive a power cut; silent where it cannot. */
void bdt_parts_sync_directory(const char *path);

#endif
