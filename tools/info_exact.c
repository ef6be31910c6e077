/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "info.h"
#include "table.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_ROWS 32

static void print_costs(const struct bdt_tracefile *file)
{
	struct bdt_note_exact cost;
	struct bdt_table table;
	size_t n = 0;

	bdt_table_init(&table, "exact snapshot|>runs|>entries|>longest ms|>all ms|>lists cut|>zones without lock|"
			       ">zones failed");
	for (; bdt_note_exact(file, n, &cost); n++) {
		if (n >= MAX_ROWS)
			continue;
		bdt_table_cell(&table, "%s", cost.name);
		bdt_table_cell(&table, "%" PRIu32, cost.runs);
		bdt_table_cell(&table, "%" PRIu64, cost.entries);
		bdt_table_cell(&table, "%.3f", (double)cost.longest_ns / 1e6);
		bdt_table_cell(&table, "%.3f", (double)cost.total_ns / 1e6);
		bdt_table_cell(&table, "%" PRIu32, cost.cut);
		bdt_table_cell(&table, "%" PRIu32, cost.unlocked);
		bdt_table_cell(&table, "%" PRIu32, cost.failed);
	}
	if (!n) {
		bdt_table_drop(&table);
		return;
	}
	puts("\ncost of exact snapshots (longest: one run with interrupts off)");
	bdt_table_print(&table, 2, stdout);
	if (n > MAX_ROWS)
		printf("  (%zu more)\n", n - MAX_ROWS);
}

static int64_t difference(uint64_t recorded, uint64_t fired)
{
	return (int64_t)(recorded - fired);
}

/* `ends`: text, since it is not known by CPU. */
static void fired_row(struct bdt_table *table, const char *event, const char *cpu, uint64_t fired, const char *ends,
		      uint64_t recorded)
{
	bdt_table_cell(table, "%s", event);
	bdt_table_cell(table, "%s", cpu);
	bdt_table_cell(table, "%" PRIu64, fired);
	bdt_table_cell(table, "%s", ends);
	bdt_table_cell(table, "%" PRIu64, recorded);
	bdt_table_cell(table, "%+" PRId64, difference(recorded, fired));
}

/* Of the CPUs only those where the two differ. */
static void fired_rows(struct bdt_table *table, const struct bdt_note_fired *f)
{
	size_t rows = 0;
	char cpu[32], ends[32];

	snprintf(ends, sizeof(ends), "%" PRIu64, f->at_ends);
	fired_row(table, f->event, "all", f->fired, ends, f->recorded);
	if (f->uncounted)
		fired_row(table, "", "unknown", f->uncounted, "", 0);
	for (size_t i = 0; i < f->ncpus && rows < MAX_ROWS; i++) {
		if (f->cpu_fired[i] == f->cpu_recorded[i])
			continue;
		snprintf(cpu, sizeof(cpu), "%zu", i);
		fired_row(table, "", cpu, f->cpu_fired[i], "", f->cpu_recorded[i]);
		rows++;
	}
}

static void print_fired(const struct bdt_tracefile *file)
{
	struct bdt_note_fired fired;
	struct bdt_table table;
	size_t n = 0;

	bdt_table_init(&table, "event|>CPU|>fired|>at the ends|>recorded|>difference");
	for (; bdt_note_fired(file, n, &fired); n++)
		fired_rows(&table, &fired);
	if (!n) {
		bdt_table_drop(&table);
		return;
	}
	puts("\nwhat fired, counted by BPF, and what was recorded (CPUs where they differ; at the ends: while tracing was switched)");
	bdt_table_print(&table, 2, stdout);
}

void bdt_info_exact(const struct bdt_tracefile *file)
{
	print_costs(file);
	print_fired(file);
}

static void json_costs(struct bdt_json *j, const struct bdt_tracefile *file)
{
	struct bdt_note_exact cost;

	if (!bdt_note_exact(file, 0, &cost)) {
		bdt_json_null(j, "exact");
		return;
	}
	bdt_json_array(j, "exact");
	for (size_t i = 0; bdt_note_exact(file, i, &cost); i++) {
		bdt_json_object(j, NULL);
		bdt_json_string(j, "name", cost.name);
		bdt_json_u64(j, "runs", cost.runs);
		bdt_json_u64(j, "entries", cost.entries);
		bdt_json_u64(j, "longest_ns", cost.longest_ns);
		bdt_json_u64(j, "total_ns", cost.total_ns);
		bdt_json_u64(j, "lists_cut", cost.cut);
		bdt_json_u64(j, "zones_unlocked", cost.unlocked);
		bdt_json_u64(j, "zones_failed", cost.failed);
		bdt_json_end(j);
	}
	bdt_json_end(j);
}

static void json_fired(struct bdt_json *j, const struct bdt_note_fired *f)
{
	bdt_json_object(j, NULL);
	bdt_json_string(j, "event", f->event);
	bdt_json_u64(j, "fired", f->fired);
	bdt_json_u64(j, "fired_uncounted", f->uncounted);
	bdt_json_u64(j, "fired_at_ends", f->at_ends);
	bdt_json_u64(j, "fired_in_process_1", f->init);
	bdt_json_u64(j, "recorded", f->recorded);
	bdt_json_array(j, "cpus");
	for (size_t i = 0; i < f->ncpus; i++) {
		if (!f->cpu_fired[i] && !f->cpu_recorded[i])
			continue;
		bdt_json_object(j, NULL);
		bdt_json_u64(j, "cpu", i);
		bdt_json_u64(j, "fired", f->cpu_fired[i]);
		bdt_json_u64(j, "recorded", f->cpu_recorded[i]);
		bdt_json_end(j);
	}
	bdt_json_end(j);
	bdt_json_end(j);
}

void bdt_info_exact_json(struct bdt_json *j, const struct bdt_tracefile *file)
{
	struct bdt_note_fired fired;

	json_costs(j, file);
	if (!bdt_note_fired(file, 0, &fired)) {
		bdt_json_null(j, "fired");
		return;
	}
	bdt_json_array(j, "fired");
	for (size_t i = 0; bdt_note_fired(file, i, &fired); i++)
		json_fired(j, &fired);
	bdt_json_end(j);
}
