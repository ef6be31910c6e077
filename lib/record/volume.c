/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <config.h>

#include "base/now.h"
#include "base/outfile.h"
#include "record/cmdlines.h"
#include "record/facts.h"
#include "record/volume.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Rights on the output must not look like rights to trace. */
static int output_error(int err)
{
	return err == -EPERM ? -EACCES : err;
}

static int open_writer(struct bdt_volume *v, struct bdt_diag *diag)
{
	const struct bdt_volume_common *c = v->common;
	struct bdt_writer_options options = {
		.big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
		.long_size = sizeof(long),
		.page_size = (uint32_t)c->layout.page_size,
		.tsc_mult = c->clock.tsc.mult,
		.tsc_shift = c->clock.tsc.shift,
		.cpus = c->possible.ids,
		.ncpus = c->possible.n,
		.only_used_cpus = true,
		.log = c->log,
	};
	struct bdt_text clock = { NULL, 0, 0 };
	char uname_text[512];
	int err = bdt_instance_read(c->in, "trace_clock", &clock, diag);

	if (err)
		return err;
	bdt_text_chomp(&clock);
	bdt_facts_uname(uname_text, sizeof(uname_text));
	options.clock = clock.data;
	options.uname = uname_text;
	err = bdt_writer_create(v->path, &options, &v->writer, diag);
	bdt_text_finish(&clock);
	return err ? output_error(bdt_diag_set(diag, err, BT_NO_OFFSET, "cannot create %s: %s", v->path,
					       strerror(-err)))
		   : 0;
}

static void command_line(char *const *argv, char *line, size_t size)
{
	size_t used = 0;

	line[0] = '\0';
	for (size_t i = 0; argv && argv[i] && used < size; i++)
		used += (size_t)snprintf(line + used, size - used, "%s%s", i ? " " : "", argv[i]);
}

static int write_tids(struct bdt_volume *v)
{
	char tids[BDT_SELF_TEXT];

	bdt_self_list(v->common->self, tids, sizeof(tids));
	return bdt_writer_machine(v->writer, "record.tids", tids);
}

static int write_facts(struct bdt_volume *v, const char *series_name)
{
	const struct bdt_volume_common *c = v->common;
	char line[2048];
	int err = bdt_facts_write(v->writer, c->root);

	command_line(c->options->command, line, sizeof(line));
	if (!err)
		err = bdt_facts_set(v->writer, "record.tool", "%s", PACKAGE_STRING);
	if (!err)
		err = bdt_facts_set(v->writer, "record.command", "%s", line);
	if (!err)
		err = bdt_facts_set(v->writer, "record.buffer_kb", "%" PRIu32, c->buffer_kb);
	if (!err)
		err = bdt_facts_set(v->writer, "record.pid", "%ld", (long)getpid());
	if (!err)
		err = write_tids(v);
	if (!err)
		err = bdt_clock_quality_write(&c->quality, v->writer);
	if (err || !series_name)
		return err;
	err = bdt_facts_set(v->writer, "series.name", "%s", series_name);
	if (!err)
		err = bdt_facts_set(v->writer, "series.number", "%u", v->number);
	if (!err)
		err = bdt_facts_set(v->writer, "series.previous", "%s", v->previous ? v->previous : "");
	return err;
}

static int begin(struct bdt_volume *v, const struct bdt_series *series, struct bdt_diag *diag)
{
	const char *slash = strrchr(series->stem, '/');
	int err = output_error(bdt_outfile_check(v->path, diag));

	if (!err)
		err = open_writer(v, diag);
	if (!err)
		err = bdt_events_write(v->common->events, v->writer);
	if (!err)
		err = write_facts(v, !series->numbered ? NULL : slash ? slash + 1 : series->stem);
	if (!err)
		err = bdt_writer_start(v->writer, diag);
	return err;
}

int bdt_volume_create(const struct bdt_volume_common *common, const struct bdt_series *series,
		      struct bdt_volume **out, struct bdt_diag *diag)
{
	struct bdt_volume *v = calloc(1, sizeof(*v) + common->possible.n * sizeof(v->cpus[0]));
	int err;

	if (!v)
		return -ENOMEM;
	v->common = common;
	v->number = series->number;
	v->path = strdup(series->path);
	v->previous = series->previous ? strdup(series->previous) : NULL;
	v->begin_ns = bdt_now_ns();
	atomic_init(&v->limit, UINT64_MAX);
	atomic_init(&v->most, UINT64_MAX);
	err = v->path ? begin(v, series, diag) : -ENOMEM;
	if (err) {
		bdt_volume_abandon(v);
		return err;
	}
	*out = v;
	return 0;
}

static int write_stats(struct bdt_volume *v, struct bdt_volume_totals *totals)
{
	struct bdt_text text = { NULL, 0, 0 };
	/* Readers that came to the bound left the rest on purpose: it is not part of the recording. */
	bool bounded = v->last && atomic_load(&v->full);
	int err = 0;

	for (size_t i = 0; !err && i < v->common->possible.n; i++) {
		struct bdt_volume_cpu *cpu = &v->cpus[i];
		struct bdt_loss_cpu loss;

		if (!cpu->stats.size)
			continue;
		loss = bdt_ring_stats_loss(&cpu->begin, &cpu->end, v->common->possible.ids[i],
					   cpu->count.events, v->last && !bounded);
		err = bdt_ring_stats_since(&cpu->begin, cpu->stats.data, &text);
		if (!err)
			err = bdt_writer_cpustat(v->writer, i, text.data, text.size);
		if (!err)
			err = bdt_writer_loss(v->writer, &loss);
		totals->written += loss.written;
		totals->overrun += loss.overrun;
		totals->dropped += loss.dropped;
		totals->left += bounded ? cpu->end.entries : 0;
		totals->count.events += cpu->count.events;
		totals->count.pages_freed += cpu->count.pages_freed;
		for (size_t k = 0; k < BT_WATCHED_EVENTS; k++) {
			totals->count.watched[k] += cpu->count.watched[k];
			if (loss.cpu < BT_EXACT_CPUS)
				totals->watched[k][loss.cpu] += cpu->count.watched[k];
		}
		totals->count.own_allocs += cpu->count.own_allocs;
		totals->count.own_pages += cpu->count.own_pages;
	}
	bdt_text_finish(&text);
	return err;
}

/* Facts "recorded.EVENT", beside "fired.EVENT": how many of them the files have until now, and from where. */
static int write_recorded(struct bdt_volume *v, const struct bdt_volume_totals *totals)
{
	char key[64], text[BT_EXACT_BY_CPU + 64];
	int err = 0;

	for (size_t i = 0; !err && v->last && v->common->layout.watched[0] && bdt_exact_taker_counted(i); i++) {
		int n = snprintf(text, sizeof(text), "%" PRIu64, totals->count.watched[i]);

		bdt_exact_by_cpu(text + n, totals->watched[i]);
		snprintf(key, sizeof(key), "recorded.%s", bdt_exact_taker_counted(i));
		err = bdt_writer_machine(v->writer, key, text);
	}
	return err;
}

static int write_names(struct bdt_volume *v)
{
	struct bdt_cmdlines cmdlines = { .lines = NULL };
	struct bdt_text text = { NULL, 0, 0 };
	int err = bdt_cmdlines_add_tasks(&cmdlines, v->common->root);

	if (!err)
		err = bdt_cmdlines_add_saved(&cmdlines, v->common->in);
	if (!err)
		err = bdt_cmdlines_format(&cmdlines, &text);
	if (!err)
		err = bdt_writer_cmdlines(v->writer, text.data, text.size);
	bdt_cmdlines_finish(&cmdlines);
	bdt_text_finish(&text);
	return err;
}

/* What the recorder did and what it cost until now. */
static int write_account(struct bdt_volume *v, const struct bdt_count *count)
{
	const struct bdt_self *self = v->common->self;
	bool realtime = true;
	int err;

	for (size_t i = 0; i < v->common->possible.n; i++)
		if (v->cpus[i].stats.size)
			realtime = realtime && v->cpus[i].realtime;
	err = write_tids(v);
	if (!err)
		err = bdt_facts_set(v->writer, "record.realtime", "%d", realtime);
	if (!err)
		err = bdt_facts_set(v->writer, "record.cpu_ns", "%" PRIu64, bdt_self_cpu_ns(self));
	if (!err)
		err = bdt_facts_set(v->writer, "record.rss_kb", "%" PRIu64, bdt_self_rss_kb());
	if (!err)
		err = bdt_facts_set(v->writer, "record.own_allocs", "%" PRIu64, count->own_allocs);
	if (!err)
		err = bdt_facts_set(v->writer, "record.own_pages", "%" PRIu64, count->own_pages);
	return err;
}

static int write_end(struct bdt_volume *v)
{
	int err = 0;

	if (v->freed_begin && v->freed_end)
		err = bdt_facts_set(v->writer, "vmstat.pgfree.end", "%" PRIu64, v->freed_end);
	if (!err && v->cut_ns[0])
		err = bdt_facts_set(v->writer, "series.cut_ns", "%" PRIu64 " %" PRIu64, v->cut_ns[0],
				    v->cut_ns[1]);
	if (!err && *v->cause)
		err = bdt_facts_set(v->writer, "series.cause", "%s", v->cause);
	if (!err)
		err = bdt_facts_write_end(v->writer, v->common->root);
	return err;
}

/* Frees all but the writer. */
static void destroy(struct bdt_volume *v)
{
	for (size_t i = 0; i < v->common->possible.n; i++)
		bdt_text_finish(&v->cpus[i].stats);
	free(v->path);
	free(v->previous);
	free(v);
}

int bdt_volume_finish(struct bdt_volume *v, struct bdt_volume_totals *totals, struct bdt_diag *diag)
{
	struct bdt_count before = totals->count, count;
	uint64_t bytes = 0;
	int first = write_stats(v, totals), err;

	count = (struct bdt_count){ .own_allocs = totals->count.own_allocs - before.own_allocs,
				    .own_pages = totals->count.own_pages - before.own_pages };
	if (!first)
		first = write_account(v, &count);
	if (!first)
		first = write_recorded(v, totals);
	if (!first)
		first = write_end(v);
	if (!first)
		first = write_names(v);
	err = bdt_outfile_keep_old(v->path, diag);
	first = first ? first : err;
	err = bdt_writer_finish(v->writer, &bytes, diag);
	first = first ? first : err;
	if (bytes) {
		totals->bytes += bytes;
		totals->files++;
		snprintf(totals->last_file, sizeof(totals->last_file), "%s", v->path);
		if (err)
			bdt_log_warn(v->common->log, "%s holds what was recorded until then", v->path);
	}
	if (v->freed_begin && v->freed_end)
		totals->freed += v->freed_end - v->freed_begin;
	destroy(v);
	return output_error(first);
}

void bdt_volume_abandon(struct bdt_volume *v)
{
	if (!v)
		return;
	bdt_writer_abandon(v->writer);
	destroy(v);
}
