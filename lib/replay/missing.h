/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPLAY_MISSING_H
#define BT_REPLAY_MISSING_H

#include <buddytrace/stream.h>

/*
 * Warns of everything a replay needs that the recording left out, on purpose or not, and of a clock that is not to be
 * trusted: it goes on, but its figures are not what they seem.
 */
void bdt_missing_warn(const struct bdt_tracefile *tf, const struct bdt_stream *stream,
		      const struct bdt_log *log);

#endif
