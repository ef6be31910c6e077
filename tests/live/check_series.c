/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <buddytrace/stream.h>
#include <buddytrace/tracefile.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * check_series FILE...: are these, in this order, the files of one recording, each whole, and for each CPU with
 * no event lost or doubled between them?  Prints what is wrong; exit 1 when anything is.  Else prints the sums:
 * files, events, events by the rings, events lost.
 */

#define MAX_CPUS 1024

static struct cpu {
	uint64_t first_ns, last_ns, events; /* of the present file */
	uint64_t before_ns;                 /* the last event of the files before, 0 = none */
} cpus[MAX_CPUS];

static uint64_t total_events, total_written, total_lost;
static int faults;

#define fault(...) (printf(__VA_ARGS__), putchar('\n'), faults++)

static void fail(const char *file, const struct bdt_diag *diag)
{
	printf("%s: %s\n", file, diag->text);
	exit(1);
}

static void read_events(const char *file, const struct bdt_tracefile *tf)
{
	const struct bdt_event *events;
	struct bdt_stream *stream;
	struct bdt_diag diag;
	size_t n;
	int err;

	bdt_diag_clear(&diag);
	if (bdt_stream_open(tf, &stream, &diag))
		fail(file, &diag);
	while (!(err = bdt_stream_next(stream, &events, &n, &diag))) {
		for (size_t i = 0; i < n; i++) {
			struct cpu *cpu = &cpus[events[i].cpu % MAX_CPUS];

			if (events[i].kind == BDT_EV_GAP)
				continue;
			if (!cpu->events++)
				cpu->first_ns = events[i].time_ns;
			cpu->last_ns = events[i].time_ns;
		}
	}
	if (err < 0)
		fail(file, &diag);
	if (bdt_stream_stats(stream)->backward)
		fault("%s: stamps go backward", file);
	bdt_stream_close(stream);
}

static void check_loss(const char *file, const struct bdt_tracefile *tf)
{
	if (!bdt_tracefile_nloss(tf))
		fault("%s: no loss records", file);
	for (size_t i = 0; i < bdt_tracefile_nloss(tf); i++) {
		const struct bdt_loss_cpu *loss = bdt_tracefile_loss(tf, i);
		struct cpu *cpu = &cpus[loss->cpu % MAX_CPUS];

		if (loss->read + loss->overrun + loss->dropped != loss->written)
			fault("%s: CPU %u: read %" PRIu64 " + overrun %" PRIu64 " + dropped %" PRIu64
			      " is not written %" PRIu64,
			      file, loss->cpu, loss->read, loss->overrun, loss->dropped, loss->written);
		if (loss->read != cpu->events)
			fault("%s: CPU %u: %" PRIu64 " events counted while recording, %" PRIu64 " decoded",
			      file, loss->cpu, loss->read, cpu->events);
		total_events += cpu->events;
		total_written += loss->written;
		total_lost += loss->overrun + loss->dropped;
	}
}

static void check_neighbours(const char *file)
{
	for (size_t i = 0; i < MAX_CPUS; i++) {
		struct cpu *cpu = &cpus[i];

		if (cpu->events && cpu->first_ns <= cpu->before_ns)
			fault("%s: CPU %zu begins at %" PRIu64 ", the file before ended at %" PRIu64, file, i,
			      cpu->first_ns, cpu->before_ns);
		if (cpu->events)
			cpu->before_ns = cpu->last_ns;
		cpu->events = 0;
	}
}

static const char *fact(const char *file, const struct bdt_tracefile *tf, const char *key)
{
	const char *value = bdt_tracefile_machine(tf, key);

	if (!value)
		fault("%s: MACHINE lacks %s", file, key);
	return value ? value : "";
}

/* The file before has to be the one that this one names. */
static void check_names(const char *file, const struct bdt_tracefile *tf, const char *before)
{
	const char *previous = fact(file, tf, "series.previous");
	const char *slash = before ? strrchr(before, '/') : NULL;

	if (before && strcmp(previous, slash ? slash + 1 : before) != 0)
		fault("%s: says that %s was before", file, previous);
	fact(file, tf, "series.name");
	fact(file, tf, "series.number");
	fact(file, tf, "proc/version");
	fact(file, tf, "record.tids");
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct bdt_tracefile *tf;
		struct bdt_diag diag;

		bdt_diag_clear(&diag);
		if (bdt_tracefile_open(argv[i], &tf, &diag))
			fail(argv[i], &diag);
		if (bdt_tracefile_info(tf)->cut)
			fault("%s: cut: %s", argv[i], bdt_tracefile_info(tf)->cut_reason);
		check_names(argv[i], tf, i > 1 ? argv[i - 1] : NULL);
		read_events(argv[i], tf);
		check_loss(argv[i], tf);
		check_neighbours(argv[i]);
		bdt_tracefile_close(tf);
	}
	if (!faults)
		printf("%d %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", argc - 1, total_events, total_written,
		       total_lost);
	return !!faults;
}
