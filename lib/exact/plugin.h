/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_EXACT_PLUGIN_H
#define BT_EXACT_PLUGIN_H

#include "exact/shared.h"
#include <buddytrace/diag.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The free lists in order, and what belongs to them, read inside the kernel by BPF.  It is a module that the
 * recorder loads when it is asked to, so that nothing else needs libbpf.
 *
 * The modules are of the same build as the recorder: BT_EXACT_ABI says so.
 */

#define BT_EXACT_ABI    5
#define BT_EXACT_SYMBOL "bdt_exact_module"

struct bdt_exact;

struct bdt_exact_zone {
	char name[16];
	int node;
	uint64_t start, end; /* pfns, end exclusive */
};

struct bdt_exact_options {
	uint64_t budget_ns;   /* longest time with interrupts off, of one run */
	uint32_t next_marker; /* id of the first run; each has one of its own */
	uint64_t limit;       /* free blocks: where there are more nothing is read, -E2BIG */
	bool no_pcp;          /* leave out the per-CPU lists */
	uint32_t pageblock_order;
	bool (*ends)(void *user); /* true: take no more; NULL = never */
	void *ends_user;
};

/* What a part holds. */
enum bdt_exact_kind {
	BDT_EXACT_LISTS, /* free lists part->first_list .. end_list - 1 of a zone */
	BDT_EXACT_PCP,   /* the per-CPU lists of a zone and CPU */
};

struct bdt_exact_cost {
	uint32_t next_marker; /* the first that no run has used */
	uint32_t runs;
	uint64_t entries;    /* blocks and pages read */
	uint64_t longest_ns; /* of one run with interrupts off */
	uint64_t total_ns;
	uint32_t unlocked;  /* zones read without their lock, and checked */
	uint32_t failed;    /* zones that could not be read without changing meanwhile */
	uint32_t cut;       /* lists whose middle is missing, also at the end */
	uint32_t continued; /* runs that went on within a list */
};

struct bdt_exact_module {
	unsigned int abi;
	/* Loads the programs and finds its way around the kernel; -errno.  Ended by close(). */
	int (*open)(struct bdt_exact **out, struct bdt_diag *diag);
	/* Zones of the machine that span memory; `*n` of them. */
	const struct bdt_exact_zone *(*zones)(const struct bdt_exact *e, size_t *n);
	/*
	 * Reads all zones; `part` is called for every run, and what it is given is valid until it returns;
	 * `words` is the memory that the list positions refer to.  Begin and end of each run are marked in
	 * the event stream by "buddytrace exact ID begin" and "... end" (bpf_trace:bpf_trace_printk).
	 * 0 or -errno, or what `part` returned.
	 */
	int (*take)(struct bdt_exact *e, const struct bdt_exact_options *options,
		    int (*part)(void *user, enum bdt_exact_kind kind, const struct bt_exact_part *part,
				const uint32_t *words),
		    void *user, struct bdt_exact_cost *cost, struct bdt_diag *diag);
	/*
	 * From now on tells in the event stream when a softirq begins while its CPU holds the lock of a
	 * zone's per-CPU lists ("buddytrace pcp held START", the zone's first pfn in hex), and when the next
	 * one begins without ("buddytrace pcp free").  -EOPNOTSUPP: this kernel has no such lock.
	 */
	int (*watch)(struct bdt_exact *e);
	/*
	 * From now on tells when free pages are reported to a host: "buddytrace reporting begin", "... end", and
	 * in between "... handed over N" behind the N-th batch.  -EOPNOTSUPP: this machine reports none.
	 */
	int (*watch_reporting)(struct bdt_exact *e);
	/* Begins to count how often the events BT_EXACT_COUNTED fire; those the kernel lacks stay 0. */
	int (*count)(struct bdt_exact *e, struct bdt_diag *diag);
	/*
	 * The counts since then: BT_EXACT_CPUS of each event, one event behind the other; and how many of each
	 * the kernel did not let the program see, because they interrupted it.  -errno.
	 */
	int (*fired)(struct bdt_exact *e, struct bt_exact_fired *out, uint64_t missed[BT_EXACT_EVENTS]);
	void (*close)(struct bdt_exact *e);
};

#endif
