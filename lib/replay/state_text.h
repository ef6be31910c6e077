/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPLAY_STATE_TEXT_H
#define BT_REPLAY_STATE_TEXT_H

#include "replay/state.h"

/*
 * Writes the modelled machine to the file `path`, complete or not at all: for each zone the text of
 * bdt_zone_dump(), then a line for each free block, list by list from the head, and one for each run of
 * pageblocks of one type.  Equal states give equal bytes.  0, -ENOMEM or the errno value of writing.
 * O(zones).
 */
int bdt_state_write(const struct bdt_state *s, const char *path, struct bdt_diag *diag);

#endif
