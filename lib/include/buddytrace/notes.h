/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BUDDYTRACE_NOTES_H
#define BUDDYTRACE_NOTES_H

#include <buddytrace/tracefile.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the recorder noted of its own work with `record --exact`: the cost of each exact snapshot, and how often
 * events fired beside how often they were recorded.  Files without such notes have none of either.
 */

#define BT_NOTE_CPUS 512

struct bdt_note_exact {
	char name[32]; /* of the snapshot */
	uint32_t runs; /* of the program that reads lists */
	uint32_t cut, unlocked, failed; /* lists with a part missing; zones read without their lock, not read */
	uint64_t entries;	       /* blocks and pages read */
	uint64_t longest_ns, total_ns; /* of one run, and of all: most with interrupts off */
};

struct bdt_note_fired {
	char event[64];	    /* without its system, which is kmem */
	uint64_t fired;	    /* counted, and not */
	uint64_t uncounted; /* of these: they interrupted the counting, on no CPU below */
	uint64_t at_ends;   /* of these: while tracing was being switched; they are recorded or not */
	uint64_t init;	    /* of these: in the process with the id 1 */
	uint64_t recorded;  /* in the files of the recording up to this one */
	size_t ncpus;	    /* the highest CPU that counted or recorded any, and one more */
	uint64_t cpu_fired[BT_NOTE_CPUS], cpu_recorded[BT_NOTE_CPUS];
};

/* The cost of exact snapshot `i` of the file, from 0; false when there is none, or it makes no sense. */
bool bdt_note_exact(const struct bdt_tracefile *tf, size_t i, struct bdt_note_exact *out);
/* Event `i` of those that were counted, from 0; false behind the last one.  O(facts of the file). */
bool bdt_note_fired(const struct bdt_tracefile *tf, size_t i, struct bdt_note_fired *out);

#endif
