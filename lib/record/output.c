/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record/output.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

int bdt_output_rotate(const char *path, struct bdt_diag *diag)
{
	char old[PATH_MAX];

	if ((size_t)snprintf(old, sizeof(old), "%s.old", path) >= sizeof(old))
		return bdt_diag_set(diag, -ENAMETOOLONG, BT_NO_OFFSET, "%s.old: name too long", path);
	if (rename(path, old) && errno != ENOENT)
		return bdt_diag_set(diag, -errno, BT_NO_OFFSET, "cannot keep %s as %s: %s", path, old,
				    strerror(errno));
	return 0;
}
