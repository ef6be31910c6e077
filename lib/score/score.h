/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_SCORE_SCORE_H
#define BT_SCORE_SCORE_H

#include "replay/run.h"
#include <stdio.h>

/*
 * Numbers from outcomes.  Every prediction was made before its event was looked at, with all earlier events
 * known (teacher-forced, causal): these are one-step-ahead figures, not those of a free simulation.
 */

/* Observed, predicted and both; fp = predicted - tp, fn = observed - tp. */
struct bdt_counts {
	uint64_t observed, predicted, tp;
};

/* Precision and recall of the counts; -1 where there is nothing to divide by. */
struct bdt_prf bdt_counts_prf(const struct bdt_counts *c);
/* n / of, -1 when `of` is 0. */
double bdt_share(uint64_t n, uint64_t of);
/* F1 = 2 tp / (observed + predicted), -1 when both are 0. */
double bdt_counts_f1(const struct bdt_counts *c);

/* What happened in one time bin, or in all of them. */
struct bdt_tally {
	uint64_t events, removals, exact, known, known_exact, contradictions, lost;
	struct bdt_counts fallbacks, onsets;
};

#define BT_BINS 1024

/* Free pages per zone and order at the end of a bin. */
struct bdt_free_sample {
	uint64_t pages[BT_MAX_ZONES][BT_MAX_ORDERS];
};

/*
 * A series of at most BT_BINS bins of equal width.  When the time goes past the last one, neighbours are
 * joined and the width doubles, so that memory does not depend on the length of the trace.
 */
struct bdt_bins {
	uint64_t start_ns, width_ns;
	size_t n; /* bins begun */
	struct bdt_tally tally[BT_BINS];
	struct bdt_free_sample *free; /* BT_BINS of them */
};

/* 0 or -ENOMEM.  `start_ns` is the time of the first bin's begin. */
int bdt_bins_init(struct bdt_bins *b, uint64_t start_ns);
void bdt_bins_finish(struct bdt_bins *b);
/*
 * The bin of `time_ns`; when it is a new one, the sample of the bins that ended is taken from `state` (NULL:
 * nothing is sampled).  Amortised O(1), O(zones * orders) per bin.
 */
struct bdt_tally *bdt_bins_at(struct bdt_bins *b, uint64_t time_ns, const struct bdt_state *state);
/* Takes the sample of the last bin. */
void bdt_bins_end(struct bdt_bins *b, const struct bdt_state *state);

/* Counts per combination of a fallback's four attributes. */
struct bdt_confusion_cell {
	uint32_t observed, predicted, both;
};

/* Fallbacks per task name: the first names are kept, later ones are summed up under the last entry. */
#define BT_TASKS 512
struct bdt_task_count {
	char name[20];
	uint64_t fallbacks, claims, steals;
};

struct bdt_score {
	struct bdt_tally total; /* from the start state on */
	uint64_t block_order_exact;
	uint64_t attributes_exact, fallback_pfn_exact; /* among fallbacks.tp */
	struct bdt_counts baseline;       /* "as the last removal of this zone, order and migratetype" */
	uint64_t causes[3][BDT_CAUSE_NR]; /* by class: removal of own list, fp, fn ... see classes */
	struct bdt_tally lists[BT_MAX_ZONES][BT_MAX_MIGRATETYPES][BT_MAX_ORDERS];
	bool fell_back[BT_MAX_ZONES][BT_MAX_MIGRATETYPES]
		      [BT_MAX_ORDERS]; /* the last removal was a fallback */
	struct bdt_confusion_cell confusion[BT_MAX_MIGRATETYPES][BT_MAX_MIGRATETYPES][BT_MAX_ORDERS]
					   [BT_MAX_ORDERS];
	struct bdt_task_count tasks[BT_TASKS];
	size_t ntasks;
	struct bdt_bins bins;
	const struct bdt_state *state;   /* while the replay runs */
	const struct bdt_stream *stream; /* names */
	uint64_t first_ns, start_ns;     /* of the recording, of the predictions */
	uint64_t events, gaps, lost;     /* replayed: of the stream more may have been read */
	uint64_t last_ns;                /* of the last event that was replayed */
	bool begun;
	FILE *fallbacks; /* fallbacks.tsv, NULL = not wanted */
};

/* What a prediction was, for bdt_score.causes. */
enum bdt_class { BDT_CLASS_OTHER, BDT_CLASS_FP, BDT_CLASS_FN };

/* 0 or -ENOMEM; *out is large, so it is allocated.  Free with bdt_score_destroy() (NULL is allowed). */
int bdt_score_create(struct bdt_score **out);
void bdt_score_destroy(struct bdt_score *s);

/* The model stands: `state` and `stream` are used until the files are written. */
void bdt_score_begin(struct bdt_score *s, const struct bdt_state *state, const struct bdt_stream *stream,
		     uint64_t start_ns);
/* Before each event; `state` is NULL as long as nothing is modelled. */
void bdt_score_event(struct bdt_score *s, const struct bdt_event *ev, const struct bdt_state *state);
/* One prediction and what became of it. */
void bdt_score_removal(struct bdt_score *s, const struct bdt_outcome *o);

/* Number of a zone in bdt_state. */
size_t bdt_score_zone(const struct bdt_score *s, const struct bdt_zone *z);

/* Writes one line of fallbacks.tsv. */
void bdt_fallbacks_row(const struct bdt_score *s, const struct bdt_outcome *o, bool onset);
void bdt_fallbacks_header(FILE *out);

/*
 * Writes the files of a replay directory other than fallbacks.tsv; see doc/replay-directory.md.
 * 0 or -errno with the file's name in the diag.
 */
int bdt_score_write(const struct bdt_score *s, const struct bdt_replay_result *result,
		    const struct bdt_replay_summary *summary, const struct bdt_tracefile *tf, const char *dir,
		    struct bdt_diag *diag);
/* score.json. */
int bdt_score_write_json(const struct bdt_score *s, const struct bdt_replay_result *result,
			 const struct bdt_replay_summary *summary, FILE *out);

struct bdt_json;
struct bdt_page_result;
/* Adds the object `page`; nothing when `page` is NULL. */
void bdt_score_page_json(struct bdt_json *j, const struct bdt_page_result *page);
/* Its head figures; only page_level = false when `page` is NULL. */
void bdt_score_page_summary(const struct bdt_page_result *page, struct bdt_replay_summary *out);

#endif
