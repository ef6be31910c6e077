/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_FILTERS_H
#define BT_RECORD_FILTERS_H

#include "record/instance.h"
#include <buddytrace/diag.h>

/* An event as it is named on the command line. */
struct bdt_event_name {
	char system[64]; /* "" = any that has the event */
	char event[64];
};

/* Parses "[SYSTEM:]EVENT", the first `length` bytes of `text`.  0; -EINVAL when that is no name. */
int bdt_event_name_parse(struct bdt_event_name *name, const char *text, size_t length, struct bdt_diag *diag);
/*
 * Finds the event among those of `in` and fills in its system.  0; -ENOENT when there is none, -EINVAL when
 * more than one system has it.
 */
int bdt_event_name_resolve(struct bdt_event_name *name, const struct bdt_instance *in, struct bdt_diag *diag);

/* Parses "[SYSTEM:]EVENT=EXPRESSION"; *expression points into `text`.  0 or -EINVAL. */
int bdt_filter_parse(const char *text, struct bdt_event_name *name, const char **expression,
		     struct bdt_diag *diag);
/* Sets the filter of an event of `in`.  -EINVAL, with what the kernel says of it, when it is refused; -errno.
 */
int bdt_filter_set(struct bdt_instance *in, const char *system, const char *event, const char *expression,
		   struct bdt_diag *diag);

#endif
