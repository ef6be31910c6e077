/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/outfile.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int failed(const struct bdt_outfile *out, const char *what, struct bdt_diag *diag)
{
	int err = errno ? errno : EIO;

	return bdt_diag_set(diag, -err, BT_NO_OFFSET, "%s: cannot be %s: %s", out->path, what, strerror(err));
}

char *bdt_path_join(const char *dir, const char *name, const char *suffix)
{
	size_t size = strlen(dir) + strlen(name) + strlen(suffix) + 2;
	char *path = malloc(size);

	if (path)
		snprintf(path, size, "%s/%s%s", dir, name, suffix);
	return path;
}

int bdt_outfile_check(const char *path, struct bdt_diag *diag)
{
	struct stat st;

	if (stat(path, &st))
		return errno == ENOENT ? 0
				       : bdt_diag_set(diag, -errno, BT_NO_OFFSET, "cannot write %s: %s", path,
						      strerror(errno));
	if (S_ISREG(st.st_mode))
		return 0;
	return bdt_diag_set(diag, S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL, BT_NO_OFFSET,
			    "%s is not a regular file: name a file to write", path);
}

int bdt_outfile_keep_old(const char *path, struct bdt_diag *diag)
{
	char old[PATH_MAX];

	if ((size_t)snprintf(old, sizeof(old), "%s.old", path) >= sizeof(old))
		return bdt_diag_set(diag, -ENAMETOOLONG, BT_NO_OFFSET, "%s.old: name too long", path);
	if (rename(path, old) && errno != ENOENT)
		return bdt_diag_set(diag, -errno, BT_NO_OFFSET, "cannot keep %s as %s: %s", path, old,
				    strerror(errno));
	return 0;
}

/* Creates "PATH.NUMBER.tmp" with the permissions that the umask leaves, never an existing file. */
static int create_beside(const char *path, char *temporary, size_t size)
{
	for (unsigned int i = 0; i < 100; i++) {
		int fd;

		snprintf(temporary, size, "%s.%ld.tmp", path, (long)getpid() + i);
		fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

int bdt_outfile_open(struct bdt_outfile *out, const char *path, struct bdt_diag *diag)
{
	size_t size = strlen(path) + sizeof(".-9223372036854775807.tmp");
	int fd = -1, err = bdt_outfile_check(path, diag);

	*out = (struct bdt_outfile){ 0 };
	if (err)
		return err;
	*out = (struct bdt_outfile){ .path = strdup(path), .temporary = malloc(size) };
	if (!out->path || !out->temporary) {
		err = bdt_diag_set(diag, -ENOMEM, BT_NO_OFFSET, "%s: out of memory", path);
		goto fail;
	}
	fd = create_beside(path, out->temporary, size);
	if (fd < 0) {
		err = failed(out, "created", diag);
		goto fail;
	}
	out->f = fdopen(fd, "w");
	if (out->f)
		return 0;
	err = failed(out, "created", diag);
	unlink(out->temporary);
	close(fd);
fail:
	free(out->path);
	free(out->temporary);
	*out = (struct bdt_outfile){ 0 };
	return err;
}

int bdt_outfile_commit(struct bdt_outfile *out, struct bdt_diag *diag)
{
	int err = 0;

	errno = 0;
	if (ferror(out->f) | fclose(out->f)) {
		err = failed(out, "written", diag);
	} else if (rename(out->temporary, out->path)) {
		err = failed(out, "replaced", diag);
	}
	if (err)
		unlink(out->temporary);
	free(out->path);
	free(out->temporary);
	*out = (struct bdt_outfile){ 0 };
	return err;
}

void bdt_outfile_abandon(struct bdt_outfile *out)
{
	if (!out->f)
		return;
	fclose(out->f);
	unlink(out->temporary);
	free(out->path);
	free(out->temporary);
	*out = (struct bdt_outfile){ 0 };
}
