/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record/events.h"
#include <buddytrace/event.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define KMEM       "kmem"
#define COMPACTION "compaction"
#define VMSCAN     "vmscan"

/*
 * What is recorded: the events of these systems that buddytrace knows (bdt_event_kinds), and where `whole` is
 * set also those it does not know, for other readers of the file.
 */
static const struct {
	const char *system;
	bool whole;
	bool needed; /* no recording without any event of it */
} systems[] = {
	{ KMEM, false, true },
	{ COMPACTION, true, false },
	{ VMSCAN, false, false },
};

struct enabling {
	struct bdt_instance *in;
	struct bdt_writer *writer;
	struct bdt_text text;
	char *missing;
	size_t size;
	struct bdt_diag *diag;
};

static void note_missing(struct enabling *e, const char *name)
{
	size_t used = strlen(e->missing);

	snprintf(e->missing + used, e->size - used, "%s%s", used ? " " : "", name);
}

/* 0, 1 when the kernel lacks the event, -errno. */
static int enable(struct enabling *e, const char *system, const char *name)
{
	char file[256];
	int err;

	snprintf(file, sizeof(file), "events/%s/%s/format", system, name);
	err = bdt_instance_read(e->in, file, &e->text, NULL);
	if (err == -ENOENT || err == -ENOTDIR)
		return 1;
	if (err)
		return bdt_diag_set(e->diag, err, BT_NO_OFFSET, "cannot read %s/%s: %s", e->in->dir, file,
				    strerror(-err));
	snprintf(file, sizeof(file), "events/%s/%s/enable", system, name);
	err = bdt_instance_write(e->in, file, "1", e->diag);
	if (err)
		return err;
	return bdt_writer_format(e->writer, system, e->text.data, e->text.size);
}

/* The events of `system` in the table of kinds; *n counts those enabled. */
static int enable_known(struct enabling *e, const char *system, size_t *n)
{
	for (int kind = 0; kind < BDT_EV_NR; kind++) {
		const struct bdt_event_desc *desc = &bdt_event_kinds[kind];
		int err;

		if (!desc->system || strcmp(desc->system, system))
			continue;
		err = enable(e, system, desc->name);
		if (err < 0)
			return err;
		if (err)
			note_missing(e, desc->name);
		else
			++*n;
	}
	return 0;
}

/* The events of `system` that are not in the table. */
static int enable_unknown(struct enabling *e, const char *system)
{
	char path[PATH_MAX + 64];
	struct dirent *entry;
	DIR *dir;
	int err = 0;

	snprintf(path, sizeof(path), "%s/events/%s", e->in->dir, system);
	dir = opendir(path);
	if (!dir)
		return 0;
	while (err >= 0 && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && bdt_event_kind_find(system, entry->d_name) == BDT_EV_OTHER)
			err = enable(e, system, entry->d_name);
	closedir(dir);
	return err < 0 ? err : 0;
}

int bdt_events_enable(struct bdt_instance *in, struct bdt_writer *w, char *missing, size_t size,
		      struct bdt_diag *diag)
{
	struct enabling e = { .in = in, .writer = w, .missing = missing, .size = size, .diag = diag };
	int err = 0;

	missing[0] = '\0';
	for (size_t i = 0; !err && i < sizeof(systems) / sizeof(systems[0]); i++) {
		size_t n = 0;

		err = enable_known(&e, systems[i].system, &n);
		if (!err && systems[i].whole)
			err = enable_unknown(&e, systems[i].system);
		if (!err && systems[i].needed && !n)
			err = bdt_diag_set(
				diag, -ENODEV, BT_NO_OFFSET,
				"this kernel has no %s events: it lacks CONFIG_TRACEPOINTS or tracing is "
				"locked down",
				systems[i].system);
	}
	bdt_text_finish(&e.text);
	return err;
}

int bdt_events_headers(struct bdt_instance *in, struct bdt_writer *w, struct bdt_diag *diag)
{
	struct bdt_text page = { NULL, 0, 0 }, event = { NULL, 0, 0 };
	int err;

	err = bdt_instance_read(in, "events/header_page", &page, diag);
	if (!err)
		err = bdt_instance_read(in, "events/header_event", &event, diag);
	if (!err)
		err = bdt_writer_header_info(w, page.data, page.size, event.data, event.size);
	/* Instances do not repeat ftrace's own events. */
	if (!err && !bdt_instance_read(in, "../../events/ftrace/print/format", &event, NULL))
		err = bdt_writer_format(w, "ftrace", event.data, event.size);
	bdt_text_finish(&page);
	bdt_text_finish(&event);
	return err;
}
