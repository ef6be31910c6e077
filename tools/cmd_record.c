/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd.h"
#include <buddytrace/json.h>
#include <buddytrace/record.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#define DEFAULT_OUTPUT "buddytrace.dat"

static const char *output = DEFAULT_OUTPUT;
static const char *trace_clock;
static const char *tracefs;
static uint64_t duration_ns;
static uint64_t buffer_kb;
static bool no_snapshots;
static bool json;
static volatile sig_atomic_t stop;

static void request_stop(int sig)
{
	(void)sig;
	if (stop < 2)
		stop++;
}

static void catch_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action = { .sa_handler = request_stop };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
}

static double per(double value, double count)
{
	return count > 0 ? value / count : 0;
}

static void print_text(const struct bdt_record_summary *s)
{
	double seconds = (double)s->duration_ns / 1e9;
	uint64_t lost = s->overrun + s->dropped;

	fprintf(stderr,
		"%s: %" PRIu64 " events in %.2f s (%.0f/s), %" PRIu64 " bytes (%.2f per event), clock %s\n",
		output, s->events, seconds, per((double)s->events, seconds), s->bytes,
		per((double)s->bytes, (double)s->events), s->clock);
	fprintf(stderr,
		"lost: %" PRIu64 " of %" PRIu64 " events (%" PRIu64 " overwritten, %" PRIu64 " dropped)\n",
		lost, s->written, s->overrun, s->dropped);
	if (s->missed)
		fprintf(stderr,
			"buddytrace: warning: %" PRId64
			" events of the ring buffers did not reach the file\n",
			(int64_t)s->missed);
	if (s->pages_freed_vmstat)
		fprintf(stderr,
			"pages freed: %" PRIu64 " traced, %" PRIu64
			" by vmstat (%+.3f %%); recorder: %.0f ns CPU per "
			"event\n",
			s->pages_freed_traced, s->pages_freed_vmstat,
			100 * ((double)s->pages_freed_traced / (double)s->pages_freed_vmstat - 1),
			per((double)s->recorder_cpu_ns, (double)s->events));
	if (*s->missing_events)
		fprintf(stderr, "not in this kernel: %s\n", s->missing_events);
}

static int print_json(const struct bdt_record_summary *s)
{
	struct bdt_json out;

	bdt_json_init(&out, stdout);
	bdt_json_object(&out, NULL);
	bdt_json_string(&out, "file", output);
	bdt_json_u64(&out, "events", s->events);
	bdt_json_u64(&out, "bytes", s->bytes);
	bdt_json_u64(&out, "duration_ns", s->duration_ns);
	bdt_json_double(&out, "events_per_s", per((double)s->events, (double)s->duration_ns / 1e9), 1);
	bdt_json_double(&out, "bytes_per_event", per((double)s->bytes, (double)s->events), 3);
	bdt_json_u64(&out, "written", s->written);
	bdt_json_u64(&out, "overrun", s->overrun);
	bdt_json_u64(&out, "dropped", s->dropped);
	bdt_json_i64(&out, "missed", (int64_t)s->missed);
	bdt_json_u64(&out, "pages_freed_traced", s->pages_freed_traced);
	bdt_json_u64(&out, "pages_freed_vmstat", s->pages_freed_vmstat);
	bdt_json_u64(&out, "recorder_cpu_ns", s->recorder_cpu_ns);
	bdt_json_string(&out, "clock", s->clock);
	bdt_json_string(&out, "missing_events", s->missing_events);
	bdt_json_i64(&out, "command_status", s->command_status);
	bdt_json_bool(&out, "command_stopped", s->command_stopped);
	bdt_json_end(&out);
	bdt_json_finish(&out);
	return bdt_stdout_close();
}

static int exit_code(int err, const struct bdt_record_summary *s)
{
	if (err == -EPERM || err == -ENODEV)
		return BDT_EXIT_NO_PRIVILEGE;
	if (err && s->command_status != 126 && s->command_status != 127)
		return BDT_EXIT_FAILURE;
	return s->command_status < 0 || s->command_stopped ? BDT_EXIT_OK : s->command_status;
}

static int run(int argc, char **argv)
{
	struct bdt_record_options options = {
		.output = output,
		.duration_ns = duration_ns,
		.buffer_kb = (uint32_t)buffer_kb,
		.command = argc ? argv : NULL,
		.clock = trace_clock,
		.no_snapshots = no_snapshots,
		.stop = &stop,
		.tracefs = tracefs,
	};
	struct bdt_record_summary summary;
	struct bdt_diag diag;
	int err, code;

	if (buffer_kb > UINT32_MAX)
		return bdt_usage_error(&bdt_cmd_record, "%" PRIu64 " KiB are no size for a ring buffer",
				       buffer_kb);
	bdt_diag_clear(&diag);
	catch_signals();
	err = bdt_record_run(&options, &summary, bdt_tool_log(), &diag);
	bdt_progress_clear();
	if (err)
		bdt_fail(NULL, err, &diag);
	code = exit_code(err, &summary);
	if (err && !summary.events)
		return code;
	if (!json)
		print_text(&summary);
	else if (print_json(&summary) != BDT_EXIT_OK)
		return BDT_EXIT_FAILURE;
	return code;
}

static const struct bdt_option options_table[] = {
	{ "output", 'o', BDT_OPT_STRING, "FILE",
	  "file to write (" DEFAULT_OUTPUT "); an old one becomes FILE.old", &output, NULL },
	{ "duration", 'd', BDT_OPT_DURATION, "TIME", "stop after 90, 1.5s, 250ms, 5m ... (until Ctrl-C)",
	  &duration_ns, NULL },
	{ "buffer", 'b', BDT_OPT_NUMBER, "KIB", "ring buffer per CPU (8192)", &buffer_kb, NULL },
	{ "clock", 0, BDT_OPT_STRING, "NAME", "trace clock (x86-tsc, or mono where that is not synchronised)",
	  &trace_clock, NULL },
	{ "no-snapshots", 0, BDT_OPT_FLAG, NULL, "leave out the state of memory at start and end",
	  &no_snapshots, NULL },
	{ "tracefs", 0, BDT_OPT_STRING, "DIR", "where tracefs is mounted (found by itself)", &tracefs, NULL },
	{ "json", 0, BDT_OPT_FLAG, NULL, "print the summary as JSON on standard output", &json, NULL },
	{ 0 },
};

const struct bdt_cmd bdt_cmd_record = {
	.name = "record",
	.args = "[--] [COMMAND [ARGUMENT]...]",
	.help = "record what the page allocator does",
	.about = "Records until COMMAND ends, the time is over or Ctrl-C is pressed; a second Ctrl-C does "
		 "not wait for\n"
		 "the buffers to be written.  Returns the exit code of COMMAND.  Needs root.\n",
	.options = options_table,
	.min_args = 0,
	.max_args = -1,
	.run = run,
};
