/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BUDDYTRACE_REPLAY_H
#define BUDDYTRACE_REPLAY_H

#include <buddytrace/diag.h>
#include <buddytrace/tracefile.h>
#include <stdbool.h>
#include <stdint.h>

struct bdt_replay_options {
	const char *kernel; /* kernel release or profile to assume, NULL = the recorded one */
	unsigned int heal;  /* blocks moved out of the way of an observed one; BT_REPLAY_HEAL, 0 = never */
	bool page_level;    /* also predict what the allocator does above the buddy lists */
	uint64_t resync_events; /* page level: the free run starts anew every so many events, 0 = never */
	uint64_t until_events;  /* the first so many events of the trace are replayed, 0 = all */
	uint64_t until_ns;      /* ... those until then, ns from the first one, 0 = all */
	const char *dump_state; /* file for the lists and types at the end, NULL = none */
	const char *output;     /* directory for score.json, fallbacks.tsv, series.tsv, ...; NULL = none */
};

#define BT_REPLAY_HEAL 32

/* Counts of observed and predicted events, and how often both agree; -1 where the denominator is 0. */
struct bdt_prf {
	uint64_t observed, predicted, tp;
	double precision; /* tp / predicted, 0..1 */
	double recall;    /* tp / observed, 0..1 */
};

/* Head figures; the whole of them is in score.json.  Ratios are 0..1, or -1 where there is nothing to divide
 * by. */
struct bdt_replay_summary {
	char kernel[64];  /* recorded release, empty when the file does not say */
	char profile[16]; /* kernel version it was replayed as */
	uint64_t events, lost_events, duration_ns; /* replayed: with until_* less than the recording has */
	uint64_t removals;           /* blocks that left the free lists */
	uint64_t exact;              /* ... whose page was predicted */
	uint64_t known, known_exact; /* ... whose place in its list the model could know; those predicted */
	uint64_t contradictions;     /* ... whose page the model held not free */
	struct bdt_prf fallbacks;    /* removals by claim or steal */
	struct bdt_prf onsets;       /* where the last removal of that zone, order and type was none */
	double attributes_exact;     /* of fallbacks.tp: type, order and ownership right as well */
	double fallback_pfn_exact;   /* of fallbacks.tp: page right as well */
	double baseline_f1;          /* F1 of predicting the last outcome of that zone, order and type */
	double free_jaccard;         /* free in model and last snapshot / free in either; -1: no snapshot */
	bool page_level;             /* the following was measured */
	struct bdt_prf refills;      /* of per-CPU lists whose content is known; tp: at the same allocation */
	double refill_size_exact;    /* of refills.tp and those missed */
	struct bdt_prf drains;       /* of per-CPU lists, behind a free */
	double drain_size_exact;     /* of drains.tp */
	double list_head, zone_exact; /* allocations: page at the head of its list, zone as predicted */
	double free_refills, free_drained, free_fallbacks;  /* free run: predicted / observed, may exceed 1 */
	double seconds, cpu_seconds, events_per_cpu_second; /* cost of the replay itself */
	uint64_t peak_rss_bytes;                            /* of the process */
};

/*
 * Replays `tf` at buddy level through the model and scores the predictions.  `log` and `diag` may be NULL.
 * `summary` is valid on success only.  0, or -EBADMSG (corrupt trace or snapshot), -EPROTONOSUPPORT (no
 * profile for this kernel), -ENOMEM, errno values of writing the output directory.  One pass over the events;
 * memory goes with the pages of the recorded machine.
 */
int bdt_replay_run(const struct bdt_tracefile *tf, const struct bdt_replay_options *options,
		   struct bdt_replay_summary *summary, const struct bdt_log *log, struct bdt_diag *diag);

#endif
