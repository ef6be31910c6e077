/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_TRIGGER_H
#define BT_RECORD_TRIGGER_H

#include <buddytrace/diag.h>
#include <stddef.h>
#include <stdint.h>

/* What makes a flight recorder write a file. */
enum bdt_trigger_kind {
	BDT_TRIGGER_FALLBACKS,    /* mm_page_alloc_extfrag events */
	BDT_TRIGGER_COMPACT_FAIL, /* compact_fail of /proc/vmstat */
	BDT_TRIGGER_STALL,        /* allocstall_* of /proc/vmstat: allocations that reclaimed themselves */
	BDT_TRIGGER_PSI,          /* memory pressure, "some", percent of the time */
};

struct bdt_trigger {
	enum bdt_trigger_kind kind;
	double threshold;   /* events within the window, or percent of it; it fires at or above */
	uint64_t window_ns; /* it slides; 1 s for PSI */
};

/*
 * Parses "fallbacks=N/s", "compact-fail=N/s", "stall=N/s" (or /m, /h), "psi=PERCENT".  0; -EINVAL with a diag
 * that says how it is written.
 */
int bdt_trigger_parse(const char *text, struct bdt_trigger *trigger, struct bdt_diag *diag);

/* Triggers that are being watched. */
struct bdt_triggers;

struct bdt_triggers_options {
	const struct bdt_trigger *list; /* copied */
	size_t n;
	const char *root;    /* prefix of /proc, "" */
	const char *tracefs; /* mount point, NULL = find it; for what has no counter but events */
	const struct bdt_log *log;
};

/*
 * Fallbacks have no counter: they are counted in a small trace instance of their own, guarded as the first
 * one is, so call it before there are threads and locked memory.  0, -EOPNOTSUPP where this kernel has no
 * such counter, -errno.  Ended by bdt_triggers_stop().
 */
int bdt_triggers_start(const struct bdt_triggers_options *options, struct bdt_triggers **out,
		       struct bdt_diag *diag);
/*
 * Looks at everything that is watched; to be called about every 100 ms, never blocks.  It reads the kernel's
 * counters (O(CPUs)) four times a second at most.  `now_ns`: any clock that does not go backward.  What
 * fired, as a short text with the value ("120 fallbacks in 1 s"), borrowed until the next call; NULL =
 * nothing.
 */
const char *bdt_triggers_poll(struct bdt_triggers *t, uint64_t now_ns);
/* Frees everything; NULL is allowed. */
void bdt_triggers_stop(struct bdt_triggers *t);

#endif
