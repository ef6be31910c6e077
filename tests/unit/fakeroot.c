/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "fakeroot.h"
#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

char fakeroot[256];

int fakeroot_make(void **state)
{
	const char *dir = getenv("TMPDIR");

	(void)state;
	snprintf(fakeroot, sizeof(fakeroot), "%s/bt-root.XXXXXX", dir ? dir : P_tmpdir);
	return mkdtemp(fakeroot) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

int fakeroot_remove(void **state)
{
	(void)state;
	return nftw(fakeroot, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void fakeroot_put(const char *path, const char *text)
{
	char full[512];
	FILE *f;

	snprintf(full, sizeof(full), "%s/%s", fakeroot, path);
	for (char *slash = strchr(full + strlen(fakeroot) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(full, 0700);
		*slash = '/';
	}
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}
