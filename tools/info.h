/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BT_TOOLS_INFO_H
#define BT_TOOLS_INFO_H

#include <buddytrace/json.h>
#include <buddytrace/notes.h>
#include <buddytrace/tracefile.h>

/* What `info` says of the recorder, by the facts that it left in the file; files of others have none. */

/* Lines for what there is: recorder, filters, cost, series. */
void bdt_info_recorder(const struct bdt_tracefile *file, uint64_t events, uint64_t duration_ns);
/* More about the clock, behind its name. */
void bdt_info_clock(const struct bdt_tracefile *file);
/* A table of the CPUs that lost events, if there are any. */
void bdt_info_losses(const struct bdt_tracefile *file);
/* What exact snapshots cost, and what of that which fired was recorded. */
void bdt_info_exact(const struct bdt_tracefile *file);

/* The same as members "recorder", "series" and "clock_quality" of the open object; null where nothing is
 * known. */
void bdt_info_recorder_json(struct bdt_json *j, const struct bdt_tracefile *file, uint64_t events,
			    uint64_t duration_ns);
/* Members "exact" and "fired", null where nothing was noted. */
void bdt_info_exact_json(struct bdt_json *j, const struct bdt_tracefile *file);
/* Member "cpus": what became of the events of each CPU. */
void bdt_info_losses_json(struct bdt_json *j, const struct bdt_tracefile *file);

#endif
