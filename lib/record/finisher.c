/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "record/finisher.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* More than one only when files fill faster than the disk copies them. */
#define MAX_WAITING 8

struct bdt_finisher {
	const struct bdt_volume_common *common;
	const struct bdt_series *series;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct bdt_volume *waiting[MAX_WAITING]; /* oldest first */
	size_t nwaiting;
	bool ending;
	atomic_bool failed;
	_Atomic uint64_t bytes; /* of all volumes that were added */
	/* Of the thread until it has ended. */
	struct bdt_volume_totals totals;
	uint32_t deleted;
	int err;
	struct bdt_diag diag;
};

static void keep(struct bdt_finisher *f)
{
	const struct bdt_record_options *o = f->common->options;
	struct bdt_series_list list;

	if (!f->series->numbered || (!o->keep_files && !o->keep_bytes) || bdt_series_list(f->series, &list))
		return;
	bdt_series_delete(f->series, &list, bdt_series_excess(&list, o->keep_files, o->keep_bytes),
			  &f->deleted, f->common->log);
	bdt_series_list_finish(&list);
}

/* The volume that is next, NULL when there will be none. */
static struct bdt_volume *next(struct bdt_finisher *f)
{
	struct bdt_volume *v = NULL;

	pthread_mutex_lock(&f->lock);
	while (!f->nwaiting && !f->ending)
		pthread_cond_wait(&f->changed, &f->lock);
	if (f->nwaiting) {
		v = f->waiting[0];
		f->nwaiting--;
		memmove(&f->waiting[0], &f->waiting[1], f->nwaiting * sizeof(f->waiting[0]));
		pthread_cond_broadcast(&f->changed);
	}
	pthread_mutex_unlock(&f->lock);
	return v;
}

static void *finish_volumes(void *arg)
{
	struct bdt_finisher *f = arg;
	struct bdt_volume *v;

	while ((v = next(f))) {
		uint64_t expected = bdt_writer_bytes(v->writer), before = f->totals.bytes;
		int err = bdt_volume_finish(v, &f->totals, &f->diag);

		atomic_fetch_add(&f->bytes, f->totals.bytes - before - expected);
		if (err) {
			f->err = f->err ? f->err : err;
			atomic_store(&f->failed, true);
		}
		keep(f);
	}
	return NULL;
}

int bdt_finisher_start(const struct bdt_volume_common *common, const struct bdt_series *series,
		       struct bdt_finisher **out, struct bdt_diag *diag)
{
	struct bdt_finisher *f = calloc(1, sizeof(*f));
	sigset_t all, old;
	int err;

	if (!f)
		return -ENOMEM;
	f->common = common;
	f->series = series;
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->changed, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = -pthread_create(&f->thread, NULL, finish_volumes, f);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (err) {
		free(f);
		return bdt_diag_set(diag, err, BT_NO_OFFSET, "cannot start a thread: %s", strerror(-err));
	}
	*out = f;
	return 0;
}

void bdt_finisher_add(struct bdt_finisher *f, struct bdt_volume *v)
{
	atomic_fetch_add(&f->bytes, bdt_writer_bytes(v->writer));
	pthread_mutex_lock(&f->lock);
	while (f->nwaiting == MAX_WAITING)
		pthread_cond_wait(&f->changed, &f->lock);
	f->waiting[f->nwaiting++] = v;
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->lock);
}

static void join(struct bdt_finisher *f, void (*alive)(void *user), void *user)
{
	struct timespec until;

	do {
		alive(user);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_sec++;
	} while (pthread_timedjoin_np(f->thread, NULL, &until));
}

int bdt_finisher_end(struct bdt_finisher *f, struct bdt_volume_totals *totals, uint32_t *deleted,
		     void (*alive)(void *user), void *user, struct bdt_diag *diag)
{
	int err;

	if (!f)
		return 0;
	pthread_mutex_lock(&f->lock);
	f->ending = true;
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->lock);
	join(f, alive, user);
	*totals = f->totals;
	*deleted += f->deleted;
	err = f->err;
	if (err && !f->diag.err)
		bdt_diag_set(&f->diag, err, BT_NO_OFFSET, "%s", strerror(-err));
	/* What ended the recording is told by the caller; what became of the files has to be told as well. */
	if (err && diag && diag->err && strcmp(diag->text, f->diag.text) != 0)
		bdt_log_warn(f->common->log, "%s", f->diag.text);
	else if (err)
		bdt_diag_set(diag, err, f->diag.offset, "%s", f->diag.text);
	pthread_cond_destroy(&f->changed);
	pthread_mutex_destroy(&f->lock);
	free(f);
	return err;
}

uint64_t bdt_finisher_bytes(const struct bdt_finisher *f)
{
	return atomic_load(&f->bytes);
}

bool bdt_finisher_has_room(struct bdt_finisher *f)
{
	bool room;

	pthread_mutex_lock(&f->lock);
	room = f->nwaiting < MAX_WAITING;
	pthread_mutex_unlock(&f->lock);
	return room;
}

bool bdt_finisher_failed(const struct bdt_finisher *f)
{
	return atomic_load(&f->failed);
}
