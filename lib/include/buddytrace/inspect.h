/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BUDDYTRACE_INSPECT_H
#define BUDDYTRACE_INSPECT_H

#include <buddytrace/event.h>
#include <buddytrace/replay.h>
#include <stdio.h>

/* What to look for in a replay, to understand why a prediction missed. */
enum bdt_inspect_what {
	BDT_INSPECT_FIRST,  /* the first removal that was not predicted */
	BDT_INSPECT_EVENT,  /* the removal at an event */
	BDT_INSPECT_PAGE,   /* what happened to a page */
	BDT_INSPECT_PARTED, /* since when the model differs from the lists of an exact snapshot */
};

struct bdt_inspect_options {
	enum bdt_inspect_what what;
	const char *class;    /* FIRST: mismatch class, NULL = any */
	uint64_t event;	      /* EVENT: number in the merged stream, from 0 */
	bdt_pfn pfn;	      /* PAGE */
	const char *snapshot; /* PARTED: its name, NULL = the first one that the model differs from */
	unsigned int history; /* events told of each page, the last ones */
};

#define BT_INSPECT_HISTORY 32

/*
 * Replays `tf` at buddy level, once to find what is asked for and once to tell what happened to the pages that
 * matter, and writes text to `out`.  Of `replay` only kernel, heal, the bounds and dump_state are used: that
 * one is the state behind what was found.  0 also when there is
 * nothing to tell, which the text says; -EINVAL for a class that is none, -ENOENT for an event, page or snapshot
 * that the recording lacks; else as bdt_replay_run().  Memory: 8 bytes per page of the machine on top of that.
 */
int bdt_inspect_run(const struct bdt_tracefile *tf, const struct bdt_replay_options *replay,
		    const struct bdt_inspect_options *options, FILE *out, const struct bdt_log *log,
		    struct bdt_diag *diag);

#endif
