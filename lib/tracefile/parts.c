/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "tracefile/parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static char *with_suffix(const char *path, const char *suffix)
{
	char *s = NULL;

	return asprintf(&s, "%s%s", path, suffix) < 0 ? NULL : s;
}

char *bdt_part_head(const char *output)
{
	return with_suffix(output, BT_PART_SUFFIX);
}

char *bdt_part_spool(const char *output, uint32_t cpu)
{
	char *s = NULL;

	return asprintf(&s, "%s.cpu%u" BT_PART_SUFFIX, output, cpu) < 0 ? NULL : s;
}

char *bdt_part_output(const char *head)
{
	size_t len = strlen(head), suffix = strlen(BT_PART_SUFFIX);

	if (len <= suffix || strcmp(head + len - suffix, BT_PART_SUFFIX))
		return NULL;
	return strndup(head, len - suffix);
}

int bdt_part_lock(const char *head, bool create, struct bdt_diag *diag)
{
	int fd = open(head, O_RDWR | O_CLOEXEC | (create ? O_CREAT : 0), 0666);
	struct stat file, name;

	if (fd < 0)
		return bdt_diag_set(diag, -errno, BT_NO_OFFSET, "%s: cannot %s: %s", head,
				    create ? "create" : "open", strerror(errno));
	/* Its writer may have completed it between open() and flock(): then it is no part any more. */
	if ((flock(fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) || fstat(fd, &file) || stat(head, &name) ||
	    file.st_ino != name.st_ino || file.st_dev != name.st_dev) {
		close(fd);
		return bdt_diag_set(diag, -EBUSY, BT_NO_OFFSET, "%s: another process is writing it", head);
	}
	return fd;
}

/* The directory of `path`; *name is what follows it. */
static DIR *open_directory(const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	DIR *d = dir ? opendir(dir) : NULL;

	*name = slash ? slash + 1 : path;
	free(dir);
	return d;
}

/* The number in "NAME.cpuN.part". */
static bool is_spool(const char *entry, const char *name, uint32_t *cpu)
{
	size_t len = strlen(name);
	int end = 0;

	return !strncmp(entry, name, len) &&
	       sscanf(entry + len, ".cpu%5u" BT_PART_SUFFIX "%n", cpu, &end) == 1 && end &&
	       !entry[len + (size_t)end];
}

/* Renames the spools of `output` to those of `old`, removes them when that is NULL. */
static int each_spool(const char *output, const char *old)
{
	const char *name;
	DIR *dir = open_directory(output, &name);
	struct dirent *entry;
	int err = 0;

	if (!dir)
		return -errno;
	while (!err && (entry = readdir(dir))) {
		uint32_t cpu;
		char *to;

		if (!is_spool(entry->d_name, name, &cpu))
			continue;
		to = old ? bdt_part_spool(old, cpu) : NULL;
		if (old && !to)
			err = -ENOMEM;
		else if (to ? renameat(dirfd(dir), entry->d_name, AT_FDCWD, to)
			    : unlinkat(dirfd(dir), entry->d_name, 0))
			err = -errno;
		free(to);
	}
	closedir(dir);
	return err;
}

int bdt_parts_remove_spools(const char *output)
{
	return each_spool(output, NULL);
}

/*
 * In an order that can be taken up again wherever it was interrupted: as long as there is an old head, what
 * is beside it is old; when the head is renamed, everything is.
 */
int bdt_parts_keep_old(const char *output)
{
	char *old = with_suffix(output, ".old"), *head = bdt_part_head(output);
	char *old_head = old ? bdt_part_head(old) : NULL;
	int err = head && old_head ? 0 : -ENOMEM;

	if (!err && !access(old_head, F_OK)) {
		err = bdt_parts_remove_spools(old);
		if (!err && unlink(old_head))
			err = -errno;
	}
	if (!err)
		err = each_spool(output, old);
	if (!err && rename(head, old_head))
		err = -errno;
	free(old);
	free(head);
	free(old_head);
	return err;
}

void bdt_parts_sync_directory(const char *path)
{
	const char *name;
	DIR *dir = open_directory(path, &name);

	if (!dir)
		return;
	(void)!fsync(dirfd(dir));
	closedir(dir);
}
