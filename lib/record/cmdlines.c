/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "record/cmdlines.h"
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int add(struct bdt_cmdlines *c, int pid, const char *name)
{
	struct bdt_cmdline *line;

	if (c->n == c->room) {
		size_t room = c->room ? 2 * c->room : 256;

		line = realloc(c->lines, room * sizeof(*line));
		if (!line)
			return -ENOMEM;
		c->lines = line;
		c->room = room;
	}
	line = &c->lines[c->n++];
	line->pid = pid;
	line->rank = c->rank;
	snprintf(line->name, sizeof(line->name), "%.*s", (int)strcspn(name, "\n"), name);
	return 0;
}

static int add_task(struct bdt_cmdlines *c, const char *root, const char *pid, const char *tid,
		    struct bdt_text *text)
{
	char path[600];

	snprintf(path, sizeof(path), "/proc/%s/task/%s/comm", pid, tid);
	if (bdt_text_read(text, root, path) || !text->size)
		return 0;
	return add(c, atoi(tid), text->data);
}

static bool is_number(const struct dirent *entry)
{
	return entry->d_name[0] >= '1' && entry->d_name[0] <= '9';
}

static int add_threads(struct bdt_cmdlines *c, const char *root, const char *pid, struct bdt_text *text)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *dir;
	int err = 0;

	snprintf(path, sizeof(path), "%s/proc/%s/task", root, pid);
	dir = opendir(path);
	if (!dir)
		return 0;
	while (!err && (entry = readdir(dir)))
		if (is_number(entry))
			err = add_task(c, root, pid, entry->d_name, text);
	closedir(dir);
	return err;
}

int bdt_cmdlines_add_tasks(struct bdt_cmdlines *c, const char *root)
{
	struct bdt_text text = { NULL, 0, 0 };
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *dir;
	int err = 0;

	c->rank++;
	snprintf(path, sizeof(path), "%s/proc", root);
	dir = opendir(path);
	if (!dir)
		return 0;
	while (!err && (entry = readdir(dir)))
		if (is_number(entry))
			err = add_threads(c, root, entry->d_name, &text);
	closedir(dir);
	bdt_text_finish(&text);
	return err;
}

int bdt_cmdlines_add_saved(struct bdt_cmdlines *c, const struct bdt_instance *in)
{
	struct bdt_text text = { NULL, 0, 0 };
	int err = 0;

	c->rank++;
	if (!bdt_instance_read(in, "../../saved_cmdlines", &text, NULL)) {
		for (char *line = text.data, *next; !err && *line; line = next) {
			char *name;
			long pid = strtol(line, &name, 10);

			if (pid > 0 && *name == ' ' && strncmp(name + 1, "<...>", 5))
				err = add(c, (int)pid, name + 1);
			next = strchrnul(line, '\n');
			next += *next == '\n';
		}
	}
	bdt_text_finish(&text);
	return err;
}

static int compare(const void *a, const void *b)
{
	const struct bdt_cmdline *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return x->rank < y->rank ? -1 : x->rank > y->rank;
}

int bdt_cmdlines_format(struct bdt_cmdlines *c, struct bdt_text *text)
{
	int err = bdt_text_reserve(text, c->n * (sizeof(c->lines[0].name) + 12));

	if (err)
		return err;
	if (c->n)
		qsort(c->lines, c->n, sizeof(c->lines[0]), compare);
	text->size = 0;
	text->data[0] = '\0';
	for (size_t i = 0; i < c->n; i++)
		if (i + 1 == c->n || c->lines[i + 1].pid != c->lines[i].pid)
			text->size += (size_t)sprintf(text->data + text->size, "%d %s\n", c->lines[i].pid,
						      c->lines[i].name);
	return 0;
}

void bdt_cmdlines_finish(struct bdt_cmdlines *c)
{
	free(c->lines);
	*c = (struct bdt_cmdlines){ .lines = NULL };
}
