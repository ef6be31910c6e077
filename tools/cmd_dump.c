/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd.h"
#include "counts.h"
#include <buddytrace/stream.h>
#include <inttypes.h>
#include <string.h>

static struct {
	bool quiet, raw;
} opt;

static const struct bdt_option options[] = {
	{ "quiet", 'q', BDT_OPT_FLAG, NULL, "decode everything, print only the number of events of each kind",
	  &opt.quiet, NULL },
	{ "raw", 'R', BDT_OPT_FLAG, NULL, "print the decoded numbers instead of the event's own text",
	  &opt.raw, NULL },
	{ 0 },
};

/* Does the trace clock count something else than time? */
static bool is_counter(const struct bdt_tracefile_info *info)
{
	static const char *const clocks[] = { "counter", "x86-tsc", "ppc-tb" };

	for (size_t i = 0; !info->tsc_mult && i < sizeof(clocks) / sizeof(clocks[0]); i++)
		if (!strcmp(info->clock, clocks[i]))
			return true;
	return false;
}

/* Seconds, rounded to microseconds, with a blank before; counters as they are. */
static void print_time(uint64_t ns, bool counter)
{
	uint64_t us = ns / 1000 + (ns % 1000 >= 500);

	if (counter)
		printf("%12" PRIu64, ns);
	else
		printf(" %5" PRIu64 ".%06" PRIu64, us / 1000000, us % 1000000);
}

static void print_gap(const struct bdt_event *ev)
{
	if (ev->gap.count < 0)
		printf("CPU:%u [EVENTS DROPPED]\n", ev->cpu);
	else
		printf("CPU:%u [%" PRId64 " EVENTS DROPPED]\n", ev->cpu, ev->gap.count);
}

static void print_raw(const struct bdt_event *ev)
{
	const struct bdt_event_desc *desc = &bdt_event_kinds[ev->kind];

	for (int i = 0; i < BT_EVENT_FIELDS && desc->fields[i]; i++)
		if (!(ev->missing & 1 << i))
			printf(" %s=%" PRId64, desc->fields[i], ev->field[i]);
}

static void print_fields(struct bdt_stream *stream, const struct bdt_event *ev)
{
	static bool told[UINT16_MAX + 1];
	const char *name = bdt_stream_event_name(stream, ev->id);

	if (bdt_stream_print_fields(stream, ev, stdout) != 1 || told[ev->id])
		return;
	told[ev->id] = true;
	bdt_log_warn(bdt_tool_log(), "event %u%s%s: its format or a record is broken, printing raw fields",
		     ev->id, *name ? " " : "", name);
}

/* "TASK-PID [CPU] SECONDS: EVENT: FIELDS", the columns of trace-cmd report. */
static void print_event(struct bdt_stream *stream, const struct bdt_event *ev, bool counter)
{
	const char *name = bdt_stream_event_name(stream, ev->id), *colon = strchr(name, ':');

	if (ev->kind == BDT_EV_GAP) {
		print_gap(ev);
		return;
	}
	name = colon ? colon + 1 : "[UNKNOWN EVENT]";
	printf("%16s-%-5d [%03u]", bdt_stream_task(stream, ev->pid), ev->pid, ev->cpu);
	print_time(ev->time_ns, counter);
	printf(": %s: %*s", name, strlen(name) < 20 ? 20 - (int)strlen(name) : 0, "");
	if (opt.raw)
		print_raw(ev);
	else
		print_fields(stream, ev);
	putchar('\n');
}

static void print_count(void *user, const char *name, uint64_t events)
{
	(void)user;
	printf("%s %" PRIu64 "\n", name, events);
}

static void print_counts(const struct bdt_counts *counts, const struct bdt_stream *stream)
{
	const struct bdt_stream_stats *stats = bdt_stream_stats(stream);

	bdt_counts_each(counts, stream, print_count, NULL);
	printf("total %" PRIu64 "\n", stats->events);
	printf("gaps %" PRIu64 " lost %" PRIu64 " of_unknown_length %" PRIu64 "\n", stats->gaps, stats->lost,
	       stats->gaps_unknown);
}

static int dump_text(struct bdt_stream *stream, bool counter, struct bdt_diag *diag)
{
	const struct bdt_event *events;
	size_t n;
	int ret;

	while (!(ret = bdt_stream_next(stream, &events, &n, diag)))
		for (size_t i = 0; i < n; i++)
			print_event(stream, &events[i], counter);
	return ret < 0 ? ret : 0;
}

static int dump_counts(struct bdt_stream *stream, struct bdt_diag *diag)
{
	struct bdt_counts counts;
	int ret = bdt_counts_read(&counts, stream, diag);

	print_counts(&counts, stream);
	bdt_counts_finish(&counts);
	return ret;
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
		ret = opt.quiet ? dump_counts(stream, &diag)
				: dump_text(stream, is_counter(bdt_tracefile_info(file)), &diag);
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
	.about = "Prints one line per event, in the form of trace-cmd report, merged by time.\n"
		 "Places where events were lost appear as CPU:N [COUNT EVENTS DROPPED].  With\n"
		 "--raw only the events that buddytrace knows have fields.\n",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
