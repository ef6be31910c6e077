/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BUDDYTRACE_ESTIMATE_H
#define BUDDYTRACE_ESTIMATE_H

#include <buddytrace/diag.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

/* What a recording would cost, told without tracing: counters of the kernel times factors that were measured.
 */

struct bdt_estimate_options {
	uint64_t duration_ns;              /* how long the counters are watched; 0 = 10 s */
	const volatile sig_atomic_t *stop; /* becomes > 0: what was seen until then is used; may be NULL */
	const char *root;                  /* prefix of /proc and /sys, NULL = "/" */
};

/* What the page allocator did, per second. */
struct bdt_estimate_rates {
	double seconds;          /* watched */
	double pages_allocated;  /* pgalloc_* of /proc/vmstat; pages */
	double pages_freed;      /* pgfree; pages */
	double huge_pages;       /* of them in huge pages and large anonymous folios; pages */
	double huge_allocations; /* those huge pages and folios */
	double file_pages;       /* read or dirtied, perhaps in large folios; pages */
	double direct_reclaims;  /* allocstall* */
	double compactions;      /* compact_stall and compact_daemon_wake */
};

/* The truth is somewhere between the two. */
struct bdt_estimate_range {
	double low, high;
};

struct bdt_estimate_profile {
	const char *name, *help;
	struct bdt_estimate_range events_per_s; /* while it records */
	struct bdt_estimate_range recorder_cpu; /* CPUs used by the recorder while it records */
	struct bdt_estimate_range kernel_cpu;   /* CPUs used by the traced side while it records */
	struct bdt_estimate_range bytes_per_s;  /* to the disk while it records */
	struct bdt_estimate_range bytes_per_day;
	uint64_t ring_bytes; /* memory of the kernel's ring buffers */
	double seconds_per_day;
	double bytes_per_cut; /* a ring written to a file; 0 where the events are written as they come */
};

/* One factor that the figures were made with. */
struct bdt_estimate_factor {
	const char *name, *unit;
	struct bdt_estimate_range value;
	const char *source;
};

#define BT_ESTIMATE_PROFILES 8

struct bdt_estimate_load {
	struct bdt_estimate_rates rates;
	struct bdt_estimate_profile profiles[BT_ESTIMATE_PROFILES];
	size_t nprofiles;
};

struct bdt_estimate {
	struct bdt_estimate_load now;  /* the time watched */
	struct bdt_estimate_load boot; /* the average since boot */
	uint32_t cpus;
	/* One snapshot of the /proc texts, as measured here. */
	double snapshot_bytes; /* compressed */
	double snapshot_ns;    /* CPU time of reading them */
};

/* Watches the counters, then fills *out.  0, or -errno when /proc/vmstat cannot be read or has no counters.
 */
int bdt_estimate_run(const struct bdt_estimate_options *options, struct bdt_estimate *out,
		     const struct bdt_log *log, struct bdt_diag *diag);
/* The i-th factor, NULL behind the last one. */
const struct bdt_estimate_factor *bdt_estimate_factor_at(size_t i);

#endif
