/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report/format.h"
#include "report/html.h"
#include "report/page.h"
#include <buddytrace/notes.h>
#include <inttypes.h>
#include <string.h>

#define MAX_CPUS      64 /* rows; more are added up only */
#define MAX_SNAPSHOTS 20

static void pair(FILE *out, const char *label, const char *value)
{
	size_t n = strcspn(value, "\n");
	char line[1024];

	if (!n)
		return;
	snprintf(line, sizeof(line), "%.*s%s", (int)(n < 1000 ? n : 1000), value, n < 1000 ? "" : " ...");
	bdt_html_row(out);
	bdt_html_cell(out, label);
	bdt_html_cell(out, line);
	bdt_html_row_end(out);
}

static void machine(const struct bdt_page *page)
{
	static const struct {
		const char *key, *label;
	} keys[] = {
		{ "proc/version", "kernel" },
		{ "uname.machine", "architecture" },
		{ "proc/cmdline", "kernel command line" },
		{ "sys/kernel/mm/transparent_hugepage/enabled", "transparent huge pages" },
		{ "proc/sys/vm/min_free_kbytes", "vm.min_free_kbytes" },
		{ "proc/sys/vm/watermark_scale_factor", "vm.watermark_scale_factor" },
		{ "proc/sys/vm/watermark_boost_factor", "vm.watermark_boost_factor" },
		{ "proc/sys/vm/extfrag_threshold", "vm.extfrag_threshold" },
		{ "proc/sys/vm/compaction_proactiveness", "vm.compaction_proactiveness" },
		{ "record.command", "recorded command" },
		{ "record.missing_events", "events this kernel does not have" },
		{ "record.tool", "recorded by" },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *value = bdt_tracefile_machine(page->tf, keys[i].key);

		if (value)
			pair(page->out, keys[i].label, value);
	}
}

static void file(const struct bdt_page *page)
{
	const struct bdt_tracefile_info *info = bdt_tracefile_info(page->tf);
	const char *slash = strrchr(info->path, '/');
	struct bdt_format bytes;
	char text[128];

	bdt_html_table(page->out, "property|value");
	pair(page->out, "file", slash ? slash + 1 : info->path);
	pair(page->out, "machine", info->uname);
	snprintf(text, sizeof(text), "trace.dat version %u, compression %s, %s", info->version,
		 info->compression, bdt_format_bytes(&bytes, (double)info->file_bytes));
	pair(page->out, "format", text);
	pair(page->out, "trace clock", info->clock);
	snprintf(text, sizeof(text), "%zu", bdt_tracefile_ncpus(page->tf));
	pair(page->out, "CPUs", text);
	if (info->cut)
		pair(page->out, "the file is cut short", info->cut_reason);
	machine(page);
	bdt_html_table_end(page->out);
}

static void loss_row(FILE *out, const char *cpu, const struct bdt_loss_cpu *loss)
{
	uint64_t accounted = loss->read + loss->overrun + loss->dropped;

	bdt_html_row(out);
	bdt_html_cell(out, cpu);
	bdt_html_count(out, loss->written);
	bdt_html_count(out, loss->read);
	bdt_html_count(out, loss->overrun);
	bdt_html_count(out, loss->dropped);
	bdt_html_count(out, loss->written > accounted ? loss->written - accounted : 0);
	bdt_html_row_end(out);
}

static void loss(const struct bdt_page *page)
{
	size_t n = bdt_tracefile_nloss(page->tf);
	struct bdt_loss_cpu sum = { 0 };

	fputs("<h3>Events, and events lost, by source</h3>\n", page->out);
	if (!n) {
		fputs("<p>The recorder did not count them in this file.</p>\n", page->out);
		return;
	}
	bdt_html_table(page->out, "CPU|>written by the kernel|>in the file|>overrun|>dropped|>unaccounted");
	for (size_t i = 0; i < n; i++) {
		const struct bdt_loss_cpu *cpu = bdt_tracefile_loss(page->tf, i);
		char name[16];

		sum.written += cpu->written;
		sum.read += cpu->read;
		sum.overrun += cpu->overrun;
		sum.dropped += cpu->dropped;
		snprintf(name, sizeof(name), "%u", cpu->cpu);
		if (i < MAX_CPUS)
			loss_row(page->out, name, cpu);
	}
	loss_row(page->out, "all", &sum);
	bdt_html_table_end(page->out);
	bdt_page_rest(page, n, MAX_CPUS, "CPUs", "buddytrace info --json tells all of them");
}

static void snapshots(const struct bdt_page *page)
{
	size_t n = bdt_tracefile_nsnapshots(page->tf);
	struct bdt_format took;

	fputs("<h3>Snapshots of the memory state</h3>\n", page->out);
	if (!n) {
		fputs("<p>There are none: the replay had to start from an unknown state, and the end state "
		      "cannot be checked.</p>\n",
		      page->out);
		return;
	}
	bdt_html_table(page->out, "snapshot|>took|>pieces|page flags");
	for (size_t i = 0; i < n && i < MAX_SNAPSHOTS; i++) {
		const struct bdt_snapshot *snap = bdt_tracefile_snapshot(page->tf, i);

		bdt_html_row(page->out);
		bdt_html_cell(page->out, snap->name);
		bdt_html_number(
			page->out,
			snap->unplaced || snap->end_ns < snap->begin_ns
				? "not stamped"
				: bdt_format_seconds(&took, (double)(snap->end_ns - snap->begin_ns) / 1e9));
		bdt_html_count(page->out, snap->npieces);
		bdt_html_cell(page->out, snap->has_pageflags ? "yes" : "no");
		bdt_html_row_end(page->out);
	}
	bdt_html_table_end(page->out);
	bdt_page_rest(page, n, MAX_SNAPSHOTS, "snapshots", "buddytrace info --json tells all of them");
}

/* A row per exact snapshot. */
static void exact(const struct bdt_page *page)
{
	struct bdt_note_exact cost;
	char text[32];
	size_t n = 0;

	if (!bdt_note_exact(page->tf, 0, &cost))
		return;
	fputs("<h3>What exact snapshots cost</h3>\n", page->out);
	bdt_html_table(page->out, "snapshot|>runs|>blocks and pages|>longest run, interrupts off, ms|>all runs, ms|"
				  ">lists cut|>zones not read");
	for (; bdt_note_exact(page->tf, n, &cost); n++) {
		if (n >= MAX_SNAPSHOTS)
			continue;
		bdt_html_row(page->out);
		bdt_html_cell(page->out, cost.name);
		bdt_html_count(page->out, cost.runs);
		bdt_html_count(page->out, cost.entries);
		snprintf(text, sizeof(text), "%.3f", (double)cost.longest_ns / 1e6);
		bdt_html_number(page->out, text);
		snprintf(text, sizeof(text), "%.3f", (double)cost.total_ns / 1e6);
		bdt_html_number(page->out, text);
		bdt_html_count(page->out, cost.cut);
		bdt_html_count(page->out, cost.failed);
		bdt_html_row_end(page->out);
	}
	bdt_html_table_end(page->out);
	bdt_page_rest(page, n, MAX_SNAPSHOTS, "exact snapshots", "buddytrace info --json tells all of them");
}

static size_t cpus_that_differ(const struct bdt_note_fired *fired)
{
	size_t n = 0;

	for (size_t i = 0; i < fired->ncpus; i++)
		n += fired->cpu_fired[i] != fired->cpu_recorded[i];
	return n;
}

/* A row per event whose firings were counted beside the recording. */
static void fired(const struct bdt_page *page)
{
	struct bdt_note_fired fired;
	char text[32];

	if (!bdt_note_fired(page->tf, 0, &fired))
		return;
	fputs("<h3>What fired, and what was recorded</h3>\n", page->out);
	bdt_html_table(page->out, "event|>fired|>of these uncounted|>at the ends|>in process 1|>recorded|>difference|"
				  ">CPUs that differ");
	for (size_t i = 0; bdt_note_fired(page->tf, i, &fired); i++) {
		bdt_html_row(page->out);
		bdt_html_cell(page->out, fired.event);
		bdt_html_count(page->out, fired.fired);
		bdt_html_count(page->out, fired.uncounted);
		bdt_html_count(page->out, fired.at_ends);
		bdt_html_count(page->out, fired.init);
		bdt_html_count(page->out, fired.recorded);
		snprintf(text, sizeof(text), "%+" PRId64, (int64_t)(fired.recorded - fired.fired));
		bdt_html_number(page->out, text);
		bdt_html_count(page->out, cpus_that_differ(&fired));
		bdt_html_row_end(page->out);
	}
	bdt_html_table_end(page->out);
}

void bdt_page_recording(const struct bdt_page *page)
{
	fputs("<section id=\"recording\">\n<h2>The recording</h2>\n", page->out);
	if (page->tf) {
		file(page);
		loss(page);
		snapshots(page);
		exact(page);
		fired(page);
	} else {
		fputs("<p>This page was made from a replay directory alone; made from the recording, it "
		      "would describe the machine, the clock, the losses and the snapshots here.</p>\n",
		      page->out);
	}
	fputs("</section>\n", page->out);
}
