/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "record/reader_inside.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define STACK_SIZE ((size_t)256 << 10)
#define WAIT_NS    100000000

static void close_reader(struct bdt_reader *r)
{
	free(r->page);
	free(r->spare);
	bdt_text_finish(&r->text);
	if (r->fd >= 0)
		close(r->fd);
	if (r->stats_fd >= 0)
		close(r->stats_fd);
	if (r->ctl >= 0)
		close(r->ctl);
	r->page = r->spare = NULL;
	r->fd = r->stats_fd = r->ctl = -1;
}

static int open_ring(struct bdt_reader *r, struct bdt_diag *diag)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/per_cpu/cpu%u/trace_pipe_raw", r->all->options.in->dir, r->cpu);
	r->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (r->fd < 0)
		return bdt_diag_set(diag, -errno, BT_NO_OFFSET, "cannot open %s: %s", path, strerror(errno));
	r->stats_fd = bdt_ring_stats_open(r->all->options.in, r->cpu, diag);
	if (r->stats_fd < 0)
		return r->stats_fd;
	r->ctl = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r->ctl < 0)
		return bdt_diag_set(diag, -errno, BT_NO_OFFSET, "no eventfd: %s", strerror(errno));
	r->page = malloc(r->all->layout.page_size);
	r->spare = malloc(r->all->layout.page_size);
	return r->page && r->spare ? 0 : -ENOMEM;
}

/* Signals are the main thread's business; the threads inherit the mask. */
static int start_thread(struct bdt_reader *r)
{
	pthread_attr_t attr;
	sigset_t all, old;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_SIZE);
	err = -pthread_create(&r->thread, &attr, bdt_reader_main, r);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	r->running = !err;
	return err;
}

int bdt_readers_create(const struct bdt_readers_options *options, struct bdt_readers **out,
		       struct bdt_diag *diag)
{
	size_t n = options->possible->n;
	struct bdt_readers *all = calloc(1, sizeof(*all) + n * sizeof(all->reader[0]));

	if (!all)
		return -ENOMEM;
	all->options = *options;
	all->layout = *options->layout;
	all->n = n;
	atomic_init(&all->generation, 1);
	sem_init(&all->moved, 0, 0);
	for (size_t i = 0; i < n; i++) {
		all->reader[i].all = all;
		all->reader[i].index = i;
		all->reader[i].cpu = options->possible->ids[i];
		all->reader[i].fd = all->reader[i].stats_fd = all->reader[i].ctl = -1;
	}
	all->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (all->event_fd < 0) {
		int err = bdt_diag_set(diag, -errno, BT_NO_OFFSET, "no eventfd: %s", strerror(errno));

		bdt_readers_destroy(all);
		return err;
	}
	*out = all;
	return 0;
}

void bdt_readers_look(struct bdt_readers *all)
{
	const uint64_t one = 1;

	for (size_t i = 0; i < all->n; i++)
		if (all->reader[i].running)
			(void)!write(all->reader[i].ctl, &one, sizeof(one));
}

/* Waits up to 100 ms for the next reader to move. */
static void wait_for_move(struct bdt_readers *all, bool (*give_up)(void *user), void *user)
{
	struct timespec until;

	if (give_up && give_up(user))
		atomic_store(&all->give_up, true);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += WAIT_NS;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	sem_timedwait(&all->moved, &until);
}

static bool has_moved(struct bdt_reader *r)
{
	return atomic_load_explicit(&r->seen, memory_order_acquire) == atomic_load(&r->all->generation) ||
	       atomic_load(&r->ended);
}

int bdt_readers_add(struct bdt_readers *all, size_t i, struct bdt_diag *diag)
{
	struct bdt_reader *r = &all->reader[i];
	int err;

	if (r->running) {
		bdt_reader_pin(r, r->thread);
		return 0;
	}
	err = open_ring(r, diag);
	if (!err)
		err = start_thread(r);
	if (err) {
		close_reader(r);
		return bdt_diag_set(diag, err, BT_NO_OFFSET, "cannot start the reader of CPU %u: %s", r->cpu,
				    strerror(-err));
	}
	while (!has_moved(r))
		wait_for_move(all, NULL, NULL);
	return 0;
}

void bdt_readers_switch(struct bdt_readers *all, struct bdt_volume *v, bool (*give_up)(void *user),
			void *user)
{
	uint64_t count;

	all->volume = v;
	atomic_fetch_add_explicit(&all->generation, 1, memory_order_release);
	bdt_readers_look(all);
	for (size_t i = 0; i < all->n; i++)
		while (all->reader[i].running && !has_moved(&all->reader[i]))
			wait_for_move(all, give_up, user);
	(void)!read(all->event_fd, &count, sizeof(count));
}

uint64_t bdt_readers_events(const struct bdt_readers *all)
{
	uint64_t events = 0;

	for (size_t i = 0; i < all->n; i++)
		events += atomic_load_explicit(&all->reader[i].events, memory_order_relaxed);
	return events;
}

uint64_t bdt_readers_lost(const struct bdt_readers *all)
{
	uint64_t lost = 0;

	for (size_t i = 0; i < all->n; i++)
		lost += atomic_load_explicit(&all->reader[i].lost, memory_order_relaxed);
	return lost;
}

uint64_t bdt_readers_cpu_ns(const struct bdt_readers *all)
{
	uint64_t ns = 0;

	for (size_t i = 0; i < all->n; i++)
		ns += all->reader[i].cpu_ns;
	return ns;
}

uint64_t bdt_readers_pending(const struct bdt_readers *all)
{
	struct bdt_text text = { NULL, 0, 0 };
	uint64_t bytes = 0;

	for (size_t i = 0; i < all->n; i++) {
		struct bdt_ring_stats stats;

		if (all->reader[i].running &&
		    !bdt_ring_stats_read(&stats, all->reader[i].stats_fd, &text, NULL))
			bytes += stats.bytes;
	}
	bdt_text_finish(&text);
	return bytes;
}

bool bdt_readers_failed(const struct bdt_readers *all)
{
	return atomic_load(&all->failed);
}

int bdt_readers_event_fd(const struct bdt_readers *all)
{
	return all->event_fd;
}

int bdt_readers_stop(struct bdt_readers *all, bool (*give_up)(void *user), void *user, struct bdt_diag *diag)
{
	int err = 0;

	atomic_store(&all->stop, true);
	bdt_readers_look(all);
	for (size_t i = 0; i < all->n; i++) {
		struct bdt_reader *r = &all->reader[i];

		if (!r->running)
			continue;
		while (!atomic_load(&r->ended))
			wait_for_move(all, give_up, user);
		pthread_join(r->thread, NULL);
		r->running = false;
		if (!r->diag.err || err)
			continue;
		err = r->diag.err;
		bdt_diag_set(diag, err, r->diag.offset, "%s", r->diag.text);
	}
	return err;
}

void bdt_readers_destroy(struct bdt_readers *all)
{
	if (!all)
		return;
	atomic_store(&all->give_up, true);
	bdt_readers_stop(all, NULL, NULL, NULL);
	for (size_t i = 0; i < all->n; i++)
		close_reader(&all->reader[i]);
	if (all->event_fd >= 0)
		close(all->event_fd);
	sem_destroy(&all->moved);
	free(all);
}
