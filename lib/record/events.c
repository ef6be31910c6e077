/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record/events.h"
#include "base/array.h"
#include "record/facts.h"
#include <buddytrace/event.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
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

struct kept_format {
	char *system;
	struct bdt_text text;
};

struct bdt_events {
	const struct bdt_plan *plan;
	struct bdt_text header_page, header_event;
	struct kept_format *formats;
	size_t nformats;
	char missing[512];
};

static void note_missing(struct bdt_events *e, const char *name)
{
	size_t used = strlen(e->missing);

	snprintf(e->missing + used, sizeof(e->missing) - used, "%s%s", used ? " " : "", name);
}

/* The text is taken over. */
static int keep_format(struct bdt_events *e, const char *system, struct bdt_text *text)
{
	struct kept_format *kept = bdt_array_add(&e->formats, &e->nformats, sizeof(*kept));

	if (!kept)
		return -ENOMEM;
	*kept = (struct kept_format){ strdup(system), *text };
	*text = (struct bdt_text){ NULL, 0, 0 };
	return kept->system ? 0 : -ENOMEM;
}

/* 0, 1 when the kernel lacks the event, -errno. */
static int enable(struct bdt_events *e, struct bdt_instance *in, const char *system, const char *name,
		  struct bdt_diag *diag)
{
	struct bdt_text text = { NULL, 0, 0 };
	char file[256];
	int err;

	snprintf(file, sizeof(file), "events/%s/%s/format", system, name);
	err = bdt_instance_read(in, file, &text, NULL);
	if (err == -ENOENT || err == -ENOTDIR)
		return 1;
	if (err)
		return bdt_diag_set(diag, err, BT_NO_OFFSET, "cannot read %s/%s: %s", in->dir, file,
				    strerror(-err));
	snprintf(file, sizeof(file), "events/%s/%s/enable", system, name);
	err = bdt_instance_write(in, file, "1", diag);
	if (!err)
		err = keep_format(e, system, &text);
	bdt_text_finish(&text);
	return err;
}

/* The events of `system` in the table of kinds; *n counts those enabled. */
static int enable_known(struct bdt_events *e, struct bdt_instance *in, const char *system, size_t *n,
			struct bdt_diag *diag)
{
	for (int kind = 0; kind < BDT_EV_NR; kind++) {
		const struct bdt_event_desc *desc = &bdt_event_kinds[kind];
		int err;

		if (!desc->system || strcmp(desc->system, system))
			continue;
		err = enable(e, in, system, desc->name, diag);
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
static int enable_unknown(struct bdt_events *e, struct bdt_instance *in, const char *system,
			  struct bdt_diag *diag)
{
	char path[PATH_MAX + 64];
	struct dirent *entry;
	DIR *dir;
	int err = 0;

	snprintf(path, sizeof(path), "%s/events/%s", in->dir, system);
	dir = opendir(path);
	if (!dir)
		return 0;
	while (err >= 0 && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && bdt_event_kind_find(system, entry->d_name) == BDT_EV_OTHER)
			err = enable(e, in, system, entry->d_name, diag);
	closedir(dir);
	return err < 0 ? err : 0;
}

static int enable_systems(struct bdt_events *e, struct bdt_instance *in, struct bdt_diag *diag)
{
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(systems) / sizeof(systems[0]); i++) {
		size_t n = 0;

		err = enable_known(e, in, systems[i].system, &n, diag);
		if (!err && systems[i].whole)
			err = enable_unknown(e, in, systems[i].system, diag);
		if (!err && systems[i].needed && !n)
			err = bdt_diag_set(
				diag, -ENODEV, BT_NO_OFFSET,
				"this kernel has no %s events: it lacks CONFIG_TRACEPOINTS or tracing is "
				"locked down",
				systems[i].system);
	}
	return err;
}

static int read_headers(struct bdt_events *e, struct bdt_instance *in, struct bdt_diag *diag)
{
	struct bdt_text text = { NULL, 0, 0 };
	int err = bdt_instance_read(in, "events/header_page", &e->header_page, diag);

	if (!err)
		err = bdt_instance_read(in, "events/header_event", &e->header_event, diag);
	/* Instances do not repeat ftrace's own events. */
	if (!err && !bdt_instance_read(in, "../../events/ftrace/print/format", &text, NULL))
		err = keep_format(e, "ftrace", &text);
	bdt_text_finish(&text);
	return err;
}

int bdt_events_enable(struct bdt_instance *in, const struct bdt_plan *plan,
		      const struct bdt_event_options *options, struct bdt_events **out, struct bdt_diag *diag)
{
	struct bdt_events *e = calloc(1, sizeof(*e));
	int err;

	(void)options;
	if (!e)
		return -ENOMEM;
	e->plan = plan;
	err = read_headers(e, in, diag);
	if (!err)
		err = enable_systems(e, in, diag);
	if (err) {
		bdt_events_destroy(e);
		return err;
	}
	*out = e;
	return 0;
}

const char *bdt_events_missing(const struct bdt_events *e)
{
	return e->missing;
}

int bdt_events_write(const struct bdt_events *e, struct bdt_writer *w)
{
	int err = bdt_writer_header_info(w, e->header_page.data, e->header_page.size, e->header_event.data,
					 e->header_event.size);

	for (size_t i = 0; !err && i < e->nformats; i++)
		err = bdt_writer_format(w, e->formats[i].system, e->formats[i].text.data,
					e->formats[i].text.size);
	if (!err)
		err = bdt_facts_set(w, "record.missing_events", "%s", e->missing);
	return err;
}

void bdt_events_destroy(struct bdt_events *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < e->nformats; i++) {
		free(e->formats[i].system);
		bdt_text_finish(&e->formats[i].text);
	}
	free(e->formats);
	bdt_text_finish(&e->header_page);
	bdt_text_finish(&e->header_event);
	free(e);
}
