/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_INSPECT_WATCH_H
#define BT_INSPECT_WATCH_H

#include "inspect/text.h"

/*
 * The history of a few blocks during a replay: the events that name their pages, those after which the model has
 * their first page elsewhere, and the predictions about them; the last ones of each.
 */
struct bdt_watch;

#define BT_MAX_WATCHED 8

/* `history` is how many events are kept of each block, above 0.  0 or -ENOMEM.  Free with bdt_watch_destroy(). */
int bdt_watch_create(unsigned int history, struct bdt_watch **out);
void bdt_watch_destroy(struct bdt_watch *w); /* NULL is allowed */
/* Watches 2^order pages; `name` is static.  A block that is watched already, or more than BT_MAX_WATCHED, is not. */
void bdt_watch_add(struct bdt_watch *w, const char *name, bdt_pfn pfn, bdt_order order);
/* Before each event; the model is as the events before it made it. */
void bdt_watch_event(struct bdt_watch *w, const struct bdt_event *ev, const struct bdt_state *state);
void bdt_watch_removal(struct bdt_watch *w, const struct bdt_outcome *o);
/* After the last event: what it did. */
void bdt_watch_end(struct bdt_watch *w, const struct bdt_state *state);
/* One line per event of each block, and what the model held then. */
void bdt_watch_print(const struct bdt_watch *w, const struct bdt_inspect_text *t);

#endif
