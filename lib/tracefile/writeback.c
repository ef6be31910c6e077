/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "tracefile/writeback.h"

#include "tracefile/format.h"
#include "tracefile/parts.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL_S 1
#define STACK_SIZE ((size_t)64 << 10)

struct bdt_writeback {
	int fd;
	const char *part; /* name of `fd` */
	struct bdt_spool *spools;
	size_t n;
	uint64_t *done; /* bytes of each spool that are on the disk, and of the head behind them */
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool stop;
};

void bdt_writeback_forget(int fd, uint64_t offset, uint64_t size)
{
	(void)!posix_fadvise(fd, (off_t)offset, (off_t)size, POSIX_FADV_DONTNEED);
}

/* Index n is the head; -1 when nothing was written to it. */
static int file_at(const struct bdt_writeback *wb, size_t i, uint64_t *size)
{
	struct stat st;

	if (i < wb->n) {
		*size = atomic_load_explicit(&wb->spools[i].size, memory_order_acquire);
		return *size ? wb->spools[i].fd : -1;
	}
	if (fstat(wb->fd, &st))
		return -1;
	*size = (uint64_t)st.st_size;
	return wb->fd;
}

/* All files are started before the first is waited for: one commit of the file system's journal does for all.
 */
static void push_out(struct bdt_writeback *wb)
{
	uint64_t size;

	for (size_t i = 0; i <= wb->n; i++) {
		int fd = file_at(wb, i, &size);

		if (fd >= 0 && size > wb->done[i])
			sync_file_range(fd, (off_t)wb->done[i], 0, SYNC_FILE_RANGE_WRITE);
	}
	for (size_t i = 0; i <= wb->n; i++) {
		int fd = file_at(wb, i, &size);

		if (fd < 0 || size <= wb->done[i] || fdatasync(fd))
			continue;
		bdt_writeback_forget(fd, wb->done[i], size - wb->done[i]);
		wb->done[i] = size;
	}
}

static void *writeback_main(void *arg)
{
	struct bdt_writeback *wb = arg;
	struct timespec until;

	push_out(wb);
	bdt_parts_sync_directory(wb->part);
	clock_gettime(CLOCK_MONOTONIC, &until);
	pthread_mutex_lock(&wb->mutex);
	while (!wb->stop) {
		until.tv_sec += INTERVAL_S;
		while (!wb->stop && !pthread_cond_timedwait(&wb->wake, &wb->mutex, &until))
			;
		if (wb->stop)
			break;
		pthread_mutex_unlock(&wb->mutex);
		push_out(wb);
		clock_gettime(CLOCK_MONOTONIC, &until);
		pthread_mutex_lock(&wb->mutex);
	}
	pthread_mutex_unlock(&wb->mutex);
	return NULL;
}

/* Signals are the main thread's business. */
static int start_thread(struct bdt_writeback *wb)
{
	pthread_condattr_t monotonic;
	pthread_attr_t attr;
	sigset_t all, old;
	int err;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&wb->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_mutex_init(&wb->mutex, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	err = -pthread_create(&wb->thread, &attr, writeback_main, wb);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return err;
}

static void destroy(struct bdt_writeback *wb)
{
	pthread_cond_destroy(&wb->wake);
	pthread_mutex_destroy(&wb->mutex);
	free(wb->done);
	free(wb);
}

int bdt_writeback_start(int fd, const char *part, struct bdt_spool *spools, size_t n,
			struct bdt_writeback **out)
{
	struct bdt_writeback *wb = calloc(1, sizeof(*wb));
	int err = -ENOMEM;

	if (!wb)
		return err;
	*wb = (struct bdt_writeback){ .fd = fd, .part = part, .spools = spools, .n = n };
	wb->done = calloc(n + 1, sizeof(*wb->done));
	if (wb->done)
		err = start_thread(wb);
	if (err)
		destroy(wb);
	else
		*out = wb;
	return err;
}

void bdt_writeback_stop(struct bdt_writeback *wb)
{
	if (!wb)
		return;
	pthread_mutex_lock(&wb->mutex);
	wb->stop = true;
	pthread_cond_signal(&wb->wake);
	pthread_mutex_unlock(&wb->mutex);
	pthread_join(wb->thread, NULL);
	destroy(wb);
}
