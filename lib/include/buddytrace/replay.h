/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BUDDYTRACE_REPLAY_H
#define BUDDYTRACE_REPLAY_H

#include <buddytrace/diag.h>
#include <buddytrace/tracefile.h>
#include <stdbool.h>
#include <stdint.h>

struct bdt_replay_options {
	const char *kernel; /* kernel release or profile to assume, NULL = the recorded one */
	unsigned int heal;  /* blocks moved out of the way of an observed one, default BT_REPLAY_HEAL */
	const char *output; /* directory for score.json, fallbacks.tsv, series.tsv, ...; NULL = none */
};

#define BT_REPLAY_HEAL 32

/* Precision, recall and friends over a set of predictions; -1 where the denominator is 0. */
struct bdt_prf {
	uint64_t observed, predicted, tp;
	double precision, recall;
};

/* Head figures; the whole of them is in score.json. */
struct bdt_replay_summary {
	char kernel[64];
	char profile[16];
	uint64_t events, lost_events, duration_ns;
	uint64_t removals, exact, known, known_exact, contradictions;
	struct bdt_prf fallbacks, onsets;
	double attributes_exact, fallback_pfn_exact, baseline_f1;
	double free_jaccard; /* -1: no end snapshot */
	double seconds, cpu_seconds, events_per_cpu_second; /* cost of the replay itself */
	uint64_t peak_rss_bytes;
};

/*
 * Replays `tf` at buddy level through the model and scores the predictions.  0, or -EBADMSG (corrupt trace),
 * -EPROTONOSUPPORT (no profile for this kernel), errno values of writing the output directory.
 */
int bdt_replay_run(const struct bdt_tracefile *tf, const struct bdt_replay_options *options,
		   struct bdt_replay_summary *summary, const struct bdt_log *log, struct bdt_diag *diag);

#endif
