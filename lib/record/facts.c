/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record/facts.h"
#include "base/text.h"
#include <dirent.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#define MAX_VALUE 4096
#define NODES     "sys/devices/system/node"

static const char *const files[] = {
	"proc/version",
	"proc/cmdline",
	"sys/kernel/mm/transparent_hugepage/enabled",
	"sys/kernel/mm/transparent_hugepage/defrag",
	"sys/kernel/mm/transparent_hugepage/shmem_enabled",
	"sys/kernel/mm/transparent_hugepage/khugepaged/defrag",
	"sys/kernel/mm/lru_gen/enabled",
	"sys/kernel/mm/ksm/run",
	"sys/devices/system/clocksource/clocksource0/current_clocksource",
	NODES "/online",
	"sys/devices/system/cpu/online",
};

/* Every readable file in them. */
static const struct {
	const char *path;
	bool counters; /* read again at the end */
} directories[] = {
	{ "proc/sys/vm", false },
	{ "sys/module/page_alloc/parameters", false },
	{ "sys/module/compaction/parameters", false },
	{ "sys/module/page_reporting/parameters", true },
};

/* Reading these does something. */
static const char *const triggers[] = { "stat_refresh", "compact_memory", "drop_caches" };

static bool is_trigger(const char *name)
{
	for (size_t i = 0; i < sizeof(triggers) / sizeof(triggers[0]); i++)
		if (!strcmp(name, triggers[i]))
			return true;
	return false;
}

static int write_file(struct bdt_writer *w, struct bdt_text *text, const char *root, const char *path,
		      const char *suffix)
{
	char full[512], key[512];

	snprintf(full, sizeof(full), "/%s", path);
	if (bdt_text_read(text, root, full) || text->size > MAX_VALUE)
		return 0;
	bdt_text_chomp(text);
	if (strlen(text->data) != text->size)
		return 0;
	snprintf(key, sizeof(key), "%s%s", path, suffix);
	return bdt_writer_machine(w, key, text->data);
}

static int write_directory(struct bdt_writer *w, struct bdt_text *text, const char *root, const char *path,
			   const char *suffix)
{
	char full[512];
	struct dirent *entry;
	DIR *dir;
	int err = 0;

	snprintf(full, sizeof(full), "%s/%s", root, path);
	dir = opendir(full);
	if (!dir)
		return 0;
	while (!err && (entry = readdir(dir))) {
		struct stat st;

		if (is_trigger(entry->d_name) || fstatat(dirfd(dir), entry->d_name, &st, 0) ||
		    !S_ISREG(st.st_mode) || !(st.st_mode & 0444))
			continue;
		snprintf(full, sizeof(full), "%s/%s", path, entry->d_name);
		err = write_file(w, text, root, full, suffix);
	}
	closedir(dir);
	return err;
}

/* Which CPUs each node has. */
static int write_nodes(struct bdt_writer *w, struct bdt_text *text, const char *root)
{
	char path[512];
	struct dirent *entry;
	DIR *dir;
	int err = 0;

	snprintf(path, sizeof(path), "%s/%s", root, NODES);
	dir = opendir(path);
	if (!dir)
		return 0;
	while (!err && (entry = readdir(dir))) {
		unsigned int node;
		int end = 0;

		if (sscanf(entry->d_name, "node%u%n", &node, &end) != 1 || entry->d_name[end])
			continue;
		snprintf(path, sizeof(path), "%s/node%u/cpulist", NODES, node);
		err = write_file(w, text, root, path, "");
	}
	closedir(dir);
	return err;
}

static int write_uname(struct bdt_writer *w)
{
	struct utsname u;
	int err;

	if (uname(&u))
		return 0;
	err = bdt_writer_machine(w, "uname.sysname", u.sysname);
	if (!err)
		err = bdt_writer_machine(w, "uname.nodename", u.nodename);
	if (!err)
		err = bdt_writer_machine(w, "uname.release", u.release);
	if (!err)
		err = bdt_writer_machine(w, "uname.version", u.version);
	if (!err)
		err = bdt_writer_machine(w, "uname.machine", u.machine);
	return err;
}

int bdt_facts_write(struct bdt_writer *w, const char *root)
{
	struct bdt_text text = { NULL, 0, 0 };
	int err = write_uname(w);

	for (size_t i = 0; !err && i < sizeof(files) / sizeof(files[0]); i++)
		err = write_file(w, &text, root, files[i], "");
	for (size_t i = 0; !err && i < sizeof(directories) / sizeof(directories[0]); i++)
		err = write_directory(w, &text, root, directories[i].path, "");
	if (!err)
		err = write_nodes(w, &text, root);
	bdt_text_finish(&text);
	return err;
}

int bdt_facts_write_end(struct bdt_writer *w, const char *root)
{
	struct bdt_text text = { NULL, 0, 0 };
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(directories) / sizeof(directories[0]); i++)
		if (directories[i].counters)
			err = write_directory(w, &text, root, directories[i].path, ".end");
	bdt_text_finish(&text);
	return err;
}

int bdt_facts_set(struct bdt_writer *w, const char *key, const char *format, ...)
{
	char value[MAX_VALUE];
	va_list args;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	return bdt_writer_machine(w, key, value);
}

void bdt_facts_uname(char *text, size_t size)
{
	struct utsname u;

	text[0] = '\0';
	if (!uname(&u))
		snprintf(text, size, "%s %s %s %s %s", u.sysname, u.nodename, u.release, u.version,
			 u.machine);
}
