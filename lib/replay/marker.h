/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPLAY_MARKER_H
#define BT_REPLAY_MARKER_H

#include <buddytrace/event.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The text that a BPF program of the recorder printed into the event stream, from `prefix` on and cut to
 * `size` bytes with its end; false for other events.
 */
bool bdt_marker_text(const struct bdt_event *ev, const char *prefix, char *text, size_t size);

#endif
