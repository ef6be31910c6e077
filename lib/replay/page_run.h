/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_REPLAY_PAGE_RUN_H
#define BT_REPLAY_PAGE_RUN_H

#include "model/slowpath_run.h"
#include "replay/page_inside.h"
#include "replay/page_map.h"

/* What the files of the free run share. */

/* Tasks that are in the middle of something; one more takes the place of the oldest. */
#define BT_RUN_TASKS 64

/*
 * Pages that the copy's compaction may look at: so many for each event, and at most so many for each page of
 * the machine on top.  A kernel does far less; events that no kernel writes could ask for any amount.
 */
#define BT_RUN_SCAN_PER_EVENT 4096
#define BT_RUN_SCAN_PER_PAGE  64

/* One allocation of a recorded task, made in the copy. */
struct bdt_run_request {
	struct bdt_alloc_request request;
	bool served;          /* it has its page, in `result` */
	bool waits;           /* in `walk`, until the task has reclaimed */
	bool slow, slow_seen; /* it reclaimed or compacted: in the copy, and as recorded */
	struct bdt_alloc_result result;
	struct bdt_slow_walk walk;
};

struct bdt_run_task {
	int32_t pid;
	uint64_t heard; /* number of its last event here; 0 = the place is free */
	bool open;      /* its request began before the event of its end */
	struct bdt_run_request request;
	bool reclaiming;             /* direct reclaim is going on */
	bool kswapd, kcompactd;      /* it is one */
	bool told;                   /* kcompactd: it does what it was woken for */
	bool asked;                  /* it compacts for an allocation */
	bool compacting, sync;       /* a run of compaction is going on; not an async one */
	enum bdt_compact_trigger by; /* ... which is */
};

struct bdt_page_run {
	struct bdt_page_level *p;
	struct bdt_state copy; /* the zones */
	struct bdt_system *system;
	struct bdt_compactor *compactor;
	struct bdt_slow_env env;
	struct bdt_pages pages; /* what the compactor can move */
	struct bdt_page_map map;
	struct bdt_run_task tasks[BT_RUN_TASKS];
	uint64_t heard;
	struct bdt_run_request *asking; /* that the model works on */
	enum bdt_compact_trigger by;    /* of the compaction that it does on its own */
	bool *woken;                    /* by node: kswapd, by the copy, and it has something to do */
	unsigned int nwoken;            /* nodes */
	int64_t scan_left;              /* pages; below 0 compaction is left out */
	uint64_t events, next_resync, window_end;
};

/* page_run.c */
/* Are all pages of the block in use in the copy, on no list?  False for blocks that are no block there. */
bool bdt_run_in_use(const struct bdt_page_run *run, bdt_pfn own, bdt_order order);
/* Frees a block of the copy that is nobody's. */
void bdt_run_give_back(struct bdt_page_run *run, unsigned int cpu, bdt_pfn own, bdt_order order,
		       enum bdt_free_how how);

/* page_run_request.c: begins a request; it may have to wait for reclaim then. */
void bdt_run_begin(struct bdt_page_run *run, struct bdt_run_request *r, const struct bdt_alloc_request *asked,
		   const struct bdt_task_rights *rights);
/* The task has reclaimed so many pages, for which the request waits. */
void bdt_run_reclaimed(struct bdt_page_run *run, struct bdt_run_request *r, uint64_t pages);
/* No more is reclaimed: the request ends.  True if it has its page. */
bool bdt_run_end(struct bdt_page_run *run, struct bdt_run_request *r);
/* The request is not for anybody: it ends, and its page is free again. */
void bdt_run_drop(struct bdt_page_run *run, struct bdt_run_request *r);
/* It did what the kernel shows by an event of direct reclaim or compaction: in the copy, or as recorded. */
void bdt_run_saw_slow(struct bdt_page_run *run, struct bdt_run_request *r, bool recorded);

/* page_run_task.c: the task of an event; the oldest one makes room for a new one. */
struct bdt_run_task *bdt_run_task_of(struct bdt_page_run *run, int32_t pid);
/* The same, NULL if nothing is known of it. */
struct bdt_run_task *bdt_run_find_task(struct bdt_page_run *run, int32_t pid);
/* All requests that are under way begin anew when their end is told. */
void bdt_run_forget_requests(struct bdt_page_run *run);

/* page_run_compact.c */
/* 0 or -ENOMEM. */
int bdt_run_compactor_create(struct bdt_page_run *run);
/* An event went by: more may be compacted. */
void bdt_run_compactor_tick(struct bdt_page_run *run);
/* Handlers of the compaction events; `t` is the task that wrote it. */
void bdt_run_compact_begin(struct bdt_page_run *run, struct bdt_run_task *t, const struct bdt_event *ev);
void bdt_run_compact_end(struct bdt_page_run *run, struct bdt_run_task *t, const struct bdt_event *ev);
void bdt_run_compact_migrated(struct bdt_page_run *run, struct bdt_run_task *t, const struct bdt_event *ev);
void bdt_run_kcompactd_wake(struct bdt_page_run *run, struct bdt_run_task *t, const struct bdt_event *ev);
void bdt_run_kcompactd_sleep(struct bdt_page_run *run, struct bdt_run_task *t, const struct bdt_event *ev);

#endif
