/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BUDDYTRACE_RECORD_H
#define BUDDYTRACE_RECORD_H

#include <buddytrace/diag.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct bdt_record_options {
	const char *output;	 /* file to write; must not be NULL */
	uint64_t duration_ns;	 /* 0 = until stopped or the command ends */
	uint32_t buffer_kb;	 /* ring size per CPU, KiB; 0 = default (8192) */
	char *const *command;	 /* argv of a command to run while recording, NULL = none */
	const char *clock;	 /* trace clock, NULL = x86-tsc, else mono */
	bool no_snapshots;	 /* leave out the start and end snapshots */
	const volatile sig_atomic_t *stop; /* becomes > 0: stop and flush; > 1: abandon the flush */
	const char *tracefs;	 /* mount point, NULL = find or mount it */
	const char *root;	 /* prefix of /proc and /sys, NULL = "/" (tests) */
};

struct bdt_record_summary {
	uint64_t events;      /* in the file */
	uint64_t bytes;	      /* size of the file */
	uint64_t duration_ns; /* tracing on to tracing off */
	uint64_t written, overrun, dropped; /* of the ring buffers, events */
	uint64_t missed;      /* written - read - overrun - dropped over all CPUs: should be 0 */
	uint64_t pages_freed_traced, pages_freed_vmstat; /* while tracing; compare */
	uint64_t recorder_cpu_ns; /* CPU time of the threads that read, compress and store the events */
	char clock[16];
	char missing_events[512]; /* events the kernel lacks, space-separated, "" = none */
	/* Exit code of the command, -1 = none was run; 128 + n for signal n; 126, 127: it cannot be executed. */
	int command_status;
	bool command_stopped; /* recording was over before the command, which was sent SIGTERM */
};

/*
 * Records until the duration is over, the command ends or *stop is set, then writes the file.  The duration
 * begins when the start snapshot is complete; the end snapshot comes behind it.  The output appears under a
 * temporary name beside it and is renamed when it is complete; a file of that name is renamed to OUTPUT.old.
 *
 * Errors: -EPERM (no rights to trace: exit 77), -ENODEV (no tracefs: exit 77), -EACCES (no rights to write the
 * output), -ENOSPC and others; what was recorded until then is kept in a readable file and the diag says its
 * name.  A command that cannot be executed leaves no file (summary->command_status is 126 or 127).
 *
 * It forks a process that removes the trace instance should this one be killed, locks the process's memory
 * while tracing, and reaps only children of its own.
 */
int bdt_record_run(const struct bdt_record_options *options, struct bdt_record_summary *summary,
		   const struct bdt_log *log, struct bdt_diag *diag);

#endif
