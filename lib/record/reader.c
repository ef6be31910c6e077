/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "base/now.h"
#include "record/reader_inside.h"
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * poll() should wake a reader when the ring is buffer_percent full.  Kernels before 6.1 wake it for any
 * event; reading a part page each time would cost more than tracing itself.  A wake-up that brought less
 * than this share of the ring is followed by a pause.
 */
#define WAKE_SHARE 16
#define PAUSE_MS   10
/* Where events come as fast as they are read, emptying the ring ends after so many times its length. */
#define EMPTY_LENGTHS 2
/* Of a full ring, that much is left out to get ahead of the kernel. */
#define AHEAD_SHARE 16
/* A reader that waits for the next file goes on with this one when its ring is full but for that share. */
#define SPARE_SHARE 4

bool bdt_reader_pin(const struct bdt_reader *r, pthread_t thread)
{
	struct sched_param param = { .sched_priority = 1 };
	size_t size = CPU_ALLOC_SIZE(r->cpu + 1);
	cpu_set_t *set = CPU_ALLOC(r->cpu + 1);

	if (set) {
		CPU_ZERO_S(size, set);
		CPU_SET_S(r->cpu, size, set);
		pthread_setaffinity_np(thread, size, set);
		CPU_FREE(set);
	}
	return !pthread_setschedparam(thread, SCHED_FIFO, &param);
}

static void tell(int fd)
{
	const uint64_t one = 1;
	ssize_t n = write(fd, &one, sizeof(one));

	/* The counter of an eventfd that nobody reads is far from full. */
	(void)n;
}

/*
 * One sub-buffer into `page`: 1, 0 when the ring is empty, -errno.  The last one is a part page: the rest of
 * it is padded, whatever the buffer held before.
 */
static int take_page(struct bdt_reader *r, uint8_t *page)
{
	size_t size = r->all->layout.page_size;
	ssize_t n;

	do
		n = read(r->fd, page, size);
	while (n < 0 && errno == EINTR);
	if (n == 0 || (n < 0 && errno == EAGAIN))
		return 0;
	if (n < 0)
		return bdt_diag_set(&r->diag, -errno, BT_NO_OFFSET, "cannot read the ring of CPU %u: %s",
				    r->cpu, strerror(errno));
	memset(page + n, 0, size - (size_t)n);
	return 1;
}

static bool has(const struct bdt_volume *v, const _Atomic uint64_t *bytes)
{
	return bdt_writer_bytes(v->writer) >= atomic_load_explicit(bytes, memory_order_relaxed);
}

static bool is_full(const struct bdt_volume *v)
{
	return has(v, &v->limit);
}

/* With a chunk that cannot be written all that is in it is lost: only what is in the file counts as read. */
static int settle(struct bdt_reader *r, int err)
{
	struct bdt_volume_cpu *cpu = &r->volume->cpus[r->index];

	if (err)
		cpu->count = cpu->stored;
	else if (!bdt_writer_chunk_is_open(r->volume->writer, r->index))
		cpu->stored = cpu->count;
	return err;
}

static int flush_chunk(struct bdt_reader *r)
{
	return settle(r, bdt_writer_flush_chunk(r->volume->writer, r->index, &r->diag));
}

static int note_ring(struct bdt_reader *r)
{
	struct bdt_volume_cpu *cpu = &r->volume->cpus[r->index];

	return bdt_ring_stats_read(&cpu->end, r->stats_fd, &cpu->stats, &r->diag);
}

static int store(struct bdt_reader *r, const uint8_t *page)
{
	struct bdt_volume_cpu *cpu = &r->volume->cpus[r->index];
	const struct bdt_count_layout *layout = &r->all->layout;
	int err;

	if (!atomic_load_explicit(&cpu->first_stamp, memory_order_relaxed))
		atomic_store_explicit(&cpu->first_stamp, bdt_count_stamp(page), memory_order_relaxed);
	bdt_count_page(layout, page, &cpu->count);
	err = settle(r, bdt_writer_append(r->volume->writer, r->index, page, 1, &r->diag));
	if (!err)
		atomic_store_explicit(&r->lost, r->lost + bdt_count_lost(layout, page), memory_order_relaxed);
	atomic_store_explicit(&r->events, r->events_before + cpu->count.events, memory_order_relaxed);
	return err;
}

/*
 * A reader that comes to the limit may stay there to the end: what the ring overwrites from now on is no loss
 * then.
 */
static int hand_over(struct bdt_reader *r, const uint8_t *page)
{
	struct bdt_volume *v = r->volume;
	int err = store(r, page);

	if (err)
		return err;
	r->held = is_full(v);
	if (!r->held)
		return 0;
	if (!atomic_exchange(&v->full, true))
		tell(r->all->event_fd);
	return note_ring(r);
}

/* Moves sub-buffers to the volume until the ring is empty or the volume full; *pages counts. */
static int drain(struct bdt_reader *r, size_t *pages)
{
	size_t most = EMPTY_LENGTHS * (r->all->options.ring_bytes / r->all->layout.page_size + 2);
	int ret = 1;

	*pages = 0;
	while (!r->held && *pages < most && !atomic_load_explicit(&r->all->give_up, memory_order_relaxed)) {
		ret = take_page(r, r->page);
		if (ret <= 0)
			break;
		ret = hand_over(r, r->page);
		if (ret)
			break;
		++*pages;
	}
	return ret < 0 ? ret : 0;
}

/*
 * A full ring loses its oldest sub-buffer with every new one: nothing may be between those that the file
 * begins with.
 */
static int get_ahead(struct bdt_reader *r)
{
	size_t pages = r->all->options.ring_bytes / r->all->layout.page_size / AHEAD_SHARE;
	struct bdt_ring_stats now;
	int ret = bdt_ring_stats_read(&now, r->stats_fd, &r->text, &r->diag);

	if (ret || now.overrun == r->overrun)
		return ret;
	while (pages-- && (ret = take_page(r, r->page)) > 0)
		;
	return ret < 0 ? ret : 0;
}

/*
 * The first sub-buffers behind a sleep: what the ring overwrote meanwhile is no loss.  When the reader fell
 * asleep within a sub-buffer, the rest of that comes first, older than all else: it is known by the events
 * that are missing behind it, and left out.
 */
static int wake_up(struct bdt_reader *r)
{
	struct bdt_volume_cpu *cpu = &r->volume->cpus[r->index];
	const struct bdt_count_layout *layout = &r->all->layout;
	int err = get_ahead(r), first, second;

	if (err)
		return err;
	first = take_page(r, r->page);
	second = first > 0 ? take_page(r, r->spare) : 0;
	if (first < 0 || second < 0)
		return first < 0 ? first : second;
	err = bdt_ring_stats_read(&cpu->begin, r->stats_fd, &r->text, &r->diag);
	if (!err && first && !(second && bdt_count_missed(layout, r->spare))) {
		bdt_count_clear_missed(layout, r->page);
		err = hand_over(r, r->page);
	}
	if (!err && second && !cpu->count.events)
		bdt_count_clear_missed(layout, r->spare);
	if (!err && second)
		err = hand_over(r, r->spare);
	/* These belong to the volume. */
	cpu->begin.read -= cpu->count.events;
	return err;
}

/* The statistics at the end of the reader's part of the volume. */
static int note_end(struct bdt_reader *r)
{
	struct bdt_volume_cpu *cpu = &r->volume->cpus[r->index];
	int err = r->held && atomic_load(&r->all->stop) ? 0 : note_ring(r);

	r->events_before += cpu->count.events;
	r->overrun = cpu->end.overrun;
	return err;
}

/* Behind an emptied ring nothing can have been overwritten before its statistics are read. */
static int leave(struct bdt_reader *r)
{
	size_t pages;
	int err;

	r->held = r->held && is_full(r->volume);
	err = drain(r, &pages);
	if (!err)
		err = flush_chunk(r);
	return err ? err : note_end(r);
}

/* Goes to the volume that is wanted now. */
static int go_on(struct bdt_reader *r)
{
	unsigned int generation = atomic_load_explicit(&r->all->generation, memory_order_acquire);
	struct bdt_volume *old = r->volume, *v;
	int err = 0;

	if (generation == atomic_load_explicit(&r->seen, memory_order_relaxed))
		return 0;
	v = r->all->volume;
	if (old)
		err = leave(r);
	if (err)
		return err;
	r->volume = v;
	r->held = false;
	if (v) {
		v->cpus[r->index].realtime = r->realtime;
		if (old)
			v->cpus[r->index].begin = old->cpus[r->index].end;
		else if (r->all->options.overwriting)
			err = wake_up(r);
	}
	atomic_store_explicit(&r->seen, generation, memory_order_release);
	sem_post(&r->all->moved);
	return err;
}

/*
 * The thread that makes the next file may get no CPU or wait for the disk: a file somewhat larger than it was
 * asked for is better than events that are lost.  The bound of all files holds.
 */
static int relieve(struct bdt_reader *r)
{
	size_t ring = r->all->options.ring_bytes, pages = ring / r->all->layout.page_size / SPARE_SHARE;
	struct bdt_ring_stats now;
	int ret;

	/* The end of the recording: the statistics stay those of the last sub-buffer. */
	if (has(r->volume, &r->volume->most))
		return 0;
	ret = bdt_ring_stats_read(&now, r->stats_fd, &r->text, &r->diag);
	if (ret || now.bytes < ring - ring / SPARE_SHARE)
		return ret;
	while (pages-- && !ret && !has(r->volume, &r->volume->most)) {
		ret = take_page(r, r->page);
		if (ret <= 0)
			break;
		ret = store(r, r->page);
	}
	return ret ? ret : note_ring(r);
}

/* A chunk that fills slowly reaches the disk all the same. */
static int flush(struct bdt_reader *r, int *timeout_ms)
{
	uint64_t interval = r->all->options.flush_ns, now;

	*timeout_ms = r->held ? PAUSE_MS : -1;
	if (!interval || !r->volume || r->held)
		return 0;
	now = bdt_now_ns();
	if (now - r->flushed_ns >= interval) {
		size_t pages;
		int err = drain(r, &pages);

		if (!err)
			err = flush_chunk(r);
		if (err)
			return err;
		r->flushed_ns = now;
	}
	*timeout_ms = (int)((r->flushed_ns + interval - now) / 1000000) + 1;
	return 0;
}

static int read_until_stopped(struct bdt_reader *r)
{
	struct pollfd fds[] = { { .fd = r->ctl, .events = POLLIN }, { .events = POLLIN } };
	size_t enough = r->all->options.ring_bytes / r->all->layout.page_size / WAKE_SHARE;

	for (;;) {
		size_t pages = enough;
		uint64_t count;
		int timeout, err = go_on(r);

		if (err || atomic_load(&r->all->stop))
			return err;
		r->held = r->held && is_full(r->volume);
		err = flush(r, &timeout);
		if (err)
			return err;
		fds[1].fd = r->volume && !r->held ? r->fd : -1;
		fds[1].revents = 0;
		if (poll(fds, 2, timeout) < 0 && errno != EINTR)
			return bdt_diag_set(&r->diag, -errno, BT_NO_OFFSET, "cannot wait for CPU %u: %s",
					    r->cpu, strerror(errno));
		if (fds[0].revents) {
			(void)!read(r->ctl, &count, sizeof(count));
			continue;
		}
		if (fds[1].revents)
			err = drain(r, &pages);
		else if (r->held)
			err = relieve(r);
		if (err)
			return err;
		if (pages < enough)
			poll(fds, 1, PAUSE_MS);
	}
}

void *bdt_reader_main(void *arg)
{
	struct bdt_reader *r = arg;
	int err;

	r->realtime = bdt_reader_pin(r, pthread_self());
	r->flushed_ns = bdt_now_ns();
	err = read_until_stopped(r);
	if (!err && r->volume)
		err = leave(r);
	/* What was read until then counts all the same. */
	if (err && r->volume)
		note_end(r);
	if (err) {
		bdt_diag_set(&r->diag, err, BT_NO_OFFSET, "cannot store the events of CPU %u: %s", r->cpu,
			     strerror(-err));
		atomic_store(&r->all->failed, true);
		tell(r->all->event_fd);
	}
	r->cpu_ns = bdt_time_ns(CLOCK_THREAD_CPUTIME_ID);
	atomic_store(&r->ended, true);
	sem_post(&r->all->moved);
	return NULL;
}
