/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record/self.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static uint64_t process_cpu_ns(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

/* The slot of `tid`, or the free one where it would be. */
static size_t slot(const struct bdt_self *self, int tid)
{
	size_t i = (unsigned int)tid % BDT_SELF_SLOTS;
	int there;

	while ((there = atomic_load_explicit(&self->tids[i], memory_order_relaxed)) && there != tid)
		i = (i + 1) % BDT_SELF_SLOTS;
	return i;
}

void bdt_self_begin(struct bdt_self *self)
{
	self->cpu_begin_ns = process_cpu_ns();
	bdt_self_look(self);
}

void bdt_self_look(struct bdt_self *self)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;

	while (dir && (entry = readdir(dir)) && self->n < BDT_SELF_SLOTS / 2) {
		int tid = (int)strtol(entry->d_name, NULL, 10);

		if (tid <= 0 || bdt_self_has(self, tid))
			continue;
		atomic_store_explicit(&self->tids[slot(self, tid)], tid, memory_order_relaxed);
		self->n++;
	}
	if (dir)
		closedir(dir);
}

bool bdt_self_has(const struct bdt_self *self, int tid)
{
	return tid > 0 && atomic_load_explicit(&self->tids[slot(self, tid)], memory_order_relaxed) == tid;
}

void bdt_self_list(const struct bdt_self *self, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < BDT_SELF_SLOTS && used < size; i++) {
		int tid = atomic_load_explicit(&self->tids[i], memory_order_relaxed);

		if (tid)
			used += (size_t)snprintf(text + used, size - used, "%s%d", used ? " " : "", tid);
	}
}

uint64_t bdt_self_cpu_ns(const struct bdt_self *self)
{
	return process_cpu_ns() - self->cpu_begin_ns;
}

uint64_t bdt_self_rss_kb(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_SELF, &usage) ? 0 : (uint64_t)usage.ru_maxrss;
}
