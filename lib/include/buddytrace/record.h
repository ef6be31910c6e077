/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BUDDYTRACE_RECORD_H
#define BUDDYTRACE_RECORD_H

#include <buddytrace/diag.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* How far a recording is. */
struct bdt_record_progress {
	uint64_t ns;      /* since tracing began */
	uint64_t events;  /* read from the rings */
	uint64_t bytes;   /* written, to files that are complete or not */
	uint64_t lost;    /* events that are missing by the marks in the data: at least so many */
	const char *file; /* that is written; NULL = flight, and nothing fired yet */
	bool paused;      /* to stay below the CPU limit */
};

struct bdt_record_options {
	const char *output;      /* file to write; must not be NULL */
	uint64_t duration_ns;    /* 0 = as the profile says: mostly until stopped or the command ends */
	uint64_t start_delay_ns; /* wait for a random time below this first */
	uint32_t buffer_kb;      /* ring size per CPU, KiB; 0 = default (8192) */
	char *const *command;    /* argv of a command to run while recording, NULL = none */
	const char *clock;       /* trace clock, NULL = x86-tsc, else mono */
	bool no_snapshots;       /* leave out the state of memory */
	uint64_t texts_every_ns; /* /proc texts between start and end; 0 = as the profile says, at least 0.1 s
				  */
	bool exact;              /* free lists in order at start and end, by BPF, where that works */
	uint64_t exact_budget_ns;   /* longest time with interrupts off for them; 0 = default (5 ms) */
	bool count_fired;           /* with exact: count how often events fire, beside the recording */
	uint64_t snapshot_every_ns; /* snapshots between start and end, that often; 0 = never */
	uint64_t exact_limit; /* none of more free blocks than that; 0 = default, UINT64_MAX = no limit */
	const volatile sig_atomic_t *snapshot_now; /* each change: one more; NULL = never */
	const volatile sig_atomic_t *stop;         /* becomes > 0: stop and flush; > 1: abandon the flush */
	/* Each change: a new file now; NULL = never.  Without rotation or flight it does nothing. */
	const volatile sig_atomic_t *cut;
	const char *tracefs; /* mount point, NULL = find or mount it */
	const char *root;    /* prefix of /proc and /sys, NULL = "/" (tests) */

	/* What is recorded. */
	const char *profile;        /* "full", "rare", "window", "flight"; NULL = full */
	const char *const *events;  /* more events, "SYSTEM:EVENT", ended by NULL; NULL = none */
	const char *const *filters; /* "[SYSTEM:]EVENT=EXPRESSION" of the kernel, likewise */
	bool stacks;                /* kernel stacks of mm_page_alloc_extfrag */

	/* Bounds; 0 = none.  Bytes are those on the disk, of all files of this recording for max_bytes. */
	uint64_t max_bytes;       /* stop */
	uint64_t rotate_bytes;    /* go on in a new file */
	uint64_t rotate_ns;       /* the same by time */
	uint32_t keep_files;      /* finished files of the series, oldest are deleted */
	uint64_t keep_bytes;      /* of the finished files */
	uint64_t min_free_bytes;  /* of the file system; below: delete the oldest (keep_*), else stop */
	unsigned int cpu_percent; /* of one CPU that the recorder may use; above, tracing pauses */

	/* Called ten times a second from the thread that called bdt_record_run(); NULL = never. */
	void (*progress)(void *user, const struct bdt_record_progress *progress);
	void *user;

	/* Profile flight. */
	const char *const *triggers;  /* "fallbacks=N/s" ..., ended by NULL; NULL = only `cut` */
	uint64_t after_ns;            /* recorded behind the trigger; 0 = 1 s */
	uint64_t trigger_distance_ns; /* no second trigger within; 0 = 60 s */
};

struct bdt_record_summary {
	uint64_t events;                    /* in the files */
	uint64_t bytes;                     /* size of the files */
	uint64_t duration_ns;               /* tracing on to tracing off */
	uint64_t written, overrun, dropped; /* of the ring buffers, events; without what flight overwrote */
	uint64_t missed; /* written - read - overrun - dropped over all CPUs: should be 0 */
	uint64_t left;   /* events still in the rings when max_bytes was reached; not in `written` */
	uint64_t pages_freed_traced, pages_freed_vmstat; /* while tracing; compare */
	uint64_t readers_cpu_ns;  /* CPU time of the threads that read, compress and store the events */
	uint64_t recorder_cpu_ns; /* CPU time of all threads of the process while it recorded */
	uint64_t recorder_rss_kb; /* most memory that the process ever had */
	uint64_t recorder_allocs; /* mm_page_alloc events of the recorder's own threads */
	uint64_t recorder_pages;  /* pages in them */
	uint64_t paused_ns;       /* tracing was off to keep the CPU limit */
	uint32_t pauses;
	uint32_t files;           /* that were finished */
	uint32_t files_deleted;   /* of this and earlier recordings of the series, to keep the bounds */
	uint32_t exact_snapshots; /* taken; the figures below are of all of them */
	uint32_t exact_runs;      /* of the program that reads lists */
	uint32_t exact_cut;       /* lists of which a part is missing */
	uint32_t exact_failed;    /* zones that could not be read */
	uint64_t exact_entries;   /* blocks and pages read */
	uint64_t exact_longest_ns, exact_total_ns; /* of a run, and of all: most with interrupts off */
	/* With count_fired, of the events of the page allocator: how often each fired and was recorded. */
	struct bdt_record_fired {
		const char *event; /* NULL behind the last one */
		uint64_t fired, recorded;
		uint64_t missed;  /* fired as well, but interrupted the counting */
		uint64_t at_ends; /* of both: fired while tracing was being switched, and are recorded or not
				   */
		uint64_t fired_init; /* ... in the process with the id 1 */
	} fired[8];
	char exact_trouble[512]; /* why there are none though asked for, or one less; "" = no reason */
	char clock[16];
	char clock_trouble[160];  /* why the order of events is not to be trusted, "" = it is */
	char missing_events[512]; /* events the kernel lacks, space-separated, "" = none */
	char last_file[4096];     /* the latest finished file, "" = none */
	char ended_by[128];       /* why it ended, if by a bound: "--max-size", ...; "" = otherwise */
	/* Exit code of the command, -1 = none was run; 128 + n for signal n; 126, 127: it cannot be executed.
	 */
	int command_status;
	bool command_stopped; /* recording was over before the command, which was sent SIGTERM */
};

/*
 * Are the options possible, each and with one another?  Looks at nothing else.  0, or -EINVAL with a diag
 * that names the option of buddytrace-record(1).
 */
int bdt_record_check(const struct bdt_record_options *options, struct bdt_diag *diag);

/*
 * Records until the duration is over, the command ends or *stop is set, then writes the file.  The duration
 * begins when the start snapshot is complete; the end snapshot comes behind it.  The output appears under a
 * temporary name beside it and is renamed when it is complete; a file of that name is renamed to OUTPUT.old.
 *
 * With rotation and in flight the files are called OUTPUT-YYYYmmddTHHMMSSZ-NNNN.dat (a .dat of OUTPUT is
 * taken off first).  Each can be read alone; per CPU the first event of one is the neighbour of the last
 * event of the one before.  No file, the ends of rotation included, is larger than its bound by more than one
 * chunk (64 sub-buffers, compressed) per CPU and the snapshots and descriptions in it; but it is not cut
 * in the midst of a snapshot, and a file goes on beyond rotate_bytes (not max_bytes) when the next one is late
 * and the rings fill.
 *
 * Errors: -EPERM (no rights to trace: exit 77), -ENODEV (no tracefs: exit 77), -EACCES (no rights to write
 * the output), -ENOSPC and others; what was recorded until then is kept in a readable file and the diag says
 * its name.  A command that cannot be executed leaves no file (summary->command_status is 126 or 127).
 *
 * It forks a process that removes the trace instance should this one be killed, locks the process's memory
 * while tracing, and reaps only children of its own.  Where the soft limit of open files is too low for the
 * CPUs of the machine, it is raised.
 */
int bdt_record_run(const struct bdt_record_options *options, struct bdt_record_summary *summary,
		   const struct bdt_log *log, struct bdt_diag *diag);

#endif
