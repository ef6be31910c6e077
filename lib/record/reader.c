/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "record/reader.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define STACK_SIZE ((size_t)256 << 10)
/*
 * poll() should wake a reader when the ring is buffer_percent full.  Kernels before 6.1 wake it for any
 * event; reading a part page each time would cost more than tracing itself.  A wake-up that brought less
 * than this share of the ring is followed by a pause.
 */
#define WAKE_SHARE 16
#define PAUSE_MS   10
#define JOIN_NS    100000000

struct reader {
	struct bdt_readers *all;
	size_t index;
	int fd;
	pthread_t thread;
	bool running;
	uint8_t *page; /* one sub-buffer */
	_Atomic uint64_t events;
	struct bdt_reader_result result;
	struct bdt_diag diag;
};

struct bdt_readers {
	struct bdt_readers_options options;
	struct bdt_count_layout layout;
	int stop_fd; /* eventfd: readable = tracing is off, flush and end */
	sem_t started;
	atomic_bool abandon, failed;
	size_t n;
	struct reader reader[];
};

static void make_realtime(struct reader *r)
{
	struct sched_param param = { .sched_priority = 1 };
	cpu_set_t *set;
	uint32_t cpu = r->all->options.cpus[r->index];

	set = CPU_ALLOC(cpu + 1);
	if (set) {
		CPU_ZERO_S(CPU_ALLOC_SIZE(cpu + 1), set);
		CPU_SET_S(cpu, CPU_ALLOC_SIZE(cpu + 1), set);
		pthread_setaffinity_np(pthread_self(), CPU_ALLOC_SIZE(cpu + 1), set);
		CPU_FREE(set);
	}
	r->result.realtime = !pthread_setschedparam(pthread_self(), SCHED_FIFO, &param);
}

/*
 * Moves sub-buffers to the writer until the ring is empty; *pages counts.  The last one is a part page: the
 * rest of it is padded, whatever the buffer held before.  0 or -errno.
 */
static int drain(struct reader *r, size_t *pages)
{
	const struct bdt_count_layout *layout = &r->all->layout;

	*pages = 0;
	while (!atomic_load_explicit(&r->all->abandon, memory_order_relaxed)) {
		ssize_t n = read(r->fd, r->page, layout->page_size);
		int err;

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0 || (n < 0 && errno == EAGAIN))
			break;
		if (n < 0)
			return bdt_diag_set(&r->diag, -errno, BT_NO_OFFSET,
					    "cannot read the ring of CPU %u: %s",
					    r->all->options.cpus[r->index], strerror(errno));
		memset(r->page + n, 0, layout->page_size - (size_t)n);
		err = bdt_writer_append(r->all->options.writer, r->index, r->page, 1, &r->diag);
		if (err)
			return err;
		bdt_count_page(layout, r->page, &r->result.count);
		++*pages;
	}
	atomic_store_explicit(&r->events, r->result.count.events, memory_order_relaxed);
	return 0;
}

static int read_until_stopped(struct reader *r)
{
	struct pollfd fds[] = { { .fd = r->all->stop_fd, .events = POLLIN },
				{ .fd = r->fd, .events = POLLIN } };
	size_t enough = r->all->options.ring_bytes / r->all->layout.page_size / WAKE_SHARE;
	size_t pages;
	int err;

	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return bdt_diag_set(&r->diag, -errno, BT_NO_OFFSET, "cannot wait for CPU %u: %s",
					    r->all->options.cpus[r->index], strerror(errno));
		if (fds[0].revents)
			return 0;
		err = drain(r, &pages);
		if (err)
			return err;
		if (pages < enough && poll(fds, 1, PAUSE_MS) > 0)
			return 0;
	}
}

static uint64_t thread_cpu_ns(void)
{
	struct timespec used;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

static void *reader_main(void *arg)
{
	struct reader *r = arg;
	size_t pages;
	int err;

	r->result.tid = (int)syscall(SYS_gettid);
	make_realtime(r);
	sem_post(&r->all->started);
	err = read_until_stopped(r);
	if (!err)
		err = drain(r, &pages);
	if (err) {
		bdt_diag_set(&r->diag, err, BT_NO_OFFSET, "cannot store the events of CPU %u: %s",
			     r->all->options.cpus[r->index], strerror(-err));
		atomic_store(&r->all->failed, true);
	}
	r->result.cpu_ns = thread_cpu_ns();
	return NULL;
}

static int open_ring(struct reader *r, struct bdt_diag *diag)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/per_cpu/cpu%u/trace_pipe_raw", r->all->options.in->dir,
		 r->all->options.cpus[r->index]);
	r->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (r->fd < 0)
		return bdt_diag_set(diag, -errno, BT_NO_OFFSET, "cannot open %s: %s", path, strerror(errno));
	r->page = malloc(r->all->layout.page_size);
	return r->page ? 0 : -ENOMEM;
}

/* Signals are the main thread's business; the threads inherit the mask. */
static int start_thread(struct reader *r)
{
	pthread_attr_t attr;
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	err = -pthread_create(&r->thread, &attr, reader_main, r);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	r->running = !err;
	return err;
}

int bdt_readers_start(const struct bdt_readers_options *options, struct bdt_readers **out,
		      struct bdt_diag *diag)
{
	struct bdt_readers *all = calloc(1, sizeof(*all) + options->ncpus * sizeof(all->reader[0]));
	int err = 0;

	if (!all)
		return -ENOMEM;
	all->options = *options;
	all->layout = *options->layout;
	all->n = options->ncpus;
	sem_init(&all->started, 0, 0);
	all->stop_fd = eventfd(0, EFD_CLOEXEC);
	for (size_t i = 0; i < all->n; i++)
		all->reader[i] = (struct reader){ .all = all, .index = i, .fd = -1 };
	if (all->stop_fd < 0)
		err = -errno;
	for (size_t i = 0; !err && i < all->n; i++)
		err = open_ring(&all->reader[i], diag);
	for (size_t i = 0; !err && i < all->n; i++)
		err = start_thread(&all->reader[i]);
	if (err) {
		bdt_diag_set(diag, err, BT_NO_OFFSET, "cannot start the readers: %s", strerror(-err));
		bdt_readers_destroy(all);
		return err;
	}
	for (size_t i = 0; i < all->n; i++)
		while (sem_wait(&all->started))
			;
	*out = all;
	return 0;
}

uint64_t bdt_readers_events(const struct bdt_readers *r)
{
	uint64_t events = 0;

	for (size_t i = 0; i < r->n; i++)
		events += atomic_load_explicit(&r->reader[i].events, memory_order_relaxed);
	return events;
}

bool bdt_readers_failed(const struct bdt_readers *r)
{
	return atomic_load(&r->failed);
}

static void join(struct reader *r, bool (*abandon)(void *user), void *user)
{
	struct timespec until;

	do {
		if (abandon && abandon(user))
			atomic_store(&r->all->abandon, true);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += JOIN_NS;
		if (until.tv_nsec >= 1000000000) {
			until.tv_nsec -= 1000000000;
			until.tv_sec++;
		}
	} while (pthread_timedjoin_np(r->thread, NULL, &until));
	r->running = false;
}

int bdt_readers_stop(struct bdt_readers *r, bool (*abandon)(void *user), void *user, struct bdt_diag *diag)
{
	const uint64_t one = 1;
	int err = 0;

	if (write(r->stop_fd, &one, sizeof(one)) < 0)
		err = -errno;
	for (size_t i = 0; i < r->n; i++) {
		struct reader *reader = &r->reader[i];

		if (reader->running)
			join(reader, abandon, user);
		if (!reader->diag.err || err)
			continue;
		err = reader->diag.err;
		bdt_diag_set(diag, err, reader->diag.offset, "%s", reader->diag.text);
	}
	return err;
}

const struct bdt_reader_result *bdt_readers_result(const struct bdt_readers *r, size_t i)
{
	return &r->reader[i].result;
}

void bdt_readers_destroy(struct bdt_readers *r)
{
	if (!r)
		return;
	atomic_store(&r->abandon, true);
	if (r->stop_fd >= 0)
		bdt_readers_stop(r, NULL, NULL, NULL);
	for (size_t i = 0; i < r->n; i++) {
		free(r->reader[i].page);
		if (r->reader[i].fd >= 0)
			close(r->reader[i].fd);
	}
	if (r->stop_fd >= 0)
		close(r->stop_fd);
	sem_destroy(&r->started);
	free(r);
}
