/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_EXACT_H
#define BT_RECORD_EXACT_H

#include "exact/shared.h"
#include "record/clock.h"
#include "record/count.h"
#include "record/instance.h"
#include "tracefile/writer.h"
#include <buddytrace/diag.h>

/*
 * Exact snapshots: the free lists in order, by the module buddytrace-exact.so, which is loaded when the first
 * is wanted.  Without the module, or where it does not run, there are none, and the recording goes on.
 */
struct bdt_exact_taker;

/* Marks in the stream where the lists were read. */
#define BT_EXACT_EVENT "bpf_trace:bpf_trace_printk"

struct bdt_exact_totals {
	uint32_t snapshots, runs, unlocked, failed, cut;
	uint64_t entries, longest_ns, total_ns;
};

struct bdt_exact_settings {
	uint64_t budget_ns; /* 0 = default */
	uint64_t limit;     /* free blocks: none is taken where there are more; 0 = default */
};

/*
 * Loads the module and its programs: 0.3 to 1 s, some of it CPU time.  The event BT_EXACT_EVENT of `in` is to
 * be enabled by the caller.  0; -EOPNOTSUPP, -EPERM, -ENOENT with the reason in the diag.
 */
int bdt_exact_taker_create(struct bdt_exact_taker **out, const struct bdt_instance *in,
			   const struct bdt_exact_settings *settings, struct bdt_diag *diag);
void bdt_exact_taker_destroy(struct bdt_exact_taker *t); /* NULL is allowed */
/* What is taken goes to a file, with its cost. */
struct bdt_exact_target {
	struct bdt_writer *writer;
	const struct bdt_clock *clock;
	bool (*ends)(void *user); /* true: end it with what there is; asked every few ms.  NULL = never */
	void *user;
};
/* Takes one and adds it as a snapshot of that name.  -errno with the reason in the diag. */
int bdt_exact_taker_take(struct bdt_exact_taker *t, const struct bdt_exact_target *to, const char *name,
			 struct bdt_diag *diag);

/* Events whose firings are counted; NULL behind the last one. */
const char *bdt_exact_taker_counted(size_t i);
/* Begins to count them, beside the recording: some 100 ns per event.  -errno with the reason in the diag. */
int bdt_exact_taker_count(struct bdt_exact_taker *t, struct bdt_diag *diag);
/*
 * How often one of them fired: all that were counted, those in the process with the id 1, and those on each CPU;
 * `missed` more interrupted the counting and are known by their number only.
 */
struct bdt_exact_fired {
	uint64_t all, init, missed, cpu[BT_EXACT_CPUS];
};
/* How often they fired since, BT_WATCHED_EVENTS of them.  0 or -errno, and then they are all 0. */
int bdt_exact_taker_fired(const struct bdt_exact_taker *t, struct bdt_exact_fired *out);
/* Counts of the CPUs that have any, as " cpus=CPU:COUNT,...": a text of less than BT_EXACT_BY_CPU bytes. */
#define BT_EXACT_BY_CPU (BT_EXACT_CPUS * 26 + 16)
void bdt_exact_by_cpu(char *text, const uint64_t counts[BT_EXACT_CPUS]);
const struct bdt_exact_totals *bdt_exact_taker_totals(const struct bdt_exact_taker *t);

#endif
