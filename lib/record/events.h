/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_EVENTS_H
#define BT_RECORD_EVENTS_H

#include "record/instance.h"
#include "tracefile/writer.h"
#include <buddytrace/diag.h>
#include <stddef.h>

/*
 * Enables the events of the recorder in `in`, whose tracing is off, and hands their formats to `w`.  What the
 * kernel does not have is left out and named in `missing` (space-separated names, cut to `size` bytes).
 * -ENODEV when the kernel has none of the page allocator's events, -errno.
 */
int bdt_events_enable(struct bdt_instance *in, struct bdt_writer *w, char *missing, size_t size,
		      struct bdt_diag *diag);

/* Hands header_page, header_event and the format of trace_marker's text to `w`.  0 or -errno. */
int bdt_events_headers(struct bdt_instance *in, struct bdt_writer *w, struct bdt_diag *diag);

#endif
