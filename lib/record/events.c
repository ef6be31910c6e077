/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record/events.h"
#include "base/array.h"
#include "record/filters.h"
#include "record/stacks.h"
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

/*
 * Of the rare events: signs of trouble, a few a second on a busy machine.  Of compaction those that come once
 * for a run, not for each block or attempt.
 */
static const enum bdt_event_kind rare[] = {
	BDT_EV_EXTFRAG,
	BDT_EV_COMPACTION_BEGIN,
	BDT_EV_COMPACTION_END,
	BDT_EV_COMPACTION_TRY_TO_COMPACT,
	BDT_EV_COMPACTION_DEFER_COMPACTION,
	BDT_EV_COMPACTION_DEFER_RESET,
	BDT_EV_COMPACTION_KCOMPACTD_SLEEP,
	BDT_EV_COMPACTION_KCOMPACTD_WAKE,
	BDT_EV_COMPACTION_WAKEUP_KCOMPACTD,
	BDT_EV_DIRECT_RECLAIM_BEGIN,
	BDT_EV_DIRECT_RECLAIM_END,
	BDT_EV_KSWAPD_WAKE,
	BDT_EV_KSWAPD_SLEEP,
};

struct kept_event {
	struct bdt_event_name name;
	struct bdt_text format;
	bool recorded;      /* enabled; else its records come with others */
	const char *filter; /* NULL = none; of the options */
};

struct bdt_events {
	const struct bdt_plan *plan;
	struct bdt_text header_page, header_event;
	struct kept_event *events;
	size_t nevents;
	enum bdt_stacks stacks;
	struct bdt_text symbols;
	char missing[512];
};

static void note_missing(struct bdt_events *e, const char *name)
{
	size_t used = strlen(e->missing);

	snprintf(e->missing + used, sizeof(e->missing) - used, "%s%s", used ? " " : "", name);
}

static struct kept_event *find_event(const struct bdt_events *e, const char *system, const char *event)
{
	for (size_t i = 0; i < e->nevents; i++)
		if (!strcmp(e->events[i].name.system, system) && !strcmp(e->events[i].name.event, event))
			return &e->events[i];
	return NULL;
}

/* Keeps the event and its format, the text of which is taken over. */
static int keep_event(struct bdt_events *e, const char *system, const char *event, bool recorded,
		      struct bdt_text *format)
{
	struct kept_event *kept = bdt_array_add(&e->events, &e->nevents, sizeof(*kept));

	if (!kept)
		return -ENOMEM;
	snprintf(kept->name.system, sizeof(kept->name.system), "%s", system);
	snprintf(kept->name.event, sizeof(kept->name.event), "%s", event);
	kept->recorded = recorded;
	kept->format = *format;
	*format = (struct bdt_text){ NULL, 0, 0 };
	return 0;
}

/* Chooses an event: it is enabled later.  0, 1 when the kernel lacks it, -errno. */
static int choose(struct bdt_events *e, const struct bdt_instance *in, const char *system, const char *event,
		  struct bdt_diag *diag)
{
	struct bdt_text text = { NULL, 0, 0 };
	char file[256];
	int err;

	if (find_event(e, system, event))
		return 0;
	snprintf(file, sizeof(file), "events/%s/%s/format", system, event);
	err = bdt_instance_read(in, file, &text, NULL);
	if (err == -ENOENT || err == -ENOTDIR)
		return 1;
	if (err)
		return bdt_diag_set(diag, err, BT_NO_OFFSET, "cannot read %s/%s: %s", in->dir, file,
				    strerror(-err));
	err = keep_event(e, system, event, true, &text);
	bdt_text_finish(&text);
	return err;
}

static bool planned(const struct bdt_plan *plan, int kind)
{
	if (!plan->rare_events)
		return true;
	for (size_t i = 0; i < sizeof(rare) / sizeof(rare[0]); i++)
		if ((int)rare[i] == kind)
			return true;
	return false;
}

/* The events of `system` in the table of kinds; *n counts those that there are. */
static int choose_known(struct bdt_events *e, const struct bdt_instance *in, const char *system, size_t *n,
			struct bdt_diag *diag)
{
	for (int kind = 0; kind < BDT_EV_NR; kind++) {
		const struct bdt_event_desc *desc = &bdt_event_kinds[kind];
		int err;

		if (!desc->system || strcmp(desc->system, system) || !planned(e->plan, kind))
			continue;
		err = choose(e, in, system, desc->name, diag);
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
static int choose_unknown(struct bdt_events *e, const struct bdt_instance *in, const char *system,
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
			err = choose(e, in, system, entry->d_name, diag);
	closedir(dir);
	return err < 0 ? err : 0;
}

static int choose_planned(struct bdt_events *e, const struct bdt_instance *in, struct bdt_diag *diag)
{
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(systems) / sizeof(systems[0]); i++) {
		size_t n = 0;

		err = choose_known(e, in, systems[i].system, &n, diag);
		if (!err && systems[i].whole && !e->plan->rare_events)
			err = choose_unknown(e, in, systems[i].system, diag);
		if (!err && systems[i].needed && !n)
			err = bdt_diag_set(
				diag, -ENODEV, BT_NO_OFFSET,
				"this kernel has no %s events: it lacks CONFIG_TRACEPOINTS or tracing is "
				"locked down",
				systems[i].system);
	}
	return err;
}

/* What the user names must be there. */
static int choose_wanted(struct bdt_events *e, const struct bdt_instance *in, const char *const *wanted,
			 struct bdt_diag *diag)
{
	struct bdt_event_name name;
	int err = 0;

	for (; !err && wanted && *wanted; wanted++) {
		err = bdt_event_name_parse(&name, *wanted, strlen(*wanted), diag);
		if (!err)
			err = bdt_event_name_resolve(&name, in, diag);
		if (!err)
			err = choose(e, in, name.system, name.event, diag);
	}
	return err;
}

static struct kept_event *find_recorded(const struct bdt_events *e, const struct bdt_event_name *name)
{
	struct kept_event *found = NULL;

	for (size_t i = 0; i < e->nevents; i++) {
		struct kept_event *event = &e->events[i];

		if (event->recorded && !strcmp(event->name.event, name->event) &&
		    (!*name->system || !strcmp(event->name.system, name->system)))
			found = event;
	}
	return found;
}

static int set_filters(struct bdt_events *e, struct bdt_instance *in, const char *const *filters,
		       struct bdt_diag *diag)
{
	for (; filters && *filters; filters++) {
		struct bdt_event_name name;
		struct kept_event *event;
		const char *expression;
		int err = bdt_filter_parse(*filters, &name, &expression, diag);

		if (err)
			return err;
		event = find_recorded(e, &name);
		if (!event)
			return bdt_diag_set(diag, -EINVAL, BT_NO_OFFSET,
					    "the filter '%s' is for an event that is not recorded", *filters);
		if (event->filter)
			return bdt_diag_set(diag, -EINVAL, BT_NO_OFFSET,
					    "%s:%s has two filters: join them with &&", event->name.system,
					    event->name.event);
		event->filter = expression;
		err = bdt_filter_set(in, event->name.system, event->name.event, expression, diag);
		if (err)
			return err;
	}
	return 0;
}

static int set_stacks(struct bdt_events *e, struct bdt_instance *in, const struct bdt_event_options *options,
		      struct bdt_diag *diag)
{
	const struct bdt_event_desc *extfrag = &bdt_event_kinds[BDT_EV_EXTFRAG];
	const struct kept_event *event = find_event(e, extfrag->system, extfrag->name);
	struct bdt_text format = { NULL, 0, 0 };
	int err;

	if (!event)
		return 0;
	err = bdt_stacks_enable(in, event->filter, e->plan->rare_events, &e->stacks, options->log, diag);
	if (!err && e->stacks != BDT_STACKS_NONE)
		err = bdt_instance_read(in, "../../events/ftrace/kernel_stack/format", &format, diag);
	if (!err && e->stacks != BDT_STACKS_NONE)
		err = keep_event(e, "ftrace", "kernel_stack", false, &format);
	bdt_text_finish(&format);
	if (!err && e->stacks != BDT_STACKS_NONE)
		err = bdt_stacks_symbols(options->root, &e->symbols, options->log);
	return err;
}

static int enable_all(struct bdt_events *e, struct bdt_instance *in, struct bdt_diag *diag)
{
	char file[256];
	int err = 0;

	for (size_t i = 0; !err && i < e->nevents; i++) {
		if (!e->events[i].recorded)
			continue;
		snprintf(file, sizeof(file), "events/%s/%s/enable", e->events[i].name.system,
			 e->events[i].name.event);
		err = bdt_instance_write(in, file, "1", diag);
	}
	return err;
}

static int read_headers(struct bdt_events *e, const struct bdt_instance *in, struct bdt_diag *diag)
{
	struct bdt_text text = { NULL, 0, 0 };
	int err = bdt_instance_read(in, "events/header_page", &e->header_page, diag);

	if (!err)
		err = bdt_instance_read(in, "events/header_event", &e->header_event, diag);
	/* Instances do not repeat ftrace's own events. */
	if (!err && !bdt_instance_read(in, "../../events/ftrace/print/format", &text, NULL))
		err = keep_event(e, "ftrace", "print", false, &text);
	bdt_text_finish(&text);
	return err;
}

int bdt_events_enable(struct bdt_instance *in, const struct bdt_plan *plan,
		      const struct bdt_event_options *options, struct bdt_events **out, struct bdt_diag *diag)
{
	struct bdt_events *e = calloc(1, sizeof(*e));
	int err;

	if (!e)
		return -ENOMEM;
	e->plan = plan;
	err = read_headers(e, in, diag);
	if (!err)
		err = choose_planned(e, in, diag);
	if (!err && options)
		err = choose_wanted(e, in, options->events, diag);
	if (!err && options)
		err = set_filters(e, in, options->filters, diag);
	if (!err && options && options->stacks)
		err = set_stacks(e, in, options, diag);
	if (!err)
		err = enable_all(e, in, diag);
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

/* "SYSTEM:EVENT SYSTEM:EVENT ..." */
static int write_list(const struct bdt_events *e, struct bdt_writer *w)
{
	size_t size = e->nevents * (sizeof(struct bdt_event_name) + 2) + 1, used = 0;
	char *list = malloc(size);
	int err;

	if (!list)
		return -ENOMEM;
	list[0] = '\0';
	for (size_t i = 0; i < e->nevents; i++)
		if (e->events[i].recorded)
			used += (size_t)snprintf(list + used, size - used, "%s%s:%s", used ? " " : "",
						 e->events[i].name.system, e->events[i].name.event);
	err = bdt_writer_machine(w, "record.events", list);
	free(list);
	return err;
}

static int write_facts(const struct bdt_events *e, struct bdt_writer *w)
{
	char key[160];
	int err = bdt_writer_machine(w, "record.profile", e->plan->name);

	if (!err)
		err = write_list(e, w);
	for (size_t i = 0; !err && i < e->nevents; i++) {
		if (!e->events[i].filter)
			continue;
		snprintf(key, sizeof(key), "record.filter.%s:%s", e->events[i].name.system,
			 e->events[i].name.event);
		err = bdt_writer_machine(w, key, e->events[i].filter);
	}
	if (!err)
		err = bdt_writer_machine(w, "record.stacks", bdt_stacks_name(e->stacks));
	return err ? err : bdt_writer_machine(w, "record.missing_events", e->missing);
}

int bdt_events_write(const struct bdt_events *e, struct bdt_writer *w)
{
	int err = bdt_writer_header_info(w, e->header_page.data, e->header_page.size, e->header_event.data,
					 e->header_event.size);

	for (size_t i = 0; !err && i < e->nevents; i++)
		err = bdt_writer_format(w, e->events[i].name.system, e->events[i].format.data,
					e->events[i].format.size);
	if (!err && e->symbols.size)
		err = bdt_writer_kallsyms(w, e->symbols.data, e->symbols.size);
	return err ? err : write_facts(e, w);
}

void bdt_events_destroy(struct bdt_events *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < e->nevents; i++)
		bdt_text_finish(&e->events[i].format);
	free(e->events);
	bdt_text_finish(&e->header_page);
	bdt_text_finish(&e->header_event);
	bdt_text_finish(&e->symbols);
	free(e);
}
