/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_READER_H
#define BT_RECORD_READER_H

#include "record/count.h"
#include "record/instance.h"
#include "record/volume.h"
#include <buddytrace/diag.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One thread per CPU that moves sub-buffers from the ring to a volume.  It is pinned to its CPU (a reader
 * on another CPU loses up to 27 % of the events when both are busy) and runs with SCHED_FIFO when that is
 * permitted.
 *
 * A reader is with one volume, or with none: then the ring overwrites itself.  It goes from one volume to the
 * next between two sub-buffers, so that nothing is lost or doubled, when it has emptied the ring or when the
 * volume is full.  At a full volume it waits for the next one.
 */
struct bdt_readers;

struct bdt_readers_options {
	struct bdt_instance *in;
	const struct bdt_count_layout *layout; /* copied */
	const struct bdt_cpus *possible;       /* borrowed; the i-th is the writer's i-th CPU */
	size_t ring_bytes;                     /* per CPU */
	bool overwriting;  /* while there was no volume the ring overwrote itself, and that is no loss */
	uint64_t flush_ns; /* part-filled sub-buffers and chunks are written so often; 0 = never */
};

/* Prepares for readers of all possible CPUs, with no volume; none runs yet.  0 or -errno. */
int bdt_readers_create(const struct bdt_readers_options *options, struct bdt_readers **out,
		       struct bdt_diag *diag);
/*
 * CPU i (index) is online: starts its reader, and returns when that waits for data.  One that runs already is
 * pinned again, since the kernel takes the pin off when a CPU goes away.  0 or -errno.
 */
int bdt_readers_add(struct bdt_readers *r, size_t i, struct bdt_diag *diag);
/*
 * Sends all readers to volume `v`, or to none (NULL), and returns when all have gone; the one before is
 * nobody's then.  `give_up` (called every 100 ms with `user`, NULL = never) returns true to leave the rest in
 * the rings.
 */
void bdt_readers_switch(struct bdt_readers *r, struct bdt_volume *v, bool (*give_up)(void *user), void *user);
/* The limit of the present volume was raised: readers that wait there go on. */
void bdt_readers_look(struct bdt_readers *r);
/* Events read so far by all threads. */
uint64_t bdt_readers_events(const struct bdt_readers *r);
/* Events that are missing before the sub-buffers read so far, as far as their marks say how many. */
uint64_t bdt_readers_lost(const struct bdt_readers *r);
/* Bytes of events that wait in the rings.  Reads a file of tracefs per CPU. */
uint64_t bdt_readers_pending(const struct bdt_readers *r);
/* True when a thread gave up (disk full, ring gone): recording should stop. */
bool bdt_readers_failed(const struct bdt_readers *r);
/* Is readable when a volume became full or a thread gave up, until bdt_readers_switch(). */
int bdt_readers_event_fd(const struct bdt_readers *r);
/*
 * Empties the rings, whose tracing is off, and ends the threads.  `give_up`: as above.  Returns the first
 * error of a thread, 0 if there was none.
 */
int bdt_readers_stop(struct bdt_readers *r, bool (*give_up)(void *user), void *user, struct bdt_diag *diag);
/* CPU time of the threads, behind bdt_readers_stop(). */
uint64_t bdt_readers_cpu_ns(const struct bdt_readers *r);
/* Closes the rings and frees everything; stops the threads when they still run.  NULL is allowed. */
void bdt_readers_destroy(struct bdt_readers *r);

#endif
