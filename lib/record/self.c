/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record/self.h"
#include "base/now.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

/* The slot of `tid`, or the free one where it would be. */
static size_t slot(const _Atomic int *tids, int tid)
{
	size_t i = (unsigned int)tid % BDT_SELF_SLOTS;
	int there;

	while ((there = atomic_load_explicit(&tids[i], memory_order_relaxed)) && there != tid)
		i = (i + 1) % BDT_SELF_SLOTS;
	return i;
}

static void put(_Atomic int *tids, int tid)
{
	atomic_store_explicit(&tids[slot(tids, tid)], tid, memory_order_relaxed);
}

static const _Atomic int *valid_table(const struct bdt_self *self)
{
	return self->tids[atomic_load_explicit(&self->table, memory_order_acquire)];
}

void bdt_self_begin(struct bdt_self *self)
{
	self->cpu_begin_ns = bdt_time_ns(CLOCK_PROCESS_CPUTIME_ID);
	bdt_self_look(self);
}

static void is_there(struct bdt_self *self, int tid)
{
	size_t i = 0;

	while (i < self->n && self->threads[i].tid != tid)
		i++;
	if (i == BDT_SELF_THREADS)
		return;
	self->threads[i] = (struct bdt_self_thread){ tid, self->files };
	if (i < self->n)
		return;
	self->n++;
	put(self->tids[self->table], tid);
}

void bdt_self_look(struct bdt_self *self)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		int tid = (int)strtol(entry->d_name, NULL, 10);

		if (tid > 0)
			is_there(self, tid);
	}
	if (dir)
		closedir(dir);
}

/* In the other table, for those who look meanwhile. */
void bdt_self_next_file(struct bdt_self *self)
{
	unsigned int other = !self->table;
	size_t n = 0;

	bdt_self_look(self);
	self->files++;
	for (size_t i = 0; i < BDT_SELF_SLOTS; i++)
		atomic_store_explicit(&self->tids[other][i], 0, memory_order_relaxed);
	for (size_t i = 0; i < self->n; i++) {
		if (self->files - self->threads[i].file > BDT_SELF_KEEP)
			continue;
		self->threads[n++] = self->threads[i];
		put(self->tids[other], self->threads[i].tid);
	}
	self->n = n;
	atomic_store_explicit(&self->table, other, memory_order_release);
}

bool bdt_self_has(const struct bdt_self *self, int tid)
{
	const _Atomic int *tids = valid_table(self);

	return tid > 0 && atomic_load_explicit(&tids[slot(tids, tid)], memory_order_relaxed) == tid;
}

void bdt_self_list(const struct bdt_self *self, char *text, size_t size)
{
	const _Atomic int *tids = valid_table(self);
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < BDT_SELF_SLOTS; i++) {
		int tid = atomic_load_explicit(&tids[i], memory_order_relaxed);
		size_t n = tid ? (size_t)snprintf(text + used, size - used, "%s%d", used ? " " : "", tid) : 0;

		if (n >= size - used) {
			text[used] = '\0';
			return;
		}
		used += n;
	}
}

uint64_t bdt_self_cpu_ns(const struct bdt_self *self)
{
	return bdt_time_ns(CLOCK_PROCESS_CPUTIME_ID) - self->cpu_begin_ns;
}

uint64_t bdt_self_rss_kb(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_SELF, &usage) ? 0 : (uint64_t)usage.ru_maxrss;
}
