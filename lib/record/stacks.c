/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "record/stacks.h"
#include "record/stats.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#define EXTFRAG_TRIGGER "events/kmem/mm_page_alloc_extfrag/trigger"
#define ALLOC_TRIGGER   "events/kmem/mm_page_alloc/trigger"
#define TRY_PAGES       64

/*
 * Up to 5.17, but for later stable versions, the trigger writes to the trace of the whole machine wherever it
 * was set.  Nothing but a try shows it, which leaves one stack there; kernels that are never honest are
 * spared.
 */
#define HONEST_MAJOR 5
#define HONEST_MINOR 10

static bool too_old(void)
{
	struct utsname name;
	unsigned int major, minor;

	return uname(&name) || sscanf(name.release, "%u.%u", &major, &minor) != 2 || major < HONEST_MAJOR ||
	       (major == HONEST_MAJOR && minor < HONEST_MINOR);
}

/* Makes this thread allocate pages. */
static void touch_pages(void)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	char *pages =
		mmap(NULL, TRY_PAGES * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		return;
	madvise(pages, TRY_PAGES * size, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < TRY_PAGES; i++)
		((volatile char *)pages)[i * size] = 1;
	munmap(pages, TRY_PAGES * size);
}

static uint64_t entries(const struct bdt_instance *in)
{
	struct bdt_text text = { NULL, 0, 0 };
	struct bdt_ring_stats stats;
	long ncpus = sysconf(_SC_NPROCESSORS_CONF);
	uint64_t sum = 0;

	for (long i = 0; i < ncpus; i++) {
		int fd = bdt_ring_stats_open(in, (uint32_t)i, NULL);

		if (fd < 0)
			continue;
		if (!bdt_ring_stats_read(&stats, fd, &text, NULL))
			sum += stats.entries + stats.overrun;
		close(fd);
	}
	bdt_text_finish(&text);
	return sum;
}

/* Tries the trigger, once, with an allocation of our own, in the ring that will be used. */
static bool trigger_works(struct bdt_instance *in)
{
	char trigger[64];
	uint64_t found;

	if (too_old() || bdt_instance_trace(in, true, NULL))
		return false;
	snprintf(trigger, sizeof(trigger), "stacktrace:1 if common_pid == %ld", syscall(SYS_gettid));
	if (!bdt_instance_write(in, ALLOC_TRIGGER, trigger, NULL)) {
		touch_pages();
		bdt_instance_write(in, ALLOC_TRIGGER, "!stacktrace", NULL);
	}
	bdt_instance_trace(in, false, NULL);
	found = entries(in);
	bdt_instance_write(in, "trace", "", NULL);
	return found > 0;
}

int bdt_stacks_enable(struct bdt_instance *in, const char *filter, bool option, enum bdt_stacks *how,
		      const struct bdt_log *log, struct bdt_diag *diag)
{
	char *trigger = NULL;
	int err = 0;

	*how = BDT_STACKS_NONE;
	if (trigger_works(in)) {
		if (asprintf(&trigger, "stacktrace%s%s", filter ? " if " : "", filter ? filter : "") < 0)
			return -ENOMEM;
		err = bdt_instance_write(in, EXTFRAG_TRIGGER, trigger, diag);
		free(trigger);
		*how = BDT_STACKS_TRIGGER;
	} else if (option) {
		err = bdt_instance_write(in, "options/stacktrace", "1", diag);
		*how = BDT_STACKS_OPTION;
	} else {
		bdt_log_warn(
			log,
			"no kernel stacks: this kernel records them behind every event or none, and only "
			"-p rare has events so few");
	}
	return err;
}

const char *bdt_stacks_name(enum bdt_stacks how)
{
	static const char *const names[] = {
		[BDT_STACKS_NONE] = "none",
		[BDT_STACKS_TRIGGER] = "fallbacks",
		[BDT_STACKS_OPTION] = "every event",
	};

	return names[how];
}

/* "ffffffff81000000 T name\t[module]" */
static bool is_function(const char *line, bool *visible)
{
	char *end;
	uint64_t address = strtoull(line, &end, 16);

	if (end == line || *end != ' ' || !end[1] || !strchr("tTwW", end[1]))
		return false;
	*visible = *visible || address;
	return true;
}

int bdt_stacks_symbols(const char *root, struct bdt_text *symbols, const struct bdt_log *log)
{
	int err = bdt_text_read(symbols, root, "/proc/kallsyms");
	bool visible = false;
	size_t kept = 0;

	if (err)
		bdt_log_warn(log, "kernel stacks will have no function names: cannot read /proc/kallsyms: %s",
			     strerror(-err));
	if (err)
		return symbols->size = 0;
	for (char *line = symbols->data; *line;) {
		size_t length = strcspn(line, "\n");

		length += line[length] == '\n';
		if (is_function(line, &visible)) {
			memmove(symbols->data + kept, line, length);
			kept += length;
		}
		line += length;
	}
	symbols->size = visible ? kept : 0;
	symbols->data[symbols->size] = '\0';
	if (!visible)
		bdt_log_warn(log, "kernel stacks will have no function names: this kernel hides them "
				  "(kernel.kptr_restrict, CAP_SYSLOG)");
	return 0;
}
