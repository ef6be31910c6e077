/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "record/filters.h"
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PARSE_ERROR "parse_error: "

/* Names become parts of paths. */
static bool take_name(char *out, size_t size, const char *text, size_t length)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	if (!length || length >= size || strspn(text, allowed) < length)
		return false;
	memcpy(out, text, length);
	out[length] = '\0';
	return true;
}

int bdt_event_name_parse(struct bdt_event_name *name, const char *text, size_t length, struct bdt_diag *diag)
{
	const char *colon = memchr(text, ':', length);
	size_t system = colon ? (size_t)(colon - text) : 0, skip = colon ? system + 1 : 0;

	name->system[0] = '\0';
	if ((!colon || take_name(name->system, sizeof(name->system), text, system)) &&
	    take_name(name->event, sizeof(name->event), text + skip, length - skip))
		return 0;
	return bdt_diag_set(diag, -EINVAL, BT_NO_OFFSET, "'%.*s' names no event: write SYSTEM:EVENT",
			    (int)(length < 128 ? length : 128), text);
}

static bool has_event(const struct bdt_instance *in, const char *system, const char *event)
{
	char path[PATH_MAX + 512];

	snprintf(path, sizeof(path), "%s/events/%s/%s/format", in->dir, system, event);
	return !access(path, F_OK);
}

int bdt_event_name_resolve(struct bdt_event_name *name, const struct bdt_instance *in, struct bdt_diag *diag)
{
	char path[PATH_MAX + 64], found[sizeof(name->system)] = "", other[sizeof(found)] = "";
	struct dirent *entry;
	DIR *dir;

	if (*name->system)
		return has_event(in, name->system, name->event)
			       ? 0
			       : bdt_diag_set(diag, -ENOENT, BT_NO_OFFSET, "this kernel has no event %s:%s",
					      name->system, name->event);
	snprintf(path, sizeof(path), "%s/events", in->dir);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && strlen(entry->d_name) < sizeof(found) &&
		    has_event(in, entry->d_name, name->event))
			strcpy(*found ? other : found, entry->d_name);
	if (dir)
		closedir(dir);
	if (!*found)
		return bdt_diag_set(diag, -ENOENT, BT_NO_OFFSET, "this kernel has no event %s", name->event);
	if (*other)
		return bdt_diag_set(diag, -EINVAL, BT_NO_OFFSET, "%s and %s have an event %s: write %s:%s",
				    found, other, name->event, found, name->event);
	strcpy(name->system, found);
	return 0;
}

int bdt_filter_parse(const char *text, struct bdt_event_name *name, const char **expression,
		     struct bdt_diag *diag)
{
	const char *equals = strchr(text, '=');

	if (!equals || !equals[1])
		return bdt_diag_set(diag, -EINVAL, BT_NO_OFFSET,
				    "'%s' is no filter: write SYSTEM:EVENT=EXPRESSION", text);
	*expression = equals + 1;
	return bdt_event_name_parse(name, text, (size_t)(equals - text), diag);
}

/*
 * The kernel repeats the expression, points with a '^' below it, and says what is wrong:
 *
 *	ordr > 2
 *	     ^
 *	parse_error: Field not found
 *
 * The errno value is of no use: -ENOENT and -EPERM occur as well.  False when the file says nothing of the
 *kind.
 */
static bool explain(const struct bdt_instance *in, const char *file, const char *event,
		    const char *expression, struct bdt_diag *diag)
{
	struct bdt_text text = { NULL, 0, 0 };
	const char *reason = NULL, *caret = NULL, *line;

	if (!bdt_instance_read(in, file, &text, NULL))
		reason = strstr(text.data, PARSE_ERROR);
	if (reason) {
		caret = memrchr(text.data, '^', (size_t)(reason - text.data));
		line = caret ? memrchr(text.data, '\n', (size_t)(caret - text.data)) : NULL;
		reason += strlen(PARSE_ERROR);
		bdt_diag_set(diag, -EINVAL, BT_NO_OFFSET,
			     "the kernel refuses the filter '%s' of %s, character %d: %.*s", expression,
			     event, line ? (int)(caret - line) : 0, (int)strcspn(reason, "\n"), reason);
	}
	bdt_text_finish(&text);
	return reason != NULL;
}

int bdt_filter_set(struct bdt_instance *in, const char *system, const char *event, const char *expression,
		   struct bdt_diag *diag)
{
	struct bdt_diag why;
	char file[256], name[160];
	int err;

	snprintf(file, sizeof(file), "events/%s/%s/filter", system, event);
	snprintf(name, sizeof(name), "%s:%s", system, event);
	bdt_diag_clear(&why);
	err = bdt_instance_write(in, file, expression, &why);
	if (err && explain(in, file, name, expression, diag))
		return -EINVAL;
	return err ? bdt_diag_set(diag, err, why.offset, "%s", why.text) : 0;
}
