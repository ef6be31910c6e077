/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BUDDYTRACE_IMPORT_H
#define BUDDYTRACE_IMPORT_H

#include <buddytrace/diag.h>
#include <stdint.h>

struct bdt_import_summary {
	unsigned int cpus, formats, snapshots;
	uint64_t subbuffers;
	uint64_t file_bytes; /* size of the file that was written */
};

/*
 * Makes the trace file `output` from a captured machine: a directory of plain files (each may be NAME.zst).
 *
 *	DIR/tracing/{trace_clock,saved_cmdlines,events/header_page,events/header_event}
 *	DIR/tracing/events/SYSTEM/EVENT/format
 *	DIR/tracing/per_cpu/cpuN/{trace_pipe_raw,stats}   sub-buffers as read, one after another
 *	DIR/NAME/proc/...                                 a snapshot: kpageflags, buddyinfo, zoneinfo, ...
 *	DIR/uname
 *
 * A snapshot's place is given by trace_marker lines `snap NAME begin` and `snap NAME end`, or by a file
 * DIR/NAME/stamp with two trace clock times in ns; without either the first is put before the first event and
 * the others behind the last one.  0; errno values of reading and writing; -EBADMSG for corrupt sub-buffers
 *or formats; -ENODATA when there are no sub-buffers or no header_page.  On errors nothing is left behind.
 */
int bdt_import_run(const char *dir, const char *output, struct bdt_import_summary *summary,
		   const struct bdt_log *log, struct bdt_diag *diag);

#endif
