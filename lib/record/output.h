/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_OUTPUT_H
#define BT_RECORD_OUTPUT_H

#include <buddytrace/diag.h>

/* Renames an existing `path` to `path`.old, replacing that.  0 or -errno. */
int bdt_output_rotate(const char *path, struct bdt_diag *diag);

#endif
