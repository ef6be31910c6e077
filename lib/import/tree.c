/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "import/input.h"
#include "import/machine.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Deeper directories are no part of a captured machine. */
#define MAX_DEPTH 8

struct walk {
	const char *dir;
	int (*each)(void *user, const char *path, struct bdt_diag *diag);
	void *user;
	struct bdt_diag *diag;
};

static int visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int descend(const struct walk *w, const char *below, int depth);

static int one(const struct walk *w, const char *below, const char *name, int depth)
{
	char path[PATH_MAX], *suffix;
	struct stat st;
	int ret = bdt_input_path(path, sizeof(path), w->diag, "%s/%s%s%s", w->dir, below, *below ? "/" : "",
				 name);

	if (ret)
		return ret;
	if (stat(path, &st))
		return 0;
	memmove(path, path + strlen(w->dir) + 1, strlen(path + strlen(w->dir) + 1) + 1);
	if (S_ISDIR(st.st_mode))
		return descend(w, path, depth + 1);
	if (!S_ISREG(st.st_mode))
		return 0;
	suffix = path + strlen(path) - (strlen(path) > 4 ? 4 : 0);
	if (!strcmp(suffix, ".zst"))
		*suffix = '\0';
	return w->each(w->user, path, w->diag);
}

static int descend(const struct walk *w, const char *below, int depth)
{
	char path[PATH_MAX];
	struct dirent **names;
	int n, ret = bdt_input_path(path, sizeof(path), w->diag, "%s/%s", w->dir, below);

	if (ret || depth > MAX_DEPTH)
		return ret;
	n = scandir(path, &names, visible, alphasort);
	if (n < 0)
		return errno == ENOENT
			       ? 0
			       : bdt_diag_set(w->diag, -errno, BT_NO_OFFSET, "%s: %s", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		if (!ret)
			ret = one(w, below, names[i]->d_name, depth);
		free(names[i]);
	}
	free(names);
	return ret;
}

int bdt_import_tree(const char *dir, int (*each)(void *user, const char *path, struct bdt_diag *diag),
		    void *user, struct bdt_diag *diag)
{
	struct walk w = { dir, each, user, diag };

	return descend(&w, "", 0);
}
