/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <buddytrace/machine.h>
#include <buddytrace/stream.h>
#include <buddytrace/tracefile.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * check_recording FILE [SNAPSHOTS [full]]: is this a whole recording, with that many snapshots (2), which may
 * have ended at a limit of its size?  Prints what is wrong with it; exit 1 when anything is.
 */

/* So many events have one of each kind among them; removals can be missing, when the per-CPU lists are full.
 */
#define MANY 10000

/* So long a whole machine may stand still. */
#define PATIENCE_NS UINT64_C(10000000000)

static int faults;

static void fault(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void fault(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	faults++;
}

static void fail(const struct bdt_diag *diag)
{
	printf("%s\n", diag->text);
	exit(1);
}

static void read_events(const struct bdt_tracefile *tf, struct bdt_stream_stats *stats)
{
	const struct bdt_event *events;
	struct bdt_stream *stream;
	struct bdt_diag diag;
	size_t n;
	int err;

	bdt_diag_clear(&diag);
	if (bdt_stream_open(tf, &stream, &diag))
		fail(&diag);
	while (!(err = bdt_stream_next(stream, &events, &n, &diag)))
		;
	if (err < 0)
		fail(&diag);
	*stats = *bdt_stream_stats(stream);
	bdt_stream_close(stream);
	if (stats->backward)
		fault("%" PRIu64 " stamps go backward", stats->backward);
}

static void check_loss(const struct bdt_tracefile *tf, const struct bdt_stream_stats *stats, bool full)
{
	uint64_t read = 0, overrun = 0;

	if (!bdt_tracefile_ncpus(tf) || bdt_tracefile_nloss(tf) != bdt_tracefile_ncpus(tf))
		fault("%zu loss records for %zu CPUs", bdt_tracefile_nloss(tf), bdt_tracefile_ncpus(tf));
	for (size_t i = 0; i < bdt_tracefile_nloss(tf); i++) {
		const struct bdt_loss_cpu *loss = bdt_tracefile_loss(tf, i);

		if (loss->read + loss->overrun + loss->dropped != loss->written)
			fault("CPU %u: read %" PRIu64 " + overrun %" PRIu64 " + dropped %" PRIu64
			      " is not written %" PRIu64,
			      loss->cpu, loss->read, loss->overrun, loss->dropped, loss->written);
		read += loss->read;
		overrun += loss->overrun;
	}
	for (size_t i = 0; i < bdt_tracefile_ncpus(tf); i++)
		if (!strstr(bdt_tracefile_cpu(tf, i)->stats, "read events:"))
			fault("no ring statistics of CPU %u", bdt_tracefile_cpu(tf, i)->cpu);
	if (read != stats->events)
		fault("%" PRIu64 " events counted while recording, %" PRIu64 " decoded", read, stats->events);
	/* what a ring overwrote while its reader met the limit of the file comes after all that is in it */
	if (!overrun != (stats->gaps == stats->pauses) && !(full && overrun))
		fault("%" PRIu64 " events overwritten, but %" PRIu64 " gaps", overrun, stats->gaps);
}

static void check_kinds(const struct bdt_stream_stats *stats)
{
	static const enum bdt_event_kind kinds[] = { BDT_EV_PAGE_ALLOC, BDT_EV_PAGE_FREE,
						     BDT_EV_PAGE_FREE_BATCHED };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!stats->by_kind[kinds[i]])
			fault("no %s", bdt_event_kinds[kinds[i]].name);
}

static void check_machine(const struct bdt_tracefile *tf)
{
	static const char *const keys[] = {
		"proc/version",     "proc/cmdline",          "proc/sys/vm/min_free_kbytes",
		"uname.release",    "record.tool",           "record.command",
		"record.buffer_kb", "record.missing_events", "record.pid",
		"record.tids",      "vmstat.pgfree.begin",   "vmstat.pgfree.end"
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (!bdt_tracefile_machine(tf, keys[i]))
			fault("MACHINE lacks %s", keys[i]);
}

/* Free pages by buddyinfo. */
static uint64_t free_pages(const struct bdt_snapshot *snap)
{
	const struct bdt_piece *piece = bdt_snapshot_piece(snap, "buddyinfo");
	static struct bdt_buddyinfo info;
	struct bdt_diag diag;
	uint64_t pages = 0;

	bdt_diag_clear(&diag);
	if (!piece || bdt_buddyinfo_parse(piece->data, piece->size, &info, &diag)) {
		fault("snapshot %s: no buddyinfo that can be parsed", snap->name);
		return 0;
	}
	for (size_t i = 0; i < info.n; i++)
		for (unsigned int order = 0; order < info.norders; order++)
			pages += info.zones[i].nr_free[order] << order;
	return pages;
}

/* The buddy bits must tell what buddyinfo tells, but for what happened in between. */
static void check_pageflags(const struct bdt_tracefile *tf, size_t i, const struct bdt_snapshot *snap)
{
	uint64_t expected = free_pages(snap), buddy = 0, last = 0;
	struct bdt_pageflags *flags;
	struct bdt_diag diag;

	bdt_diag_clear(&diag);
	if (bdt_tracefile_pageflags(tf, i, &flags, &diag)) {
		fault("snapshot %s: no page flags: %s", snap->name, diag.text);
		return;
	}
	for (size_t chunk = 0; chunk < flags->nchunks; chunk++) {
		const struct bdt_pageflags_chunk *c = &flags->chunks[chunk];

		if (c->begin_ns > c->end_ns || c->begin_ns < last)
			fault("snapshot %s: chunk %zu: stamps out of order", snap->name, chunk);
		last = c->end_ns;
	}
	for (uint64_t pfn = 0; pfn < flags->npages; pfn++)
		buddy += !!(flags->flags[pfn] & BT_PAGE_BUDDY);
	/* A load beside the test may take or free much of the memory while the flags are read. */
	if (buddy < expected / 2 || buddy > expected * 2)
		fault("snapshot %s: %" PRIu64 " pages are free by their flags, %" PRIu64 " by buddyinfo",
		      snap->name, buddy, expected);
	bdt_pageflags_destroy(flags);
}

static void check_snapshot(const struct bdt_tracefile *tf, size_t i, const struct bdt_stream_stats *stats)
{
	static const char *const texts[] = { "buddyinfo", "pagetypeinfo", "zoneinfo", "vmstat" };
	const struct bdt_snapshot *snap = bdt_tracefile_snapshot(tf, i);

	if (strcmp(snap->name, i ? "end" : "start") || snap->unplaced)
		fault("snapshot %zu is called %s", i, snap->name);
	for (size_t j = 0; j < sizeof(texts) / sizeof(texts[0]); j++) {
		const struct bdt_piece *piece = bdt_snapshot_piece(snap, texts[j]);

		if (!piece || !piece->size || piece->begin_ns > piece->end_ns)
			fault("snapshot %s: no %s, or its stamps are out of order", snap->name, texts[j]);
	}
	/* While tracing: there are events before and behind, at least the recorder's own. */
	if (snap->begin_ns > snap->end_ns || snap->begin_ns + PATIENCE_NS < stats->first_ns ||
	    snap->end_ns > stats->last_ns + PATIENCE_NS)
		fault("snapshot %s lies outside of the events", snap->name);
	check_pageflags(tf, i, snap);
}

int main(int argc, char **argv)
{
	size_t nsnapshots = argc > 2 ? strtoul(argv[2], NULL, 10) : 2;
	struct bdt_stream_stats stats;
	struct bdt_tracefile *tf;
	struct bdt_diag diag;

	if (argc < 2)
		return 2;
	bdt_diag_clear(&diag);
	if (bdt_tracefile_open(argv[1], &tf, &diag))
		fail(&diag);
	if (bdt_tracefile_info(tf)->cut || !bdt_tracefile_info(tf)->native)
		fault("the file is not whole: %s", bdt_tracefile_info(tf)->cut_reason);
	read_events(tf, &stats);
	check_loss(tf, &stats, argc > 3 && !strcmp(argv[3], "full"));
	if (stats.events >= MANY)
		check_kinds(&stats);
	check_machine(tf);
	if (bdt_tracefile_nsnapshots(tf) != nsnapshots)
		fault("%zu snapshots, not %zu", bdt_tracefile_nsnapshots(tf), nsnapshots);
	for (size_t i = 0; i < bdt_tracefile_nsnapshots(tf); i++)
		check_snapshot(tf, i, &stats);
	bdt_tracefile_close(tf);
	return !!faults;
}
