/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "base/outfile.h"
#include "record/clock.h"
#include "record/cmdlines.h"
#include "record/command.h"
#include "record/count.h"
#include "record/events.h"
#include "record/facts.h"
#include "record/instance.h"
#include "record/output.h"
#include "record/reader.h"
#include "record/snapshot.h"
#include "record/stats.h"
#include "tracefile/writer.h"
#include <buddytrace/machine.h>
#include <buddytrace/record.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define DEFAULT_BUFFER_KB  8192
#define BUFFER_PERCENT     "50"
#define COMMAND_TIMEOUT_MS 5000
#define TICK_MS            100

/* One recording, from the first check to the finished file. */
struct session {
	const struct bdt_record_options *options;
	struct bdt_record_summary *summary;
	const struct bdt_log *log;
	const char *root;

	uint32_t *cpus;
	size_t ncpus;
	uint32_t buffer_kb;
	struct bdt_command command;
	struct bdt_instance instance;
	struct bdt_clock clock;
	struct bdt_writer *writer;
	struct bdt_events *events;
	struct bdt_count_layout layout;
	struct bdt_readers *readers;
	struct bdt_snapshotter snapshots;
	struct bdt_cmdlines cmdlines;
	struct bdt_text text;
};

static bool stop_requested(const struct session *s, sig_atomic_t above)
{
	return s->options->stop && *s->options->stop > above;
}

static bool abandon_flush(void *user)
{
	return stop_requested(user, 1);
}

/* CPUs that are online; those that come later have no reader. */
static int find_cpus(struct session *s, struct bdt_diag *diag)
{
	const char *pos;
	int err = bdt_text_read(&s->text, s->root, "/sys/devices/system/cpu/online");

	if (err)
		return bdt_diag_set(diag, err, BT_NO_OFFSET, "cannot read /sys/devices/system/cpu/online: %s",
				    strerror(-err));
	for (pos = s->text.data; *pos >= '0' && *pos <= '9';) {
		char *end;
		unsigned long first = strtoul(pos, &end, 10), last = first;
		uint32_t *cpus;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (last < first || last >= 65536)
			break;
		cpus = realloc(s->cpus, (s->ncpus + last - first + 1) * sizeof(*cpus));
		if (!cpus)
			return -ENOMEM;
		s->cpus = cpus;
		for (; first <= last; first++)
			s->cpus[s->ncpus++] = (uint32_t)first;
		pos = end + (*end == ',');
	}
	if (!s->ncpus)
		return bdt_diag_set(diag, -EBADMSG, BT_NO_OFFSET,
				    "/sys/devices/system/cpu/online names no CPU");
	return 0;
}

/* Everything that allocates ring memory comes before the first event is enabled. */
static int set_up_ring(struct session *s, struct bdt_diag *diag)
{
	char kb[16];
	int err;

	snprintf(kb, sizeof(kb), "%" PRIu32, s->buffer_kb);
	err = bdt_instance_write(&s->instance, "buffer_size_kb", kb, diag);
	if (err)
		return err;
	/*
	 * Overwriting, because only then the kernel marks the place of a loss in the next sub-buffer.  Both
	 * files are younger than the oldest kernels; without them the readers pause by themselves.
	 */
	bdt_instance_write(&s->instance, "options/overwrite", "1", NULL);
	bdt_instance_write(&s->instance, "buffer_percent", BUFFER_PERCENT, NULL);
	err = bdt_clock_set(&s->clock, &s->instance, s->options->clock, s->root, diag);
	if (err)
		return err;
	snprintf(s->summary->clock, sizeof(s->summary->clock), "%s", s->clock.name);
	return bdt_count_layout_read(&s->layout, &s->instance, diag);
}

/* Rights on the output must not look like rights to trace. */
static int output_error(int err)
{
	return err == -EPERM ? -EACCES : err;
}

static int open_writer(struct session *s, struct bdt_diag *diag)
{
	struct bdt_writer_options options = {
		.big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
		.long_size = sizeof(long),
		.page_size = (uint32_t)s->layout.page_size,
		.tsc_mult = s->clock.tsc.mult,
		.tsc_shift = s->clock.tsc.shift,
		.cpus = s->cpus,
		.ncpus = s->ncpus,
		.log = s->log,
	};
	char uname_text[512];
	int err = bdt_instance_read(&s->instance, "trace_clock", &s->text, diag);

	if (err)
		return err;
	bdt_text_chomp(&s->text);
	bdt_facts_uname(uname_text, sizeof(uname_text));
	options.clock = s->text.data;
	options.uname = uname_text;
	err = bdt_writer_create(s->options->output, &options, &s->writer, diag);
	return err ? output_error(bdt_diag_set(diag, err, BT_NO_OFFSET, "cannot create %s: %s",
					       s->options->output, strerror(-err)))
		   : 0;
}

static void command_line(const struct session *s, char *line, size_t size)
{
	char *const *argv = s->options->command;
	size_t used = 0;

	line[0] = '\0';
	for (size_t i = 0; argv && argv[i] && used < size; i++)
		used += (size_t)snprintf(line + used, size - used, "%s%s", i ? " " : "", argv[i]);
}

static int write_facts(struct session *s)
{
	char line[2048], tids[2048];
	size_t used = 0;
	bool realtime = true;
	int err = bdt_facts_write(s->writer, s->root);

	tids[0] = '\0';
	for (size_t i = 0; i < s->ncpus && used < sizeof(tids); i++) {
		const struct bdt_reader_result *result = bdt_readers_result(s->readers, i);

		used += (size_t)snprintf(tids + used, sizeof(tids) - used, "%s%d", i ? " " : "", result->tid);
		realtime = realtime && result->realtime;
	}
	command_line(s, line, sizeof(line));
	if (!err)
		err = bdt_facts_set(s->writer, "record.tool", "%s", PACKAGE_STRING);
	if (!err)
		err = bdt_facts_set(s->writer, "record.command", "%s", line);
	if (!err)
		err = bdt_facts_set(s->writer, "record.buffer_kb", "%" PRIu32, s->buffer_kb);
	if (!err)
		err = bdt_facts_set(s->writer, "record.pid", "%ld", (long)getpid());
	if (!err)
		err = bdt_facts_set(s->writer, "record.tids", "%s", tids);
	if (!err)
		err = bdt_facts_set(s->writer, "record.realtime", "%d", realtime);
	return err;
}

static int write_cmdlines(struct session *s)
{
	int err = bdt_cmdlines_format(&s->cmdlines, &s->text);

	return err ? err : bdt_writer_cmdlines(s->writer, s->text.data, s->text.size);
}

static int set_up(struct session *s, struct bdt_diag *diag)
{
	struct bdt_readers_options readers = {
		.in = &s->instance,
		.layout = &s->layout,
		.ring_bytes = (size_t)s->buffer_kb << 10,
	};
	int err = output_error(bdt_outfile_check(s->options->output, diag));

	if (!err)
		err = find_cpus(s, diag);
	if (!err)
		err = bdt_command_prepare(&s->command, s->options->command, diag);
	if (!err)
		err = bdt_instance_create(&s->instance, s->options->tracefs, s->log, diag);
	if (!err)
		err = set_up_ring(s, diag);
	if (!err)
		err = open_writer(s, diag);
	if (!err)
		err = bdt_events_enable(&s->instance, bdt_plan_find(NULL), NULL, &s->events, diag);
	if (err)
		return err;
	snprintf(s->summary->missing_events, sizeof(s->summary->missing_events), "%s",
		 bdt_events_missing(s->events));
	err = bdt_events_write(s->events, s->writer);
	if (err)
		return err;
	readers.writer = s->writer;
	readers.cpus = s->cpus;
	readers.ncpus = s->ncpus;
	err = bdt_readers_start(&readers, &s->readers, diag);
	if (!err)
		err = write_facts(s);
	if (!err)
		err = bdt_cmdlines_add_tasks(&s->cmdlines, s->root);
	s->snapshots = (struct bdt_snapshotter){ .root = s->root,
						 .clock = &s->clock,
						 .writer = s->writer,
						 .log = s->log,
						 .stop = s->options->stop,
						 .kpageflags = -1 };
	if (!err && !s->options->no_snapshots)
		err = bdt_snapshotter_prepare(&s->snapshots);
	if (!err)
		err = write_cmdlines(s);
	return err ? err : bdt_writer_start(s->writer, diag);
}

/* Pages freed by the kernel since boot, 0 if unknown. */
static uint64_t note_pgfree(struct session *s, const char *key)
{
	uint64_t pages = 0;

	if (bdt_text_read(&s->text, s->root, "/proc/vmstat") ||
	    !bdt_vmstat_get(s->text.data, s->text.size, "pgfree", &pages))
		return 0;
	bdt_facts_set(s->writer, key, "%" PRIu64, pages);
	return pages;
}

/* Until the time is over, the command has ended, the user stops it or a reader gives up. */
static void wait_for_end(struct session *s)
{
	const struct bdt_log *log = s->log;
	uint64_t start = bdt_clock_now(&s->clock), limit = s->options->duration_ns;

	while (!stop_requested(s, 0) && !bdt_readers_failed(s->readers) && !bdt_command_ended(&s->command)) {
		struct pollfd fd = { .fd = s->command.pidfd, .events = POLLIN };
		uint64_t past = bdt_clock_now(&s->clock) - start;
		int tick = TICK_MS;

		if (limit && past >= limit)
			break;
		if (limit && limit - past < (uint64_t)TICK_MS * 1000000)
			tick = (int)((limit - past) / 1000000) + 1;
		poll(&fd, 1, tick);
		if (log && log->progress)
			log->progress(log->user, "events", bdt_readers_events(s->readers), 0);
	}
}

/* What happens between tracing on and tracing off; an error ends it early but is no reason to lose the rest.
 */
static int trace(struct session *s, struct bdt_diag *diag)
{
	uint64_t begin = bdt_clock_now(&s->clock), freed;
	int err = bdt_instance_trace(&s->instance, true, diag);

	if (err)
		return err;
	freed = note_pgfree(s, "vmstat.pgfree.begin");
	if (!s->options->no_snapshots)
		err = bdt_snapshotter_start(&s->snapshots);
	if (!err && !stop_requested(s, 0))
		err = bdt_command_start(&s->command, s->command.pid ? s->options->command[0] : "", diag);
	if (!err)
		wait_for_end(s);
	bdt_command_stop(&s->command, COMMAND_TIMEOUT_MS);
	if (!err && !s->options->no_snapshots && !stop_requested(s, 1))
		err = bdt_snapshotter_end(&s->snapshots);
	s->summary->pages_freed_vmstat = note_pgfree(s, "vmstat.pgfree.end") - freed;
	bdt_instance_trace(&s->instance, false, NULL);
	s->summary->duration_ns = bdt_clock_now(&s->clock) - begin;
	return err;
}

static int write_stats(struct session *s, struct bdt_diag *diag)
{
	struct bdt_record_summary *sum = s->summary;
	int err = 0;

	for (size_t i = 0; !err && i < s->ncpus; i++) {
		const struct bdt_reader_result *result = bdt_readers_result(s->readers, i);
		struct bdt_ring_stats stats;
		struct bdt_loss_cpu loss;

		err = bdt_ring_stats_read(&stats, &s->instance, s->cpus[i], &s->text, diag);
		if (err)
			break;
		loss = bdt_ring_stats_loss(&stats, s->cpus[i], result->count.events);
		err = bdt_writer_cpustat(s->writer, i, s->text.data, s->text.size);
		if (!err)
			err = bdt_writer_loss(s->writer, &loss);
		sum->events += loss.read;
		sum->written += loss.written;
		sum->overrun += loss.overrun;
		sum->dropped += loss.dropped;
		sum->pages_freed_traced += result->count.pages_freed;
		sum->recorder_cpu_ns += result->cpu_ns;
	}
	sum->missed = sum->written - sum->events - sum->overrun - sum->dropped;
	return err;
}

/* Behind the last event: nothing here is in anybody's way any more. */
static int write_rest(struct session *s, struct bdt_diag *diag)
{
	int err = write_stats(s, diag);

	if (!err)
		err = bdt_facts_write_end(s->writer, s->root);
	if (!err)
		err = bdt_cmdlines_add_tasks(&s->cmdlines, s->root);
	if (!err)
		err = bdt_cmdlines_add_saved(&s->cmdlines, &s->instance);
	return err ? err : write_cmdlines(s);
}

static int finish_file(struct session *s, struct bdt_diag *diag)
{
	struct bdt_writer *writer = s->writer;
	int err = bdt_output_rotate(s->options->output, diag), ret;

	s->writer = NULL;
	ret = bdt_writer_finish(writer, &s->summary->bytes, diag);
	if (ret && s->summary->bytes)
		bdt_log_warn(s->log, "%s holds what was recorded until then", s->options->output);
	return output_error(ret ? ret : err);
}

static void tear_down(struct session *s)
{
	bdt_readers_destroy(s->readers);
	bdt_events_destroy(s->events);
	bdt_instance_destroy(&s->instance, s->log);
	bdt_command_finish(&s->command);
	bdt_snapshotter_finish(&s->snapshots);
	bdt_cmdlines_finish(&s->cmdlines);
	bdt_writer_abandon(s->writer);
	bdt_text_finish(&s->text);
	free(s->cpus);
}

static int run(struct session *s, struct bdt_diag *diag)
{
	bool locked;
	int err = set_up(s, diag), first;

	if (err)
		return err;
	/* Page faults of the recorder would be in the trace. */
	locked = !mlockall(MCL_CURRENT);
	first = trace(s, diag);
	err = bdt_readers_stop(s->readers, abandon_flush, s, diag);
	first = first ? first : output_error(err);
	if (locked)
		munlockall();
	if (s->command.failed)
		return first;
	err = write_rest(s, diag);
	first = first ? first : err;
	bdt_readers_destroy(s->readers);
	s->readers = NULL;
	bdt_instance_destroy(&s->instance, s->log);
	err = finish_file(s, diag);
	return first ? first : err;
}

int bdt_record_run(const struct bdt_record_options *options, struct bdt_record_summary *summary,
		   const struct bdt_log *log, struct bdt_diag *diag)
{
	struct session s = {
		.options = options,
		.summary = summary,
		.log = log,
		.root = options->root ? options->root : "",
		.buffer_kb = options->buffer_kb ? options->buffer_kb : DEFAULT_BUFFER_KB,
		.command = { .go = -1, .result = -1, .pidfd = -1, .status = -1 },
		.snapshots = { .kpageflags = -1 },
	};
	int err;

	*summary = (struct bdt_record_summary){ .command_status = -1 };
	err = run(&s, diag);
	summary->command_status = s.command.status;
	summary->command_stopped = s.command.stopped;
	tear_down(&s);
	return err;
}
