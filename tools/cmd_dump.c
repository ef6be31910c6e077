/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd.h"
#include <buddytrace/stream.h>
#include <inttypes.h>
#include <string.h>

static struct {
	bool quiet;
} opt;

static const struct bdt_option options[] = {
	{ "quiet", 'q', BDT_OPT_FLAG, NULL, "decode everything, print only the number of events of each kind",
	  &opt.quiet, NULL },
	{ 0 },
};

/* Stamps are shown in microseconds, rounded; early ones as the plain number, as trace-cmd report does. */
static void print_time(uint64_t ns)
{
	uint64_t us = ns / 1000 + (ns % 1000 >= 500);

	if (us > 1000000)
		printf("%5" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
	else
		printf("%12" PRIu64, us);
}

static void print_gap(const struct bdt_event *ev)
{
	if (ev->gap.count < 0)
		printf("CPU:%u [EVENTS DROPPED]\n", ev->cpu);
	else
		printf("CPU:%u [%" PRId64 " EVENTS DROPPED]\n", ev->cpu, ev->gap.count);
}

/* "TASK-PID [CPU] SECONDS: EVENT: FIELDS", the columns of trace-cmd report. */
static void print_event(struct bdt_stream *stream, const struct bdt_event *ev)
{
	const char *name = bdt_stream_event_name(stream, ev->id), *colon = strchr(name, ':');

	if (ev->kind == BDT_EV_GAP) {
		print_gap(ev);
		return;
	}
	name = colon ? colon + 1 : "[UNKNOWN EVENT]";
	printf("%16s-%-5d [%03u] ", bdt_stream_task(stream, ev->pid), ev->pid, ev->cpu);
	print_time(ev->time_ns);
	printf(": %s: %*s", name, strlen(name) < 20 ? 20 - (int)strlen(name) : 0, "");
	bdt_stream_print_fields(stream, ev, stdout);
	putchar('\n');
}

static void print_counts(const struct bdt_stream_stats *stats)
{
	for (int kind = 0; kind < BDT_EV_NR; kind++) {
		const struct bdt_event_desc *desc = &bdt_event_kinds[kind];

		if (desc->name && stats->by_kind[kind])
			printf("%s:%s %" PRIu64 "\n", desc->system, desc->name, stats->by_kind[kind]);
	}
	if (stats->by_kind[BDT_EV_OTHER])
		printf("other %" PRIu64 "\n", stats->by_kind[BDT_EV_OTHER]);
	printf("total %" PRIu64 "\n", stats->events);
	printf("gaps %" PRIu64 " lost %" PRIu64 " of_unknown_length %" PRIu64 "\n", stats->gaps, stats->lost,
	       stats->gaps_unknown);
}

static int dump(struct bdt_stream *stream, struct bdt_diag *diag)
{
	const struct bdt_log *log = bdt_tool_log();
	const struct bdt_event *events;
	uint64_t done, total;
	size_t n;
	int ret;

	while (!(ret = bdt_stream_next(stream, &events, &n, diag))) {
		for (size_t i = 0; !opt.quiet && i < n; i++)
			print_event(stream, &events[i]);
		if (!opt.quiet)
			continue;
		bdt_stream_position(stream, &done, &total);
		log->progress(log->user, "reading", done, total);
	}
	bdt_progress_clear();
	if (opt.quiet)
		print_counts(bdt_stream_stats(stream));
	return ret < 0 ? ret : 0;
}

static int run(int argc, char **argv)
{
	struct bdt_tracefile *file = NULL;
	struct bdt_stream *stream = NULL;
	struct bdt_diag diag;
	int ret, code;

	(void)argc;
	bdt_diag_clear(&diag);
	ret = bdt_open_recording(argv[0], &file, &diag);
	if (!ret)
		ret = bdt_stream_open(file, &stream, &diag);
	if (!ret)
		ret = dump(stream, &diag);
	code = bdt_stdout_close();
	if (ret)
		code = bdt_fail(argv[0], ret, &diag);
	bdt_stream_close(stream);
	bdt_tracefile_close(file);
	return code;
}

const struct bdt_cmd bdt_cmd_dump = {
	.name = "dump",
	.args = "FILE",
	.help = "print the events of a recording as text",
	.about = "Prints one line per event, in the form of trace-cmd report, merged by time.  Places where\n"
		 "events were lost appear as CPU:N [COUNT EVENTS DROPPED].\n",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
