/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "record/snapshot.h"

#include "base/now.h"
#include "machine/exactlists.h"
#include "tracefile/format.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Pages per read: about 1 ms at 260 ns a page, the time within which a chunk is true. */
#define CHUNK_PAGES 4096
#define KPAGEFLAGS  "/proc/kpageflags"
/* pagetypeinfo walks the free lists with the zone lock held: some 10 ms on a machine of 24 GB, more in
 * pieces. */
#define PAUSE_TIMES 100
#define MAX_PAUSE   UINT64_C(60000000000)

/* In this order.  Those that describe the free lists come first, and right behind each other: they change
 * fastest. */
static const struct {
	const char *name, *below;
	bool at_end;   /* repeated in the end snapshot */
	bool optional; /* debugfs is often not mounted, and nothing depends on it */
} texts[BDT_SNAPSHOT_TEXTS] = {
	{ "buddyinfo", "/proc", true, false },
	{ "kernel/debug/extfrag/unusable_index", "/sys", true, true },
	{ "kernel/debug/extfrag/extfrag_index", "/sys", true, true },
	{ "pagetypeinfo", "/proc", true, false },
	{ "zoneinfo", "/proc", true, false },
	{ "vmstat", "/proc", true, false },
	{ "iomem", "/proc", false, false },
};

/* Those at the end stand first. */
const char *bdt_snapshotter_text(size_t i)
{
	return i < BDT_SNAPSHOT_TEXTS && texts[i].at_end ? texts[i].name : NULL;
}

int bdt_snapshotter_load(size_t i, struct bdt_text *text, const char *root)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", texts[i].below, texts[i].name);
	return bdt_text_read(text, root, path);
}

static void prepare_texts(struct bdt_snapshotter *s)
{
	for (size_t i = 0; i < BDT_SNAPSHOT_TEXTS; i++) {
		int err = bdt_snapshotter_load(i, &s->text, s->root);

		if (err && !texts[i].optional)
			bdt_log_warn(s->log, "the snapshots will lack %s/%s: %s", texts[i].below,
				     texts[i].name, strerror(-err));
	}
}

/* Some machines have their memory at high addresses; everything else about them can be recorded. */
static void warn_of_high_memory(const struct bdt_snapshotter *s)
{
	uint64_t end = s->ranges.ranges[s->ranges.n - 1].end;

	if (end > BT_PAGEFLAGS_PFNS && end != UINT64_MAX)
		bdt_log_warn(s->log,
			     "the snapshots will lack the flags of pages from 0x%llx on; a replay will not "
			     "know their state",
			     BT_PAGEFLAGS_PFNS);
}

static int prepare_pageflags(struct bdt_snapshotter *s)
{
	char path[PATH_MAX];
	int err;

	s->words = malloc(CHUNK_PAGES * sizeof(*s->words));
	s->flags = malloc(CHUNK_PAGES * sizeof(*s->flags));
	if (!s->words || !s->flags)
		return -ENOMEM;
	if ((size_t)snprintf(path, sizeof(path), "%s" KPAGEFLAGS, s->root) < sizeof(path))
		s->kpageflags = open(path, O_RDONLY | O_CLOEXEC);
	if (s->kpageflags < 0)
		bdt_log_warn(s->log,
			     "the snapshots will lack " KPAGEFLAGS ": %s; a replay will start from an "
			     "unknown state",
			     strerror(errno));
	if (bdt_text_read(&s->text, s->root, "/proc/iomem"))
		s->text.size = 0;
	err = bdt_ranges_parse(&s->ranges, s->text.size ? s->text.data : "", s->text.size,
			       (uint64_t)sysconf(_SC_PAGESIZE));
	if (!err && s->kpageflags >= 0)
		warn_of_high_memory(s);
	return err;
}

int bdt_snapshotter_prepare(struct bdt_snapshotter *s, bool pageflags)
{
	int err;

	s->kpageflags = -1;
	prepare_texts(s);
	err = bdt_text_reserve(&s->text, 2 * s->text.room);
	return !err && pageflags ? prepare_pageflags(s) : err;
}

uint64_t bdt_snapshotter_pause(uint64_t cpu_ns)
{
	return cpu_ns < MAX_PAUSE / PAUSE_TIMES ? cpu_ns * PAUSE_TIMES : MAX_PAUSE;
}

bool bdt_snapshotter_due(const struct bdt_snapshotter *s, size_t i)
{
	return bdt_clock_now(s->clock) >= s->due_ns[i];
}

int bdt_snapshotter_read(struct bdt_snapshotter *s, size_t i, struct bdt_text *text, uint64_t *begin_ns,
			 uint64_t *end_ns)
{
	uint64_t cpu_ns = bdt_time_ns(CLOCK_THREAD_CPUTIME_ID);
	int err;

	*begin_ns = bdt_clock_now(s->clock);
	err = bdt_snapshotter_load(i, text, s->root);
	*end_ns = bdt_clock_now(s->clock);
	s->due_ns[i] = *end_ns + bdt_snapshotter_pause(bdt_time_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns);
	return err;
}

static int take_text(struct bdt_snapshotter *s, size_t i)
{
	uint64_t begin, end;

	if (bdt_snapshotter_read(s, i, &s->text, &begin, &end))
		return 0;
	return bdt_writer_piece(s->writer, texts[i].name, begin, end, s->text.data, s->text.size);
}

static int take_texts(struct bdt_snapshotter *s, bool at_end)
{
	int err = 0;

	for (size_t i = 0; !err && i < BDT_SNAPSHOT_TEXTS; i++)
		if (!at_end || texts[i].at_end)
			err = take_text(s, i);
	return err;
}

/* One chunk from pfn `first`; *count becomes the pages that there are, 0 at the end of the file. */
static int take_chunk(struct bdt_snapshotter *s, uint64_t first, uint64_t *count)
{
	uint64_t begin = bdt_clock_now(s->clock), end;
	ssize_t n = pread(s->kpageflags, s->words, *count * sizeof(*s->words),
			  (off_t)(first * sizeof(*s->words)));

	end = bdt_clock_now(s->clock);
	*count = n > 0 ? (uint64_t)n / sizeof(*s->words) : 0;
	if (!*count)
		return 0;
	for (uint64_t i = 0; i < *count; i++)
		s->flags[i] = bdt_pageflags_from_kpf(s->words[i]);
	return bdt_writer_pageflags(s->writer, first, *count, s->flags, begin, end);
}

static int take_pageflags(struct bdt_snapshotter *s)
{
	uint64_t last;
	int err = 0;

	if (s->kpageflags < 0)
		return 0;
	last = s->ranges.ranges[s->ranges.n - 1].end;
	for (size_t i = 0; i < s->ranges.n; i++) {
		uint64_t pfn = s->ranges.ranges[i].first, end = s->ranges.ranges[i].end;

		if (end > BT_PAGEFLAGS_PFNS)
			end = BT_PAGEFLAGS_PFNS;
		while (pfn < end) {
			uint64_t count = end - pfn < CHUNK_PAGES ? end - pfn : CHUNK_PAGES;

			if (s->give_up && s->give_up(s->user))
				return 0;
			err = take_chunk(s, pfn, &count);
			if (err || !count)
				return err;
			pfn += count;
			if (s->log && s->log->progress && last != UINT64_MAX && pfn / CHUNK_PAGES % 64 == 0)
				s->log->progress(s->log->user, "snapshot", pfn, last);
		}
	}
	return 0;
}

/* One that cannot be taken is missing, and the recording goes on. */
static int take_exact(struct bdt_snapshotter *s, const char *name)
{
	const struct bdt_exact_target to = {
		.writer = s->writer, .clock = s->clock, .ends = s->give_up, .user = s->user
	};
	const struct bdt_exact_totals *totals;
	struct bdt_diag why;
	uint32_t failed;

	if (!s->exact)
		return 0;
	bdt_diag_clear(&why);
	totals = bdt_exact_taker_totals(s->exact);
	failed = totals->failed;
	if (!bdt_exact_taker_take(s->exact, &to, name, &why) && totals->failed > failed)
		bdt_diag_set(&why, -EAGAIN, BT_NO_OFFSET,
			     "%" PRIu32 " of its zones changed whenever they were read and are not in it",
			     totals->failed - failed);
	if (why.err) {
		bdt_log_warn(s->log, "exact snapshot %s: %s", name, why.text);
		snprintf(s->exact_trouble, sizeof(s->exact_trouble), "%s", why.text);
	}
	return 0;
}

int bdt_snapshotter_start(struct bdt_snapshotter *s)
{
	int err = bdt_writer_snapshot(s->writer, "start");

	if (!err)
		err = take_pageflags(s);
	if (!err)
		err = take_texts(s, false);
	if (!err)
		err = bdt_writer_snapshot_end(s->writer);
	return err ? err : take_exact(s, BT_EXACT_START);
}

int bdt_snapshotter_end(struct bdt_snapshotter *s)
{
	int err = take_exact(s, "exact-end");

	if (!err)
		err = bdt_writer_snapshot(s->writer, "end");
	if (!err)
		err = take_texts(s, true);
	if (!err)
		err = take_pageflags(s);
	return err ? err : bdt_writer_snapshot_end(s->writer);
}

int bdt_snapshotter_between(struct bdt_snapshotter *s)
{
	int err;

	if (s->exact)
		return take_exact(s, "exact");
	err = bdt_writer_snapshot(s->writer, "between");
	if (!err)
		err = take_texts(s, false);
	if (!err)
		err = take_pageflags(s);
	return err ? err : bdt_writer_snapshot_end(s->writer);
}

int bdt_snapshotter_texts(struct bdt_snapshotter *s)
{
	int err = bdt_writer_snapshot(s->writer, "text");

	for (size_t i = 0; !err && bdt_snapshotter_text(i); i++)
		if (bdt_snapshotter_due(s, i))
			err = take_text(s, i);
	return err ? err : bdt_writer_snapshot_end(s->writer);
}

void bdt_snapshotter_finish(struct bdt_snapshotter *s)
{
	if (s->kpageflags >= 0)
		close(s->kpageflags);
	s->kpageflags = -1;
	bdt_text_finish(&s->text);
	bdt_ranges_finish(&s->ranges);
	free(s->words);
	free(s->flags);
	s->words = NULL;
	s->flags = NULL;
}
