/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "base/array.h"
#include "base/outfile.h"
#include "record/series.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".dat"

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static char *directory(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

int bdt_series_init(struct bdt_series *s, const char *output, bool numbered)
{
	size_t length = strlen(output), suffix = strlen(SUFFIX);

	*s = (struct bdt_series){ .numbered = numbered };
	if (numbered && strlen(base_name(output)) > suffix && !strcmp(output + length - suffix, SUFFIX))
		length -= suffix;
	s->stem = strndup(output, length);
	return s->stem ? 0 : -ENOMEM;
}

/* Taken: by a file, or by one that is being written. */
static bool exists(const char *path)
{
	char part[PATH_MAX];
	struct stat st;

	snprintf(part, sizeof(part), "%s.part", path);
	return !lstat(path, &st) || !lstat(part, &st);
}

int bdt_series_next(struct bdt_series *s, time_t now)
{
	char stamp[32];
	char *path;
	struct tm tm;

	s->latest = now > s->latest ? now : s->latest;
	gmtime_r(&s->latest, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
	for (path = NULL;;) {
		free(path);
		s->number++;
		if (asprintf(&path, "%s-%s-%04u" SUFFIX, s->stem, stamp, s->number) < 0)
			return -ENOMEM;
		if (!s->numbered || !exists(path))
			break;
	}
	if (!s->numbered) {
		free(path);
		path = strdup(s->stem);
		if (!path)
			return -ENOMEM;
	}
	if (s->path) {
		free(s->previous);
		s->previous = strdup(base_name(s->path));
	}
	free(s->path);
	s->path = path;
	return 0;
}

void bdt_series_drop(struct bdt_series *s)
{
	free(s->path);
	s->path = NULL;
}

void bdt_series_finish(struct bdt_series *s)
{
	free(s->stem);
	free(s->path);
	free(s->previous);
	*s = (struct bdt_series){ 0 };
}

/* As many digits as `pattern` has #, and its other characters. */
static bool matches(const char *text, const char *pattern)
{
	for (; *pattern; text++, pattern++)
		if (*pattern == '#' ? *text < '0' || *text > '9' : *text != *pattern)
			return false;
	return true;
}

bool bdt_series_match(const char *stem, const char *name, struct bdt_series_file *file)
{
	size_t length = strlen(stem);
	char *end;

	if (strncmp(name, stem, length) || !matches(name + length, "-########T######Z-####"))
		return false;
	memcpy(file->time, name + length + 1, sizeof(file->time) - 1);
	file->time[sizeof(file->time) - 1] = '\0';
	file->number = strtoul(name + length + 1 + sizeof(file->time), &end, 10);
	return !strcmp(end, SUFFIX);
}

static int compare_files(const void *a, const void *b)
{
	const struct bdt_series_file *x = a, *y = b;
	int order = strcmp(x->time, y->time);

	return order ? order : (x->number > y->number) - (x->number < y->number);
}

int bdt_series_list(const struct bdt_series *s, struct bdt_series_list *list)
{
	char *path = directory(s->stem);
	DIR *dir = path ? opendir(path) : NULL;
	struct dirent *entry;
	int err = dir ? 0 : path ? -errno : -ENOMEM;

	*list = (struct bdt_series_list){ NULL, 0, 0 };
	while (!err && (entry = readdir(dir))) {
		struct bdt_series_file file = { .name = NULL }, *kept;
		struct stat st;

		if (!bdt_series_match(base_name(s->stem), entry->d_name, &file) ||
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode))
			continue;
		file.bytes = (uint64_t)st.st_size;
		file.name = strdup(entry->d_name);
		kept = file.name ? bdt_array_add(&list->files, &list->n, sizeof(*kept)) : NULL;
		if (!kept) {
			free(file.name);
			err = -ENOMEM;
			break;
		}
		*kept = file;
		list->bytes += file.bytes;
	}
	if (dir)
		closedir(dir);
	free(path);
	if (err)
		bdt_series_list_finish(list);
	else if (list->n)
		qsort(list->files, list->n, sizeof(*list->files), compare_files);
	return err;
}

void bdt_series_list_finish(struct bdt_series_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->files[i].name);
	free(list->files);
	*list = (struct bdt_series_list){ NULL, 0, 0 };
}

size_t bdt_series_excess(const struct bdt_series_list *list, uint32_t files, uint64_t bytes)
{
	uint64_t left = list->bytes;
	size_t n = 0;

	while (n + 1 < list->n && ((files && list->n - n > files) || (bytes && left > bytes)))
		left -= list->files[n++].bytes;
	return n;
}

void bdt_series_delete(const struct bdt_series *s, const struct bdt_series_list *list, size_t n,
		       uint32_t *deleted, const struct bdt_log *log)
{
	char *dir = directory(s->stem);

	for (size_t i = 0; dir && i < n; i++) {
		char *path = bdt_path_join(dir, list->files[i].name, "");

		if (path && !unlink(path))
			++*deleted;
		else if (path && errno != ENOENT)
			bdt_log_warn(log, "cannot delete %s: %s", path, strerror(errno));
		free(path);
	}
	free(dir);
}
