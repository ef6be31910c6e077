/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd.h"
#include <buddytrace/json.h>
#include <buddytrace/record.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

#define DEFAULT_OUTPUT "buddytrace.dat"
#define REQUESTS       0x7f /* a sig_atomic_t holds it */

static const char *const profiles[] = { "full", "rare", "window", "flight", NULL };
enum { FULL, RARE, WINDOW, FLIGHT };

static struct bdt_record_options options = { .output = DEFAULT_OUTPUT };
static unsigned int profile = FULL;
static uint64_t buffer_kb, cpu_percent;
static struct bdt_option_list events, filters, triggers;
static const char *keep;
static bool json;
static const char *exact_limit;
static volatile sig_atomic_t stop, cut, snapshot_now;

static void request_stop(int sig)
{
	(void)sig;
	if (stop < 2)
		stop++;
}

static void request_cut(int sig)
{
	(void)sig;
	cut = (cut + 1) & REQUESTS;
}

/* The error of the call is enough.  Ignored signals would be ignored by COMMAND as well. */
static void go_on(int sig)
{
	(void)sig;
}

static void request_exact(int sig)
{
	(void)sig;
	snapshot_now = (snapshot_now + 1) & REQUESTS;
}

/* SIGHUP is what log rotation sends; without rotation it means that the terminal has gone. */
static void catch_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGQUIT };
	struct sigaction action = { .sa_handler = request_stop }, new_file = { .sa_handler = request_cut };
	struct sigaction snapshot = { .sa_handler = request_exact }, error = { .sa_handler = go_on };
	bool rotates = options.rotate_bytes || options.rotate_ns || profile == FLIGHT;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
	sigaction(SIGHUP, rotates ? &new_file : &action, NULL);
	sigaction(SIGUSR1, &snapshot, NULL);
	sigaction(SIGUSR2, &new_file, NULL);
	sigaction(SIGPIPE, &error, NULL);
	sigaction(SIGXFSZ, &error, NULL);
}

static double per(double value, double count)
{
	return count > 0 ? value / count : 0;
}

static void show_progress(void *user, const struct bdt_record_progress *p)
{
	static uint64_t last_ns, last_events;
	static double rate;
	char text[160];

	(void)user;
	if (!bdt_progress_due())
		return;
	/* Over a second, so that the figure can be read. */
	if (p->ns < 1000000000) {
		rate = per((double)p->events * 1e9, (double)p->ns);
	} else if (p->ns - last_ns >= 1000000000) {
		rate = (double)(p->events - last_events) * 1e9 / (double)(p->ns - last_ns);
		last_ns = p->ns;
		last_events = p->events;
	}
	snprintf(text, sizeof(text), "%s %.0f s  %" PRIu64 " events  %.0f/s  %.1f MB  %" PRIu64 " lost",
		 p->paused ? "paused   "
		 : p->file ? "recording"
			   : "waiting  ",
		 (double)p->ns / 1e9, p->events, rate, (double)p->bytes / 1e6, p->lost);
	bdt_progress_line(text, p->lost > 0);
}

static double cpu_share(const struct bdt_record_summary *s)
{
	return 100 * per((double)s->recorder_cpu_ns, (double)s->duration_ns);
}

/* What an event costs is told from so many on: of fewer it is the cost of starting and ending. */
#define MANY_EVENTS 10000

static void print_files(const struct bdt_record_summary *s)
{
	double seconds = (double)s->duration_ns / 1e9;

	if (s->files > 1 || s->files_deleted)
		fprintf(stderr, "%" PRIu32 " files, %" PRIu32 " old ones deleted; the last is ", s->files,
			s->files_deleted);
	fprintf(stderr, "%s: %" PRIu64 " events in %.2f s (%.0f/s), %" PRIu64 " bytes", s->last_file,
		s->events, seconds, per((double)s->events, seconds), s->bytes);
	if (s->events >= MANY_EVENTS)
		fprintf(stderr, " (%.2f per event)", (double)s->bytes / (double)s->events);
	fprintf(stderr, ", clock %s\n", s->clock);
	if (*s->ended_by)
		fprintf(stderr, "ended by %s\n", s->ended_by);
}

static void print_losses(const struct bdt_record_summary *s)
{
	fprintf(stderr,
		"lost: %" PRIu64 " of %" PRIu64 " events (%" PRIu64 " overwritten, %" PRIu64 " dropped)\n",
		s->overrun + s->dropped, s->written, s->overrun, s->dropped);
	if (s->missed)
		fprintf(stderr,
			"buddytrace: warning: %" PRId64
			" events of the ring buffers did not reach the file\n",
			(int64_t)s->missed);
	if (s->left)
		fprintf(stderr,
			"not recorded: %" PRIu64 " events that were in the ring buffers at --max-size\n",
			s->left);
	if (s->pauses)
		fprintf(stderr, "paused %" PRIu32 " times, %.1f s in all, to stay below --cpu-limit\n",
			s->pauses, (double)s->paused_ns / 1e9);
	/* Where tracing was paused or filtered the two have to differ. */
	if (s->pages_freed_vmstat && s->pages_freed_traced && !s->pauses && !filters.n)
		fprintf(stderr, "pages freed: %" PRIu64 " traced, %" PRIu64 " by vmstat (%+.3f %%)\n",
			s->pages_freed_traced, s->pages_freed_vmstat,
			100 * ((double)s->pages_freed_traced / (double)s->pages_freed_vmstat - 1));
}

static void print_exact(const struct bdt_record_summary *s)
{
	if (!options.exact)
		return;
	if (s->exact_snapshots)
		fprintf(stderr,
			"exact snapshots: %" PRIu32 ", %" PRIu64 " entries in %" PRIu32
			" runs, longest %.2f ms, %.1f ms in all; %" PRIu32 " lists cut, %" PRIu32
			" zones not read\n",
			s->exact_snapshots, s->exact_entries, s->exact_runs,
			(double)s->exact_longest_ns / 1e6, (double)s->exact_total_ns / 1e6, s->exact_cut,
			s->exact_failed);
	else
		fprintf(stderr, "exact snapshots: none (%s)\n",
			*s->exact_trouble ? s->exact_trouble : "tracing ended first");
}

/* The ends are not sharp: some events fire between a look at the counters and the switch of the tracing. */
static void print_fired(const struct bdt_record_summary *s)
{
	for (const struct bdt_record_fired *f = s->fired; f->event; f++)
		if (f->recorded)
			fprintf(stderr,
				"%s: fired %" PRIu64 ", %" PRIu64 " of them at the ends, recorded %" PRIu64
				" (%+" PRId64 "); %" PRIu64 " in process 1\n",
				f->event, f->fired + f->missed, f->at_ends, f->recorded,
				(int64_t)(f->recorded - f->fired - f->missed), f->fired_init);
}

static void print_text(const struct bdt_record_summary *s)
{
	if (!s->files) {
		fprintf(stderr, "%.2f s, %sno file was written\n", (double)s->duration_ns / 1e9,
			profile == FLIGHT && s->duration_ns ? "nothing fired: " : "");
	} else {
		print_files(s);
		print_losses(s);
		print_exact(s);
		print_fired(s);
	}
	fputs("recorder: ", stderr);
	if (s->events >= MANY_EVENTS)
		fprintf(stderr, "%.0f ns CPU per event to read and store it, ",
			(double)s->readers_cpu_ns / (double)s->events);
	fprintf(stderr,
		"%.1f %% of a CPU in all, %" PRIu64 " MiB; %" PRIu64 " of the allocations are its own\n",
		cpu_share(s), s->recorder_rss_kb >> 10, s->recorder_allocs);
	if (*s->missing_events)
		fprintf(stderr, "not in this kernel: %s\n", s->missing_events);
}

static void json_exact(struct bdt_json *out, const struct bdt_record_summary *s)
{
	bdt_json_u64(out, "exact_snapshots", s->exact_snapshots);
	bdt_json_u64(out, "exact_runs", s->exact_runs);
	bdt_json_u64(out, "exact_entries", s->exact_entries);
	bdt_json_u64(out, "exact_longest_ns", s->exact_longest_ns);
	bdt_json_u64(out, "exact_total_ns", s->exact_total_ns);
	bdt_json_u64(out, "exact_lists_cut", s->exact_cut);
	bdt_json_u64(out, "exact_zones_failed", s->exact_failed);
	bdt_json_array(out, "fired");
	for (const struct bdt_record_fired *f = s->fired; f->event; f++) {
		bdt_json_object(out, NULL);
		bdt_json_string(out, "event", f->event);
		bdt_json_u64(out, "fired", f->fired + f->missed);
		bdt_json_u64(out, "fired_uncounted", f->missed);
		bdt_json_u64(out, "fired_at_ends", f->at_ends);
		bdt_json_u64(out, "recorded", f->recorded);
		bdt_json_u64(out, "fired_in_process_1", f->fired_init);
		bdt_json_end(out);
	}
	bdt_json_end(out);
	bdt_json_string(out, "exact_trouble", *s->exact_trouble ? s->exact_trouble : NULL);
}

static int print_json(const struct bdt_record_summary *s)
{
	struct bdt_json out;

	bdt_json_init(&out, stdout);
	bdt_json_object(&out, NULL);
	bdt_json_string(&out, "file", *s->last_file ? s->last_file : NULL);
	bdt_json_u64(&out, "files", s->files);
	bdt_json_u64(&out, "files_deleted", s->files_deleted);
	bdt_json_string(&out, "profile", profiles[profile]);
	bdt_json_string(&out, "ended_by", *s->ended_by ? s->ended_by : NULL);
	bdt_json_u64(&out, "events", s->events);
	bdt_json_u64(&out, "bytes", s->bytes);
	bdt_json_u64(&out, "duration_ns", s->duration_ns);
	bdt_json_double(&out, "events_per_s", per((double)s->events, (double)s->duration_ns / 1e9), 1);
	bdt_json_double(&out, "bytes_per_event", per((double)s->bytes, (double)s->events), 3);
	bdt_json_u64(&out, "written", s->written);
	bdt_json_u64(&out, "overrun", s->overrun);
	bdt_json_u64(&out, "dropped", s->dropped);
	bdt_json_i64(&out, "missed", (int64_t)s->missed);
	bdt_json_u64(&out, "left", s->left);
	bdt_json_u64(&out, "pauses", s->pauses);
	bdt_json_u64(&out, "paused_ns", s->paused_ns);
	bdt_json_u64(&out, "pages_freed_traced", s->pages_freed_traced);
	bdt_json_u64(&out, "pages_freed_vmstat", s->pages_freed_vmstat);
	bdt_json_u64(&out, "recorder_cpu_ns", s->recorder_cpu_ns);
	bdt_json_u64(&out, "readers_cpu_ns", s->readers_cpu_ns);
	bdt_json_double(&out, "readers_ns_per_event", per((double)s->readers_cpu_ns, (double)s->events), 1);
	bdt_json_double(&out, "recorder_cpu_percent", cpu_share(s), 2);
	bdt_json_u64(&out, "recorder_rss_kb", s->recorder_rss_kb);
	bdt_json_u64(&out, "recorder_allocs", s->recorder_allocs);
	bdt_json_u64(&out, "recorder_pages", s->recorder_pages);
	json_exact(&out, s);
	bdt_json_string(&out, "clock", s->clock);
	bdt_json_string(&out, "clock_trouble", *s->clock_trouble ? s->clock_trouble : NULL);
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

/* --keep 10 is a number of files, --keep 2G their size. */
static bool parse_keep(void)
{
	static const char digits[] = "0123456789";
	uint64_t number;

	if (!keep)
		return true;
	if (!bdt_parse_size(keep, &number))
		return false;
	/* "1.5" would be a size of one byte. */
	if (keep[strspn(keep, digits)] && strchr(digits, keep[strlen(keep) - 1]))
		return false;
	if (keep[strspn(keep, digits)])
		options.keep_bytes = number;
	else if (number <= UINT32_MAX)
		options.keep_files = (uint32_t)number;
	else
		return false;
	return true;
}

/* Fills in what needs more than the table of options; BDT_EXIT_OK or BDT_EXIT_USAGE. */
static int complete_options(void)
{
	struct bdt_diag diag;
	uint64_t limit = 0;

	bdt_diag_clear(&diag);
	if (buffer_kb > UINT32_MAX)
		return bdt_usage_error(&bdt_cmd_record, "%" PRIu64 " KiB are no size for a ring buffer",
				       buffer_kb);
	if (cpu_percent > 100000)
		return bdt_usage_error(&bdt_cmd_record, "%" PRIu64 " is no percentage for --cpu-limit",
				       cpu_percent);
	if (exact_limit && strcmp(exact_limit, "none") != 0 &&
	    (!bdt_parse_size(exact_limit, &limit) || !limit))
		return bdt_usage_error(&bdt_cmd_record, "'%s' is no number of blocks for --snapshot-limit",
				       exact_limit);
	if (!parse_keep())
		return bdt_usage_error(&bdt_cmd_record, "'%s' is no value for --keep", keep);
	options.buffer_kb = (uint32_t)buffer_kb;
	options.cpu_percent = (unsigned int)cpu_percent;
	options.profile = profiles[profile];
	options.events = events.items;
	options.filters = filters.items;
	options.triggers = triggers.items;
	options.stop = &stop;
	options.cut = &cut;
	options.snapshot_now = &snapshot_now;
	if (exact_limit)
		options.exact_limit = strcmp(exact_limit, "none") ? limit : UINT64_MAX;
	options.progress = show_progress;
	if (bdt_record_check(&options, &diag))
		return bdt_usage_error(&bdt_cmd_record, "%s", diag.text);
	return BDT_EXIT_OK;
}

static int run(int argc, char **argv)
{
	struct bdt_record_summary summary;
	struct bdt_diag diag;
	int err, code;

	options.command = argc ? argv : NULL;
	code = complete_options();
	if (code != BDT_EXIT_OK)
		return code;
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
	  "file to write (" DEFAULT_OUTPUT "); an old one becomes FILE.old", &options.output, NULL },
	{ "profile", 'p', BDT_OPT_CHOICE, "NAME", "full (default), rare, window or flight", &profile,
	  profiles },
	{ "event", 'e', BDT_OPT_LIST, "SYSTEM:EVENT", "record this event as well", &events, NULL },
	{ "filter", 0, BDT_OPT_LIST, "[SYSTEM:]EVENT=EXPRESSION", "let the kernel choose among its events",
	  &filters, NULL },
	{ "stacks", 0, BDT_OPT_FLAG, NULL, "record who asked for the memory that fell back", &options.stacks,
	  NULL },
	{ "duration", 'd', BDT_OPT_DURATION, "TIME", "stop after 90, 1.5s, 250ms, 5m ... (until Ctrl-C)",
	  &options.duration_ns, NULL },
	{ "start-delay", 0, BDT_OPT_DURATION, "TIME", "wait for a random time below that first",
	  &options.start_delay_ns, NULL },
	{ "max-size", 0, BDT_OPT_SIZE, "SIZE", "stop when the files take 512M, 2G ... in all",
	  &options.max_bytes, NULL },
	{ "rotate-size", 0, BDT_OPT_SIZE, "SIZE", "begin a new file when one takes that much",
	  &options.rotate_bytes, NULL },
	{ "rotate-time", 0, BDT_OPT_DURATION, "TIME", "begin a new file that often", &options.rotate_ns,
	  NULL },
	{ "keep", 0, BDT_OPT_STRING, "N|SIZE", "delete the oldest beyond N files, or beyond 2G ...", &keep,
	  NULL },
	{ "min-free", 0, BDT_OPT_SIZE, "SIZE", "leave that much of the disk: delete (--keep) or stop",
	  &options.min_free_bytes, NULL },
	{ "cpu-limit", 0, BDT_OPT_NUMBER, "PERCENT", "pause when the recorder takes more of a CPU",
	  &cpu_percent, NULL },
	{ "trigger", 0, BDT_OPT_LIST, "WHAT", "flight: write a file at fallbacks=N/s, psi=PERCENT ...",
	  &triggers, NULL },
	{ "after", 0, BDT_OPT_DURATION, "TIME", "flight: go on that long behind a trigger (1s)",
	  &options.after_ns, NULL },
	{ "distance", 0, BDT_OPT_DURATION, "TIME", "flight: least time from a trigger to the next (60s)",
	  &options.trigger_distance_ns, NULL },
	{ "buffer", 'b', BDT_OPT_NUMBER, "KIB", "ring buffer per CPU (8192)", &buffer_kb, NULL },
	{ "clock", 0, BDT_OPT_STRING, "NAME", "trace clock (x86-tsc, or mono where that is not synchronised)",
	  &options.clock, NULL },
	{ "no-snapshots", 0, BDT_OPT_FLAG, NULL, "leave out the state of memory at start and end",
	  &options.no_snapshots, NULL },
	{ "texts-every", 0, BDT_OPT_DURATION, "TIME", "read the texts of /proc that often in between (10s)",
	  &options.texts_every_ns, NULL },
	{ "exact", 0, BDT_OPT_FLAG, NULL, "also the free lists in order, by BPF, where the kernel can",
	  &options.exact, NULL },
	{ "count-events", 0, BDT_OPT_FLAG, NULL, "count how often events fire, and compare",
	  &options.count_fired, NULL },
	{ "snapshot-every", 0, BDT_OPT_DURATION, "TIME", "the state of memory that often in between, too",
	  &options.snapshot_every_ns, NULL },
	{ "snapshot-limit", 0, BDT_OPT_STRING, "BLOCKS|none", "not where more blocks are free (4000000)",
	  &exact_limit, NULL },
	{ "snapshot-budget", 0, BDT_OPT_DURATION, "TIME", "longest time with interrupts off for that (5ms)",
	  &options.exact_budget_ns, NULL },
	{ "tracefs", 0, BDT_OPT_STRING, "DIR", "where tracefs is mounted (found by itself)", &options.tracefs,
	  NULL },
	{ "json", 0, BDT_OPT_FLAG, NULL, "print the summary as JSON on standard output", &json, NULL },
	{ 0 },
};

const struct bdt_cmd bdt_cmd_record = {
	.name = "record",
	.args = "[--] [COMMAND [ARGUMENT]...]",
	.help = "record what the page allocator does",
	.about = "Records until COMMAND ends, the time is over or Ctrl-C is pressed; a second\n"
		 "Ctrl-C does not wait for the buffers to be written.  Returns the exit code of\n"
		 "COMMAND.  Needs root.\n",
	.options = options_table,
	.min_args = 0,
	.max_args = -1,
	.run = run,
};
