/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd.h"
#include "counts.h"
#include "info.h"
#include <buddytrace/json.h>
#include <buddytrace/stream.h>
#include <inttypes.h>
#include <string.h>

static struct {
	bool json;
} opt;

static const struct bdt_option options[] = {
	{ "json", 0, BDT_OPT_FLAG, NULL, "print as JSON", &opt.json, NULL },
	{ 0 },
};

/* What is said of a recording. */
struct about {
	const struct bdt_tracefile *file;
	const struct bdt_tracefile_info *info;
	const struct bdt_stream *stream;
	const struct bdt_stream_stats *stats;
	struct bdt_counts counts;
	bool has_ring, has_loss;
	/* Lost events by the kernel's ring buffer statistics and by the recorder's book-keeping. */
	uint64_t overrun, dropped, written, read;
};

/* The number behind `key` at the start of a line of per_cpu/cpuN/stats. */
static bool stat_value(const char *text, const char *key, uint64_t *sum)
{
	size_t len = strlen(key);
	uint64_t value;

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) || sscanf(line + len, ": %" SCNu64, &value) != 1)
			continue;
		*sum += value;
		return true;
	}
	return false;
}

static void sum_losses(struct about *a)
{
	for (size_t i = 0; i < bdt_tracefile_ncpus(a->file); i++) {
		const char *text = bdt_tracefile_cpu(a->file, i)->stats;

		a->has_ring |= stat_value(text, "overrun", &a->overrun);
		stat_value(text, "commit overrun", &a->dropped);
		stat_value(text, "dropped events", &a->dropped);
	}
	for (size_t i = 0; i < bdt_tracefile_nloss(a->file); i++) {
		a->has_loss = true;
		a->written += bdt_tracefile_loss(a->file, i)->written;
		a->read += bdt_tracefile_loss(a->file, i)->read;
	}
}

/* From the first event to the last; 0 where a clock that goes backward puts the last one ahead. */
static uint64_t duration_ns(const struct about *a)
{
	const struct bdt_stream_stats *stats = a->stats;

	return stats->last_ns > stats->first_ns ? stats->last_ns - stats->first_ns : 0;
}

static double seconds(const struct about *a)
{
	return (double)duration_ns(a) / 1e9;
}

/* -1 where there is nothing to divide by. */
static double per(double value, double unit)
{
	return unit > 0 ? value / unit : -1;
}

static const char *release(const struct about *a, char *text, size_t size)
{
	const char *recorded = bdt_tracefile_machine(a->file, "uname.release");

	if (recorded)
		return recorded;
	snprintf(text, size, "%s", a->info->uname);
	strtok(text, " ");
	strtok(NULL, " ");
	recorded = strtok(NULL, " ");
	return recorded ? recorded : "unknown";
}

static void print_count(void *user, const char *name, uint64_t events)
{
	(void)user;
	printf("  %-48s %12" PRIu64 "\n", name, events);
}

static void print_losses(const struct about *a)
{
	printf("lost       sub-buffers: %" PRIu64 " events at %" PRIu64 " places, %" PRIu64
	       " of which do not say how many\n",
	       a->stats->lost, a->stats->gaps, a->stats->gaps_unknown);
	if (a->stats->pauses)
		printf("           pauses (--cpu-limit): %" PRIu64 ", %.3f s in all\n", a->stats->pauses,
		       (double)a->stats->paused_ns / 1e9);
	if (a->has_ring)
		printf("           ring buffers: %" PRIu64 " overwritten, %" PRIu64 " dropped\n", a->overrun,
		       a->dropped);
	else
		printf("           ring buffers: not recorded\n");
	if (a->has_loss)
		printf("           recorder: %" PRIu64 " written, %" PRIu64 " read\n", a->written, a->read);
	else
		printf("           recorder: not recorded\n");
	bdt_info_losses(a->file);
	if (a->stats->backward)
		printf("           %" PRIu64
		       " events are stamped before the one ahead of them on their CPU\n",
		       a->stats->backward);
}

static void print_snapshot(const struct about *a, const struct bdt_snapshot *snap)
{
	size_t length = strlen(snap->name);

	fputs("  ", stdout);
	bdt_print_text(snap->name, length);
	printf("%*s ", length < 10 ? 10 - (int)length : 0, "");
	if (snap->unplaced)
		printf("%-25s", snap->end_ns ? "behind the last event" : "before the first event");
	else
		printf("%.6f to %.6f s",
		       (double)(int64_t)(snap->begin_ns - a->stats->first_ns) / 1e9,
		       (double)(int64_t)(snap->end_ns - a->stats->first_ns) / 1e9);
	if (snap->has_pageflags)
		printf(" kpageflags");
	for (size_t i = 0, n; i < snap->npieces; i += n) {
		for (n = 1; i + n < snap->npieces && !strcmp(snap->pieces[i].name, snap->pieces[i + n].name);)
			n++;
		putchar(' ');
		bdt_print_text(snap->pieces[i].name, strlen(snap->pieces[i].name));
		if (n > 1)
			printf(" (%zu parts)", n);
	}
	putchar('\n');
}

/* What the stamps themselves say of the clock. */
static void print_order(const struct bdt_stream_stats *stats)
{
	printf("           %" PRIu64 " neighbours on different CPUs have the same stamp\n", stats->ties);
	if (stats->backward)
		printf("           %" PRIu64 " stamps go backward: the clock is not to be trusted\n", stats->backward);
}

/* A line with text of the recording. */
static void line(const char *label, const char *text)
{
	fputs(label, stdout);
	bdt_print_text(text, strlen(text));
	putchar('\n');
}

static void print_text(const struct about *a)
{
	const struct bdt_tracefile_info *info = a->info;
	double rate = per((double)a->stats->events, seconds(a));
	double bytes = per((double)info->data_bytes, (double)a->stats->events);
	char text[512];

	printf("file       %s: trace.dat version %u, compression %s, %" PRIu64 " bytes, by %s\n", info->path,
	       info->version, info->compression, info->file_bytes,
	       info->native ? "buddytrace" : "another program");
	if (info->cut)
		printf("           cut short: %s\n", info->cut_reason);
	line("machine    ", *info->uname ? info->uname : "unknown");
	printf("           %zu CPUs, %s endian, %u bit, sub-buffers of %u bytes\n",
	       bdt_tracefile_ncpus(a->file), info->big_endian ? "big" : "little", 8 * info->long_size,
	       info->page_size);
	line("kernel     ", release(a, text, sizeof(text)));
	line("clock      ", *info->clock ? info->clock : "unknown");
	bdt_info_clock(a->file);
	print_order(a->stats);
	bdt_info_recorder(a->file, a->stats->events, duration_ns(a));
	printf("events     %" PRIu64 " in %.6f s", a->stats->events, seconds(a));
	if (rate >= 0)
		printf(", %.0f per second", rate);
	if (bytes >= 0)
		printf(", %.2f bytes per event", bytes);
	putchar('\n');
	print_losses(a);
	puts("\nevents by kind");
	bdt_counts_each(&a->counts, a->stream, print_count, NULL);
	puts(bdt_tracefile_nsnapshots(a->file) ? "\nsnapshots (times since the first event)"
					       : "\nno snapshots");
	for (size_t i = 0; i < bdt_tracefile_nsnapshots(a->file); i++)
		print_snapshot(a, bdt_tracefile_snapshot(a->file, i));
	bdt_info_exact(a->file);
}

static void json_file(struct bdt_json *j, const struct about *a)
{
	const struct bdt_tracefile_info *info = a->info;

	bdt_json_object(j, "file");
	bdt_json_string(j, "path", info->path);
	bdt_json_u64(j, "bytes", info->file_bytes);
	bdt_json_u64(j, "data_bytes", info->data_bytes);
	bdt_json_u64(j, "version", info->version);
	bdt_json_string(j, "compression", info->compression);
	bdt_json_bool(j, "native", info->native);
	bdt_json_bool(j, "cut", info->cut);
	bdt_json_string(j, "cut_reason", info->cut ? info->cut_reason : NULL);
	bdt_json_end(j);
}

static void json_machine(struct bdt_json *j, const struct about *a)
{
	const struct bdt_tracefile_info *info = a->info;
	const char *key, *value;

	bdt_json_object(j, "machine");
	bdt_json_string(j, "uname", info->uname);
	bdt_json_u64(j, "cpus", bdt_tracefile_ncpus(a->file));
	bdt_json_bool(j, "big_endian", info->big_endian);
	bdt_json_u64(j, "long_bytes", info->long_size);
	bdt_json_u64(j, "subbuffer_bytes", info->page_size);
	bdt_json_object(j, "facts");
	for (size_t i = 0; bdt_tracefile_machine_at(a->file, i, &key, &value); i++)
		bdt_json_string(j, key, value);
	bdt_json_end(j);
	bdt_json_end(j);
}

static void json_losses(struct bdt_json *j, const struct about *a)
{
	bdt_json_object(j, "lost");
	bdt_json_object(j, "subbuffers");
	bdt_json_u64(j, "events", a->stats->lost);
	bdt_json_u64(j, "gaps", a->stats->gaps);
	bdt_json_u64(j, "gaps_of_unknown_length", a->stats->gaps_unknown);
	bdt_json_u64(j, "pauses", a->stats->pauses);
	bdt_json_u64(j, "paused_ns", a->stats->paused_ns);
	bdt_json_end(j);
	if (a->has_ring) {
		bdt_json_object(j, "ring_buffers");
		bdt_json_u64(j, "overrun", a->overrun);
		bdt_json_u64(j, "dropped", a->dropped);
		bdt_json_end(j);
	} else {
		bdt_json_null(j, "ring_buffers");
	}
	if (a->has_loss) {
		bdt_json_object(j, "recorder");
		bdt_json_u64(j, "written", a->written);
		bdt_json_u64(j, "read", a->read);
		bdt_json_end(j);
	} else {
		bdt_json_null(j, "recorder");
	}
	bdt_info_losses_json(j, a->file);
	bdt_json_end(j);
}

static void json_snapshots(struct bdt_json *j, const struct about *a)
{
	bdt_json_array(j, "snapshots");
	for (size_t i = 0; i < bdt_tracefile_nsnapshots(a->file); i++) {
		const struct bdt_snapshot *snap = bdt_tracefile_snapshot(a->file, i);

		bdt_json_object(j, NULL);
		bdt_json_string(j, "name", snap->name);
		bdt_json_u64_if(j, "begin_ns", !snap->unplaced, snap->begin_ns);
		bdt_json_u64_if(j, "end_ns", !snap->unplaced, snap->end_ns);
		bdt_json_bool(j, "kpageflags", snap->has_pageflags);
		bdt_json_array(j, "pieces");
		for (size_t k = 0; k < snap->npieces; k++) {
			bdt_json_object(j, NULL);
			bdt_json_string(j, "name", snap->pieces[k].name);
			bdt_json_u64(j, "bytes", snap->pieces[k].size);
			bdt_json_u64_if(j, "begin_ns", !snap->unplaced, snap->pieces[k].begin_ns);
			bdt_json_u64_if(j, "end_ns", !snap->unplaced, snap->pieces[k].end_ns);
			bdt_json_end(j);
		}
		bdt_json_end(j);
		bdt_json_end(j);
	}
	bdt_json_end(j);
}

static void json_count(void *user, const char *name, uint64_t events)
{
	bdt_json_u64(user, name, events);
}

static void print_json(const struct about *a)
{
	struct bdt_json j;
	char text[512];

	bdt_json_init(&j, stdout);
	bdt_json_object(&j, NULL);
	json_file(&j, a);
	json_machine(&j, a);
	bdt_json_string(&j, "kernel", release(a, text, sizeof(text)));
	bdt_json_string(&j, "clock", a->info->clock);
	bdt_json_u64(&j, "events", a->stats->events);
	bdt_json_u64(&j, "first_ns", a->stats->first_ns);
	bdt_json_u64(&j, "last_ns", a->stats->last_ns);
	bdt_json_u64(&j, "duration_ns", duration_ns(a));
	bdt_json_double(&j, "events_per_second", per((double)a->stats->events, seconds(a)), 1);
	bdt_json_double(&j, "bytes_per_event", per((double)a->info->data_bytes, (double)a->stats->events), 3);
	bdt_json_u64(&j, "ties", a->stats->ties);
	bdt_json_u64(&j, "backward_stamps", a->stats->backward);
	json_losses(&j, a);
	bdt_info_recorder_json(&j, a->file, a->stats->events, duration_ns(a));
	bdt_json_object(&j, "by_event");
	bdt_counts_each(&a->counts, a->stream, json_count, &j);
	bdt_json_end(&j);
	json_snapshots(&j, a);
	bdt_info_exact_json(&j, a->file);
	bdt_json_end(&j);
	bdt_json_finish(&j);
}

static int run(int argc, char **argv)
{
	struct bdt_tracefile *file = NULL;
	struct bdt_stream *stream = NULL;
	struct about about = { 0 };
	struct bdt_diag diag;
	int ret, code;

	(void)argc;
	bdt_diag_clear(&diag);
	ret = bdt_open_recording(argv[0], &file, &diag);
	if (!ret)
		ret = bdt_stream_open(file, &stream, &diag);
	if (!ret)
		ret = bdt_counts_read(&about.counts, stream, &diag);
	if (stream) {
		about.file = file;
		about.info = bdt_tracefile_info(file);
		about.stream = stream;
		about.stats = bdt_stream_stats(stream);
		sum_losses(&about);
		if (opt.json)
			print_json(&about);
		else
			print_text(&about);
	}
	code = bdt_stdout_close();
	if (ret)
		code = bdt_fail(argv[0], ret, &diag);
	bdt_counts_finish(&about.counts);
	bdt_stream_close(stream);
	bdt_tracefile_close(file);
	return code;
}

const struct bdt_cmd bdt_cmd_info = {
	.name = "info",
	.args = "FILE",
	.help = "tell what a recording holds: machine, events, losses, snapshots",
	.about = "Reads the whole recording.  Lost events are told by three witnesses: marks in\n"
		 "the sub-buffers, the kernel's ring buffer statistics, and the counts that the\n"
		 "recorder kept.\n",
	.options = options,
	.min_args = 1,
	.max_args = 1,
	.run = run,
};
