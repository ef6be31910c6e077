/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef BT_RECORD_READER_INSIDE_H
#define BT_RECORD_READER_INSIDE_H

#include "record/reader.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

/* The inside of struct bdt_readers: readers.c leads the threads, reader.c is what one does. */
struct bdt_reader {
	struct bdt_readers *all;
	size_t index;
	uint32_t cpu;
	pthread_t thread;
	bool running;
	int fd;                /* the ring */
	int stats_fd;          /* its statistics */
	int ctl;               /* eventfd: readable = something was changed in `all` */
	uint8_t *page, *spare; /* one sub-buffer each */
	struct bdt_volume *volume;
	bool held; /* the volume is full: wait for the next one */
	uint64_t flushed_ns;
	bool realtime;
	uint64_t events_before; /* of the volumes before */
	uint64_t overrun;       /* of the ring when it left the last volume */
	struct bdt_text text;
	_Atomic uint64_t events, lost;
	uint64_t cpu_ns;           /* valid when it has ended */
	_Atomic unsigned int seen; /* generation that it has gone to */
	atomic_bool ended;
	struct bdt_diag diag;
};

struct bdt_readers {
	struct bdt_readers_options options;
	struct bdt_count_layout layout;
	struct bdt_volume *volume;       /* for `generation`; written before it */
	_Atomic unsigned int generation; /* from 1 on */
	atomic_bool stop;                /* tracing is off: empty the ring and end */
	atomic_bool give_up;             /* leave what is in the rings */
	atomic_bool failed;
	int event_fd;
	sem_t moved; /* a thread has started, gone on or ended */
	size_t n;
	struct bdt_reader reader[];
};

/* The thread; `arg` is a struct bdt_reader. */
void *bdt_reader_main(void *arg);
/* Pins its thread to its CPU and makes it a realtime one as far as permitted; true when it is one. */
bool bdt_reader_pin(const struct bdt_reader *r, pthread_t thread);

#endif
